"""Lines that ran, and cannot have been meant so.

A function that nobody calls, a loop that ends in its first turn: each finder
gives the slips of one kind. What it says of a line is so, whatever the line was
meant for.
"""

import ast
import difflib
import linecache
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from minichannels.consumer.names import library_names
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import methods_of, node_of
from minichannels.lab.checking.diagnosis.lines.ran import (
    FunctionNode,
    Ran,
    attributes,
    within,
)
from minichannels.lab.checking.diagnosis.lines.unused import is_method


def never_called(function: Ran) -> Iterator[Clue]:
    """Find a ``def`` inside of a method that was meant to stand beside it."""
    began = {code.co_firstlineno for code in function.trace.codes()}
    used = {n.id for n in ast.walk(function.node) if isinstance(n, ast.Name)}
    for node in function.own():
        if isinstance(node, FunctionNode) and node.name not in used:
            first = min([node, *node.decorator_list], key=lambda n: n.lineno)
            if first.lineno not in began:
                outer = function.code.co_name
                yield function.clue("nested", node, name=node.name, outer=outer)


def turned_around(function: Ran) -> Iterator[Clue]:
    """Find ``=+`` where ``+=`` was meant, with a blank in it or without."""
    for node in function.own():
        match node:
            case ast.Assign(
                targets=[ast.Name() | ast.Attribute() as target],
                value=ast.UnaryOp(op=ast.UAdd() | ast.USub() as op),
            ):
                line = linecache.getline(function.code.co_filename, node.lineno)
                found = re.search(r"=(\+|-(?= ))", line)
                if found:
                    name, sign = ast.unparse(target), found[1]
                    yield function.clue("=+", node, name=name, sign=sign)
                elif isinstance(op, ast.UAdd):
                    what = ast.unparse(node)
                    yield function.clue("not counted", node, what=what)


def always_so(function: Ran) -> Iterator[Clue]:
    """Find a condition that ends with a text: ``x == "tea" or "milk"``."""
    for node in function.own():
        match node:
            case (
                ast.If(test=ast.BoolOp(op=ast.Or(), values=[_, *others]))
                | ast.While(test=ast.BoolOp(op=ast.Or(), values=[_, *others]))
            ):
                for other in others:
                    if isinstance(other, ast.Constant) and other.value:
                        what = ast.unparse(other)
                        yield function.clue("always so", node, what=what)


def same_object(function: Ran) -> Iterator[Clue]:
    """Find ``is`` where ``==`` was meant."""
    for node in function.own():
        match node:
            case ast.Compare(
                ops=[ast.Is() | ast.IsNot()],
                comparators=[ast.Constant(value=str() | bytes() | int() as to)],
            ) if not isinstance(to, bool):
                what = ast.unparse(node)
                yield function.clue("same object", node, what=what)


def first_turn(function: Ran) -> Iterator[Clue]:
    """Find what ends a loop in its first turn, whatever happens."""
    for node in function.own():
        if isinstance(node, ast.For | ast.AsyncFor | ast.While) and not any(
            isinstance(each, ast.Continue) for each in within(node)
        ):
            for last in node.body:
                if (
                    isinstance(last, ast.Return | ast.Break)
                    and last.lineno in function.lines
                ):
                    word = type(last).__name__.lower()
                    at = node.lineno
                    yield function.clue("first turn", last, word=word, at=at)


def shadowing(function: Ran) -> Iterator[Clue]:
    """Find a local variable that takes the name of an attribute.

    Of a value, that is: nobody means to change a method.
    """
    own = methods_of(function.owner)
    if function.code.co_name not in own:
        return
    read = set[str]()
    for code in own.values():
        read |= set(attributes(node_of(code), ast.Load))
    meant = read - set(attributes(function.node, ast.Store))
    meant &= set(function.code.co_varnames)
    for node in function.own():
        match node:
            case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
                taken = name in attributes(value, ast.Load)
                thing = ast.Attribute(ast.Name("self"), target.id)
                if name in meant and not (
                    taken or is_method(thing, function.owner)
                ):
                    method = function.code.co_name
                    values = {"name": name, "method": method}
                    yield function.clue("shadows", node, **values)


def renamed(function: Ran) -> Iterator[Clue]:
    """Find an attribute that nothing reads, beside a similar one that is.

    That one keeps here what another method gave it.
    """
    own = function.code.co_name
    nodes = {n: node_of(c) for n, c in methods_of(function.owner).items()}
    if own not in nodes:
        return
    used = library_names(function.owner)
    for node in nodes.values():
        used |= {*attributes(node, ast.Load), *_texts(node)}
    others = [node for name, node in nodes.items() if name != own]
    kept = {name for node in others for name in attributes(node, ast.Store)}
    kept -= set(attributes(function.node, ast.Store))
    kept &= set(attributes(function.node, ast.Load))
    lines = [node for node in function.own() if isinstance(node, ast.Assign)]
    for node in lines:
        for name in set(attributes(node, ast.Store)) - used:
            for near in difflib.get_close_matches(name, kept, 1):
                values = {"name": name, "near": near, "method": own}
                yield function.clue("renamed", node, **values)


def _texts(node: ast.AST) -> Iterator[str]:
    """Give the texts in a piece of code: ``getattr`` takes a name as one."""
    for each in ast.walk(node):
        match each:
            case ast.Constant(value=str(text)):
                yield text


def kept_default(function: Ran) -> Iterator[Clue]:
    """Find a list among the parameters that has kept what was put into it."""
    kept = _defaults(function)
    arguments = function.node.args
    nodes = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
    for node, value in zip(nodes, kept, strict=False):
        match node:
            case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Call(args=[]):
                if type(value) in (list, dict, set) and value:
                    kind = type(value).__name__
                    yield function.clue("default", function.node, kind=kind)


def _defaults(function: Ran) -> list[Any]:
    owner = function.owner
    bases = owner.__mro__ if isinstance(owner, type) else ()
    things = [thing for base in bases for thing in vars(base).values()]
    for thing in [owner, *things]:
        if type(thing) is FunctionType and thing.__code__ is function.code:
            named = (thing.__kwdefaults__ or {}).values()
            return [*(thing.__defaults__ or ()), *named]
    return []
