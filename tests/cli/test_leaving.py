import os
import signal
import threading
from collections.abc import Iterator

import pytest

from minichannels.cli import leaving
from minichannels.cli.leaving import SIGNALS, leave, unhurried
from support.limit import LIMIT


@pytest.mark.parametrize("number", SIGNALS)
def test_signals_are_answered_with_one_sentence(
    capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    with unhurried("a moment"):
        signal.raise_signal(number)
        signal.raise_signal(number)
        signal.raise_signal(signal.SIGINT)

    assert capfd.readouterr().err == "a moment\n"


def test_signals_break_nothing_off_after_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with unhurried("a moment"):
        pass

    for number in SIGNALS:
        signal.raise_signal(number)
    assert capfd.readouterr().err == "a moment\n"


def test_signals_do_what_they_did_after_an_error() -> None:
    former = signal.getsignal(signal.SIGINT)

    with pytest.raises(ValueError, match="disk"), unhurried("a moment"):
        raise ValueError("disk")

    assert signal.getsignal(signal.SIGINT) is former


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Note the end of this process, and let it live."""
    statuses: list[int] = []
    ended = threading.Event()

    def end(status: int) -> None:
        statuses.append(status)
        ended.set()

    monkeypatch.setattr(os, "_exit", end)
    yield statuses
    assert ended.wait(LIMIT)
    assert set(statuses) == {3}


def test_leave_waits_a_while_for_threads(
    exits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "PATIENCE", 0)

    with pytest.raises(SystemExit) as end:
        leave(3)

    assert end.value.code == 3


def test_leave_waits_no_longer_after_a_signal(
    exits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Timer, "start", lambda timer: None)
    with pytest.raises(SystemExit):
        leave(3)
    assert exits == []

    signal.raise_signal(signal.SIGINT)

    assert exits == [3]
