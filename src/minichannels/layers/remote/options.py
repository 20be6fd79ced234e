"""What the options of a layer may be, so that a wrong one is told at once.

A layer is made when a program starts, and used when somebody comes. What is
found to be wrong only then has a traceback that names none of the settings.

What a layer shows of itself is an attribute of it. But it belongs to whoever
makes a class of it, so whatever they call so is theirs.
"""

import inspect
import reprlib
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# Thirty years. Servers count in whole numbers, and have none for "for ever".
_LONGEST = 1_000_000_000

_MOST = 2**63 - 1  # a server counts with so many bits


class Seen(Generic[T]):
    """An attribute of a layer, worked out when somebody asks for it.

    No property: a class may set an attribute of that name to what it likes.

    Args:
        look: works it out.
    """

    def __init__(self, look: Callable[[Any], T]) -> None:
        self.__doc__ = look.__doc__
        self._look = look

    def __get__(self, layer: Any, owner: Any = None) -> T:
        if layer is None:
            return self  # type: ignore[return-value]  # asked of the class
        return self._look(layer)


def require_seconds(what: str, value: Any) -> None:
    """Raise ValueError unless ``value`` is a time that a server can count."""
    # Not "value > _LONGEST": that would let NaN pass.
    if not isinstance(value, int | float) or not 0 < value <= _LONGEST:
        raise ValueError(
            f"{what} must be a number above 0, in seconds, and at most"
            f" {_LONGEST:,}; not {_shown(value)}"
        )


def require_whole(what: str, value: Any) -> None:
    """Raise ValueError unless ``value`` is a whole number above 0."""
    known = isinstance(value, int) and not isinstance(value, bool)
    if not known or not 0 < value <= _MOST:
        raise ValueError(
            f"{what} must be a whole number above 0, and at most {_MOST:,};"
            f" not {_shown(value)}"
        )


def require_hook(what: str, value: str | Callable[[], object] | None) -> None:
    """Raise ValueError unless ``value`` is a message's type, or is called."""
    is_plain = callable(value) and not inspect.iscoroutinefunction(value)
    if not (value is None or isinstance(value, str) or is_plain):
        raise ValueError(
            f"{what} is the type of a message, such as 'server.away', or a"
            f" function without arguments, not an async one; not"
            f" {_shown(value)}"
        )


def _shown(value: Any) -> str:
    # Not the number itself: Python writes none of over 4,300 digits.
    if isinstance(value, int) and value.bit_length() > 64:
        return f"an int of {value.bit_length()} bits"
    return f"{reprlib.repr(value):.60}"
