"""What happened inside of the learner's code: which lines ran, what was caught.

How it works: Python calls a function of ours for each call in a thread
(``sys.settrace``). For the learner's functions it asks to be called for each
line and each exception, too; for all others it asks for nothing. Only threads
of a check are traced; and of what runs on its event loop, only the steps of
what may be the learner's (:meth:`Trace.each_step`). For a thread that is traced
is slow, whatever runs in it. What becomes of exceptions, ``sandbox.mishaps``
takes down.

Rule 1: it only takes notes. What they mean, ``lab.checking.diagnosis`` says.
"""

import sys
import threading
from collections.abc import Callable, Coroutine, Generator, Iterator, Set
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any, TypeVar

from minichannels.flow.journal.events import next_id
from minichannels.lab.checking.sandbox.mishaps import Mishap, Mishaps
from minichannels.lab.checking.sandbox.stack_frames import (
    IsOwn,
    is_learners,
)

DEEPEST = 100
"""How deep calls of one function are followed: Python allows 1,000 in all."""

ACTING: ContextVar[tuple[int, ...]] = ContextVar("acting", default=())
"""The threads of the learner's functions that wait for what runs now.

The last one is that of the innermost: what a sync handler calls runs in another
thread, in a copy of its context.
"""

T = TypeVar("T")

Tracer = Callable[[FrameType, str, Any], Any]


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
        following: the threads that are traced, each with who traces it
            besides, such as a debugger.
        stopped: whether they shall go on untraced.
        late: the number of arrival from which on exceptions come of the
            check, whose time was up.
        is_own: tells whether a file is the cell that is tested. A number of a
            line means nothing in any other cell.
    """

    def __init__(self) -> None:
        self.following: dict[int, Any] = {}
        self.stopped = False
        self.late: int | None = None
        self.is_own: IsOwn = is_learners
        self._noted: dict[int, _Function] = {}  # by the ids of their codes
        self._known: dict[int, _Function | None] = {}  # and all others
        self._others_codes: list[CodeType] = []
        self._mishaps = Mishaps()

    # What is known

    @property
    def mishaps(self) -> list[Mishap]:
        """The exceptions, in order."""
        return self._mishaps.noted

    def lines_of(self, code: CodeType, since: int = 0) -> Set[int]:
        """Return the lines of a function that ran, from an arrival on."""
        function = self._noted.get(id(code))
        ran = {} if function is None else function.ran
        return {line for line, arrival in ran.items() if arrival >= since}

    def last_line_of(self, code: CodeType) -> int:
        """Return the line of a function that ran last; 0 if none did."""
        function = self._noted.get(id(code))
        ran = {} if function is None else function.ran
        return max(ran, key=ran.__getitem__, default=0)

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
        self._mishaps.is_over = True

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
            self._mishaps.raised(frame, self.is_own, *arg)
        elif event == "return":
            self._mishaps.left(frame)
        elif self._mishaps.pending:
            self._mishaps.went_on(frame)


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
        # What a task is shown by: of this class no learner has heard.
        self.__name__ = getattr(inner, "__name__", "")
        self.__qualname__ = getattr(inner, "__qualname__", "")

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


def _both(ours: Tracer, theirs: Any) -> Tracer:
    """Return a tracer of a function that does what two do."""

    def local(frame: FrameType, event: str, arg: Any) -> Tracer:
        nonlocal theirs
        theirs = theirs and theirs(frame, event, arg)
        ours(frame, event, arg)
        return local

    return local
