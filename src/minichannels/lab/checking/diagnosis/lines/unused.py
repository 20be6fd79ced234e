"""Values that stand alone on their line: worked out, and not used.

A text does not change by what is called of it, nor does a method run because
it is named. Python says nothing of such lines.
"""

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import methods_of
from minichannels.lab.checking.diagnosis.lines.ran import Ran
from minichannels.layers import InMemoryChannelLayer

# What a call of these returns is all that it does.
_KINDS = (str, bytes, tuple)
_PURE = {n for kind in _KINDS for n in vars(kind) if n[0] != "_"}
_PURE_FUNCTIONS = {
    "bool",
    "dumps",
    "float",
    "int",
    "isoformat",
    "len",
    "loads",
    "repr",
    "sorted",
    "str",
}
_CALLED = {
    *_PURE,
    *(n for kind in (list, dict, set) for n in vars(kind) if n[0] != "_"),
    *(name for name in dir(InMemoryChannelLayer) if name[0] != "_"),
}
_VALUES = (
    ast.Name,
    ast.Compare,
    ast.BinOp,
    ast.BoolOp,
    ast.UnaryOp,
    ast.Subscript,
    ast.JoinedStr,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
    ast.Lambda,
    ast.ListComp,
    ast.GeneratorExp,
    ast.IfExp,
)


def unused(function: Ran) -> Iterator[Clue]:
    """Find a value that stands alone on its line."""
    tried = {id(node) for node in _tried(function)}
    for node in function.own():
        if isinstance(node, ast.Expr) and id(node) not in tried:
            key = _key_of(node.value, function.owner)
            if key:
                what = ast.unparse(node.value)
                yield function.clue(key, node, what=what)


def _tried(function: Ran) -> Iterator[ast.AST]:
    """Give what stands alone to see whether it raises: ``d["key"]``."""
    for node in function.own():
        if isinstance(node, ast.Try) and node.handlers:
            for each in node.body:
                match each:
                    case ast.Expr(value=ast.Subscript()):
                        yield each


def not_asserted(function: Ran) -> Iterator[Clue]:
    """Find a comparison in a test that nothing depends on.

    Where a test asserts something, what it shows may be to look at.
    """
    nodes = list(function.own())
    asserts = any(isinstance(node, ast.Assert) for node in nodes)
    for node in nodes:
        match node:
            case ast.Expr(
                value=ast.Call(func=ast.Name("print"), args=[value])
            ) if not asserts and isinstance(value, ast.Compare):
                what = ast.unparse(value)
                yield function.clue("not asserted", node, what=what)
            case ast.Expr(value=value) | ast.Return(value=ast.expr() as value):
                if isinstance(value, ast.Compare | ast.BoolOp):
                    what = ast.unparse(value)
                    yield function.clue("not asserted", node, what=what)
                elif "receive_nothing(" in ast.unparse(value):
                    what = ast.unparse(value)
                    yield function.clue("answer unused", node, what=what)


def always_true(function: Ran) -> Iterator[Clue]:
    """Find an assertion of a tuple: ``assert (a == b, "why")``."""
    for node in function.own():
        match node:
            case ast.Assert(test=ast.Tuple(elts=[_, *_]) as test):
                what = ast.unparse(test)
                yield function.clue("always true", node, what=what)


_LESS = ("casefold", "endswith", "len", "lower", "startswith", "upper")
_ANSWERS = {"receive_from", "receive_json_from", "receive_output"}


def asserts_less(function: Ran) -> Iterator[Clue]:
    """Find an assertion that asks for less than that two are the same."""
    for node in function.own():
        if isinstance(node, ast.Assert):
            parts = list(ast.walk(node.test))
            names = {getattr(p, "attr", getattr(p, "id", "")) for p in parts}
            has_in = any(isinstance(part, ast.In) for part in parts)
            # That something came at all.
            came = isinstance(node.test, ast.Await) and names & _ANSWERS
            if has_in or came or names & {*_LESS}:
                what = ast.unparse(node.test)
                yield function.clue("asserts less", node, what=what)


def unread(function: Ran) -> Iterator[Clue]:
    """Find what a call returned, under a name that nothing reads."""
    nodes = list(ast.walk(function.node))
    names = (n for n in nodes if isinstance(n, ast.Name))
    read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    kinds = ast.Global | ast.Nonlocal
    read |= {x for n in nodes if isinstance(n, kinds) for x in n.names}
    for node in function.own():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                not read & {name, "locals"}
                and _key_of(value, function.owner) == "result unused"
            ):
                what = ast.unparse(value)
                yield function.clue("unread", node, what=what, name=name)


def _key_of(value: ast.expr, owner: Any) -> str:
    match value:
        case ast.Attribute(attr=name):
            return "no brackets" if is_method(value, owner) else "unused"
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            own = name in methods_of(owner)
            pure = name in _PURE_FUNCTIONS or _is_of_a_value(value)
            does_more = any(map(_calls, ast.iter_child_nodes(value)))
            return "result unused" if pure and not (does_more or own) else ""
    return "unused" if isinstance(value, _VALUES) else ""


def _is_of_a_value(call: ast.Call) -> bool:
    """Return whether a text has such a method, which takes such arguments.

    A path has a ``replace``, too, with others. And a thread has a ``join``, so
    of that it is certain only where a text stands before it.
    """
    match call.func:
        case ast.Attribute(attr="join", value=ast.Constant()):
            return True
        case ast.Attribute(attr=name) if name in _PURE - {"join"}:
            kinds = (vars(kind) for kind in _KINDS)
            return any(_takes(k[name], call) for k in kinds if name in k)
    return False


def _takes(method: Any, call: ast.Call) -> bool:
    """Return whether a method could be called so, as far as Python knows."""
    names = [keyword.arg or "" for keyword in call.keywords]
    try:
        signature = inspect.signature(method)
    except ValueError:  # few of those in C have none
        return True
    try:
        signature.bind(None, *call.args, **dict.fromkeys(names))
    except TypeError:
        return False
    return True


def _calls(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


def is_method(value: ast.Attribute, owner: Any) -> bool:
    """Return whether an attribute is a method, as far as its name tells."""
    match value.value:
        case ast.Name(id="self") if isinstance(owner, type):
            found = (vars(b) for b in owner.__mro__ if value.attr in vars(b))
            return any(callable(each[value.attr]) for each in found)
    return value.attr in _CALLED
