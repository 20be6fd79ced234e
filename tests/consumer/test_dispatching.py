import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from minichannels.consumer.dispatching import Line, await_many_dispatch
from support.loops import FACTORIES, tasks_made_by, ticks

Source = Callable[[], Awaitable[Any]]


class Done(Exception):
    """Ends a dispatch that would go on for ever."""


def source_of(results: Iterator[Any]) -> Source:
    """Return a source that gives some results, and then nothing more."""

    async def source() -> Any:
        for result in results:
            return result
        return await asyncio.get_running_loop().create_future()

    return source


async def dispatch_until(last: Any, *sources: Source) -> list[Any]:
    """Dispatch until one result comes; return all that were dispatched."""
    seen: list[Any] = []

    async def dispatch(result: Any) -> None:
        seen.append(result)
        if result == last:
            raise Done

    with pytest.raises(Done):
        await asyncio.wait_for(await_many_dispatch(sources, dispatch), 10)
    return seen


async def test_await_many_dispatch_keeps_the_order_of_one_source() -> None:
    seen = await dispatch_until(4, source_of(iter(range(5))))

    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("factory", FACTORIES)
async def test_what_a_source_gives_at_once_is_dispatched(factory: Any) -> None:
    """Tasks may begin before whoever makes them has them."""
    with tasks_made_by(factory):
        seen = await dispatch_until("b", source_of(iter("ab")))

    assert seen == ["a", "b"]


async def test_await_many_dispatch_without_a_source_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"is empty; pass \[receive\]"):
        await dispatch_until(None)


async def test_await_many_dispatch_takes_sources_in_turn() -> None:
    busy = source_of(iter(range(1000)))
    rare = source_of(iter(["a", "b", "c"]))

    seen = await dispatch_until("c", busy, rare)

    assert seen == [0, "a", 1, "b", 2, "c"]


async def test_await_many_dispatch_hears_a_late_source_beside_a_busy_one() -> (
    None
):
    bell = asyncio.Event()

    async def late() -> str:
        await bell.wait()
        return "late"

    async def busy() -> int:
        return 1

    seen = []

    async def dispatch(result: Any) -> None:
        seen.append(result)
        if len(seen) == 10:
            bell.set()
        if result == "late":
            raise Done

    with pytest.raises(Done):
        await asyncio.wait_for(await_many_dispatch([busy, late], dispatch), 10)

    assert len(seen) < 15


async def test_await_many_dispatch_handles_one_result_at_a_time() -> None:
    running = 0
    most = 0
    count = 0

    async def source() -> None:
        pass

    async def dispatch(_: None) -> None:
        nonlocal running, most, count
        running += 1
        most = max(most, running)
        await ticks(3)
        running -= 1
        count += 1
        if count == 10:
            raise Done

    with pytest.raises(Done):
        await await_many_dispatch([source, source, source], dispatch)

    assert most == 1


async def test_await_many_dispatch_asks_a_source_again_after_its_result() -> (
    None
):
    events = []

    async def source() -> int:
        events.append("asked")
        return 1

    async def dispatch(_: int) -> None:
        await ticks(3)
        events.append("handled")
        if len(events) == 6:
            raise Done

    with pytest.raises(Done):
        await await_many_dispatch([source], dispatch)

    assert events == ["asked", "handled"] * 3


async def test_await_many_dispatch_calls_dispatch_in_the_callers_task() -> None:
    tasks = set()

    async def dispatch(result: int) -> None:
        tasks.add(asyncio.current_task())
        if result == 2:
            raise Done

    with pytest.raises(Done):
        await await_many_dispatch([source_of(iter(range(3)))], dispatch)

    assert tasks == {asyncio.current_task()}


async def test_await_many_dispatch_lets_dispatch_set_context_variables() -> (
    None
):
    user = contextvars.ContextVar("user", default="nobody")
    seen = []

    async def dispatch(result: str) -> None:
        seen.append(user.get())
        user.set(result)
        if result == "eve":
            raise Done

    with pytest.raises(Done):
        await await_many_dispatch([source_of(iter(["ada", "eve"]))], dispatch)

    assert seen == ["nobody", "ada"]
    assert user.get() == "eve"


@pytest.mark.parametrize(
    "error", [ValueError("broken"), asyncio.CancelledError("gone")]
)
async def test_await_many_dispatch_raises_a_sources_error_in_its_turn(
    error: BaseException,
) -> None:
    seen = []

    async def broken() -> None:
        raise error

    async def dispatch(result: Any) -> None:
        seen.append(result)
        await ticks(3)

    with pytest.raises(type(error), match=str(error)):
        await await_many_dispatch([source_of(iter(range(3))), broken], dispatch)

    assert seen == [0]


async def test_await_many_dispatch_raises_what_dispatch_raises() -> None:
    async def dispatch(result: int) -> None:
        raise ValueError(f"cannot handle {result}")

    with pytest.raises(ValueError, match="cannot handle 7"):
        await await_many_dispatch([source_of(iter([7]))], dispatch)


async def test_await_many_dispatch_cancels_the_sources_at_its_end() -> None:
    cancelled = []

    async def endless() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    await dispatch_until(0, endless, source_of(iter([0])))

    assert cancelled == [True]


async def test_await_many_dispatch_leaves_no_task() -> None:
    before = asyncio.all_tasks()

    await dispatch_until(
        2,
        source_of(iter(range(10))),
        source_of(iter([])),
        source_of(iter("ab")),
    )

    assert asyncio.all_tasks() == before


async def test_await_many_dispatch_leaves_no_task_when_it_is_cancelled() -> (
    None
):
    before = asyncio.all_tasks()

    async def dispatch(_: Any) -> None:
        raise AssertionError("there is nothing to dispatch")

    task = asyncio.create_task(
        await_many_dispatch([source_of(iter([]))], dispatch)
    )
    await ticks(3)
    assert len(asyncio.all_tasks() - before) == 2
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert asyncio.all_tasks() == before


async def test_await_many_dispatch_ends_though_a_source_will_not() -> None:
    async def stubborn() -> str:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        return "not wanted any more"

    seen = await dispatch_until(0, stubborn, source_of(iter([0])))

    assert seen == [0]


async def test_await_many_dispatch_stands_a_reader_that_was_cancelled() -> None:
    reader: asyncio.Task[Any] | None = None

    async def first() -> str:
        nonlocal reader
        reader = asyncio.current_task()
        return "first"

    seen = []

    async def dispatch(result: str) -> None:
        seen.append(result)
        if result == "second":
            raise Done
        assert reader is not None
        reader.cancel()
        await ticks(2)

    second = source_of(iter(["second"]))
    with pytest.raises(Done):
        await asyncio.wait_for(
            await_many_dispatch([first, second], dispatch), 10
        )

    assert seen == ["first", "second"]


@pytest.mark.parametrize("rung", [False, True])
async def test_line_keeps_the_turn_of_a_wait_that_was_cancelled(
    rung: bool,
) -> None:
    async def dispatch(result: str) -> None:
        seen.append(result)
        raise Done

    seen: list[str] = []
    line = Line()
    line.take = iter(["hi"]).__next__
    waiting = asyncio.create_task(line.serve(dispatch))
    await ticks(1)
    if rung:
        line.ring()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not rung:
        line.ring()

    with pytest.raises(Done):
        await asyncio.wait_for(line.serve(dispatch), 10)
    assert seen == ["hi"]
