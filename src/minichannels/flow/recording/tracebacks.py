"""Which line is the learner's own: of an exception, or of any row of frames.

A traceback of a handler runs through the server, the routers and the
consumer's own loop. The learner wrote one line of it; this finds that line:
the innermost one that belongs to no library. A group of tasks raises what its
tasks have raised in one parcel, an exception group: what is in it counts.

Source: Python, "Exception groups".
"""

import linecache
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
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

MOST = 3
"""How many errors of a group are told."""

Frames = Iterable[tuple[FrameType, int]]
IsOwn = Callable[[str], bool]


@dataclass(frozen=True)
class SourceLine:
    """A line of the learner's code.

    Attributes:
        line: its number in its cell or file.
        code: what stands there.
        function: the name of the function that it is in.
        file: the file name of that cell, or file.
    """

    line: int
    code: str
    function: str = ""
    file: str = field(default="", compare=False)


def is_learners(file: str) -> bool:
    """Return whether a file, or a cell, is of the learner's own."""
    return not file.startswith(OTHERS)


def describe(error: BaseException) -> Mapping[str, Any]:
    """Return an exception as the payload of an event.

    Returns:
        The exception's ``text`` (of a group, what is in it) and, if a frame of
        the learner's own code is in its traceback, that function's name
        (``where``), the number of the ``line`` and the ``code`` that stands
        there.
    """
    text, place = _told(error), of_error(error)
    if place is None:
        return {"text": text}
    return {
        "text": text,
        "where": place.function,
        "line": place.line,
        "code": place.code,
    }


def _told(error: BaseException) -> str:
    """Return what an exception says; of a group, what those in it do."""
    inner = islice(_in_group(error), MOST + 1)
    told = [f"{type(each).__name__}: {words(each)}" for each in inner]
    if len(told) > MOST:
        told[MOST] = "…"
    return "; ".join(told) or words(error)


def _in_group(error: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions that a group holds; none, if it is no group."""
    if not issubclass(type(error), BaseExceptionGroup):
        return
    # Not error.exceptions, which a class of somebody's own may answer.
    held: Any = BaseExceptionGroup.__dict__["exceptions"]
    groups = [error]
    while groups:
        for each in held.__get__(groups.pop()):
            if issubclass(type(each), BaseExceptionGroup):
                groups.append(each)
            else:
                yield each


def of_error(
    error: BaseException, is_own: IsOwn = is_learners
) -> SourceLine | None:
    """Return the learner's line that an exception came from.

    Args:
        error: the exception; of a group, the first in it that has such a line.
        is_own: tells whether a file counts; by default all of the learner's.
    """
    places = (_of_one(each, is_own) for each in _in_group(error))
    return next(filter(None, places), None) or _of_one(error, is_own)


def _of_one(error: BaseException, is_own: IsOwn) -> SourceLine | None:
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
        place = innermost(begun, is_own)
    return place or innermost(reversed(frames), is_own)


def of_coroutine(
    coroutine: Any, is_own: IsOwn = is_learners
) -> SourceLine | None:
    """Return the learner's line at which a coroutine waits."""
    return innermost(reversed(list(awaited(coroutine))), is_own)


def awaited(coroutine: Any) -> Iterator[tuple[FrameType, int]]:
    """Give the frames of a waiting coroutine, the outermost first."""
    # Whatever else is awaited may be of the learner's own class, and answers
    # as it likes when it is asked for a frame.
    while type(coroutine) is CoroutineType:
        frame = coroutine.cr_frame
        if frame is not None:
            yield frame, frame.f_lineno
        coroutine = coroutine.cr_await


def innermost(frames: Frames, is_own: IsOwn = is_learners) -> SourceLine | None:
    """Return the learner's innermost line.

    Args:
        frames: frames and line numbers, the innermost first.
        is_own: tells whether a file counts; by default all of the learner's.
    """
    for frame, line in frames:
        name = frame.f_code.co_filename
        if is_own(name):
            code = linecache.getline(name, line, frame.f_globals).strip()
            return SourceLine(line, code, frame.f_code.co_name, name)
    return None
