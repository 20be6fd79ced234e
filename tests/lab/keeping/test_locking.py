import json
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from minichannels.lab.checking.report import kept
from minichannels.lab.keeping import locking
from minichannels.lab.keeping.locking import locked, patiently
from support.interrupts import interrupts
from support.servers import LIMIT

# Another kernel, held between reading the file and writing it.
OTHER = """
from minichannels.lab.checking.report import kept
replace = kept._replace
def held(*args):
    print("read", flush=True)
    input()
    replace(*args)
kept._replace = held
kept.keep("solved", "1.1")
"""


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What is done, one after another, instead of each pause."""
    acts: list[Callable[[], None]] = []
    monkeypatch.setattr(
        time, "sleep", lambda seconds: acts.pop(0)() if acts else None
    )
    return acts


def test_two_kernels_forget_nothing_of_each_other(
    home: Path, pauses: list[Callable[[], None]]
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OTHER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "read\n"

        def go_on() -> None:
            other.communicate("\n", LIMIT)

        pauses.append(go_on)  # while this one waits for the lock

        kept.keep("solved", "4.1")

    assert not pauses
    values = json.loads((home / "progress.json").read_text("utf-8"))
    assert values["solved"] == ["1.1", "4.1"]


def test_a_kernel_that_has_ended_leaves_nothing_locked(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys\n"
        "from minichannels.lab.keeping.locking import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): os._exit(0)"
    )
    path = tmp_path / "lock"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)

    with open(path, encoding="utf-8") as file:
        locking._take(file)


def test_a_lock_that_is_held_for_long_is_not_waited_for(
    tmp_path: Path, pauses: list[Callable[[], None]]
) -> None:
    tried: list[int] = []
    pauses.extend([lambda: tried.append(1)] * 1_000)

    with locked(tmp_path / "lock"), locked(tmp_path / "lock"):
        assert len(tried) == locking.TIMES


def test_without_locks_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)

    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()


def test_windows_locks_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Any] = []
    msvcrt = types.SimpleNamespace(
        LK_NBLCK=2, locking=lambda *args: taken.append(args[1:])
    )
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    monkeypatch.setattr(sys, "platform", "win32")

    with locked(tmp_path / "lock"):
        assert taken == [(2, 1)]


def test_patience_ends(pauses: list[Callable[[], None]]) -> None:
    attempts: list[int] = []

    def attempt() -> None:
        attempts.append(1)
        raise PermissionError("another process reads it")

    with pytest.raises(PermissionError, match="another process"):
        patiently(attempt)

    assert len(attempts) == locking.TIMES + 1


def test_a_lock_whose_taking_is_interrupted_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = locking._take

    def interrupted(file: IO[str]) -> None:
        take(file)
        raise KeyboardInterrupt

    monkeypatch.setattr(locking, "_take", interrupted)
    with pytest.raises(KeyboardInterrupt) as kept:
        locked(tmp_path / "lock")

    # A notebook keeps an error, too, and so all that it holds.
    assert kept.tb is not None
    with open(tmp_path / "lock", encoding="utf-8") as file:
        take(file)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_lock_is_free_after_an_interrupt_at_any_step(tmp_path: Path) -> None:
    def act() -> None:
        with locked(tmp_path / "lock"):
            pass

    for _ in interrupts(act, locking):
        with open(tmp_path / "lock", "a", encoding="utf-8") as file:
            locking._take(file)
