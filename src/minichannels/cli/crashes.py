"""What a worker says of a message at which the application failed.

How it works: the worker logs it and goes on. Here that becomes the project's
own part of the traceback, and one line that says what became of the message.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asgiref

import minichannels
from minichannels.cli.finding import theirs
from minichannels.cli.saying import complain
from minichannels.exceptions import type_name

# Between the worker and a handler.
_NOT_THEIRS = tuple(
    str(Path(str(package.__file__)).parent)
    for package in (minichannels, asgiref, asyncio)
)


@contextmanager
def told() -> Iterator[None]:
    """Say what the worker logs while the block runs."""
    log, telling = logging.getLogger("minichannels.worker"), _Telling()
    log.addHandler(telling)
    try:
        yield
    finally:
        log.removeHandler(telling)


class _Telling(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        error = record.exc_info and record.exc_info[1]
        if error:
            _cut(error)
            said += (
                f" with {type_name(error)}; a channel layer delivers a message"
                " once, so this one is gone, and the worker goes on with the"
                " next"
            )
        complain(said, error or None)


def _cut(error: BaseException | None) -> None:
    """Leave out what is not the project's, of an error and what led to it."""
    while error is not None:
        error.__traceback__ = theirs(error.__traceback__, _NOT_THEIRS)
        error = error.__cause__ or error.__context__
