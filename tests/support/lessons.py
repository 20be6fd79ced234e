"""What a lesson has to have, and how long it takes.

The time is an estimate. It fits what two readers needed who know Python only:
15, 55, 65, 50 and 60 minutes for the first five lessons as they were then, for
which it says 14, 52, 65, 50 and 58.
"""

import json
import math
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORDS_A_MINUTE = 120  # of text, in one's second language
LINES_A_MINUTE = 10  # of code, with its run and its picture
MINUTES_AN_EXERCISE = 9
MINUTES_OF_PRACTICE = 14  # those are longer: readers needed so much for each

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
        )

    @property
    def more_minutes(self) -> int:
        """How many minutes more practice takes."""
        more = sum(self.exercises.values())
        return 5 * math.ceil(more * MINUTES_OF_PRACTICE / 5)


def run_again(path: Path) -> Iterator[str]:
    """Run each cell of a lesson twice; name those that show something else.

    Args:
        path: the lesson, with its outputs.
    """
    from minichannels.lab.building.notebooks import finished, load

    notebook = load(path)
    stored = [cell for cell in notebook.cells if cell.cell_type == "code"]
    order = [pair for pair in enumerate(stored, start=1) for _ in "12"]
    notebook.cells = [deepcopy(cell) for _, cell in order]
    for place, cell in enumerate(notebook.cells):
        cell.id = f"again-{place}"
    finished(notebook, path.parent)
    for (number, before), now in zip(order, notebook.cells, strict=True):
        if shown(before) != shown(now):
            yield f"code cell {number}: {shown(now)}"


def shown(cell: Any) -> list[Any]:
    """Return what a cell shows, but for the count of its runs."""
    return [
        {key: value for key, value in output.items() if key in _SHOWN}
        for output in cell.outputs
    ]


_SHOWN = {"output_type", "text", "data", "ename", "evalue"}
