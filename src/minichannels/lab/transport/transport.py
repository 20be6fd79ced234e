"""The two wires between clients and an application, and what they share.

How it works: an application is always served by uvicorn, and clients always
speak the real protocols; a *wire* is what carries the bytes. One goes through
sockets, to a thread (``transport.sockets``); the other stays in memory, on the
event loop of the cell (``transport.memory``), where there are no sockets and
no threads, as in a kernel that runs in a browser. So an application sees the
same.

A lesson can be tried on the other wire as it is: the environment variable
``MINICHANNELS_WIRE`` stands for what ``serve(…, wire=…)`` does not say.
"""

import asyncio
import errno
import functools
import os
import socket
import sys
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from minichannels.flow.recording.clients.asked import Address
from minichannels.types import ASGIApp

SETTING = "MINICHANNELS_WIRE"

WIRES = ("socket", "memory")

_GREEN = (
    "a server on sockets has an event loop in a thread of its own, and the"
    " threads of this process all run in one, as after gevent's"
    " monkey.patch_all(): serve in memory, serve(application, wire='memory'),"
    " or leave threads and sockets as they are,"
    " monkey.patch_all(thread=False, socket=False, select=False)"
)

Beside = Callable[[], Coroutine[Any, Any, None]]
"""What runs beside a server, until it is cancelled."""

P = TypeVar("P", bound=asyncio.Protocol)


class ClientChannel(Protocol):
    """A client's way to a server, that nothing was sent on yet.

    Attributes:
        address: the client's own.
    """

    address: Address

    async def use(self, make: Callable[[], P]) -> tuple[asyncio.Transport, P]:
        """Put a protocol on the line, as ``loop.create_connection`` does."""
        ...

    def abort(self) -> None:
        """Close the line at once, whoever uses it."""
        ...


class Connector(Protocol):
    """What clients come to a server by.

    Attributes:
        address: the server's.
    """

    address: Address

    async def dial(self) -> ClientChannel:
        """Return a new line to the server.

        Raises:
            ConnectionError: nobody listens there any more.
        """
        ...


class Transport(Connector, Protocol):
    """What carries the bytes between one application and its clients.

    Attributes:
        address: the server's.
        public: whether others than clients of ours reach it, too.
        started: whether the application's start-up went well.
    """

    public: bool
    started: bool

    def start(self, timeout: float) -> None:
        """Begin to serve; a failure may also come later, in ``ready()``."""
        ...

    async def ready(self) -> None:
        """Wait until the application has started; or has ended again."""
        ...

    def also(self, serve: Beside) -> None:
        """Have something run on the server's event loop, until its end.

        Raises:
            ConnectionError: the server is stopped.
        """
        ...

    def stop(self) -> None:
        """End the server and its connections; doing so again is fine."""
        ...


@dataclass(frozen=True, kw_only=True)
class ServerHooks:
    """What a wire serves, and whom it tells.

    Attributes:
        application: the application.
        on_loop: called first, with the event loop that it runs on.
        on_error: called with what no task of the application has handled.
        on_end: called once, when all of it has ended.
    """

    application: ASGIApp
    on_loop: Callable[[asyncio.AbstractEventLoop], None]
    on_error: Callable[[BaseException], None]
    on_end: Callable[[], None]


def chosen(wire: Any) -> str:
    """Return which wire to use: ``"socket"`` or ``"memory"``.

    Args:
        wire: the one asked for, or None.

    Raises:
        ValueError: there is no such wire.
        RuntimeError: it is that of sockets, and there are green threads.
    """
    asked = wire or os.environ.get(SETTING)
    if asked not in (None, *WIRES):
        whose = "wire" if wire else f"the environment variable {SETTING}"
        raise ValueError(f"{whose} is 'socket' or 'memory', not {asked!r}")
    if asked != "memory" and _has_green_threads():
        raise RuntimeError(_GREEN)
    if asked is None:
        return "socket" if has_sockets_and_threads() else "memory"
    return str(asked)


def _has_green_threads() -> bool:
    """Return whether something else stands in the place of threads."""
    try:
        return not _makes_them(socket.socket, threading.Thread.start)
    except (OSError, RuntimeError):
        return False


def has_sockets_and_threads() -> bool:
    """Return whether Python can use them here; in a browser it cannot.

    Green threads are none: only one of them can run an event loop.
    """
    # Emscripten: Python in a browser. Its sockets can be made, and not used.
    if sys.platform == "emscripten":
        return False
    try:
        return _makes_them(socket.socket, threading.Thread.start)
    except OSError as error:
        # Where all are in use there are some, and listen() says so.
        return error.errno in (errno.EMFILE, errno.ENFILE)
    except RuntimeError:
        return False


@functools.cache  # what went well once; an error is no result
def _makes_them(
    new_socket: Callable[[], socket.socket],
    start: Callable[[threading.Thread], None],
) -> bool:
    """Make a socket and a thread; return whether that is one of the system."""
    new_socket().close()
    numbers: list[int] = []
    thread = threading.Thread(
        target=lambda: numbers.append(threading.get_native_id())
    )
    start(thread)
    thread.join()
    return threading.get_native_id() not in numbers
