"""Clues: which slip it was, if it is a known one, and in which line.

How it works: a clue comes from what happened. An error is known by its words
(``diagnosis.errors``). If nothing was raised, the lines that ran are looked at
(``diagnosis.search``). A clue makes a message clearer; it never decides whether
an exercise is solved.
"""

import asyncio
import difflib
import inspect
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.consumer.names import library_names
from minichannels.exceptions import (
    AcceptConnection,
    DenyConnection,
    StopConsumer,
)
from minichannels.flow import Event
from minichannels.lab.checking.diagnosis.caught import Caught
from minichannels.lab.checking.diagnosis.functions import (
    code_of,
    handler_of,
    methods_of,
    owner_of,
    place_of,
)
from minichannels.lab.checking.sandbox.mishaps import Mishap
from minichannels.lab.checking.sandbox.output import Output
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.tracing import Trace

ALIKE = 0.8
"""How similar two names are, at least, if nothing else tells that one is meant.

More than `connect` and `disconnect` are.
"""

_WORDS = (StopConsumer, AcceptConnection, DenyConnection)
"""What a consumer raises to tell the library something."""

_LAYER = ("group_add", "group_discard", "group_send")


@dataclass(frozen=True)
class Clue:
    """A slip.

    Attributes:
        key: of its text, in ``texts.slips``.
        place: the learner's line, if it is known.
        values: what stands in the text.
    """

    key: str
    place: SourceLine | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def idle_event(events: Sequence[Event]) -> Event | None:
    """Return the event that was handled last, if nothing came of it."""
    handled = [e for e in events if e.traits.hands]
    if not handled:
        return None
    last = handled[-1]
    acts = [event for event in events if event.traits.by_code]
    # That the client goes may come of what was done before.
    if last.type not in ("websocket.disconnect", "http.disconnect"):
        acts = [event for event in acts if event.cause == last.seq]
    return None if acts else last


def of_silence(answer: Any, handler: str, output: Output) -> Clue | None:
    """Return why nothing was sent.

    Args:
        answer: the learner's class or function.
        handler: the method that ran, if the answer is a class.
        output: what was printed.
    """
    owner = owner_of(answer)
    if output.printed_at is not None:
        return Clue("printed", output.printed_at)
    if handler_of(owner, handler) is None:
        return _of_a_missing_method(owner, handler)
    return None


def of_misspelling(answer: Any, handlers: Sequence[str]) -> Clue | None:
    """Return which method has nearly the name of one that the library ran."""
    owner = owner_of(answer)
    for handler in handlers:
        if handler and handler_of(owner, handler) is None:
            clue = _of_a_missing_method(owner, handler, ALIKE)
            if clue is not None and clue.key == "misspelled":
                return clue
    return None


def of_near_override(
    answer: Any, handlers: Sequence[str], ran: Collection[CodeType]
) -> Clue | None:
    """Return which method has nearly the name of one that ran instead.

    That one is of a class of the lesson, from which the learner's derives.

    Args:
        answer: the learner's class or function.
        handlers: the methods that ran.
        ran: the code of what ran of the learner's.
    """
    owner = owner_of(answer)
    own = vars(owner) if isinstance(owner, type) else {}
    inherited = {each for each in handlers if each} - own.keys()
    for name, code in ((n, code_of(thing)) for n, thing in own.items()):
        near = difflib.get_close_matches(name, inherited, n=1, cutoff=ALIKE)
        if near and code is not None and code not in ran:
            values = {"name": name, "near": near[0]}
            return Clue("near override", place_of(code), values)
    return None


def _of_a_missing_method(
    owner: Any, handler: str, cutoff: float = 0.6
) -> Clue | None:
    if not isinstance(owner, type) or not handler:
        return None
    known = library_names(owner)
    own = {n: code for n, code in methods_of(owner).items() if n not in known}
    near = difflib.get_close_matches(handler, own, n=1, cutoff=cutoff)
    if not near:
        return Clue("no method", None, {"handler": handler})
    place = place_of(own[near[0]])
    return Clue("misspelled", place, {"handler": handler, "near": near[0]})


def of_replacing(answer: Any, handlers: Sequence[str]) -> Clue | None:
    """Return which handler's method takes the place of the library's."""
    owner = owner_of(answer)
    if not isinstance(owner, type):
        return None
    own = methods_of(owner)
    for handler in filter(None, handlers):
        method = f"websocket_{handler}"
        if method in own and method in library_names(owner):
            values = {"method": method, "handler": handler}
            return Clue("replaced", place_of(own[method]), values)
    return None


