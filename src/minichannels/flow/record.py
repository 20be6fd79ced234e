"""``record()``: an application and its layers, recorded for a while.

How it works: the application is wrapped, and the layers are. Our registry
hands its layers out in wrappers until the end; in Channels' registry, if that
is in use, a wrapped layer stands in each layer's place. So consumers find it
without being changed.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from minichannels.flow.afterwards import afterwards
from minichannels.flow.flow import Flow
from minichannels.flow.journal.journal import KEPT, Calls, Clock, Journal
from minichannels.flow.journal.masking import secrets_shown
from minichannels.flow.processes.writing import JOURNAL, JournalFile
from minichannels.flow.recording.application.background import Background
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.flow.recording.clients.name_from import NameFrom
from minichannels.flow.recording.clients.names import ClientNames
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.flow.recording.layer.registries import (
    in_place,
    layers_of_channels,
    layers_of_channels_made_later,
    recorded_layers,
)
from minichannels.flow.servable import require_servable
from minichannels.types import ASGIApp, ChannelLayer


class Recording(Flow):
    """A flow that is being recorded.

    Attributes:
        app: the application to run: the given one, recorded.
        layer: the channel layer to use: the given one, recorded; None if
            none was given.
    """

    app: Recorder
    layer: RecordedLayer | None = None

    async def settle(self, timeout: float = 1) -> None:
        """Wait until the application has dealt with all that it was sent.

        Raises:
            TimeoutError: it has not; the text says what is left to do.
        """
        settling = self.app.settling
        settling.start(asyncio.get_running_loop())
        await settling.wait(timeout)


@dataclass(frozen=True)
class RecordingOptions:
    """What a command may want of a recording.

    Attributes:
        kept: how many events to keep.
        show_secrets: whether nothing is masked.
        calls: says which lines of code send, if that is to be noted.
        name_from: finds a client's name in its scope, if names stand there.
    """

    kept: int = KEPT
    show_secrets: bool = False
    calls: Calls | None = None
    name_from: NameFrom | None = None


@contextmanager
def record(
    app: ASGIApp,
    layer: ChannelLayer | None = None,
    *,
    kept: int = KEPT,
    name: str | None = None,
    save: str | Path | None = None,
    clock: Clock = monotonic,
) -> Iterator[Recording]:
    """Record an application and a channel layer, in a ``with`` statement.

    Args:
        app: any ASGI application.
        layer: any channel layer. Where it is registered, or else as the
            layer ``default``, it is recorded until the end. Without one, all
            layers of the registry of minichannels are.
        kept: how many events to keep; the oldest are left out.
        name: what this process is called, if it is one of several.
        save: a file, ``….jsonl``, into which the journal is written event by
            event; a former one is replaced. Of several processes the folder
            in which each has its own. ``Flow.merge()`` reads either.
        clock: gives the time in seconds; another one may be useful in tests.

    Raises:
        TypeError: the application or the layer is none.
        ValueError: ``kept`` is not a number of events, or ``name`` no name;
            or there is a name without a folder, or a folder without a name.
        OSError: nothing can be written there.
    """
    require_servable(app)
    _require_layer(layer)
    _require_number(kept)
    recorder = Recorder(app, Journal(kept, clock), folds_bodies=True)
    with (
        _written(recorder.journal, name, save),
        _recording(recorder, layer) as flow,
    ):
        yield flow


@contextmanager
def _recording(
    recorder: Recorder, layer: ChannelLayer | None
) -> Iterator[Recording]:
    """Record a layer, or else all of our registry, beside an application."""
    journal = recorder.journal
    flow = Recording(journal)
    flow.app = recorder
    if layer is not None:
        with in_place(layer, journal) as flow.layer:
            yield flow
        return
    with afterwards(lambda: recorded_layers.stop(journal)):
        recorded_layers.start(journal)
        yield flow


@contextmanager
def _written(
    journal: Journal, name: str | None, save: str | Path | None
) -> Iterator[None]:
    """Write a journal into a file or a folder, if there is one."""
    if save is None and name is None:
        yield
        return
    path = None if save is None else Path(save)
    is_file = path is not None and path.suffix == JOURNAL
    if path is None or is_file == (name is not None):
        raise ValueError(
            "save is a file, as in save='flow.jsonl', or a folder for several"
            " processes, as in name='web-1', save='flows'"
        )
    file = JournalFile(journal, path, name)
    with afterwards(file.close):
        yield


@contextmanager
def record_everywhere(
    application: ASGIApp,
    warn: Callable[[str], object],
    name: str | None = None,
    save: Path | None = None,
    options: RecordingOptions = RecordingOptions(),
) -> Iterator[Recording]:
    """Record an application and every layer that it may use.

    Args:
        application: any ASGI application; imported, and so configured.
        warn: called with a sentence for each layer that cannot be recorded.
        name: what this process is called, if it is one of several.
        save: the folder in which each of them writes its journal, or else
            the file.
        options: what is wanted besides.

    Raises:
        TypeError: the application is none.
        ValueError: there is a name without a folder, or a folder without one.
        OSError: nothing can be written there.
    """
    require_servable(application)
    journal = Journal(options.kept, calls=options.calls)
    journal.background = Background().name
    names = ClientNames(options.name_from)
    recorder = Recorder(application, journal, names, folds_bodies=True)
    with ExitStack() as stack:
        if options.show_secrets:
            stack.enter_context(secrets_shown())
        stack.enter_context(_written(journal, name, save))
        flow = stack.enter_context(_recording(recorder, layer=None))
        for layer in layers_of_channels(warn):
            stack.enter_context(in_place(layer, journal))
        stack.enter_context(layers_of_channels_made_later(journal))
        yield flow


def _require_layer(layer: Any) -> None:
    """Raise unless something looks like a channel layer, or is None.

    Raises:
        TypeError: it is none; says what to give instead.
    """
    try:
        usable = hasattr(layer, "new_channel") and not isinstance(layer, type)
    except Exception:  # some are there in an event loop alone
        usable = True
    if not usable and layer is not None:
        raise TypeError(
            f"the layer to record is {layer!r}; give a channel layer, such as"
            " get_channel_layer(), or nothing, to record all"
        )


def _require_number(kept: Any) -> None:
    if not isinstance(kept, int) or kept < 1:
        raise ValueError(f"kept is {kept!r}; it is a number of events, from 1")
