"""Files that are the user's alone: what somebody said to an application.

They are replaced in one step, as are others that a user would miss.
"""

import contextlib
import functools
import os
import secrets
import shutil
from pathlib import Path

opener = functools.partial(os.open, mode=0o600)
"""Opens a file; a new one is for its owner alone to read.

It is no function of Python's own: interrupted, that would lose an open file.
"""


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
            _replace(path, text.encode())
    except OSError as error:
        # The file that was asked for, and not the draft.
        raise OSError(error.errno, error.strerror, str(path)) from error


def rewrite(path: Path, content: bytes) -> None:
    """Write a file that is there anew; who may read it stays as it is.

    It is replaced in one step.

    Raises:
        OSError: it cannot be written, as on a full disk; what was there stays.
    """
    path = behind(path)
    _replace(path, content, like=path)


def _replace(path: Path, content: bytes, like: Path | None = None) -> None:
    # Named and opened here: mkstemp() would leave both, if it is interrupted.
    draft = path.parent / f".{secrets.token_hex(8)}"
    try:
        with open(draft, "xb", opener=opener) as file:
            file.write(content)
        if like is not None:
            shutil.copymode(like, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
