"""Which slip an error comes of.

An error of the library's own is known by its type and attributes, one of
Python's by its words: each slip has a pattern, and what its groups match
stands in the text. Some slips ask for a second look, which may find that it
is another one, or none.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any

from minichannels.consumer.names import library_names
from minichannels.exceptions import (
    ArgumentTypeError,
    InvalidNameError,
    MethodKindError,
    NotADictError,
    NoTypeError,
    ParametersError,
)
from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import (
    methods_of,
    node_of,
    owner_of,
    place_of,
)
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.stage.raised import Raised, said

OURS: Mapping[str, Raised] = {
    "parameters": Raised(ParametersError),
    "async in sync": Raised(MethodKindError, is_async=True),
    "def in async": Raised(MethodKindError, is_async=False),
    "not a dict": Raised(NotADictError),
    "no type": Raised(NoTypeError),
    "swapped": Raised(InvalidNameError, kind="group"),
    "whole event": Raised(ArgumentTypeError, argument="text_data"),
}
"""Which error of the library a slip leads to, by the key of the slip."""

PATTERNS: Mapping[str, str] = {
    "not async": r"\w+: object \w+ can't be used in 'await' expression",
    "missing argument": r"\w+: (?P<call>group_\w+)\(\) missing",
    "a dict": r"AttributeError: 'dict' object has no attribute",
    "no key": r"KeyError: '(?P<key>.*)'",
    "on self": r"NameError: name '(?P<name>\w+)' is not defined",
    "method": r".*\b(builtin_function_or_method|method)\b",
}
"""What an error of Python's says, by the key of the slip."""


@dataclass(frozen=True)
class Case:
    """An error, and what is known around it.

    Attributes:
        error: the error, of the type that the slip asks for.
        place: the learner's line.
        owner: the learner's class or function.
        message: what was handled then, if it came from the layer.
        values: what the groups of a pattern have matched.
    """

    error: Any
    place: SourceLine | None
    owner: Any
    message: Event | None
    values: Mapping[str, str] = field(default_factory=dict)


def of_error(
    error: BaseException,
    place: SourceLine | None,
    answer: Any,
    message: Event | None,
) -> Clue | None:
    """Return the slip that an error comes of, if it is a known one.

    Args:
        error: the error.
        place: the learner's line.
        answer: the learner's class or function.
        message: what was handled then, if it came from the layer.
    """
    case = Case(error, place, owner_of(answer), message)
    for key, values in _slips(error):
        clue = _looked_at(key, replace(case, values=values))
        if clue is not None:
            return Clue(clue.key, clue.place, {**values, **clue.values})
    return None


def _slips(error: BaseException) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give the slips that may lead to an error."""
    for key, ours in OURS.items():
        if ours.fits(error):
            yield key, {}
    for key, pattern in PATTERNS.items():
        found = re.match(pattern, said(error), re.DOTALL)
        if found:
            yield key, found.groupdict()


def _looked_at(key: str, case: Case) -> Clue | None:
    look = _SECOND_LOOKS.get(key)
    return Clue(key, case.place) if look is None else look(case)


def _parameters(case: Case) -> Clue | None:
    method, wanted = case.error.method, case.error.wanted
    code = methods_of(case.owner).get(method)
    if code is None:
        return Clue("parameters", case.place, {"wanted": wanted})
    first = code.co_varnames[: code.co_argcount][:1]
    key = "parameters" if first == ("self",) else "self missing"
    return Clue(key, place_of(code), {"wanted": wanted})


def _swapped(case: Case) -> Clue | None:
    """Look whether the name of a group is that of a channel."""
    is_channel = str(case.error.name).startswith("specific")
    return Clue("swapped", case.place) if is_channel else None


def _whole_event(case: Case) -> Clue | None:
    """Look whether the line sends a parameter as it is."""
    place = case.place
    code = methods_of(case.owner).get(place.function) if place else None
    is_event = case.message is not None and issubclass(case.error.given, dict)
    if code is None or place is None or not is_event:
        return None
    own = code.co_varnames[1 : code.co_argcount]
    for value in _arguments_in(code, place.line):
        if isinstance(value, ast.Name) and value.id in own:
            return Clue("whole event", place, {"name": value.id})
    return None


def _arguments_in(code: CodeType, line: int) -> Iterator[ast.expr]:
    for node in ast.walk(node_of(code)):
        if isinstance(node, ast.Call) and node.lineno == line:
            yield from (*node.args, *(each.value for each in node.keywords))


def _no_key(case: Case) -> Clue | None:
    message = case.message
    if message is None or case.values["key"] in message.payload:
        return None
    keys = ", ".join(f"`{key}`" for key in ("type", *message.payload))
    values = {"keys": keys, "handler": message.handler}
    return Clue("no key", case.place, values)


def _on_self(case: Case) -> Clue | None:
    """Look where else the class has such a name."""
    owner = case.owner
    if not isinstance(owner, type):
        return None
    name, methods = case.values["name"], methods_of(owner)
    known = library_names(owner) | {n for b in owner.__mro__ for n in vars(b)}
    if name in known or f"self.{name}" in map(
        ast.unparse, _attributes(methods)
    ):
        return Clue("on self", case.place)
    for method, code in methods.items():
        if name in code.co_varnames:
            return Clue("local", case.place, {"method": method})
    return None


def _attributes(methods: Mapping[str, Any]) -> list[ast.expr]:
    return [
        node
        for code in methods.values()
        for node in ast.walk(node_of(code))
        if isinstance(node, ast.Attribute)
    ]


_SECOND_LOOKS: Mapping[str, Callable[[Case], Clue | None]] = {
    "parameters": _parameters,
    "swapped": _swapped,
    "whole event": _whole_event,
    "no key": _no_key,
    "on self": _on_self,
}
