import asyncio
import gc
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from minichannels.lab.checking.sandbox import runner, threads
from minichannels.lab.checking.sandbox.output import captured
from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import CheckLoop, Crew

STUBBORN = """
import asyncio
from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import Crew

async def scenario():
    while True:
        try:
            await asyncio.sleep(1000)
        except BaseException:
            pass

asyncio.run(run(scenario, Crew(), 0.1))
print("the end", flush=True)
"""


def test_python_exits_although_a_task_will_not_be_cancelled() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUBBORN],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("the end\n", "")


WAITING = """
import asyncio, threading
from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import Crew, Stopped, raise_in

wake, crew = threading.Event(), Crew()
crew.start(wake.wait)
raise_in(crew.threads[0], Stopped)

async def followed():
    crew, found = Crew(), []
    async def note():
        found.append(len(crew.trace.following))
    async def scenario():
        await asyncio.create_task(crew.trace.each_step(note()))
    await run(scenario, crew)
    print(found)

asyncio.run(followed())
wake.set()
crew.threads[0].join()
asyncio.run(followed())
"""


# In a process of its own, or else it is the tests that spin, if they are traced
# for their coverage.
def test_crew_traces_nothing_while_an_exception_waits_for_a_thread() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WAITING],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout == "[0]\n[1]\n"


def test_thread_that_has_met_its_end_is_known_for_it() -> None:
    crew = Crew()

    def stop() -> None:
        threads.Stopped()  # as Python makes it there

    crew.start(stop)
    crew.start(lambda: None)

    for thread in crew.threads:
        thread.join()

    assert [*map(threads.has_met, crew.threads)] == [True, False]


async def test_threads_of_a_crew_are_daemons_and_no_executors() -> None:
    crew = Crew()

    async def scenario() -> None:
        await asyncio.to_thread(int)

    await run(scenario, crew)

    assert [thread.daemon for thread in crew.threads] == [True, True]
    with pytest.raises(RuntimeError, match="threads can only be started once"):
        crew.threads[0].start()


def test_crew_is_not_traced_where_that_would_hold_up_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crew, traced = Crew(), list[int]()
    monkeypatch.setattr(threads, "may_be_traced", lambda: False)

    crew.start(lambda: traced.append(len(crew.trace.following)))
    crew.threads[0].join()

    assert traced == [0]


async def test_crew_that_is_not_traced_notes_nothing() -> None:
    seen = []

    for traced in True, False:
        crew = Crew(traced=traced)

        async def note(crew: Crew = crew) -> None:
            seen.append(len(crew.trace.following))

        async def scenario(crew: Crew = crew) -> None:
            await asyncio.create_task(crew.trace.each_step(note()))

        await run(scenario, crew)

    assert seen == [1, 0]


async def closed_loop(crew: Crew) -> asyncio.AbstractEventLoop:
    """Return the event loop of a check that is over."""
    loops = []

    async def scenario() -> None:
        loops.append(asyncio.get_running_loop())

    await run(scenario, crew)
    return loops[0]


async def test_thread_of_the_learners_that_outlives_a_check_is_not_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    loop = await closed_loop(Crew())
    begun: list[str] = []

    async def late() -> None:
        begun.append("late")

    timer = threading.Timer(
        0, lambda: asyncio.run_coroutine_threadsafe(late(), loop)
    )
    timer.start()
    timer.join()
    gc.collect()  # of a coroutine thrown away Python would say so

    assert (told, begun) == ([], [])


async def test_call_to_a_check_that_is_over_can_be_cancelled() -> None:
    loop = await closed_loop(Crew())

    assert loop.call_soon_threadsafe(gc.collect).cancelled()


async def test_thread_of_a_check_is_told_that_the_check_is_over() -> None:
    crew, errors = Crew(), []
    loop = await closed_loop(crew)

    def call(function: Callable[[], object]) -> None:
        with pytest.raises(RuntimeError) as raised:
            loop.call_soon_threadsafe(function)
        errors.append(str(raised.value))

    crew.start(lambda: call(gc.collect))
    crew.threads[-1].join()

    assert errors == ["Event loop is closed"]


class StruckLoop(CheckLoop):
    """A loop at whose end the thread is stopped, as if it had been busy."""

    def close(self) -> None:
        super().close()
        raise threads.Stopped


async def test_thread_that_is_stopped_as_it_ends_says_nothing_of_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    crew = Crew()

    async def scenario() -> None:
        pass

    done = await run(scenario, crew, loop_for=StruckLoop)
    crew.threads[0].join()

    assert told == []
    assert (done.error, done.late) == (None, False)


