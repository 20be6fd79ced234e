"""Tests that are run again and again, in processes of their own."""

import re
import subprocess
import sys
import time
from typing import NamedTuple

import pytest

from support import ROOT


class Repeated(NamedTuple):
    """What came of it.

    Attributes:
        failures: what the rounds that failed had to say.
        measured: one line about all rounds.
    """

    failures: list[str]
    measured: str


def repeated(
    what: str,
    arguments: list[str],
    times: int,
    capsys: pytest.CaptureFixture[str],
) -> Repeated:
    """Run tests so many times, and tell how each round ended.

    Args:
        what: what the tests are called.
        arguments: those of pytest.
        times: how many rounds.
        capsys: an hour is long to wait for the first word.
    """
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", *arguments]
    seconds, failures, tests = [], [], 0
    for number in range(1, times + 1):
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
        seconds.append(time.perf_counter() - start)
        counts = re.findall(r"(\d+) (?:passed|failed|error)", done.stdout)
        tests = max(tests, sum(map(int, counts)))
        with capsys.disabled():
            failed = re.findall(r"^(?:FAILED|ERROR) .*", done.stdout, re.M)
            last = done.stdout.splitlines()[-1:]
            lines = [f"{what}, round {number}:", *failed, *last, ""]
            sys.stdout.write("\n".join(lines))
        if done.returncode:
            failures.append(done.stdout + done.stderr)
    return Repeated(
        failures,
        f"{what}: {times - len(failures)} of {times} passed under load,"
        f" {min(seconds):.0f} to {max(seconds):.0f} s, {tests:,} tests",
    )
