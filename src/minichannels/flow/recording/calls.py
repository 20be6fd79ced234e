"""Which lines of the developer's own code send something.

How it works: whoever sends stands in a row of calls, from the recorder's own
outward through a framework to the developer's function. The lines of that one
and of those that called it are noted, until the call of an ASGI application:
what stands outside of that (a middleware) has only passed the connection on.
Where a framework sends what a function has returned, no line of it sends.

A plain function that sends waits for a task of the event loop, which sends for
it. Both know the same future: so its thread is found.

Source: Python, "The standard type hierarchy" (frames, code objects).
"""

import sys
from asyncio import events, runners
from concurrent.futures import Future
from threading import get_ident
from types import CodeType, FrameType
from typing import Any

from minichannels.flow.journal.events import Call
from minichannels.flow.recording.tasks import FOR_THREADS, task_here
from minichannels.flow.recording.tracebacks import is_learners

DEEPEST = 100
"""How many calls outward a line is looked for."""

MOST = 5
"""How many lines are noted."""

REMEMBERED = 10_000
"""How many functions are remembered, with their lines."""

OURS = 5
"""How many calls of the recorder's own stand before any other, at least: to
pass them over takes no time, and to look at each of them most of it."""

WAITS = 8
"""How many calls deep a thread waits for what it has sent."""

_APPLICATION = ("scope", "receive", "send")
"""What an ASGI application is called with."""

# Behind these stands whoever runs the event loop, not who sends.
_LOOP = frozenset({events.Handle._run.__code__, runners.Runner.run.__code__})

_OTHERS, _LAST, _METHOD, _OWN = 0, 1, 2, 4
"""What a call is: whose code, whether nothing outward counts, of a method."""

# By the ids of code objects, whose hash is that of all their code. They are
# kept, so that an id stays that of one.
_known: dict[int, tuple[CodeType, int]] = {}

# Of them, what most calls are: passed over without a look at what they are.
_passed: dict[int, CodeType] = {}

# By the id of such code, and the instruction that it has come to: so many
# events share one, and to find out its line takes longer than all else.
_lines: dict[tuple[int, int], tuple[Call]] = {}


def calls(ours: int = OURS) -> tuple[Call, ...]:
    """Return the lines of own code that do what is noted, innermost first.

    Args:
        ours: how many calls of the recorder's own stand before them, at least.
    """
    found = _own(sys._getframe(ours))
    return found or _own(waiting_thread())


def _own(frame: FrameType | None) -> tuple[Call, ...]:
    """Return the calls of own code from here outward."""
    found: tuple[Call, ...] = ()
    passed = _passed
    for _ in range(DEEPEST):
        if frame is None:
            break
        code = frame.f_code
        if id(code) not in passed:
            _, kind = _known.get(id(code)) or _looked_at(code)
            if kind >= _OWN:
                place = id(code), frame.f_lasti
                # The first added is the whole: one for all with that line.
                found += _lines.get(place) or _call(frame, place)
            if kind & _LAST or len(found) == MOST:
                break
        frame = frame.f_back
    return found


def is_method(code: CodeType) -> bool:
    """Return whether code is that of a method."""
    _, kind = _known.get(id(code)) or _looked_at(code)
    return bool(kind & _METHOD)


def is_own(code: CodeType) -> bool:
    """Return whether code is the developer's own."""
    _, kind = _known.get(id(code)) or _looked_at(code)
    return bool(kind & _OWN)


def is_application(code: CodeType) -> bool:
    """Return whether code is that of an ASGI application, by its arguments."""
    return code.co_varnames[: code.co_argcount][-3:] == _APPLICATION


def is_loop(code: CodeType) -> bool:
    """Return whether code is that of an event loop, which calls what is due."""
    return code in _LOOP


def _looked_at(code: CodeType) -> tuple[CodeType, int]:
    """Return code and what it is, which is known from now on."""
    arguments = code.co_varnames[: code.co_argcount]
    is_last = arguments[-3:] == _APPLICATION or code in _LOOP
    kind = _LAST if is_last else _OTHERS
    if arguments[:1] == ("self",):
        kind |= _METHOD
    if is_learners(code.co_filename):
        kind |= _OWN
    if len(_known) >= REMEMBERED:
        _known.clear()
        _passed.clear()
        _lines.clear()
    _known[id(code)] = found = code, kind
    if not kind & (_LAST | _OWN):
        _passed[id(code)] = code
    return found


def _call(frame: FrameType, place: tuple[int, int]) -> tuple[Call]:
    """Return what a call is shown as, alone; it is known from now on."""
    code = frame.f_code
    line = frame.f_lineno or code.co_firstlineno  # some have none
    name = code.co_qualname.rpartition("<locals>.")[2]
    _lines[place] = call = ((code.co_filename, line, name),)
    return call


def waiting_thread() -> FrameType | None:
    """Return where the thread stands that this task sends for, if any."""
    task = task_here()
    coroutine: Any = task and task.get_coro()
    if getattr(coroutine, "__qualname__", "") not in FOR_THREADS:
        return None
    known = coroutine.cr_frame.f_locals.values()
    futures = [value for value in known if isinstance(value, Future)]
    others = sys._current_frames()
    del others[get_ident()]  # this call itself: it would be kept by itself
    for innermost in others.values():
        frame: FrameType | None = innermost
        for _ in range(WAITS):
            if frame is None:
                break
            if any(v is f for v in frame.f_locals.values() for f in futures):
                return frame
            frame = frame.f_back
    return None
