"""What was made and not handed on, or put in the place of something else.

Nothing is raised: a variable is written, and nobody reads it; or the condition
asks for what no line that ran has changed.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence, Set

from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import methods_of, node_of
from minichannels.lab.checking.diagnosis.lines.ran import (
    Ran,
    attributes,
    within,
)

_COPIES = {"copy", "deepcopy", "dict", "list", "set"}
_FIRST = ("__init__", "connect", "websocket_connect")


def not_handed_on(function: Ran) -> Iterator[Clue]:
    """Find a copy under a name that nothing reads but to change it."""
    nodes = list(ast.walk(function.node))
    names = (n for n in nodes if isinstance(n, ast.Name))
    read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    read -= {*_only_filled(nodes)}
    for node in function.own():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                not read & {name, "locals"} and _is_copy(value)
            ):
                yield function.clue("not handed on", node, name=name)


def _only_filled(nodes: list[ast.AST]) -> Iterator[str]:
    """Give the names that are read nowhere but in ``name[key] = value``."""
    filled, reads = list[str](), list[str]()
    for node in nodes:
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                filled.append(name)
            case ast.Name(id=name, ctx=ast.Load()):
                reads.append(name)
    yield from (n for n in filled if filled.count(n) == reads.count(n))


def _is_copy(value: ast.expr) -> bool:
    """Return whether a value is made of another: a copy, or a sum."""
    match value:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _COPIES and any(map(_is_plain, value.args))
        case ast.Dict(keys=keys):
            return None in keys  # {**scope}
    return isinstance(value, ast.BinOp)


def _is_plain(node: ast.expr) -> bool:
    """Return whether an argument is a variable as it is, and no part of it."""
    return isinstance(node, ast.Name | ast.Attribute)


def replaced(function: Ran) -> Iterator[Clue]:
    """Find a list of one that takes the place of what others put there."""
    for node in function.own():
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Attribute()) as target],
                value=ast.List(elts=[one]) | ast.Set(elts=[one]),
            ) if not isinstance(one, ast.Starred):
                what, name = ast.unparse(node), ast.unparse(target)
                yield function.clue(
                    "put in its place", node, what=what, name=name
                )


def by_letters(function: Ran, events: Sequence[Event]) -> Iterator[Clue]:
    """Find a text that is added to a list, which takes each letter by itself.

    Args:
        function: where to look for it.
        events: what happened: of an event's value it tells whether it is one.
    """
    texts = {
        key
        for event in events
        for key, value in event.payload.items()
        if isinstance(value, str)
    }
    lists = _always(function, list)
    for node in function.own():
        match node:
            case ast.AugAssign(target=target, op=ast.Add(), value=value):
                pass
            case ast.Call(
                func=ast.Attribute(value=target, attr="extend"), args=[value]
            ):
                pass
            case _:
                continue
        name, what = ast.unparse(target), ast.unparse(value)
        if name in lists and _is_text(value, texts):
            yield function.clue("by letters", node, name=name, what=what)


def joined_letters(function: Ran) -> Iterator[Clue]:
    """Find a text that is joined as if it were a list."""
    texts = _always(function, str)
    for node in function.own():
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(), attr="join"),
                args=[joined],
            ) if (what := ast.unparse(joined)) in texts:
                yield function.clue("joined letters", node, what=what)


def _always(function: Ran, kind: type) -> set[str]:
    """Return what holds a list, or a text, wherever it is given a value."""
    owner, given = function.owner, dict[str, list[bool]]()
    for name, value in vars(owner).items() if isinstance(owner, type) else ():
        given[f"self.{name}"] = [type(value) is kind]
    nodes = [function.node, *map(node_of, methods_of(owner).values())]
    parts = [each for node in nodes for each in within(node)]
    written = Counter(
        ast.unparse(each)
        for each in parts
        if isinstance(getattr(each, "ctx", None), ast.Store)
    )
    for part in parts:
        match part:
            case ast.Assign(targets=[target], value=ast.expr() as value):
                is_kind = _kind_of(value) is kind
                given.setdefault(ast.unparse(target), []).append(is_kind)
                written[ast.unparse(target)] -= 1
            case ast.AugAssign(target=target):
                written[ast.unparse(target)] -= 1
    # What a loop gives it, or a pair, may be anything.
    known = (name for name, kinds in given.items() if all(kinds))
    return {name for name in known if written[name] <= 0}


def _kind_of(value: ast.expr) -> type | None:
    match value:
        case ast.List() | ast.ListComp() | ast.Call(func=ast.Name(id="list")):
            return list
        case ast.JoinedStr() | ast.Constant(value=str()):
            return str
    return None


def _is_text(value: ast.expr, texts: Set[str]) -> bool:
    """Return whether a value is a text: the client's, or that of an event."""
    match value:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.Name(id=name):
            return name == "text_data"
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return key in texts
    return False


def never_changed(
    function: Ran, functions: list[Ran], names: Set[str]
) -> Iterator[Clue]:
    """Find a condition on what no line that ran has changed.

    Args:
        function: where to look for the condition.
        functions: all that ran.
        names: those of ``self`` that a right answer changes in handlers.
    """
    changed = {
        name
        for each in functions
        if each.code.co_name not in _FIRST
        for node in each.own()
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for name in attributes(node, ast.Store)
    }
    for node in function.recent():
        if isinstance(node, ast.Compare):
            for name in attributes(node, ast.Load):
                if name in names - changed:
                    yield function.clue("never changed", node, name=name)


def changed_in(source: str) -> set[str]:
    """Return the names of ``self`` that a class changes in its handlers."""
    return {
        name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name not in _FIRST
        for part in within(node)
        for name in attributes(part, ast.Store)
    }
