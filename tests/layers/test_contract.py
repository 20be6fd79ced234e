"""What each channel layer promises, in memory and across processes.

Sentence by sentence, the semantics that design and documentation state. What
a layer has besides, its own tests say.
"""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from minichannels.exceptions import ChannelFull, MessageTooLarge
from support.clock import Clock
from support.contract import (
    LIMIT,
    Kind,
    Losses,
    Make,
    Message,
    got,
    numbers,
    waiting,
)
from support.loops import LoopThread, ticks

NewChannel = Callable[..., Coroutine[Any, Any, str]]


@pytest.fixture
def other() -> Iterator[LoopThread]:
    with LoopThread() as loop_thread:
        yield loop_thread


# At most once, in order, and nobody shares a message


async def test_message_is_received_once_at_most(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    seen: list[int] = []

    async def read() -> None:
        while True:
            seen.append((await layer.receive(channel))["n"])

    readers = [asyncio.create_task(read()) for _ in range(2)]
    for n in range(10):
        await layer.send(channel, {"n": n})
        while n not in seen:
            await asyncio.wait_for(ticks(1), LIMIT)
    for reader in readers:
        reader.cancel()
    await asyncio.wait(readers)

    assert sorted(seen) == list(range(10))
    assert await waiting(layer, channel) == []


async def test_messages_reach_one_reader_in_the_order_of_sending(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    for n in range(3):
        await layer.send(channel, {"n": n})

    assert [(await got(layer, channel))["n"] for _ in range(3)] == [0, 1, 2]


async def test_what_was_sent_by_way_of_a_group_keeps_its_place(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    await layer.group_add("g", channel)

    await layer.send(channel, {"n": 0})
    await layer.group_send("g", {"n": 1})
    await layer.send(channel, {"n": 2})

    assert await numbers(layer, channel) == [0, 1, 2]


async def test_channels_do_not_share_messages(
    layer: Any, new_channel: NewChannel
) -> None:
    one, two = await new_channel("a"), await new_channel("b")
    await layer.send(one, {"n": 1})
    await layer.send(two, {"n": 2})

    assert await numbers(layer, two) == [2]
    assert await numbers(layer, one) == [1]


async def test_waiting_reader_is_woken_by_send(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    reader = asyncio.create_task(layer.receive(channel))
    await ticks(3)
    assert not reader.done()

    await layer.send(channel, {"n": 1})

    assert await asyncio.wait_for(reader, LIMIT) == {"n": 1}


async def test_message_is_a_snapshot_when_it_is_sent(
    layer: Any, new_channel: NewChannel
) -> None:
    one, two = await new_channel("a"), await new_channel("b")
    message = {"users": [{"name": "ada"}]}
    await layer.group_add("g", two)
    sending = [layer.send(one, message), layer.group_send("g", message)]
    tasks = [asyncio.create_task(each) for each in sending]
    await ticks(1)  # they have begun, and perhaps not ended

    message["users"][0]["name"] = "eve"
    await asyncio.gather(*tasks)

    assert await got(layer, one) == {"users": [{"name": "ada"}]}
    assert await got(layer, two) == {"users": [{"name": "ada"}]}


async def test_each_receiver_gets_a_copy_of_its_own(
    layer: Any, new_channel: NewChannel
) -> None:
    one, two = await new_channel("a"), await new_channel("b")
    message = {"users": [{"name": "ada"}]}
    await layer.group_add("g", one)
    await layer.group_add("g", two)
    await layer.group_send("g", message)

    first = await got(layer, one)
    first["users"][0]["name"] = "eve"

    assert await got(layer, two) == {"users": [{"name": "ada"}]}
    assert message == {"users": [{"name": "ada"}]}


# What may travel


EIGHT_TYPES = {
    "type": "all",
    "none": None,
    "true": True,
    "integers": [0, -(2**63), 2**64 - 1],  # as 64 random bits are
    "floats": [0.5, -1e300, math.inf],
    "text": "é \U0001f600 \x00",
    "bytes": {"empty": b"", "all": bytes(range(256))},
    "lists": [[], [[b"deep", {}]]],
    "dict": {"": {}, "$bytes": "YQ=="},
}


async def test_the_eight_types_arrive_as_they_are(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    await layer.send(channel, EIGHT_TYPES)

    message = await got(layer, channel)

    assert message == EIGHT_TYPES
    assert type(message["true"]) is bool


async def test_tuple_arrives_as_a_list(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    await layer.send(channel, {"pair": (1, (2,))})

    assert await got(layer, channel) == {"pair": [1, [2]]}


@pytest.mark.parametrize("method", ["send", "group_send"])
@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("text", "a message is a dict with a 'type', not 'text'"),
        ({"at": object()}, r"message\['at'\]: object is not one of"),
        ({"at": [2**64]}, r"message\['at'\]\[0\]: an int of 65 bits"),
        ({1: "a"}, r"message: the key 1 is not a str"),
    ],
)
async def test_message_that_cannot_travel_is_refused_without_a_trace(
    layer: Any,
    new_channel: NewChannel,
    method: str,
    message: Any,
    problem: str,
) -> None:
    channel = await new_channel()
    await layer.group_add("g", channel)

    with pytest.raises(TypeError, match=problem):
        await getattr(layer, method)(
            channel if method == "send" else "g", message
        )

    assert await waiting(layer, channel) == []


async def test_message_of_a_megabyte_travels_and_no_larger_one(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    await layer.group_add("g", channel)
    longest = {"text": "x" * (1_000_000 - len('{"text":""}'))}
    too_long = {"text": longest["text"] + "x"}
    await layer.send(channel, longest)

    with pytest.raises(MessageTooLarge):
        await layer.send(channel, too_long)
    with pytest.raises(MessageTooLarge):
        await layer.group_send("g", too_long)

    assert await waiting(layer, channel) == [longest]


# Names


BAD_NAMES = ["chat room", "café", "abc\n", "", "x" * 100, None, 7, ["a"]]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_every_method_refuses_a_bad_name(layer: Any, name: Any) -> None:
    for call in (
        layer.send(name, {}),
        layer.receive(name),
        layer.group_add("g", name),
        layer.group_add(name, "a"),
        layer.group_discard("g", name),
        layer.group_discard(name, "a"),
        layer.group_send(name, {}),
    ):
        with pytest.raises(TypeError, match=r"(channel|group) name"):
            await call


async def test_longest_name_is_a_name(layer: Any) -> None:
    name = "x" * 99
    await layer.group_add(name, name)
    await layer.group_send(name, {"n": 1})

    assert await numbers(layer, name) == [1]


async def test_new_channel_is_a_valid_name_that_nobody_else_has(
    layer: Any,
) -> None:
    names = {await layer.new_channel() for _ in range(100)}

    assert len(names) == 100
    for name in names:
        assert layer.require_valid_channel_name(name)
        assert name.startswith("specific.")
        assert name.count("!") == 1


async def test_new_channel_begins_with_the_prefix(layer: Any) -> None:
    assert (await layer.new_channel(prefix="w.x")).startswith("w.x.")


@pytest.mark.parametrize("prefix", ["a b", "x" * 90, "a!b"])
async def test_new_channel_refuses_a_prefix_of_no_name(
    layer: Any, prefix: str
) -> None:
    with pytest.raises(TypeError, match="channel name"):
        await layer.new_channel(prefix)


# Capacity


async def test_send_to_a_full_channel_raises_channel_full(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    for n in range(3):
        await layer.send(channel, {"n": n})

    with pytest.raises(ChannelFull) as caught:
        await layer.send(channel, {"n": 3})

    assert str(caught.value) == f"channel {channel!r} is full (3 messages wait)"
    assert (caught.value.channel, caught.value.capacity) == (channel, 3)
    assert await numbers(layer, channel) == [0, 1, 2]


async def test_full_channel_has_room_again_after_a_receive(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    for n in range(3):
        await layer.send(channel, {"n": n})
    await got(layer, channel)

    await layer.send(channel, {"n": 3})

    assert await numbers(layer, channel) == [1, 2, 3]


async def test_full_channel_does_not_hinder_another(
    layer: Any, new_channel: NewChannel
) -> None:
    full, free = await new_channel("a"), await new_channel("b")
    for n in range(3):
        await layer.send(full, {"n": n})

    await layer.send(free, {"n": 3})

    assert await numbers(layer, free) == [3]


async def test_channel_capacity_counts_for_the_channels_that_match(
    make: Make,
) -> None:
    layer = make(channel_capacity={"tiny*": 1})
    tiny = await layer.new_channel("tiny")
    for channel, capacity in ((tiny, 1), ("tiny.list", 1), ("list", 3)):
        for n in range(capacity):
            await layer.send(channel, {"n": n})
        with pytest.raises(ChannelFull) as caught:
            await layer.send(channel, {})
        assert caught.value.capacity == capacity


async def test_group_send_drops_and_counts_what_a_full_member_misses(
    layer: Any, losses: Losses, new_channel: NewChannel
) -> None:
    full, free = await new_channel("a"), await new_channel("b")
    await layer.group_add("g", full)
    await layer.group_add("g", free)
    for n in range(3):
        await layer.send(full, {"n": n})

    await layer.group_send("g", {"n": 3})

    assert await numbers(layer, free) == [3]
    assert await numbers(layer, full) == [0, 1, 2]
    assert layer.dropped == 1
    assert losses.seen == [(full, {"n": 3}, "full 3/3")]


# Expiry


async def test_message_lives_to_the_end_of_its_time_and_no_longer(
    layer: Any, losses: Losses, clock: Clock, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    for now in (0, 5, 5.001):
        clock.now = now
        await layer.send(channel, {"n": now})
    clock.now = 15

    assert await numbers(layer, channel) == [5, 5.001]
    assert layer.expired == 1
    assert losses.seen == [(channel, {"n": 0}, "expired")]


async def test_expired_messages_make_room_in_a_full_channel(
    layer: Any, clock: Clock, new_channel: NewChannel
) -> None:
    channel, other = await new_channel("a"), await new_channel("b")
    for n in range(3):
        await layer.send(channel, {"n": n})
    await waiting(layer, other)  # by now the others have arrived, too
    clock.now = 10.001

    await layer.send(channel, {"n": 3})

    assert await numbers(layer, channel) == [3]
    assert layer.expired == 3


async def test_reader_that_waits_gets_nothing_that_expired(
    layer: Any, clock: Clock, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    await layer.send(channel, {"n": 1})
    clock.now = 10.001
    reader = asyncio.create_task(layer.receive(channel))
    await ticks(5)

    await layer.send(channel, {"n": 2})

    assert await asyncio.wait_for(reader, LIMIT) == {"n": 2}


async def test_what_expires_goes_by_the_time_that_a_test_has_moved(
    kind: Kind, server_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = kind.at(server_url, expiry=10)
    monkeypatch.setattr(time, "time", clock)
    await layer.send("a", {"n": 1})
    clock.now = 10.001
    await layer.send("a", {"n": 2})

    assert await got(layer, "a") == {"n": 2}
    await layer.close()


async def test_membership_lives_to_the_end_of_its_time_and_no_longer(
    layer: Any, clock: Clock, new_channel: NewChannel
) -> None:
    old, renewed = await new_channel("a"), await new_channel("b")
    await layer.group_add("g", old)
    await layer.group_add("g", renewed)
    clock.now = 50
    await layer.group_add("g", renewed)
    clock.now = 100
    await layer.group_send("g", {"n": 1})
    assert await numbers(layer, old) == [1]
    clock.now = 100.001

    await layer.group_send("g", {"n": 2})

    assert await numbers(layer, renewed) == [1, 2]
    assert await numbers(layer, old) == []


# Groups


async def test_group_send_reaches_every_member_once_and_nobody_else(
    layer: Any, new_channel: NewChannel
) -> None:
    names = [await new_channel(name) for name in "abc"]
    await layer.group_add("g", names[0])
    await layer.group_add("g", names[1])
    await layer.group_add("g", names[1])
    await layer.group_add("h", names[2])

    await layer.group_send("g", {"n": 1})
    await layer.group_send("nobody", {"n": 2})

    assert [await numbers(layer, name) for name in names] == [[1], [1], []]


async def test_group_discard_ends_a_membership(
    layer: Any, new_channel: NewChannel
) -> None:
    one, two = await new_channel("a"), await new_channel("b")
    await layer.group_add("g", one)
    await layer.group_add("g", two)

    await layer.group_discard("g", one)
    await layer.group_discard("g", "nobody")
    await layer.group_discard("nowhere", one)
    await layer.group_send("g", {"n": 1})

    assert await numbers(layer, two) == [1]
    assert await numbers(layer, one) == []


async def test_member_that_comes_back_is_a_member(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    for n in range(3):
        await layer.group_add("g", channel)
        await layer.group_send("g", {"n": n})
        await layer.group_discard("g", channel)
        await layer.group_send("g", {"n": -1})

    assert await numbers(layer, channel) == [0, 1, 2]


async def test_loop_of_group_sends_reaches_ten_readers_in_full(
    make: Make,
) -> None:
    layer = make(capacity=10)
    channels = [await layer.new_channel() for _ in range(10)]
    seen: dict[str, list[int]] = {channel: [] for channel in channels}

    async def read(channel: str) -> None:
        while len(seen[channel]) < 60:
            seen[channel].append((await layer.receive(channel))["n"])

    for channel in channels:
        await layer.group_add("g", channel)
    readers = [asyncio.create_task(read(channel)) for channel in channels]

    for n in range(60):
        await layer.group_send("g", {"n": n})
    await asyncio.wait_for(asyncio.gather(*readers), LIMIT)

    assert all(each == list(range(60)) for each in seen.values())
    assert layer.dropped == 0


# A reader that gives up loses nothing


async def test_receive_that_is_cancelled_takes_nothing_with_it(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    reader = asyncio.create_task(layer.receive(channel))
    await ticks(3)
    reader.cancel()
    await asyncio.wait([reader])

    await layer.send(channel, {"n": 1})

    assert await numbers(layer, channel) == [1]


@pytest.mark.parametrize("after", [0, 1, 2, 5])
async def test_receive_that_is_cancelled_when_a_message_comes_loses_nothing(
    layer: Any, new_channel: NewChannel, after: int
) -> None:
    channel = await new_channel()
    seen: list[Message] = []
    for n in range(5):
        reader = asyncio.create_task(layer.receive(channel))
        await ticks(after)
        await layer.send(channel, {"n": n})
        await ticks(after)
        reader.cancel()
        await asyncio.wait([reader])
        seen += [] if reader.cancelled() else [reader.result()]
        seen += await waiting(layer, channel)

    assert [message["n"] for message in seen] == [0, 1, 2, 3, 4]


async def test_cancelled_reader_strands_no_other(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    readers = [asyncio.create_task(layer.receive(channel)) for _ in range(2)]
    await ticks(3)
    readers[0].cancel()

    await layer.send(channel, {"n": 1})

    assert await asyncio.wait_for(readers[1], LIMIT) == {"n": 1}


# Several event loops and threads


async def test_layer_may_be_used_from_several_loops(
    layer: Any, new_channel: NewChannel, other: LoopThread
) -> None:
    channel = await new_channel()
    there = other.submit(layer.receive(channel))
    await layer.send(channel, {"n": 1})
    assert await asyncio.wait_for(asyncio.wrap_future(there), LIMIT) == {"n": 1}

    await other.do(layer.send(channel, {"n": 2}))

    assert await numbers(layer, channel) == [2]


async def test_group_reaches_members_on_several_loops(
    layer: Any, new_channel: NewChannel, other: LoopThread
) -> None:
    here = await new_channel("a")
    there = await other.do(new_channel("b"))
    await layer.group_add("g", here)
    await layer.group_add("g", there)

    await layer.group_send("g", {"n": 1})
    await other.do(layer.group_send("g", {"n": 2}))

    assert await numbers(layer, here) == [1, 2]
    assert await other.do(numbers(layer, there)) == [1, 2]


async def test_member_may_leave_on_another_loop(
    layer: Any, new_channel: NewChannel, other: LoopThread
) -> None:
    channel = await new_channel()
    await other.do(layer.group_add("g", channel))
    await layer.group_send("g", {"n": 1})

    await other.do(layer.group_discard("g", channel))
    await layer.group_send("g", {"n": 2})

    assert await numbers(layer, channel) == [1]


def test_layer_may_be_made_and_looked_at_outside_of_a_loop(make: Make) -> None:
    layer = make()

    assert (layer.groups, dict(layer.channels)) == ({}, {})
    assert (layer.dropped, layer.expired, layer.undelivered) == (0, 0, 0)
    assert asyncio.run(layer.new_channel()).startswith("specific.")
    assert asyncio.run(layer.new_channel()).startswith("specific.")


# Flush, release and close


async def test_flush_removes_all_messages_and_groups(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    await layer.group_add("g", channel)
    await layer.send(channel, {"n": 1})

    await layer.flush()
    await layer.group_send("g", {"n": 2})

    assert await waiting(layer, channel) == []


async def test_flush_keeps_waiting_readers_alive(
    layer: Any, new_channel: NewChannel
) -> None:
    channel = await new_channel()
    reader = asyncio.create_task(layer.receive(channel))
    await ticks(3)

    await layer.flush()
    await layer.send(channel, {"n": 1})

    assert await asyncio.wait_for(reader, LIMIT) == {"n": 1}


async def test_release_takes_a_mailbox_out_of_its_groups_and_counts(
    layer: Any, losses: Losses
) -> None:
    channel, other = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_add("g", other)
    await layer.group_send("g", {"n": 1})
    assert await numbers(layer, other) == [1]

    await layer.release(channel)
    await layer.group_send("g", {"n": 2})

    assert await numbers(layer, other) == [2]
    assert layer.undelivered == 1
    assert losses.seen == [(channel, {"n": 1}, "undelivered")]
    assert await waiting(layer, channel) == []


async def test_close_leaves_no_task_and_a_layer_that_can_be_used(
    layer: Any,
) -> None:
    before = asyncio.all_tasks()
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    await layer.send("list", {"n": 2})
    await got(layer, "list")

    await layer.close()

    assert asyncio.all_tasks() == before
    again = await layer.new_channel()
    await layer.send(again, {"n": 3})
    assert await got(layer, again) == {"n": 3}


# A consumer's reader takes what is there, and is rung for the rest


async def test_reader_takes_each_message_and_is_rung_for_the_next(
    layer: Any,
) -> None:
    channel = await layer.new_channel()
    bell = asyncio.Event()
    take = layer.reader(channel, bell.set)
    assert take() is None
    taken: list[Message] = []
    for n in range(3):
        await layer.send(channel, {"n": n})
    while len(taken) < 3:
        await asyncio.wait_for(bell.wait(), LIMIT)
        bell.clear()
        taken.append(take())

    assert taken == [{"n": 0}, {"n": 1}, {"n": 2}]
