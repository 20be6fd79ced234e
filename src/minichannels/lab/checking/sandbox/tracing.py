"""What happened inside of the learner's code: which lines ran, what was caught.

How it works: Python calls a function of ours for each call in a thread
(``sys.settrace``). For the learner's functions it asks to be called for each
line and each exception, too; for all others it asks for nothing. Only threads
of a check are traced; and of what runs on its event loop, only the steps of
what may be the learner's (:meth:`Trace.each_step`). For a thread that is traced
is slow, whatever runs in it.

An exception that reaches a function is pending there. When the function ends,
its last instruction tells how: if it returns, what was pending has been
swallowed by it.

Rule 1: it only takes notes. What they mean, ``lab.checking.diagnosis`` says.
"""

import dis
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine, Generator, Iterator, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, TypeVar

from minichannels.exceptions import type_name
from minichannels.flow.journal.events import next_id
from minichannels.flow.journal.payloads import words
from minichannels.lab.checking.sandbox.stack_frames import (
    IsOwn,
    SourceLine,
    innermost,
    is_learners,
)

MOST = 200
"""How many exceptions are noted, and how many lines after each of them."""

DEEPEST = 100
"""How deep calls of one function are followed: Python allows 1,000 in all."""

ACTING: ContextVar[tuple[int, ...]] = ContextVar("acting", default=())
"""The threads of the learner's functions that wait for what runs now.

The last one is that of the innermost: what a sync handler calls runs in another
thread, in a copy of its context.
"""

T = TypeVar("T")

Tracer = Callable[[FrameType, str, Any], Any]

# Python's own way to say that a loop, or an await, is done.
_NO_ERRORS = (StopIteration, StopAsyncIteration, GeneratorExit)
# Where a function stands that only waits: from Python 3.13 on, one further.
_WAITS = ("YIELD_VALUE", "RESUME")


@dataclass
class Mishap:
    """An exception in a function of the learner's.

    Attributes:
        error: its type.
        name: the name of its type.
        text: what it says.
        origin: the learner's line that it came from.
        code: the function.
        line: the function's line that it came through.
        instruction: the index of the instruction there.
        after: the function's lines that ran after it.
        arrival: its number among all that arrived.
        ident: its id; 0 when it is gone, for then it may be another's.
        fate: ``pending``, ``escaped``, ``replaced`` by another one, or
            ``swallowed``.
    """

    error: type[BaseException]
    name: str
    text: str
    origin: SourceLine | None
    code: CodeType
    line: int
    instruction: int
    arrival: int
    ident: int
    after: list[int] = field(default_factory=list)
    fate: str = "pending"


class _Function:
    """What is noted of a function, and how it is traced.

    Attributes:
        code: its code; it is kept, for its id must not become another's.
        is_learners: whether the learner wrote it.
        ran: its lines that ran, each with its last number of arrival.
        depth: how many of its calls have not ended.
    """

    def __init__(self, code: CodeType, look: Callable[..., None]) -> None:
        self.code = code
        self.is_learners = is_learners(code.co_filename)
        self.ran: dict[int, int] = {}
        self.depth = 0
        self._look = look

    def trace(self, frame: FrameType, event: str, arg: Any) -> Tracer:
        """Take note of what happens in one of its calls."""
        if event == "line":
            self.ran[frame.f_lineno] = next_id()
        elif event == "return":
            self.depth -= 1
            ACTING.set(ACTING.get()[:-1])
        self._look(frame, event, arg)
        return self.trace


