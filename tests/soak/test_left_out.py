"""Each lesson with each of its cells left out: what fails says why."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.kernels import started
from support.notebooks import CELL_TIMEOUT, STUDENTS, code_cells, name

# What an error of ours says, and the error that the lab adds a cell to.
EXPLAINED = (
    "of this lesson defines it: the one that begins with",
    "leaves something behind",
    "run its cells again, from the first one on",
    "and none came; to wait longer",
    "is full (",
    "the server has hung up",
    "there is no event number",
    "there is no journal (*.jsonl) in",
    "was refused with",
    # Of a project that was not written, or not set up; Django says it.
    "No module named 'mysite.",
    "but settings are not configured",
)


@pytest.mark.timeout(0)  # each cell has a limit of its own
@pytest.mark.parametrize("lesson", STUDENTS, ids=name)
def test_lesson_without_one_of_its_cells_says_what_is_missing(
    lesson: Path, tmp_path: Path
) -> None:
    cells = code_cells(lesson)
    unexplained = []
    # Not the first: without it nothing of ours is there to explain.
    for left_out in range(1, len(cells)):
        rest = [c for c in cells if c is not cells[left_out]]
        unexplained += [
            f"without code cell {left_out + 1}: {error}"
            for error in _errors(lesson.parent, tmp_path, rest)
            if not any(words in error for words in EXPLAINED)
        ]

    assert unexplained == []


def _errors(folder: Path, home: Path, cells: list[Any]) -> Iterator[str]:
    """Run cells in a fresh kernel; give the errors that are no lesson's."""
    environment = os.environ | {"MINICHANNELS_HOME": str(home)}
    with started(cwd=str(folder), env=environment) as kernel:
        for cell in cells:
            content = kernel.client.execute_interactive(
                cell.source,
                stop_on_error=False,
                output_hook=lambda message: None,
                timeout=CELL_TIMEOUT,
            )["content"]
            expected = "raises-exception" in cell.metadata.get("tags", [])
            if content["status"] != "ok" and not expected:
                yield f"{content['ename']}: {content['evalue']}"
