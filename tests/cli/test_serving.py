import asyncio
import errno
import gc
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
from uvicorn.protocols.http import h11_impl

from minichannels.cli import CommandError, serving
from minichannels.cli.leaving import SIGNALS
from minichannels.cli.serving import (
    CommandServer,
    listen,
    serve,
    url_of,
)
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.types import ASGIApp, Receive, Scope, Send
from support.limit import LIMIT


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("no lifespan")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen("127.0.0.1", 0) as listener:
        yield listener


def interrupt() -> None:
    """Press Ctrl-C, in the loop's next turn."""
    asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)


def test_listen_says_that_a_port_is_in_use() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]

        with pytest.raises(CommandError) as caught:
            listen("127.0.0.1", port)

    assert caught.value.status == 1
    assert str(caught.value) == (
        f"port {port} of 127.0.0.1 is in use; stop what uses it, or take a"
        " free one: --port 0"
    )


def test_what_is_written_to_a_connection_goes_out_at_once(
    listener: socket.socket,
) -> None:
    with socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()

    with connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_listen_says_that_there_is_no_such_host() -> None:
    with pytest.raises(CommandError, match="there is no host '1:2:3'; write"):
        listen("1:2:3", 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:{}/"),
        ("0.0.0.0", "http://127.0.0.1:{}/"),
        ("::1", "http://[::1]:{}/"),
        ("::", "http://[::1]:{}/"),
    ],
)
def test_url_of_is_one_that_can_be_opened(host: str, expected: str) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]

        assert url_of(listener) == expected.format(port)


@pytest.mark.parametrize("number", SIGNALS)
def test_serve_returns_after_a_signal(
    listener: socket.socket, number: signal.Signals
) -> None:
    former = signal.getsignal(number)
    started, heard = list[str](), list[int]()

    def on_start() -> None:
        started.append("yes")
        asyncio.get_running_loop().call_soon(signal.raise_signal, number)

    server = CommandServer(nothing, on_start, on_signal=heard.append)
    problem = serve(server, listener)

    assert problem == ""
    assert started == ["yes"]
    assert heard == [number]
    assert signal.getsignal(number) is former


def test_what_is_there_at_the_start_is_not_looked_through_for_garbage(
    listener: socket.socket,
) -> None:
    frozen: list[int] = []

    def on_start() -> None:
        frozen.append(gc.get_freeze_count())
        interrupt()

    serve(CommandServer(nothing, on_start), listener)

    assert frozen[0] > 1_000
    assert gc.get_freeze_count() == 0  # another server may come, or tests


def test_what_a_request_runs_in_is_called_as_in_uvicorn() -> None:
    running = h11_impl.RequestResponseCycle.run_asgi

    assert running.__qualname__ in serving.REQUESTS


def test_serve_breaks_off_at_the_second_signal(listener: socket.socket) -> None:
    reached: list[str] = []

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        reached.append("shutdown")
        interrupt()
        await asyncio.Event().wait()

    server = CommandServer(stubborn, interrupt)

    assert serve(server, listener) == ""
    assert reached == ["shutdown"]


async def waits(scope: Scope, receive: Receive, send: Send) -> None:
    interrupt()
    await asyncio.Event().wait()


