"""A socket to serve on; or why it is not to be had, and what would be.

Source: Python, "Low-level networking interface" (``create_server``).
"""

import asyncio
import contextlib
import errno
import logging
import os
import socket
from typing import Any

logger = logging.getLogger("minichannels")

BACKLOG = 2048
"""How many connections may wait to be accepted, as in uvicorn's command."""

# Python gives these where the name of a host is looked up in vain.
_NO_HOST = {socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL}

# In as many turns of the loop, what is accepted has a transport and a protocol.
_TURNS = 3

# So it is said that no file and no socket more can be opened.
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

TOO_MANY = (
    "too many open files: as many files and sockets are open as may be; close"
    " some, as by server.stop(), or allow more (ulimit -n)"
)
"""What is said then."""

_FREE = "leave out 'port' to have a free one chosen"
_LAST_PORT = 65_535
_LAST_KEPT = 1_023  # the system keeps ports up to this one for its own


class Listener(socket.socket):
    """A socket to serve on, which says once that it can accept nobody.

    asyncio waits a second then, but goes on all the same to ask for as many
    connections as may wait: it would tell of each that there is no room.
    """

    _is_full = _is_told = False

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection."""
        if self._is_full:
            self._is_full = False
            raise BlockingIOError(errno.EAGAIN, "asked again at once")
        try:
            accepted = super().accept()
        except OSError as error:
            if error.errno in _FULL:
                self._say(error)
            raise
        self._is_told = False
        return accepted

    def _say(self, error: OSError) -> None:
        self._is_full = True
        if not self._is_told:
            self._is_told = True
            logger.warning(
                "%s: nobody can be accepted; whoever connects waits until"
                " something is closed",
                error.strerror,
            )


def is_of_a_listener(context: dict[str, Any]) -> bool:
    """Return whether a loop tells its exception handler of a :class:`Listener`.

    That it can accept nobody, which that says itself; or that it wanted to try
    again, and the socket is closed by then.
    """
    # Private, as nothing public says whose socket it is: behind asyncio's own
    # view of it, or among what is called to try again.
    called = getattr(context.get("handle"), "_args", None) or ()
    told = [getattr(context.get("socket"), "_sock", None), *called]
    return any(isinstance(each, Listener) for each in told)


def listen(host: str, port: int, free: str = _FREE) -> Listener:
    """Open a socket to accept connections on.

    Args:
        host: the address to listen on.
        port: the port; 0 for a free one.
        free: how to have a free port chosen, in words.

    Raises:
        TypeError, ValueError: see :func:`require_place`.
        OSError: the port is in use, or not to be had; says why.
    """
    require_place(host, port)
    try:
        return _listening(*_looked_up(host), port)
    except OSError as error:
        why = _why(error, host, port, free)
        raise OSError(error.errno, why) from None


def _listening(family: int, address: str, port: int) -> Listener:
    """Return a socket of our class, as ``create_server`` makes one of its own.

    That one's descriptor would be lost, were it handed on and interrupted.
    """
    listener = Listener(family)
    try:
        reuse = os.name == "posix"  # on Windows two would share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        with contextlib.suppress(OSError):  # IPv4 has no such option
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _looked_up(host: str) -> tuple[int, str]:
    """Return the family and the address of a host; the older one of two.

    Raises:
        OSError: there is no such host.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # no part of a name is so long, or empty
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from None
    families = [each[0] for each in found]
    known = socket.AF_INET in families
    chosen = found[families.index(socket.AF_INET) if known else 0]
    return chosen[0], str(chosen[4][0])


def at_once(listener: Listener) -> Listener:
    """Have its connections, which inherit it, send at once what is written.

    Otherwise an answer in two writes waits until the other end has
    acknowledged the first.
    """
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def accept_no_more(listener: socket.socket) -> None:
    """Have the running loop accept no more connections, and begin what it has.

    To be called before asyncio's server is closed. Whoever is accepted in the
    turn in which that happens would be left alone: nobody serves that
    connection, and nobody closes it, until garbage is collected.
    """
    # Windows' loop looks at no socket; and one that is closed is not looked at.
    with contextlib.suppress(NotImplementedError, ValueError):
        asyncio.get_running_loop().remove_reader(listener)
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def require_place(host: str, port: int) -> None:
    """Refuse what is no address, and no port.

    Raises:
        TypeError: the host is no text, or the port no number.
        ValueError: there is no such port, or no host of blanks, or with a null.
    """
    if not isinstance(host, str):
        raise TypeError(f"host is a text such as '127.0.0.1', not {host!r}")
    if not host.strip() or "\0" in host:
        raise ValueError(
            "host is an address such as '127.0.0.1', for this machine alone,"
            f" or '0.0.0.0', for all that can reach it; not {host!r}"
        )
    if not isinstance(port, int):
        raise TypeError(f"port is a number such as 8000, not {port!r}")
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(
            f"port is a number from 0 to {_LAST_PORT}, not {port}; 0 takes a"
            " free one"
        )


def _why(error: OSError, host: str, port: int, free: str) -> str:
    """Say why there is no such socket, and what would be right."""
    number = error.errno
    if number in _NO_HOST:
        return (
            f"there is no host {host!r}; write an address of this machine,"
            " such as 127.0.0.1 or ::1"
        )
    if number == errno.EADDRINUSE:
        why = f"port {port} of {host} is in use; stop what uses it, or"
        return f"{why} {free}"
    if number == errno.EADDRNOTAVAIL:
        return (
            f"{host} is no address of this machine; 127.0.0.1 is one, and"
            " 0.0.0.0 stands for all that it has"
        )
    if number == errno.EACCES and port <= _LAST_KEPT:
        return (
            f"port {port} is one that the system keeps for its own, up to"
            f" {_LAST_KEPT}; take a higher one, or {free}"
        )
    if number in {errno.EMFILE, errno.ENFILE}:
        return TOO_MANY
    # Behind a parenthesis Python repeats the address.
    why = str(error.strerror).partition(" (")[0]
    return f"cannot listen on port {port} of {host}: {why}"
