"""Values that do not last, and lines that nothing gets to.

A number that is set to 0 in each turn of a loop is that of the last turn; a
line below a ``continue`` never runs.
"""

import ast
import inspect
import itertools
from collections.abc import Iterable, Iterator, Sequence
from types import CodeType

from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import node_of, place_of
from minichannels.lab.checking.diagnosis.lines.ran import (
    Ran,
    attributes,
    within,
)
from minichannels.lab.checking.sandbox.stack_frames import SourceLine

_WAIT = ast.Await | ast.AsyncFor | ast.AsyncWith
_JUMPS = ast.Return | ast.Break | ast.Continue | ast.Raise
_LOOPS = ast.For | ast.AsyncFor | ast.While
_EMPTY = ("[]", "{}", "''", "list()", "dict()", "set()", "0", "1", "None")
_ONCE = ("__init__", "connect", "websocket_connect")
"""What runs once for each connection."""


def endless(codes: Iterable[CodeType], place: SourceLine) -> Clue | None:
    """Find a loop around a line in which nothing waits.

    Args:
        codes: the learner's functions that ran.
        place: the line that ran when the time was up.
    """
    for code in codes:
        if code.co_name != place.function:
            continue
        around = [
            node
            for node in within(node_of(code))
            if isinstance(node, ast.While)
            and node.lineno <= place.line <= (node.end_lineno or 0)
        ]
        if around and not any(isinstance(n, _WAIT) for n in within(around[-1])):
            waits = code.co_flags & inspect.CO_COROUTINE
            key = "endless" if waits else "endless in plain code"
            return Clue(key, place_of(code, around[-1].lineno))
    return None


def asleep(place: SourceLine, given: str) -> Clue | None:
    """Find a call of ``time.sleep`` that the exercise has not brought.

    Args:
        place: the line that ran when the time was up.
        given: the code that the exercise begins with.
    """
    call = "time.sleep("
    found = call in place.code and call not in given
    return Clue("asleep", place) if found else None


def unreachable(function: Ran) -> Iterator[Clue]:
    """Find a line below one that always leaves."""
    for node in [function.node, *within(function.node)]:
        for block in _blocks(node):
            for one, other in itertools.pairwise(block):
                if isinstance(one, _JUMPS) and one.lineno in function.lines:
                    word = type(one).__name__.lower()
                    values = {"word": word, "at": one.lineno}
                    yield function.clue("unreachable", other, **values)


