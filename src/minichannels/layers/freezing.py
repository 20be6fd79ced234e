"""Copies of messages, so that no two parties ever share one.

A message in a mailbox belongs to nobody: its sender may go on changing the
dict it sent, and each receiver may change what it received. On a network this
is so by nature, since only bytes travel. Here it has to be made so, for each
message of each layer in memory; what is copied is also looked at, for what
could not travel must not arrive here either.

A copy is made in one of two ways:

    to …        how                       why
    a channel   snapshot()                one party will read it: the copy
                                          made for the mailbox is that party's
    a group     snapshot(), of which a    a thousand will: they cannot share
                function by freeze()      one dict, and to check it a thousand
                makes copies              times would be slow

Only dicts and lists can change, so only they have to be copied; texts, numbers
and bytes can be shared. A frozen message is a snapshot that nobody is given,
within a function that copies it. For each dict or list in it there is such a
function, too, so a copy searches for nothing:

    {"type": "say", "user": {"tags": ["a"]}}

    the function for        copies that dict or list, and then calls
    {"type": …, "user": …}  the function for what is at "user"
    {"tags": …}             the function for what is at "tags"
    ["a"]                   none: the list's own copy() is enough

Subclasses (an ordered dict, an enum of texts, a template's marked text) arrive
as what they derive from, as they would through msgpack on Redis; a bytearray
arrives as bytes.

Source: Channels, "Channel Layer Specification", "Messages".
"""

import base64
import json
import reprlib
from collections.abc import Callable
from functools import partial
from typing import Any

from minichannels.exceptions import (
    MessageTooLarge,
    NotADictError,
    UnserializableError,
)
from minichannels.layers.explaining import CannotTravel, find_surrogate

MAX_SIZE = 1_000_000
"""How long a message may be, in bytes, written as JSON."""

# JSON needs at most six bytes for a character (``\u0000``), and fewer than
# eight times that for a number with its comma: below this, no message can be
# too large, and none is measured.
_SURELY_SMALL = MAX_SIZE // 6
_ITEM = 8
_ROOM = "." * _ITEM  # of a value without a key, among the texts

Frozen = Callable[[], dict[str, Any]]
"""A message that nobody has: each call returns a new copy of it."""

_MAX_DEPTH = 200
_TOO_DEEP = f"more than {_MAX_DEPTH} levels deep; does it contain itself?"
_ATOMS = frozenset({type(None), bool, float})
_CONTAINERS = frozenset({dict, list})
_TYPES = "None, bool, int, float, str, bytes, list or dict"
_MIN, _MAX, _BITS = -(2**63), 2**64 - 1, 64  # to count bits is quicker

# How a value of a type, or of one derived from it, is made one of that type.
_PLAIN: dict[type, Callable[[Any], Any]] = {
    dict: lambda value: dict(value.items()),
    list: list,
    tuple: list,
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    bytes: lambda value: b"".join([value]),
    bytearray: lambda value: b"".join([value]),
    memoryview: memoryview.tobytes,
}


