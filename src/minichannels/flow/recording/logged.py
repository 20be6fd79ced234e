"""What frameworks log or print: the error behind a response 500.

How it works: many frameworks catch what a view raises, log it, and answer with
a page that says nothing. From outside that is a response as any other. But
each record that is logged with an error is made by one function, which
``logging`` lets one replace: so the error is known, where it is logged. The
record goes its way as ever.

Others print it themselves, or log its traceback as a text. Whoever puts a
traceback into words, by whatever function, has Python make the same object for
it. That is the one place where this looks on at a class of Python's own, as
long as a command records: what is made is the same, and so is what is printed.

Source: Python, "logging", "LogRecord factory"; "traceback",
"TracebackException objects".
"""

import functools
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from minichannels.flow.recording.calls import is_own
from minichannels.flow.recording.tracebacks import is_learners

Note = Callable[[BaseException, bool], object]

_WORDING = {traceback.__file__, logging.__file__}
"""The files of whoever puts a traceback into words for others."""


@contextmanager
def logged_errors(note: Note) -> Iterator[None]:
    """Tell somebody each error that is logged as one while the block runs.

    Args:
        note: called with the error, where it is logged, and with whether a
            library has caught and logged it, and not the developer; in any
            thread.
    """
    former = logging.getLogRecordFactory()

    def made(*args: Any, **more: Any) -> logging.LogRecord:
        record = former(*args, **more)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and record.levelno >= logging.ERROR:
            is_own_doing = is_learners(record.pathname)
            note(error, not (is_own_doing or _is_caught(error)))
        return record

    logging.setLogRecordFactory(made)
    try:
        yield
    finally:
        logging.setLogRecordFactory(former)


@contextmanager
def printed_errors(note: Note) -> Iterator[None]:
    """Tell somebody each error whose traceback is put into words meanwhile.

    What is logged with its error is not told: ``logged_errors`` does.

    Args:
        note: called with the error, and with whether a library has caught it
            and has that done, and not the developer; in any thread.
    """
    former = traceback.TracebackException.__init__

    @functools.wraps(former)
    def made(self: Any, *args: Any, **more: Any) -> None:
        former(self, *args, **more)
        error = more.get("exc_value", args[1] if len(args) > 1 else None)
        caller = _for_whom(sys._getframe(1))
        if isinstance(error, BaseException) and caller is not None:
            note(error, not (is_own(caller.f_code) or _is_caught(error)))

    _set_init(made)
    try:
        yield
    finally:
        _set_init(former)


def _set_init(init: Any) -> None:
    """Have errors be put into words by a function."""
    traceback.TracebackException.__init__ = init  # type: ignore[method-assign]


def _for_whom(frame: FrameType | None) -> FrameType | None:
    """Return who has an error put into words; None if it is logged.

    Nor is one told of that is made for another, whose cause it is.
    """
    while frame is not None and frame.f_code.co_filename in _WORDING:
        if frame.f_code.co_filename == logging.__file__:
            return None
        if frame.f_code.co_name == "__init__":
            return None
        frame = frame.f_back
    return frame


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
