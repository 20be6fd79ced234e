import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

from minichannels.flow.recording.ending import (
    all_cancelled,
    cancelled,
    going_on,
)

MOMENT = 0.01


async def stubborn(let_go: asyncio.Event) -> None:
    while not let_go.is_set():
        with contextlib.suppress(BaseException):  # as a bare except does
            await let_go.wait()


async def test_cancelled_returns_what_goes_on() -> None:
    let_go = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await let_go.wait()

    ends = asyncio.create_task(asyncio.Event().wait())
    goes_on = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    assert await cancelled([ends, goes_on], MOMENT) == {goes_on}
    assert ends.cancelled()
    let_go.set()
    await goes_on


async def test_cancelled_waits_for_nothing_if_nothing_runs() -> None:
    assert await cancelled([], 5) == set()


async def test_what_goes_on_is_not_thrown_away() -> None:
    let_go = asyncio.Event()
    goes_on = asyncio.create_task(stubborn(let_go))
    await asyncio.sleep(0)
    before = sys.getrefcount(goes_on)

    await cancelled([goes_on], MOMENT)

    assert sys.getrefcount(goes_on) == before + 1
    let_go.set()
    await goes_on


def ended(loop: asyncio.AbstractEventLoop) -> str:
    left = loop.run_until_complete(all_cancelled(MOMENT))
    return going_on(left) if left else ""


def test_all_cancelled_ends_tasks_and_async_generators() -> None:
    closed = []

    async def ticks() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            closed.append("ticks")

    async def begin() -> AsyncIterator[int]:
        tasks.append(asyncio.create_task(asyncio.Event().wait()))
        generator = ticks()
        await anext(generator)
        return generator

    tasks: list[asyncio.Task[bool]] = []
    loop = asyncio.new_event_loop()
    generator = loop.run_until_complete(begin())

    assert ended(loop) == ""
    assert tasks[0].cancelled()
    assert closed == ["ticks"]
    loop.close()
    del generator


def test_going_on_names_the_line_of_what_did_not_end() -> None:
    async def begin() -> None:
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    task = loop.create_task(stubborn(asyncio.Event()))
    waits = loop.create_task(asyncio.wait({task}))
    loop.run_until_complete(begin())
    line = stubborn.__code__.co_firstlineno + 3

    assert ended(loop) == (
        f"stubborn(), line {line}, did not end: CancelledError is caught"
        " there, as a bare 'except' does; catch Exception instead"
    )
    assert waits.cancelled()
    loop.close()


def test_going_on_knows_a_generator_that_did_not_end() -> None:
    async def ticks() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await stubborn(asyncio.Event())

    async def begin() -> AsyncIterator[int]:
        generator = ticks()
        await anext(generator)
        return generator

    loop = asyncio.new_event_loop()
    generator = loop.run_until_complete(begin())

    assert ended(loop).startswith("BaseEventLoop.shutdown_asyncgens did not")
    loop.close()
    del generator
