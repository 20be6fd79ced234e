"""Files that are the user's alone: what somebody said to an application."""

import contextlib
import os
import tempfile
from pathlib import Path


def opener(path: str, flags: int) -> int:
    """Open a file; a new one is for its owner alone to read."""
    return os.open(path, flags, 0o600)


def behind(path: Path) -> Path:
    """Return the file to replace: of a link, the one that it leads to.

    Raises:
        OSError: the system follows no such link: those of a ring, and on
            Linux that of somebody else in a folder which is everybody's.
    """
    with contextlib.suppress(FileNotFoundError):
        path.stat()  # resolve() would not ask the system
    return path.resolve()


def write_text(path: Path, text: str) -> None:
    """Write a file, which its owner alone may read from now on.

    What was there is replaced in one step.

    Raises:
        OSError: it cannot be written, as on a full disk; what was there stays.
    """
    try:
        path = behind(path)
        if path.exists() and not path.is_file():  # such as /dev/stdout
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path, text)
    except OSError as error:
        # The file that was asked for, and not the draft.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    draft = Path(name)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
