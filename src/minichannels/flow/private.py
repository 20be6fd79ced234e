"""Files that are the user's alone: what somebody said to an application."""

import contextlib
import os
from pathlib import Path


def opener(path: str, flags: int) -> int:
    """Open a file; a new one is for its owner alone to read."""
    return os.open(path, flags, 0o600)


def write_text(path: Path, text: str) -> None:
    """Write a file, which its owner alone may read from now on."""
    with open(path, "w", encoding="utf-8", opener=opener) as file:
        # Of a file that was there; not every disk knows who may read.
        with contextlib.suppress(OSError):
            path.chmod(0o600)
        file.write(text)
