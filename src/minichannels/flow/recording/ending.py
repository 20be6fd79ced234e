"""The end of what an application has begun: its tasks are asked to end.

How it works: a task is cancelled, and has a while for it. Most end. One that
catches ``CancelledError``, as a bare ``except`` does, goes on: then its event
loop is closed all the same, and nothing runs it any more.

Rule 1: such a task is never thrown away. Python would end its coroutine by
running it once more, at the latest when it exits; code that swallows that
too, in a loop, would never let Python exit.
"""

import asyncio
import ctypes
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from minichannels.flow.recording.tracebacks import of_coroutine

Tasks = set[asyncio.Task[Any]]

Result = TypeVar("Result")


async def cancelled(
    tasks: Iterable[asyncio.Task[Any]], seconds: float
) -> Tasks:
    """Cancel tasks and wait until they end; return those that go on.

    Args:
        tasks: what to cancel.
        seconds: how long they may take.
    """
    left = set(tasks)
    for task in left:
        task.cancel()
    if left:
        _, left = await asyncio.wait(left, timeout=seconds)
    for task in left:
        keep_for_ever(task)
    return left


async def all_cancelled(seconds: float, but: Iterable[Any] = ()) -> Tasks:
    """End what runs on this event loop, which is closed then.

    Args:
        seconds: how long tasks may take, and after them async generators.
        but: tasks that have been asked before.

    Returns:
        The tasks that go on, without those.
    """
    loop = asyncio.get_running_loop()
    left = await cancelled(
        asyncio.all_tasks() - {asyncio.current_task(), *but}, seconds
    )
    closing: asyncio.Task[None]
    closing = asyncio.Task(loop.shutdown_asyncgens(), loop=loop)
    await asyncio.wait({closing}, timeout=seconds)
    return left | (set() if closing.done() else await cancelled({closing}, 0))


def run_last(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Result]
) -> Result:
    """Run what ends the work of an event loop; return its result.

    Not in a task that the loop makes: an application may have given it a way to
    make tasks that does not work.
    """
    return loop.run_until_complete(asyncio.Task(coroutine, loop=loop))


def keep_for_ever(what: object) -> None:
    """Have a task that would not be cancelled never be thrown away.

    Args:
        what: the task, or else what holds a coroutine that nothing will run.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(what))


def going_on(tasks: Iterable[asyncio.Task[Any]]) -> str:
    """Return in words which tasks did not end, and what helps."""
    coroutines = [task.get_coro() for task in tasks]
    places = filter(None, map(of_coroutine, coroutines))
    own = {f"{place.function}(), line {place.line}," for place in places}
    # The library's tasks wait for the application's own.
    named = own or {getattr(c, "__qualname__", "a task") for c in coroutines}
    what = " and ".join(sorted(named))
    return (
        f"{what} did not end: CancelledError is caught there, as a bare"
        " 'except' does; catch Exception instead"
    )