def of_hidden(
    caught: Caught, *, late: bool = False, provoked: bool = False
) -> Clue:
    """Return what is said of an exception that the learner's code hid.

    Args:
        caught: the exception.
        late: whether it came of the check, whose time was up.
        provoked: whether the scenario brought it about, and no line.
    """
    mishap = caught.mishap
    said = mishap.text.removesuffix(".")  # the sentence has one of its own
    text = f": {said}" if said else ""
    values = {
        "how": caught.how,
        "at": caught.place.line,
        "line": mishap.origin.line if mishap.origin is not None else "",
        "a": "an" if mishap.name[:1] in "AEIOU" else "a",
        "name": mishap.name,
        "error": f"{mishap.name}{text}",
    }
    if provoked:
        return Clue("provoked", caught.place, values)
    key = "hidden"
    if issubclass(mishap.error, asyncio.CancelledError):
        key = "uncancelled" if late else "cancelled"
    return Clue(key, mishap.origin, values)


def of_lost(
    trace: Trace, since: int, expected: str, seen: Collection[int] = ()
) -> Clue | None:
    """Return the error that ended a task or a thread, and that nobody saw.

    Args:
        trace: what ran.
        since: the number of arrival at which the scenario's last step began.
        expected: a right answer; what it names may be raised.
        seen: the ids of errors that came to whoever called.
    """
    for mishap in reversed(trace.mishaps):
        is_lost = mishap.fate == "escaped" and mishap.ident not in (0, *seen)
        is_meant = mishap.name in expected or not _is_an_error(mishap)
        if is_lost and not is_meant and mishap.arrival >= since:
            told = of_hidden(Caught(mishap, "", place_of(mishap.code), True))
            values = {**told.values, "function": mishap.code.co_name}
            return Clue("task raised", mishap.origin, values)
    return None


def _is_an_error(mishap: Mishap) -> bool:
    """Return whether an exception is one, and no word to the library."""
    return issubclass(mishap.error, Exception) and not issubclass(
        mishap.error, _WORDS
    )


def is_async(owner: Any) -> bool:
    """Return whether the methods of a class run on the event loop."""
    return (
        isinstance(owner, type)
        and issubclass(owner, AsyncConsumer)
        and not issubclass(owner, SyncConsumer)
    )


def of_second_loop(answer: Any, place: SourceLine | None) -> Clue | None:
    """Return whether a plain method of an async consumer wanted a loop."""
    function = place.function if place is not None else ""
    owner = owner_of(answer)
    code = methods_of(owner).get(function)
    waits = code is not None and code.co_flags & inspect.CO_COROUTINE
    if code is None or waits or not is_async(owner):
        return None
    return Clue("def on the loop", place, {"function": function})


def of_forgotten(
    answer: Any, call: str, output: Output, ran: Iterable[CodeType] = ()
) -> Clue:
    """Return how a call that was not awaited is written.

    Args:
        answer: the learner's class or function.
        call: what was not awaited.
        output: what was printed, and where the call was.
        ran: the code of what ran of the learner's.
    """
    layer = "self.channel_layer." if call in _LAYER else "…."
    function = output.place.function if output.place is not None else ""
    values = {"call": call, "of": layer, "function": function}
    if output.unwrapped:
        return Clue("brackets", output.place, values)
    owner = owner_of(answer)
    codes = {code.co_name: code for code in ran} | methods_of(owner)
    if output.place is not None and function.startswith("<"):
        function = _around(output.place, codes.values())
        values["function"] = function
    code = codes.get(function)
    is_plain = code is not None and not code.co_flags & inspect.CO_COROUTINE
    # What runs on the event loop cannot be a plain function and wait.
    is_consumer = isinstance(owner, type) and function != "__call__"
    on_loop = not is_consumer or is_async(owner)
    plainly = "async" if on_loop else "wrap"
    return Clue(plainly if is_plain else "await", output.place, values)


def _around(place: SourceLine, codes: Iterable[CodeType]) -> str:
    """Return the function that a line's comprehension, or lambda, stands in."""
    before = [
        (code.co_firstlineno, code.co_name)
        for code in codes
        if code.co_filename == place.file
        and code.co_firstlineno <= place.line
        and not code.co_name.startswith("<")
    ]
    return max(before, default=(0, ""))[1]
