"""Where a server of ours connects to: an address such as ``irc://localhost``.

Rule 1: without being told so, nothing here speaks to another machine.
"""

import ipaddress
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Place:
    """What an address says.

    Attributes:
        host: a name or an address.
        port: the port.
        user: who is to log in, or is called so; empty if nobody is named.
        password: the password; empty if there is none.
        path: what stands behind the port, without its first slash.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    path: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def find(url: str, scheme: str, port: int, *, allow_remote: bool) -> Place:
    """Return the place of an address.

    Args:
        url: the address.
        scheme: how it has to begin.
        port: the usual port, for an address without one.
        allow_remote: whether it may be on another machine.

    Raises:
        ValueError: this is no such address; says what one looks like.
    """
    example = f"{scheme}://127.0.0.1:{port}"
    try:
        parts = urlsplit(str(url))
        found = port if parts.port is None else parts.port
    except ValueError as error:
        raise ValueError(f"{url!r} is no address: {error}") from None
    if parts.scheme != scheme or not parts.hostname:
        raise ValueError(f"{url!r} is no address such as {example}")
    if not found:
        raise ValueError(f"{url!r} is no address: nobody listens at port 0")
    if parts.query or parts.fragment:
        sign = "?" if parts.query else "#"
        raise ValueError(
            f"an address such as {example} ends before {sign!r}; leave it out,"
            f" as before the name of a channel, or write %{ord(sign):X}"
        )
    if not allow_remote and not is_loopback(parts.hostname):
        raise ValueError(
            f"{parts.hostname} is another machine; to connect to it all the"
            " same, say allow_remote=True"
        )
    return Place(
        parts.hostname,
        found,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        unquote(parts.path.removeprefix("/")),
    )


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, and can be nothing else."""
    numbers = socket.AI_NUMERICHOST  # no name, which may be anybody's
    try:
        found = socket.getaddrinfo(host, None, flags=numbers)
    except (OSError, ValueError):
        return host == "localhost"
    return ipaddress.ip_address(found[0][4][0]).is_loopback
