"""The command that executes the notebooks and writes them back.

A stored output is a promise to the reader, so each notebook runs on a fresh
kernel, and what comes out is written such that the same lesson gives the same
bytes on every machine: whatever differs from run to run (ids of widgets,
times, the paths in a traceback) is left out, and everything else is kept.

    python -m minichannels.lab.building.execute          all of notebooks/
    python -m minichannels.lab.building.execute PATH ... these files and folders
    python -m minichannels.lab.building.execute --check  write nothing, compare

Source: "The Notebook file format", version 4.5.
"""

import argparse
import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

try:
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import (
        CellControlSignal,
        CellExecutionError,
        DeadKernelError,
    )
    from nbformat import NotebookNode
except ImportError as error:
    raise ImportError(
        "executing notebooks needs nbclient and nbformat; run "
        "pip install 'minichannels[test]'"
    ) from error

CELL_TIMEOUT = 60
"""Seconds that one cell may take: a lesson that hangs must say where."""

CELL_METADATA = {"tags"}
"""What is kept of a cell's metadata; the rest is one editor's affair."""

NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
"""All that a notebook says of itself: no version, for it would change."""

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class LessonError(Exception):
    """A notebook cannot be read, or one of its cells failed."""


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
    if changed and not check:
        path.write_bytes(content)
    verb = "would change" if check else "rewritten"
    seconds = time.perf_counter() - start
    print(f"{path}: {verb if changed else 'unchanged'} ({seconds:.1f} s)")
    return not (check and changed)


def rewritten(path: Path) -> str:
    """Return the text that a notebook has once it is executed and cleaned.

    Raises:
        LessonError: it cannot be read, or a cell failed.
    """
    return finished(load(path), path.parent)


def finished(notebook: NotebookNode, folder: Path) -> str:
    """Execute and clean a notebook, and return its text.

    Args:
        notebook: changed in place.
        folder: the kernel's working directory.

    Raises:
        LessonError: a cell failed.
    """
    # The selector loop, as ZeroMQ cannot watch sockets on Windows' default.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(execute(notebook, folder))
    clean(notebook)
    text: str = nbformat.writes(notebook)
    return text.rstrip("\n") + "\n"


def load(path: Path) -> NotebookNode:
    """Read a notebook; a cell that has no id gets one that will last.

    Raises:
        LessonError: the file is not a notebook of format 4.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = content["cells"]
    except (ValueError, KeyError, TypeError):
        raise LessonError(f"'{path}' is no notebook of format 4") from None
    taken = {cell.get("id") for cell in cells}
    names = (f"cell-{number}" for number in itertools.count(1))
    free = (name for name in names if name not in taken)
    for cell in cells:
        cell["id"] = cell.get("id") or next(free)
    content["nbformat_minor"] = 5
    notebook: NotebookNode = nbformat.reads(json.dumps(content), as_version=4)
    return notebook


async def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells on a fresh kernel, their outputs going into the notebook.

    Args:
        notebook: changed in place.
        folder: the kernel's working directory.

    Raises:
        LessonError: a cell raised and is not tagged ``raises-exception``, took
            too long, or ended its kernel.
    """
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
    )
    # What somebody keeps on this machine must not show in a lesson.
    with tempfile.TemporaryDirectory() as home:
        settings = os.environ | {"MINICHANNELS_HOME": home}
        async with client.async_setup_kernel(cwd=str(folder), env=settings):
            for index in range(len(notebook.cells)):
                await _run(client, index)


async def _run(client: NotebookClient, index: int) -> None:
    cells = client.nb.cells
    try:
        await client.async_execute_cell(cells[index], index)
    except (CellControlSignal, DeadKernelError) as error:
        reason = str(error).splitlines()[0]
        if isinstance(error, CellExecutionError):
            reason = f"{error.ename}: {error.evalue}"
        number = sum(cell.cell_type == "code" for cell in cells[: index + 1])
        first = cells[index].source.lstrip().splitlines()[0]
        raise LessonError(f"code cell {number}, {first!r}: {reason}") from None


def clean(notebook: NotebookNode) -> None:
    """Take out of an executed notebook what another run would not repeat."""
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        kept = CELL_METADATA & cell.metadata.keys()
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in kept})
        for output in cell.get("outputs", []):
            _clean_output(output)


def _clean_output(output: NotebookNode) -> None:
    if "metadata" in output:
        output.metadata = NotebookNode()
    if output.output_type == "error":
        # Frames carry paths and the library's line numbers of today.
        output.traceback = [f"{output.ename}: {output.evalue}"]
    # The model behind a view is gone with its kernel; its text stays.
    output.get("data", {}).pop(WIDGET_VIEW, None)


if __name__ == "__main__":
    sys.exit(main())
