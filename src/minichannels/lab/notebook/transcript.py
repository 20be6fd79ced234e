"""A transcript: the bytes of one connection, and the events beside them.

How it works: nobody asks the server. A client is played byte by byte, and notes
what it says and hears; the application is wrapped, and each event noted that it
receives or sends. Between two acts of the client there is only what follows
from the first, so the order is the same in every run.

Source: RFC 6455, "Opening Handshake" and "Sending and Receiving Data".
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from websockets.frames import Frame

from minichannels.flow.figure import Figure
from minichannels.lab.notebook.frames import (
    FrameReader,
    Told,
    first_frame,
    quoted,
    told,
)
from minichannels.lab.notebook.ladder import SERVER, Crossing, ladder
from minichannels.lab.transport.timeouts import LIMIT, limited
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

_open: WeakSet["Transcript"] = WeakSet()

_LIFE = ("connect", "accept", "disconnect", "close")


class Transcript:
    """What crosses one connection; the last line of a cell shows it.

    Args:
        application: what the server will serve, by :attr:`application`.
        client: the client's name.
    """

    def __init__(self, application: ASGIApp, client: str = "ada") -> None:
        self.crossings: list[Crossing] = []
        self._inner = application
        self._client = client
        self._name = getattr(application, "__name__", "application")
        self._over = asyncio.Event()
        self._over.set()  # until it is called
        self._heard_head = False
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]

    def __repr__(self) -> str:
        return self.figure().text

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> Mapping[str, str]:
        return self.figure()._repr_mimebundle_()

    def figure(self) -> Figure:
        """Return what has crossed so far, as a picture."""
        return ladder(self._client, self._name, self.crossings)

    async def application(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Be the application, and note its events."""

        async def noted_receive() -> Message:
            event = await receive()
            self._note(SERVER, self._name, *_event(event))
            return event

        async def noted_send(event: Message) -> None:
            self._note(self._name, SERVER, *_event(event))
            await send(event)

        self._over.clear()
        try:
            await self._inner(scope, noted_receive, noted_send)
        finally:
            self._over.set()

    # The client

    async def connect(self, server: asyncio.Server) -> None:
        """Open a connection to a server, and send nothing yet."""
        host, port = server.sockets[0].getsockname()[:2]
        self._streams = await asyncio.open_connection(host, port)
        _open.add(self)

    async def ask(self, data: bytes) -> bytes:
        """Send some bytes, and return the answer to them."""
        self.say(data)
        return await self.hear()

    def say(self, data: bytes) -> None:
        """Send some bytes; those of several frames are noted one by one."""
        rest = data
        while rest:
            first, frame = first_frame(rest)
            self._note(self._client, SERVER, *told(first, frame, ", masked"))
            rest = rest[len(first) :]
        self._streams[1].write(data)

    async def hear(self) -> bytes:
        """Return the next answer: the head of a response, then a frame.

        Raises:
            TimeoutError: none came.
            ConnectionError: the server has hung up.
        """
        read = _frame if self._heard_head else _head
        problem = f"{self._client} waited {{}} for an answer, and none came"
        try:
            answer = await limited(read(self._streams[0]), LIMIT, problem)
        except (ConnectionError, asyncio.IncompleteReadError):
            raise ConnectionError(
                f"{self._client} got no answer: the server has hung up; if its"
                " own code has raised something, that was printed"
            ) from None
        self._heard_head = True
        self._note(SERVER, self._client, *told(*answer))
        return answer[0]

    async def leave(self) -> None:
        """Hang up, and wait until the application has ended, if it was called.

        Raises:
            TimeoutError: it goes on.
        """
        self.hang_up()
        problem = f"{self._name} goes on {{}} after {self._client} has left"
        await limited(self._over.wait(), LIMIT, problem)

    def hang_up(self) -> None:
        """Close the connection, and wait for nothing."""
        with contextlib.suppress(RuntimeError):  # its loop is closed
            self._streams[1].close()
        _open.discard(self)

    def _note(self, source: str, target: str, *what: Any) -> None:
        self.crossings.append(Crossing(source, target, *what))


def hang_up_all() -> None:
    """Close what a cell that failed has left open."""
    for transcript in list(_open):
        transcript.hang_up()


async def _head(reader: asyncio.StreamReader) -> tuple[bytes, Frame | None]:
    return await reader.readuntil(b"\r\n\r\n"), None


async def _frame(reader: asyncio.StreamReader) -> tuple[bytes, Frame | None]:
    frame = FrameReader(masked=False)
    while frame.wanted is not None:
        frame.take(await reader.readexactly(frame.wanted))
    return frame.data, frame.frame


def _event(event: Message) -> Told:
    """Return what is told of an event."""
    kind = str(event["type"])
    rest = [f"{key}={quoted(event[key])}" for key in event if key != "type"]
    return kind, ", ".join(rest), kind.endswith(_LIFE)
