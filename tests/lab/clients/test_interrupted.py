"""Ctrl-C while a client does something: it and its server stay usable."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from minichannels.lab import serve
from minichannels.lab.clients import connecting, http
from minichannels.lab.clients.websocket import Ended
from minichannels.lab.transport import timeouts
from minichannels.lab.transport.sockets import SocketLine
from minichannels.types import Receive, Scope, Send
from support.lab import both_wires, echo
from support.loops import ticks

LARGE = 12_000_000
"""How many characters no line takes at once."""


class Reader:
    """An application that reads when it is told to.

    Attributes:
        got: the lengths of the messages that it has read.
    """

    def __init__(self) -> None:
        self.got: list[int] = []
        self._loop: asyncio.AbstractEventLoop
        self._reads: asyncio.Event

    def read(self) -> None:
        """Have it read."""
        self._loop.call_soon_threadsafe(self._reads.set)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] == "lifespan":
            return
        self._loop, self._reads = asyncio.get_running_loop(), asyncio.Event()
        await receive()
        await send({"type": "websocket.accept"})
        await self._reads.wait()
        while (event := await receive())["type"] == "websocket.receive":
            self.got.append(len(event["text"]))


async def interrupt(task: asyncio.Task[Any]) -> None:
    """Interrupt what waits, as a kernel does."""
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@both_wires
async def test_a_message_that_waits_for_room_is_sent_though_interrupted() -> (
    None
):
    reader = Reader()
    server = serve(reader)
    ada = await server.connect(name="ada")

    await interrupt(asyncio.create_task(ada.send("x" * LARGE)))

    with pytest.raises(TimeoutError, match="has not read 1 message of ada"):
        await server.settle(0)
    reader.read()
    await server.settle()
    assert reader.got == [LARGE]
    await ada.close()


@both_wires
async def test_a_message_that_is_interrupted_halfway_ends_the_connection() -> (
    None
):
    async def fragments() -> AsyncIterator[str]:
        yield "half of "
        await asyncio.Event().wait()

    server = serve(echo)
    ada = await server.connect(name="ada")

    await interrupt(asyncio.create_task(ada.send(fragments())))

    with pytest.raises(Ended, match="a message was interrupted halfway"):
        await ada.send("what would be the other half")
    await server.settle()


async def test_who_waits_for_a_message_of_fragments_does_not_end_it() -> None:
    goes_on = asyncio.Event()

    async def fragments() -> AsyncIterator[str]:
        yield "one "
        await goes_on.wait()
        yield "message"

    ada = await serve(echo).connect(name="ada")
    first = asyncio.create_task(ada.send(fragments()))
    await asyncio.sleep(0)

    await interrupt(asyncio.create_task(ada.send("another")))
    goes_on.set()
    await first

    assert await ada.recv() == "one message"
    await ada.close()


@both_wires
async def test_an_interrupt_when_a_close_is_to_be_written_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(echo)
    ada = await server.connect(name="ada")
    send_close = ada.protocol.send_close

    def interrupted(*args: Any) -> None:
        send_close(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(ada.protocol, "send_close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        await ada.close()

    await ada.wait_closed()
    await server.settle()
    assert ada.close_code == 1000


async def test_a_close_that_was_not_begun_leaves_the_client_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(echo)
    ada = await server.connect(name="ada")
    with monkeypatch.context() as patched:
        # So it is before what was to be awaited has begun.
        patched.setattr(timeouts, "awake", interrupted)
        with pytest.raises(KeyboardInterrupt):
            await ada.close()

    await ada.send("here")
    assert await ada.recv() == "here"
    await server.settle()
    await ada.close()


def interrupted(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@both_wires
@pytest.mark.parametrize(
    ("module", "name", "asks"),
    [(connecting, "_handshake", "connect"), (http, "opened", "get")],
)
async def test_a_line_that_nobody_uses_yet_is_closed(
    module: Any, name: str, asks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[socket.socket] = []

    def noted(line: SocketLine, sock: socket.socket) -> None:
        taken.append(sock)
        init(line, sock)

    init = SocketLine.__init__
    monkeypatch.setattr(SocketLine, "__init__", noted)
    monkeypatch.setattr(module, name, interrupted)
    server = serve(echo)

    with pytest.raises(KeyboardInterrupt):
        await getattr(server, asks)("/")

    assert all(sock.fileno() == -1 for sock in taken)
    assert server._recorder.names.expected == {}


async def test_a_line_in_memory_that_was_taken_just_now_is_closed() -> None:
    server = serve(echo, wire="memory")
    await server.settle()

    for turns in range(5):  # in one of them it is taken
        asking = asyncio.create_task(server.get("/"))
        await ticks(turns)
        await interrupt(asking)
        await server.settle()

    wire: Any = server._wire
    assert not wire._uvicorn.server_state.connections
