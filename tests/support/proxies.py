"""What stands between a layer and its server, and does it harm."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

LIMIT = 10.0
"""How many seconds a test waits for something before it fails."""

Handler = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]
]


async def until(condition: Callable[[], Any], limit: float = LIMIT) -> None:
    """Wait until something is so, which has to be soon."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110  # of another process
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def serving(
    handler: Handler,
    scheme: str = "redis",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """Run a server that does what a function says; give its URL."""
    tasks: set[asyncio.Task[Any]] = set()

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task: Any = asyncio.current_task()
        tasks.add(task)
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await handler(reader, writer)
        writer.transport.abort()

    async with await asyncio.start_server(
        handle, "127.0.0.1", 0, ssl=tls
    ) as server:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Proxy:
    """Passes bytes to and fro, as long as it is let.

    Args:
        target: the URL of the server.
        tls: what it has of TLS, which the server has not.

    Attributes:
        url: where it listens.
        is_away: whether it cuts whoever connects.
        limit: after how many more bytes of the server all is cut.
    """

    def __init__(self, target: str, tls: ssl.SSLContext | None = None) -> None:
        self.url = ""
        self._tls = tls
        self.is_away = False
        self.limit: int | None = None
        self._scheme, _, self._target = target.partition("://")
        self._writers: list[asyncio.StreamWriter] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        scheme = self._scheme if self._scheme == "nats" else "redis"
        if self._tls is not None:
            scheme = "rediss"
        async with serving(self._connected, scheme, self._tls) as self.url:
            yield self

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._writers) // 2

    def cut(self) -> None:
        """End all connections, without a word."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.is_away:
            return
        there, out = await self._connection()
        self._writers += [writer, out]
        try:
            await asyncio.gather(
                self._pass(reader, out, counts=False),
                self._pass(there, writer, counts=True),
                return_exceptions=True,
            )
        finally:
            for each in (writer, out):
                each.transport.abort()
                if each in self._writers:
                    self._writers.remove(each)

    async def _connection(
        self,
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._target.startswith("/"):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target.split(":"))

    async def _pass(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        *,
        counts: bool,
    ) -> None:
        while data := await source.read(65536):
            if counts and self.limit is not None:
                data, self.limit = data[: self.limit], self.limit - len(data)
                target.write(data)
                if self.limit <= 0:
                    self.limit = None
                    await target.drain()
                    self.cut()
            else:
                target.write(data)
        target.transport.abort()
