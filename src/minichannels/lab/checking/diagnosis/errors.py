"""Which slip an error comes of, by its words.

Each slip has a pattern; what its groups match stands in the text. Some slips
ask for a second look, which may find that it is another one, or none.
"""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from minichannels.consumer.handlers import library_names
from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.clues import Clue
from minichannels.lab.checking.diagnosis.functions import (
    methods_of,
    node_of,
    owner_of,
    place_of,
)
from minichannels.lab.checking.sandbox.frames import SourceLine

PATTERNS: Mapping[str, str] = {
    "parameters": r"\w+: \S*\.(?P<method>\w+)\(\) has other parameters"
    r".* write '(?P<wanted>.*)'",
    "async in sync": r"\w+: \S+ is an 'async def'",
    "def in async": r"\w+: \S+ is a plain function; write 'async def'",
    "not async": r"\w+: object \w+ can't be used in 'await' expression",
    "not a dict": r"\w+: a message is a dict with a 'type', not",
    "no type": r"\w+: a message needs a 'type'",
    "swapped": r"\w+: invalid group name 'specific",
    "missing argument": r"\w+: (?P<call>group_\w+)\(\) missing",
    "whole event": r"\w+: text_data is str, not dict",
    "a dict": r"AttributeError: 'dict' object has no attribute",
    "no key": r"KeyError: '(?P<key>.*)'",
    "on self": r"NameError: name '(?P<name>\w+)' is not defined",
    "method": r".*\b(builtin_function_or_method|method)\b",
}
"""What an error says, by the key of the slip."""

Values = dict[str, str]


def of_error(
    said: str, place: SourceLine | None, answer: Any, message: Event | None
) -> Clue | None:
    """Return the slip that an error comes of, if it is a known one.

    Args:
        said: the error's kind, a colon and its text.
        place: the learner's line.
        answer: the learner's class or function.
        message: what was handled then, if it came from the layer.
    """
    owner = owner_of(answer)
    for key, pattern in PATTERNS.items():
        found = re.match(pattern, said, re.DOTALL)
        if found:
            values, look = found.groupdict(), _SECOND_LOOKS.get(key)
            clue: Clue | None = Clue(key, place)
            if look is not None:
                clue = look(values, place, owner, message)
            if clue is not None:
                return Clue(clue.key, clue.place, {**values, **clue.values})
    return None


def _parameters(
    values: Values, place: SourceLine | None, owner: Any, message: Event | None
) -> Clue | None:
    code = methods_of(owner).get(values["method"])
    if code is None:
        return Clue("parameters", place)
    first = code.co_varnames[: code.co_argcount][:1]
    key = "parameters" if first == ("self",) else "self missing"
    return Clue(key, place_of(code))


def _whole_event(
    values: Values, place: SourceLine | None, owner: Any, message: Event | None
) -> Clue | None:
    """Look whether the line sends a parameter as it is."""
    code = methods_of(owner).get(place.function) if place else None
    if code is None or place is None or message is None:
        return None
    own = code.co_varnames[1 : code.co_argcount]
    for node in ast.walk(node_of(code)):
        if isinstance(node, ast.Call) and node.lineno == place.line:
            given = [*node.args, *(each.value for each in node.keywords)]
            for value in given:
                if isinstance(value, ast.Name) and value.id in own:
                    return Clue("whole event", place, {"name": value.id})
    return None


def _no_key(
    values: Values, place: SourceLine | None, owner: Any, message: Event | None
) -> Clue | None:
    if message is None or values["key"] in message.payload:
        return None
    keys = ", ".join(f"`{key}`" for key in ("type", *message.payload))
    return Clue("no key", place, {"keys": keys, "handler": message.handler})


def _on_self(
    values: Values, place: SourceLine | None, owner: Any, message: Event | None
) -> Clue | None:
    """Look where else the class has such a name."""
    if not isinstance(owner, type):
        return None
    name, methods = values["name"], methods_of(owner)
    known = library_names(owner) | {n for b in owner.__mro__ for n in vars(b)}
    if name in known or f"self.{name}" in map(
        ast.unparse, _attributes(methods)
    ):
        return Clue("on self", place)
    for method, code in methods.items():
        if name in code.co_varnames:
            return Clue("local", place, {"method": method})
    return None


def _attributes(methods: Mapping[str, Any]) -> list[ast.expr]:
    return [
        node
        for code in methods.values()
        for node in ast.walk(node_of(code))
        if isinstance(node, ast.Attribute)
    ]


_SECOND_LOOKS: Mapping[
    str, Callable[[Values, SourceLine | None, Any, Event | None], Clue | None]
] = {
    "parameters": _parameters,
    "whole event": _whole_event,
    "no key": _no_key,
    "on self": _on_self,
}
