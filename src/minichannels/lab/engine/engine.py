"""What a notebook holds of an embedded server, whichever kind it is."""

import abc
import contextlib
import socket
from urllib.parse import unquote

_MOMENT = 1.0


class Engine(abc.ABC):
    """A server that all kernels of a user share; see ``lab.valkey()``.

    Attributes:
        url: its address.
        place: how another kernel finds it.
        kind: what it is, in words.
    """

    url: str
    place: str
    kind: str

    @property
    def hosts(self) -> list[str]:
        """What ``RedisChannelLayer(hosts=…)`` takes."""
        return [self.url]

    @property
    def running(self) -> bool:
        """Whether it answers."""
        return answers(self.url)

    def __repr__(self) -> str:
        if not self.running:
            return (
                "Valkey is stopped, and what it held is gone;"
                " .start() starts it again, empty"
            )
        return (
            f"Valkey runs: {self.kind}. A layer on it, in any notebook:"
            " RedisChannelLayer(hosts=valkey().hosts)"
        )

    @classmethod
    @abc.abstractmethod
    def require(cls) -> object:
        """Find what such a server needs.

        Raises:
            ImportError: it is not installed; says how to get it.
        """

    @abc.abstractmethod
    def __init__(self, known: str) -> None:
        """Hold one.

        Args:
            known: the place of one that may run already, or nothing.

        Raises:
            OSError: there is no place for it.
        """

    @abc.abstractmethod
    def start(self) -> None:
        """Have it run; if it was stopped, it is empty, at the same address.

        If it ran, and cannot be reached any more, it starts again, and a
        warning tells that.

        Raises:
            RuntimeError: it cannot be started; says why.
            ConnectionError: its guard is gone; ``valkey()`` makes another.
        """

    @abc.abstractmethod
    def stop(self) -> None:
        """Have it not run, for all notebooks: what it holds is gone.

        Raises:
            ConnectionError: its guard is gone, and the server with it.
        """

    @abc.abstractmethod
    def let_go(self) -> None:
        """Use it no more. With its last user it ends."""


def answers(url: str) -> bool:
    """Return whether a server answers there."""
    with contextlib.suppress(OSError), socket.socket(_family(url)) as client:
        client.settimeout(_MOMENT)
        client.connect(_address(url))
        client.sendall(b"*1\r\n$4\r\nPING\r\n")
        return client.recv(7) == b"+PONG\r\n"
    return False


def _family(url: str) -> socket.AddressFamily:
    return socket.AF_UNIX if url.startswith("unix:") else socket.AF_INET


def _address(url: str) -> str | tuple[str, int]:
    scheme, _, rest = url.partition("://")
    if scheme == "unix":
        return unquote(rest)
    host, _, port = rest.partition(":")
    return host, int(port)
