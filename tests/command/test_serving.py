import asyncio
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels._command import CommandError
from minichannels._command.serving import (
    SIGNALS,
    Server,
    listen,
    serve,
    url_of,
)
from minichannels.types import Receive, Scope, Send


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
        f"cannot listen on port {port} of 127.0.0.1: Address already in use;"
        " --port 0 takes a free port"
    )


def test_listen_says_that_there_is_no_such_host() -> None:
    with pytest.raises(CommandError, match=r"cannot listen on port 0 of 1:2:3"):
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
    started: list[str] = []

    def on_start() -> None:
        started.append("yes")
        asyncio.get_running_loop().call_soon(signal.raise_signal, number)

    server = Server(nothing, on_start)
    problem = serve(server, listener)

    assert problem == ""
    assert started == ["yes"]
    assert signal.getsignal(number) is former


def test_serve_breaks_off_at_the_second_signal(listener: socket.socket) -> None:
    reached: list[str] = []

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        reached.append("shutdown")
        interrupt()
        await asyncio.Event().wait()

    server = Server(stubborn, interrupt)

    assert serve(server, listener) == ""
    assert reached == ["shutdown"]


def test_serve_says_that_the_start_up_failed(
    listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        failed = {"type": "lifespan.startup.failed", "message": "no database"}
        await send(failed)

    server = Server(failing, lambda: None)

    problem = serve(server, listener)

    assert problem == "the application failed to start"
    assert not server.started
    assert "no database" in caplog.text


def test_serve_says_that_the_application_ended_it(
    listener: socket.socket,
) -> None:
    def leave() -> None:
        raise SystemExit(5)

    server = Server(
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

    server = Server(nothing, on_start, noted.append)
    serve(server, listener)

    assert noted == [error]
    assert "a warning" in caplog.text
