"""Whether somebody still writes a journal: the system tells.

How it works: whoever writes a file holds a lock on it. The system takes that
lock away when a process ends, however it ends. So a journal without an end
that nobody holds was broken off; one that is held goes on.
"""

import sys
from pathlib import Path
from typing import IO

FAR = 2**30
"""Where Windows locks a byte: nobody could read the first ones otherwise."""


def hold(file: IO[bytes]) -> None:
    """Show that this process writes a file, until that is closed."""
    _take(file, wait=True)  # somebody may just look whether it is held


def is_held(path: Path) -> bool:
    """Return whether somebody writes a file, or that cannot be told.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return not _take(file, wait=False)


def _take(file: IO[bytes], *, wait: bool) -> bool:
    """Take the lock of a file; return whether that was possible."""
    try:
        if sys.platform == "win32":
            import msvcrt

            before = file.tell()
            file.seek(FAR)
            how = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK
            try:
                msvcrt.locking(file.fileno(), how, 1)
            finally:
                file.seek(before)
        else:
            import fcntl

            at_once = 0 if wait else fcntl.LOCK_NB
            fcntl.flock(file, fcntl.LOCK_EX | at_once)
    except (OSError, ImportError):
        return False
    return True
