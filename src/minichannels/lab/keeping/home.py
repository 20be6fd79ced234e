"""The folder for what the lab keeps of a user, on this machine."""

import os
import re
import shutil
import sys
from pathlib import Path

_SHARED = "shared"


def home() -> Path:
    """Return ``MINICHANNELS_HOME``, or where this system has such things."""
    user = os.path.expanduser("~")  # itself, if nobody has a home
    chosen = os.environ.get("MINICHANNELS_HOME")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("APPDATA", f"{user}/AppData/Roaming")
    elif sys.platform == "darwin":
        base = f"{user}/Library/Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME", f"{user}/.local/share")
    return Path(base) / "minichannels"


def shared_folder(name: str) -> Path:
    """Return a folder that all notebooks of a user see, until a lesson ends.

    Args:
        name: what it is called, in one word.

    Raises:
        ValueError: it could not be the name of a folder in that place.
    """
    is_text = isinstance(name, str)
    if not is_text or not re.fullmatch(r"[\w-][\w.-]*", name):
        raise ValueError(
            f"a shared folder has a name such as 'workshop', not {name!r}"
        )
    return home() / _SHARED / name


def forget_shared() -> None:
    """Remove all such folders."""
    shutil.rmtree(home() / _SHARED, ignore_errors=True)
