import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from minichannels.lab.building import execute, notebooks, solve
from support.lessons import run_twice
from support.notebooks import (
    LESSONS,
    READING,
    SOLVED,
    STUDENTS,
    code_cells,
    name,
    plain_nbval,
    stored_problems,
    strict_nbval,
)

every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=name)


@every_lesson
def test_lesson_passes_strict_nbval(
    lesson: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    sizes = [len(cell.source.splitlines()) for cell in code_cells(lesson)]
    start = time.perf_counter()

    passed, report = strict_nbval(lesson, tmp_path)

    # No test asserts a time or a taste; the closing table shows them.
    record_property(
        "measured",
        f"{name(lesson)}: {len(sizes)} code cells, median "
        f"{statistics.median(sizes):g} lines, nbval "
        f"{time.perf_counter() - start:.1f} s",
    )
    assert passed, report


@pytest.mark.timeout(0)  # each cell has a limit of its own
def test_solved_lesson_passes_nbval_three_times_in_one_home(
    tmp_path: Path,
) -> None:
    for _ in range(3):
        passed, report = strict_nbval(SOLVED[0], tmp_path)
        assert passed, report

    assert (tmp_path / "home" / "progress.json").exists()


def test_plain_nbval_finds_the_cells_of_all_lessons(tmp_path: Path) -> None:
    found, report = plain_nbval(Path("notebooks"), tmp_path, "--collect-only")

    assert found, report
    assert all(lesson.name in report for lesson in LESSONS)


@pytest.mark.parametrize("lesson", STUDENTS, ids=name)
def test_rewriting_changes_no_byte_though_each_cell_runs_twice(
    lesson: Path,
) -> None:
    text, other = run_twice(lesson)

    assert other == []
    assert text == lesson.read_bytes().decode()


@pytest.mark.parametrize("lesson", READING, ids=name)
def test_rewriting_changes_no_byte(lesson: Path) -> None:
    assert execute.rewritten(lesson) == lesson.read_bytes().decode()


@every_lesson
def test_lesson_stores_only_what_every_run_repeats(lesson: Path) -> None:
    assert stored_problems(lesson) == []


def test_each_notebook_with_exercises_has_a_solved_one() -> None:
    with_exercises = [p for p in STUDENTS if solve.has_exercises(p)]

    assert with_exercises
    assert [p.name for p in with_exercises] == [p.name for p in SOLVED]


@pytest.mark.parametrize("solved", SOLVED, ids=name)
def test_solved_notebook_is_the_students_with_the_solutions(
    solved: Path,
) -> None:
    student = notebooks.load(solved.parents[1] / solved.name)

    solve.solve(student)

    stored = notebooks.load(solved)
    assert [c.source for c in stored.cells] == [c.source for c in student.cells]
    assert "not solved yet" not in solved.read_text(encoding="utf-8")
