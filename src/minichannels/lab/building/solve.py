"""The command that makes the solved notebooks of the students' ones.

A solved notebook is the student's, with each exercise's stub replaced by the
solution in the exercise's file, and executed. Nobody edits it, so the two
cannot drift. An exercise's cell holds the stub and its check:

    python -m minichannels.lab.building.solve          all of notebooks/
    python -m minichannels.lab.building.solve PATH ... these students' notebooks
    python -m minichannels.lab.building.solve --check  write nothing, compare
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from minichannels.lab.building.execute import report
from minichannels.lab.building.notebooks import LessonError, finished, load
from minichannels.lab.checking.stage.exercise import find

FOLDER = "solutions"

CHECK = re.compile(r'\bcheck\(\s*"(\d+\.\d+)"')
LINK = re.compile(r"\]\((?=[\w-]+\.(?:ipynb|md)\))")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the solved notebooks, printing one line for each.

    Args:
        arguments: those of the command line, unless given.

    Returns:
        The exit status: 1 if one failed, or with ``--check`` would change.
    """
    parser = argparse.ArgumentParser(
        prog="python -m minichannels.lab.building.solve",
        description="Make the solved notebooks of the students' ones.",
    )
    parser.add_argument("paths", nargs="*", type=Path, help="notebooks")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    students = options.paths or sorted(Path("notebooks").glob("*.ipynb"))
    results = [
        report(target(path), check=options.check, make=solved_text)
        for path in students
        if has_exercises(path)
    ]
    return 0 if all(results) else 1


def target(student: Path) -> Path:
    """Return where the solved notebook of a student's one stands."""
    folder = student.parent / FOLDER
    folder.mkdir(exist_ok=True)
    return folder / student.name


def has_exercises(path: Path) -> bool:
    """Return whether a notebook checks any exercise."""
    return any(CHECK.search(cell.source) for cell in load(path).cells)


def solved_text(path: Path) -> str:
    """Return the text of a solved notebook, executed.

    Args:
        path: the solved notebook's; the student's stands a folder above.

    Raises:
        LessonError: an exercise's cell lacks its stub, a cell failed, or a
            solution did not pass.
    """
    notebook = load(path.parents[1] / path.name)
    solve(notebook)
    text = finished(notebook, path.parent)
    _require_solved(notebook)
    return text


def solve(notebook: NotebookNode) -> None:
    """Replace the stub of each exercise by its solution.

    Links lead to the students' notebooks, a folder above.

    Raises:
        LessonError: an exercise's cell does not hold its stub.
    """
    for cell in notebook.cells:
        if cell.cell_type != "code":
            cell.source = LINK.sub("](../", cell.source)
            continue
        for number in CHECK.findall(cell.source):
            exercise = find(number)
            stub = exercise.stub.rstrip()
            if stub not in cell.source:
                raise LessonError(
                    f"the cell that checks {number} does not hold the stub of"
                    " the exercise's file; let the two be the same"
                )
            solution = exercise.solution.rstrip()
            cell.source = cell.source.replace(stub, solution)


def _require_solved(notebook: NotebookNode) -> None:
    """Require that each check passed: its cell is not an error if it did not.

    Raises:
        LessonError: one did not, on a machine too busy for it, say.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        data = [output.get("data", {}) for output in cell.outputs]
        told = [each.get("text/plain", "") for each in data]
        for number in CHECK.findall(cell.source):
            if not any(text.startswith(f"{number} solved") for text in told):
                raise LessonError(
                    "\n".join(["a solution did not pass:", *told])
                )


if __name__ == "__main__":
    sys.exit(main())
