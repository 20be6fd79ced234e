"""What of a message no journal keeps: cookies, tokens, passwords, sessions.

How it works: a secret is known by its name, as a key of a dict, in JSON or in
a form; by its class; or because the client has shown it in a header. In each
case ``•••`` stands in its place. Where a value has no such name and was in no
header, nobody can know that it is one.

Whoever develops may have all of it shown, in the whole process
(:func:`secrets_shown`). A session itself stays masked: to look into it could
load it, and what is recorded must not notice.
"""

import functools
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from minichannels._masking import HEADERS, MASK, is_secret, unquoted

SHORTEST = 8
"""How long what was in a header has to be, to be looked for elsewhere."""

LONGEST = 40
"""How long the name of a secret may be."""

_NAME = (
    r"[\w-]*token|[\w-]*passw(?:or)?d\d*|[\w-]*secret|api_?key|authorization"
    r"|(?:set-)?cookies?|session_?(?:id|key)"
)
# One of these is in each such name.
_WORDS = ("token", "passw", "secret", "key", "auth", "cookie", "session")
_BYTES = tuple(word.encode() for word in _WORDS)
_SECRET_NAME = re.compile(_NAME, re.I)
_JSON = rf'("(?:{_NAME})"\s*:\s*)"(?:[^"\\]|\\.)*"?'
# Behind the prefix of a form, as in user[password].
_FIELD = rf"(?:[\w.-]*(?:\[|%5B))?(?:{_NAME})(?:\]|%5D)?"
_FORM = rf"((?:^|[?&;]){_FIELD}=)[^&;]+"
# The value of a part of a form that is sent in parts: up to the next boundary.
# Of a part's head a few short lines are looked at: bodies may be made to hurt.
_LINE = r"[^\r\n]{0,300}"
_HEAD = rf'(?<!\w)name="{_FIELD}"{_LINE}(?:\r\n(?!\r){_LINE}){{0,8}}\r\n\r\n'
_PART = rf"({_HEAD})(?:(?!\r\n--)[\s\S])+"
_IN_TEXT = re.compile(f"{_JSON}|{_FORM}|{_PART}", re.I)
_IN_BYTES = re.compile(_IN_TEXT.pattern.encode(), re.I)

# For a text: one of which signs follows each such name, the words, the names.
_OF_TEXT: tuple[Any, ...] = ((":", "="), _WORDS, _IN_TEXT)
_OF_BYTES: tuple[Any, ...] = ((b":", b"="), _BYTES, _IN_BYTES)


_masks = True


@contextmanager
def secrets_shown() -> Iterator[None]:
    """Have journals keep what they would mask, for a while."""
    global _masks
    _masks = False
    try:
        yield
    finally:
        _masks = True


def is_secret_item(name: str, value: Any) -> bool:
    """Return whether the value of a dict's key is a secret, by its name."""
    if name == "session":  # as in a scope; a text may be anything
        return issubclass(type(value), dict)
    if not _masks:
        return False
    return len(name) <= LONGEST and _is_secret_name(name)


@functools.lru_cache(maxsize=1_000)  # a program uses the same few names
def _is_secret_name(name: str) -> bool:
    return _SECRET_NAME.fullmatch(name) is not None


def is_secret_pair(pair: Any) -> bool:
    """Return whether a list is a header whose value is a secret."""
    return _masks and len(pair) == 2 and is_secret(pair[0])


def masked_text(text: Any) -> Any:
    """Return a text, or bytes, without the secrets that have a name in it."""
    # First what is quick: most texts have none, and some are a megabyte.
    if type(text) is str:
        signs, words, pattern = _OF_TEXT
    elif type(text) is bytes:
        signs, words, pattern = _OF_BYTES
    else:
        return text
    if signs[0] not in text and signs[1] not in text:
        return text
    known = text.lower()
    if _masks and any(word in known for word in words):
        return pattern.sub(_without_value, text)
    return text


def _without_value(found: re.Match[Any]) -> Any:
    """Return the name of a secret, and what stands for it."""
    json, form, part = found.groups()
    if json is None:
        form = part if form is None else form
        return form + (MASK if isinstance(form, str) else MASK.encode())
    quoted = f'"{MASK}"'
    return json + (quoted if isinstance(json, str) else quoted.encode())


# What a client has shown

Pairs = list[tuple[bytes, bytes]]
"""Headers: names with values."""

_HEADERS = frozenset(name.encode() for name in HEADERS)
_SEQUENCES = (list, tuple)


def secrets_of(scope: Any) -> tuple[str, ...]:
    """Return what in the headers of a connection is worth to be stolen."""
    found = set()
    for name, value in pairs_of(scope.get("headers")):
        if name.lower() not in _HEADERS:
            continue
        text = value.decode("latin-1")
        if name == b"cookie":
            for piece in text.split(";"):
                found.update(_forms(piece))
        else:  # "Bearer …"
            found.add(text.split(" ")[-1])
    if not (found and _masks):
        return ()
    long = [secret for secret in found if len(secret) >= SHORTEST]
    return tuple(sorted(long, key=len, reverse=True))


def _forms(cookie: str) -> set[str]:
    """Return how the value of a cookie may be written down."""
    name, equals, value = cookie.partition("=")
    value = (value if equals else name).strip()
    if value.isalnum() and value.isascii():  # as most are
        return {value}
    said = unquoted(value)
    return {value, said, json.dumps(said)[1:-1]}


def _are_pairs(headers: list[Any]) -> bool:
    """Return whether all headers are tuples of a name and a value."""
    for header in headers:
        if type(header) is not tuple or len(header) != 2:
            return False
        name, value = header
        if type(name) is not bytes or type(value) is not bytes:
            return False
    return True


def pairs_of(headers: Any) -> Pairs:
    """Return headers, as far as they are names with values."""
    # Only what can be read twice, and is as a server gives it: whoever is
    # recorded must not notice.
    if type(headers) is list and _are_pairs(headers):
        return headers  # most often that is all
    return [
        (name, value)
        for pair in (headers if isinstance(headers, _SEQUENCES) else ())
        if isinstance(pair, _SEQUENCES) and len(pair) == 2
        for name, value in [pair]
        if isinstance(name, bytes) and isinstance(value, bytes)
    ]


def without(secrets: Iterable[str], value: Any) -> Any:
    """Return what a journal keeps, without what a client has shown."""
    if isinstance(value, dict):
        return {key: without(secrets, item) for key, item in value.items()}
    if isinstance(value, list):
        return [without(secrets, item) for item in value]
    for secret in secrets:
        if isinstance(value, str):
            value = value.replace(secret, MASK)
        elif isinstance(value, bytes):
            value = value.replace(secret.encode("latin-1"), MASK.encode())
    return value
