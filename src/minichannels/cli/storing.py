"""A flow in a file: written in one step, and read again."""

import os
from pathlib import Path

from minichannels.cli import CommandError
from minichannels.flow import Flow


def require_savable(path: Path) -> None:
    """Raise unless a flow can probably be saved there, when it is over.

    Raises:
        CommandError: the name or the folder is wrong.
    """
    if path.suffix != ".json":
        raise CommandError(f"a flow is saved as .json; {str(path)!r} is not")
    if not path.parent.is_dir():
        raise CommandError(f"there is no folder {str(path.parent)!r}")
    if path.is_dir():
        raise CommandError(f"{str(path)!r} is a folder")


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
    """Return a saved flow.

    Raises:
        CommandError: it cannot be read, or is none.
    """
    try:
        return Flow.from_json(path.read_bytes())
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from None