class Trace:
    """What is noted of the learner's code while it is checked.

    Attributes:
        mishaps: the exceptions, in order.
        following: the threads that are traced, each with who traces it
            besides, such as a debugger.
        stopped: whether they shall go on untraced.
        late: the number of arrival from which on exceptions come of the
            check, whose time was up.
        is_own: tells whether a file is the cell that is tested. A number of a
            line means nothing in any other cell.
    """

    def __init__(self) -> None:
        self.mishaps: list[Mishap] = []
        self.following: dict[int, Any] = {}
        self.stopped = False
        self.late: int | None = None
        self.is_own: IsOwn = is_learners
        self._noted: dict[int, _Function] = {}  # by the ids of their codes
        self._known: dict[int, _Function | None] = {}  # and all others
        self._others_codes: list[CodeType] = []
        self._pending: dict[int, list[Mishap]] = {}
        # As long as an exception is kept, no other one gets its id.
        self._kept: dict[int, list[BaseException]] = {}
        self._over = False

    # What is known

    def lines_of(self, code: CodeType, since: int = 0) -> Set[int]:
        """Return the lines of a function that ran, from an arrival on."""
        function = self._noted.get(id(code))
        ran = {} if function is None else function.ran
        return {line for line, arrival in ran.items() if arrival >= since}

    def codes(self) -> list[CodeType]:
        """Return the functions of the tested cell that ran."""
        codes = (each.code for each in self._noted.values())
        return [code for code in codes if self.is_own(code.co_filename)]

    # Tracing

    def follow(self) -> None:
        """Trace this thread from its next call on."""
        if not self.stopped:
            others = sys.gettrace()
            self.following[threading.get_ident()] = others
            sys.settrace(
                self.called if others is None else self._beside(others)
            )

    @contextmanager
    def on(self) -> Iterator[None]:
        """Trace this thread for a while, if it is not traced already."""
        if self.is_on():
            yield
        else:
            self.follow()
            try:
                yield
            finally:
                self.leave()

    def is_on(self) -> bool:
        """Return whether this thread is traced."""
        return threading.get_ident() in self.following

    def each_step(self, coroutine: Coroutine[Any, Any, T]) -> "TracedSteps[T]":
        """Return a coroutine of which each step is traced, for a task."""
        return TracedSteps(coroutine, self)

    def end(self) -> None:
        """Take no further note of exceptions: the scenario is over."""
        self._over = True

    def time_is_up(self) -> None:
        """Take note that what is raised from now on may come of the check."""
        self.late = next_id()

    def stop(self) -> None:
        """Have all threads go on untraced, each from its next call on."""
        self.stopped = True
        self._known.clear()  # so that each call is one of a new function

    def leave(self) -> None:
        """Trace this thread no longer."""
        ident = threading.get_ident()
        if ident in self.following:
            sys.settrace(self.following.pop(ident))
        if self.stopped:
            sys.setprofile(None)  # of sandbox.sleeping

    def called(self, frame: FrameType, event: str, arg: Any) -> Tracer | None:
        """Return what is to be called for each line of a function."""
        # Most calls are the library's: this is all that they cost.
        try:
            function = self._known[id(frame.f_code)]
        except KeyError:
            function = self._met(frame.f_code)
        return None if function is None else self._entered(function)

    def _met(self, code: CodeType) -> _Function | None:
        """Return what is noted of a function from now on, if anything is."""
        if self.stopped:
            self.leave()
            return None
        function = None
        if is_learners(code.co_filename):
            function = self._noted[id(code)] = _Function(code, self._look)
        else:
            self._others_codes.append(code)  # or its id may become another's
        self._known[id(code)] = function
        return function

    def _entered(self, function: _Function) -> Tracer:
        ACTING.set((*ACTING.get(), threading.get_ident()))
        function.depth += 1
        if function.depth > DEEPEST:
            self.leave()
        return function.trace

    def _beside(self, others: Any) -> Tracer:
        """Return what traces beside others, such as a test's coverage."""

        def called(frame: FrameType, event: str, arg: Any) -> Any:
            theirs = others(frame, event, arg)
            sys.settrace(called)  # some put themselves there again
            ours = self.called(frame, event, arg)
            return theirs if ours is None else _both(ours, theirs)

        return called

    def _look(self, frame: FrameType, event: str, arg: Any) -> None:
        """Take note of what becomes of exceptions."""
        if self.stopped:
            self.leave()
        elif event == "exception":
            self._raised(frame, *arg)
        elif event == "return":
            self._left(frame)
        elif self._pending:
            self._went_on(frame)

    def _went_on(self, frame: FrameType) -> None:
        line = frame.f_lineno
        for mishap in self._pending.get(id(frame), ()):
            # From Python 3.13 on, an await that was cancelled comes up again.
            again = not mishap.after and line == mishap.line
            if len(mishap.after) < MOST and not again:
                mishap.after.append(line)

    def _raised(
        self, frame: FrameType, kind: type[BaseException], error: Any, tb: Any
    ) -> None:
        if issubclass(kind, _NO_ERRORS):
            return
        pending = self._pending.setdefault(id(frame), [])
        replaced = {id(error), *_before(error)}
        for mishap in pending:
            if mishap.ident in replaced:
                mishap.fate = "replaced"
        frames = list(traceback.walk_tb(tb))
        mishap = Mishap(
            error=kind,
            name=type_name(error),
            text=words(error),
            origin=innermost(reversed(frames), self.is_own),
            code=frame.f_code,
            line=frame.f_lineno,
            instruction=frame.f_lasti,
            arrival=next_id(),
            ident=id(error),
        )
        pending.append(mishap)
        self._kept.setdefault(id(frame), []).append(error)
        if not self._over and len(self.mishaps) < MOST:
            self.mishaps.append(mishap)

    def _left(self, frame: FrameType) -> None:
        """Take note of how a function is left."""
        if id(frame) not in self._pending:
            return
        how = dis.opname[frame.f_code.co_code[frame.f_lasti]]
        if how in _WAITS:
            return
        pending = self._pending.pop(id(frame))
        self._kept.pop(id(frame))
        if not how.startswith("RETURN"):
            pending.pop().fate = "escaped"
        self._swallow([each for each in pending if each.fate == "pending"])

    def _swallow(self, pending: list[Mishap]) -> None:
        gone = {mishap.ident for mishap in pending}
        for mishap in pending:
            mishap.fate = "swallowed"
        for mishap in self.mishaps:
            if mishap.ident in gone:
                mishap.ident = 0


