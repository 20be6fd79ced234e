import asyncio
import contextlib
import errno
import gc
import os
import signal
import socket
import sys
import threading
import weakref
from asyncio import constants
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.flow.recording.layer.registries import recorded_layers
from minichannels.flow.web.listening import listen
from minichannels.lab import Server, serve
from minichannels.lab.serving.serve import stop_all
from minichannels.layers import channel_layers, get_channel_layer
from minichannels.types import Receive, Scope, Send
from support.in_memory import only_websockets
from support.lab import echo

THREAD = "minichannels.lab.transport.uvicorn_thread"
SERVER = "minichannels.lab.serving.server"


EARLIER: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


@pytest.fixture(autouse=True)
def begun() -> None:
    """Leave out the threads that tests before this one did not wait for."""
    EARLIER.clear()
    EARLIER.update(threading.enumerate())


def threads() -> list[str]:
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name == "minichannels server" and thread not in EARLIER
    ]


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def port_of(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])


def test_serve_works_without_an_event_loop() -> None:
    server = serve(echo)

    assert repr(server) == "<server 'default'>"
    assert not is_free(port_of(server.local_url))


def test_stop_leaves_no_thread_and_no_port() -> None:
    server = serve(echo)
    port = port_of(server.local_url)

    server.stop()

    assert threads() == []
    assert is_free(port)
    assert repr(server) == "<server 'default', stopped>"


def test_stop_may_be_called_twice() -> None:
    server = serve(echo)
    server.stop()

    server.stop()

    assert threads() == []


def test_serve_replaces_the_server_of_that_name() -> None:
    first = serve(echo, "a")
    serve(echo, "b")

    second = serve(echo, "a")

    assert len(threads()) == 2
    assert is_free(port_of(first.local_url))
    assert repr(second) == "<server 'a'>"


def test_serve_leaves_the_former_server_when_it_gets_no_application() -> None:
    serve(echo)

    with pytest.raises(TypeError, match="the served application is 5"):
        serve(5)  # type: ignore[arg-type]

    assert len(threads()) == 1


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ({"port": 65_536}, ValueError),
        ({"port": "8000"}, TypeError),
        ({"host": None}, TypeError),
        ({"host": "no.such.host.invalid"}, OSError),
    ],
)
@pytest.mark.filterwarnings("ignore:no.such.host:UserWarning")
def test_serve_leaves_the_former_server_when_it_gets_no_place(
    place: dict[str, Any], kind: type[Exception]
) -> None:
    serve(echo)

    with pytest.raises(kind):
        serve(echo, **place)

    assert len(threads()) == 1


def test_serve_has_the_former_server_give_its_port_away() -> None:
    port = port_of(serve(echo).local_url)

    second = serve(echo, port=port)

    assert port_of(second.local_url) == port


def test_serve_takes_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert port_of(serve(echo, port=port).local_url) == port


def test_serve_says_that_a_port_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]

        with pytest.raises(OSError, match=f"port {port} of 127.0.0.1 is in"):
            serve(echo, port=port)

    assert threads() == []


def test_serve_says_that_an_address_is_not_to_be_had() -> None:
    with (
        pytest.warns(UserWarning, match=r"192\.0\.2\.1 can be reached from"),
        pytest.raises(OSError, match="no address of this machine"),
    ):
        serve(echo, host="192.0.2.1")

    assert threads() == []


async def test_serve_warns_where_other_machines_reach_it() -> None:
    with pytest.warns(UserWarning, match=r"^0\.0\.0\.0 can be") as warnings:
        serve(echo, host="0.0.0.0")

    assert warnings[0].filename == __file__
    serve(echo, host="localhost")  # does not warn
    serve(echo, host="127.1")
    serve(echo, host="0.0.0.0", wire="memory")


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_serve_takes_an_address_of_ipv6() -> None:
    try:
        server = serve(echo, host="::1")
    except OSError:
        pytest.skip("IPv6 is switched off")

    assert server.ws_url.startswith("ws://[::1]:")


