import time
from collections.abc import Callable
from pathlib import Path

import pytest

from support.notebooks import LESSONS, name, strict_nbval

REPETITIONS = 20


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
