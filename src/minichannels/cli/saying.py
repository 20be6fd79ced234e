"""What the command says, at once and to whom.

How it works: who listens may be a file, a pipe or a terminal that lacks a sign
(then its number stands there, as Python writes it), may have gone, as ``head``
after its ten lines (then what is still to be said is said to nobody, and the
work goes on), or not be there at all.
"""

import errno
import os
import shutil
import sys
import traceback
from typing import TextIO, TypeGuard

from minichannels.cli import PROGRAM, CommandError

_GONE = {errno.EPIPE, errno.EINVAL}  # the latter on Windows


def say(text: str, to: TextIO | None = None) -> None:
    """Print a line at once, whoever reads it; what is at work goes on."""
    try:
        answer(text, to)
    except CommandError as error:
        if to is None:
            warn(str(error))


def answer(text: str, to: TextIO | None = None) -> None:
    """Print what a command is there for.

    Raises:
        CommandError: it cannot be written, as on a disk that is full.
    """
    out = sys.stdout if to is None else to
    if not is_there(out):
        return
    try:
        _write(f"{text}\n", out)
        out.flush()
    except OSError as error:
        silence(out)
        if error.errno not in _GONE:
            reason = f"what is to be printed cannot be: {error.strerror}"
            raise CommandError(reason, 1) from None


def columns() -> int:
    """Return how wide the terminal is that an answer goes to; 0 if to none."""
    out = sys.stdout
    if not is_there(out) or not out.isatty():
        return 0
    return shutil.get_terminal_size((0, 0)).columns


def is_there(out: TextIO | None) -> TypeGuard[TextIO]:
    """Return whether there is anybody: a console, and nobody has closed it."""
    return out is not None and not getattr(out, "closed", False)


def _write(text: str, out: TextIO) -> None:
    try:
        out.write(text)
    except UnicodeEncodeError:
        signs = text.encode(out.encoding, errors="backslashreplace")
        out.write(signs.decode(out.encoding))


def silence(out: TextIO) -> None:
    """Have nobody told what is still to be said, nor that it cannot be."""
    try:
        number = out.fileno()
    except (AttributeError, OSError):  # it is no file
        return
    nobody = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nobody, number)
    os.close(nobody)


def warn(text: str) -> None:
    """Print a warning."""
    complain(f"warning: {text}")


def say_error(error: CommandError) -> None:
    """Print what cannot be done, and what the project raised, if it did."""
    complain(f"error: {error}", error.__cause__)


def complain(text: str, error: BaseException | None = None) -> None:
    """Print a line, below an error if there is one, where errors are told."""
    if is_there(sys.stderr):  # what is printed is for another reader
        raised = [] if error is None else traceback.format_exception(error)
        say("".join([*raised, f"{PROGRAM}: {text}"]), sys.stderr)
