"""What is logged or printed: the error behind a response 500, or behind none.

How it works: many frameworks catch what a view raises, log it, and answer with
a page that says nothing. From outside that is a response as any other. But
each record that is logged with an error is made by one function, which
``logging`` lets one replace: so the error is known, where it is logged. The
record goes its way as ever.

Others print it themselves, or log its traceback as a text. Whoever puts a
traceback into words, by whatever function, has Python make the same object for
it. That is the one place where this looks on at a class of Python's own, as
long as a command records: what is made is the same, and so is what is printed.

Rule 1: whoever has set something of their own meanwhile keeps it. What is ours
is taken out if it still stands there, and else tells nobody any more.
Rule 2: an application notices nothing of it, not even that a look has failed.

Source: Python, "logging", "LogRecord factory"; "traceback",
"TracebackException objects".
"""

import functools
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from minichannels.flow.afterwards import afterwards
from minichannels.flow.recording.calls import is_own
from minichannels.flow.recording.tracebacks import is_learners

Note = Callable[[BaseException, bool], object]
NoteLogged = Callable[[BaseException, bool | None], object]

_WORDING = {traceback.__file__, logging.__file__}
"""The files of whoever puts a traceback into words for others."""


class _Look:
    """A look at what passes, until it is over; it raises nothing.

    Args:
        look: called with what passes.
    """

    def __init__(self, look: Callable[..., object]) -> None:
        self._look = look
        self._over = False

    def __call__(self, *passing: Any) -> None:
        """Look, unless it is over."""
        if not self._over:
            with suppress(Exception):
                self._look(*passing)

    @contextmanager
    def through(
        self, get: Callable[[], Any], put: Callable[[Any], object], ours: Any
    ) -> Iterator[None]:
        """Have something of ours stand in a place while the block runs.

        Args:
            get: returns what stands there.
            put: sets what stands there.
            ours: what looks.
        """
        former = get()

        def put_back() -> None:
            self._over = True
            if get() is ours:
                put(former)

        with afterwards(put_back):
            put(ours)
            yield


@contextmanager
def logged_errors(note: NoteLogged) -> Iterator[None]:
    """Tell somebody each error that is logged as one while the block runs.

    Args:
        note: called with the error, where it is logged, and with whether a
            library has caught and logged it, and not the developer, or None
            if nobody has caught it; in any thread.
    """
    former = logging.getLogRecordFactory()

    def logged(record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and record.levelno >= logging.ERROR:
            note(error, _is_by_library(record, error))

    look = _Look(logged)

    def made(*args: Any, **more: Any) -> logging.LogRecord:
        record = former(*args, **more)
        look(record)
        return record

    place = logging.getLogRecordFactory, logging.setLogRecordFactory
    with look.through(*place, made):
        yield


@contextmanager
def printed_errors(note: Note) -> Iterator[None]:
    """Tell somebody each error whose traceback is put into words meanwhile.

    What is logged with its error is not told: ``logged_errors`` does.

    Args:
        note: called with the error, and with whether a library has caught it
            and has that done, and not the developer; in any thread.
    """
    former = _init()

    def printed(made: Any, error: Any, caller: FrameType) -> None:
        asker = _for_whom(caller, made)
        if isinstance(error, BaseException) and asker is not None:
            note(error, not (is_own(asker.f_code) or _is_caught(error)))

    look = _Look(printed)

    @functools.wraps(former)
    def made(self: Any, *args: Any, **more: Any) -> None:
        former(self, *args, **more)
        error = more.get("exc_value", args[1] if len(args) > 1 else None)
        look(self, error, sys._getframe(1))

    with look.through(_init, _set_init, made):
        yield


def _init() -> Any:
    """Return the function by which errors are put into words."""
    return traceback.TracebackException.__init__


def _set_init(init: Any) -> None:
    """Have errors be put into words by a function."""
    traceback.TracebackException.__init__ = init  # type: ignore[method-assign]


def _for_whom(frame: FrameType | None, made: Any) -> FrameType | None:
    """Return who has an error put into words; None if it is logged.

    Nor is one told of that is made for another, whose cause it is.

    Args:
        frame: who calls what makes the words.
        made: the object that is made for them.
    """
    while frame is not None and (_words(frame) or _is_around(frame, made)):
        code = frame.f_code
        is_inner = code.co_name == "__init__" and _words(frame)
        if is_inner or code.co_filename == logging.__file__:
            return None
        frame = frame.f_back
    return frame


def _words(frame: FrameType) -> bool:
    """Return whether a call is one of Python's own, that words an error."""
    return frame.f_code.co_filename in _WORDING


def _is_around(frame: FrameType, made: Any) -> bool:
    """Return whether a call stands around that which makes an object.

    Whoever has set something around it is called for all, and has asked for
    nothing.
    """
    first = "".join(frame.f_code.co_varnames[:1])
    given = frame.f_locals.get(first)
    if type(given) is tuple:  # a function that takes whatever it is given
        given = given[0] if given else None
    return given is made


def _is_by_library(
    record: logging.LogRecord, error: BaseException
) -> bool | None:
    """Return whether a library has caught and logged an error.

    None if nobody has: of that asyncio tells, wherever it notices.
    """
    if record.name == "asyncio":
        return None
    return not (is_learners(record.pathname) or _is_caught(error))


def _is_caught(error: BaseException) -> bool:
    """Return whether own code that runs here has caught an error.

    Who logs with a library of theirs, such as loguru, has that put it into
    words, and may end a connection on purpose all the same.
    """
    caught = error.__traceback__
    frame: FrameType | None = sys._getframe(1)
    while caught is not None and frame is not None:
        if frame is caught.tb_frame:
            return is_own(frame.f_code)
        frame = frame.f_back
    return False
