"""What the journal keeps of a message: values that nobody can change.

How it works: dicts and lists are copied. A member of an enum is kept as its
value, a subclass of text, number or bytes as what it derives from, and a date,
an id or a sum of money as its text. All else that could change (or hold what
changes) is kept as the name of its class. So a journal tells what a message
was when it moved, whatever its sender does to it afterwards. What nobody else
may see is not kept (``masking``).
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

from minichannels._masking import MASK, Secret
from minichannels.flow.journal.masking import (
    has_secret_value,
    is_secret_item,
    is_secret_pair,
    masked_text,
)

DEEPEST = 100
"""How deep a payload is kept."""

FIXED = frozenset({str, float, bool, bytes, type(None)})
"""The classes whose values stay as they are."""

TOLD = (date, time, timedelta, UUID, Decimal, Fraction, PurePath)
"""The classes whose text says all: some layers carry them."""

LONGEST = 10_000
"""How much is kept of each text of a payload that is too large."""

LARGEST_BODY = 100_000
"""How much of a body of HTTP is kept, in bytes."""

LARGEST = 1_000
"""How many bits of a number are kept: Python does not print all others."""


def snapshot(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as it is now; its keys are text."""
    return _mapping(message, (id(message),))


def words(value: Any) -> str:
    """Return a value as text, whatever its class does when asked for it."""
    if type(value) is str:
        return value
    if issubclass(type(value), Enum):
        return words(value._value_)
    if issubclass(type(value), str):
        return str.__str__(value)
    try:
        return str(value)
    except (Exception, SystemExit):
        return _class(value)


def _mapping(
    values: Mapping[Any, Any], inside: tuple[int, ...]
) -> dict[str, Any]:
    # dict's own: an event of ours must not take this for being read.
    pairs = dict.items(values) if isinstance(values, dict) else values.items()
    found = {
        name: (
            MASK
            if is_secret_item(name, value)
            else masked_text(value)
            if type(value) in FIXED
            else kept(value, inside)
        )
        for key, value in pairs
        for name in [key if type(key) is str else words(key)]
    }
    if "value" in found and has_secret_value(found):
        found["value"] = MASK
    return found


def kept(value: Any, inside: tuple[int, ...] = ()) -> Any:
    """Return a value as it is now.

    Args:
        value: the value; of what contains itself, its class is kept.
        inside: the ids of all that it is in.
    """
    kind = type(value)  # first what is usual: an abstract class asks slowly
    if kind in FIXED or (kind is int and value.bit_length() <= LARGEST):
        return masked_text(value)
    # To go round a cycle until it is deep enough would take for ever: at each
    # round there may be several ways on, as from a parent to its children.
    if len(inside) < DEEPEST and id(value) not in inside:
        return _opened(value, (*inside, id(value)))
    return _fixed(value)


def _opened(value: Any, within: tuple[int, ...]) -> Any:
    """Return what is in a value, if it is one that holds others."""
    kind = type(value)  # not isinstance: a lazy object would load to answer
    if issubclass(kind, Mapping):
        secret = issubclass(kind, Secret)
        return MASK if secret else _mapping(value, within)
    if issubclass(kind, list | tuple):
        items = [kept(item, within) for item in value]
        return [items[0], MASK] if is_secret_pair(items) else items
    if issubclass(kind, Set):  # in an order that each run repeats
        return sorted((kept(item, within) for item in value), key=repr)
    if issubclass(kind, Enum):
        return kept(value._value_, within)
    return _fixed(value)


def _fixed(value: Any) -> Any:
    # Asked of the class: what an object says of itself may be anything.
    kind = type(value)
    if issubclass(kind, int) and int.bit_length(value) <= LARGEST:
        return int.__pos__(value)
    if issubclass(kind, float):
        return float.__pos__(value)
    if issubclass(kind, str):
        return masked_text(str.__str__(value))
    if issubclass(kind, bytes | bytearray | memoryview):
        return masked_text(bytes(memoryview(value)))
    return words(value) if issubclass(kind, TOLD) else _class(value)


def _class(value: Any) -> str:
    return f"<{type(value).__name__}>"


# How much of it


def weight(value: Any) -> int:
    """Return roughly how many characters and bytes a value holds."""
    if isinstance(value, dict):
        size = 0
        for key, item in value.items():
            # Most values are texts or numbers: no further call for them.
            kind = type(item)
            if kind is str or kind is bytes:
                size += len(key) + len(item)
            else:
                size += len(key) + (1 if kind is int else weight(item))
        return size
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, list):
        return sum(weight(item) for item in value)
    return 1


def byte_count(value: Any) -> int | None:
    """Return how many bytes a text is on the wire, or bytes; or else None."""
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    return len(value) if isinstance(value, bytes) else None


def begun(value: Any, room: int) -> Any:
    """Return the beginning of what is too large, and of each text in it.

    Args:
        value: what :func:`kept` returned.
        room: roughly how much of it may be kept, as :func:`weight` counts.
    """
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
    if isinstance(value, bytes):
        return value[:LONGEST]
    if isinstance(value, dict):
        pairs = begun([list(pair) for pair in value.items()], room)
        return dict(pair for pair in pairs if len(pair) == 2)
    return list(_first(value, room)) if isinstance(value, list) else value


def sized(value: Any) -> Any:
    """Return a value with the size of large bytes in it, in their place.

    Of a text that is cut its end shows that it is, of bytes nothing does.
    """
    if isinstance(value, bytes) and len(value) > LONGEST:
        return f"<{len(value)} bytes>"
    if isinstance(value, dict):
        return {key: sized(item) for key, item in value.items()}
    return [sized(each) for each in value] if type(value) is list else value


def _first(items: Iterable[Any], room: int) -> Iterator[Any]:
    for item in items:
        if room <= 0:
            return
        first = begun(item, room)
        room -= 1 + weight(first)  # what is empty takes room, too
        yield first
