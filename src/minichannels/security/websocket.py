"""Which web pages may open a WebSocket to the application.

How it works: a browser lets any page connect to any server, and sends the
user's cookies along. It also says which page it was, in the ``Origin``
header, so the server can refuse pages of other sites. The validators here
stand in front of an application and do that.

Source: Channels, "Security"; RFC 6455, section 10.2.
"""

import functools
import logging
import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, ClassVar
from urllib.parse import ParseResult, urlparse

from minichannels._asgi import application_name, require_application
from minichannels._masking import short
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.types import ASGIApp, Receive, Scope, Send, tell_refused

logger = logging.getLogger(__name__)

# A host as browsers name it: ASCII, or the address of an interface.
_HOST = re.compile(r"\.?[\w-]+(\.[\w-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*", re.A)

# Of a page without an origin, such as a file; and two in one text, of which
# urlparse() would make one.
_NOWHERE = re.compile(r"null|.*\S\s+\S.*", re.S)

# How people write an address whose "://" went wrong.
_SLIP = re.compile(r"(https?)(?::/?|//)([^/].*)")

DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class OriginValidator:
    """Passes on the connections that come from an allowed origin.

    An allowed origin is ``*`` for any, a host (``example.com``), a host with
    all its subdomains (``.example.com``), or either of these with a scheme
    and perhaps a port (``https://example.com:8000``). Without a scheme any
    port is allowed.

    Attributes:
        application: what allowed connections are for.
        allowed_origins: the allowed origins.

    Raises:
        TypeError: no application, or origins that are no list of strings.
        ValueError: an allowed origin can match nothing: it names no host, or
            several, or has a port and no scheme.
    """

    def __init__(
        self, application: ASGIApp, allowed_origins: Iterable[str]
    ) -> None:
        require_application(application, "the validated application")
        self.application = application
        # As Channels takes it: all that is in it.
        origins = ["*"] if allowed_origins == "*" else allowed_origins
        listed = _list_of_str(origins)
        # The list itself, as a project may add origins to its own later.
        is_list = isinstance(origins, Collection)
        self.allowed_origins = origins if is_list else listed
        # In a subclass with a comparison of its own they may mean anything.
        if _comparison(type(self)) == _comparison(OriginValidator):
            for pattern in listed:
                if pattern != "*":
                    _parse_allowed(pattern)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Call the application, or refuse the connection.

        Raises:
            ValueError: the scope is not one of a WebSocket.
        """
        if scope["type"] != "websocket":
            raise ValueError(
                f"{type(self).__name__} is for scopes of type 'websocket', "
                f"not {short(scope['type'])}"
            )
        origins = [v for n, v in scope.get("headers", []) if n == b"origin"]
        if self.valid_origin(_parse_header(_only(origins))):
            return await self.application(scope, receive, send)
        logger.warning(
            "refused origin %s; allowed: %s",
            " and ".join(map(short, origins)) or None,
            self.allowed_origins,
        )
        tell_refused("origin")
        return await WebsocketDenier.as_asgi()(scope, receive, send)

    def valid_origin(self, parsed_origin: ParseResult | None) -> bool:
        """Return whether an origin is allowed; without one, only if any is."""
        may_be_valid = parsed_origin is not None or "*" in self.allowed_origins
        return may_be_valid and self.validate_origin(parsed_origin)

    def validate_origin(self, parsed_origin: ParseResult | None) -> bool:
        """Return whether an origin matches one of the allowed origins."""
        if "*" in self.allowed_origins:
            return True
        matches = functools.partial(self.match_allowed_origin, parsed_origin)
        return any(map(matches, self.allowed_origins))

    def match_allowed_origin(
        self, parsed_origin: ParseResult | None, pattern: str
    ) -> bool:
        """Return whether an origin matches one allowed origin.

        One without a scheme is compared by its host alone.

        Raises:
            ValueError: the allowed origin is no address, or has a port and
                no scheme.
        """
        if parsed_origin is None or parsed_origin.hostname is None:
            return False
        allowed = _parse_allowed(pattern)
        if allowed.scheme and (
            parsed_origin.scheme != allowed.scheme
            or self.get_origin_port(parsed_origin)
            != self.get_origin_port(allowed)
        ):
            return False
        return _is_same_domain(parsed_origin.hostname, allowed.hostname or "")

    def get_origin_port(self, origin: ParseResult) -> int | None:
        """Return an origin's port, or that which its scheme implies.

        Raises:
            ValueError: the port is no number from 0 to 65535.
        """
        implied = DEFAULT_PORTS.get(origin.scheme)
        return implied if origin.port is None else origin.port

    def __repr__(self) -> str:
        name = application_name(self.application)
        return f"{type(self).__name__}({name}, {self.allowed_origins!r})"


class ProjectHosts:
    """The hosts of a project that has settings: a bridge knows them.

    Attributes:
        validator: returns a validator for an application that allows them.
    """

    validator: ClassVar[Callable[[ASGIApp], OriginValidator] | None] = None


def AllowedHostsOriginValidator(  # noqa: N802  # Channels' name
    application: ASGIApp, allowed_hosts: Iterable[str] | None = None
) -> OriginValidator:
    """Return a validator that allows the pages of some hosts.

    Beside Django they are those of its setting ``ALLOWED_HOSTS``, as in
    Channels, unless others are given.

    Raises:
        TypeError: no hosts are given, or a string instead of several.
        ValueError: a host is no address, or has a port and no scheme.
    """
    if allowed_hosts is None and ProjectHosts.validator is not None:
        return ProjectHosts.validator(application)
    if allowed_hosts is None:
        raise TypeError(
            "allowed_hosts is missing; give them, such as ['example.com',"
            " 'localhost'], or in a Django project put 'minichannels' into"
            " INSTALLED_APPS and call get_asgi_application() before"
        )
    return OriginValidator(application, allowed_hosts)


class WebsocketDenier(AsyncWebsocketConsumer):
    """Refuses every connection."""

    async def connect(self) -> None:
        """Refuse this one."""
        await self.close()


def _comparison(validator: type[OriginValidator]) -> Any:
    return validator.match_allowed_origin, validator.validate_origin


def _list_of_str(origins: Any) -> list[str]:
    if isinstance(origins, str):
        raise TypeError(
            f"allowed origins are a list of strings; use [{short(origins)}]"
        )
    listed = list(origins) if isinstance(origins, Iterable) else [origins]
    for origin in listed:
        if not isinstance(origin, str):
            raise TypeError(
                "allowed origins are a list of strings;"
                f" {short(origin)} is none"
            )
    return listed


def _parse(origin: str) -> ParseResult:
    """Take an origin apart, and look at its port, which is checked then."""
    try:
        parsed = urlparse(origin)
        _ = parsed.port
    except ValueError as error:
        raise ValueError(
            f"origin {short(origin)} is no address: {error}"
        ) from None
    return parsed


def _parse_allowed(pattern: str) -> ParseResult:
    """Take an allowed origin apart; that of a host alone has no scheme."""
    if slip := _SLIP.fullmatch(pattern):
        raise ValueError(
            f"allowed origin {pattern!r} is no address; write"
            f" '{slip[1]}://{slip[2]}'"
        )
    host = f"[{pattern}]" if pattern.startswith("::") else pattern
    parsed = _parse(pattern if "://" in pattern else f"//{host}")
    host = "" if _NOWHERE.fullmatch(pattern) else parsed.hostname or ""
    if not _HOST.fullmatch(host):
        raise ValueError(
            f"allowed origin {pattern!r} names no host that could match; write"
            " one, such as 'example.com', '.example.com' with all subdomains,"
            " or 'http://example.com', or '*' alone for any origin"
        )
    if parsed.scheme:
        return parsed
    # To Channels, what is in front of the colon is a scheme, so none matches.
    if urlparse(pattern).scheme:
        raise ValueError(
            f"allowed origin {pattern!r} has no scheme; write "
            f"'http://{parsed.netloc}', or {parsed.hostname!r} for any port"
        )
    return parsed


def _only(origins: list[bytes]) -> bytes | None:
    """Return the origin, if there is one; no browser sends two."""
    return origins[0] if len(origins) == 1 else None


def _parse_header(header: bytes | None) -> ParseResult | None:
    """Return the origin of a header; a broken one counts as none at all."""
    if header is None:
        return None
    try:
        return _parse(header.decode("latin-1"))
    except ValueError:
        return None


def _is_same_domain(host: str, pattern: str) -> bool:
    """Return whether a host is meant, as Django's ALLOWED_HOSTS says it."""
    if pattern.startswith("."):
        return host == pattern[1:] or host.endswith(pattern)
    return host == pattern
