import asyncio
import itertools
import sys
import threading
import time
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from minichannels.lab.checking.sandbox import sleeping
from minichannels.lab.checking.sandbox.sleeping import (
    BRIEF,
    Halts,
    noted_halts,
)


def nap() -> None:
    time.sleep(0)


def clock(step: float) -> Callable[[], float]:
    """Return a clock that goes on by a step each time it is read."""
    return itertools.count(0.0, step).__next__


def test_noted_halts_names_the_line_that_sleeps() -> None:
    with noted_halts(clock(2 * BRIEF)) as halts:
        nap()

    (halt,) = halts
    assert not halt.joins
    assert halt.place is not None
    assert (halt.place.function, halt.place.code) == ("nap", "time.sleep(0)")


def test_noted_halts_leaves_out_a_turn_given_away() -> None:
    with noted_halts(clock(BRIEF / 2)) as halts:
        nap()

    assert halts == []


def test_noted_halts_leaves_out_a_sleep_that_is_only_handed_on() -> None:
    def handed(function: Callable[[float], None]) -> Callable[[float], None]:
        return function

    with noted_halts(clock(2 * BRIEF)) as halts:
        handed(time.sleep)

    assert halts == []


def test_noted_halts_leaves_other_threads_alone() -> None:
    thread = threading.Thread(target=nap)

    with noted_halts(clock(2 * BRIEF)) as halts:
        thread.start()
        while thread.is_alive():
            pass

    assert halts == []


def test_noted_halts_puts_back_who_was_told_of_calls_before() -> None:
    calls: list[str] = []
    sys.setprofile(lambda frame, event, arg: calls.append(event))
    try:
        with noted_halts():
            calls.clear()
            nap()
            assert calls == []
        nap()
    finally:
        sys.setprofile(None)

    assert "c_call" in calls


def test_sleeps_are_noted_when_they_end_and_other_calls_never() -> None:
    # Told by hand: Python measures no coverage in what it tells of calls.
    halts, frame = Halts(clock(2 * BRIEF)), sys._getframe()

    for event in "c_call", "c_return", "call":
        halts.note(frame, event, None if event == "call" else len)
    assert halts.found == []
    for event in "c_call", "c_return":
        halts.note(frame, event, time.sleep)

    assert len(halts.found) == 1


def test_sleep_that_is_brief_is_none() -> None:
    halts, frame = Halts(clock(BRIEF / 2)), sys._getframe()

    for event in "c_call", "c_return":
        halts.note(frame, event, time.sleep)

    assert halts.found == []


def test_sleep_that_a_function_returns_is_none() -> None:
    halts, frame = Halts(clock(2 * BRIEF)), sys._getframe()

    halts.note(frame, "return", time.sleep)

    assert halts.found == []


def test_nothing_is_noted_where_that_would_hold_up_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sleeping, "may_be_traced", lambda: False)

    with noted_halts(clock(2 * BRIEF)) as halts:
        nap()

    assert halts == []


LONG, SHORT = 2 * BRIEF, BRIEF / 2


def shut(pool: ThreadPoolExecutor) -> None:
    with pool:
        pool.submit(nap)


@pytest.mark.parametrize(
    ("wait", "joins"),
    [
        (lambda thread, future: thread.join(), True),
        (lambda thread, future: future.result(), True),
        (lambda thread, future: futures.wait([future]), True),
        (lambda thread, future: shut(ThreadPoolExecutor()), True),
        (lambda thread, future: threading.Event().wait(0), False),
    ],
)
@pytest.mark.parametrize(("step", "found"), [(LONG, 1), (SHORT, 0)])
def test_noted_halts_names_what_it_waited_with(
    wait: Callable[[threading.Thread, futures.Future[None]], None],
    joins: bool,
    step: float,
    found: int,
) -> None:
    thread, future = threading.Thread(target=nap), futures.Future[None]()
    thread.start()
    future.set_result(None)

    with noted_halts(clock(step)) as halts:
        wait(thread, future)

    thread.join()
    assert [halt.joins for halt in halts] == [joins] * found


def test_noted_halts_leaves_out_what_a_library_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sleeping, "is_learners", lambda file: False)

    with noted_halts(clock(LONG)) as halts:
        threading.Event().wait(0)

    assert halts == []


@pytest.mark.parametrize(
    ("from_a_cell", "found"), [(True, ["`join()`"]), (False, [])]
)
def test_waits_are_noted_when_they_end(
    monkeypatch: pytest.MonkeyPatch, from_a_cell: bool, found: list[str]
) -> None:
    # Told by hand, too; this frame stands for that of the function called.
    halts, frame = Halts(clock(LONG)), sys._getframe()
    monkeypatch.setattr(sleeping, "_WAITS", {id(frame.f_code): "`join()`"})
    monkeypatch.setattr(sleeping, "is_learners", lambda file: from_a_cell)

    caller: Any = frame.f_back  # an end of another one, while this waits
    for event in "return", "call", "c_call":
        halts.note(frame, event, None)
    for ended in caller, frame, frame:
        halts.note(ended, "return", None)

    assert [halt.call for halt in halts.found] == found


def test_wait_for_a_coroutine_of_a_loop_is_not_for_a_thread() -> None:
    async def tea() -> str:
        return "tea"

    loop, done = asyncio.new_event_loop(), list[str]()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    with noted_halts(clock(LONG)) as halts:
        done += [asyncio.run_coroutine_threadsafe(tea(), loop).result()]

    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    assert done == ["tea"]
    assert [halt.joins for halt in halts] == [False]
