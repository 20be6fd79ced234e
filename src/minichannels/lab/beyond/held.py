"""What a notebook holds of a server that others run: where it is, and its end.

How it works: each is noted when it starts, so that a lesson's last cell ends
those that are left. So is whoever uses such a server from a cell.
"""

import abc
import asyncio
from types import TracebackType
from typing import Self

from minichannels.protocols.uplink import Line

_held: list["HeldServer"] = []


class HeldServer(abc.ABC):
    """A server of this kernel; also for a ``with`` statement.

    Attributes:
        url: its address.
    """

    url: str

    def __init__(self) -> None:
        self._running = True
        _held.append(self)

    def __repr__(self) -> str:
        state = "" if self._running else ", stopped"
        return f"<{type(self).__name__} {self.url}{state}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it, and its connections; doing so again is fine."""
        if self._running:
            self._running = False
            _held.remove(self)
            self.end()

    @abc.abstractmethod
    def end(self) -> None:
        """End it; called once."""


class HeldPerson(HeldServer):
    """Somebody who uses such a server, played by a notebook's cells.

    Args:
        url: the server's.
        name: who it is.
        line: to the server.

    Attributes:
        name: the same.
    """

    def __init__(self, url: str, name: str, line: Line) -> None:
        self.url = url
        self.name = name
        self.reader, self.writer = line
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        super().__init__()
        # It ends when the line does.
        self._listening = asyncio.create_task(self.listen())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @abc.abstractmethod
    async def listen(self) -> None:
        """Hear what is said, until the line ends."""

    async def recv(self, timeout: float = 5) -> str:
        """Return what is heard next.

        Raises:
            TimeoutError: nothing was, for so many seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self.heard.get()
        except TimeoutError:
            raise TimeoutError(
                f"{self.name} heard nothing for {timeout:g} s"
            ) from None

    def end(self) -> None:
        """Leave."""
        self.writer.close()


def leave(url: str, name: str = "") -> None:
    """Let those leave who use a server: all, or the one of a name."""
    people = [held for held in _held if isinstance(held, HeldPerson)]
    for person in people:
        if person.url == url and name in ("", person.name):
            person.stop()


def stop_held() -> None:
    """End all of this kernel."""
    while _held:
        _held[-1].stop()
