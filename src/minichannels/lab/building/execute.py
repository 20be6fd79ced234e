"""The command that executes the notebooks and writes them back.

A stored output is a promise to the reader, so each notebook runs on a fresh
kernel, and what comes out is written such that the same lesson gives the same
bytes on every machine: whatever differs from run to run (ids of widgets,
times, the paths in a traceback) is left out, and everything else is kept.

    python -m minichannels.lab.building.execute          all of notebooks/
    python -m minichannels.lab.building.execute PATH ... these files and folders
    python -m minichannels.lab.building.execute --check  write nothing, compare
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from minichannels.flow.private import rewrite
from minichannels.lab.building.notebooks import LessonError, finished, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute and rewrite notebooks, printing one line for each.

    Args:
        arguments: those of the command line, unless given.

    Returns:
        The exit status: 1 if a notebook failed, or with ``--check`` if one
        would change.
    """
    parser = argparse.ArgumentParser(
        prog="python -m minichannels.lab.building.execute",
        description="Execute notebooks and write them back, outputs included.",
    )
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    try:
        notebooks = find(options.paths or [Path("notebooks")])
    except LessonError as error:
        parser.error(str(error))
    results = [report(path, check=options.check) for path in notebooks]
    return 0 if all(results) else 1


def find(paths: Sequence[Path]) -> list[Path]:
    """List the notebooks that some files and folders stand for.

    Raises:
        LessonError: a path does not exist, or a folder holds no notebook.
    """
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]
        kept = [file for file in inside if file.is_file() and not _hidden(file)]
        if not kept:
            raise LessonError(f"no notebook at '{path}'; give a file or folder")
        found += kept
    return found


def _hidden(path: Path) -> bool:
    # JupyterLab keeps copies of its own in .ipynb_checkpoints.
    return path.parent.name.startswith(".")


def report(
    path: Path,
    *,
    check: bool = False,
    make: Callable[[Path], str] | None = None,
) -> bool:
    """Execute one notebook, store it and print how it went.

    Args:
        path: the notebook; a failed one keeps its old content.
        check: only compare, write nothing.
        make: makes the text to store; by default the notebook's own.

    Returns:
        Whether all is well: no failure, and with ``check`` no change.
    """
    start = time.perf_counter()
    try:
        content = (make or rewritten)(path).encode()
    except LessonError as error:
        print(f"{path}: failed: {error}")
        return False
    changed = not path.is_file() or content != path.read_bytes()
    if changed and not check and (problem := _stored(path, content)):
        print(f"{path}: failed: {problem}")
        return False
    verb = "would change" if check else "rewritten"
    seconds = time.perf_counter() - start
    print(f"{path}: {verb if changed else 'unchanged'} ({seconds:.1f} s)")
    return not (check and changed)


def _stored(path: Path, content: bytes) -> str:
    """Store a notebook; return why it could not be, if it could not."""
    try:
        if path.is_file():
            rewrite(path, content)  # it is the source: half of it is none
        else:
            path.write_bytes(content)
    except OSError as error:
        return f"it cannot be written: {error.strerror}"
    return ""


def rewritten(path: Path) -> str:
    """Return the text that a notebook has once it is executed and cleaned.

    Raises:
        LessonError: it cannot be read, or a cell failed.
    """
    return finished(load(path), path.parent)


if __name__ == "__main__":
    sys.exit(main())
