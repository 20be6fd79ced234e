"""What a notebook holds of a server that others run: where it is, and its end.

How it works: each is noted when it starts, so that a lesson's last cell ends
those that are left. So is whoever uses such a server from a cell.
"""

import abc
import asyncio
import os
import socket
import threading
from types import TracebackType
from typing import ClassVar, Self

from minichannels.flow.web.listening import accept_no_more

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_held: list["HeldServer"] = []


class HeldServer(abc.ABC):
    """A server of this kernel; also for a ``with`` statement.

    Attributes:
        url: its address.
    """

    url: str

    def __init__(self) -> None:
        self._running = True
        self._process_id = os.getpid()
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
        """End it, and its connections; doing so again is fine.

        A process that was forked has a copy of this, and leaves it alone.
        """
        if self._running and self._process_id == os.getpid():
            self._running = False
            _held.remove(self)
            self.end()

    @abc.abstractmethod
    def end(self) -> None:
        """End it; called once."""


class HeldLoop(HeldServer):
    """A server of a few lines, in a thread with an event loop of its own.

    Args:
        listener: where it listens.

    Attributes:
        loop: the event loop.
        writers: the lines to those who are there.
    """

    scheme: ClassVar[str]

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"{self.scheme}://127.0.0.1:{listener.getsockname()[1]}"
        self.loop = asyncio.new_event_loop()
        self.writers: list[asyncio.StreamWriter] = []
        self._over = asyncio.Event()
        self._thread = threading.Thread(
            target=self._run,
            args=[listener],
            name=f"minichannels {self.scheme}",
            daemon=True,
        )
        super().__init__()
        self._thread.start()

    def end(self) -> None:
        """End it, and its connections."""
        leave(self.url)
        self.loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    # In the thread

    def _run(self, listener: socket.socket) -> None:
        self.loop.run_until_complete(self._serve(listener))
        self.loop.close()

    async def _serve(self, listener: socket.socket) -> None:
        server = await asyncio.start_server(self._meet, sock=listener)
        await self._over.wait()
        await accept_no_more(listener)
        server.close()
        for writer in self.writers:
            writer.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _meet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.writers.append(writer)
        try:
            await self.talk(reader, writer)
        except ConnectionError:
            pass  # cut off; the others go on
        finally:
            self.writers.remove(writer)
            writer.close()

    @abc.abstractmethod
    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Deal with somebody who has connected, until the line ends."""


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
    for held in _held[::-1]:  # which grows shorter meanwhile
        held.stop()
