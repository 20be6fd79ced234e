"""``record()``: an application and a layer, recorded for a while.

How it works: the application is wrapped (``recording.application``), the
layer too (``recording.layer``). The wrapped layer stands in the registry in
the layer's place until the end, in Channels' own registry as well if that is
in use: so consumers find it without being changed.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.flow.flow import Flow
from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.flow.recording.layer.layer import (
    RecordedLayer,
    recorded_layers,
)
from minichannels.flow.servable import require_servable
from minichannels.layers import channel_layers
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


@contextmanager
def record(
    app: ASGIApp, layer: ChannelLayer | None = None, *, kept: int = KEPT
) -> Iterator[Recording]:
    """Record an application and a channel layer, in a ``with`` statement.

    Args:
        app: any ASGI application.
        layer: any channel layer. Where it is registered, or else as the
            layer ``default``, it is recorded until the end. Without one, all
            layers of the registry of minichannels are.
        kept: how many events to keep; the oldest are left out.

    Raises:
        TypeError: the application or the layer is none.
        ValueError: ``kept`` is not a number of events.
    """
    require_servable(app)
    _require_layer(layer)
    _require_number(kept)
    journal = Journal(kept)
    flow = Recording(journal)
    flow.app = Recorder(app, journal)
    if layer is None:
        recorded_layers.start(journal)
        try:
            yield flow
        finally:
            recorded_layers.stop(journal)
    else:
        with in_place(layer, journal) as flow.layer:
            yield flow


def _require_layer(layer: Any) -> None:
    """Raise unless something looks like a channel layer, or is None.

    Raises:
        TypeError: it is none; says what to give instead.
    """
    usable = hasattr(layer, "new_channel") and not isinstance(layer, type)
    if not usable and layer is not None:
        raise TypeError(
            f"the layer to record is {layer!r}; give a channel layer, such as"
            " get_channel_layer(), or nothing, to record all"
        )


def _require_number(kept: Any) -> None:
    if not isinstance(kept, int) or kept < 1:
        raise ValueError(f"kept is {kept!r}; it is a number of events, from 1")


@contextmanager
def in_place(layer: ChannelLayer, journal: Journal) -> Iterator[RecordedLayer]:
    """Have a recorded layer stand in a layer's place, for a while."""
    # One that a server records already is not recorded through two wrappers.
    layer = layer.inner if isinstance(layer, RecordedLayer) else layer
    places = _places(layer)
    recorded = RecordedLayer(
        layer,
        places[0][1],
        # One that records the registry, too, is not told everything twice.
        lambda: tuple(
            {journal: None, **dict.fromkeys(recorded_layers.journals())}
        ),
    )
    former = [
        (registry, alias, registry.set(alias, recorded))
        for registry, alias in places
    ]
    try:
        yield recorded
    finally:
        for registry, alias, old in former:
            if old is None:  # set(alias, None) of Channels would keep the None
                registry.backends.pop(alias, None)
            else:
                registry.set(alias, old)
        recorded.mail.finish(journal)
        recorded.unwatch()


def _places(layer: ChannelLayer) -> list[tuple[Any, str]]:
    """Return the registries and aliases under which a layer is to be found."""
    channels = sys.modules.get("channels.layers")
    registries: list[Any] = [channel_layers]
    if channels is not None:
        registries.append(channels.channel_layers)
    places = [
        (registry, alias)
        for registry in registries
        for alias, backend in registry.backends.items()
        if backend is layer
    ]
    return places or [
        (registry, DEFAULT_CHANNEL_LAYER) for registry in registries
    ]