def test_stop_all_returns_the_servers_that_ran() -> None:
    a, b = serve(echo, "a"), serve(echo, "b")
    serve(echo, "c").stop()

    assert stop_all() == [a, b]
    assert stop_all() == []
    assert threads() == []


def test_a_server_that_has_stopped_is_not_kept() -> None:
    server = serve(echo)
    server.stop()

    kept = weakref.ref(server)
    del server
    gc.collect()

    assert kept() is None


def test_a_start_up_may_stop_another_server() -> None:
    first = serve(echo, "first")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(first.stop)

    second = serve(application, "second")

    assert stop_all() == [second]


# Start-up


class Lifespan:
    """An application with start-up work."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.events: list[str] = []

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        for answer in self.answers:
            self.events.append((await receive())["type"])
            await send(answer)


def test_serve_runs_the_start_up_and_stop_the_shutdown() -> None:
    application = Lifespan(
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    )

    server = serve(application)
    assert application.events == ["lifespan.startup"]
    server.stop()

    assert application.events == ["lifespan.startup", "lifespan.shutdown"]
    assert len(server.flow) == 0


def test_serve_tells_the_reason_of_a_failed_start() -> None:
    application = Lifespan(
        {"type": "lifespan.startup.failed", "message": "no database"}
    )

    with pytest.raises(RuntimeError, match=r"to start: .* no database"):
        serve(application)

    assert threads() == []


def test_serve_tells_of_a_failed_start_without_a_reason() -> None:
    application = Lifespan({"type": "lifespan.startup.failed"})

    with pytest.raises(RuntimeError, match=r"lifespan\.startup\.failed"):
        serve(application)


def test_an_exception_after_startup_was_received_is_a_failed_start() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise ValueError("no database")

    with pytest.raises(RuntimeError, match="ValueError: no database") as info:
        serve(application)

    assert isinstance(info.value.__cause__, ValueError)
    assert threads() == []
    assert "default" in channel_layers


def test_an_exception_before_startup_means_no_start_up_work() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError(scope["type"])

    serve(application).stop()

    assert threads() == []


def test_a_loop_that_ignores_start_up_is_served_all_the_same() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()

    serve(application).stop()

    assert threads() == []


def test_serve_gives_a_start_up_a_time_limit() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match=r"did not start within 0\.05 s"):
        serve(application, timeout=0.05)

    assert threads() == []


def test_serve_says_that_a_plain_function_is_no_application() -> None:
    def application(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    with pytest.raises(TypeError, match="define it with 'async def'"):
        serve(application)  # type: ignore[arg-type]

    assert threads() == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (8000, "not 8000; for a port, write port=8000"),
        (None, "name is a text such as 'chat', not None"),
    ],
)
def test_serve_takes_a_text_for_a_name(name: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        serve(echo, name)

    assert threads() == []


def test_an_interrupted_start_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("concurrent.futures.Future.result", interrupted)

    with pytest.raises(KeyboardInterrupt):
        serve(echo)

    assert threads() == []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """Give the listeners that servers open from now on."""
    found: list[socket.socket] = []

    def noted(host: str, port: int) -> socket.socket:
        found.append(listen(host, port))
        return found[-1]

    monkeypatch.setattr("minichannels.lab.serving.serve.listen", noted)
    return found


def test_an_interrupt_while_the_former_server_stops_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, opened: list[socket.socket]
) -> None:
    former = serve(echo)
    stop = type(former).stop
    opened.clear()

    def interrupted(server: Server) -> None:
        stop(server)
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "stop", interrupted)

    with pytest.raises(KeyboardInterrupt):
        serve(echo)

    assert [listener.fileno() for listener in opened] == [-1]


def test_an_interrupt_before_the_wire_is_used_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, opened: list[socket.socket]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("minichannels.lab.serving.serve.Server", interrupted)

    with pytest.raises(KeyboardInterrupt):
        serve(echo)

    assert [listener.fileno() for listener in opened] == [-1]


def test_an_interrupt_as_the_start_begins_leaves_no_server(
    monkeypatch: pytest.MonkeyPatch, opened: list[socket.socket]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"{SERVER}.recorded_layers.start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            serve(echo)

    assert (stop_all(), threads()) == ([], [])
    assert [listener.fileno() for listener in opened] == [-1]


def test_an_interrupt_while_a_servers_thread_is_made_leaves_no_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[asyncio.AbstractEventLoop] = []

    def interrupted(_: object, loop: Any, *__: Any, **___: Any) -> None:
        made.append(loop)
        raise KeyboardInterrupt

    monkeypatch.setattr(f"{THREAD}.FailedTasks.__call__", interrupted)

    with pytest.raises(KeyboardInterrupt):
        serve(echo)

    assert [loop.is_closed() for loop in made] == [True]
    assert threads() == []


def test_an_interrupt_just_after_the_start_leaves_a_server_to_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = Server.start

    def interrupted(server: Server, *args: Any) -> None:
        start(server, *args)
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "start", interrupted)

    with pytest.raises(KeyboardInterrupt):
        serve(echo, "chat")

    (server,) = stop_all()
    assert (repr(server), threads()) == ("<server 'chat', stopped>", [])


def test_an_interrupt_before_a_server_is_asked_to_stop_leaves_it_to_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    server = serve(echo)
    with monkeypatch.context() as patched:
        patched.setattr(f"{THREAD}.ServerThread._call", interrupted)
        with pytest.raises(KeyboardInterrupt):
            server.stop()

    assert stop_all() == [server]
    assert threads() == []


def test_stop_puts_away_what_an_interrupted_one_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    server = serve(echo, "chat", save=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(f"{SERVER}.recorded_layers.stop", interrupted)
        with pytest.raises(KeyboardInterrupt):
            server.stop()

    assert stop_all() == [server]
    assert recorded_layers.journals() == ()
    assert (tmp_path / "chat.jsonl").read_text().endswith('{"end":true}\n')


def test_a_journal_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []
    (tmp_path / "file").touch()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        called.append(scope["type"])

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(OSError, match="file") as error:
        serve(application, port=port, save=tmp_path / "file")

    assert is_free(port)  # though the error keeps what there was alive
    assert error.traceback
    assert (threads(), called) == ([], [])


# The end


def test_a_failed_shutdown_is_in_the_flow() -> None:
    server = serve(
        Lifespan(
            {"type": "lifespan.startup.complete"},
            {"type": "lifespan.shutdown.failed", "message": "disk full"},
        )
    )

    server.stop()

    (event,) = server.flow
    assert (event.source, event.payload["text"]) == ("shutdown", "disk full")


def test_stop_is_prompt_when_a_shutdown_never_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "minichannels.lab.transport.uvicorn_thread.PATIENCE", 0.3
    )

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.Event().wait()

    serve(application).stop()

    assert threads() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no signals like that")
def test_stop_goes_on_after_it_was_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Long enough that only the interrupt can end it in time.
    monkeypatch.setattr(f"{THREAD}.PATIENCE", 60)
    cancelled = threading.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    server = serve(application)

    with pytest.raises(KeyboardInterrupt):
        server.stop()
    server.stop()

    assert cancelled.is_set()
    assert threads() == []


async def test_stop_cancels_an_application_that_never_returns() -> None:
    cancelled = threading.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "websocket.accept"})
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    server = serve(application)
    ada = await server.connect(name="ada")

    server.stop()
    await ada.wait_closed()

    assert cancelled.is_set()
    assert threads() == []


async def test_stop_abandons_an_application_that_refuses_to_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{THREAD}.GRACE", 0.05)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "websocket.accept"})
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    server = serve(application)
    ada = await server.connect(name="ada")

    with pytest.warns(RuntimeWarning, match="did not end") as caught:
        server.stop()
    await ada.wait_closed()

    (warning,) = caught
    line = application.__code__.co_firstlineno + 6
    assert str(warning.message) == (
        f"the server is stopped, but application(), line {line}, did not end:"
        " CancelledError is caught there, as a bare 'except' does; catch"
        " Exception instead. Nothing runs it any more"
    )
    assert warning.filename == __file__
    assert threads() == []
    server.stop()  # and says nothing again


async def test_stop_warns_when_the_application_blocks_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "minichannels.lab.transport.uvicorn_thread.PATIENCE", 0.05
    )
    go_on = threading.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await send({"type": "websocket.accept"})
            await asyncio.sleep(0)
            go_on.wait(20)

    server = serve(application)
    port = port_of(server.local_url)
    ada = await server.connect(name="ada")

    with pytest.warns(RuntimeWarning, match="restart the kernel"):
        server.stop()

    go_on.set()
    await ada.wait_closed()
    for thread in threading.enumerate():
        if thread.name in threads():
            await asyncio.to_thread(thread.join, 5)
    assert is_free(port)


async def test_an_application_may_stop_its_own_server() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await send({"type": "websocket.accept"})
            server.stop()

    server = serve(application)

    ada = await server.connect(name="ada")
    await ada.wait_closed()

    assert repr(server) == "<server 'default', stopped>"


async def test_stop_closes_clients_and_what_the_flow_says_of_it() -> None:
    server = serve(echo)
    ada = await server.connect(name="ada")
    assert server.clients == [ada]

    server.stop()
    await ada.wait_closed()

    assert ada.close_code == 1012
    assert server.clients == []
    assert [event.type for event in server.flow][-1] == "websocket.disconnect"


def test_layers_are_recorded_only_while_a_server_runs() -> None:
    layer = get_channel_layer()

    server = serve(echo)
    assert get_channel_layer() is not layer
    server.stop()

    assert get_channel_layer() is layer


# What goes wrong in an application


async def test_crashes_print_nothing_and_are_in_the_flow(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        raise ValueError("broken")

    server = serve(application)
    async with server.connect(name="ada") as ada:
        await ada.send("x")
        await ada.wait_closed()
    await server.settle()
    server.stop()

    assert capfd.readouterr() == ("", "")
    assert [e.type for e in server.flow if e.kind == "crash"] == ["ValueError"]


async def test_an_error_of_a_background_task_is_in_the_flow(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def fail() -> None:
        raise ValueError("lost")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        asyncio.get_running_loop().call_exception_handler({"message": "x"})
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        del task

    server = serve(application)
    with contextlib.suppress(Exception):
        await server.connect(name="ada")
    server.stop()

    assert capfd.readouterr() == ("", "")
    assert "background task" in str(server.flow)
    assert "ValueError in fail" in str(server.flow)


async def test_a_socket_that_can_accept_nobody_for_a_while_is_in_no_flow(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed, accept = threading.Event(), socket.socket.accept

    def accepts(listener: socket.socket) -> tuple[socket.socket, Any]:
        if failed.is_set():
            return accept(listener)
        failed.set()
        raise OSError(errno.EMFILE, "Too many open files")

    server = serve(echo)
    monkeypatch.setattr(constants, "ACCEPT_RETRY_DELAY", 0)
    monkeypatch.setattr(socket.socket, "accept", accepts)
    async with server.connect(name="ada") as ada:
        await ada.send("hi")
        assert await ada.recv() == "hi"
    await server.settle()
    server.stop()

    assert "Too many open files: nobody can be accepted" in caplog.text
    assert [event for event in server.flow if event.kind == "crash"] == []


@pytest.mark.parametrize("is_kept", [True, False])
async def test_an_error_of_a_background_task_names_where_that_was_begun(
    is_kept: bool,
) -> None:
    tasks: set[asyncio.Task[None]] = set()

    async def fail() -> None:
        raise ValueError("lost")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (event := await receive())["type"] != "websocket.disconnect":
            if event["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
                continue
            task = asyncio.create_task(fail())
            if is_kept:
                tasks.add(task)
            del task

    server = serve(only_websockets(application))
    async with server.connect() as ada:
        await ada.send("hi")
    await server.settle()
    server.stop()  # which waits no longer for whoever keeps the task

    (said,) = [e for e in server.flow if e.type == "websocket.receive"]
    (crash,) = [e for e in server.flow if e.kind == "crash"]
    assert (crash.cause, crash.begun_in) == (None, said.seq)
    assert f"RAISED, begun in {said.seq}" in str(server.flow)


async def test_an_error_of_a_call_names_where_that_was_asked_for() -> None:
    def fail() -> None:
        raise ValueError("lost")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (event := await receive())["type"] != "websocket.disconnect":
            if event["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
                continue
            asyncio.get_running_loop().call_soon(fail)

    server = serve(only_websockets(application))
    async with server.connect() as ada:
        await ada.send("hi")
    await server.settle()

    (said,) = [e for e in server.flow if e.type == "websocket.receive"]
    (crash,) = [e for e in server.flow if e.kind == "crash"]
    assert (crash.cause, crash.begun_in) == (None, said.seq)


async def test_an_error_of_a_task_that_is_kept_is_in_the_flow() -> None:
    kept: list[asyncio.Task[None]] = []

    async def fail() -> None:
        raise ValueError("kept")

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            kept.append(asyncio.create_task(fail()))
            await asyncio.wait(kept)

    server = serve(application)
    with contextlib.suppress(Exception):
        await server.connect(name="ada")
    server.stop()

    crashes = [event for event in server.flow if event.kind == "crash"]
    assert [event.payload["text"] for event in crashes] == ["kept"]


async def test_error_without_words_is_told_by_its_name() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    with pytest.raises(Exception, match=r"raised TimeoutError$"):
        await serve(only_websockets(application)).connect(name="ada")


async def test_a_call_of_exit_does_not_end_the_server() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            sys.exit("done")

    server = serve(application)
    for name in ("ada", "bob"):
        with pytest.raises(Exception, match="raised SystemExit: done"):
            await server.connect(name=name)

    (crash, *_) = [event for event in server.flow if event.kind == "crash"]
    assert (crash.type, crash.payload["text"]) == ("SystemExit", "done")
    assert len(threads()) == 1


async def test_a_task_that_ends_the_loop_ends_the_server() -> None:
    async def leave() -> None:
        sys.exit(1)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            asyncio.get_running_loop().create_task(leave())
            await receive()
            await receive()

    server = serve(application)
    with pytest.raises((OSError, Exception)):
        await server.connect(name="ada")
    server.stop()

    assert threads() == []


def test_serve_works_in_another_thread() -> None:
    servers = []
    thread = threading.Thread(target=lambda: servers.append(serve(echo)))
    thread.start()
    thread.join(10)

    servers[0].stop()

    assert threads() == []


def test_a_start_that_is_cancelled_from_within_is_a_failed_one() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="failed to start: CancelledError"):
        serve(application)


async def test_a_handler_that_awaits_a_cancelled_task_is_a_crash() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await receive()
        await send({"type": "websocket.accept"})
        task = asyncio.ensure_future(asyncio.Event().wait())
        task.cancel()
        await task

    server = serve(application)
    ada = await server.connect(name="ada")

    with pytest.raises(Exception, match="raised CancelledError"):
        await ada.recv()

    assert [event.type for event in server.flow][-1] == "CancelledError"
    await ada.wait_closed()


async def test_serve_writes_a_journal_that_can_be_joined_with_others(
    tmp_path: Path,
) -> None:
    for name in ("notebook-1", "notebook-2", "notebook-2"):
        server = serve(echo, name, save=tmp_path)
        ada = await server.connect("/", name=f"ada-{name[-1]}")
        await ada.close()
        server.stop()

    flow = Flow.merge(tmp_path)

    begun = [e for e in flow if e.type == "websocket.connect"]
    assert [event.client for event in begun] == [
        "ada-1@notebook-1",
        "ada-2@notebook-2",
    ]


def test_serve_asks_for_a_name_that_a_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a process cannot be called 'a/b'"):
        serve(echo, "a/b", save=tmp_path)
