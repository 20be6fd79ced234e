"""What the learner's own code caught, and where.

How it works: a function in which an exception came up, and which returned all
the same, has swallowed it (``sandbox.mishaps``). The lines that ran next tell
which of its statements did: an ``except``, a ``finally`` that returns, or a
``with``.

Who catches an error by its name and then does something has thought of it. All
else hides what went wrong.
"""

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from minichannels.lab.checking.diagnosis.functions import node_of, place_of
from minichannels.lab.checking.sandbox.mishaps import Mishap
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.tracing import Trace

_BROAD = {"Exception", "BaseException"}
_JUMPS = ast.Return | ast.Break | ast.Continue


@dataclass(frozen=True)
class Caught:
    """An exception that the learner's code caught.

    Attributes:
        mishap: the exception.
        how: ``except``, ``finally`` or ``with``.
        place: the line of that.
        hides: whether nobody can have known of it.
    """

    mishap: Mishap
    how: str
    place: SourceLine
    hides: bool


def caught(trace: Trace) -> Iterator[Caught]:
    """Give what was caught, in order, where it is known by what."""
    for mishap in trace.mishaps:
        own = trace.is_own(mishap.code.co_filename)
        if own and mishap.fate in ("swallowed", "pending"):
            found = _caught(mishap)
            if found is not None:
                yield found


def _caught(mishap: Mishap) -> Caught | None:
    around = list(_around(mishap.code, mishap.line))
    handler = _handler(around, mishap)
    if handler is not None:
        return _told(mishap, "except", handler.lineno, _hides(handler))
    if mishap.fate == "pending":
        return None
    passed_over = (found for node in around for found in _passed_over(node))
    return next((_told(mishap, *found, True) for found in passed_over), None)


def _passed_over(node: "_Around") -> Iterator[tuple[str, int]]:
    """Give how a statement ends an exception without an ``except``."""
    if isinstance(node, ast.With | ast.AsyncWith):
        yield "with", node.lineno
    else:
        for each in node.finalbody:
            if any(isinstance(inner, _JUMPS) for inner in ast.walk(each)):
                yield "finally", each.lineno


def _told(mishap: Mishap, how: str, line: int, hides: bool) -> Caught:
    return Caught(mishap, how, place_of(mishap.code, line), hides)


_Around = ast.Try | ast.With | ast.AsyncWith


def _around(code: CodeType, line: int) -> Iterator[_Around]:
    """Give the statements in whose body a line is, the innermost first."""
    nodes = [
        node
        for node in ast.walk(node_of(code))
        if isinstance(node, _Around)
        and any(_in(line, part) for part in node.body)
    ]
    yield from reversed(nodes)  # a walk goes from the outside in


def _in(line: int, node: ast.stmt | ast.ExceptHandler) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def _handler(around: list[_Around], mishap: Mishap) -> ast.ExceptHandler | None:
    """Return the ``except`` that was at work last, straight afterwards.

    Python looks at some that do not fit; of these, the first line ran alone.
    """
    handlers = [
        handler
        for node in around
        if isinstance(node, ast.Try)
        for handler in node.handlers
    ]
    row = itertools.takewhile(
        lambda line: any(_in(line, handler) for handler in handlers),
        mishap.after,
    )
    worked = [
        handler
        for line in row
        for handler in handlers
        if any(_in(line, part) for part in handler.body)
    ]
    return worked[-1] if worked else None


def _hides(handler: ast.ExceptHandler) -> bool:
    return not _kinds(handler) - _BROAD or all(map(_does_nothing, handler.body))


def _kinds(handler: ast.ExceptHandler) -> set[str]:
    """Return the names of what an ``except`` catches; none if it is bare."""
    kinds = ast.walk(handler.type) if handler.type else ()
    return {node.id for node in kinds if isinstance(node, ast.Name)}


def _does_nothing(node: ast.stmt) -> bool:
    """Return whether a statement passes over what happened."""
    match node:
        case ast.Pass() | ast.Continue() | ast.Break() | ast.Return(value=None):
            return True
        case ast.Return(value=ast.Constant()) | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
    return False


def catches_all(trace: Trace, place: SourceLine) -> int | None:
    """Return the line of the ``except`` that catches everything at a line."""
    for code in trace.codes():
        if code.co_name == place.function:
            for node in _around(code, place.line):
                for handler in getattr(node, "handlers", ()):
                    if _kinds(handler) <= {"BaseException"}:
                        return int(handler.lineno)
    return None


def kinds_of(caught: Caught) -> set[str]:
    """Return the names by which an exception can be caught."""
    return {kind.__name__ for kind in caught.mishap.error.__mro__}


def names_caught(source: str) -> set[str]:
    """Return the names of what a piece of code catches."""
    handlers = [
        node.type
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
    ]
    return {ast.unparse(each) for each in handlers}
