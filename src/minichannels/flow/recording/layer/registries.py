"""Where recorded layers stand: in the registries, in the layers' own places.

How it works: for as long as anybody records, the registry of minichannels hands
its layers out in wrappers. A consumer asks the registry when it starts, so it
gets the wrapper; a layer that nobody asks for is not even made. Channels'
registry has no such seam: there a recorded layer is set in the place of each
layer, which has to be made for it, until the end; and what it makes meanwhile,
as for a test that has changed the settings, is recorded as it is made.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.exceptions import type_name
from minichannels.flow.afterwards import afterwards
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.flow.recording.unrecorded import look_for_registries
from minichannels.layers import channel_layers
from minichannels.layers.forking import new_lock
from minichannels.types import ChannelLayer


class RecordedLayers:
    """The registry's layers, wrapped for as long as anybody records."""

    def __init__(self) -> None:
        self._journals: tuple[Journal, ...] = ()
        self._lock = new_lock()
        self._wrapped: dict[str, RecordedLayer] = {}

    def start(self, journal: Journal) -> None:
        """Wrap the layers, for one more journal."""
        with self._lock:
            self._journals = (*self._journals, journal)
            for layer in self._wrapped.values():
                layer._minichannels_mail.begin(journal)
            channel_layers.wrap(self._wrap)
        look_for_registries()

    def stop(self, journal: Journal) -> None:
        """Hand out the layers themselves, if this was the last journal."""
        look_for_registries()  # some came after the start
        with self._lock:
            # If not, its start was interrupted, or this is called again.
            if journal in self._journals:
                left = list(self._journals)
                left.remove(journal)
                self._journals = tuple(left)
            if not self._journals:  # first: the registry wraps no more then
                channel_layers.wrap(None)
            for layer in list(self._wrapped.values()):
                layer._minichannels_mail.finish(journal)
            if not self._journals:
                for layer in self._wrapped.values():
                    layer._minichannels_unwatch()
                self._wrapped = {}

    def journals(self) -> tuple[Journal, ...]:
        """Return the journals of all who record now."""
        return self._journals

    def _wrap(self, alias: str, layer: Any) -> RecordedLayer:
        """Return a layer's wrapper, the same one each time.

        The registry calls this with its own lock held.
        """
        if isinstance(layer, RecordedLayer):  # somebody kept and set it
            return layer
        wrapped = self._wrapped.get(alias)
        if wrapped is None or wrapped._minichannels_inner is not layer:
            if wrapped is not None:
                wrapped._minichannels_unwatch()
            wrapped = RecordedLayer(layer, alias, self.journals)
            self._wrapped[alias] = wrapped
        return wrapped


recorded_layers = RecordedLayers()
"""The registry of this process, recorded."""


@contextmanager
def in_place(layer: ChannelLayer, journal: Journal) -> Iterator[RecordedLayer]:
    """Have a recorded layer stand in a layer's place, for a while."""
    # One that a server records already is not recorded through two wrappers.
    layer = (
        layer._minichannels_inner if isinstance(layer, RecordedLayer) else layer
    )
    places = _places(layer)
    recorded = RecordedLayer(layer, places[0][1], partial(_with, (journal,)))
    former = [(it, alias, it.backends.get(alias)) for it, alias in places]

    def put_back() -> None:
        for registry, alias, old in former:
            if registry.backends.get(alias) is not recorded:
                continue  # configured anew meanwhile: that is in force
            if old is None:  # set(alias, None) of Channels would keep the None
                registry.backends.pop(alias, None)
            else:
                registry.backends[alias] = old
        recorded._minichannels_mail.finish(journal)
        recorded._minichannels_unwatch()

    with afterwards(put_back):
        for registry, alias in places:
            # Not set(): interrupted, that may have taken the layer out.
            registry.backends[alias] = recorded
        yield recorded


def _with(own: tuple[Journal]) -> tuple[Journal, ...]:
    """Return a journal and those of all who record the registry."""
    others = recorded_layers.journals()
    if not others:
        return own
    # One that does both is not told everything twice.
    return tuple(dict.fromkeys((*own, *others)))


def registry_of_channels() -> Any:
    """Return the registry of Channels; None if that is not in use."""
    # A project may have a package of this name that is its own.
    channels = sys.modules.get("channels.layers")
    return getattr(channels, "channel_layers", None)


def _places(layer: ChannelLayer) -> list[tuple[Any, str]]:
    """Return the registries and aliases under which a layer is to be found."""
    theirs = registry_of_channels()
    registries = (
        [channel_layers] if theirs is None else [channel_layers, theirs]
    )
    places = [
        (registry, alias)
        for registry in registries
        for alias, backend in registry.backends.items()
        if backend is layer
    ]
    return places or [
        (registry, DEFAULT_CHANNEL_LAYER) for registry in registries
    ]


@contextmanager
def layers_of_channels_made_later(journal: Journal) -> Iterator[None]:
    """Record what Channels' registry makes from now on, for a while.

    It makes a layer anew when its settings have changed, as in tests.
    """
    registry = registry_of_channels()
    if registry is None:
        yield
        return
    made: list[RecordedLayer] = []
    former = vars(registry).get("make_backend")

    def put_back() -> None:
        if former is None:
            vars(registry).pop("make_backend", None)
        else:  # somebody who began before goes on
            registry.make_backend = former
        _let_go(registry, made, journal)

    with afterwards(put_back):
        registry.make_backend = partial(_recorded, registry.make_backend, made)
        yield


def _recorded(
    make: Callable[[str], Any], made: list[RecordedLayer], name: str
) -> Any:
    """Make a layer, and record it unless whoever began before does."""
    layer = make(name)
    if not isinstance(layer, RecordedLayer):
        layer = RecordedLayer(layer, name, recorded_layers.journals)
        made.append(layer)
    return layer


def _let_go(registry: Any, made: list[RecordedLayer], journal: Journal) -> None:
    """Have layers themselves stand in a registry again."""
    for alias, backend in registry.backends.items():
        if any(backend is layer for layer in made):
            registry.backends[alias] = backend._minichannels_inner
    for layer in made:
        layer._minichannels_mail.finish(journal)
        layer._minichannels_unwatch()


def layers_of_channels(warn: Callable[[str], object]) -> Iterator[Any]:
    """Make all the layers that the settings of Channels name.

    Args:
        warn: called with a sentence for each that cannot be made.
    """
    registry = registry_of_channels()
    if registry is None:
        return
    try:
        aliases = list(registry.configs)
    except Exception as error:  # Django has no settings: so there are none
        warn(f"Channels' layers are not recorded: {_line(error)}")
        return
    for alias in aliases:
        try:
            yield registry[alias]
        except Exception as error:  # whatever its backend raises
            warn(f"layer {alias!r} is not recorded: {_line(error)}")


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type_name(error)}: {text}"
