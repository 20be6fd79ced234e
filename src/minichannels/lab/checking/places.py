"""Where the learner's code is: the line that runs, waits or has failed.

A thread, a waiting coroutine and an exception each have a row of frames; most
belong to the library, to asyncio or to the lab. The innermost one that does
not is the learner's own line.
"""

import linecache
import sys
import sysconfig
import threading
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

# Whatever lies in one of these was not written by the learner.
_PATHS = sysconfig.get_paths()
_OTHERS = (
    *(_PATHS[name] for name in ("stdlib", "platstdlib")),
    *(_PATHS[name] for name in ("purelib", "platlib")),
    str(Path(__file__).parents[2]),
    "<frozen ",
    "<string>",  # what dataclasses and others make
)


@dataclass(frozen=True)
class Place:
    """A line of the learner's code.

    Attributes:
        line: its number in its cell or file.
        code: what stands there.
        function: the name of the function that it is in.
    """

    line: int
    code: str
    function: str = ""


Frames = Iterable[tuple[FrameType, int]]


def innermost(frames: Frames) -> Place | None:
    """Return the learner's innermost line.

    Args:
        frames: frames and line numbers, the innermost first.
    """
    for frame, line in frames:
        name = frame.f_code.co_filename
        if is_learners(name):
            code = linecache.getline(name, line, frame.f_globals).strip()
            return Place(line, code, frame.f_code.co_name)
    return None


def is_learners(file: str) -> bool:
    """Return whether a file, or a cell, is of the learner's own."""
    return not file.startswith(_OTHERS)


def of_thread(ident: int) -> Place | None:
    """Return the learner's line that a thread is at."""
    frame = sys._current_frames().get(ident)
    return None if frame is None else innermost(_outwards(frame))


def here() -> Place | None:
    """Return the learner's line that led to this call."""
    return of_thread(threading.get_ident())


def of_coroutine(coroutine: Any) -> Place | None:
    """Return the learner's line at which a coroutine waits."""
    return innermost(reversed(list(_awaited(coroutine))))


def of_error(error: BaseException) -> Place | None:
    """Return the learner's line that an exception came from."""
    # A cause was raised further inside, and stands for the whole.
    chain = [error, *([error.__cause__] if error.__cause__ else [])]
    frames = [
        pair for link in chain for pair in traceback.walk_tb(link.__traceback__)
    ]
    return innermost(reversed(frames))


def _outwards(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:
    while frame is not None:
        yield frame, frame.f_lineno
        frame = frame.f_back


def _awaited(coroutine: Any) -> Iterator[tuple[FrameType, int]]:
    """Give the frames of a waiting coroutine, the outermost first."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is not None:
            yield frame, frame.f_lineno
        coroutine = getattr(coroutine, "cr_await", None)
