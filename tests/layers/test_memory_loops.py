"""The in-memory layer on several event loops, and with readers that give up."""

import asyncio
import concurrent.futures
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.layers import InMemoryChannelLayer
from support.clock import Clock
from support.loops import LIMIT, LoopThread, ticks

Message = dict[str, Any]
Reading = asyncio.Task[Message]


@pytest.fixture
def other() -> Iterator[LoopThread]:
    with LoopThread() as loop_thread:
        yield loop_thread


@pytest.fixture
def layer() -> InMemoryChannelLayer:
    return InMemoryChannelLayer()


async def read(layer: InMemoryChannelLayer) -> Reading:
    """Begin to receive from channel ``a``, and get to where that waits."""
    task = asyncio.create_task(layer.receive("a"))
    await ticks(1)
    return task


def read_on(
    other: LoopThread, layer: InMemoryChannelLayer, channel: str = "a"
) -> concurrent.futures.Future[Message]:
    """Begin to receive on another loop, and get to where that waits."""
    reading = other.submit(layer.receive(channel))
    other.settle()
    return reading


async def stranded(layer: InMemoryChannelLayer) -> Reading:
    """Return a reader that waits on a loop which is closed."""
    gone = asyncio.new_event_loop()
    task = await asyncio.to_thread(gone.run_until_complete, read(layer))
    gone.close()
    return task


async def cancel(task: Reading) -> None:
    task.cancel()


# Several loops, each in a thread of its own


