"""An echo through a consumer, without a network; and what is only heard.

In seconds of the processor, so that what else the machine does counts for
nobody; but an echo of Channels waits for a thread, and that is to be seen.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from time import perf_counter, process_time
from typing import Any

import pytest

from support import contestants, contestants_channels
from support.echoes import dispatches, echoes
from support.measuring import OURS, Row, compared, interleaved

ROUNDS = 7
Record = Callable[[list[Row]], None]
Run = Callable[..., Coroutine[Any, Any, float]]


def measures(
    apps: dict[str, Any],
    times: int,
    what: Run = echoes,
    clock: Callable[[], float] = process_time,
) -> dict[str, Callable[[], float]]:
    def run(name: str, app: Any) -> float:
        if name.endswith("no clean-up"):
            with contestants_channels.without_cleanup():
                return asyncio.run(what(app, times, clock))
        return asyncio.run(what(app, times, clock))

    return {name: partial(run, name, app) for name, app in apps.items()}


def test_async_echo(record: Record) -> None:
    apps = {
        OURS: contestants.echo,
        "Channels": contestants_channels.echo,
        "Channels, no clean-up": contestants_channels.echo,
        "Starlette": contestants.starlette_echo,
    }
    figures = interleaved(ROUNDS, measures(apps, 1000, clock=perf_counter))
    bounds = {"Channels": (10.0, 15.0), "Channels, no clean-up": (1.2, 1.5)}
    record(compared("async echo", "µs", figures, bounds))


@pytest.mark.parametrize(
    ("what", "ours", "floor", "goal"),
    [
        ("async echo", contestants.echo, 0.72, 0.76),
        ("async echo without a layer", contestants.echo_alone, 0.8, 0.85),
    ],
)
def test_work_of_an_async_echo(
    record: Record, what: str, ours: Any, floor: float, goal: float
) -> None:
    apps = {OURS: ours, "bare": contestants.bare_echo}
    figures = interleaved(ROUNDS, measures(apps, 1000))
    record(compared(what, "µs", figures, {"bare": (floor, goal)}))


def give_to_threads(cores: set[int]) -> None:
    for thread in threading.enumerate():
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.sched_setaffinity(thread.native_id or 0, cores)


@pytest.fixture(params=["one core", "two cores"])
def cores(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the loop's thread and those of the handlers a core, or one each.

    Where Linux has them run is its affair: on two cores each hop takes nearly
    twice the work, and from round to round it changed for one side or both.
    """
    if sys.platform != "linux":
        yield "where they come to run"
        return
    usable = os.sched_getaffinity(0)
    if request.param == "two cores" and len(usable) == 1:
        pytest.skip("there is one core")
    for app in (contestants.echo_sync, contestants_channels.echo_sync):
        asyncio.run(echoes(app, 1))  # so that their threads are there
    of_loop, *_, of_handlers = sorted(usable) * 2
    if request.param == "one core":
        of_handlers = of_loop
    give_to_threads({of_handlers})
    os.sched_setaffinity(0, {of_loop})
    yield f"on {request.param}"
    give_to_threads(usable)


def test_sync_echo(record: Record, cores: str) -> None:
    apps = {
        OURS: contestants.echo_sync,
        "Channels": contestants_channels.echo_sync,
        "Channels, no clean-up": contestants_channels.echo_sync,
    }
    figures = interleaved(ROUNDS, measures(apps, 300))
    bounds = {"Channels": (1.3, 1.5)}
    record(compared(f"sync echo, {cores}", "µs", figures, bounds))


def test_sync_dispatch(record: Record, cores: str) -> None:
    apps = {
        OURS: contestants.listener_sync,
        "Channels": contestants_channels.listener_sync,
    }
    figures = interleaved(ROUNDS, measures(apps, 300, dispatches))
    bounds = {"Channels": (1.2, 1.5)}
    record(compared(f"sync dispatch, {cores}", "µs", figures, bounds))
