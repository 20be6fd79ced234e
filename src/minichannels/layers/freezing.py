"""Messages as bytes, so that no two parties ever share one.

A message in a mailbox belongs to nobody: its sender may go on changing the
dict it sent, and each receiver may change what it received. On a network this
is so by nature. Here :func:`freeze` turns the message into bytes when it is
sent, and :func:`thaw` makes a new dict of them for each receiver; a thousand
members of a group share one frozen message until they read it.

Source: Channels, "Channel Layer Specification", "Messages".
"""

import base64
import json
import marshal
import re
import reprlib
from collections.abc import Iterable
from typing import Any

from minichannels.exceptions import MessageTooLarge

MAX_SIZE = 1_000_000
"""How long a message may be, in bytes, written as JSON."""

# JSON needs at most six bytes where the frozen form has one (``false,`` or
# ``\u0000``), so anything below cannot be too large, and is not measured.
_SURELY_SMALL = MAX_SIZE // 6

# Version 2 writes an object that occurs twice in full, as JSON would.
_VERSION = 2

# How half of a surrogate pair is written; it is no UTF-8, and cannot travel.
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf]")

_MAX_DEPTH = 200
_ATOMS = frozenset({type(None), bool, float, str, bytes})
_TYPES = "None, bool, int, float, str, bytes, list or dict"
_INT64 = range(-(2**63), 2**63)


def freeze(message: dict[str, Any]) -> bytes:
    """Return a message as bytes that nobody can change.

    Tuples become lists, as they would on a network.

    Raises:
        TypeError: not a dict, or something in it cannot travel: another
            type (or a subclass of an allowed one), a key that is not a str,
            an integer beyond 64 bits, half of a surrogate pair, a cycle. The
            text says where.
        MessageTooLarge: over a megabyte, written as JSON.
    """
    if type(message) is not dict:
        raise TypeError(
            f"a message is a dict with a 'type', not {reprlib.repr(message)}"
        )
    try:
        return _freeze(message)
    except _Unserializable as problem:
        raise TypeError(problem.text()) from None


def _freeze(message: dict[str, Any]) -> bytes:
    plain = _plain(message, 0)
    frozen = marshal.dumps(plain, _VERSION)
    if _SURROGATE.search(frozen):
        _require_encodable(plain)
    if len(frozen) > _SURELY_SMALL:
        _require_size(plain)
    return frozen


def thaw(frozen: bytes) -> dict[str, Any]:
    """Return a new message, equal to the one that was frozen."""
    message: dict[str, Any] = marshal.loads(frozen)
    return message


class _Unserializable(Exception):
    """A value that cannot travel; collects its path on the way up."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.path: list[object] = []

    def text(self) -> str:
        keys = [f"[{reprlib.repr(key)}]" for key in reversed(self.path)]
        shown = keys if len(keys) <= 8 else [*keys[:8], "…"]
        return f"message{''.join(shown)}: {self}"


# In one piece for speed: each message passes here, value by value.
def _plain(value: Any, depth: int) -> Any:  # noqa: C901, PLR0915
    """Return a copy of a value that is no atom, made of the allowed types."""
    kind = type(value)
    if kind is int:
        if value in _INT64:
            return value
        # Not the number itself: Python writes none of over 4,300 digits.
        bits = value.bit_length() + 1
        raise _Unserializable(f"an int of {bits} bits; the limit is 64")
    items: Any
    copy: Any
    if kind is dict:
        items, copy = value.items(), {}
    elif kind is list or kind is tuple:
        items, copy = enumerate(value), [None] * len(value)
    else:
        raise _Unserializable(f"{kind.__name__} is not one of {_TYPES}")
    if depth == _MAX_DEPTH:
        raise _Unserializable(
            f"more than {_MAX_DEPTH} levels deep; does it contain itself?"
        )
    for key, item in items:
        if kind is dict and type(key) is not str:
            raise _Unserializable(f"the key {key!r} is not a str")
        try:
            copy[key] = (
                item if type(item) in _ATOMS else _plain(item, depth + 1)
            )
        except _Unserializable as problem:
            problem.path.append(key)
            raise
    return copy


def _require_encodable(value: Any) -> None:
    """Refuse a str that is not Unicode; the bytes may have been innocent."""
    if isinstance(value, str):
        if _SURROGATE.search(value.encode("utf-8", "surrogatepass")):
            raise _Unserializable(
                f"{reprlib.repr(value)} holds half of a surrogate pair"
            )
        return
    for key, item in _items(value):
        try:
            _require_encodable(key)
            _require_encodable(item)
        except _Unserializable as problem:
            problem.path.append(key)
            raise


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _require_size(message: Any) -> None:
    written = json.dumps(
        message, ensure_ascii=False, separators=(",", ":"), default=_base64
    )
    size = len(written.encode("utf-8", "surrogatepass"))
    if size > MAX_SIZE:
        raise MessageTooLarge(
            f"message is {size:,} bytes long as JSON; the limit is {MAX_SIZE:,}"
        )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
