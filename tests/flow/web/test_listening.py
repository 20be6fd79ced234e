import asyncio
import errno
import os
import re
import socket
import sys
from asyncio import constants
from typing import Any

import pytest

from minichannels.flow.web import listening
from minichannels.flow.web.listening import (
    Listener,
    is_of_a_listener,
    listen,
    require_place,
)
from support.interrupts import interrupts
from support.limit import LIMIT
from support.names import looked_up

FREE = "leave it out"


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("no.such.host.invalid", 0, "there is no host 'no.such.host.invalid'"),
        ("[::1]", 0, "no host '[::1]'; write an address of this machine"),
        ("http://127.0.0.1", 0, "there is no host 'http://127.0.0.1'"),
        ("a..b", 0, "there is no host 'a..b'; write an address"),
        ("a" * 64, 0, "there is no host 'aaa"),
        ("192.0.2.1", 0, "192.0.2.1 is no address of this machine; 127.0.0.1"),
    ],
)
def test_place_that_is_not_here_is_an_error(
    host: str, port: int, expected: str
) -> None:
    with pytest.raises(OSError, match=re.escape(expected)):
        listen(host, port, FREE)


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_a_name_may_be_one_of_ipv6_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"ip6-localhost": ["::1"]}
    monkeypatch.setattr(socket, "getaddrinfo", looked_up(known))
    try:
        listener = listen("ip6-localhost", 0)
    except OSError:
        pytest.skip("IPv6 is switched off")
    with listener:
        assert listener.getsockname()[0] == "::1"


def test_of_two_addresses_the_older_one_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = {"localhost": ["::1", "127.0.0.1"]}
    monkeypatch.setattr(socket, "getaddrinfo", looked_up(known))
    with listen("localhost", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_port_in_use_is_an_error() -> None:
    with listen("127.0.0.1", 0, FREE) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(OSError, match=f"{port} of 127.0.0.1 is in use;.*"):
            listen("127.0.0.1", port, FREE)


@pytest.mark.parametrize(
    ("number", "port", "expected"),
    [
        (errno.EACCES, 1023, "port 1023 is one that the system.* leave it"),
        (errno.EACCES, 1024, "listen on port 1024 of 127.0.0.1: said so$"),
        (errno.EMFILE, 0, "too many open files.*close some"),
        (errno.ENFILE, 0, "too many open files.*close some"),
        (errno.ENOBUFS, 0, "cannot listen on port 0 of 127.0.0.1: said so$"),
        (socket.EAI_AGAIN, 0, "there is no host '127.0.0.1'"),
        (socket.EAI_FAIL, 0, "there is no host '127.0.0.1'"),
    ],
)
def test_what_the_system_refuses_is_an_error(
    monkeypatch: pytest.MonkeyPatch, number: int, port: int, expected: str
) -> None:
    def raising(*args: Any, **named: Any) -> None:
        raise OSError(number, "said so (there)")

    monkeypatch.setattr(Listener, "bind", raising)

    with pytest.raises(OSError, match=expected) as caught:
        listen("127.0.0.1", port, FREE)

    assert caught.value.errno == number


@pytest.mark.parametrize(
    ("host", "port", "kind", "expected"),
    [
        (5, 0, TypeError, "host is a text such as '127.0.0.1', not 5"),
        (b"::1", 0, TypeError, "host is a text such as '127.0.0.1', not b"),
        ("", 0, ValueError, "'0.0.0.0', for all that can reach it; not ''"),
        (" ", 0, ValueError, "'0.0.0.0', for all that can reach it; not ' '"),
        ("a\0b", 0, ValueError, "host is an address such as '127.0.0.1'"),
        ("::1", "80", TypeError, "port is a number such as 8000, not '80'"),
        ("::1", 65_536, ValueError, "from 0 to 65535, not 65536; 0 takes a"),
        ("::1", -1, ValueError, "from 0 to 65535, not -1; 0 takes a free"),
    ],
)
def test_what_is_no_place_is_an_error(
    host: Any, port: Any, kind: type[Exception], expected: str
) -> None:
    with pytest.raises(kind, match=re.escape(expected)):
        require_place(host, port)


@pytest.mark.parametrize("port", [0, 65_535])
def test_first_and_last_port_are_ports(port: int) -> None:
    require_place("127.0.0.1", port)


async def test_listener_says_once_that_it_can_accept_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = iter([True, True, True, False])
    accept = socket.socket.accept

    def accepts(listener: socket.socket) -> tuple[socket.socket, Any]:
        if next(full, False):
            raise OSError(errno.EMFILE, "Too many open files")
        return accept(listener)

    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: told.append(context))
    monkeypatch.setattr(socket.socket, "accept", accepts)
    monkeypatch.setattr(constants, "ACCEPT_RETRY_DELAY", 0)
    listener = listen("127.0.0.1", 0, FREE)
    served = asyncio.Event()

    def serve(reader: Any, writer: asyncio.StreamWriter) -> None:
        writer.close()
        served.set()

    server = await asyncio.start_server(serve, sock=listener, backlog=10)

    async with server:
        with socket.create_connection(listener.getsockname()):
            await asyncio.wait_for(served.wait(), LIMIT)

    assert len(told) == 3  # as often as it was tried again
    assert all(map(is_of_a_listener, told))
    assert caplog.text.count("Too many open files: nobody can be accep") == 1


