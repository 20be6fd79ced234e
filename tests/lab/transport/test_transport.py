import errno
import socket
import sys
import threading
from typing import Any, Literal

import pytest

from minichannels.flow.web.listening import Listener
from minichannels.lab import serve
from minichannels.lab.transport.transport import chosen, has_sockets_and_threads
from support.lab import echo


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINICHANNELS_WIRE", raising=False)


def test_sockets_are_the_wire_where_there_are_some() -> None:
    assert chosen(None) == "socket"


def test_memory_is_the_wire_in_a_browser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")

    assert chosen(None) == "memory"


@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        (threading.Thread, "start", RuntimeError("can't start new thread")),
        (socket, "socket", OSError("not supported")),
    ],
)
def test_memory_is_the_wire_without_threads_or_sockets(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: Exception
) -> None:
    def raising(*args: Any) -> None:
        raise error

    monkeypatch.setattr(owner, name, raising)

    assert chosen(None) == "memory"


@pytest.mark.parametrize("wire", ["socket", None])
def test_serve_says_that_green_threads_cannot_serve_on_sockets(
    monkeypatch: pytest.MonkeyPatch, wire: Literal["socket"] | None
) -> None:
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: start(self))
    # As where gevent has put its own in the place of threads.
    monkeypatch.setattr(threading, "get_native_id", lambda: 1)

    with pytest.raises(RuntimeError, match=r"wire='memory'.*patch_all"):
        serve(echo, wire=wire)
    assert chosen("memory") == "memory"
    assert not has_sockets_and_threads()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_serve_says_that_there_are_too_many_open_files(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def raising(*args: Any, **kwargs: Any) -> None:
        raise OSError(number, "Too many open files")

    monkeypatch.setattr(socket, "socket", raising)
    monkeypatch.setattr(Listener, "__init__", raising)

    with pytest.raises(OSError, match="too many open files"):
        serve(echo)


def test_a_variable_chooses_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINICHANNELS_WIRE", "memory")

    assert chosen(None) == "memory"
    assert chosen("socket") == "socket"


async def test_serve_names_the_wires_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong: Any = "wifi"
    with pytest.raises(ValueError, match=r"^wire is 'socket' or 'memory', not"):
        serve(echo, wire=wrong)

    monkeypatch.setenv("MINICHANNELS_WIRE", "wifi")
    with pytest.raises(ValueError, match="variable MINICHANNELS_WIRE is 'so"):
        serve(echo)
