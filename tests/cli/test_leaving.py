import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from minichannels.cli import leaving
from minichannels.cli.leaving import SIGNALS, handled, leave, unhurried
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


@pytest.mark.parametrize("error", [None, SystemExit(7)])
def test_who_had_asked_for_a_signal_is_told_of_it_at_last(
    capfd: pytest.CaptureFixture[str], error: BaseException | None
) -> None:
    told: list[int] = []

    def own(number: int, frame: object) -> None:
        told.append(number)
        if error is not None:
            raise error

    signal.signal(signal.SIGTERM, own)
    with suppress(SystemExit), unhurried("a moment") as heard:
        heard(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert told == []

    assert told == [signal.SIGTERM]
    signal.raise_signal(signal.SIGTERM)  # from here on it is ours, as others
    assert told == [signal.SIGTERM]
    assert capfd.readouterr().err == "a moment\n"


def test_ctrl_c_of_which_nobody_is_told_is_no_error() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)

    with unhurried("a moment") as heard:
        heard(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler


def own_hang_up(number: int, frame: object) -> None:
    raise AssertionError("not raised here")


HANG_UP = [n for n in SIGNALS if n.name == "SIGHUP"]


@pytest.mark.parametrize("number", HANG_UP)
@pytest.mark.parametrize("handler", [signal.SIG_IGN, own_hang_up])
def test_a_closed_terminal_ends_nothing_that_has_asked_for_it(
    number: int, handler: Any
) -> None:
    """As under nohup, or where a program reads its settings again then."""
    signal.signal(number, handler)

    with unhurried("a moment"), handled(own_hang_up):
        assert signal.getsignal(number) is handler


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


def test_ctrl_c_that_comes_when_all_is_put_back_leaves_no_signal_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, set_it = signal.default_int_handler, signal.signal

    def at_once(number: int, handler: Any) -> Any:
        former = set_it(number, handler)
        if handler is own:
            signal.raise_signal(number)
        return former

    before = [signal.getsignal(number) for number in SIGNALS]
    monkeypatch.setattr(signal, "signal", at_once)
    with pytest.raises(KeyboardInterrupt), handled(lambda *_: None):
        pass

    assert [signal.getsignal(number) for number in SIGNALS] == before
