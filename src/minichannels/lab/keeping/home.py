"""The folder for what the lab keeps of a user, on this machine."""

import os
import sys
from pathlib import Path


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
