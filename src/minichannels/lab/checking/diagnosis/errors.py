"""Which slip an error comes of.

An error of the library's own is known by its type and attributes, one of
Python's by its words: each slip has a pattern, and what its groups match
stands in the text. Some slips ask for a second look, which may find that it
is another one, or none.
"""

import ast
import builtins
import difflib
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import CodeType
from typing import Any

from minichannels.consumer.names import is_ours, library_names
from minichannels.exceptions import (
    ArgumentTypeError,
    InvalidNameError,
    MethodKindError,
    NoHandlerError,
    NotADictError,
    NoTypeError,
    ParametersError,
)
from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.clues import ALIKE, Clue
from minichannels.lab.checking.diagnosis.functions import (
    methods_of,
    node_of,
    owner_of,
    place_of,
)
from minichannels.lab.checking.diagnosis.lines.failing import (
    Case,
    expression,
    mishap_of,
)
from minichannels.lab.checking.diagnosis.lines.wordings import (
    PATTERNS,
    SECOND_LOOKS,
)
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.tracing import Trace
from minichannels.lab.checking.stage.miss import Raised, said

_TO_GROUPS = ("group_add", "group_discard", "group_send")

OURS: Mapping[str, Raised] = {
    "parameters": Raised(ParametersError),
    "async in sync": Raised(MethodKindError, is_async=True),
    "def in async": Raised(MethodKindError, is_async=False),
    "not a dict": Raised(NotADictError),
    "no type": Raised(NoTypeError),
    "other type": Raised(NoHandlerError),
    "swapped": Raised(InvalidNameError, kind="group"),
    "whole event": Raised(ArgumentTypeError, argument="text_data"),
}
"""Which error of the library a slip leads to, by the key of the slip."""

_LONGEST = 10_000
"""How much of what an error says is looked at."""


def of_error(
    error: BaseException,
    place: SourceLine | None,
    answer: Any,
    message: Event | None,
    trace: Trace,
) -> Clue | None:
    """Return the slip that an error comes of, if it is a known one.

    Args:
        error: the error.
        place: the learner's line.
        answer: the learner's class or function.
        message: what was handled then, if it came from the layer.
        trace: what was noted of the learner's functions.
    """
    case = _case(error, place, answer, message, trace)
    for key, values in _slips(error):
        clue = _looked_at(key, replace(case, values=values))
        if clue is not None:
            return Clue(clue.key, clue.place, {**values, **clue.values})
    return None


def _case(
    error: BaseException,
    place: SourceLine | None,
    answer: Any,
    message: Event | None,
    trace: Trace,
) -> Case:
    case = Case(error, place, owner_of(answer), message, ran=trace.codes())
    mishap = mishap_of(error, trace)
    if mishap is None:
        return case
    code = mishap.code
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    theirs = [f for f in frames if f.f_code is code][-1:]
    known = {name for frame in theirs for name in frame.f_globals}
    return replace(
        case,
        failed=expression(mishap),
        parameters=code.co_varnames[: code.co_argcount],
        variables=code.co_varnames,
        names=frozenset({*known, *code.co_varnames, *dir(builtins)}),
    )


def _slips(error: BaseException) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give the slips that may lead to an error."""
    for key, ours in OURS.items():
        if ours.fits(error):
            yield key, {}
    # What Python says is short; to look through megabytes takes seconds.
    text = said(error)[:_LONGEST]
    for key, pattern in PATTERNS.items():
        found = re.match(pattern, text, re.DOTALL)
        if found:
            yield key, found.groupdict()


def _looked_at(key: str, case: Case) -> Clue | None:
    look = _SECOND_LOOKS.get(key)
    return Clue(key, case.place) if look is None else look(case)


def _parameters(case: Case) -> Clue | None:
    method, wanted = case.error.method, case.error.wanted
    code = methods_of(_class_of(case)).get(method)
    if code is None:
        return Clue("parameters", case.place, {"wanted": wanted})
    first = code.co_varnames[: code.co_argcount][:1]
    key = "parameters" if first == ("self",) else "self missing"
    return Clue(key, place_of(code), {"wanted": wanted})


def _class_of(case: Case) -> Any:
    """Return the class whose method an error is about.

    The answer itself may be a router, or a middleware, around it.
    """
    owner = case.error.owner
    return case.owner if owner is object else owner


def _swapped(case: Case) -> Clue | None:
    """Look whether the name of a group is that of a channel."""
    if not str(case.error.name).startswith("specific"):
        return None
    frames = traceback.walk_tb(case.error.__traceback__)
    called = [frame.f_code.co_name for frame, _ in frames]
    values = {"call": next(each for each in called if each in _TO_GROUPS)}
    arguments = [*getattr(case.failed, "args", ())]
    written = [*map(ast.unparse, arguments)]
    if values["call"] != "group_send" and len({*written}) == 2:
        return Clue("swapped", case.place, values)
    return Clue("channel for group", case.place, values)


def _other_kind(case: Case) -> Clue:
    """Tell of a method that is async, or is not, where it is defined."""
    method = case.error.method
    key = "async in sync" if case.error.is_async else "def in async"
    owner = _class_of(case)
    code = methods_of(owner).get(method)
    place = case.place if code is None else place_of(code)
    bases = owner.__mro__ if isinstance(owner, type) else ()
    kind = next((b.__name__ for b in bases if is_ours(b)), "consumer")
    return Clue(key, place, {"method": method, "kind": kind})


def _other_type(case: Case) -> Clue:
    """Look which method of the learner's was meant to handle a message."""
    kind, handler = case.error.event_type, case.error.handler
    values = {"type": kind, "handler": handler}
    known = library_names(case.owner)
    own = {n: c for n, c in methods_of(case.owner).items() if n not in known}
    used = {code.co_name for code in case.ran}
    waiting = {
        name: code
        for name, code in own.items()
        if name not in used and code.co_argcount == 2
    }
    # Of several, one may be for another type.
    cutoff = 0 if len(waiting) == 1 else ALIKE
    near = difflib.get_close_matches(handler, waiting, n=1, cutoff=cutoff)
    if not near:
        return Clue("no such method", case.place, values)
    place = place_of(waiting[near[0]])
    key = "other type" if "." in kind else "type without a dot"
    return Clue(key, place, {**values, "near": near[0]})


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


_SECOND_LOOKS: Mapping[str, Callable[[Case], Clue | None]] = {
    "parameters": _parameters,
    "swapped": _swapped,
    "async in sync": _other_kind,
    "def in async": _other_kind,
    "other type": _other_type,
    "whole event": _whole_event,
    **SECOND_LOOKS,
}
