"""The second seam: channel layers, recorded while they are used.

How it works: a :class:`RecordedLayer` has a layer's public methods and passes
them on. For as long as anybody records, the registry hands its layers out in
such wrappers. A consumer asks the registry when it starts, so it gets the
wrapper; a layer that nobody asks for is not even made.
"""

import threading
from typing import Any

from minichannels.flow.connection import CURRENT, Connection
from minichannels.layers import channel_layers


class RecordedLayer:
    """A channel layer that notes who reads which mailbox.

    Whatever else is asked of it, it passes on, so that it can stand in for
    any layer.

    Args:
        inner: the layer that does the work.
    """

    inner: Any

    def __init__(self, inner: Any) -> None:
        object.__setattr__(self, "inner", inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.inner, name, value)

    def __repr__(self) -> str:
        return repr(self.inner)

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Put a message into one channel's mailbox."""
        await self.inner.send(channel, message)

    async def receive(self, channel: str) -> dict[str, Any]:
        """Take the oldest message of a channel, waiting if there is none."""
        connection = CURRENT.get()
        if connection is None:
            message: dict[str, Any] = await self.inner.receive(channel)
        else:
            message = await self._receive_for(connection, channel)
        return message

    async def new_channel(self, *prefix: str) -> str:
        """Make a channel name that nobody else has."""
        name: str = await self.inner.new_channel(*prefix)
        return name

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group."""
        await self.inner.group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """End a channel's membership of a group."""
        await self.inner.group_discard(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send a message to every member of a group."""
        await self.inner.group_send(group, message)

    async def _receive_for(
        self, connection: Connection, channel: str
    ) -> dict[str, Any]:
        source = channel, self.inner
        connection.asks(source)
        connection.mailboxes[source] = lambda: self._waiting(channel)
        message: dict[str, Any] = await self.inner.receive(channel)
        connection.gets(source, message)
        return message

    def _waiting(self, channel: str) -> int:
        """Return how many messages wait; 0 if the layer does not tell."""
        mailbox = getattr(self.inner, "channels", {}).get(channel)
        return len(getattr(mailbox, "messages", ()))


class RecordedLayers:
    """The registry's layers, wrapped for as long as anybody records."""

    def __init__(self) -> None:
        self._users = 0
        self._lock = threading.Lock()
        self._wrapped: dict[str, RecordedLayer] = {}

    def start(self) -> None:
        """Wrap the layers, for one more user."""
        with self._lock:
            self._users += 1
            channel_layers.wrap(self._wrap)

    def stop(self) -> None:
        """Hand out the layers themselves, if this was the last user."""
        with self._lock:
            self._users -= 1
            if not self._users:
                channel_layers.wrap(None)
                self._wrapped = {}

    def _wrap(self, alias: str, layer: Any) -> RecordedLayer:
        """Return a layer's wrapper, the same one each time."""
        if isinstance(layer, RecordedLayer):  # somebody kept and set it
            return layer
        wrapped = self._wrapped.get(alias)
        if wrapped is None or wrapped.inner is not layer:
            wrapped = self._wrapped[alias] = RecordedLayer(layer)
        return wrapped


recorded_layers = RecordedLayers()
"""The registry of this process, recorded."""
