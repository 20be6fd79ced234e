"""What the command says, at once and to whom."""

import sys
from typing import TextIO

from minichannels.cli import PROGRAM


def say(text: str, to: TextIO | None = None) -> None:
    """Print a line at once, whoever reads it."""
    out = sys.stdout if to is None else to
    out.write(f"{text}\n")
    out.flush()


def warn(text: str) -> None:
    """Print a warning."""
    say(f"{PROGRAM}: warning: {text}", sys.stderr)
