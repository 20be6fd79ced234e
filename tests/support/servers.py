"""A real server in a thread, and clients for it."""

import asyncio
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from minichannels.types import ASGIApp, Receive, Scope, Send
from support.limit import LIMIT as LIMIT


class Server:
    """A running server, and what became of the scopes it served."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._ends: queue.Queue[BaseException | None] = queue.Queue()
        # Listening from here on, so nobody has to wait until it is ready.
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        error: BaseException | None = None
        try:
            await self._application(scope, receive, send)
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._ends.put(error)

    async def next_end(self) -> BaseException | None:
        """Wait for the next scope to end; return the error it ended with."""
        return await asyncio.to_thread(self._ends.get, timeout=LIMIT)

    def connect(self, path: str = "/", **kwargs: Any) -> connect:
        """Return a WebSocket client, to be awaited or entered."""
        return connect(f"ws://{self.address}{path}", proxy=None, **kwargs)

    def client(self) -> httpx.AsyncClient:
        """Return an HTTP client, to be entered."""
        return httpx.AsyncClient(
            base_url=f"http://{self.address}", trust_env=False, timeout=LIMIT
        )

    def serve(self) -> uvicorn.Server:
        config = uvicorn.Config(
            self, lifespan="off", log_config=None, timeout_graceful_shutdown=1
        )
        return uvicorn.Server(config)

    @property
    def sockets(self) -> list[socket.socket]:
        return [self._socket]


@contextmanager
def running(application: ASGIApp) -> Iterator[Server]:
    """Serve an application on a free port, for as long as it lasts."""
    server = Server(application)
    inner = server.serve()
    thread = threading.Thread(target=inner.run, args=(server.sockets,))
    thread.start()
    try:
        yield server
    finally:
        inner.should_exit = True
        thread.join(LIMIT)
        server.sockets[0].close()
        assert not thread.is_alive()


async def next_frame(client: ClientConnection) -> str | bytes:
    """Return the next frame that a client receives."""
    async with asyncio.timeout(LIMIT):
        return await client.recv()


async def closing(client: ClientConnection) -> tuple[int | None, str | None]:
    """Wait until a connection is closed; return the code and the reason."""
    async with asyncio.timeout(LIMIT):
        await client.wait_closed()
    return client.close_code, client.close_reason