class Guard:
    """Takes a lock, as those of ``warnings`` and ``logging`` are taken."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *error: object) -> None:
        self.lock.release()


@pytest.mark.parametrize("kind", [Guard, threading.RLock, threading.Condition])
def test_thread_that_is_stopped_leaves_no_lock_held(
    kind: Callable[[], Any],
) -> None:
    def work(lock: Any, begun: threading.Event) -> None:
        begun.set()
        while True:
            with lock:
                pass

    for _ in range(100):
        crew, lock, begun = Crew(), kind(), threading.Event()
        crew.start(partial(work, lock, begun), traced=False)
        begun.wait()
        threads.raise_in(crew.threads[0], threads.Stopped)
        crew.threads[0].join()
        another = threading.Thread(target=lock.__enter__, daemon=True)
        another.start()
        another.join(10)
        assert not another.is_alive()


def test_thread_that_waits_for_a_lock_is_stopped_when_it_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "PAUSE", 0)
    guard, crew, ended = Guard(), Crew(), []

    def work() -> None:
        try:
            with guard:
                pass
        finally:
            ended.append(threads.has_met(threading.current_thread()))

    with guard.lock:
        crew.start(work, traced=False)
        while "__enter__" not in names_of(crew.threads[0]):
            pass
        threads.raise_in(crew.threads[0], threads.Stopped)
    crew.threads[0].join()

    assert ended == [True]


def test_thread_that_has_ended_is_not_stopped() -> None:
    thread = threading.Thread(target=gc.isenabled)
    thread.start()
    thread.join()

    threads.raise_in(thread, threads.Stopped)

    assert not threads.has_met(thread)
    assert threads.may_be_traced()


class Forgotten(Guard):
    """Is held unknown to its ``with``, as in Python 3.14 if stopped there."""

    def __enter__(self) -> None:
        super().__enter__()
        raise threads.Stopped

    def release(self) -> None:
        self.lock.release()


@pytest.mark.parametrize("kind", [Forgotten, threading.RLock])
def test_thread_that_is_stopped_as_it_is_to_be_left_alone_holds_no_lock(
    kind: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, stopped = kind(), []
    monkeypatch.setattr(threads, "_raising", lock)
    monkeypatch.setattr(threads, "_left_alone", Stopping())

    def work() -> None:
        try:
            threads.leave_alone()
        except threads.Stopped:
            stopped.append(getattr(lock, "lock", lock)._is_owned())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert stopped == [False]


class Stopping:
    """Stops whoever is added to it."""

    def add(self, thread: threading.Thread) -> None:
        raise threads.Stopped


def names_of(thread: threading.Thread) -> list[str]:
    """Name the functions that a thread is in, the innermost first."""
    frame = sys._current_frames().get(thread.ident or 0)
    return [each.f_code.co_name for each, _ in traceback.walk_stack(frame)]


def strike() -> None:
    """Stop the thread that runs this, as if its time were up just now."""
    threads.raise_in(threading.current_thread(), threads.Stopped)


async def test_loop_of_a_thread_that_is_stopped_as_it_closes_is_closed() -> (
    None
):
    loops: list[asyncio.AbstractEventLoop] = []

    class Loop(CheckLoop):
        """Is struck where it could not begin to close again."""

        def _close_self_pipe(self) -> None:
            super()._close_self_pipe()  # type: ignore[misc]  # of asyncio
            strike()

    async def scenario() -> None:
        loops.append(asyncio.get_running_loop())

    crew = Crew()
    done = await run(scenario, crew, loop_for=Loop)
    crew.threads[0].join()

    assert loops[0].is_closed()
    assert (done.error, done.late) == (None, False)


async def test_loop_of_a_thread_that_is_stopped_before_it_closes_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loops: list[asyncio.AbstractEventLoop] = []
    steps = iter([strike, threads.leave_alone])
    monkeypatch.setattr(runner, "leave_alone", lambda: next(steps)())

    async def scenario() -> None:
        loops.append(asyncio.get_running_loop())

    crew = Crew()
    done = await run(scenario, crew)
    crew.threads[0].join()

    assert loops[0].is_closed()
    assert (done.error, done.late) == (None, False)


class Doomed:
    def __del__(self) -> None:
        raise threads.Stopped


def dies(doomed: Doomed) -> None:
    del doomed


def makes_without_end() -> None:
    while True:
        Doomed()


def calls_without_end() -> None:
    while True:
        dies(Doomed())


@pytest.mark.parametrize("work", [makes_without_end, calls_without_end])
def test_what_is_stopped_as_an_object_dies_ends_at_its_next_line(
    work: Callable[[], None],
) -> None:
    """There Python prints an exception, and goes on."""
    crew = Crew(traced=False)

    with captured(crew) as output:
        crew.start(work)
        crew.threads[0].join(10)

    assert crew.alive() == []
    assert output.text == ""


def test_function_that_is_traced_to_be_stopped_is() -> None:
    with pytest.raises(threads.Stopped):
        threads._stop(sys._getframe(), "line", None)
