"""What the command says, at once and to whom."""

import sys
import traceback
from typing import TextIO

from minichannels.cli import PROGRAM, CommandError


def say(text: str, to: TextIO | None = None) -> None:
    """Print a line at once, whoever reads it."""
    out = sys.stdout if to is None else to
    out.write(f"{text}\n")
    out.flush()


def warn(text: str) -> None:
    """Print a warning."""
    say(f"{PROGRAM}: warning: {text}", sys.stderr)


def say_error(error: CommandError) -> None:
    """Print what cannot be done, and what the project raised, if it did."""
    if error.__cause__ is not None:
        traceback.print_exception(error.__cause__)
    say(f"{PROGRAM}: error: {error}", sys.stderr)
