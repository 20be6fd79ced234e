"""A client that writes down all that it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

LIMIT = 20
"""Seconds that a package may take for one answer: some draw whole pages."""


@dataclass
class Response:
    """What came back to one request."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Socket:
    """What went over one WebSocket, each way."""

    path: str
    socket: ClientConnection
    sent: list[str | bytes] = field(default_factory=list)
    heard: list[str | bytes] = field(default_factory=list)

    async def send(self, frame: Any) -> None:
        """Send text, bytes, or anything else as JSON."""
        if not isinstance(frame, str | bytes):
            frame = json.dumps(frame)
        self.sent.append(frame)
        await self.socket.send(frame)

    async def hear(self, wanted: str | bytes | None = None) -> str | bytes:
        """Return the next frame, or the next in which something stands."""
        async with asyncio.timeout(LIMIT):
            while True:
                frame = await self.socket.recv()
                self.heard.append(frame)
                if wanted is None or wanted in frame:  # type: ignore[operator]
                    return frame


class Visitor:
    """A browser, or a program, that visits one site."""

    def __init__(self, address: str, client: httpx.AsyncClient) -> None:
        self._address = address
        self._client = client
        self.responses: list[Response] = []
        self.sockets: list[Socket] = []
        self.refusals = 0

    async def get(self, path: str, **options: Any) -> Response:
        """Make a request without a body."""
        return await self.ask("GET", path, **options)

    async def ask(
        self,
        method: str,
        path: str,
        enough: Callable[[bytes], bool] = lambda body: False,
        **options: Any,
    ) -> Response:
        """Make a request; go away when there is enough of the answer."""
        body = b""
        async with self._client.stream(method, path, **options) as answer:
            # As it was sent: what is decoded has another size.
            async for piece in answer.aiter_raw():
                body += piece
                if enough(body):
                    break
        headers = dict(answer.headers)
        self.responses.append(
            Response(method, path, answer.status_code, headers, body)
        )
        return self.responses[-1]

    @property
    def cookies(self) -> str:
        return "; ".join(f"{k}={v}" for k, v in self._client.cookies.items())

    async def refused(self, path: str) -> int:
        """Ask for a WebSocket that is not opened; return the status."""
        try:
            async with self.socket(path):
                raise AssertionError(f"{path} was opened")
        except InvalidStatus as refusal:
            self.refusals += 1
            return refusal.response.status_code

    @asynccontextmanager
    async def socket(self, path: str, **options: Any) -> AsyncIterator[Socket]:
        """Open a WebSocket; what comes before its end is written down."""
        address = self._address.replace("http", "ws", 1) + path
        headers = {"Cookie": self.cookies} if self.cookies else {}
        async with connect(
            address,
            proxy=None,
            additional_headers=headers,
            max_size=None,
            **options,
        ) as inner:
            socket = Socket(path, inner)
            self.sockets.append(socket)
            yield socket
        with suppress(ConnectionClosed):
            socket.heard += [frame async for frame in inner]


@asynccontextmanager
async def visiting(address: str) -> AsyncIterator[Visitor]:
    """Begin a visit of the site at an address."""
    async with httpx.AsyncClient(
        base_url=address,
        headers={"Accept-Encoding": "identity"},
        timeout=LIMIT,
        trust_env=False,
    ) as client:
        yield Visitor(address, client)
