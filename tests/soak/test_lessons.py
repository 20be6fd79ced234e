import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from minichannels.lab.building import execute
from support.notebooks import (
    LESSONS,
    SOLVED,
    name,
    plain_nbval,
    run_all,
    strict_nbval,
)

REPETITIONS = 20


@pytest.mark.timeout(0)
def test_all_lessons_pass_plain_nbval_three_times_in_one_home(
    tmp_path: Path,
) -> None:
    for _ in range(3):
        passed, report = plain_nbval(Path("notebooks"), tmp_path)
        assert passed, report

    assert (tmp_path / "progress.json").exists()


@pytest.mark.timeout(0)
@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_all_cells_of_a_lesson_run_twice_in_one_kernel(
    lesson: Path, tmp_path: Path
) -> None:
    assert run_all(lesson, tmp_path, times=2) == []


@pytest.mark.timeout(0)
@pytest.mark.parametrize("solved", SOLVED, ids=name)
def test_rewriting_a_solved_lesson_changes_no_byte(
    solved: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "notebooks"
    shutil.copytree(solved.parent, folder)

    text = execute.rewritten(folder / solved.name)

    assert text == solved.read_bytes().decode()


@pytest.mark.timeout(0)  # each cell has a limit of its own
@pytest.mark.usefixtures("load")
@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_lesson_passes_strict_nbval_every_time_under_load(
    lesson: Path,
    tmp_path_factory: pytest.TempPathFactory,
    record_property: Callable[[str, object], None],
) -> None:
    seconds, reports = [], []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        passed, report = strict_nbval(lesson, tmp_path_factory.mktemp("home"))
        seconds.append(time.perf_counter() - start)
        if not passed:
            reports.append(report)

    record_property(
        "measured",
        f"{name(lesson)}: {REPETITIONS - len(reports)} of {REPETITIONS} passed "
        f"under load, {min(seconds):.1f} to {max(seconds):.1f} s",
    )
    assert reports == []
