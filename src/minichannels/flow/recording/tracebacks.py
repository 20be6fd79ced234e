"""Which line is the learner's own: of an exception, or of any row of frames.

A traceback of a handler runs through the server, the routers and the
consumer's own loop. The learner wrote one line of it; this finds that line:
the innermost one that belongs to no library. A group of tasks raises what its
tasks have raised in one parcel, an exception group: what is in it counts.

A framework may fail while it handles what the learner's code has raised, as
where it answers a WebSocket that is closed. What it raises then has no line of
the learner's in it; the error that it was handling has, and is told as well.

Source: Python, "Exception groups", "Exception context".
"""

import linecache
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path
from types import CoroutineType, FrameType
from typing import Any

from minichannels.flow.journal.masking import masked_code
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

DEEPEST = 10
"""How many errors behind one another are looked at."""

Frames = Iterable[tuple[FrameType, int]]
Calls = list[tuple[FrameType, int]]
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


Found = tuple[SourceLine | None, BaseException | None]
"""A line, and the error that was being handled whose line it is."""


def is_learners(file: str) -> bool:
    """Return whether a file, or a cell, is of the learner's own."""
    return not file.startswith(OTHERS)


def describe(error: BaseException) -> Mapping[str, Any]:
    """Return an exception as the payload of an event.

    Returns:
        The exception's ``text`` (of a group, what is in it; and what was being
        handled, if that is whose line is told) and, if a frame of the
        learner's own code is in its traceback, that function's name
        (``where``), the number of the ``line`` and the ``code`` that stands
        there.
    """
    place, handled = _found(error, is_learners)
    text = _told(error)
    if handled is not None:
        kind = type(handled).__name__
        text += f" (while handling {kind}: {_told(handled)})"
    if place is None:
        return {"text": text}
    return {
        "text": text,
        "where": place.function,
        "line": place.line,
        "code": masked_code(place.code),
    }


def _told(error: BaseException) -> str:
    """Return what an exception says; of a group, what those in it do."""
    inner = islice(in_group(error), MOST + 1)
    told = [f"{type(each).__name__}: {words(each)}" for each in inner]
    if len(told) > MOST:
        told[MOST] = "…"
    return "; ".join(told) or words(error)


def in_group(error: BaseException) -> Iterator[BaseException]:
    """Give the exceptions that a group holds; none, if it is no group."""
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


def led_to(error: BaseException) -> list[BaseException]:
    """Return an error, and those that it was raised for or beside."""
    found: list[BaseException] = []
    behind: BaseException | None = error
    while behind is not None and len(found) < DEEPEST:
        found.append(behind)
        behind = behind.__cause__ or behind.__context__
    return found


def of_error(
    error: BaseException, is_own: IsOwn = is_learners
) -> SourceLine | None:
    """Return the learner's line that an exception came from.

    Args:
        error: the exception; of a group, the first in it that has such a line.
        is_own: tells whether a file counts; by default all of the learner's.
    """
    return _found(error, is_own)[0]


def _found(error: BaseException, is_own: IsOwn) -> Found:
    """Return the learner's line, and the error that it is of, if another."""
    found = (_of_one(each, is_own) for each in in_group(error))
    there = next((each for each in found if each[0]), None)
    return there or _of_one(error, is_own)


def _of_one(error: BaseException, is_own: IsOwn, deep: int = DEEPEST) -> Found:
    """Return the same of an error that is no group, or of a group as such."""
    frames = list(traceback.walk_tb(error.__traceback__))
    cause, context = error.__cause__, error.__context__
    if deep == 0 or (cause is None and error.__suppress_context__):
        cause = context = None
    if cause is not None:  # raised further inside, and stands for the whole
        place = _of_one(cause, is_own, deep - 1)[0]
        return place or _of_frames(error, frames, is_own), None
    if context is not None:
        inner = _since(context, frames)
        if _of_frames(error, inner, is_own) is None:
            place, handled = _of_one(context, is_own, deep - 1)
            if place is not None:
                return place, handled or context
    return _of_frames(error, frames, is_own), None


def _since(handled: BaseException, frames: Calls) -> Calls:
    """Return the calls that were made where an error was being handled.

    Those around them knew nothing of it, such as the learner's middleware.
    """
    caught = handled.__traceback__
    where = None if caught is None else caught.tb_frame
    around = takewhile(lambda call: call[0] is not where, frames)
    return frames[len(list(around)) :] or frames


def _of_frames(
    error: BaseException, frames: Calls, is_own: IsOwn
) -> SourceLine | None:
    """Return the learner's line in the calls of an error's traceback."""
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
