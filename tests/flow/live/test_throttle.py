import asyncio
import threading
from collections.abc import Callable

import pytest

from minichannels.flow.live.throttle import (
    INTERVAL,
    LONGEST,
    LONGEST_OF_MANY,
    MANY,
    Throttle,
    later,
)
from support.journals import Later


def test_ticker_tells_of_many_changes_once() -> None:
    calls: list[int] = []
    later = Later()
    ticker = Throttle(lambda: calls.append(1), later)

    for _ in range(5):
        ticker.changed()

    assert len(later.calls) == 1
    later.pass_time()
    assert calls == [1]


def test_ticker_waits_again_after_it_has_told() -> None:
    calls: list[int] = []
    later = Later()
    ticker = Throttle(lambda: calls.append(1), later)
    ticker.changed()
    later.pass_time()

    ticker.changed()
    later.pass_time()

    assert calls == [1, 1]


@pytest.mark.parametrize(
    ("took", "rest"), [(0.001, INTERVAL), (0.1, 1.2), (9.0, LONGEST)]
)
def test_ticker_rests_for_longer_where_a_call_takes_long(
    took: float, rest: float
) -> None:
    rests: list[float] = []
    times = iter([100.0, 100.0 + took])

    def at_once(seconds: float, call: Callable[[], None]) -> None:
        rests.append(seconds)
        if len(rests) == 1:
            call()

    ticker = Throttle(lambda: None, at_once, lambda: next(times))
    ticker.changed()
    ticker.changed()

    assert rests == pytest.approx([INTERVAL, rest])


@pytest.mark.parametrize(
    ("changes", "longest"), [(MANY, LONGEST), (MANY + 1, LONGEST_OF_MANY)]
)
def test_ticker_rests_for_longer_while_very_much_happens(
    changes: int, longest: float
) -> None:
    rests: list[float] = []
    calls: list[Callable[[], None]] = []
    times = iter([0.0, 9.0, 20.0, 29.0, 40.0, 49.0])

    def note(seconds: float, call: Callable[[], None]) -> None:
        rests.append(seconds)
        calls.append(call)

    ticker = Throttle(lambda: ticker.changed(), note, lambda: next(times))
    for _ in range(changes):
        ticker.changed()
    calls.pop()()  # told of so many
    calls.pop()()  # told of one

    assert rests == [INTERVAL, longest, LONGEST]


def test_ticker_tells_of_what_changes_meanwhile_when_it_is_done() -> None:
    later = Later()
    waiting: list[int] = []

    def tell() -> None:
        if not waiting:
            ticker.changed()
        waiting.append(len(later.calls))

    ticker = Throttle(tell, later)
    ticker.changed()
    later.pass_time()
    later.pass_time()

    # While it told, no other timer ran.
    assert waiting == [0, 0]
    assert later.calls == []


def test_ticker_goes_on_after_an_error() -> None:
    calls: list[int] = []
    later = Later()

    def fail() -> None:
        calls.append(1)
        raise OSError("no room")

    ticker = Throttle(fail, later)
    for _ in range(2):
        ticker.changed()
        with pytest.raises(OSError, match="no room"):
            later.pass_time()

    assert calls == [1, 1]


def test_ticker_waits_for_nothing_when_nothing_changes() -> None:
    later = Later()

    Throttle(lambda: None, later)

    assert later.calls == []


def test_later_calls_from_a_thread() -> None:
    done = threading.Event()

    later(0, done.set)

    assert done.wait(10)


async def test_later_uses_the_loop_where_no_thread_can_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done = asyncio.Event()

    later(0, done.set)

    await asyncio.wait_for(done.wait(), 10)
