"""Copies of messages, so that no two parties ever share one.

A message in a mailbox belongs to nobody: its sender may go on changing the
dict it sent, and each receiver may change what it received. On a network this
is so by nature. Here :func:`snapshot` copies a message when it is sent, and
refuses what could not travel. For one receiver the copy is enough. For a group
:func:`freeze` turns it into bytes, which a thousand members share until
:func:`thaw` makes each of them a dict of its own.

Source: Channels, "Channel Layer Specification", "Messages".
"""

import base64
import json
import marshal
import reprlib
from collections.abc import Iterable
from typing import Any

from minichannels.exceptions import (
    MessageTooLarge,
    NotADictError,
    UnserializableError,
)

MAX_SIZE = 1_000_000
"""How long a message may be, in bytes, written as JSON."""

# JSON needs at most six bytes for a character (``\u0000``), and fewer than
# eight times that for a number with its comma: below this, no message can be
# too large, and none is measured.
_SURELY_SMALL = MAX_SIZE // 6
_ITEM = 8

# Version 2 writes an object that occurs twice in full, as JSON would.
_VERSION = 2

_MAX_DEPTH = 200
_TOO_DEEP = f"more than {_MAX_DEPTH} levels deep; does it contain itself?"
_ATOMS = frozenset({type(None), bool, float})
_TYPES = "None, bool, int, float, str, bytes, list or dict"
_MIN, _MAX = -(2**63), 2**63 - 1  # integers of 64 bits


def snapshot(message: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a message, all the way down.

    Tuples become lists, as they would on a network.

    Raises:
        TypeError: not a dict, or something in it cannot travel: another
            type (or a subclass of an allowed one), a key that is not a str,
            an integer beyond 64 bits, half of a surrogate pair, a cycle. The
            text says where.
        MessageTooLarge: over a megabyte, written as JSON.
    """
    if type(message) is not dict:
        raise NotADictError(
            f"a message is a dict with a 'type', not {reprlib.repr(message)}"
        )
    texts: list[str] = []
    sizes: list[int] = []
    try:
        copy = _copy_dict(message, texts, sizes, 0)
        text = "".join(texts)
        if not text.isascii():
            _require_encodable(text, copy)
    except _Unserializable as problem:
        raise UnserializableError(
            problem.text(), path=tuple(reversed(problem.path))
        ) from None
    # Each value that is no text stands in a list, or has a key that is one.
    values = len(texts) + (sum(sizes) if sizes else 0)
    if len(text) + _ITEM * values > _SURELY_SMALL:
        _require_size(copy)
    return copy


def freeze(message: dict[str, Any]) -> bytes:
    """Return a message as bytes that nobody can change.

    Raises:
        TypeError: see :func:`snapshot`.
        MessageTooLarge: over a megabyte, written as JSON.
    """
    return marshal.dumps(snapshot(message), _VERSION)


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


# Each message passes through the next two, value by value, so they are made
# for speed: what is common comes first, and only a container costs a call.


def _copy_dict(  # noqa: C901, PLR0915
    source: dict[str, Any], texts: list[str], sizes: list[int], depth: int
) -> dict[str, Any]:
    """Return a copy of a dict, all the way down.

    Args:
        source: the dict.
        texts: gets each str that is in it, keys too.
        sizes: gets the lengths of the lists and bytes that are in it.
        depth: how many containers it is in.
    """
    if depth == _MAX_DEPTH:
        raise _Unserializable(_TOO_DEEP)
    copy = source.copy()
    texts += copy
    try:
        for key, value in copy.items():
            if type(key) is not str:
                raise _Unserializable(f"the key {key!r} is not a str")
            kind = type(value)
            if kind is str:
                texts.append(value)
            elif kind is int and _MIN <= value <= _MAX:
                pass
            elif kind is dict:
                copy[key] = _copy_dict(value, texts, sizes, depth + 1)
            elif kind is list:
                copy[key] = _copy_list(value, texts, sizes, depth + 1)
            elif kind not in _ATOMS:
                copy[key] = _copy_other(value, texts, sizes, depth + 1)
    except _Unserializable as problem:
        if type(key) is str:  # the path to a bad key ends before it
            problem.path.append(key)
        raise
    return copy


def _copy_list(  # noqa: C901
    source: Iterable[Any], texts: list[str], sizes: list[int], depth: int
) -> list[Any]:
    """Return a list or a tuple as a new list; see :func:`_copy_dict`."""
    if depth == _MAX_DEPTH:
        raise _Unserializable(_TOO_DEEP)
    copy = [*source]
    sizes.append(len(copy))
    try:
        for index, value in enumerate(copy):
            kind = type(value)
            if kind is str:
                texts.append(value)
            elif kind is int and _MIN <= value <= _MAX:
                pass
            elif kind is dict:
                copy[index] = _copy_dict(value, texts, sizes, depth + 1)
            elif kind is list:
                copy[index] = _copy_list(value, texts, sizes, depth + 1)
            elif kind not in _ATOMS:
                copy[index] = _copy_other(value, texts, sizes, depth + 1)
    except _Unserializable as problem:
        problem.path.append(index)
        raise
    return copy


def _copy_other(
    value: Any, texts: list[str], sizes: list[int], depth: int
) -> Any:
    """Return a tuple as a list, and bytes; refuse any other type."""
    kind = type(value)
    if kind is tuple:
        return _copy_list(value, texts, sizes, depth)
    if kind is bytes:
        sizes.append(len(value))
        return value
    if kind is int:
        # Not the number itself: Python writes none of over 4,300 digits.
        bits = value.bit_length() + 1
        raise _Unserializable(f"an int of {bits} bits; the limit is 64")
    raise _Unserializable(f"{kind.__name__} is not one of {_TYPES}")


def _require_encodable(text: str, message: dict[str, Any]) -> None:
    """Refuse a message whose texts, joined, are not Unicode; say where."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # Two halves side by side are still two halves, so one str has one.
        _find_surrogate(message)


def _find_surrogate(value: Any) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _Unserializable(
                f"{reprlib.repr(value)} holds half of a surrogate pair"
            ) from None
    for key, item in _items(value):
        try:
            _find_surrogate(key)
            _find_surrogate(item)
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
