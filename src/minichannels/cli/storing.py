"""A flow in a file: written in one step, and read again."""

import os
import tempfile
from pathlib import Path

from minichannels.cli import CommandError
from minichannels.flow import Flow


def journal_folder(path: Path | None, name: str | None) -> Path | None:
    """Return the folder for this process' journal; None if it has no name.

    Raises:
        CommandError: it cannot be had; says why.
    """
    if not name:
        return None
    if path is None:
        raise CommandError(f"--as {name} needs a folder: add --save FOLDER")
    if path.suffix == ".json":
        raise CommandError(
            f"with --as, --save names a folder for all processes; {str(path)!r}"
            " is a name for one flow"
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()  # it can be written there
    except OSError as error:
        raise CommandError(
            f"cannot save in {path}: {error.strerror}", 1
        ) from None
    return path


def require_savable(path: Path) -> None:
    """Raise unless a flow can probably be saved there, when it is over.

    Raises:
        CommandError: the name or the folder is wrong.
    """
    if path.suffix != ".json":
        raise CommandError(
            f"a flow is saved as .json; {str(path)!r} is not (for a folder, add"
            " --as NAME)"
        )
    if not path.parent.is_dir():
        raise CommandError(f"there is no folder {str(path.parent)!r}")
    if path.is_dir():
        raise CommandError(f"{str(path)!r} is a folder; add --as NAME")


def save(flow: Flow, path: Path) -> None:
    """Save a flow; a file of that name is replaced, in one step.

    Raises:
        CommandError: it cannot be written; the former file is as it was.
    """
    path = path.resolve()  # behind a link stands the file to replace
    draft = path.with_name(f".{path.stem}.{os.getpid()}.json")
    try:
        flow.save(draft)
        draft.replace(path)
    except OSError as error:
        raise CommandError(
            f"cannot save the flow as {path}: {error.strerror}", 1
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def load(path: Path) -> Flow:
    """Return a saved flow; of a folder, that of all journals in it.

    Raises:
        CommandError: it cannot be read, or is none.
    """
    try:
        if path.is_dir():
            return Flow.merge(path)
        return Flow.from_json(path.read_bytes())
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from None
