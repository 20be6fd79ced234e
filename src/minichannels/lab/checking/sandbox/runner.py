"""Running a scenario for a limited time, whatever the learner's code does.

How it works: the scenario runs on an event loop of its own, on a daemon
thread (``sandbox.threads``); the caller only waits. When the time is up, the
learner's line is read from the frames of the threads, or of the coroutines
that wait. Then an exception is raised in the threads, and the tasks are
cancelled; what does not end even then is left alone.

Rule 1: :func:`run` returns, whatever the code does.
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from minichannels.flow.recording.ending import cancelled, keep_for_ever
from minichannels.lab.checking.sandbox import fair_time, stack_frames
from minichannels.lab.checking.sandbox.output import Output, captured
from minichannels.lab.checking.sandbox.stack_frames import SourceLine
from minichannels.lab.checking.sandbox.threads import (
    CheckLoop,
    Crew,
    Stopped,
    has_met,
    leave_alone,
    raise_in,
)
from minichannels.lab.checking.sandbox.tracing import Trace, plain
from minichannels.lab.checking.sandbox.watchdog import watched
from minichannels.lab.transport.timeouts import awake
from minichannels.lab.transport.transport import has_sockets_and_threads

LIMIT = 3.0
"""How many seconds a check may take."""

GRACE = 0.5
"""How many seconds its threads have to end when the time is up."""

_LOOK = 0.02
_LOOKS = 20  # times that the line is looked for
_MOMENT = 5  # looks at what was cancelled, before it is stopped
_LATE = 1.0  # seconds after which it must be that nothing moves


@dataclass
class Outcome:
    """How it went.

    Attributes:
        error: what the scenario raised, if it did.
        late: whether the time was up.
        place: the learner's line at that time, if it was in one.
        abandoned: whether something could not be ended.
        stubborn: whether that has caught what should have ended it.
        starved: whether the time was up for want of a processor.
        output: what was printed.
        trace: what was noted of the learner's functions.
    """

    output: Output
    trace: Trace = field(default_factory=Trace)
    error: BaseException | None = None
    late: bool = False
    place: SourceLine | None = None
    abandoned: bool = False
    stubborn: bool = False
    starved: bool = False


async def run(
    scenario: Callable[[], Coroutine[Any, Any, None]],
    crew: Crew,
    limit: float = LIMIT,
    loop_for: Callable[[Crew], CheckLoop] = CheckLoop,
) -> Outcome:
    """Run a scenario on threads of its own, for a limited time.

    Args:
        scenario: a coroutine function.
        crew: the threads that it runs on.
        limit: how many seconds it may take.
        loop_for: makes the event loop.
    """
    with captured(crew) as output:
        if not has_sockets_and_threads():
            return await _run_here(scenario, crew, output, limit)
        loop = loop_for(crew)
        done: Future[BaseException | None] = Future()
        result = Outcome(output, crew.trace)
        waiting = asyncio.wrap_future(done)
        with awake(), watched(limit + GRACE + _LATE) as again:
            play = functools.partial(_noted, scenario, crew)
            work = functools.partial(_work, loop, play, done)
            try:
                crew.start(work, traced=False)
                result.starved = await fair_time.wait(
                    waiting,
                    limit,
                    again,
                    is_ready=lambda: fair_time.ready(crew.alive()),
                )
            finally:  # also when the learner interrupts the cell
                if not waiting.done():
                    await _stop(result, crew, loop, waiting)
        result.error = done.result() if done.done() else None
    return result


async def _run_here(
    scenario: Callable[[], Coroutine[Any, Any, None]],
    crew: Crew,
    output: Output,
    limit: float,
) -> Outcome:
    """Run a scenario where there are no threads: on the loop of the caller.

    Code that never gives the loop a turn cannot be ended here.
    """
    result = Outcome(output, crew.trace)
    before = asyncio.all_tasks()
    crew.trace.follow()
    task = asyncio.ensure_future(_noted(scenario, crew))
    await asyncio.wait([task], timeout=limit)
    started = asyncio.all_tasks() - before
    if not task.done():
        result.late = True
        crew.trace.time_is_up()
        found = (
            stack_frames.of_coroutine(plain(each.get_coro()), crew.trace.is_own)
            for each in started
        )
        result.place = next(filter(None, found), None)
    await cancelled(started, GRACE)
    crew.trace.leave()
    if task.done() and not task.cancelled():
        result.error = task.exception()
    result.abandoned = not task.done()
    return result


async def _noted(
    scenario: Callable[[], Coroutine[Any, Any, None]], crew: Crew
) -> None:
    """Run a scenario; what is raised after its end is no news."""
    try:
        await scenario()
    except asyncio.CancelledError:
        raise  # the time is up: who catches this, too, is the reason
    except BaseException:
        crew.trace.end()
        raise
    crew.trace.end()


def _work(
    loop: CheckLoop,
    play: Callable[[], Awaitable[None]],
    done: "Future[BaseException | None]",
) -> None:
    """Run a scenario to its end: what the first thread does."""
    error: BaseException | None = None
    try:
        loop.run_until_complete(_all_of(play()))
    except BaseException as raised:
        error = raised
    try:
        _close(loop)
    except Stopped:  # the time was up just before it was left alone
        _close(loop)
    finally:
        done.set_result(error)


def _close(loop: CheckLoop) -> None:
    # What a learner's generators do at their end may have to be stopped, too.
    with contextlib.suppress(BaseException):
        loop.run_until_complete(loop.shutdown_asyncgens())
    leave_alone()  # of a loop that is closed by half, sockets stay open
    for task in asyncio.all_tasks(loop):
        keep_for_ever(task)
    loop.close()


async def _all_of(scenario: Awaitable[None]) -> None:
    """Run a scenario; afterwards cancel what it has left running."""
    try:
        await scenario
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        await cancelled(left, GRACE / 2)  # the thread has an end to come to


async def _stop(
    result: Outcome, crew: Crew, loop: CheckLoop, waiting: "asyncio.Future[Any]"
) -> None:
    """End what still runs when the time is up, and note how that went."""
    result.late = True
    crew.trace.time_is_up()
    result.place = await _found(crew, loop)
    result.abandoned = not await _end(crew, loop, waiting)
    result.stubborn = any(map(has_met, crew.alive()))
    if not any(thread.ident for thread in crew.threads):
        loop.close()  # interrupted before its thread began, which does that


async def _found(crew: Crew, loop: CheckLoop) -> SourceLine | None:
    """Look for the learner's line a few times: a thread moves on meanwhile."""
    for _ in range(_LOOKS):
        place = _where(crew, loop)
        if place is not None:
            return place
        await asyncio.sleep(_LOOK / _LOOKS)
    return None


