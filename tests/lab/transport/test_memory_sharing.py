"""What a server in memory shares with the cell, and what not."""

import asyncio
import contextlib
import contextvars
import gc
import threading
from contextvars import ContextVar
from typing import Any

import pytest

from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.lab import Refused, begin, serve
from minichannels.layers import get_channel_layer
from minichannels.types import Message, Receive, Scope, Send
from support.in_memory import ended, only_websockets
from support.lab import echo

pytestmark = pytest.mark.usefixtures("in_memory", "put_away")


async def test_context_variables_of_a_cell_stay_in_the_cell() -> None:
    word = ContextVar("word", default="")
    word.set("the cell's")
    seen: list[str] = []

    @only_websockets
    async def looks(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(word.get())
        word.set("the application's")
        await send({"type": "websocket.accept"})

    await serve(looks).connect()

    assert seen == [""]
    assert word.get() == "the cell's"


async def test_an_error_of_a_background_task_is_in_the_flow_in_memory() -> None:
    async def fails() -> None:
        raise ValueError("in the background")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (event := await receive())["type"] != "websocket.disconnect":
            if event["type"] == "websocket.connect":
                asyncio.create_task(fails())  # noqa: RUF006
                await asyncio.sleep(0)
                gc.collect()
                await send({"type": "websocket.accept"})

    server = serve(only_websockets(application))
    async with server.connect():
        pass
    await server.settle()

    (crash,) = [event for event in server.flow if event.kind == "crash"]
    assert (crash.source, crash.payload["text"]) == (
        "background task",
        "in the background",
    )
    assert (crash.cause, crash.begun_in) == (None, 1)


async def test_an_error_of_an_applications_call_is_in_the_flow_in_memory() -> (
    None
):
    def fails() -> None:
        raise ValueError("in a call")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (event := await receive())["type"] != "websocket.disconnect":
            if event["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
                asyncio.get_running_loop().call_soon(fails)

    server = serve(only_websockets(application))
    async with server.connect():
        pass
    await server.settle()

    (crash,) = [event for event in server.flow if event.kind == "crash"]
    assert (crash.source, crash.begun_in) == ("background task", 1)


@pytest.mark.parametrize("with_factory", [True, False])
async def test_an_error_of_a_task_that_is_kept_is_in_the_flow_in_memory(
    with_factory: bool,
) -> None:
    kept: list[asyncio.Task[None]] = []

    async def fails() -> None:
        raise ValueError("kept")

    class OfACell(asyncio.Task[Any]):
        pass

    def of_a_cells_own(loop: Any, coroutine: Any, **more: Any) -> Any:
        return OfACell(coroutine, loop=loop, **more)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        kept.append(asyncio.create_task(fails()))
        own = contextvars.copy_context()
        kept.append(asyncio.create_task(fails(), context=own))
        await asyncio.wait(kept)

    loop = asyncio.get_running_loop()
    if with_factory:
        loop.set_task_factory(of_a_cells_own)
    server, other = serve(only_websockets(application)), serve(echo, "other")
    with contextlib.suppress(Refused):
        await server.connect()
    cells = asyncio.create_task(fails())
    await asyncio.wait([cells])
    await ended(server)
    await ended(other)

    crashes = [event for event in server.flow if event.kind == "crash"]
    assert [event.payload["text"] for event in crashes] == ["kept", "kept"]
    assert [event.source for event in crashes] == ["background task"] * 2
    assert list(other.flow) == []
    made = {isinstance(task, OfACell) for task in (cells, *kept)}
    assert made == {with_factory}
    assert repr(cells.exception()) == "ValueError('kept')"
    factory = loop.get_task_factory()
    assert factory is (of_a_cells_own if with_factory else None)


async def test_a_task_factory_that_was_set_later_is_left_alone() -> None:
    def mine(loop: Any, coroutine: Any, **more: Any) -> Any:
        return asyncio.Task(coroutine, loop=loop, **more)

    loop = asyncio.get_running_loop()
    server = serve(echo)
    await server.settle()
    loop.set_task_factory(mine)

    await ended(server)

    assert loop.get_task_factory() is mine


@pytest.mark.parametrize("with_handler", [True, False])
async def test_an_error_of_a_cells_own_task_goes_where_it_went(
    with_handler: bool, caplog: pytest.LogCaptureFixture
) -> None:
    reported: list[Any] = []

    async def fails() -> None:
        raise ValueError("mine")

    def note(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        reported.append(context["exception"])

    loop = asyncio.get_running_loop()
    if with_handler:
        loop.set_exception_handler(note)
    server, other = serve(echo), serve(echo, "other")
    await server.settle()
    await other.settle()

    asyncio.create_task(fails())  # noqa: RUF006
    await asyncio.sleep(0)
    gc.collect()

    told = [repr(error) for error in reported] or [caplog.text]
    assert "mine" in told[0]
    assert list(server.flow) == []
    await ended(server)
    await ended(other)
    handler = loop.get_exception_handler()
    assert handler is (note if with_handler else None)


async def test_a_handler_that_was_set_later_is_left_alone() -> None:
    def mine(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        raise NotImplementedError

    loop = asyncio.get_running_loop()
    server = serve(echo)
    await server.settle()
    loop.set_exception_handler(mine)

    await ended(server)

    assert loop.get_exception_handler() is mine
    loop.set_exception_handler(None)


async def test_names_are_those_of_sockets() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await send({"type": "http.response.start", "status": 204})
            await send({"type": "http.response.body"})

    server = serve(only_websockets(application))
    for name in (None, "ada"):
        with pytest.raises(Refused):
            await server.connect(name=name)
    await server.get()
    await server.settle()

    sources = {event.source for event in server.flow if event.kind == "receive"}
    assert sources == {"browser#1", "ada", "notebook"}


async def test_layers_are_recorded_until_the_end_in_memory() -> None:
    class Chat(AsyncWebsocketConsumer):
        groups = ["chat"]

        async def chat_message(self, event: Message) -> None:
            await self.send("x")

    bare = get_channel_layer()
    server = serve(Chat.as_asgi())
    ada = await server.connect()
    assert get_channel_layer() is not bare

    await ended(server)

    assert get_channel_layer() is bare
    assert ada.close_code == 1012


async def test_a_lesson_in_memory_leaves_nothing() -> None:
    lesson = begin("99")
    ada = await serve(echo).connect(name="ada")

    said = await lesson.end()

    assert said.startswith("All put away")
    assert ada.close_code == 1012


@pytest.mark.parametrize("one_thread", [True, False])
async def test_a_sync_consumer_without_threads_names_its_async_twin(
    monkeypatch: pytest.MonkeyPatch, one_thread: bool
) -> None:
    class Chat(WebsocketConsumer):
        thread_sensitive = one_thread

    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    server = serve(Chat.as_asgi())
    with monkeypatch.context() as patch:
        patch.setattr("minichannels.consumer.threads._pool", new_pool)
        patch.setattr("minichannels.consumer.threads._hop", fresh_hop)
        patch.setattr(threading.Thread, "start", start)

        with pytest.raises(Refused) as caught:
            await server.connect(name="ada")

    assert str(caught.value) == (
        "ada was refused with 500: the application raised RuntimeError: Chat"
        " is a WebsocketConsumer, whose handlers run in threads, and no thread"
        " can be started here; derive it from AsyncWebsocketConsumer and write"
        " 'async def' and 'await'"
    )


def new_pool() -> Any:
    from minichannels.consumer.threads import Pool

    return Pool(1)


def fresh_hop(one_thread: bool) -> Any:
    from asgiref.sync import SyncToAsync

    from minichannels.consumer import threads

    # Both with a pool that has no thread yet, as everything in such a kernel.
    return SyncToAsync(
        threads._timed, thread_sensitive=False, executor=new_pool()
    )
