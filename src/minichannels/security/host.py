"""For which hosts the application answers.

How it works: a request says in its ``Host`` header which host it is for, and
whoever sends it may write there what they like. An application that makes
links or chooses a tenant by it would do so with somebody else's name; so
what is not for one of our hosts is refused. No other header is believed: a
proxy in front, which knows better, has to write ``Host`` anew.

Source: Django, "Host header validation"; RFC 9110, section 7.2.
"""

import logging
import re
from collections.abc import Iterable
from typing import Any

from minichannels._asgi import application_name, require_application
from minichannels._masking import short
from minichannels.security.websocket import (
    WebsocketDenier,
    _is_same_domain,
    _list_of_str,
)
from minichannels.types import ASGIApp, Receive, Scope, Send, tell_refused

# A name or an address, and perhaps a port.
_HOST = re.compile(rb"([a-z0-9._-]+|\[[a-f0-9:.]+\])(?::[0-9]{1,5})?\Z")

# An allowed host, as what is left of such a name is compared with it.
_ALLOWED = re.compile(r"\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[a-f0-9:.]+\]")

logger = logging.getLogger(__name__)


class HostValidator:
    """Passes on what is meant for an allowed host.

    An allowed host is ``*`` for any, a host (``example.com``), or a host with
    all its subdomains (``.example.com``). Ports do not matter.

    Attributes:
        application: what is meant for an allowed host.
        allowed_hosts: the allowed hosts, in lower case.

    Raises:
        TypeError: no application, or hosts that are no list of strings.
        ValueError: an allowed host can match nothing, as with a port.
    """

    def __init__(
        self, application: ASGIApp, allowed_hosts: Iterable[str]
    ) -> None:
        require_application(application, "the validated application")
        self.application = application
        self.allowed_hosts = [h.lower() for h in _list_of_str(allowed_hosts)]
        # In a subclass with a comparison of its own they may mean anything.
        if type(self).valid_host is HostValidator.valid_host:
            for pattern in self.allowed_hosts:
                _require_host(pattern)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Call the application, or refuse the request."""
        if scope["type"] not in ("http", "websocket"):
            return await self.application(scope, receive, send)
        hosts = [v for n, v in scope.get("headers", []) if n == b"host"]
        if len(hosts) == 1 and self.valid_host(hosts[0]):
            return await self.application(scope, receive, send)
        logger.warning(
            "refused host %s; allowed: %s", short(hosts), self.allowed_hosts
        )
        tell_refused("host")
        if scope["type"] == "websocket":
            return await WebsocketDenier.as_asgi()(scope, receive, send)
        return await _bad_request(send)

    def valid_host(self, header: bytes) -> bool:
        """Return whether a ``Host`` header names an allowed host."""
        found = _HOST.match(header.lower())
        if found is None:
            return False
        host = found[1].decode().removesuffix(".")
        return any(
            pattern == "*" or _is_same_domain(host, pattern)
            for pattern in self.allowed_hosts
        )

    def __repr__(self) -> str:
        name = application_name(self.application)
        return f"{type(self).__name__}({name}, {self.allowed_hosts!r})"


def _require_host(pattern: str) -> None:
    if not _ALLOWED.fullmatch(pattern):
        raise ValueError(
            f"allowed host {short(pattern)} is none that could match; write"
            " one, such as 'example.com', '.example.com' with all subdomains,"
            " or '[::1]', without a port, or '*' alone for any host"
        )


async def _bad_request(send: Send) -> None:
    headers = [(b"content-type", b"text/plain")]
    start = {"type": "http.response.start", "status": 400, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"unknown host"})
