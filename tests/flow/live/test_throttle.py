import asyncio
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.flow.live.throttle import (
    INTERVAL,
    LONGEST,
    LONGEST_OF_MANY,
    MANY,
    Caller,
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
    times = iter([100.0, 100.0, 100.0 + took, 200.0])

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
    times = iter([0.0, 0.0, 9.0, 9.0, 20.0, 29.0, 29.0])

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


def test_throttle_counts_how_long_it_waited_for_others_to_tell() -> None:
    rests: list[float] = []
    calls: list[Callable[[], None]] = []
    due = 100 + INTERVAL
    times = iter([100.0, due + 0.2, due + 0.25, 200.0])

    def note(seconds: float, call: Callable[[], None]) -> None:
        rests.append(seconds)
        calls.append(call)

    ticker = Throttle(lambda: None, note, lambda: next(times))
    ticker.changed()
    calls.pop()()
    ticker.changed()

    assert rests == pytest.approx([INTERVAL, 12 * 0.25])


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_change_tells_of_one_that_was_interrupted_too(
    error: type[BaseException],
) -> None:
    calls: list[int] = []
    later = Later()
    errors = [error()]

    def fails_once(seconds: float, call: Callable[[], None]) -> None:
        if errors:
            raise errors.pop()
        later(seconds, call)

    ticker = Throttle(lambda: calls.append(1), fails_once)
    raised = None
    try:
        ticker.changed()
    except KeyboardInterrupt:
        raised = KeyboardInterrupt
    ticker.changed()
    later.pass_time()

    assert calls == [1]
    # What cannot begin, while the process ends, is no error.
    assert raised is (None if error is RuntimeError else error)


def test_later_calls_all_from_one_thread() -> None:
    told: list[int] = []
    done = threading.Event()
    for _ in range(20):
        later(0, lambda: told.append(threading.get_ident()))

    later(0, done.set)

    assert done.wait(10)
    assert len(told) == 20
    assert set(told) != {threading.get_ident()}
    assert len(set(told)) == 1


def test_caller_calls_in_the_order_in_which_calls_are_due() -> None:
    now, told = [0.0], list[int]()
    looked, done = threading.Event(), threading.Event()

    def clock() -> float:
        value = now[0]
        if threading.current_thread() is not threading.main_thread():
            looked.set()
        return value

    caller = Caller(clock)
    for seconds in (300, 100, 200):
        caller.later(seconds, lambda n=seconds: told.append(n))  # type: ignore[misc]
    assert looked.wait(10)
    assert told == []

    now[0] = 400.0
    caller.later(0, done.set)

    assert done.wait(10)
    assert told == [100, 200, 300]


@pytest.mark.parametrize("is_told", [True, False])
def test_caller_goes_on_after_an_error(
    monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    errors: list[Any] = []
    done = threading.Event()

    def told(args: threading.ExceptHookArgs) -> None:
        errors.append(args.exc_value)
        if not is_told:
            raise OSError("too many open files")

    def fail() -> None:
        raise SystemExit("no room")

    monkeypatch.setattr(threading, "excepthook", told)
    caller = Caller()
    caller.later(0, fail)
    caller.later(0, done.set)

    assert done.wait(10)
    assert list(map(str, errors)) == ["no room"]


def test_caller_holds_nothing_that_it_has_called() -> None:
    caller = Caller()
    gone, done = threading.Event(), threading.Event()

    def call() -> None:
        """Do nothing."""

    weakref.finalize(call, gone.set)
    caller.later(0, call)
    del call
    caller.later(0, done.set)

    assert done.wait(10)
    assert gone.wait(10)


def test_caller_holds_up_nobodys_exit() -> None:
    program = (
        "from minichannels.flow.live.throttle import later\n"
        "later(3600, print); later(0, lambda: print('called'))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        timeout=60,
        capture_output=True,
        check=True,
    )

    assert done.stderr == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_caller_begins_anew_in_a_process_that_was_forked() -> None:
    program = """if True:
        import os, threading
        from minichannels.flow.live.throttle import later
        begun, done = threading.Event(), threading.Event()
        told, busy = [], threading.Event()
        later(0, lambda: begun.set() or busy.wait())
        begun.wait()
        later(0, lambda: told.append(os.getpid()))
        child = os.fork()
        busy.set()
        later(0, done.set)
        known = done.wait(30) and told
        if not child:
            os._exit(known != [])
        _, status = os.waitpid(child, 0)
        os._exit(status != 0 or known != [os.getpid()])
    """
    run = subprocess.run([sys.executable, "-c", program], timeout=60)

    assert run.returncode == 0


async def test_later_uses_the_loop_where_no_thread_can_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done = asyncio.Event()

    Caller().later(0, done.set)

    await asyncio.wait_for(done.wait(), 10)


def test_caller_calls_in_the_order_of_asking_what_is_due_at_one_moment() -> (
    None
):
    told: list[int] = []
    begun, busy, done = (threading.Event() for _ in range(3))
    caller = Caller(lambda: 0.0)

    def hold_up() -> None:
        begun.set()
        busy.wait(10)

    caller.later(0, hold_up)
    assert begun.wait(10)
    for number in range(5):
        caller.later(0, lambda n=number: told.append(n))  # type: ignore[misc]
    caller.later(0, done.set)

    busy.set()

    assert done.wait(10)
    assert told == list(range(5))


def test_caller_begins_its_thread_when_one_can_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    caller, done = Caller(), threading.Event()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="no running event loop"):
            caller.later(0, done.set)

    caller.later(0, done.set)

    assert done.wait(10)


def test_caller_that_begins_anew_waits_for_no_thread_of_before() -> None:
    caller = Caller()
    with caller._starting:  # as another thread may have it during a fork
        caller.begin_anew()

        assert caller._starting.acquire(blocking=False)


def test_whether_a_ticker_goes_on_is_decided_with_its_lock_held() -> None:
    held: list[bool] = []

    class Watched(Throttle):
        def __setattr__(self, name: str, value: object) -> None:
            if name == "_going":
                held.append(self._lock.locked())
            super().__setattr__(name, value)

    later = Later()
    ticker = Watched(lambda: None, later)
    held.clear()  # so far nobody else knows it

    ticker.changed()
    later.pass_time()

    assert held == [True, True]