async def test_what_a_loop_tells_of_a_socket_of_others_is_none_of_a_listener(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def accept(listener: socket.socket) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: told.put_nowait(context))
    monkeypatch.setattr(socket.socket, "accept", accept)
    with socket.create_server(("127.0.0.1", 0)) as own:
        own.setblocking(False)
        async with await asyncio.start_server(print, sock=own):
            with socket.create_connection(own.getsockname()):
                context = await asyncio.wait_for(told.get(), LIMIT)

    assert "socket" in context
    assert not is_of_a_listener(context)
    assert not is_of_a_listener({"message": "said by somebody"})


async def test_what_a_loop_tries_again_with_a_listener_is_told_of_it() -> None:
    told: list[dict[str, Any]] = []
    loop: Any = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: told.append(context))
    listener = listen("127.0.0.1", 0, FREE)
    listener.close()
    # As asyncio does, a while after it could accept nobody.
    loop.call_soon(loop._start_serving, None, listener)
    for _ in range(2):
        await asyncio.sleep(0)

    (context,) = told
    assert "_start_serving" in context["message"]
    assert is_of_a_listener(context)


async def test_listener_hands_on_what_else_is_wrong(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def accept(listener: socket.socket) -> None:
        raise OSError(errno.EPROTO, "said so")

    monkeypatch.setattr(socket.socket, "accept", accept)

    with listen("127.0.0.1", 0, FREE) as listener:
        for _ in range(2):
            with pytest.raises(OSError, match="said so"):
                listener.accept()

    assert caplog.text == ""


@pytest.mark.parametrize(
    "number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM]
)
def test_listener_says_it_again_when_it_has_accepted_somebody(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    full, somebody = OSError(number, "no room"), (object(), "there")
    answers: list[Any] = [full, somebody, full]

    def accept(listener: socket.socket) -> Any:
        answer = answers.pop(0)
        if answer is full:
            raise answer
        return answer

    monkeypatch.setattr(socket.socket, "accept", accept)

    with listen("127.0.0.1", 0, FREE) as listener:
        with pytest.raises(OSError, match="no room"):
            listener.accept()
        with pytest.raises(BlockingIOError):
            listener.accept()
        assert listener.accept() == somebody
        with pytest.raises(OSError, match="no room"):
            listener.accept()

    assert caplog.text.count("no room: nobody can be accepted") == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs /dev/fd")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_listener_is_open_no_more_if_its_making_is_interrupted() -> None:
    before = os.listdir("/dev/fd")

    for _ in interrupts(
        lambda: listen("127.0.0.1", 0).close(), listening, socket
    ):
        assert os.listdir("/dev/fd") == before
