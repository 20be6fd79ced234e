"""A notebook: read, executed on a fresh kernel, cleaned, written.

What another run would not repeat is left out: ids of widgets, times, the paths
in a traceback. Everything else is kept.

Source: "The Notebook file format", version 4.5.
"""

import asyncio
import itertools
import json
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

try:
    import nbformat
    from jupyter_client.asynchronous.client import AsyncKernelClient
    from jupyter_client.manager import (
        AsyncKernelManager,
        start_new_async_kernel,
    )
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

_ASKS = re.compile(r"^predict\(.*\banswer=", re.MULTILINE)
_TELLS = re.compile(r"^predict\(.*\bhappened=", re.MULTILINE)
_FOLDED = {"outputs_hidden": True}
# JupyterLab shows such an output when its cell is run, and not before: who has
# not predicted yet does not see what happens.
_COVER: dict[str, Any] = {
    "output_type": "display_data",
    "data": {},
    "metadata": {},
}
# Beside the dots of what is folded stands the first line of the first output.
# This one has none; so there is nothing that nbval could compare, either.

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
    return written(notebook)


def written(notebook: NotebookNode) -> str:
    """Return the text of a notebook's file."""
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
    except (ValueError, KeyError, TypeError, RecursionError):
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
        LessonError: no kernel starts; or a cell raised and is not tagged
            ``raises-exception``, took too long, or ended its kernel.
    """
    async with _kernel(folder) as (manager, channels):
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=CELL_TIMEOUT,
            coalesce_streams=True,
            record_timing=False,
            store_widget_state=False,
        )
        client.kc = channels
        for index in range(len(notebook.cells)):
            await _run(client, index)


@asynccontextmanager
async def _kernel(
    folder: Path,
) -> AsyncIterator[tuple[AsyncKernelManager, AsyncKernelClient]]:
    # What somebody keeps on this machine must not show in a lesson.
    with tempfile.TemporaryDirectory() as home:
        manager, channels = await _started(folder, home)
        try:
            yield manager, channels
        finally:
            channels.stop_channels()
            await manager.shutdown_kernel()


async def _started(
    folder: Path, home: str
) -> tuple[AsyncKernelManager, AsyncKernelClient]:
    begin = partial(
        start_new_async_kernel,
        kernel_name="python3",
        extra_arguments=[
            "--IPKernelApp.log_level=ERROR",
            "--HistoryManager.hist_file=:memory:",
        ],
        cwd=str(folder),
        env=os.environ | {"MINICHANNELS_HOME": home},
    )
    # Its ports are looked for before it starts: if another process takes one
    # of them in the meantime, it dies at once.
    try:
        return await begin()
    except RuntimeError:
        pass
    try:
        return await begin()
    except RuntimeError as error:
        raise LessonError(f"no kernel starts here: {error}") from None


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
    for cell in _giving_away(notebook.cells):
        cell.metadata["jupyter"] = NotebookNode(_FOLDED)
        if cell.outputs and cell.outputs[0] != _COVER:
            cell.outputs.insert(0, nbformat.from_dict(_COVER))


def _giving_away(cells: Iterable[NotebookNode]) -> Iterator[NotebookNode]:
    """Give the cells that show what a prediction asks for.

    They are those from the question on to the next text after what happened.
    """
    asked = told = False
    for cell in cells:
        if cell.cell_type != "code":
            asked, told = asked and not told, False
        elif _ASKS.search(cell.source):
            asked, told = True, False
        else:
            told = told or bool(_TELLS.search(cell.source))
            if asked or told:
                yield cell


def _clean_output(output: NotebookNode) -> None:
    if "metadata" in output:
        output.metadata = NotebookNode()
    if output.output_type == "error":
        # Frames carry paths and the library's line numbers of today.
        output.traceback = [f"{output.ename}: {output.evalue}"]
    # The model behind a view is gone with its kernel; its text stays.
    output.get("data", {}).pop(WIDGET_VIEW, None)