async def goes_on(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    await send({"type": "lifespan.startup.complete"})


@pytest.mark.parametrize("application", [waits, goes_on])
def test_serve_breaks_a_start_up_off_at_the_first_signal(
    listener: socket.socket, application: ASGIApp
) -> None:
    started: list[str] = []
    server = CommandServer(application, lambda: started.append("yes"))

    assert serve(server, listener) == ""
    assert not server.started
    assert started == []


def test_serve_says_that_the_start_up_failed(
    listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        failed = {"type": "lifespan.startup.failed", "message": "no database"}
        await send(failed)

    server = CommandServer(failing, lambda: None)

    problem = serve(server, listener)

    assert problem == "the application failed to start"
    assert not server.started
    assert "no database" in caplog.text


def test_serve_says_so_though_the_loop_is_left_without_tasks(
    listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(loop: Any, coroutine: Any, **options: Any) -> Any:
        coroutine.close()
        raise TypeError("an option that is not known here")

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        asyncio.get_running_loop().set_task_factory(refuse)
        await send({"type": "lifespan.startup.failed", "message": "no tasks"})

    problem = serve(CommandServer(failing, lambda: None), listener)

    assert problem == "the application failed to start"
    assert "no tasks" in caplog.text


def test_serve_says_what_breaks_its_end_off(
    listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    # As where an application's task factory refuses, on Python 3.11: later
    # versions make no task here.
    class Breaks(CommandServer):
        async def shutdown(self, sockets: Any = None) -> None:
            await super().shutdown(sockets)
            raise RuntimeError("no tasks today")

    server: CommandServer
    server = Breaks(nothing, lambda: server.handle_exit(signal.SIGINT, None))
    problem = serve(server, listener)

    assert problem == "the server broke off: RuntimeError: no tasks today"
    assert server.started
    assert "in shutdown" in caplog.text


def test_serve_says_that_the_application_ended_it(
    listener: socket.socket,
) -> None:
    def leave() -> None:
        raise SystemExit(5)

    server = CommandServer(
        nothing, lambda: asyncio.get_running_loop().call_soon(leave)
    )

    problem = serve(server, listener)

    assert problem == "the application raised SystemExit"
    assert server.started


def test_server_tells_of_errors_that_nobody_awaits(
    listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    error = ValueError("lost")
    noted: list[Any] = []

    def on_start() -> None:
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": "a warning"})
        loop.call_exception_handler({"message": "a", "exception": error})
        interrupt()

    server = CommandServer(nothing, on_start, noted.append)
    serve(server, listener)

    assert noted == [error]
    assert "a warning" in caplog.text


@pytest.mark.parametrize("is_task", [True, False])
def test_server_tells_of_an_error_where_what_has_raised_it_was_begun(
    is_task: bool, listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    word = ContextVar("word", default="")
    noted: list[str] = []

    def fail() -> None:
        raise LookupError("lost")

    async def fails() -> None:
        fail()

    def on_start() -> None:
        word.set("here")
        loop = asyncio.get_running_loop()
        if is_task:
            loop.create_task(fails())  # noqa: RUF006
        else:
            loop.call_soon(fail)
        word.set("")
        loop.call_soon(interrupt)

    serve(
        CommandServer(nothing, on_start, lambda _: noted.append(word.get())),
        listener,
    )

    assert noted == ["here"]
    assert "lost" in caplog.text


def test_server_tells_of_a_task_that_is_kept_and_fails(
    listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    noted: list[BaseException] = []
    kept: list[asyncio.Task[None]] = []

    async def pump() -> None:
        raise LookupError("no bird")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        kept.append(asyncio.create_task(pump()))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    serve(CommandServer(application, interrupt, noted.append), listener)

    assert [str(error) for error in noted] == ["no bird"]
    assert "A task has failed" in caplog.text
    assert "in pump" in caplog.text


def test_a_socket_that_can_accept_nobody_is_no_error_of_the_application(
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def accept(listener: socket.socket) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    noted: list[BaseException] = []

    def on_start() -> None:
        monkeypatch.setattr(socket.socket, "accept", accept)
        clients.append(socket.create_connection(listener.getsockname()))
        interrupt()

    clients: list[socket.socket] = []
    serve(CommandServer(nothing, on_start, noted.append), listener)
    for client in clients:
        client.close()

    assert noted == []
    assert len(caplog.records) == 1
    assert "nobody can be accepted" in caplog.text


@pytest.mark.parametrize("starts", [True, False])
def test_lifespan_that_fails_after_the_start_is_logged(
    listener: socket.socket, caplog: pytest.LogCaptureFixture, starts: bool
) -> None:
    failing = asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if starts:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await failing.wait()
        raise LookupError("no bird")

    def on_start() -> None:
        failing.set()
        interrupt()

    serve(CommandServer(application, on_start), listener)

    assert ("no bird" in caplog.text) == starts


def test_serve_returns_whatever_the_application_does(
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(serving, "GRACE", 0.05)
    tasks: list[asyncio.Task[None]] = []
    asked: list[str] = []

    async def stay() -> None:
        while not asked:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asked.append("to go")
        await asyncio.Event().wait()

    def on_start() -> None:
        tasks.append(asyncio.get_running_loop().create_task(stay()))
        interrupt()

    server = CommandServer(nothing, on_start)

    assert serve(server, listener) == ""
    assert asked == ["to go"]
    assert not tasks[0].done()
    assert "stay(), line " in caplog.text
    assert "did not end: CancelledError is caught there" in caplog.text
    assert sys.getrefcount(tasks[0]) > 2  # it is not thrown away


def test_serve_ends_the_layers(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    class Closing(InMemoryChannelLayer):
        async def close(self) -> None:
            closed.append("closed")

    monkeypatch.setattr(channel_layers, "backends", {"default": Closing()})

    serve(CommandServer(nothing, interrupt), listener)

    assert closed == ["closed"]


async def wait_for_ever(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        raise ValueError("no lifespan")
    await asyncio.Event().wait()


async def fail(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("their own")


@pytest.mark.parametrize(
    ("application", "expected"),
    [(wait_for_ever, []), (fail, ["Exception in ASGI application\n"])],
)
def test_serve_logs_errors_but_not_what_it_broke_off(
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    application: ASGIApp,
    expected: list[str],
) -> None:
    monkeypatch.setattr(serving, "GRACE", 0.05)
    asked = threading.Event()

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asyncio.get_running_loop().call_soon(asked.set)
        await application(scope, receive, send)

    def ask() -> None:
        with suppress(httpx.HTTPError):
            httpx.get(url_of(listener), trust_env=False, timeout=LIMIT)

    def on_start() -> None:
        threads.append(threading.Thread(target=ask))
        threads[0].start()
        tasks.append(asyncio.get_running_loop().create_task(stop()))

    async def stop() -> None:
        await asyncio.to_thread(asked.wait, LIMIT)
        signal.raise_signal(signal.SIGINT)

    threads: list[threading.Thread] = []
    tasks: list[asyncio.Task[None]] = []
    serve(CommandServer(watched, on_start), listener)
    threads[0].join(LIMIT)

    said = [r.message for r in caplog.records if r.exc_info]
    assert said == expected


def test_listen_says_that_a_host_is_none() -> None:
    with pytest.raises(CommandError, match=r"^--host is an address .* not ''"):
        listen("", 0)
