"""Where the learner's code is: the line that runs, waits or has failed.

A thread and a waiting coroutine have a row of frames, as an exception has; and
the learner's line is found in it in the same way (``recording.tracebacks``).
"""

import sys
import threading
from collections.abc import Iterator
from types import FrameType

from minichannels.flow.recording.tracebacks import (
    IsOwn,
    SourceLine,
    innermost,
    is_learners,
    of_coroutine,
    of_error,
)

__all__ = [
    "IsOwn",
    "SourceLine",
    "here",
    "innermost",
    "is_learners",
    "of_coroutine",
    "of_error",
    "of_thread",
]


def of_thread(ident: int, is_own: IsOwn = is_learners) -> SourceLine | None:
    """Return the learner's line that a thread is at."""
    # No variable here may hold a frame: if it is this call's own, a circle
    # keeps all that its callers had, such as a coroutine nobody awaited.
    return innermost(_outwards(sys._current_frames().get(ident)), is_own)


def here(is_own: IsOwn = is_learners) -> SourceLine | None:
    """Return the learner's line that led to this call."""
    return of_thread(threading.get_ident(), is_own)


def _outwards(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:
    while frame is not None:
        yield frame, frame.f_lineno
        frame = frame.f_back