def _where(crew: Crew, loop: CheckLoop) -> SourceLine | None:
    """Return the learner's line that runs, or else one that waits."""
    is_own = crew.trace.is_own
    for thread in crew.alive():
        place = stack_frames.of_thread(thread.ident or 0, is_own)
        if place is not None:
            return place
    for task in asyncio.all_tasks(loop):
        place = stack_frames.of_coroutine(plain(task.get_coro()), is_own)
        if place is not None:
            return place
    return None


async def _end(
    crew: Crew, loop: CheckLoop, waiting: "asyncio.Future[Any]"
) -> bool:
    """End what still runs; return whether that went well.

    Again and again, for a while: code may catch what is raised in it, or be
    in a call written in C, where nothing is raised until that returns. What
    was cancelled may go on a moment, be it on a busy machine: what it caught is
    to be told.
    """
    met: list[bool] = []
    with contextlib.suppress(RuntimeError):  # the loop is closed
        loop.call_soon_threadsafe(_cancel_all, loop, met)
    for turn in range(round(GRACE / _LOOK)):
        if not crew.alive():
            return True
        if crew.trace.stopped:
            _interrupt_busy(crew)
        await asyncio.wait([waiting], timeout=_LOOK)
        if met or turn >= _MOMENT:
            crew.trace.stop()
        if waiting.done():
            await asyncio.sleep(_LOOK)
    return not crew.alive()


def _cancel_all(loop: CheckLoop, met: list[bool]) -> None:
    """Cancel all tasks; note when they have met that."""
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_soon(loop.call_soon, met.append, True)  # behind their own turns


def _interrupt_busy(crew: Crew) -> None:
    """Raise an exception in the threads that are in the learner's code.

    Not before the other ones go on untraced (``threads.may_be_traced``).
    """
    busy = [t for t in crew.alive() if stack_frames.of_thread(t.ident or 0)]
    if crew.trace.following.keys() <= {thread.ident for thread in busy}:
        for thread in busy:
            raise_in(thread, Stopped)
