"""Names that stand elsewhere than where they are read: an attribute, a key."""

import ast
from collections.abc import Iterable, Iterator
from types import CodeType

from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import (
    methods_of,
    node_of,
    place_of,
)
from minichannels.lab.checking.diagnosis.lines.failing import Case
from minichannels.lab.checking.diagnosis.lines.ran import attributes


def not_on_self(case: Case, name: str) -> Clue | None:
    """Look where an attribute was set, but not on this object.

    In the failing method, as a local variable; or in the one of a base class
    whose place that method takes; or in another method, where nothing puts it
    on ``self``.
    """
    method = case.place.function if case.place is not None else ""
    failing = case.place.line if case.place is not None else 0
    values = {"name": name, "method": method}
    for line, code in _set(case, name):
        if line < failing:
            return Clue("shadows", place_of(code, line), values)
    for base in case.owner.__mro__[1:]:
        other = methods_of(base).get(method)
        if other and name in attributes(node_of(other), ast.Store):
            values["base"] = base.__name__
            return Clue("no super call", case.place, values)
    return _in_another_method(case, name)


def _in_another_method(case: Case, name: str) -> Clue | None:
    nodes = [node_of(code) for code in case.ran]
    if any(name in attributes(node, ast.Store) for node in nodes):
        return None
    method = case.place.function if case.place is not None else ""
    others = [code for code in case.ran if code.co_name != method]
    for line, code in _set_in(others, name):
        values = {"name": name, "method": code.co_name}
        return Clue("shadows", place_of(code, line), values)
    return None


def never_set(case: Case, name: str) -> Clue | None:
    """Look whether ``self.…`` is added to, and no method gives it a value."""
    nodes = [
        node
        for code in methods_of(case.owner).values()
        for node in ast.walk(node_of(code))
    ]
    added = {id(n.target) for n in nodes if isinstance(n, ast.AugAssign)}
    stored = [
        node
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node) == f"self.{name}"
    ]
    if not stored or any(id(node) not in added for node in stored):
        return None
    return Clue("never set", case.place, {"name": name})


def is_quoted(case: Case, key: str) -> bool:
    """Return whether a key stands there in quotes, beside such a variable."""
    match case.failed:
        case ast.Subscript(slice=ast.Constant(value=value)) if value == key:
            at = case.failed.lineno
            return any(line < at for line, _ in _set(case, key))
    return False


def _set(case: Case, name: str) -> Iterator[tuple[int, CodeType]]:
    """Give the lines of the failing function that set a variable."""
    method = case.place.function if case.place is not None else ""
    failing = [code for code in case.ran if code.co_name == method]
    yield from _set_in(failing, name)


def _set_in(
    codes: Iterable[CodeType], name: str
) -> Iterator[tuple[int, CodeType]]:
    """Give the lines of some functions that set a variable."""
    for code in codes:
        for node in ast.walk(node_of(code)):
            match node:
                case ast.Name(id=each, ctx=ast.Store()) if each == name:
                    yield node.lineno, code
