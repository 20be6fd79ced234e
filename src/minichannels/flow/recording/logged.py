"""What frameworks log: the error behind a response 500, which they keep.

How it works: many frameworks catch what a view raises, log it, and answer with
a page that says nothing. From outside that is a response as any other. But
each record that is logged with an error is made by one function, which
``logging`` lets one replace: so the error is known, where it is logged. The
record goes its way as ever.

Source: Python, "logging", "LogRecord factory".
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def logged_errors(note: Callable[[BaseException], object]) -> Iterator[None]:
    """Tell somebody each error that is logged as one while the block runs.

    Args:
        note: called with the error, where it is logged: in any thread.
    """
    former = logging.getLogRecordFactory()

    def made(*args: Any, **more: Any) -> logging.LogRecord:
        record = former(*args, **more)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and record.levelno >= logging.ERROR:
            note(error)
        return record

    logging.setLogRecordFactory(made)
    try:
        yield
    finally:
        logging.setLogRecordFactory(former)
