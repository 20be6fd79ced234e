"""What a lesson has to have, and how long it takes.

The time is an estimate. It fits what two readers needed who know Python only:
15, 55, 65, 50 and 60 minutes for the first five lessons as they were then, for
which it says 14, 52, 65, 50 and 58.
"""

import json
import math
import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORDS_A_MINUTE = 120  # of text, in one's second language
LINES_A_MINUTE = 10  # of code, with its run and its picture
MINUTES_AN_EXERCISE = 9
MINUTES_OF_PRACTICE = 14  # those are longer: readers needed so much for each
# What a later reader needed beyond the estimate: first steps in 00, the
# longest code in 07, exercises with long rules in 08.
MORE_MINUTES = {"00": 5, "06": 3, "07": 4, "08": 18}

EXERCISE = re.compile(r"^### Exercise (\d+\.\d+) · \w+ it(.*)$", re.M)
MORE = " (more practice)"


@dataclass(frozen=True)
class Lesson:
    """A lesson, as its file has it."""

    path: Path

    @property
    def cells(self) -> list[Any]:
        """All cells, their sources being texts."""
        cells = json.loads(self.path.read_text(encoding="utf-8"))["cells"]
        return [cell | {"source": "".join(cell["source"])} for cell in cells]

    @property
    def code(self) -> list[str]:
        """The sources of the code cells."""
        return [c["source"] for c in self.cells if c["cell_type"] == "code"]

    @property
    def text(self) -> str:
        """The text between the code cells."""
        return "\n\n".join(
            c["source"] for c in self.cells if c["cell_type"] == "markdown"
        )

    @property
    def words(self) -> int:
        """How many words there are to be read, without what is folded."""
        text = re.sub(r"<details>.*?</details>", "", self.text, flags=re.S)
        text = re.sub(r"```.*?```", "", text, flags=re.S)
        return len(re.findall(r"\S*\w\S*", text))

    @property
    def exercises(self) -> dict[str, bool]:
        """Its exercises, and whether each is for more practice."""
        return {
            number: rest == MORE for number, rest in EXERCISE.findall(self.text)
        }

    @property
    def needed(self) -> float:
        """How many minutes it takes, without more practice."""
        more = [number for number, more in self.exercises.items() if more]
        lines = sum(
            len(cell.splitlines())
            for cell in self.code[1:]  # the first one has nothing to read
            if not any(f'check("{number}")' in cell for number in more)
        )
        return (
            self.words / WORDS_A_MINUTE
            + lines / LINES_A_MINUTE
            + (len(self.exercises) - len(more)) * MINUTES_AN_EXERCISE
            + MORE_MINUTES.get(self.path.name[:2], 0)
        )

    @property
    def more_minutes(self) -> int:
        """How many minutes more practice takes."""
        more = sum(self.exercises.values())
        return 5 * math.ceil(more * MINUTES_OF_PRACTICE / 5)


def run_twice(path: Path) -> tuple[str, list[str]]:
    """Run each cell of a lesson twice, one run after the other.

    Args:
        path: the lesson, with its outputs.

    Returns:
        The text of its file as the first runs leave it, and each run, of the
        first ones and the second ones, that shows what is not stored.
    """
    from minichannels.lab.building.notebooks import finished, load, written

    notebook = load(path)
    cells = notebook.cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    stored = [shown(cell) for cell in code]
    again = {cell.id: deepcopy(cell) for cell in code}
    for identity, cell in again.items():
        cell.id = f"{identity}-again"
    notebook.cells = [
        run for cell in cells for run in (cell, again.get(cell.id)) if run
    ]
    finished(notebook, path.parent)
    notebook.cells = cells
    other = []
    for number, cell in enumerate(code, start=1):
        for counted in cell, *cell.outputs:
            if "execution_count" in counted:
                counted.execution_count = number
        runs = shown(cell), shown(again[cell.id])
        other += [
            f"code cell {number}: {run}"
            for run in runs
            if run != stored[number - 1]
        ]
    return written(notebook), other


def shown(cell: Any) -> list[Any]:
    """Return what a cell shows, but for the count of its runs."""
    return [
        {key: value for key, value in output.items() if key in _SHOWN}
        for output in cell.outputs
    ]


_SHOWN = {"output_type", "text", "data", "ename", "evalue"}
