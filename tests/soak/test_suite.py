"""The suite that changes lean on: what passes once passes every time."""

import re
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from support import ROOT, later

REPETITIONS = 10
SUITE = ["-q", "--tb=short", "-n", "auto", "--dist", "loadgroup"]
# What make quick runs, and the browser tests.
SELECTION = ["-m", "not kernel or browser"]
LATER = [f"--ignore=tests/{name}" for name in later() if name != "browser"]


@pytest.mark.timeout(0)  # each test has a limit of its own
@pytest.mark.usefixtures("load")
def test_suite_passes_every_time_under_load(
    record_property: Callable[[str, object], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = [sys.executable, "-m", "pytest", *SUITE, *SELECTION, *LATER]
    seconds, reports, tests = [], [], 0
    for number in range(1, REPETITIONS + 1):
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
        seconds.append(time.perf_counter() - start)
        counts = re.findall(r"(\d+) (?:passed|failed|error)", done.stdout)
        tests = max(tests, sum(map(int, counts)))
        with capsys.disabled():  # an hour is long to wait for the first word
            failed = re.findall(r"^(?:FAILED|ERROR) .*", done.stdout, re.M)
            last = done.stdout.splitlines()[-1:]
            sys.stdout.write(
                "\n".join([f"round {number}:", *failed, *last, ""])
            )
        if done.returncode:
            reports.append(done.stdout + done.stderr)

    record_property(
        "measured",
        f"suite: {REPETITIONS - len(reports)} of {REPETITIONS} passed under"
        f" load, {min(seconds):.0f} to {max(seconds):.0f} s, {tests:,} tests",
    )
    assert reports == []
