"""Which slip a miss comes of, if nothing was raised.

The finders have an order: what ran, and cannot have been meant so, comes first.
Only of a handler that has sent nothing it is asked what it did instead.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from types import CodeType
from typing import Any

from minichannels.consumer.names import library_names
from minichannels.flow import Event
from minichannels.flow.journal.payloads import words
from minichannels.lab.checking.diagnosis.clues import (
    Clue,
    of_misspelling,
    of_near_override,
    of_silence,
)
from minichannels.lab.checking.diagnosis.functions import (
    code_of,
    handler_of,
    methods_of,
    owner_of,
    place_of,
)
from minichannels.lab.checking.diagnosis.groups import astray, strangers
from minichannels.lab.checking.diagnosis.lines.kept import (
    met,
    read_of_class,
    shared,
)
from minichannels.lab.checking.diagnosis.lines.lost import (
    by_letters,
    joined_letters,
    never_changed,
    not_handed_on,
    replaced,
)
from minichannels.lab.checking.diagnosis.lines.odd import (
    always_so,
    first_turn,
    kept_default,
    never_called,
    renamed,
    same_object,
    shadowing,
    turned_around,
)
from minichannels.lab.checking.diagnosis.lines.ran import Ran, ran
from minichannels.lab.checking.diagnosis.lines.sent import (
    hooked,
    no_else,
    returned,
    stopped,
    unanswered,
    unfilled,
    unreached,
)
from minichannels.lab.checking.diagnosis.lines.turns import (
    anew_in_a_call,
    anew_in_a_turn,
    counted_late,
    last_turn,
    not_counted,
    set_back,
    unreachable,
)
from minichannels.lab.checking.diagnosis.lines.unused import (
    always_true,
    asserts_less,
    not_asserted,
    unread,
    unused,
)
from minichannels.lab.checking.diagnosis.lines.values import (
    method_kept,
    none_kept,
)
from minichannels.lab.checking.sandbox.output import Output
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.tracing import Trace

_FINDERS: Sequence[Callable[[Ran], Iterator[Clue]]] = (
    never_called,
    unreachable,
    turned_around,
    always_so,
    same_object,
    unused,
    first_turn,
    last_turn,
    kept_default,
    anew_in_a_turn,
    anew_in_a_call,
    not_counted,
    shadowing,
    renamed,
    set_back,
    replaced,
    joined_letters,
)

# What a line made, and the one that failed did not take.
_WASTED = {"result unused", "unread"}


@dataclass(frozen=True)
class Scene:
    """What is known of a miss.

    Attributes:
        answer: the learner's class or function.
        trace: what ran of it.
        acts: what it did since the scenario's last step.
        events: all that happened.
        place_of: tells which of the learner's lines did it, if that is known.
        output: what was printed.
        idle: whether what ran last has sent nothing, though it might have.
        handler: the method of a class that ran last.
        handlers: those that ran since the scenario's last step.
        shares: whether it is right to keep something for all calls.
        since: the number of arrival at which the last step began.
        is_test: whether the answer is a test.
        is_called: whether the scenario reads what the answer returns.
        is_over: whether a function got the client's goodbye: nothing is sent
            after that.
        is_alike: whether it is a test that passed for another answer.
        is_passed: whether something was passed over that came meanwhile.
        changes: what a right answer changes of ``self`` in its handlers.
        missing: the call or the event that did not come, if that is known.
    """

    answer: Any
    trace: Trace
    acts: Sequence[Event]
    events: Sequence[Event]
    place_of: Callable[[Event], SourceLine | None]
    output: Output
    idle: bool
    handler: str = ""
    handlers: Sequence[str] = ()
    shares: bool = False
    since: int = 0
    is_test: bool = False
    is_called: bool = False
    is_over: bool = False
    is_alike: bool = False
    is_passed: bool = False
    changes: Set[str] = frozenset()
    missing: str = ""


def of_miss(scene: Scene) -> Clue | None:
    """Return the slip that a miss comes of, if it is a known one."""
    functions = ran(scene.answer, scene.trace, scene.since)
    sent = " ".join(f"{act.group} {act.payload}" for act in scene.acts)
    clues = itertools.chain(
        *(always_true(each) for each in functions if scene.is_test),
        *(not_asserted(each) for each in functions if scene.is_test),
        *(asserts_less(each) for each in functions if scene.is_alike),
        *(counted_late(each) for each in functions if scene.is_passed),
        *(
            returned(each, is_plain=True)
            for each in functions
            if (scene.missing or not scene.acts) and not scene.is_called
            if _is_handler(each.code, scene)
        ),
        *(find(each) for find in _FINDERS for each in functions),
        *(by_letters(each, scene.events) for each in functions),
        *(unfilled(each, sent) for each in functions),
        *(none_kept(each, sent) for each in functions),
        *(method_kept(each, sent) for each in functions),
        astray(scene.acts, scene.events, scene.place_of),
        strangers(scene.acts, scene.events, scene.place_of),
        *(unanswered(each, scene.acts) for each in functions),
        *(no_else(each, scene.acts, scene.place_of) for each in functions),
        *(unread(each) for each in functions),
        *(not_handed_on(each) for each in functions),
        *(never_changed(each, functions, scene.changes) for each in functions),
        *(shared(each) for each in functions if not scene.shares),
        *(read_of_class(each) for each in functions),
        *(stopped(each, scene.missing) for each in functions),
        _of_silence(scene, functions) if scene.idle else (),
        *(
            unreached(each, scene.missing)
            for each in functions
            if not scene.acts and not scene.is_over
        ),
        *(
            unreached(each, scene.missing, surely=True)
            for each in functions
            if scene.acts and scene.missing
        ),
        filter(None, [of_misspelling(scene.answer, scene.handlers)]),
        filter(None, [_of_near_override(scene)]),
    )
    return next(clues, None)


def of_waiting(
    answer: Any, trace: Trace, place: SourceLine | None
) -> Clue | None:
    """Return whether a line that waited in vain waits at what all share."""
    at = place.line if place is not None else 0
    clues = (clue for each in ran(answer, trace) for clue in met(each))
    return next((clue for clue in clues if _line(clue) == at), None)


def of_refused(
    scene: Scene, error: BaseException, place: SourceLine | None
) -> Clue | None:
    """Return the slip that led to an error whose own words do not tell it.

    Args:
        scene: what is known besides.
        error: the error.
        place: the learner's line that it came up in.
    """
    functions, said = ran(scene.answer, scene.trace), words(error)
    braces = (clue for each in functions for clue in unfilled(each, said))
    wasted = (
        clue
        for each in functions
        if place is not None and each.code.co_name == place.function
        for clue in itertools.chain(unused(each), unread(each))
        if clue.key in _WASTED and _line(clue) < place.line
    )
    always = (clue for each in functions for clue in always_so(each))
    return next(itertools.chain(braces, wasted, always), None)


def of_wrong_value(
    scene: Scene, error: BaseException, place: SourceLine | None
) -> Clue | None:
    """Return which line made the value that an error is about, if it shows.

    Args:
        scene: what is known besides.
        error: the error.
        place: the learner's line that it came up in.
    """
    functions, said = ran(scene.answer, scene.trace), words(error)
    clues = (
        clue
        for each in functions
        for find in (none_kept, method_kept)
        for clue in find(each, said)
        if place is not None and clue.values.get("name", "") in place.code
    )
    return next(clues, None)


def _with_uncalled(clue: Clue, scene: Scene) -> Clue:
    """Return that a method is missing, with the one that nobody called."""
    owner = owner_of(scene.answer)
    own = methods_of(owner).items()
    named = library_names(owner)
    called = scene.trace.codes()
    others = [
        (name, code)
        for name, code in own
        if code not in called and name not in named
    ]
    if len(others) != 1:
        return clue
    ((name, code),) = others
    return Clue("uncalled", place_of(code), {**clue.values, "name": name})


def _of_near_override(scene: Scene) -> Clue | None:
    codes = scene.trace.codes()
    return of_near_override(scene.answer, scene.handlers, codes)


def _is_handler(code: CodeType, scene: Scene) -> bool:
    """Return whether a function is one that the library, or the server, calls.

    Inside of a router or a middleware, a handler is known by its name alone.
    """
    owner = owner_of(scene.answer)
    called = {handler_of(owner, each) for each in ("", *scene.handlers)}
    within = code_of(owner) is None and not isinstance(owner, type)
    return code in called or (within and code.co_name in scene.handlers)


def _line(clue: Clue) -> int:
    return clue.place.line if clue.place is not None else 0


def _of_silence(scene: Scene, functions: Sequence[Ran]) -> Iterator[Clue]:
    clue = of_silence(scene.answer, scene.handler, scene.output)
    if clue is not None and clue.key == "no method":
        clue = _with_uncalled(clue, scene)
    if clue is not None:
        yield clue
    code = handler_of(owner_of(scene.answer), scene.handler)
    for function in functions:
        if function.code is code:
            yield from hooked(function)
            yield from returned(function)
            if not scene.is_over:
                yield from unreached(function, scene.missing)
