"""What nobody else may see, and the sign that stands for it.

How it works: whoever shows or writes down a value asks here first. A secret
is known by its class (:class:`Secret`) or by its name, as that of a header.
"""

import re
import reprlib
from itertools import islice
from typing import Any

MASK = "•••"

HEADERS = frozenset(
    {"authorization", "cookie", "proxy-authorization", "set-cookie"}
)
"""The headers that say who somebody is, in lower case."""

_shows = reprlib.Repr()
_shows.maxother, _shows.maxstring = 60, 120  # most names and paths, whole

short = _shows.repr
"""Shows a value, whatever it is, and little of what is large."""

_ESCAPED = re.compile(r"\\(?:([0-3][0-7]{2})|(.))")


class Secret:
    """The base of what is never shown, such as cookies and sessions."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {MASK}>"


def is_secret(header: object) -> bool:
    """Return whether what stands in a header of this name is a secret."""
    if isinstance(header, bytes):
        header = header.decode("latin-1")
    return isinstance(header, str) and header.lower() in HEADERS


def shown(value: object, name: object = "") -> str:
    """Return how an error shows a header, or a part of it."""
    words = f"{name!r} {value!r}".lower()
    return MASK if any(word in words for word in HEADERS) else short(value)


def short_event(event: Any) -> str:
    """Return an event as an error shows it: little of it, and no cookies."""
    items = islice(_without_cookies(event).items(), 9)
    shown = ", ".join(f"{short(key)}: {short(value)}" for key, value in items)
    return f"{{{shown}}}"


def _without_cookies(event: Any) -> Any:
    headers = event.get("headers")
    if not isinstance(headers, list | tuple):
        return event
    masked = [
        (pair[0], MASK.encode()) if pair and is_secret(pair[0]) else pair
        for pair in headers
    ]
    return {**event, "headers": masked}


def unquoted(cookie: str) -> str:
    """Return the value of a cookie as it was before it was quoted.

    Python's own function takes minutes for a long one, up to 3.12.5.
    """
    if len(cookie) < len('""') or not cookie[0] == cookie[-1] == '"':
        return cookie
    return _ESCAPED.sub(_character, cookie[1:-1])


def _character(escaped: re.Match[str]) -> str:
    octal, itself = escaped.groups()
    return chr(int(octal, 8)) if octal else str(itself)
