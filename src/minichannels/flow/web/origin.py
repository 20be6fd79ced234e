"""Who may see a flow over the network: its page shows what people wrote.

How it works: a browser says in ``Host`` by which name it found the server,
and in ``Origin`` whose page asks. A foreign name means that somebody else's
domain was pointed at this machine ("DNS rebinding"), a foreign origin that
another site's page asks. An address in numbers cannot be pointed anywhere.

Source: RFC 9110, "Host and :authority"; RFC 6454.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from minichannels.types import Scope


def objection(scope: Scope, host: str) -> str:
    """Return why a request is not answered; nothing if it is.

    Args:
        scope: the request's scope.
        host: the name or address that the server was told to listen on.
    """
    hosts = _header(scope, b"host")
    if len(hosts) != 1 or not _is_this_machine(hosts[0], host):
        return (
            "This page is shown under this machine's own names only, such as"
            f" 127.0.0.1 or localhost; got {', '.join(hosts) or 'none'}."
        )
    origins = _header(scope, b"origin")
    if any(origin != f"http://{hosts[0]}" for origin in origins):
        return f"This page is not for those of {', '.join(origins)}."
    return ""


def _header(scope: Scope, name: bytes) -> list[str]:
    return [
        value.decode("latin-1")
        for key, value in scope["headers"]
        if key == name
    ]


def _is_this_machine(netloc: str, host: str) -> bool:
    try:
        parts = urlsplit(f"//{netloc}")
    except ValueError:  # brackets that are no address
        return False
    if parts.netloc != netloc or "@" in netloc:
        return False  # more than a host, which no browser sends
    name = parts.hostname or ""
    return name in {"localhost", host.lower()} or is_address(name)


def is_address(host: str) -> bool:
    """Return whether a host is an address in numbers."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine can reach a host.

    By whatever it is called or written, such as ``127.1``. And nobody reaches
    a host that there is not.
    """
    if host.lower() == "localhost":
        return True
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return True
    addresses = [ipaddress.ip_address(place[0]) for *_, place in found]
    return all(address.is_loopback for address in addresses)
