"""The learner's functions that ran, with the lines of them that did."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import (
    node_of,
    owner_of,
    place_of,
)
from minichannels.lab.checking.sandbox.tracing import Trace

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Ran:
    """A function of the learner's that ran.

    Attributes:
        code: its code.
        node: its syntax tree.
        lines: the lines of it that ran.
        lately: those that ran since the scenario's last step.
        owner: the learner's class or function that was tested.
        trace: what ran besides.
    """

    code: CodeType
    node: FunctionNode
    lines: frozenset[int]
    owner: Any
    trace: Trace
    lately: frozenset[int] = frozenset()

    def own(self) -> Iterator[ast.AST]:
        """Give the parts that ran, without those of functions inside it."""
        return self._in(self.lines)

    def recent(self) -> Iterator[ast.AST]:
        """Give those that ran since the scenario's last step."""
        return self._in(self.lately)

    def _in(self, lines: frozenset[int]) -> Iterator[ast.AST]:
        for node in within(self.node):
            if getattr(node, "lineno", 0) in lines:
                yield node

    def clue(self, key: str, node: ast.AST, /, **values: Any) -> Clue:
        """Return a slip in one of its lines."""
        line: int = getattr(node, "lineno", 0)
        return Clue(key, place_of(self.code, line), values)


def ran(answer: Any, trace: Trace, since: int = 0) -> list[Ran]:
    """Return the learner's functions that ran, as they stand in the source.

    Args:
        answer: the learner's class or function.
        trace: what ran of it.
        since: the number of arrival at which the scenario's last step began.
    """
    found = []
    for code in trace.codes():
        node = node_of(code)
        if isinstance(node, FunctionNode):
            lines = frozenset(trace.lines_of(code))
            lately = frozenset(trace.lines_of(code, since))
            owner = owner_of(answer)
            found.append(Ran(code, node, lines, owner, trace, lately))
    return sorted(found, key=lambda each: each.node.lineno)


def within(node: ast.AST) -> Iterator[ast.AST]:
    """Give the parts of a function, without those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, FunctionNode | ast.Lambda | ast.ClassDef):
            yield from within(child)


def attributes(node: ast.AST, kind: type[ast.expr_context]) -> Iterator[str]:
    """Give the names of ``self.…`` that are read, or written."""
    for each in ast.walk(node):
        match each:
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if (
                isinstance(each.ctx, kind)
            ):
                yield name
