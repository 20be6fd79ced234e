"""A name that is not there: which cell of this lesson defines it?

Whoever leaves out a cell gets a ``NameError`` further down. Python says which
name is missing; the lesson's own notebook, found by its number beside the
kernel, says which of its cells would have defined it.
"""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from minichannels.lab.second.cells import NameMissingThere
from minichannels.lab.transport.kernel import shell_here

LONGEST = 60


def help_with_names(number: str) -> None:
    """From now on, have a ``NameError`` in this kernel name the cell.

    Args:
        number: the lesson's number, such as ``"07"``.
    """
    shell = shell_here()
    if shell is None:
        return

    def show(shell: Any, kind: Any, error: Any, tb: Any, **options: Any) -> Any:
        cells = code_cells(number)
        running = str(shell.user_ns.get("In", [""])[-1])
        explain(error, cells, running)
        shell.showtraceback((kind, error, tb), **options)

    shell.set_custom_exc((NameError,), show)


def explain(error: NameError, cells: Sequence[str], running: str) -> None:
    """Add to a ``NameError`` which cell defines the name, if one does.

    Args:
        error: the error; its text is changed.
        cells: the lesson's code cells.
        running: the cell that failed.
    """
    name = getattr(error, "name", None)
    if not name or isinstance(error, UnboundLocalError):
        return
    there = isinstance(error, NameMissingThere)
    found = definer(name, cells, running, there=there)
    if found is not None:
        first = cells[found].strip().splitlines()[0][:LONGEST]
        error.args = (
            f"{error}. Code cell {found + 1} of this lesson defines it: the one"
            f" that begins with {first!r}. Run that cell, then this one again",
        )


def definer(
    name: str, cells: Sequence[str], running: str, *, there: bool = False
) -> int | None:
    """Return the index of the cell to run: the last one before this one.

    Args:
        name: what is missing.
        cells: the lesson's code cells.
        running: the cell that failed.
        there: whether it is missing in the second notebook.
    """
    found = [i for i, cell in enumerate(cells) if name in bound(cell, there)]
    here = [
        i for i, cell in enumerate(cells) if cell.strip() == running.strip()
    ]
    before = [index for index in found if here and index < here[0]]
    best = before[-1:] or found[:1]
    return best[0] if best else None


def code_cells(number: str) -> list[str]:
    """Return the code cells of the lesson that this kernel stands beside."""
    for path in sorted(Path.cwd().glob(f"{number}-*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            return [
                "".join(cell["source"])
                for cell in cells
                if cell["cell_type"] == "code"
            ]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # no notebook, whatever its name says
    return []


def python_of(cell: str, there: bool = False) -> str:
    """Return what runs of a cell, without the lines for IPython itself.

    Args:
        cell: the cell.
        there: whether it runs in the second notebook, or here.
    """
    if there:
        runs = cell.startswith(("%%second", "%%both"))
    else:
        runs = cell.startswith("%%both") or not cell.startswith("%%")
    if not runs:
        return ""
    return re.sub("^%.*", "", cell, flags=re.MULTILINE)


def bound(source: str, there: bool = False) -> set[str]:
    """Return the names that a cell defines at its top level.

    Args:
        source: the cell.
        there: whether in the second notebook, or here.
    """
    try:
        module = compile(
            python_of(source, there),
            "<cell>",
            "exec",
            ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        )
    except (SyntaxError, ValueError):
        return set()
    return set(_names(module))


def _names(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(
            child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ):
            yield child.name
            yield from _globals(child)
        elif isinstance(child, ast.alias):
            yield (child.asname or child.name).partition(".")[0]
        elif not isinstance(child, ast.Lambda):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id
            yield from _names(child)


def _globals(function: ast.AST) -> Iterator[str]:
    """Yield the names that a function defines for all, once it is called."""
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            yield from node.names
