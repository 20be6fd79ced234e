"""A machine that knows other names than this one."""

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def looked_up(known: Mapping[str, Sequence[str]]) -> Callable[..., Any]:
    """Return a ``getaddrinfo`` that knows the addresses of some names."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> Any:
        addresses = known.get(host, [host])
        return [each for a in addresses for each in real(a, *rest, **more)]

    return getaddrinfo
