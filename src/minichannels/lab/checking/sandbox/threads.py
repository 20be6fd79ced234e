"""The threads that a learner's code runs on while it is checked.

How it works: an event loop of its own, on a daemon thread. Whatever asks that
loop for a thread (a sync consumer, ``asyncio.to_thread``) gets a daemon thread
too, never one of a ``ThreadPoolExecutor``: Python waits for those when it
exits, and a learner's ``time.sleep(10_000)`` must not hold up anybody.

A thread cannot be killed. But an exception can be raised in it, at its next
step in Python: that ends every loop, though not a call that sleeps in C.
"""

import asyncio
import ctypes
import dis
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import Context
from selectors import BaseSelector
from types import CoroutineType, FrameType
from typing import Any, TypeVarTuple
from weakref import WeakSet

from minichannels.flow.recording.ending import keep_for_ever
from minichannels.lab.checking.sandbox.tracing import Trace

Ts = TypeVarTuple("Ts")

NAME = "exercise"


_stopped: "WeakSet[threading.Thread]" = WeakSet()  # if they take note of it
_met: "WeakSet[threading.Thread]" = WeakSet()
_left_alone: "WeakSet[threading.Thread]" = WeakSet()
_raising = threading.RLock()  # that knows who holds it

TRIES = 100
"""How often a thread is asked whether it is at a lock, before it is stopped."""

PAUSE = 0.0002
"""Seconds between that."""

# Of a `with` statement, what stands before the call that enters it: there is
# nothing between the two in Python before 3.14.
_ENTERS = dis.opmap.get("LOAD_SPECIAL")

_TAKING = {"__enter__", "acquire", "_acquireLock"}
_OF_LOCKS = _TAKING | {"__exit__", "release", "_releaseLock"}
"""The functions in which Python's own modules take a lock, and give it back."""


class Stopped(BaseException):
    """Raised in a thread whose time is up: Python makes it there."""

    def __init__(self) -> None:
        super().__init__()
        thread = threading.current_thread()
        _met.add(thread)
        _stopped.discard(thread)


def has_met(thread: threading.Thread) -> bool:
    """Return whether a thread has been stopped; if it runs, it caught that."""
    return thread in _met


def may_be_traced() -> bool:
    """Return whether a thread may be traced, or profiled, now.

    While an exception waits for another one to wake up, it spins (Python 3.11).
    """
    return not any(thread.is_alive() for thread in _stopped)


class Crew:
    """The threads of one check.

    Args:
        traced: whether it is noted what the learner's code does in them,
            which takes time.

    Attributes:
        threads: all of them, in order of starting.
        trace: what is noted of the learner's code in them.
    """

    def __init__(self, *, traced: bool = True) -> None:
        self.threads: list[threading.Thread] = []
        self.trace = Trace()
        self.trace.stopped = not traced

    def start(self, work: Callable[[], None], *, traced: bool = True) -> None:
        """Run something on a new daemon thread.

        Args:
            work: what to run.
            traced: whether all of it is traced.
        """

        def run() -> None:
            # So that a coroutine that nobody awaits knows its line.
            sys.set_coroutine_origin_tracking_depth(1)
            if not may_be_traced():
                self.trace.stopped = True
            if traced:
                self.trace.follow()
            try:
                work()
            except Stopped:
                pass  # it came when what it was to end had just ended
            finally:
                self.trace.leave()

        thread = threading.Thread(target=run, name=NAME, daemon=True)
        self.threads.append(thread)
        thread.start()

    def __contains__(self, ident: int) -> bool:
        return any(thread.ident == ident for thread in self.threads)

    def alive(self) -> list[threading.Thread]:
        """Return those that have not ended, the one started last first."""
        return [t for t in reversed(self.threads) if t.is_alive()]


def raise_in(thread: threading.Thread, kind: type[BaseException]) -> None:
    """Raise an exception in another thread, at its next step in Python.

    Not while it takes a lock or gives it back, unless that takes long: the lock
    would be held for ever, also if the thread has ended. Those of ``logging``
    and ``warnings`` are everybody's.
    """
    for _ in range(TRIES):
        with _raising:
            if not _is_at_a_lock(thread):
                _raise_in(thread, kind)
                return
        time.sleep(PAUSE)
    with _raising:
        _raise_in(thread, kind)


def _raise_in(thread: threading.Thread, kind: type[BaseException]) -> None:
    if thread not in _left_alone:
        _stopped.add(thread)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(kind)
        )


def _is_at_a_lock(thread: threading.Thread) -> bool:
    """Return whether a thread may be just taking a lock, or giving it back.

    From Python 3.14 on, an exception may come between the end of ``__enter__``
    and the ``with`` statement that has called it (python/cpython#148874).
    """
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return False
    code = frame.f_code
    before = code.co_code[frame.f_lasti - 2]
    return before == _ENTERS or code.co_name in _OF_LOCKS


def stop_at_next_line(frame: FrameType) -> None:
    """Have this thread stopped where a function goes on.

    Where an object's life ends, Python prints what is raised, and goes on. Code
    that makes coroutines without end, and awaits none, is most often there.

    Args:
        frame: the call of that function.
    """
    frame.f_trace = _stop
    sys.settrace(_stop)


def _stop(frame: FrameType, event: str, arg: object) -> None:
    """Stop a function that is traced: after that Python traces no more."""
    raise Stopped


def leave_alone() -> None:
    """Have nothing raised in this thread any more: it only puts things away.

    Raises:
        Stopped: it was on its way here; then all is as before.
    """
    try:
        with _raising:  # its next step is within this block
            _left_alone.add(threading.current_thread())
    except Stopped:
        with suppress(RuntimeError):
            _raising.release()  # see _is_at_a_lock()
        raise


class CheckLoop(asyncio.SelectorEventLoop):
    """An event loop whose threads are those of a crew.

    A task that is begun while it is traced goes on so.

    Args:
        crew: whose threads to use.
        selector: what waits for sockets; one of the system's by default.
    """

    def __init__(
        self, crew: Crew, selector: BaseSelector | None = None
    ) -> None:
        super().__init__(selector)
        self.crew = crew
        self.set_exception_handler(lambda loop, context: None)
        self.set_task_factory(self._task)

    def _task(self, loop: Any, coroutine: Any, **options: Any) -> Any:
        trace = self.crew.trace
        if trace.is_on() and type(coroutine) is CoroutineType:
            coroutine = trace.each_step(coroutine)
        return asyncio.Task(coroutine, loop=self, **options)

    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Call a function on this loop, for any thread.

        A thread of the learner's own, such as a ``threading.Timer``, may go on
        when the check is over. Then nobody is there to call, and nothing has
        gone wrong that a notebook should tell.
        """
        try:
            return super().call_soon_threadsafe(
                callback, *args, context=context
            )
        except RuntimeError:  # the loop is closed
            if threading.current_thread() in self.crew.threads:
                raise  # and end: a handler would wait for ever for its result
            keep_for_ever(callback)  # with the coroutine that it would begin
            unheard = asyncio.Handle(callback, args, self)
            unheard.cancel()
            return unheard

    def run_in_executor(  # type: ignore[override]  # a future all the same
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> "asyncio.Future[Any]":
        """Call a function on a thread of the crew, whatever is asked for."""
        result: Future[Any] = Future()
        result.set_running_or_notify_cancel()  # from here on it has an end

        def work() -> None:
            try:
                result.set_result(func(*args))
            except BaseException as error:
                result.set_exception(error)

        self.crew.start(work)
        return asyncio.wrap_future(result, loop=self)
