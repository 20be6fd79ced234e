"""A flow in a file: written in one step or as it goes, and read again."""

import stat
import tempfile
from pathlib import Path

from minichannels.cli import CommandError
from minichannels.cli.saying import say
from minichannels.flow import Flow
from minichannels.flow.processes.holding import is_held
from minichannels.flow.processes.writing import JOURNAL
from minichannels.flow.text.formatting import count

SUFFIXES = (".json", JOURNAL)
"""How the name of a saved flow may end."""


def journal_folder(path: Path | None, name: str | None) -> Path | None:
    """Return the folder for this process' journal; None if it has no name.

    Raises:
        CommandError: it cannot be had; says why.
    """
    if not name:
        return None
    if path is None:
        raise CommandError(f"--as {name} needs a folder: add --save FOLDER")
    if path.suffix in SUFFIXES:
        raise CommandError(
            f"with --as, --save names a folder for all processes; {str(path)!r}"
            " is a name for one flow"
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_save(f"in {path}", error) from None
    _require_writable(path)
    return path


def require_savable(path: Path) -> None:
    """Raise unless a flow can probably be saved there.

    Raises:
        CommandError: the name or the folder is wrong.
    """
    if path.suffix not in SUFFIXES:
        raise CommandError(
            f"a flow is saved as .json at the end, or as .jsonl while it goes;"
            f" {str(path)!r} is neither (for a folder, add --as NAME)"
        )
    if not path.parent.is_dir():
        raise CommandError(f"there is no folder {str(path.parent)!r}")
    _require_file(path)
    _require_writable(path.resolve().parent)  # a file is replaced by a new one
    if path.suffix == JOURNAL and path.exists() and is_held(path):
        raise CommandError(f"another process writes {str(path)!r}", 1)


def _require_file(path: Path) -> None:
    """Raise if something else is there, or no file can be called so."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:  # such as too long a name
        raise _cannot_save(f"the flow as {path}", error) from None
    if stat.S_ISDIR(mode):
        raise CommandError(f"{str(path)!r} is a folder; add --as NAME")
    if not stat.S_ISREG(mode):  # to write into a pipe may take for ever
        raise CommandError(f"{str(path)!r} is no file; take another name")


def written_as_it_goes(path: Path | None) -> Path | None:
    """Return the file for a journal; None if the flow is saved at the end."""
    return path if path and path.suffix == JOURNAL else None


def save(flow: Flow, path: Path) -> None:
    """Save a flow, unless it was written as it went.

    A file of that name is replaced, in one step.

    Raises:
        CommandError: it cannot be written; the former file is as it was.
    """
    if path.suffix == JOURNAL:
        return
    _save_as(flow, path)


def say_saved(flow: Flow, where: Path) -> None:
    """Say how much of a flow was saved where.

    Args:
        flow: what was recorded, and is over.
        where: the file, or the folder, as it was asked for.

    Raises:
        CommandError: it has only the beginning; says why.
    """
    journal = flow.journal
    if journal is not None and journal.unwritten:
        raise CommandError(
            f"only the beginning is saved in {where}: {journal.unwritten}", 1
        )
    at_the_end = where.suffix == SUFFIXES[0]  # what is kept by then
    number = len(flow) + (0 if at_the_end else flow.left_out)
    say(f"{count(number, 'event')} saved in {where}")


def export(flow: Flow, path: Path) -> None:
    """Write the exchanges and the WebSockets of a flow as HAR.

    Raises:
        CommandError: the name ends otherwise, or nothing can be written there.
    """
    if path.suffix != ".har":
        raise CommandError(
            f"--har names a file such as flow.har, not {str(path)!r}"
        )
    _save_as(flow, path)


def load(path: Path) -> Flow:
    """Return a saved flow, or that of a journal, or of all in a folder.

    Raises:
        CommandError: it cannot be read, or is none.
    """
    try:
        if path.is_dir() or path.suffix == JOURNAL:
            return Flow.merge(path)
        return Flow.from_json(path.read_bytes())
    except OSError as error:
        which = error.filename or path  # of a folder one of its files
        raise CommandError(f"cannot read {which}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from None


def _save_as(flow: Flow, path: Path) -> None:
    try:
        flow.save(path)
    except OSError as error:
        raise _cannot_save(f"the flow as {path}", error) from None


def _require_writable(folder: Path) -> None:
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise _cannot_save(f"in {folder}", error) from None


def _cannot_save(what: str, error: OSError) -> CommandError:
    return CommandError(f"cannot save {what}: {error.strerror}", 1)
