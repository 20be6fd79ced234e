"""A line for a check that holds up all of Python.

How it works: only one thread runs Python at a time, the one that holds its
lock (the GIL). Code written in C may keep it: a regular expression without an
end, a sum of a billion numbers. Then nothing of this process moves, not even
what would tell so. But ``faulthandler`` has a timer in C, which writes where
the threads are into a pipe. At its other end a process of its own reads
(``sandbox.watchman``), and puts it in words.

It writes to the terminal that Python was started from, JupyterLab's too. What
a cell shows goes through Python, so there nothing can be said.
"""

import atexit
import contextlib
import faulthandler
import functools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from minichannels.flow.recording.tracebacks import OTHERS
from minichannels.lab.checking.sandbox import threads

_WATCHMAN = Path(__file__).with_name("watchman.py")


@contextlib.contextmanager
def watched(seconds: float) -> Iterator[Callable[[], None]]:
    """Have it told if the block takes longer, and this process stands still.

    There is one such timer in a process: another's is gone then.

    Returns:
        A function that lets the time begin again.
    """
    pipe = _pipe()

    def again() -> None:
        if pipe is not None:
            faulthandler.dump_traceback_later(seconds, file=pipe)

    try:
        again()
        yield again
    finally:
        faulthandler.cancel_dump_traceback_later()


@functools.cache
def _pipe() -> int | None:
    """Return where to write to the watchman, if there can be one."""
    reads, writes = os.pipe()
    command = [sys.executable, "-I", "-S", str(_WATCHMAN), threads.__file__]
    # A kernel's own error output is what its cells show, by way of Python.
    terminal = getattr(sys.stderr, "_original_stdstream_copy", None)
    try:
        watchman = subprocess.Popen(
            [*command, *OTHERS],
            stdin=reads,
            stderr=terminal,
            start_new_session=True,  # an interrupt is not for it
        )
    except BaseException as error:
        os.close(writes)
        if isinstance(error, OSError):
            return None
        raise
    finally:
        os.close(reads)
    atexit.register(watchman.wait)  # the last registered is the first called
    atexit.register(os.close, writes)
    return writes
