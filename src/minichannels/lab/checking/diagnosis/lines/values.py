"""Values of another kind than was meant: None, or a method.

What changes a list returns None, and a method is a value as well, if nobody
calls it. Both go wrong later than where they are written, so what was sent, or
what an error says, has to show that it was such a value.
"""

import ast
import re
from collections.abc import Iterator

from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import methods_of
from minichannels.lab.checking.diagnosis.lines.ran import Ran
from minichannels.lab.checking.diagnosis.lines.unused import is_method

_IN_PLACE = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "insert"),
    *("remove", "reverse", "sort", "update"),
}
"""What returns None, of a list, a dict or a set."""

_SHOWS_NONE = re.compile(r"\bNone(Type)?\b|can only join an iterable")
_SHOWS_A_METHOD = r"\bmethod (\w+\.)*{name} of\b|_or_method\b|\bmethod['\"]"


def none_kept(function: Ran, shown: str) -> Iterator[Clue]:
    """Find a name that was given what ``append`` returns.

    Args:
        function: what ran.
        shown: what was sent, or what an error says.
    """
    if not _SHOWS_NONE.search(shown):
        return
    for node in function.own():
        match node:
            case ast.Assign(
                targets=[target],
                value=ast.Call(func=ast.Attribute(attr=name) as called),
            ) if name in _IN_PLACE - methods_of(function.owner).keys():
                of = ast.unparse(called.value)
                values = {"what": ast.unparse(called), "of": of}
                yield function.clue(
                    "None kept", node, name=ast.unparse(target), **values
                )


def method_kept(function: Ran, shown: str) -> Iterator[Clue]:
    """Find a name that was given a method, and not what that returns.

    Args:
        function: what ran.
        shown: what was sent, or what an error says.
    """
    for node in function.own():
        match node:
            case ast.Assign(value=ast.Attribute(attr=name) as value):
                shows = _SHOWS_A_METHOD.format(name=re.escape(name))
                if is_method(value, function.owner) and re.search(shows, shown):
                    what = ast.unparse(value)
                    yield function.clue("no brackets", node, what=what)
