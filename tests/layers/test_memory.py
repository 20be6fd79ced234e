import asyncio
import itertools
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import minichannels.layers
from minichannels.exceptions import ChannelFull, MessageTooLarge
from minichannels.layers import InMemoryChannelLayer
from minichannels.layers.office import Stored
from minichannels.types import ChannelLayer
from support.clock import Clock
from support.loops import ticks

Message = dict[str, Any]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def layer(clock: Clock) -> InMemoryChannelLayer:
    return InMemoryChannelLayer(
        expiry=10, group_expiry=100, capacity=3, clock=clock
    )


class Losses:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Message, str]] = []

    def message_lost(self, channel: str, message: Message, reason: str) -> None:
        self.seen.append((channel, message, reason))


async def start(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Begin a coroutine as a task, and let it get to where it waits."""
    task = asyncio.create_task(coroutine)
    await ticks(1)
    return task


async def drain(layer: InMemoryChannelLayer, channel: str) -> list[Message]:
    """Take all messages that wait in a channel."""
    mailbox = layer.channels.get(channel)
    waiting = len(mailbox.messages) if mailbox else 0
    return [await layer.receive(channel) for _ in range(waiting)]


# Sending and receiving


async def test_layer_is_what_a_consumer_asks_for() -> None:
    layer: ChannelLayer = InMemoryChannelLayer()
    channel = await layer.new_channel()

    await layer.send(channel, {"type": "hello"})

    assert await layer.receive(channel) == {"type": "hello"}


def test_layer_names_its_extensions() -> None:
    assert InMemoryChannelLayer.extensions == ["groups", "flush", "release"]


def test_layer_has_the_defaults_of_channels() -> None:
    layer = InMemoryChannelLayer()

    assert layer.expiry == 60
    assert layer.group_expiry == 86400
    assert layer.capacity == 100


async def test_message_is_received_once_at_most(
    layer: InMemoryChannelLayer,
) -> None:
    first = await start(layer.receive("a"))
    second = await start(layer.receive("a"))

    await layer.send("a", {"n": 1})
    await ticks(5)

    assert [first.done(), second.done()].count(True) == 1
    assert layer.channels["a"].messages == deque()


async def test_two_readers_of_one_channel_get_each_message_once(
    layer: InMemoryChannelLayer,
) -> None:
    got: list[int] = []

    async def read() -> None:
        while True:
            got.append((await layer.receive("a"))["n"])

    readers = [await start(read()) for _ in range(2)]
    for n in range(10):
        await layer.send("a", {"n": n})
        await ticks(2)

    assert sorted(got) == list(range(10))
    for reader in readers:
        reader.cancel()


async def test_messages_reach_one_reader_in_the_order_of_sending(
    layer: InMemoryChannelLayer,
) -> None:
    for n in range(3):
        await layer.send("a", {"n": n})

    got = [(await layer.receive("a"))["n"] for _ in range(3)]

    assert got == [0, 1, 2]


async def test_channels_do_not_share_messages(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("a", {"n": 1})
    await layer.send("b", {"n": 2})

    assert await layer.receive("b") == {"n": 2}
    assert await layer.receive("a") == {"n": 1}


async def test_waiting_reader_is_woken_by_send(
    layer: InMemoryChannelLayer,
) -> None:
    reader = await start(layer.receive("a"))
    assert not reader.done()

    await layer.send("a", {"n": 1})

    assert await asyncio.wait_for(reader, 10) == {"n": 1}


async def test_message_is_a_snapshot_when_it_is_sent(
    layer: InMemoryChannelLayer,
) -> None:
    message = {"users": [{"name": "ada"}]}
    await layer.group_add("g", "b")
    await layer.send("a", message)
    await layer.group_send("g", message)

    message["users"][0]["name"] = "eve"

    assert await layer.receive("a") == {"users": [{"name": "ada"}]}
    assert await layer.receive("b") == {"users": [{"name": "ada"}]}


async def test_receiver_may_change_its_message_unseen_by_the_others(
    layer: InMemoryChannelLayer,
) -> None:
    message = {"users": [{"name": "ada"}]}
    await layer.group_add("g", "a")
    await layer.group_add("g", "b")
    await layer.group_send("g", message)

    first = await layer.receive("a")
    first["users"][0]["name"] = "eve"

    assert await layer.receive("b") == {"users": [{"name": "ada"}]}
    assert message == {"users": [{"name": "ada"}]}


async def test_message_needs_no_type_for_the_layer(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("a", {})

    assert await layer.receive("a") == {}


@pytest.mark.parametrize("method", ["send", "group_send"])
@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("text", "a message is a dict with a 'type', not 'text'"),
        ({"at": object()}, r"message\['at'\]: object is not one of"),
    ],
)
async def test_message_that_cannot_travel_is_refused_without_a_trace(
    layer: InMemoryChannelLayer, method: str, message: Any, problem: str
) -> None:
    await layer.group_add("a", "a")

    with pytest.raises(TypeError, match=problem):
        await getattr(layer, method)("a", message)

    assert layer.channels == {}


@pytest.mark.parametrize("method", ["send", "group_send"])
async def test_message_over_a_megabyte_is_refused_without_a_trace(
    layer: InMemoryChannelLayer, method: str
) -> None:
    await layer.group_add("a", "a")

    with pytest.raises(MessageTooLarge):
        await getattr(layer, method)("a", {"text": "x" * 1_000_000})

    assert layer.channels == {}


BAD_NAMES = ["chat room", "café", "abc\n", "", "x" * 100, None, 7, ["a"]]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize(
    "call",
    [
        lambda layer, name: layer.send(name, {}),
        lambda layer, name: layer.receive(name),
        lambda layer, name: layer.group_add("g", name),
        lambda layer, name: layer.group_add(name, "a"),
        lambda layer, name: layer.group_discard("g", name),
        lambda layer, name: layer.group_discard(name, "a"),
        lambda layer, name: layer.group_send(name, {}),
    ],
    ids=["send", "receive", "add", "add to", "discard", "from", "group_send"],
)
async def test_every_method_refuses_a_bad_name_without_a_trace(
    layer: InMemoryChannelLayer, call: Callable[..., Any], name: object
) -> None:
    with pytest.raises(TypeError, match=r"(channel|group) name"):
        await call(layer, name)

    assert layer.channels == {}
    assert layer.groups == {}


# Names


async def test_new_channel_is_a_valid_name_that_nobody_else_has() -> None:
    layer = InMemoryChannelLayer()
    names = {await layer.new_channel() for _ in range(100)}

    assert len(names) == 100
    for name in names:
        assert layer.require_valid_channel_name(name)
        assert name.startswith("specific..inmemory!")


async def test_new_channel_begins_with_the_prefix() -> None:
    layer = InMemoryChannelLayer(names=lambda: "one")

    assert await layer.new_channel("worker") == "worker.inmemory!one"


@pytest.mark.parametrize("prefix", ["a b", "x" * 90, "a!b"])
async def test_new_channel_refuses_a_prefix_of_no_name(prefix: str) -> None:
    with pytest.raises(TypeError, match="channel name"):
        await InMemoryChannelLayer().new_channel(prefix)


async def test_new_channel_takes_the_injected_names() -> None:
    names = map(str, itertools.count(1))
    layer = InMemoryChannelLayer(names=lambda: next(names))

    assert await layer.new_channel() == "specific..inmemory!1"
    assert await layer.new_channel() == "specific..inmemory!2"


# Capacity


async def test_send_to_a_full_channel_raises_channel_full(
    layer: InMemoryChannelLayer,
) -> None:
    for n in range(3):
        await layer.send("a", {"n": n})

    with pytest.raises(ChannelFull) as caught:
        await layer.send("a", {"n": 3})

    assert str(caught.value) == "channel 'a' is full (3 messages wait)"
    assert caught.value.channel == "a"
    assert caught.value.capacity == 3
    assert [m["n"] for m in await drain(layer, "a")] == [0, 1, 2]


async def test_full_channel_has_room_again_after_a_receive(
    layer: InMemoryChannelLayer,
) -> None:
    for n in range(3):
        await layer.send("a", {"n": n})
    await layer.receive("a")

    await layer.send("a", {"n": 3})

    assert [m["n"] for m in await drain(layer, "a")] == [1, 2, 3]


async def test_full_channel_does_not_hinder_another(
    layer: InMemoryChannelLayer,
) -> None:
    for n in range(3):
        await layer.send("a", {"n": n})

    await layer.send("b", {"n": 3})

    assert await layer.receive("b") == {"n": 3}


async def test_channel_capacity_counts_for_the_channels_that_match() -> None:
    layer = InMemoryChannelLayer(capacity=2, channel_capacity={"http.*": 1})
    await layer.send("http.a", {})
    await layer.send("other", {})
    await layer.send("other", {})

    with pytest.raises(ChannelFull) as http:
        await layer.send("http.a", {})
    with pytest.raises(ChannelFull) as other:
        await layer.send("other", {})

    assert (http.value.capacity, other.value.capacity) == (1, 2)


async def test_group_send_drops_and_counts_what_a_full_member_misses(
    layer: InMemoryChannelLayer,
) -> None:
    layer.observer = losses = Losses()
    await layer.group_add("g", "full")
    await layer.group_add("g", "free")
    for n in range(3):
        await layer.send("full", {"n": n})

    await layer.group_send("g", {"n": 3})

    assert [m["n"] for m in await drain(layer, "full")] == [0, 1, 2]
    assert [m["n"] for m in await drain(layer, "free")] == [3]
    assert layer.dropped == 1
    assert losses.seen == [("full", {"n": 3}, "full 3/3")]


async def test_observer_gets_a_copy_of_its_own(
    layer: InMemoryChannelLayer,
) -> None:
    layer.observer = losses = Losses()
    message = {"users": ["ada"]}
    await layer.group_add("g", "a")
    for _ in range(4):
        await layer.group_send("g", message)

    losses.seen[0][1]["users"].append("eve")

    assert message == {"users": ["ada"]}
    assert await layer.receive("a") == {"users": ["ada"]}


async def test_drop_is_counted_without_an_observer_too(
    layer: InMemoryChannelLayer, caplog: pytest.LogCaptureFixture
) -> None:
    await layer.group_add("g", "a")
    for _ in range(5):
        await layer.group_send("g", {})

    assert layer.dropped == 2
    assert caplog.messages == []


async def test_observer_may_use_the_layer_itself(
    layer: InMemoryChannelLayer,
) -> None:
    class Curious:
        seen = 0

        def message_lost(self, *_: object) -> None:
            self.seen += 1
            # This would never end if the layer still held its lock.
            with pytest.raises(StopIteration):
                layer.group_discard("g", "a").send(None)

    layer.observer = curious = Curious()
    await layer.group_add("g", "a")
    for _ in range(4):
        await layer.group_send("g", {})

    assert curious.seen == 1
    assert layer.groups == {}


async def test_release_counts_what_was_not_read(
    layer: InMemoryChannelLayer,
) -> None:
    lost: list[tuple[str, object, str]] = []

    class Observer:
        def message_lost(
            self, channel: str, message: dict[str, Any], reason: str
        ) -> None:
            lost.append((channel, message["n"], reason))

    layer.observer = Observer()
    await layer.send("a", {"n": 1})
    await layer.send("a", {"n": 2})

    await layer.release("a")

    assert layer.undelivered == 2
    assert lost == [("a", 1, "undelivered"), ("a", 2, "undelivered")]
    assert layer.channels == {}


async def test_receive_that_is_thrown_away_swallows_no_wake(
    layer: InMemoryChannelLayer,
) -> None:
    thrown_away = layer.receive("a")
    thrown_away.send(None)  # it waits now
    receiving = asyncio.create_task(layer.receive("a"))
    await asyncio.sleep(0)
    thrown_away.close()

    await layer.send("a", {"n": 1})

    assert await asyncio.wait_for(receiving, 10) == {"n": 1}


async def test_observer_that_fails_does_not_disturb_the_sender(
    layer: InMemoryChannelLayer, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def message_lost(self, *_: object) -> None:
            raise LookupError("in the observer")

    layer.observer = Broken()
    await layer.group_add("g", "full")
    await layer.group_add("g", "free")
    for n in range(3):
        await layer.send("full", {"n": n})

    await layer.group_send("g", {"n": 3})

    assert await layer.receive("free") == {"n": 3}
    assert [record.getMessage() for record in caplog.records] == [
        "the observer of a channel layer failed"
    ]


async def test_observer_is_told_once_when_another_thread_is_quicker(
    layer: InMemoryChannelLayer,
) -> None:
    class Raced(deque[tuple[str, Stored, str]]):
        """Someone takes the last one between the look and the taking."""

        def popleft(self) -> tuple[str, Stored, str]:
            super().popleft()
            return super().popleft()

    layer.observer = losses = Losses()
    layer._minichannels.losses = Raced()
    await layer.group_add("g", "a")
    for _ in range(4):
        await layer.group_send("g", {})

    assert layer.dropped == 1
    assert losses.seen == []


async def test_loop_of_a_thousand_group_sends_reaches_ten_readers_in_full() -> (
    None
):
    layer = InMemoryChannelLayer(capacity=100)
    got: dict[str, list[int]] = {f"reader{n}": [] for n in range(10)}

    async def read(channel: str) -> None:
        while len(got[channel]) < 1000:
            got[channel].append((await layer.receive(channel))["n"])

    readers = []
    for channel in got:
        await layer.group_add("g", channel)
        readers.append(asyncio.create_task(read(channel)))

    for n in range(1000):
        await layer.group_send("g", {"n": n})
    await asyncio.wait_for(asyncio.gather(*readers), 30)

    assert all(numbers == list(range(1000)) for numbers in got.values())
    assert layer.dropped == 0


# Expiry


async def test_message_lives_to_the_end_of_its_time(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.send("a", {"n": 1})
    clock.now = 10

    assert await layer.receive("a") == {"n": 1}


async def test_message_expires_right_after_its_time(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    layer.observer = losses = Losses()
    await layer.send("a", {"n": 1})
    clock.now = 10.001

    reader = await start(layer.receive("a"))

    assert not reader.done()
    assert layer.expired == 1
    assert losses.seen == [("a", {"n": 1}, "expired")]
    reader.cancel()


async def test_messages_of_one_channel_expire_each_in_its_time(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    for now in (0, 5, 8):
        clock.now = now
        await layer.send("a", {"sent": now})

    clock.now = 16
    assert await layer.receive("a") == {"sent": 8}
    assert layer.expired == 2


async def test_second_message_lives_to_the_end_of_its_own_time(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    for now in (0, 1):
        clock.now = now
        await layer.send("a", {"sent": now})

    clock.now = 11

    assert await layer.receive("a") == {"sent": 1}
    assert layer.expired == 1


@pytest.mark.parametrize("in_group", [False, True])
async def test_message_expires_in_its_time_after_the_clock_was_set_back(
    layer: InMemoryChannelLayer, clock: Clock, in_group: bool
) -> None:
    clock.now = 1_000
    await layer.send("a", {})
    await layer.receive("a")
    clock.now = 0

    if in_group:
        await layer.group_add("g", "a")
        await layer.group_send("g", {"n": 1})
    else:
        await layer.send("a", {"n": 1})
    clock.now = 10.001

    reader = await start(layer.receive("a"))
    assert not reader.done()
    assert layer.expired == 1
    reader.cancel()


async def test_second_message_of_a_channel_expires_too(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.send("a", {})
    clock.now = 5
    await layer.send("a", {})
    clock.now = 11
    await layer.send("b", {})  # sweeps the first, not the second
    assert layer.expired == 1

    clock.now = 16
    await layer.send("b", {})

    assert layer.expired == 2
    assert "a" not in layer.channels


async def test_message_expires_in_a_channel_that_was_read_before(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.send("a", {})
    await layer.receive("a")
    clock.now = 5
    await layer.send("a", {})

    clock.now = 11  # the first would have expired, had it not been read
    await layer.send("b", {})
    assert layer.expired == 0

    clock.now = 16
    await layer.send("b", {})
    assert layer.expired == 1


async def test_channel_that_was_read_in_time_expires_nothing(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.group_add("g", "a")
    await layer.send("a", {})
    await layer.receive("a")
    reader = await start(layer.receive("a"))

    clock.now = 11
    await layer.send("b", {})

    assert layer.expired == 0
    assert "a" in layer.groups["g"]
    reader.cancel()


async def test_mailbox_that_was_read_is_used_again_and_not_to_be_seen(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("a", {})
    kept = layer.channels["a"]
    await layer.receive("a")
    assert layer.channels == {}

    await layer.send("a", {})

    assert layer.channels == {"a": kept}


async def test_mailbox_stays_empty_until_its_message_would_have_expired(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.send("a", {})
    await layer.receive("a")
    clock.now = 10
    await layer.send("b", {})
    assert list(layer._minichannels.mailboxes) == ["a", "b"]

    clock.now = 11
    await layer.send("b", {})

    assert list(layer._minichannels.mailboxes) == ["b"]


async def test_of_many_mailboxes_none_stays_empty(
    layer: InMemoryChannelLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer._minichannels, "most_kept", 2)
    for channel in ("a", "b", "c"):
        await layer.send(channel, {})

    await layer.receive("a")
    await layer.receive("b")

    assert list(layer._minichannels.mailboxes) == ["b", "c"]


async def test_message_for_a_reader_that_has_waited_long_expires(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.send("a", {})
    await layer.receive("a")
    reader = await start(layer.receive("a"))
    clock.now = 11  # a mailbox that is read gives up its place in line
    await layer.send("b", {})
    clock.now = 12
    await layer.send("a", {})  # its reader does not run
    reader.cancel()
    await ticks(2)

    clock.now = 23
    await layer.send("c", {})

    assert layer.expired == 2
    assert list(layer.channels) == ["c"]


async def test_receive_that_is_cancelled_leaves_no_mailbox(
    layer: InMemoryChannelLayer,
) -> None:
    reader = await start(layer.receive("a"))

    reader.cancel()
    await ticks(2)

    assert list(layer._minichannels.mailboxes) == []


@pytest.mark.parametrize("method", ["receive", "send", "group_send"])
async def test_unread_expired_channel_is_gone_after_any_use_of_another(
    layer: InMemoryChannelLayer, clock: Clock, method: str
) -> None:
    await layer.send("a", {})
    await layer.group_add("other", "other")
    clock.now = 11

    message = [] if method == "receive" else [{"n": 1}]
    use = await start(getattr(layer, method)("other", *message))

    assert "a" not in layer.channels
    assert layer.expired == 1
    use.cancel()


async def crowd(layer: InMemoryChannelLayer, number: int) -> list[str]:
    """Return channels that are members of a group and hold a message."""
    channels = [f"crowd{n}" for n in range(number)]
    for channel in channels:
        await layer.group_add("crowd", channel)
        await layer.send(channel, {"n": 1})
    return channels


async def test_crowd_that_expires_at_once_holds_up_no_single_call(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await crowd(layer, 1_200)
    clock.now = 11
    expired = []
    for _ in range(4):
        await layer.send("a", {"n": 2})
        await layer.receive("a")
        expired.append(layer.expired)

    assert expired == [1_000, 1_200, 1_200, 1_200]
    assert not layer.channels
    assert not layer.groups


async def test_what_a_call_touches_has_expired_whatever_else_has(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await crowd(layer, 3_000)
    last = "crowd0"  # of those due at one time, the first is swept last
    clock.now = 11

    await layer.send(last, {"n": 2})
    assert await layer.receive(last) == {"n": 2}
    assert layer.expired < 3_000
    await layer.group_send("crowd", {"n": 3})
    assert not layer.channels


async def test_expired_message_removes_its_channel_from_all_groups(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    for group in ("g", "h"):
        await layer.group_add(group, "dead")
        await layer.group_add(group, "alive")
    await layer.send("dead", {})
    clock.now = 11

    await layer.group_send("g", {"n": 1})

    assert {g: list(c) for g, c in layer.groups.items()} == {
        "g": ["alive"],
        "h": ["alive"],
    }
    assert await layer.receive("alive") == {"n": 1}
    assert "dead" not in layer.channels


async def test_expired_messages_make_room_in_a_full_channel(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    for _ in range(3):
        await layer.send("a", {"old": True})
    clock.now = 11

    await layer.send("a", {"old": False})

    assert await layer.receive("a") == {"old": False}


async def test_woken_reader_does_not_get_what_expired_before_it_looked(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    reader = await start(layer.receive("a"))
    await layer.send("a", {"n": 1})
    clock.now = 11
    await ticks(3)
    assert not reader.done()

    await layer.send("a", {"n": 2})

    assert await asyncio.wait_for(reader, 10) == {"n": 2}


# Groups


async def test_group_send_reaches_every_member_and_nobody_else(
    layer: InMemoryChannelLayer,
) -> None:
    for channel in "ab":
        await layer.group_add("g", channel)
    await layer.group_add("h", "c")

    await layer.group_send("g", {"n": 1})

    assert await layer.receive("a") == {"n": 1}
    assert await layer.receive("b") == {"n": 1}
    assert layer.channels == {}


async def test_group_send_to_a_group_without_members_does_nothing(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.group_send("g", {"n": 1})

    assert layer.channels == {}
    assert layer.groups == {}


async def test_group_send_to_one_who_joined_twice_is_received_once(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.group_add("g", "a")
    await layer.group_add("g", "a")

    await layer.group_send("g", {"n": 1})

    assert await drain(layer, "a") == [{"n": 1}]


async def test_group_discard_ends_a_membership(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.group_add("g", "a")
    await layer.group_discard("g", "a")

    await layer.group_send("g", {"n": 1})

    assert layer.channels == {}


async def test_group_discard_of_one_who_is_no_member_does_nothing(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.group_add("g", "a")

    await layer.group_discard("g", "b")
    await layer.group_discard("h", "a")

    assert list(layer.groups["g"]) == ["a"]


async def test_membership_expires_right_after_its_time(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.group_add("g", "a")

    clock.now = 100
    await layer.group_send("g", {"n": 1})
    clock.now = 100.001
    await layer.group_send("g", {"n": 2})

    assert await drain(layer, "a") == [{"n": 1}]
    assert layer.groups == {}


async def test_membership_that_was_renewed_lasts_longer(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.group_add("g", "a")
    clock.now = 50
    await layer.group_add("g", "a")

    clock.now = 150
    await layer.group_send("g", {"n": 1})

    assert await layer.receive("a") == {"n": 1}


def test_group_expiry_is_above_zero() -> None:
    with pytest.raises(
        ValueError, match="group_expiry must be a number above 0, not 0"
    ):
        InMemoryChannelLayer(group_expiry=0)


# Clearing up


async def test_release_takes_a_channel_out_of_its_groups_and_empties_it(
    layer: InMemoryChannelLayer,
) -> None:
    for channel in "ab":
        await layer.group_add("g", channel)
        await layer.send(channel, {})

    await layer.release("a")

    assert list(layer.groups["g"]) == ["b"]
    assert list(layer.channels) == ["b"]


async def test_release_of_an_unknown_channel_does_nothing(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("b", {})

    await layer.release("a")

    assert list(layer.channels) == ["b"]


async def test_released_message_does_not_expire_later(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.send("a", {})
    await layer.release("a")
    clock.now = 11
    await layer.send("b", {})

    assert layer.expired == 0


async def test_release_leaves_a_waiting_reader_waiting(
    layer: InMemoryChannelLayer,
) -> None:
    reader = await start(layer.receive("a"))
    await layer.release("a")
    await layer.send("a", {"n": 1})

    assert await asyncio.wait_for(reader, 10) == {"n": 1}


async def test_flush_removes_all_messages_and_groups(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("a", {})
    await layer.group_add("g", "a")

    await layer.flush()

    assert layer.channels == {}
    assert layer.groups == {}


async def test_flush_keeps_waiting_readers_alive(
    layer: InMemoryChannelLayer,
) -> None:
    reader = await start(layer.receive("a"))
    await layer.flush()
    await layer.send("a", {"n": 1})

    assert await asyncio.wait_for(reader, 10) == {"n": 1}


async def test_reader_woken_for_a_flushed_message_waits_for_the_next(
    layer: InMemoryChannelLayer,
) -> None:
    reader = await start(layer.receive("a"))
    await layer.send("a", {"n": 1})
    await layer.flush()
    await ticks(3)
    assert not reader.done()

    await layer.send("a", {"n": 2})

    assert await asyncio.wait_for(reader, 10) == {"n": 2}


async def test_message_sent_after_a_flush_expires_in_its_own_time(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.send("a", {})
    await layer.flush()
    clock.now = 5
    await layer.send("a", {})

    clock.now = 11
    await layer.send("b", {})
    assert layer.expired == 0

    clock.now = 16
    await layer.send("b", {})
    assert layer.expired == 1


async def test_close_leaves_the_layer_usable(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("a", {"n": 1})

    await layer.close()

    assert await layer.receive("a") == {"n": 1}


# Cost


class Unsearchable(dict[str, Any]):
    """A dict that may be looked into, but not searched."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("searched through everything")

    keys = values = items = __iter__  # type: ignore[assignment]


async def use(layer: InMemoryChannelLayer) -> None:
    await layer.group_add("g", "a")
    await layer.send("a", {"n": 1})
    await layer.receive("a")
    await layer.group_send("g", {"n": 2})
    await layer.receive("a")
    await layer.group_discard("g", "a")
    await layer.release("a")


async def count_calls(layer: InMemoryChannelLayer) -> int:
    """Count the calls that the layer's code makes and gets in one use."""
    code = str(Path(minichannels.layers.__file__).parent)
    calls = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        if frame.f_code.co_filename.startswith(code):
            calls += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        await use(layer)
    finally:
        sys.setprofile(None)
    return calls


async def test_cost_does_not_grow_with_channels_that_are_not_touched(
    layer: InMemoryChannelLayer,
) -> None:
    await use(layer)  # names are in the cache
    alone = await count_calls(layer)
    readers = []
    for n in range(300):
        await layer.send(f"full{n}", {})
        await layer.group_add(f"group{n}", f"full{n}")
        await layer.group_add("all", f"full{n}")
        readers.append(await start(layer.receive(f"waiting{n}")))

    layer._minichannels.mailboxes = Unsearchable(layer._minichannels.mailboxes)
    layer._minichannels.membership.groups = Unsearchable(layer.groups)
    among_many = await count_calls(layer)

    assert alone > 10
    assert among_many == alone
    for reader in readers:
        reader.cancel()


class Named(InMemoryChannelLayer):
    """A layer of somebody's own."""


async def test_repr_says_how_many_channels_and_groups_are_in_use() -> None:
    layer, own = InMemoryChannelLayer(), Named()
    await layer.send("desk", {"type": "note"})
    await layer.send("shop", {"type": "note"})
    await layer.receive("shop")
    await layer.group_add("all", "desk")

    assert repr(layer) == "<InMemoryChannelLayer, channels: 1, groups: 1>"
    assert f"{own}" == "<Named, channels: 0, groups: 0>"