def _blocks(node: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block


def anew_in_a_turn(function: Ran) -> Iterator[Clue]:
    """Find what begins anew in each turn of a loop, and is read after it."""
    for loop in function.own():
        if isinstance(loop, _LOOPS):
            read = _read_below(loop.end_lineno or 0, function)
            added = [ast.unparse(n.target) for n in _counted_by_events(loop)]
            for node, name in _begun(loop.body):
                changed = _changed([loop], but=node)
                if name in read & changed or name in added:
                    values = {"what": ast.unparse(node), "at": loop.lineno}
                    yield function.clue("anew in a turn", node, **values)


def _counted_by_events(loop: ast.AST) -> list[ast.AugAssign]:
    """Return where a loop over events adds to something.

    Of a loop inside of it, that is not known.
    """
    nodes = list(within(loop))
    asks = "await receive()" in map(ast.unparse, nodes)
    inner = any(isinstance(node, _LOOPS) for node in nodes)
    added = [node for node in nodes if isinstance(node, ast.AugAssign)]
    return added if asks and not inner else []


def anew_in_a_call(function: Ran) -> Iterator[Clue]:
    """Find what is put on ``self`` anew by each message, and added to."""
    method, body = function.code.co_name, function.node.body
    if method in _ONCE:
        return
    for node, name in _begun(body):
        if name.startswith("self.") and name in _changed(body, but=node):
            values = {"what": ast.unparse(node), "method": method}
            yield function.clue("anew in a call", node, **values)


def _read_below(line: int, function: Ran) -> set[str]:
    """Return the names that are read below a line."""
    return {
        node.id
        for node in within(function.node)
        if isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and node.lineno > line
    }


def _begun(block: Sequence[ast.stmt]) -> Iterator[tuple[ast.Assign, str]]:
    """Give the statements of a block that set something to nothing."""
    for node in block:
        match node:
            case ast.Assign(targets=[target], value=value) if (
                ast.unparse(value) in _EMPTY
            ):
                yield node, ast.unparse(target)
            case ast.Try(body=body) | ast.With(body=body):
                yield from _begun(body)


def _changed(block: Sequence[ast.AST], but: ast.stmt) -> set[str]:
    """Return what a block adds to, apart from one statement."""
    names = set[str]()
    for node in (part for each in block for part in ast.walk(each)):
        match node:
            case ast.AugAssign(target=target):
                names.add(ast.unparse(target))
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if (
                attr in ("add", "append", "extend", "update")
            ):
                names.add(ast.unparse(value))
            case ast.Assign(targets=[target], value=value) if node is not but:
                if ast.unparse(target) in map(ast.unparse, ast.walk(value)):
                    names.add(ast.unparse(target))
    return names


def not_counted(function: Ran) -> Iterator[Clue]:
    """Find a number in a loop that is set, where it was meant to grow."""
    numbers = [
        (target, target.id, ast.unparse(node))
        for node in function.own()
        for target in _given_a_number(node)
    ]
    grown = _changed([function.node], but=ast.Pass())
    for loop in within(function.node):
        if isinstance(loop, _LOOPS):
            inside = {id(node) for node in within(loop)}
            before = {n for at, n, _ in numbers if at.lineno < loop.lineno}
            for at, name, what in numbers:
                if id(at) in inside and name in before - grown:
                    yield function.clue("not counted", at, what=what)


def _given_a_number(node: ast.AST) -> Iterator[ast.Name]:
    match node:
        case ast.Assign(
            targets=[ast.Name() as target], value=ast.Constant(value=value)
        ):
            if type(value) is int:
                yield target


def last_turn(function: Ran) -> Iterator[Clue]:
    """Find a loop in which each turn sets a variable anew, this way or that.

    What was found in one turn is lost in the next, which finds something else.
    """
    for loop in within(function.node):
        match loop:
            case ast.For(
                body=[
                    ast.If(
                        body=[ast.Assign(targets=[one]) as found],
                        orelse=[ast.Assign(targets=[other]) as again],
                    )
                ]
            ) if ast.unparse(one) == ast.unparse(other):
                sums = isinstance(again.value, ast.BinOp | ast.JoinedStr)
                both = {found.lineno, again.lineno} <= function.lines
                if both and not sums:
                    values = {"name": ast.unparse(one), "before": found.lineno}
                    yield function.clue(
                        "last turn", again, at=loop.lineno, **values
                    )


def counted_late(function: Ran) -> Iterator[Clue]:
    """Find a list that is counted after a loop in which others had a turn.

    What came to the list meanwhile is counted, too.
    """
    for node in [function.node, *within(function.node)]:
        for block in _blocks(node):
            for loop, below in itertools.pairwise(block):
                found = _taken_from(loop)
                if found and ast.unparse(below) == "{} = len({})".format(
                    *found
                ):
                    values = {"name": found[0], "what": found[1]}
                    yield function.clue(
                        "counted late", below, at=loop.lineno, **values
                    )


def _taken_from(loop: ast.stmt) -> tuple[str, str] | None:
    """Return from where on a loop with a pause reads a list, and that list."""
    match loop:
        case ast.For(
            iter=ast.Subscript(value=value, slice=ast.Slice(lower=lower))
        ) if lower and any(isinstance(n, ast.Await) for n in within(loop)):
            return ast.unparse(lower), ast.unparse(value)
    return None


def set_back(function: Ran) -> Iterator[Clue]:
    """Find a sign that is put up, and taken down before anybody reads it.

    Another handler of the same connection runs when this one has returned.
    """
    given = [
        (node, name, ast.unparse(node.value))
        for node in function.node.body
        if isinstance(node, ast.Assign) and node.lineno in function.lines
        for name in attributes(node, ast.Store)
    ]
    reads = set(attributes(function.node, ast.Load))
    for (first, name, value), (last, other, later) in itertools.combinations(
        given, 2
    ):
        if name == other and value != later and name not in reads:
            values = {"name": name, "before": first.lineno}
            values["method"] = function.code.co_name
            yield function.clue("set back", last, **values)
