"""A lock between processes: one at a time reads, changes and writes a file.

How it works: the system itself locks a file that stays, empty, beside the one
that is changed. So whatever becomes of a kernel, nothing remains locked, as it
would if the mere presence of a file were the lock.
"""

import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

PAUSE, TIMES = 0.02, 100
"""How long to wait for others before the next attempt, and how many."""


def locked(path: Path, times: int = TIMES) -> IO[str]:
    """Keep others out who lock the same file, in a ``with`` statement.

    Where a system has no such locks, or somebody holds this one for seconds,
    it goes on without: a lesson must not wait for it. It is the file itself
    that is entered: closing it frees the lock, and no interrupt comes between.

    Args:
        path: the file.
        times: how often to try.

    Raises:
        OSError: the file cannot be made.
    """
    file = open(path, "a", encoding="utf-8")  # noqa: SIM115  # entered later
    try:
        with contextlib.suppress(OSError, ImportError):
            patiently(lambda: _take(file), times)
    except BaseException:
        file.close()
        raise
    return file


def patiently(attempt: Callable[[], None], times: int = TIMES) -> None:
    """Do what others may prevent for a moment; Windows calls that forbidden.

    Raises:
        OSError: as the last attempt did.
    """
    for _ in range(times):
        try:
            return attempt()
        except (BlockingIOError, PermissionError):
            time.sleep(PAUSE)
    return attempt()


def _take(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
