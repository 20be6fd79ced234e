"""Applications that misbehave, served in memory."""

import asyncio
import contextlib
from typing import Any

import pytest

from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
)
from minichannels.lab import Ended, Refused, begin, serve
from minichannels.types import Receive, Scope, Send
from support.in_memory import THREAD, ended, only_websockets
from support.lab import echo

pytestmark = pytest.mark.usefixtures("in_memory", "put_away")


async def test_connect_says_that_nobody_decides_in_memory() -> None:
    @only_websockets
    async def hangs(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    server = serve(hangs)

    with pytest.raises(TimeoutError, match="was neither accepted nor refused"):
        await server.connect(name="ada", timeout=0.05)
    await ended(server)


async def test_an_application_that_never_reads_can_be_stopped() -> None:
    @only_websockets
    async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        await asyncio.Event().wait()

    server = serve(deaf)
    ada = await server.connect(name="ada")

    async def fill() -> None:
        for _ in range(3):
            await ada.send(b"x" * 2**20, timeout=0.05)

    with pytest.raises(TimeoutError, match="the server reads nothing"):
        await fill()
    server.stop()

    with pytest.raises(Ended, match="stopped or replaced"):
        await ada.recv()
    await server.settle()


async def test_an_application_that_sends_for_ever_lets_cells_go_on() -> None:
    @only_websockets
    async def talks(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "text": "on"})

    server = serve(talks)
    ada = await server.connect(name="ada")
    assert await ada.recv() == "on"
    with pytest.raises(TimeoutError, match="not settled after"):
        await server.settle(timeout=0.05)

    ada.transport.abort()
    await server.settle()

    assert server.clients == []


async def test_an_application_that_raises_at_once_is_a_refusal() -> None:
    @only_websockets
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("broken")

    with pytest.raises(Refused, match=r"with 500: .* ValueError: broken"):
        await serve(broken).connect()


async def test_a_call_of_exit_does_not_end_the_kernel() -> None:
    @only_websockets
    async def quits(scope: Scope, receive: Receive, send: Send) -> None:
        raise SystemExit(3)

    with pytest.raises(Refused, match="raised SystemExit: 3"):
        await serve(quits).connect()


async def test_a_start_up_that_exits_does_not_end_the_kernel() -> None:
    async def quits(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise SystemExit(3)

    with pytest.raises(RuntimeError, match="failed to start"):
        await serve(quits).connect()


async def test_stop_cancels_an_application_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "minichannels.lab.transport.uvicorn_thread.PATIENCE", 0.05
    )
    cancelled: list[str] = []

    @only_websockets
    async def sleeps(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append("cancelled")
            raise

    server = serve(sleeps)
    await server.connect(name="ada")

    await ended(server)

    assert cancelled == ["cancelled"]
    assert "RAISED" not in str(server.flow)


async def test_stop_names_an_application_that_swallows_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "minichannels.lab.transport.uvicorn_thread.PATIENCE", 0.05
    )
    monkeypatch.setattr(f"{THREAD}.GRACE", 0.05)
    stubborn = True
    task: list[asyncio.Task[Any] | None] = []

    @only_websockets
    async def stays(scope: Scope, receive: Receive, send: Send) -> None:
        task.append(asyncio.current_task())
        await send({"type": "websocket.accept"})
        while stubborn:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    lesson = begin("99")
    server = serve(stays)
    await server.connect(name="ada")

    await ended(server)

    last = [event for event in server.flow if event.kind == "crash"][-1]
    assert "stays(), line " in last.payload["text"]
    assert " did not end: CancelledError is caught" in last.payload["text"]
    with pytest.raises(AssertionError, match="leaves something behind: the"):
        await lesson.end()
    stubborn = False
    for left in task:
        assert left is not None
        left.cancel()


async def test_stop_cancels_tasks_that_an_application_has_started() -> None:
    tasks: list[asyncio.Task[Any]] = []

    class Ticker(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            tasks.append(asyncio.create_task(asyncio.Event().wait()))
            await self.accept()

    mine = asyncio.create_task(asyncio.Event().wait())
    server = serve(Ticker.as_asgi())
    await server.connect()

    await ended(server)

    assert tasks[0].cancelled()
    assert not mine.cancelled()
    mine.cancel()


async def test_interrupting_a_cell_leaves_the_server_alive() -> None:
    server = serve(echo)
    ada = await server.connect(name="ada")

    cell = asyncio.create_task(ada.recv())
    await asyncio.sleep(0)
    cell.cancel()  # as ipykernel does
    await asyncio.wait({cell})

    await ada.send("x")
    assert await ada.recv() == "x"
