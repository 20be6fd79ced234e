"""What the journal keeps of a message: values that nobody can change.

How it works: dicts and lists are copied, all else that could change (or hold
what changes) is kept as the name of its class. So a journal tells what a
message was when it moved, whatever its sender does to it afterwards.
"""

from collections.abc import Mapping
from typing import Any

DEEPEST = 100
"""How deep a payload is kept; a cycle has no end."""

FIXED = frozenset({str, float, bool, bytes, type(None)})
"""The classes whose values stay as they are."""

LARGEST = 1_000
"""How many bits of a number are kept: Python does not print all others."""


def snapshot(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as it is now; its keys are text."""
    return _mapping(message, 0)


def words(value: Any) -> str:
    """Return a value as text, whatever its class does when asked for it."""
    if type(value) is str:
        return value
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _mapping(values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    # dict's own: an event of ours must not take this for being read.
    pairs = dict.items(values) if isinstance(values, dict) else values.items()
    return {
        key if type(key) is str else words(key): (
            value if type(value) in FIXED else kept(value, depth + 1)
        )
        for key, value in pairs
    }


def kept(value: Any, depth: int = 0) -> Any:
    """Return a value as it is now."""
    if depth < DEEPEST:
        if isinstance(value, Mapping):
            return _mapping(value, depth)
        if isinstance(value, list | tuple):
            return [kept(item, depth + 1) for item in value]
    return _fixed(value)


def _fixed(value: Any) -> Any:
    if type(value) in FIXED:
        return value
    if type(value) is int and value.bit_length() <= LARGEST:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    return f"<{type(value).__name__}>"
