"""Slips that show in what was sent, and in what was not.

How it works: the journal knows what was sent, and which line did it
(``stage.lined_journal``); the trace knows which lines did not run.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import methods_of
from minichannels.lab.checking.diagnosis.lines.ran import Ran, within
from minichannels.lab.checking.sandbox.stack_frames import SourceLine

PlaceOf = Callable[[Event], SourceLine | None]

_FIELD = re.compile(r"\{[A-Za-z_][\w.\[\]'\"]*\}")
_ACTS = {
    "accept",
    "close",
    "send",
    "send_json",
    "group_send",
    "group_add",
    "group_discard",
}


def unfilled(function: Ran, sent: str) -> Iterator[Clue]:
    """Find a text with braces that was sent, or refused, as it stands."""
    inside = {
        id(part)
        for node in function.own()
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in function.own():
        match node:
            case ast.Constant(value=str(text)) if id(node) not in inside:
                for found in _used_as_it_stands(text, sent):
                    yield function.clue("no f", node, what=found)
            case ast.Constant(value=bytes(data)):
                text = data.decode(errors="replace")
                for found in _used_as_it_stands(text, sent):
                    yield function.clue("no f of bytes", node, what=found)


def _used_as_it_stands(text: str, sent: str) -> Iterator[str]:
    """Give what stands in braces in a text, and was sent; also in capitals."""
    for found in _FIELD.findall(text):
        if found.casefold() in sent.casefold():
            yield found


def unanswered(function: Ran, acts: Sequence[Event]) -> Iterator[Clue]:
    """Find a key that a handler asks for, and that its message has not."""
    handler = function.code.co_name
    sent = [act for act in acts if act.type.replace(".", "_") == handler]
    keys = list(dict.fromkeys(key for act in sent for key in act.payload))
    own = function.code.co_varnames[1 : function.code.co_argcount]
    for node in function.own() if sent else ():
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="get"),
                args=[ast.Constant(value=str(key)), *_],
            ) if name in own and key not in ("type", *keys):
                shown = ", ".join(f"`{each}`" for each in ("type", *keys))
                values = {"keys": shown, "handler": handler, "key": key}
                yield function.clue("no key", node, **values)


def no_else(
    function: Ran, acts: Sequence[Event], place_of: PlaceOf
) -> Iterator[Clue]:
    """Find what ran after an ``if`` whose body has sent already."""
    for lines in _sent_in(function, acts, place_of):
        for node in within(function.node):
            if not isinstance(node, ast.If) or node.orelse:
                continue
            end = node.end_lineno or 0
            inside = [n for n in lines if node.body[0].lineno <= n <= end]
            after = [n for n in lines if n > end]
            if inside and after:
                there = ast.Pass(lineno=after[0])
                values = {"sent": inside[0], "at": node.lineno}
                yield function.clue("no else", there, **values)


def _sent_in(
    function: Ran, acts: Sequence[Event], place_of: PlaceOf
) -> Iterable[list[int]]:
    """Return the lines that have sent, for each call of a function.

    What one call did is no word on what another one, for somebody else, did.
    """
    calls = defaultdict[tuple[str, int | None], list[int]](list)
    for act in acts:
        place = place_of(act) if act.kind == "send" else None
        if place and place.function == function.code.co_name:
            calls[act.application, act.cause].append(place.line)
    return calls.values()


_PLAIN = ast.BinOp | ast.Constant | ast.Dict | ast.JoinedStr


def returned(function: Ran, *, is_plain: bool = False) -> Iterator[Clue]:
    """Find a value that is returned, where nobody takes it.

    Args:
        function: what ran.
        is_plain: whether it has to be a text, a number or a dict: what a call
            gives may be returned because the call does something.
    """
    for node in function.own():
        match node:
            case ast.Return(value=ast.Constant(value=None)):
                continue
            case ast.Return(value=ast.expr() as value):
                if isinstance(value, _PLAIN) or not is_plain:
                    what = ast.unparse(value)
                    yield function.clue("returns", node, what=what)


def stopped(function: Ran, missing: str = "") -> Iterator[Clue]:
    """Find a handler that ends the consumer, though nobody has gone.

    Args:
        function: what ran.
        missing: what did not come; it may be the end of the connection.
    """
    if function.code.co_name.endswith("disconnect"):
        return
    closes = missing == "websocket.close"
    key = "stopped, not closed" if closes else "stopped"
    for node in function.own():
        match node:
            case ast.Raise(
                exc=ast.Name(id="StopConsumer")
                | ast.Call(func=ast.Name(id="StopConsumer"))
            ):
                yield function.clue(key, node)


def unreached(
    function: Ran, missing: str = "", *, surely: bool = False
) -> Iterator[Clue]:
    """Find a line that would act, and the condition that kept it back.

    Args:
        function: what ran.
        missing: what did not come; by default any act may be it.
        surely: whether the line has to say that it sends such an event.
    """
    names = _acting_names(function)
    acting = (n for n in within(function.node) if _acts(n, names))
    acts = {getattr(node, "lineno", 0) for node in acting}
    lines = {n for n in acts if _may_bring(function, n, missing, surely)}
    # First what the step came nearest to, then what has never run at all.
    for line in sorted(
        lines - function.lately,
        key=lambda n: (-_entered(function, n), n in function.lines, n),
    ):
        at = _condition(function, line)
        if at is not None:
            key = "not false" if _is_else(at, line) else "not true"
            yield function.clue(key, at, would=line)
        for end in _ended(function, line):
            word = type(end).__name__.lower()
            values = {"would": line, "word": word}
            yield function.clue("ended before", end, **values)
        for waiting in _waits(function, line):
            yield function.clue("waits before", waiting, would=line)


def _waits(function: Ran, line: int) -> Iterator[ast.Await]:
    """Give what ran last above a line, if it asks for another event."""
    trace = function.trace
    last = trace.last_line_of(function.code)
    for node in function.recent():
        match node:
            case ast.Await(value=ast.Call(func=ast.Name("receive"))) if (
                node.lineno == last < line
            ):
                yield node


def _entered(function: Ran, line: int) -> int:
    """Return how many of the branches around a line the step has entered.

    An ``elif`` is no branch inside another one: all of them are equally near.
    """
    return sum(
        any(each.lineno in function.lately for each in branch)
        for node in within(function.node)
        if isinstance(node, ast.If)
        for branch in (node.body, node.orelse)
        if branch
        and branch[0].col_offset > node.col_offset
        and branch[0].lineno <= line <= (branch[-1].end_lineno or 0)
    )


def hooked(function: Ran) -> Iterator[Clue]:
    """Find a call of what only the library calls: ``self.disconnect()``."""
    for node in function.own():
        match node:
            case ast.Call(
                func=ast.Attribute(ast.Name("self"), "disconnect")
            ) if "disconnect" not in methods_of(function.owner):
                yield function.clue("hooked", node)


def _may_bring(function: Ran, line: int, missing: str, surely: bool) -> bool:
    """Return whether a line may bring about what did not come.

    It may not if it says that it sends an event of another type.
    """
    if surely and missing == "websocket.close" and _closes(function, line):
        return True
    types = {
        value.value
        for node in within(function.node)
        if isinstance(node, ast.Dict) and node.lineno == line
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
        and key.value == "type"
        and isinstance(value, ast.Constant)
    }
    of_client = missing.startswith(("websocket.", "http."))
    return missing in types or (not surely and (not of_client or not types))


def _closes(function: Ran, line: int) -> bool:
    calls = (n.func for n in within(function.node) if isinstance(n, ast.Call))
    return any(
        isinstance(called, ast.Attribute)
        and called.attr == "close"
        and called.lineno == line
        for called in calls
    )


def _acting_names(function: Ran) -> set[str]:
    """Return what acts is called: ``tell = async_to_sync(….group_send)``."""
    return _ACTS | {
        target.id
        for node in within(function.node)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
        and any(_acts(part, _ACTS) for part in ast.walk(node.value))
    }


def _acts(node: ast.AST, names: set[str]) -> bool:
    match node:
        case ast.Attribute(attr=name):
            return name in names
        case ast.Call(func=ast.Name(id=name)):
            return name in names
    return False


def _condition(function: Ran, line: int) -> ast.If | None:
    """Return the ``if`` that kept a line back, if one did.

    That is the innermost one around it of which the test ran; unless something
    else ran in the branch of that line, for then it did not keep it back.
    """
    around = [
        node
        for node in within(function.node)
        if isinstance(node, ast.If)
        and node.lineno in function.lately
        and node.lineno < line <= (node.end_lineno or 0)
    ]
    if not around:
        return None
    at = around[-1]
    branch = at.orelse if _is_else(at, line) else at.body
    entered = any(_has_run(each, function) for each in branch)
    return None if entered else at


def _has_run(node: ast.stmt, function: Ran) -> bool:
    end = node.end_lineno or node.lineno
    return any(node.lineno <= line <= end for line in function.lately)


def _is_else(node: ast.If, line: int) -> bool:
    return bool(node.orelse) and line >= node.orelse[0].lineno


_Ending = ast.Return | ast.Raise | ast.Continue | ast.Break


def _ended(function: Ran, line: int) -> list[_Ending]:
    """Return what ended a function, or a turn, before it came to a line."""
    return [
        node
        for node in function.recent()
        if isinstance(node, _Ending)
        and node.lineno < line
        and (
            isinstance(node, ast.Return | ast.Raise)
            or _in_turn(node, line, function)
        )
    ]


def _in_turn(node: _Ending, line: int, function: Ran) -> bool:
    """Return whether a line stands in the same loop as what ends a turn."""
    loops = [
        each
        for each in within(function.node)
        if isinstance(each, ast.For | ast.AsyncFor | ast.While)
        and each.lineno < node.lineno <= (each.end_lineno or 0)
    ]
    return bool(loops) and line <= (loops[-1].end_lineno or 0)
