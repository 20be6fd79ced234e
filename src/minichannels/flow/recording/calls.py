"""Which lines of the developer's own code send something.

How it works: whoever sends stands in a row of calls, from the recorder's own
outward through a framework to the developer's function. The lines of that one
and of those that called it are noted, until the call of an ASGI application:
what stands outside of that (a middleware) has only passed the connection on.
Where a framework sends what a function has returned, no line of it sends.

Most frames of a connection are sent by the same row of calls. So whoever sends
them remembers a few rows: to compare with one, call by call, is quicker than to
ask of each call what it is. Which lines they are is remembered by the
instructions that the developer's own functions have come to.

A plain function that sends waits for a task of the event loop, which sends for
it. Both know what it waits for: so its thread is found.

Source: Python, "The standard type hierarchy" (frames, code objects).
"""

import asyncio
import sys
from asyncio import events, runners
from collections.abc import Callable
from concurrent.futures import Future
from operator import attrgetter
from threading import get_ident
from types import CodeType, FrameType, SimpleNamespace
from typing import Any, Protocol

from minichannels.consumer.threads import Sent
from minichannels.flow.journal.events import Call
from minichannels.flow.recording.tasks import FOR_THREADS, task_of
from minichannels.flow.recording.tracebacks import is_learners

DEEPEST = 100
"""How many calls outward a line is looked for."""

MOST = 5
"""How many lines are noted."""

REMEMBERED = 10_000
"""How many functions are remembered, with their lines."""

MOST_ROWS = 4
"""How many rows of calls whoever sends remembers."""

OURS = 5
"""How many calls of the recorder's own stand before any other, at least: to
pass them over takes no time, and to look at each of them most of it."""

WAITS = 8
"""How many calls deep a thread waits for what it has sent."""

_Calls = tuple[Call, ...]

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

# The code of all calls of a row, the innermost first; what gives of that one's
# frame the instructions that its own calls have come to; by these the lines.
Row = tuple[tuple[CodeType, ...], Callable[[Any], Any], dict[Any, _Calls]]

# Who has called the outermost.
_NOBODY = SimpleNamespace(f_code=None)

# By the ids of that code: whoever sends by the same row shares it.
_rows: dict[tuple[int, ...], Row] = {}

# By the id of such code, and the instruction that it has come to: so many
# events share one, and to find out its line takes longer than all else.
_lines: dict[tuple[int, int], tuple[Call]] = {}


class Sender(Protocol):
    """Whoever sends, and remembers how.

    Attributes:
        rows: the rows of calls that it last sent by; none at first.
    """

    rows: tuple[Row, ...]


def calls(
    ours: int = OURS, sender: Sender | None = None, may_wait: bool = True
) -> _Calls:
    """Return the lines of own code that do what is noted, innermost first.

    Args:
        ours: how many calls of the recorder's own stand before them, at least.
        sender: who sends, if it does so often.
        may_wait: whether a thread may wait for this task, which sends for it.
    """
    innermost = sys._getframe(ours)
    if sender is None:
        return _own(innermost) or _own_of_thread()
    for codes, instructions, lines in sender.rows:
        frame: Any = innermost
        for code in codes:
            if frame.f_code is not code:
                break
            frame = frame.f_back or _NOBODY
        else:
            found = lines.get(instructions(innermost))
            break
    else:
        found = None
    if found is None:
        found = _own(innermost)
        _remember(sender, innermost, found)
    return found or (_own_of_thread() if may_wait else ())


def _own_of_thread() -> _Calls:
    """Return the calls of own code in the thread that waits for this task."""
    frame = waiting_thread()
    return () if frame is None else _own(frame)


def _own(frame: FrameType | None) -> _Calls:
    """Return the calls of own code from here outward."""
    found: _Calls = ()
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


def _remember(sender: Sender, innermost: FrameType, found: _Calls) -> None:
    """Remember by which row of calls somebody sends, and its lines."""
    codes: list[CodeType] = []
    own: list[int] = []
    frame: FrameType | None = innermost
    while frame is not None and len(codes) < DEEPEST:
        _, kind = _known.get(id(frame.f_code)) or _looked_at(frame.f_code)
        if kind & _OWN:
            own.append(len(codes))
        codes.append(frame.f_code)
        if kind & _LAST or len(own) == MOST:
            break
        frame = frame.f_back
    else:  # of another row that goes on there it would be the beginning
        return
    row = _row(codes, own)
    row[2][row[1](innermost)] = found
    others = (each for each in sender.rows if each is not row)
    sender.rows = (row, *others)[:MOST_ROWS]


def _row(codes: list[CodeType], own: list[int]) -> Row:
    """Return a row of calls, to which lines may be added.

    Args:
        codes: the code of its calls, the innermost first.
        own: which of them are the developer's own.
    """
    # By their ids: a cell that was run again is equal to what it was.
    ids = tuple(map(id, codes))
    row = _rows.get(ids)
    if row is None or len(row[2]) >= REMEMBERED:
        if len(_rows) >= REMEMBERED:
            _rows.clear()
        row = _rows[ids] = tuple(codes), _instructions_at(own), {}
    return row


def _instructions_at(places: list[int]) -> Callable[[Any], Any]:
    """Return what gives the instructions of calls, so far outward of one."""
    # Without a function of ours: it is asked at each send.
    return attrgetter(
        *["f_back." * place + "f_lasti" for place in places or [0]]
    )


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
    task = task_of(asyncio._get_running_loop())  # task_here(), but quicker
    coroutine: Any = task and task.get_coro()
    if getattr(coroutine, "__qualname__", "") not in FOR_THREADS:
        return None
    known = coroutine.cr_frame.f_locals.values()
    awaited = [value for value in known if isinstance(value, Future | Sent)]
    others = sys._current_frames()
    del others[get_ident()]  # this call itself: it would be kept by itself
    for innermost in others.values():
        frame: FrameType | None = innermost
        for _ in range(WAITS):
            if frame is None:
                break
            if any(v is f for v in frame.f_locals.values() for f in awaited):
                return frame
            frame = frame.f_back
    return None
