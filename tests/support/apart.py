"""Processes that are none: recorded each on its own, over one layer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from minichannels.flow import Journal, Recorder
from minichannels.flow.processes.writing import JournalFile
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.layers import channel_layers
from minichannels.testing import WebsocketCommunicator
from minichannels.types import ASGIApp


class Apart:
    """What is recorded as one process.

    Attributes:
        app: the application, recorded.
        layer: the layer, recorded.
        journal: what happened here.
    """

    def __init__(self, app: ASGIApp, layer: Any, name: str) -> None:
        self.journal = Journal()
        self.app = Recorder(app, self.journal)
        self.layer: Any = RecordedLayer(layer, journals=lambda: (self.journal,))
        self.name = name

    def client(self, name: str) -> WebsocketCommunicator:
        """Return a client of that name."""
        made = WebsocketCommunicator(self.app, "/")
        made.scope["client"] = [name, 1]
        self.app.expect((name, 1), name)
        return made


@contextmanager
def apart(app: ASGIApp, layer: Any, name: str, folder: Path) -> Iterator[Apart]:
    """Record an application and a layer as if they were a process.

    The layer stands in the registry as ``name`` until the end: a consumer with
    that ``channel_layer_alias`` uses it.
    """
    one = Apart(app, layer, name)
    file = JournalFile(one.journal, folder, name)
    channel_layers.set(name, one.layer)
    try:
        yield one
    finally:
        channel_layers.backends.pop(name)
        one.layer.mail.finish(one.journal)
        one.layer.unwatch()
        file.close()
