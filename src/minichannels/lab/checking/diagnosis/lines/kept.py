"""What is kept where all share it: on the class, or in a global variable.

A value on the class is that of all connections. What is said of a line is so,
whatever the line was meant for.
"""

import ast
import asyncio
import threading
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any

from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import methods_of, node_of
from minichannels.lab.checking.diagnosis.lines.ran import (
    Ran,
    attributes,
    within,
)

_Slip = tuple[str, dict[str, str]]

_CHANGING = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "insert"),
    *("pop", "popitem", "remove", "setdefault", "update"),
}

# What one waits at, and the calls that wait there.
_MEETINGS = (
    *(asyncio.Event, asyncio.Lock, asyncio.Condition, asyncio.Semaphore),
    *(asyncio.BoundedSemaphore, asyncio.Queue, asyncio.Future),
    *(threading.Event, threading.Condition, type(threading.Lock())),
)
_WAITING = {"acquire", "get", "join", "wait", "wait_for"}


def shared(function: Ran) -> Iterator[Clue]:
    """Find what a function gives to all connections, or to all calls."""
    of_all = _sharers(function)
    # What grows from call to call comes first, and what empties: that shows.
    for node in sorted(function.own(), key=lambda node: not _shows(node)):
        for find in (_given, _put, _handed):
            for key, values in find(node, function):
                yield function.clue(key, node, **values, of_all=of_all)
    yield from met(function)


def met(function: Ran) -> Iterator[Clue]:
    """Find where a function waits at what all others wait at, too."""
    of_all = _sharers(function)
    for node in function.own():
        for thing in _waited_at(node):
            kind = type(_kept_for_all(thing, function))
            if kind in _MEETINGS:
                values = {"name": ast.unparse(thing), "kind": kind.__name__}
                yield function.clue("met", thing, **values, of_all=of_all)


def _sharers(function: Ran) -> str:
    """Return what shares that which is outside of a function's own objects."""
    return "connections" if isinstance(function.owner, type) else "calls"


def _waited_at(node: ast.AST) -> Sequence[ast.expr]:
    """Return what a part of the code waits at, if it does."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=name)):
            return [value] if name in _WAITING else []
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [item.context_expr for item in items]
        case ast.Await(value=value):
            return [value]
    return []


def _shows(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="clear")) | ast.AugAssign():
            return True
    return False


def _given(node: ast.AST, function: Ran) -> Iterator[_Slip]:
    """Give what gets a new value."""
    for target in _targets(node):
        match target:
            case ast.Attribute(value=value, attr=name):
                if _is_class(value, function.owner):
                    yield "on class", {"name": name}
            case ast.Name(id=name) if name in _global_names(function):
                yield "in global", {"name": name}


def _put(node: ast.AST, function: Ran) -> Iterator[_Slip]:
    """Give what something is put into."""
    thing = _changed(node)
    if thing is not None:
        kind = type(_kept_for_all(thing, function))
        name = ast.unparse(thing)
        if kind in (dict, list, set) and _is_read(name, function):
            yield "in common", {"name": name, "kind": kind.__name__}


def _is_read(name: str, function: Ran) -> bool:
    """Return whether something is looked at, and not only put into.

    What nobody looks at, such as a list of all that came, does no harm. But
    ``setdefault`` gives what is there.
    """
    own = [*map(node_of, methods_of(function.owner).values()), function.node]
    nodes = (node for each in own for node in ast.walk(each))
    changed = {id(_changed(node)) for node in nodes if not _gives(node)}
    return any(
        isinstance(node, ast.Name | ast.Attribute)
        and id(node) not in changed
        and ast.unparse(node) == name
        for each in own
        for node in ast.walk(each)
    )


def _gives(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="setdefault" | "pop")):
            return True
    return False


def _handed(node: ast.AST, function: Ran) -> Iterator[_Slip]:
    """Give what all share, and an object keeps as if it were its own."""
    match node:
        case ast.Assign(
            targets=[ast.Attribute(value=ast.Name(id="self"))],
            value=ast.Name() | ast.Attribute() as value,
        ):
            kind = type(_kept_for_all(value, function, of_class=True))
            if kind in (dict, list, set):
                values = {"name": ast.unparse(value), "kind": kind.__name__}
                yield "handed", values


def read_of_class(function: Ran) -> Iterator[Clue]:
    """Find a value of the class that is read, where ``self`` has another."""
    owner = function.owner
    names = _on_self(owner) if isinstance(owner, type) else set()
    own = [*function.own()]
    names -= {n["name"] for node in own for _, n in _given(node, function)}
    for node in own:
        match node:
            case ast.Attribute(value=value, attr=name, ctx=ast.Load()) if (
                name in names and _is_class(value, owner)
            ):
                values = {"what": ast.unparse(node), "name": name}
                yield function.clue("of the class", node, **values)


def _targets(node: ast.AST) -> Sequence[ast.expr]:
    """Return what a statement gives a value."""
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AugAssign(target=target):
            return [target]
        case ast.Call(
            func=ast.Name(id="setattr"),
            args=[thing, ast.Constant(value=str(name)), _],
        ):
            return [ast.Attribute(thing, name, ast.Store())]
    return []


def _global_names(function: Ran) -> set[str]:
    nodes = within(function.node)
    globals_ = (node.names for node in nodes if isinstance(node, ast.Global))
    return {name for names in globals_ for name in names}


def _is_class(node: ast.AST, owner: Any) -> bool:
    """Return whether an expression is the class of the object."""
    if not isinstance(owner, type):
        return False
    text = ast.unparse(node)
    return text in (owner.__name__, "cls", "self.__class__", "type(self)")


def _changed(node: ast.AST) -> ast.expr | None:
    """Return the list, or the like, that a statement changes."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=name)):
            return value if name in _CHANGING else None
    for target in _targets(node):
        if isinstance(target, ast.Subscript):
            return target.value
    return None


def _kept_for_all(
    node: ast.expr, function: Ran, *, of_class: bool = False
) -> Any:
    """Return what an expression means in the class, or in the notebook.

    Args:
        node: the expression.
        function: where it stands.
        of_class: whether ``self`` has only what the class has.
    """
    owner, code = function.owner, function.code
    match node:
        case ast.Attribute(value=value, attr=name) if isinstance(owner, type):
            own = ast.unparse(value) == "self" and (
                of_class or name not in _on_self(owner)
            )
            if own or _is_class(value, owner):
                bases = (vars(base) for base in owner.__mro__)
                return next((b[name] for b in bases if name in b), None)
        case ast.Name(id=name) if name in code.co_names:
            return _globals(owner).get(name)
    return None


def _on_self(owner: type) -> set[str]:
    """Return the attributes that a method puts on the object."""
    nodes = map(node_of, methods_of(owner).values())
    return {name for node in nodes for name in attributes(node, ast.Store)}


def _globals(owner: Any) -> dict[str, Any]:
    things = vars(owner).values() if isinstance(owner, type) else [owner]
    functions = (each for each in things if type(each) is FunctionType)
    return next((each.__globals__ for each in functions), {})
