import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.notebooks import LESSONS, name, plain_nbval, strict_nbval

REPETITIONS = 20


@pytest.mark.timeout(0)
def test_all_lessons_pass_plain_nbval_three_times_in_one_home(
    tmp_path: Path,
) -> None:
    for _ in range(3):
        passed, report = plain_nbval(Path("notebooks"), tmp_path)
        assert passed, report

    assert (tmp_path / "progress.json").exists()


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
