"""Cookies: from the headers of a request, and into those of a response.

How it works: a browser sends what it was given in ``Cookie`` headers, which
become a dict in the scope. What it shall keep goes out in ``Set-Cookie``.

Rule 1: whatever comes in is a text that somebody else wrote.
Rule 2: nothing that goes out can end its header and begin another one.

Source: Channels, "Sessions"; RFC 6265.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import formatdate
from http.cookies import CookieError, SimpleCookie
from typing import Any

from minichannels._masking import Secret, short, unquoted
from minichannels.middleware import BaseMiddleware
from minichannels.types import Message, Receive, Scope, Send, tell_refused

MOST_COOKIES = 200
"""How many cookies are read; browsers keep fewer for a site."""

_BEGINNING_OF_TIME = "Thu, 01-Jan-1970 00:00:00 GMT"
# RFC 6265 4.1.1: an attribute is printable, and ends at a semicolon.
_ATTRIBUTE = re.compile(r"[ -:<-~]*\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

logger = logging.getLogger("minichannels")


class Cookies(Secret, dict[str, str]):
    """The cookies of one request, by name; their values are not shown."""


class CookieMiddleware(BaseMiddleware):
    """Adds ``scope["cookies"]``: for each name a value, as text."""

    _minichannels_clock: Callable[[], float] = staticmethod(
        lambda: time.time()  # a test may move it
    )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Call the inner application with the cookies.

        Raises:
            ValueError: it is no scope of HTTP or a WebSocket.
        """
        if "headers" not in scope:
            raise ValueError(
                f"a scope of type {short(scope.get('type'))} has no headers, so"
                " no cookies; give CookieMiddleware HTTP and WebSockets alone"
            )
        cookies = parse_cookies(scope["headers"])
        return await self.inner(dict(scope, cookies=cookies), receive, send)

    @classmethod
    def set_cookie(  # noqa: PLR0913, PLR0917  # as in Channels
        cls,
        message: Message,
        key: str,
        value: object = "",
        max_age: float | None = None,
        expires: datetime | str | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool | None = False,
        httponly: bool | None = False,
        samesite: str | None = "lax",
    ) -> None:
        """Add a cookie to a message that carries headers.

        Args:
            message: such as ``http.response.start`` or ``websocket.accept``.
            key: its name.
            value: what the client shall send back.
            max_age: how many seconds it lives; None: until the browser closes.
            expires: when it ends, in place of ``max_age``.
            path: where on the site it is sent along.
            domain: for which hosts; None for this one alone.
            secure: whether it travels over TLS alone.
            httponly: whether scripts of the page cannot see it.
            samesite: ``strict``, ``lax``, ``none``, or None to say nothing.

        Raises:
            http.cookies.CookieError: no cookie can have this name.
            ValueError: an attribute would end the header, or begin another.
        """
        now = cls._minichannels_clock()
        if isinstance(expires, datetime):
            max_age, expires = _seconds_until(expires, now), None
        if max_age is not None and not expires:
            expires = formatdate(now + max_age, usegmt=True)
        attributes = {
            "expires": expires,
            "max-age": max_age,
            "path": path,
            "domain": domain,
            "secure": bool(secure),
            "httponly": bool(httponly),
            "samesite": None if samesite is None else _samesite(samesite),
        }
        header = _cookie_header(key, value, attributes)
        if not isinstance(message.get("headers"), list):  # such as a tuple
            message["headers"] = list(message.get("headers", ()))
        message["headers"].append(header)

    @classmethod
    def delete_cookie(
        cls,
        message: Message,
        key: str,
        path: str | None = "/",
        domain: str | None = None,
    ) -> None:
        """Have the client forget a cookie, which is as one set long ago."""
        cls.set_cookie(
            message,
            key,
            max_age=0,
            path=path,
            domain=domain,
            expires=_BEGINNING_OF_TIME,
        )


def parse_cookies(headers: Iterable[tuple[bytes, bytes]]) -> Cookies:
    """Return the cookies of all ``Cookie`` headers; the last of a name."""
    texts = [
        value.decode("latin-1")
        for name, value in headers
        if name.lower() == b"cookie"
    ]
    pieces = ";".join(texts).split(";", MOST_COOKIES)
    if len(pieces) > MOST_COOKIES:
        logger.warning("read %d cookies, and no more of them", MOST_COOKIES)
        tell_refused("cookies")
    cookies = Cookies()
    for piece in pieces[:MOST_COOKIES]:
        # As browsers do: what has no "=" is the value of a nameless one.
        name, equals, value = piece.partition("=")
        if not equals:
            name, value = "", name
        # Not of other white space: "__Host-id" is to be no other name.
        name, value = name.strip(" \t"), value.strip(" \t")
        if name or value:
            cookies[name] = unquoted(value)
    return cookies


def _cookie_header(
    key: str, value: object, attributes: dict[str, Any]
) -> tuple[bytes, bytes]:
    """Return the header for a cookie."""
    cookie = SimpleCookie()
    text = value.decode() if isinstance(value, bytes) else str(value)
    try:
        cookie[key] = text
    except CookieError:
        _require_one_line(text)  # newer Pythons do, and tell what they hold
        raise
    for name, attribute in attributes.items():
        if attribute is not None:
            _require_attribute(name, attribute)
            cookie[key][name] = attribute
    text = cookie[key].OutputString()
    _require_one_line(text)
    return b"set-cookie", text.encode()


def _require_attribute(name: str, value: object) -> None:
    """Raise ValueError if an attribute would be more than one."""
    if not _ATTRIBUTE.match(str(value)):
        raise ValueError(
            f"a cookie's {name} is printable ASCII without ';', not"
            f" {short(value)}"
        )


def _require_one_line(text: str) -> None:
    """Raise ValueError if a header would be more than one."""
    # Python quotes what is in a value; this does not depend on its version.
    if _CONTROL.search(text):
        raise ValueError("a cookie holds no control characters") from None


def _samesite(samesite: Any) -> Any:
    is_text = isinstance(samesite, str)
    if not is_text or samesite.lower() not in ("strict", "lax", "none"):
        raise ValueError(
            f"samesite is 'strict', 'lax' or 'none', not {short(samesite)}"
        )
    return samesite


def _seconds_until(moment: datetime, now: float) -> int:
    """Return how many seconds there are; a moment without a zone is in UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    # What is begun counts as a second: the date comes out as it went in.
    return max(0, int(moment.timestamp() - now) + 1)
