import asyncio
import gc
import threading
import weakref
from collections.abc import Callable

import pytest

from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import CheckLoop, Crew


async def test_run_returns_when_the_scenario_is_over() -> None:
    async def scenario() -> None:
        await asyncio.sleep(0)

    done = await run(scenario, Crew())

    assert (done.error, done.late, done.abandoned) == (None, False, False)


async def test_run_tells_what_the_scenario_raised() -> None:
    async def scenario() -> None:
        raise ValueError("no")

    done = await run(scenario, Crew())

    assert repr(done.error) == "ValueError('no')"


async def test_run_cancels_what_the_scenario_has_left_running() -> None:
    ended = threading.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def scenario() -> None:
        asyncio.create_task(wait())  # noqa: RUF006  # it is left running
        await asyncio.sleep(0)

    await run(scenario, Crew())

    assert ended.is_set()


async def test_run_abandons_a_thread_that_does_not_end() -> None:
    wake, crew = threading.Event(), Crew()

    async def scenario() -> None:
        # No line of a learner's: nothing is raised in it.
        await asyncio.get_running_loop().run_in_executor(None, wake.wait)

    done = await run(scenario, crew, 0.1)

    assert done.late
    assert done.abandoned
    wake.set()
    for thread in crew.threads:
        thread.join()
    assert crew.alive() == []


async def test_run_names_the_line_at_which_a_coroutine_waits() -> None:
    async def scenario() -> None:
        await asyncio.Event().wait()

    done = await run(scenario, Crew(), 0.1)

    assert done.place is not None
    assert done.place.code == "await asyncio.Event().wait()"
    assert not done.abandoned


async def test_run_knows_no_line_if_there_is_none() -> None:
    done = await run(asyncio.Event().wait, Crew(), 0.1)  # type: ignore[arg-type]

    assert done.late
    assert done.place is None


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Python as it is in a browser: without threads."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)


@pytest.mark.usefixtures("bare")
async def test_run_without_threads_uses_the_loop_of_the_caller() -> None:
    loops = []

    async def scenario() -> None:
        loops.append(asyncio.get_running_loop())
        raise ValueError("no")

    done = await run(scenario, Crew())

    assert loops == [asyncio.get_running_loop()]
    assert repr(done.error) == "ValueError('no')"


@pytest.mark.usefixtures("bare")
async def test_run_without_threads_ends_what_waits_for_ever() -> None:
    ended = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("waiting")

    async def scenario() -> None:
        other = asyncio.create_task(wait())
        await other

    done = await run(scenario, Crew(), 0.05)

    assert (done.late, done.abandoned, done.error) == (True, False, None)
    assert ended == ["waiting"]


async def test_run_abandons_a_loop_that_is_blocked() -> None:
    wake, crew = threading.Event(), Crew()

    async def scenario() -> None:
        # No line of a learner's: nothing is raised in it.
        asyncio.get_running_loop().call_soon(wake.wait)
        await asyncio.Event().wait()

    done = await run(scenario, crew, 0.1)

    assert done.late
    assert done.abandoned
    wake.set()
    for thread in crew.threads:
        thread.join()


async def test_run_ends_what_runs_when_its_caller_is_interrupted() -> None:
    begun, crew = threading.Event(), Crew()

    async def scenario() -> None:
        begun.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(run(scenario, crew))
    await asyncio.to_thread(begun.wait, 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    for thread in crew.threads:
        thread.join(5)
    assert crew.alive() == []


async def test_run_is_not_over_before_its_loop_is_closed() -> None:
    loops = []

    async def scenario() -> None:
        loops.append(asyncio.get_running_loop())

    for _ in range(20):
        await run(scenario, Crew())
        assert loops.pop().is_closed()


async def test_run_keeps_a_task_that_will_not_be_cancelled() -> None:
    cancelled = threading.Event()

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()

    tasks = []

    async def scenario() -> None:
        tasks.append(weakref.ref(asyncio.create_task(stubborn())))
        await asyncio.sleep(0)

    done = await run(scenario, Crew())
    gc.collect()

    assert done.error is None
    assert cancelled.is_set()
    assert tasks[0]() is not None  # nobody but us holds it


@pytest.mark.parametrize("begins", [False, True])
async def test_scenario_whose_thread_is_interrupted_when_it_starts_ends(
    begins: bool,
) -> None:
    loops: list[CheckLoop] = []
    running = threading.Event()

    class Interrupted(Crew):
        def start(
            self, work: Callable[[], None], *, traced: bool = True
        ) -> None:
            if begins:
                super().start(work, traced=traced)
                running.wait()
            raise KeyboardInterrupt

    async def scenario() -> None:
        running.set()
        await asyncio.Event().wait()

    def loop_for(crew: Crew) -> CheckLoop:
        loops.append(CheckLoop(crew))
        return loops[0]

    crew = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        await run(scenario, crew, loop_for=loop_for)

    for thread in crew.threads:
        thread.join()
    assert loops[0].is_closed()
