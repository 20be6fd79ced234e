import asyncio
import contextlib
import gc
import threading
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import pytest

from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.lab import Ended, Refused, Server, begin, serve
from minichannels.lab.notebook.lesson import _tcp_sockets
from minichannels.lab.serving.serve import stop_all
from minichannels.lab.transport.memory import all_ended
from minichannels.layers import get_channel_layer
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.lab import echo

THREAD = "minichannels.lab.transport.uvicorn_thread"

LIMIT = 5


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINICHANNELS_WIRE", "memory")


@pytest.fixture(autouse=True)
async def put_away() -> AsyncIterator[None]:
    yield
    stop_all()
    await all_ended()


def only_websockets(application: ASGIApp) -> ASGIApp:
    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)

    return outer


async def ended(server: Server) -> None:
    """Stop a server, and wait until it has ended."""
    server.stop()
    async with asyncio.timeout(LIMIT):
        await server.settle()


# Its life


async def test_a_server_in_memory_opens_no_socket_and_starts_no_thread() -> (
    None
):
    threads, sockets = threading.active_count(), _tcp_sockets()

    ada = await serve(echo).connect(name="ada")
    await ada.send("x")

    assert await ada.recv() == "x"
    assert threading.active_count() == threads
    assert _tcp_sockets() == sockets


def test_serve_in_memory_needs_an_event_loop() -> None:
    with pytest.raises(RuntimeError, match="here runs none; call serve"):
        serve(echo)

    assert stop_all() == []


async def test_serve_in_memory_takes_no_port() -> None:
    with pytest.raises(ValueError, match="has no port; got 8000"):
        serve(echo, port=8000)


async def test_a_server_in_memory_has_no_address() -> None:
    server = serve(echo)

    for name in ("url", "local_url", "ws_url"):
        with pytest.raises(RuntimeError, match=r"in memory and has no addr"):
            getattr(server, name)


async def test_a_page_of_a_server_in_memory_is_a_note() -> None:
    page = serve(echo).page("/chat/")

    assert repr(page) == "page /chat/ of server 'default'"
    assert page.ended == (
        "page /chat/ of server 'default': the server is in memory, where no"
        " browser reaches it; use await server.get('/chat/')."
    )
    page.close()


async def test_serve_replaces_a_server_after_its_end() -> None:
    order: list[str] = []

    def application(name: str) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            order.append(f"{name} {(await receive())['type']}")
            await send({"type": "lifespan.startup.complete"})
            order.append(f"{name} {(await receive())['type']}")
            await send({"type": "lifespan.shutdown.complete"})

        return app

    first = serve(application("first"))
    await first.settle()
    second = serve(application("second"))
    await second.settle()

    assert repr(first) == "<server 'default', stopped>"
    assert order == [
        "first lifespan.startup",
        "first lifespan.shutdown",
        "second lifespan.startup",
    ]


async def test_connect_says_that_a_server_in_memory_is_stopped() -> None:
    server = serve(echo)
    server.stop()

    with pytest.raises(ConnectionError, match="does not run any more"):
        await server.connect()


async def test_a_server_may_be_stopped_before_it_has_started() -> None:
    server = serve(echo)

    await ended(server)

    assert repr(server) == "<server 'default', stopped>"


async def test_a_server_in_memory_stays_on_its_loop() -> None:
    server = serve(echo)

    async def elsewhere() -> None:
        await server.connect()

    with pytest.raises(RuntimeError, match="on the event loop that it was"):
        await asyncio.to_thread(lambda: asyncio.run(elsewhere()))


def test_a_server_ends_with_its_loop() -> None:
    async def cell() -> Server:
        server = serve(echo)
        await server.connect(name="ada")
        return server

    server = asyncio.run(cell())

    assert repr(server) == "<server 'default', stopped>"
    assert stop_all() == []


def test_a_server_whose_loop_is_gone_can_be_stopped() -> None:
    async def cell() -> Server:
        return serve(echo)

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(cell())
    main = asyncio.all_tasks(loop)
    loop.close()

    server.stop()

    assert repr(server) == "<server 'default', stopped>"
    for task in main:
        task.get_coro().close()
        task._log_destroy_pending = False  # type: ignore[attr-defined]


# Its start


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    raise ValueError("no database")


async def saying_failed(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no disk"})


def plain(scope: Scope, receive: Receive, send: Send) -> None:
    pass


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await asyncio.Event().wait()


@pytest.mark.parametrize("use", ["connect", "get", "settle"])
@pytest.mark.parametrize(
    ("application", "kind", "text"),
    [
        (failing, RuntimeError, "failed to start: ValueError: no database"),
        (saying_failed, RuntimeError, "failed to start: RuntimeError: no disk"),
        (plain, TypeError, "is not an ASGI application"),
        (never, TimeoutError, "did not start within 0.05 s"),
    ],
)
async def test_a_failed_start_is_told_by_the_first_call(
    application: Any, kind: type[Exception], text: str, use: str
) -> None:
    server = serve(application, timeout=0.05 if application is never else 5)

    with pytest.raises(kind, match=text):
        await getattr(server, use)()

    assert repr(server) == "<server 'default', stopped>"
    assert stop_all() == []


async def test_a_failed_shutdown_is_in_the_flow_in_memory() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        raise ValueError("disk full")

    server = serve(application)
    await server.settle()

    await ended(server)

    (event,) = server.flow
    assert (event.source, event.payload["text"]) == ("shutdown", "disk full")


# Applications that misbehave


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

    with pytest.raises(Refused, match="raised SystemExit"):
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


# What it shares with the cell, and what not


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


# Without threads


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
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1)


def fresh_hop(one_thread: bool) -> Any:
    from asgiref.sync import SyncToAsync

    from minichannels.consumer import threads

    # Both with a pool that has no thread yet, as everything in such a kernel.
    return SyncToAsync(
        threads._timed, thread_sensitive=False, executor=new_pool()
    )