def snapshot(message: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a message, all the way down.

    Tuples become lists, and subclasses their base, as on a network.

    Raises:
        TypeError: not a dict, or something in it cannot travel: another
            type, a key that is not a str, an integer beyond 64 bits, half of
            a surrogate pair, a cycle. The text says where.
        MessageTooLarge: over a megabyte, written as JSON.
    """
    if type(message) is not dict:
        if not isinstance(message, dict):
            raise NotADictError(
                "a message is a dict with a 'type', not"
                f" {reprlib.repr(message)}"
            )
        message = _plain(message)
    texts: list[str] = []
    try:
        copy = _copy_dict(message, texts, 0)
        text = "".join(texts)
        if not text.isascii():
            _require_encodable(text, copy)
    except CannotTravel as problem:
        raise UnserializableError(
            problem.text(), path=tuple(reversed(problem.path))
        ) from None
    # Each value that is no text has a key that is one, or room among them.
    if len(text) + _ITEM * len(texts) > _SURELY_SMALL:
        _require_size(copy)
    return copy


def freeze(message: dict[str, Any]) -> Frozen:
    """Return a function that returns a new copy of a message at each call.

    Raises:
        TypeError: see :func:`snapshot`.
        MessageTooLarge: over a megabyte, written as JSON.
    """
    return copier(snapshot(message))


def copier(value: Any, depth: int = 0) -> Callable[[], Any]:
    """Return a function that copies a dict or list of plain values.

    Args:
        value: the dict or list, which nobody changes any more.
        depth: how many containers it is in.

    Raises:
        CannotTravel: it is too deep, and comes from elsewhere.
    """
    if depth == _MAX_DEPTH:
        raise CannotTravel(_TOO_DEEP)
    inner = []
    for key, item in value.items() if type(value) is dict else enumerate(value):
        if type(item) in _CONTAINERS:
            inner.append((key, copier(item, depth + 1)))
    return partial(_copy, value, inner) if inner else value.copy


def _copy(value: Any, inner: list[tuple[Any, Callable[[], Any]]]) -> Any:
    made = value.copy()
    for key, copy_inner in inner:
        made[key] = copy_inner()
    return made


def _copy_dict(  # noqa: C901, PLR0915  # every value passes here: no calls
    source: dict[Any, Any], texts: list[str], depth: int
) -> dict[str, Any]:
    """Return a dict as a new one, all the way down.

    What is common is asked first, and only a container costs a call.

    Args:
        source: the dict.
        texts: gets each str that is in it, keys too; and for bytes, and
            the values of a list, a text that is as long as they may become.
        depth: how many containers it is in.
    """
    if depth == _MAX_DEPTH:
        raise CannotTravel(_TOO_DEEP)
    copy = source.copy()
    texts += copy
    try:
        for key, value in copy.items():
            if type(key) is not str:
                break
            kind = type(value)
            if kind is str:
                texts.append(value)
            elif kind is int and value.bit_length() < _BITS:
                pass
            elif kind is dict:
                copy[key] = _copy_dict(value, texts, depth + 1)
            elif kind is list:
                copy[key] = _copy_list(value, texts, depth + 1)
            elif kind not in _ATOMS:
                copy[key] = _copy_other(value, texts, depth + 1)
        else:
            return copy
    except CannotTravel as problem:
        problem.path.append(key)
        raise
    return _copy_dict(_plain_keys(copy), texts, depth)


def _copy_list(source: list[Any], texts: list[str], depth: int) -> list[Any]:
    """Return a list as a new one; as above, but without keys."""
    if depth == _MAX_DEPTH:
        raise CannotTravel(_TOO_DEEP)
    copy = source.copy()
    texts.append(_ROOM * len(copy))
    known = len(texts)
    for value in copy:
        kind = type(value)
        if kind is str:
            texts.append(value)
        elif kind is int and value.bit_length() < _BITS:
            pass
        elif kind not in _ATOMS:
            break
    else:
        return copy  # most hold texts and numbers, and those need no places
    del texts[known:]
    _copy_items(copy, texts, depth)
    return copy


def _copy_items(  # noqa: C901  # as in a dict
    copy: list[Any], texts: list[str], depth: int
) -> None:
    """Put copies in the places of what a new list holds."""
    try:
        for index, value in enumerate(copy):
            kind = type(value)
            if kind is dict:
                copy[index] = _copy_dict(value, texts, depth + 1)
            elif kind is list:
                copy[index] = _copy_list(value, texts, depth + 1)
            elif kind is str:
                texts.append(value)
            elif kind is int and value.bit_length() < _BITS:
                pass
            elif kind not in _ATOMS:
                copy[index] = _copy_other(value, texts, depth + 1)
    except CannotTravel as problem:
        problem.path.append(index)
        raise


def _copy_other(value: Any, texts: list[str], depth: int) -> Any:
    """Return what is neither a plain dict nor a plain list."""
    plain = _plain(value)
    if isinstance(plain, dict):
        return _copy_dict(plain, texts, depth)
    if isinstance(plain, list):
        return _copy_list(plain, texts, depth)
    if isinstance(plain, str):
        texts.append(plain)
    elif isinstance(plain, bytes):
        texts.append(plain.hex())
    elif isinstance(plain, int) and not _MIN <= plain <= _MAX:
        # Not the number itself: Python writes none of over 4,300 digits.
        bits = plain.bit_length() + (plain < 0)
        raise CannotTravel(f"an int of {bits} bits; the limit is 64")
    return plain


def _plain(value: Any) -> Any:
    for base, made in _PLAIN.items():
        if issubclass(type(value), base):  # what it says of itself may be a lie
            return made(value)
    raise CannotTravel(f"{type(value).__name__} is not one of {_TYPES}")


def _plain_keys(source: dict[Any, Any]) -> dict[str, Any]:
    for key in source:
        if not isinstance(key, str):
            raise CannotTravel(f"the key {key!r} is not a str")
    return {str.__str__(key): value for key, value in source.items()}


def _require_encodable(text: str, message: dict[str, Any]) -> None:
    """Refuse a message whose texts, joined, are not Unicode; say where."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # Two halves side by side are still two halves, so one str has one.
        find_surrogate(message)


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
