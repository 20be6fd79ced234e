"""What to say of a name that nothing can have, and of what cannot travel."""

import re
import reprlib
from collections.abc import Iterable
from typing import Any

from minichannels._masking import short

NAME_RULE = "use ASCII letters, digits, '-', '_' or '.'"
"""What is said of every bad name, behind what is wrong with it."""

_BAD_CHARACTER = re.compile(r"[^A-Za-z0-9._-]")


def name_problem(kind: str, name: Any, limit: int) -> str:
    """Say what is wrong with the name of a channel or a group, and the rule."""
    return f"{_problem(kind, name, limit)}; {NAME_RULE}"


def _problem(kind: str, name: Any, limit: int) -> str:
    if not isinstance(name, str):
        return f"a {kind} name is a str, not {short(name)}"
    if len(name) > limit:
        return (
            f"{kind} name is {len(name)} characters long; the limit is {limit}"
        )
    if not name:
        return f"a {kind} name has at least one character; got ''"
    # A channel name may hold one '!', but not as its first character.
    allowed = name.replace("!", "x", 1) if kind == "channel" else name
    bad = _BAD_CHARACTER.search(allowed)
    index = bad.start() if bad else 0
    return f"invalid {kind} name {name!r}: {name[index]!r} at index {index}"


class CannotTravel(Exception):
    """A value that cannot travel; collects its path on the way up."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.path: list[object] = []

    def text(self) -> str:
        """Return the problem, behind the path to the value."""
        keys = [f"[{reprlib.repr(key)}]" for key in reversed(self.path)]
        shown = keys if len(keys) <= 8 else [*keys[:8], "…"]
        return f"message{''.join(shown)}: {self}"


def find_surrogate(value: Any) -> None:
    """Raise where half of a surrogate pair is, which is no Unicode."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise CannotTravel(
                f"{reprlib.repr(value)} holds half of a surrogate pair"
            ) from None
    for key, item in _items(value):
        try:
            find_surrogate(key)
            find_surrogate(item)
        except CannotTravel as problem:
            problem.path.append(key)
            raise


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()
