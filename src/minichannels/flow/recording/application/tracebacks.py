"""Which line is the learner's own: of an exception, or of any row of frames.

A traceback of a handler runs through the server, the routers and the
consumer's own loop. The learner wrote one line of it; this finds that line:
the innermost one that belongs to no library.
"""

import linecache
import sysconfig
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CoroutineType, FrameType
from typing import Any

from minichannels.flow.journal.payloads import words

# Whatever lies in one of these was not written by the learner.
_PATHS = sysconfig.get_paths()
OTHERS = (
    *(_PATHS[name] for name in ("stdlib", "platstdlib")),
    *(_PATHS[name] for name in ("purelib", "platlib")),
    str(Path(__file__).parents[3]),
    "<frozen ",
    "<string>",  # what dataclasses and others make
)

Frames = Iterable[tuple[FrameType, int]]


@dataclass(frozen=True)
class SourceLine:
    """A line of the learner's code.

    Attributes:
        line: its number in its cell or file.
        code: what stands there.
        function: the name of the function that it is in.
    """

    line: int
    code: str
    function: str = ""


def describe(error: BaseException) -> Mapping[str, Any]:
    """Return an exception as the payload of an event.

    Returns:
        The exception's ``text`` and, if a frame of the learner's own code is
        in its traceback, that function's name (``where``), the number of the
        ``line`` and the ``code`` that stands there.
    """
    text, place = words(error), of_error(error)
    if place is None:
        return {"text": text}
    return {
        "text": text,
        "where": place.function,
        "line": place.line,
        "code": place.code,
    }


def of_error(error: BaseException) -> SourceLine | None:
    """Return the learner's line that an exception came from."""
    # A cause was raised further inside, and stands for the whole.
    chain = [error, *([error.__cause__] if error.__cause__ else [])]
    frames = [
        pair for link in chain for pair in traceback.walk_tb(link.__traceback__)
    ]
    place = None
    if issubclass(type(error), RecursionError):
        # It may be noticed at a def, before any line of that has run.
        begun = (
            (frame, line)
            for frame, line in reversed(frames)
            if line != frame.f_code.co_firstlineno
        )
        place = innermost(begun)
    return place or innermost(reversed(frames))


def of_coroutine(coroutine: Any) -> SourceLine | None:
    """Return the learner's line at which a coroutine waits."""
    return innermost(reversed(list(_awaited(coroutine))))


def _awaited(coroutine: Any) -> Iterator[tuple[FrameType, int]]:
    """Give the frames of a waiting coroutine, the outermost first."""
    # Whatever else is awaited may be of the learner's own class, and answers
    # as it likes when it is asked for a frame.
    while type(coroutine) is CoroutineType:
        frame = coroutine.cr_frame
        if frame is not None:
            yield frame, frame.f_lineno
        coroutine = coroutine.cr_await


def innermost(frames: Frames) -> SourceLine | None:
    """Return the learner's innermost line.

    Args:
        frames: frames and line numbers, the innermost first.
    """
    for frame, line in frames:
        name = frame.f_code.co_filename
        if is_learners(name):
            code = linecache.getline(name, line, frame.f_globals).strip()
            return SourceLine(line, code, frame.f_code.co_name)
    return None


def is_learners(file: str) -> bool:
    """Return whether a file, or a cell, is of the learner's own."""
    return not file.startswith(OTHERS)
