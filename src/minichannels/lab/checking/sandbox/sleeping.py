"""Sleep on the loop's own thread: a ``time.sleep`` that holds up everybody.

How it works: Python calls a function of ours for each call in this thread, of
functions in C, too (``sys.setprofile``). It looks for one alone. How long
other calls take depends on the machine; that this one blocks does not.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


class Sleeps:
    """What is noted of the sleeps of one thread.

    Args:
        clock: gives the time in seconds.
        is_own: tells whether a file is the cell that is tested.

    Attributes:
        places: the learner's lines at which it slept.
    """

    def __init__(
        self, clock: Callable[[], float], is_own: IsOwn = is_learners
    ) -> None:
        self.places: list[SourceLine | None] = []
        self._clock = clock
        self._is_own = is_own
        self._began = 0.0

    def note(self, frame: FrameType, event: str, arg: Any) -> None:
        """Take note of a call, or of its end; Python calls it for each."""
        if arg is not _sleep or event == "return":  # handed on, not called
            return
        if event == "c_call":
            self._began = self._clock()
        elif self._clock() - self._began > BRIEF:
            self.places.append(here(self._is_own))


@contextmanager
def noted_sleeps(
    clock: Callable[[], float] = time.monotonic,
    is_own: IsOwn = is_learners,
) -> Iterator[list[SourceLine | None]]:
    """Note the learner's lines at which this thread sleeps, for a while."""
    sleeps = Sleeps(clock, is_own)
    former = sys.getprofile()
    if may_be_traced():
        sys.setprofile(sleeps.note)
    try:
        yield sleeps.places
    finally:
        sys.setprofile(former)
