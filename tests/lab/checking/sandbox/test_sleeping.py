import itertools
import sys
import threading
import time
from collections.abc import Callable

import pytest

from minichannels.lab.checking.sandbox import sleeping
from minichannels.lab.checking.sandbox.sleeping import (
    BRIEF,
    Sleeps,
    noted_sleeps,
)


def nap() -> None:
    time.sleep(0)


def clock(step: float) -> Callable[[], float]:
    """Return a clock that goes on by a step each time it is read."""
    return itertools.count(0.0, step).__next__


def test_noted_sleeps_names_the_line_that_sleeps() -> None:
    with noted_sleeps(clock(2 * BRIEF)) as places:
        nap()

    (place,) = places
    assert place is not None
    assert (place.function, place.code) == ("nap", "time.sleep(0)")


def test_noted_sleeps_leaves_out_a_turn_given_away() -> None:
    with noted_sleeps(clock(BRIEF / 2)) as places:
        nap()

    assert places == []


def test_noted_sleeps_leaves_out_a_sleep_that_is_only_handed_on() -> None:
    def handed(function: Callable[[float], None]) -> Callable[[float], None]:
        return function

    with noted_sleeps(clock(2 * BRIEF)) as places:
        handed(time.sleep)

    assert places == []


def test_noted_sleeps_leaves_other_threads_alone() -> None:
    thread = threading.Thread(target=nap)

    with noted_sleeps(clock(2 * BRIEF)) as places:
        thread.start()
        thread.join()

    assert places == []


def test_noted_sleeps_puts_back_who_was_told_of_calls_before() -> None:
    calls: list[str] = []
    sys.setprofile(lambda frame, event, arg: calls.append(event))
    try:
        with noted_sleeps():
            calls.clear()
            nap()
            assert calls == []
        nap()
    finally:
        sys.setprofile(None)

    assert "c_call" in calls


def test_sleeps_are_noted_when_they_end_and_other_calls_never() -> None:
    # Told by hand: Python measures no coverage in what it tells of calls.
    sleeps, frame = Sleeps(clock(2 * BRIEF)), sys._getframe()

    for event in "c_call", "c_return":
        sleeps.note(frame, event, len)
    assert sleeps.places == []
    for event in "c_call", "c_return":
        sleeps.note(frame, event, time.sleep)

    assert len(sleeps.places) == 1


def test_sleep_that_is_brief_is_none() -> None:
    sleeps, frame = Sleeps(clock(BRIEF / 2)), sys._getframe()

    for event in "c_call", "c_return":
        sleeps.note(frame, event, time.sleep)

    assert sleeps.places == []


def test_nothing_is_noted_where_that_would_hold_up_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sleeping, "may_be_traced", lambda: False)

    with noted_sleeps(clock(2 * BRIEF)) as places:
        nap()

    assert places == []
