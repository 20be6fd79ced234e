"""Channel layers for tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from minichannels.layers import InMemoryChannelLayer, channel_layers


@contextmanager
def fresh_layer() -> Iterator[InMemoryChannelLayer]:
    """Put a new layer in place as ``default``, for as long as it lasts."""
    layer = InMemoryChannelLayer()
    before = channel_layers.set("default", layer)
    try:
        yield layer
    finally:
        channel_layers.set("default", before)


@contextmanager
def no_layer() -> Iterator[None]:
    """Have no channel layer configured, for as long as it lasts."""
    configs, backends = channel_layers.configs, channel_layers.backends
    channel_layers.configure({})
    try:
        yield
    finally:
        channel_layers.configure(configs)
        channel_layers.backends.update(backends)


class LayerWithoutExtensions:
    """A foreign layer: another one behind the protocol's methods alone."""

    def __init__(self) -> None:
        inner = InMemoryChannelLayer()
        self.inner = inner
        self.send = inner.send
        self.receive = inner.receive
        self.new_channel = inner.new_channel
        self.group_add = inner.group_add
        self.group_discard = inner.group_discard
        self.group_send = inner.group_send


class LayerWithoutGroups:
    """A foreign layer that only has channels."""

    def __init__(self) -> None:
        inner = InMemoryChannelLayer()
        self.send = inner.send
        self.receive = inner.receive
        self.new_channel = inner.new_channel
