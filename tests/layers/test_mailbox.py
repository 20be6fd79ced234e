import asyncio
import functools
from collections import deque

import pytest

from minichannels.layers.mailbox import Bell, Mailbox, Reader
from support.loops import LoopThread, ticks


async def test_reader_is_woken_on_its_own_loop() -> None:
    reader = Reader()

    assert reader.wake(asyncio.get_running_loop()) is True
    assert reader.future.done()


async def test_reader_that_was_cancelled_is_not_woken() -> None:
    reader = Reader()
    reader.future.cancel()

    assert reader.wake(asyncio.get_running_loop()) is False


async def test_reader_is_woken_from_another_loop_through_its_own() -> None:
    reader = Reader()
    with LoopThread() as other:

        async def wake() -> bool:
            return reader.wake(other.loop)

        # This loop stands still meanwhile, so the future cannot be done yet.
        assert other.run(wake()) is False  # that loop may stop before it looks
        assert not reader.future.done()
        await asyncio.wait_for(reader.future, 10)


async def test_reader_may_be_cancelled_while_its_wake_is_under_way() -> None:
    reader = Reader()
    with LoopThread() as other:

        async def wake() -> bool:
            return reader.wake(other.loop)

        other.run(wake())
    reader.future.cancel()
    await ticks(2)

    assert reader.future.cancelled()


async def make_reader() -> Reader:
    return Reader()


async def test_reader_whose_loop_is_closed_is_not_woken() -> None:
    with LoopThread() as other:
        reader = other.run(make_reader())

    assert reader.wake(asyncio.get_running_loop()) is False


async def test_reader_whose_loop_stands_still_may_never_look() -> None:
    with LoopThread() as other:
        reader = other.run(make_reader())
        other.stop()

        assert reader.wake(asyncio.get_running_loop()) is False

        other.start_again()
        other.settle()
        assert reader.future.done()  # it looks after all, which does no harm


async def test_mailbox_wakes_the_reader_that_has_waited_longest() -> None:
    mailbox = Mailbox(capacity=1)
    first, second = Reader(), Reader()
    mailbox.readers = (first, second)

    mailbox.wake()

    assert first.future.done()
    assert not second.future.done()
    assert list(mailbox.readers) == [second]


@pytest.mark.parametrize(
    ("looks", "expected"), [(True, ["first"]), (False, ["first", "second"])]
)
async def test_mailbox_rings_bells_until_one_is_certain_to_be_heard(
    looks: bool, expected: list[str]
) -> None:
    mailbox = Mailbox(capacity=1)
    rung: list[str] = []

    def ring(name: str) -> bool:
        rung.append(name)
        return looks

    for name in ("first", "second"):
        mailbox.pop(Bell(functools.partial(ring, name)))

    mailbox.wake()

    assert rung == expected


async def test_mailbox_goes_on_to_the_first_reader_that_is_sure_to_look() -> (
    None
):
    mailbox = Mailbox(capacity=1)
    with LoopThread() as other:
        closed = other.run(make_reader())
    cancelled, living = Reader(), Reader()
    cancelled.future.cancel()
    mailbox.readers = (closed, cancelled, living)

    mailbox.wake()

    assert living.future.done()
    assert not mailbox.readers


async def test_mailbox_goes_on_to_the_first_bell_that_is_sure_to_be_heard() -> (
    None
):
    mailbox = Mailbox(capacity=1)
    rung: list[str] = []

    async def wait_for(name: str) -> None:
        mailbox.pop(Bell(functools.partial(rung.append, name)))

    with LoopThread() as other:
        other.run(wait_for("of a closed loop"))
    await wait_for("of this loop")

    mailbox.wake()

    assert rung == ["of this loop"]


async def test_mailbox_without_readers_wakes_nobody() -> None:
    mailbox = Mailbox(capacity=1)
    mailbox.messages = deque([(0, {"type": "a"})])

    mailbox.wake()

    assert list(mailbox.messages) == [(0, {"type": "a"})]


def test_reader_needs_a_running_loop() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        Reader()