class TracedSteps(Coroutine[Any, Any, T]):
    """A coroutine that is traced while it runs, and not while it waits.

    Args:
        inner: the coroutine.
        trace: takes the notes.

    Attributes:
        inner: the same.
    """

    def __init__(self, inner: Coroutine[Any, Any, T], trace: Trace) -> None:
        self.inner = inner
        self._trace = trace

    def send(self, value: Any) -> Any:
        """Run to the next thing to wait for."""
        return self._run(self.inner.send, value)

    def throw(self, *error: Any) -> Any:
        """Run on with an exception."""
        return self._run(self.inner.throw, *error)

    def _run(self, step: Callable[..., Any], *args: Any) -> Any:
        # There are thousands of steps: no "with", which would take longer.
        if self._trace.is_on():
            return step(*args)
        self._trace.follow()
        try:
            return step(*args)
        finally:
            self._trace.leave()

    def close(self) -> None:
        """End it where it waits."""
        self.inner.close()

    def __await__(self) -> Generator[Any, Any, T]:
        return self.inner.__await__()


def plain(coroutine: Any) -> Any:
    """Return the coroutine of a task, whether its steps are traced or not."""
    return coroutine.inner if type(coroutine) is TracedSteps else coroutine


def _before(error: BaseException) -> Iterator[int]:
    """Give the ids of the exceptions that were handled when one was raised."""
    of: Any = BaseException.__context__  # its class may have one of its own
    context = of.__get__(error)
    while context is not None:
        yield id(context)
        context = of.__get__(context)


def _both(ours: Tracer, theirs: Any) -> Tracer:
    """Return a tracer of a function that does what two do."""

    def local(frame: FrameType, event: str, arg: Any) -> Tracer:
        nonlocal theirs
        theirs = theirs and theirs(frame, event, arg)
        ours(frame, event, arg)
        return local

    return local
