"""What an error is about: the very expression that failed.

How it works: Python knows for each instruction from where to where its source
goes. So it is known which of two dicts in a line lacked a key.
"""

import ast
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.functions import node_of
from minichannels.lab.checking.sandbox.mishaps import Mishap
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.tracing import Trace


@dataclass(frozen=True)
class Case:
    """An error, and what is known around it.

    Attributes:
        error: the error, of the type that the slip asks for.
        place: the learner's line.
        owner: the learner's class or function.
        message: what was handled then, if it came from the layer.
        failed: the expression that failed, if it is known.
        parameters: those of the function that it stands in.
        variables: its local names, with these.
        names: what that function and its notebook call something.
        ran: the learner's functions that ran.
        values: what the groups of a pattern have matched.
    """

    error: Any
    place: SourceLine | None
    owner: Any
    message: Event | None
    failed: ast.AST | None = None
    parameters: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    ran: Sequence[CodeType] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def about(self) -> ast.expr | None:
        """Return of what a key, or an attribute, was wanted."""
        match self.failed:
            case ast.Subscript(value=value) | ast.Attribute(value=value):
                return value
            case ast.Call(func=ast.Attribute(value=value)):
                return value
        return None

    def is_handed(self) -> bool:
        """Return whether that is what a handler was handed."""
        about = self.about()
        own = self.parameters[1:] if self.parameters else ()
        return getattr(about, "id", "") in own


def mishap_of(error: BaseException, trace: Trace) -> Mishap | None:
    """Return what was noted of an error where it came up."""
    found = (each for each in trace.mishaps if each.ident == id(error))
    return next(found, None)


def expression(mishap: Mishap) -> ast.AST | None:
    """Return the expression that failed."""
    positions = list(mishap.code.co_positions())[mishap.instruction // 2]
    for node in ast.walk(node_of(mishap.code)):
        where = (
            getattr(node, "lineno", None),
            getattr(node, "end_lineno", None),
            getattr(node, "col_offset", None),
            getattr(node, "end_col_offset", None),
        )
        if where == positions and isinstance(node, ast.expr):
            return node
    return None


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the name that was probably meant, or an empty text."""
    others = [each for each in names if each != name]
    for each in others:
        if each.casefold() == name.casefold():
            return each
    return next(iter(difflib.get_close_matches(name, others, 1, 0.75)), "")
