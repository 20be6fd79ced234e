"""Those who wait for the next message of a channel, one behind the other.

How it works: whoever waits holds a future, and who waits longest gets the
message that comes. A future that was cancelled is passed over: its task may
not have run since, and so not have left.
"""

import asyncio
from collections import deque
from collections.abc import Iterator

from minichannels.exceptions import LayerUnavailable


class Waiting:
    """Who waits for messages of which channels, on one event loop."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[asyncio.Future[bytes]]] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the channels that somebody may wait for."""
        return iter(self._lines)

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __contains__(self, channel: str) -> bool:
        line = self._lines.get(channel, deque())
        while line and line[0].done():
            line.popleft()
        if not line:
            self._lines.pop(channel, None)
        return bool(line)

    def join(self, channel: str) -> asyncio.Future[bytes]:
        """Wait from now on; return what the next message will be."""
        future = asyncio.get_running_loop().create_future()
        self._lines.setdefault(channel, deque()).append(future)
        return future

    def leave(
        self, channel: str, future: asyncio.Future[bytes]
    ) -> bytes | None:
        """Wait no more; return the message that has come all the same."""
        if future.done() and not future.cancelled():
            return None if future.exception() else future.result()
        line = self._lines.get(channel, deque())
        if future in line:
            line.remove(future)
            if not line:
                del self._lines[channel]
        return None

    def give(self, channel: str, data: bytes) -> bool:
        """Give a message to whoever waits longest; return whether one does."""
        if channel not in self:
            return False
        line = self._lines[channel]
        line.popleft().set_result(data)
        if not line:
            del self._lines[channel]
        return True

    def fail(self, channel: str, error: LayerUnavailable) -> None:
        """Raise an error where somebody waits for a channel."""
        for future in self._lines.pop(channel, ()):
            if not future.done():
                future.set_exception(error)