async def test_reader_on_another_loop_is_woken(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    reader = read_on(other, layer)
    assert not reader.done()

    await layer.send("a", {"n": 1})

    assert reader.result(LIMIT) == {"n": 1}


async def test_reader_is_woken_from_another_loop(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    reader = await read(layer)

    await other.do(layer.send("a", {"n": 1}))

    assert await asyncio.wait_for(reader, LIMIT) == {"n": 1}


async def test_group_send_reaches_members_on_several_loops(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    await layer.group_add("g", "a")
    await other.do(layer.group_add("g", "b"))
    here = await read(layer)
    there = read_on(other, layer, "b")

    await layer.group_send("g", {"n": 1})

    assert await asyncio.wait_for(here, LIMIT) == {"n": 1}
    assert there.result(LIMIT) == {"n": 1}


async def test_one_channel_may_have_readers_on_two_loops(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    here = await read(layer)
    there = read_on(other, layer)

    await layer.send("a", {"n": 1})
    await layer.send("a", {"n": 2})

    got = [await asyncio.wait_for(here, LIMIT), there.result(LIMIT)]
    assert sorted(message["n"] for message in got) == [1, 2]


async def test_reader_whose_loop_is_closed_is_passed_over(
    layer: InMemoryChannelLayer,
) -> None:
    task = await stranded(layer)
    here = await read(layer)

    await layer.send("a", {"n": 1})

    assert await asyncio.wait_for(here, LIMIT) == {"n": 1}
    assert not task.done()
    forget(task)


async def test_sender_to_a_reader_whose_loop_is_closed_is_not_disturbed(
    layer: InMemoryChannelLayer,
) -> None:
    task = await stranded(layer)
    await layer.group_add("g", "a")

    await layer.send("a", {"n": 1})
    await layer.group_send("g", {"n": 2})

    assert await layer.receive("a") == {"n": 1}
    assert await layer.receive("a") == {"n": 2}
    forget(task)


async def test_reader_whose_loop_stands_still_is_passed_over(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    there = read_on(other, layer)
    other.stop()
    here = await read(layer)

    await layer.send("a", {"n": 1})

    assert await asyncio.wait_for(here, LIMIT) == {"n": 1}
    assert not there.done()


async def test_reader_whose_loop_runs_again_gets_the_next_message(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    there = read_on(other, layer)
    other.stop()
    here = await read(layer)
    await layer.send("a", {"n": 1})
    await asyncio.wait_for(here, LIMIT)

    other.start_again()
    await layer.send("a", {"n": 2})

    assert there.result(LIMIT) == {"n": 2}


async def test_message_sent_while_the_only_reader_stood_still_is_not_lost(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    there = read_on(other, layer)
    other.stop()
    await layer.send("a", {"n": 1})

    other.start_again()

    assert there.result(LIMIT) == {"n": 1}


async def test_loop_that_ends_passes_its_readers_wake_on(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    there = read_on(other, layer)
    here = await read(layer)

    # On its loop, so that the reader there cannot run in between.
    async def send_and_end() -> None:
        await layer.send("a", {"n": 1})
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    await other.do(send_and_end())

    assert await asyncio.wait_for(here, LIMIT) == {"n": 1}
    with pytest.raises(concurrent.futures.CancelledError):
        there.result(LIMIT)


async def test_abandoned_reader_may_be_collected_while_the_lock_is_held() -> (
    None
):
    class CollectingClock(Clock):
        """The clock is asked with the lock held."""

        def __call__(self) -> float:
            gc.collect()
            return super().__call__()

    layer = InMemoryChannelLayer(clock=CollectingClock())
    gone = asyncio.new_event_loop()
    forget(await asyncio.to_thread(gone.run_until_complete, read(layer)))
    gone.close()
    del gone

    await layer.send("a", {"n": 1})  # drops the reader: now it is garbage
    await layer.send("a", {"n": 2})  # stood still here for ever

    assert await layer.receive("a") == {"n": 1}


def forget(task: Reading) -> None:
    """Let a task that never ends be collected without a line in the log."""
    task._log_destroy_pending = False  # type: ignore[attr-defined]


# Readers that give up


@pytest.mark.parametrize("given_up", [0, 1])
async def test_cancelled_reader_strands_nobody(
    layer: InMemoryChannelLayer, given_up: int
) -> None:
    readers = [await read(layer), await read(layer)]
    readers[given_up].cancel()
    await ticks(2)

    await layer.send("a", {"n": 1})

    other_one = readers[1 - given_up]
    assert await asyncio.wait_for(other_one, LIMIT) == {"n": 1}


@pytest.mark.parametrize("given_up", [0, 1])
async def test_reader_cancelled_at_the_moment_of_the_send_strands_nobody(
    layer: InMemoryChannelLayer, given_up: int
) -> None:
    readers = [await read(layer), await read(layer)]
    readers[given_up].cancel()  # it has not run yet when the message comes

    await layer.send("a", {"n": 1})

    other_one = readers[1 - given_up]
    assert await asyncio.wait_for(other_one, LIMIT) == {"n": 1}
    assert readers[given_up].cancelled()


@pytest.mark.parametrize("given_up", [0, 1])
async def test_reader_cancelled_after_it_was_woken_strands_nobody(
    layer: InMemoryChannelLayer, given_up: int
) -> None:
    readers = [await read(layer), await read(layer)]
    await layer.send("a", {"n": 1})
    readers[given_up].cancel()  # woken, and not run yet, if it is the first

    other_one = readers[1 - given_up]
    assert await asyncio.wait_for(other_one, LIMIT) == {"n": 1}
    await ticks(1)
    assert readers[given_up].cancelled()


async def test_reader_cancelled_after_it_was_woken_passes_on_to_another_loop(
    layer: InMemoryChannelLayer, other: LoopThread
) -> None:
    here = await read(layer)
    there = read_on(other, layer)

    await layer.send("a", {"n": 1})
    here.cancel()
    await ticks(2)

    assert there.result(LIMIT) == {"n": 1}


async def test_both_readers_cancelled_leave_the_message_for_a_third(
    layer: InMemoryChannelLayer,
) -> None:
    readers = [await read(layer), await read(layer)]
    await layer.send("a", {"n": 1})
    for reader in readers:
        reader.cancel()
    await ticks(2)

    assert await layer.receive("a") == {"n": 1}
    assert layer.channels == {}


async def test_reader_cancelled_alone_leaves_nothing_behind(
    layer: InMemoryChannelLayer,
) -> None:
    reader = await read(layer)
    reader.cancel()
    await ticks(2)

    assert layer.channels == {}


async def test_reader_cancelled_after_a_flush_took_its_message_is_harmless(
    layer: InMemoryChannelLayer,
) -> None:
    reader = await read(layer)
    await layer.send("a", {"n": 1})
    await layer.flush()
    reader.cancel()
    await ticks(2)

    assert reader.cancelled()
    assert layer.channels == {}


async def test_reader_out_of_time_takes_no_message_with_it(
    layer: InMemoryChannelLayer,
) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(layer.receive("a"), 0.001)

    await layer.send("a", {"n": 1})

    assert await layer.receive("a") == {"n": 1}


async def test_woken_reader_whose_message_was_taken_waits_for_the_next(
    layer: InMemoryChannelLayer,
) -> None:
    slow = await read(layer)
    await layer.send("a", {"n": 1})
    assert await layer.receive("a") == {"n": 1}  # quicker than the woken one
    await ticks(3)
    assert not slow.done()

    await layer.send("a", {"n": 2})

    assert await asyncio.wait_for(slow, LIMIT) == {"n": 2}
