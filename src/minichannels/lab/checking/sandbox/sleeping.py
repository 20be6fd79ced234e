"""What stops the loop's own thread: a sleep there, or a wait for a thread.

How it works: Python calls a function of ours for each call in this thread, of
functions in C, too (``sys.setprofile``). It looks for ``time.sleep``, and for
what the learner's own lines call of ``threading``, ``queue`` and
``concurrent.futures`` that waits. How long other calls take depends on the
machine; that these block does not.
"""

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from minichannels.lab.checking.sandbox.stack_frames import (
    IsOwn,
    SourceLine,
    here,
    is_learners,
)
from minichannels.lab.checking.sandbox.threads import may_be_traced

BRIEF = 0.02
"""Up to so many seconds it is a turn given away, such as ``sleep(0)``."""

_sleep = time.sleep

_FOR_THREADS: Mapping[str, Any] = {
    "`join()`": threading.Thread.join,
    "`result()`": futures.Future.result,
    "`futures.wait()`": futures.wait,
    "the end of a `with`": futures.Executor.__exit__,
}
_FOR_OTHERS: Mapping[str, Any] = {
    "`wait()`": threading.Event.wait,
    "`get()`": queue.Queue.get,
}
# By the ids of their codes: to compare those takes longer.
_WAITS = {
    id(function.__code__): call
    for call, function in (*_FOR_THREADS.items(), *_FOR_OTHERS.items())
}


@dataclass(frozen=True)
class Halt:
    """A call that stopped the thread.

    Attributes:
        place: the learner's line, if it is known.
        call: the call, in words.
        joins: whether it waited for a thread to end.
    """

    place: SourceLine | None
    call: str = "`time.sleep(…)`"
    joins: bool = False


class Halts:
    """What is noted of the sleeps and waits of one thread.

    Args:
        clock: gives the time in seconds.
        is_own: tells whether a file is the cell that is tested.

    Attributes:
        found: those that took long.
    """

    def __init__(
        self, clock: Callable[[], float], is_own: IsOwn = is_learners
    ) -> None:
        self.found: list[Halt] = []
        self._clock = clock
        self._is_own = is_own
        self._began = 0.0
        self._waiting = 0  # the id of the frame
        self._joins = False

    def note(self, frame: FrameType, event: str, arg: Any) -> None:
        """Take note of a call, or of its end; Python calls it for each."""
        # Most are of no interest: these three looks are all that they cost.
        if event == "call":
            if id(frame.f_code) in _WAITS:
                self._waits(frame)
        elif arg is _sleep:
            self._sleeps(event)
        elif self._waiting and event == "return":
            self._goes_on(frame)

    def _sleeps(self, event: str) -> None:
        if event == "c_call":
            self._began = self._clock()
        elif event != "return":  # handed on, not called
            self._ended()

    def _waits(self, frame: FrameType) -> None:
        if _is_from_a_cell(frame):
            self._began, self._waiting = self._clock(), id(frame)
            self._joins = _is_for_a_thread(frame)

    def _goes_on(self, frame: FrameType) -> None:
        if id(frame) == self._waiting:
            self._waiting = 0
            self._ended(_WAITS[id(frame.f_code)], self._joins)

    def _ended(self, *what: Any) -> None:
        if self._clock() - self._began > BRIEF:
            self.found.append(Halt(here(self._is_own), *what))


def _is_from_a_cell(frame: FrameType) -> bool:
    """Return whether the learner's own line called a function.

    A library's may wait, too, such as for a thread that it starts.
    """
    caller = frame.f_back
    return caller is not None and is_learners(caller.f_code.co_filename)


def _is_for_a_thread(frame: FrameType) -> bool:
    """Return whether a call from a cell waits for a thread to end."""
    caller: Any = frame.f_back
    # A coroutine that is handed to a loop has such a result, too.
    handed = "run_coroutine_threadsafe" in caller.f_code.co_names
    return _WAITS[id(frame.f_code)] in _FOR_THREADS and not handed


@contextmanager
def noted_halts(
    clock: Callable[[], float] = time.monotonic,
    is_own: IsOwn = is_learners,
) -> Iterator[list[Halt]]:
    """Note where the learner's code stops this thread, for a while."""
    halts = Halts(clock, is_own)
    former = sys.getprofile()
    if may_be_traced():
        sys.setprofile(halts.note)
    try:
        yield halts.found
    finally:
        sys.setprofile(former)
