"""What layers across processes promise besides, whatever the server is.

Two layers stand for two processes: they share nothing but the server.
"""

import asyncio
import gc
import importlib
import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Coroutine, Iterator
from functools import partial
from socket import socketpair
from typing import Any

import pytest

from minichannels.exceptions import ChannelFull, LayerUnavailable
from minichannels.layers.remote import sessions
from minichannels.layers.remote.layer import RemoteChannelLayer
from minichannels.layers.remote.names import CAUSE_KEY, session_of
from minichannels.layers.remote.serializing import Envelope, Serializer
from support import ROOT
from support.clock import Clock
from support.contract import KINDS, LIMIT, Kind, Make, got, numbers, waiting
from support.limit import OF_PROCESS
from support.loops import LoopThread, ticks
from support.proxies import Proxy, until
from support.redis_servers import fresh_prefix, shard_of
from support.remote import is_away, is_up


@pytest.fixture
def other() -> Iterator[LoopThread]:
    with LoopThread() as loop_thread:
        yield loop_thread


async def cut_and_restored(layer: Any, proxy: Proxy) -> None:
    """Cut all connections, and wait until they are there again."""
    proxy.cut()
    await until(lambda: is_away(layer))
    await until(lambda: is_up(layer))


def is_read(data: bytes) -> bool:
    """Say of no message that it is too old."""
    return False


async def test_message_goes_from_one_process_to_another(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()

    await layer.send(channel, {"n": 1})

    assert await got(peer, channel) == {"n": 1}


async def test_group_has_members_in_several_processes(
    layer: Any, peer: Any
) -> None:
    here, there = await layer.new_channel(), await peer.new_channel()
    await layer.group_add("g", here)
    await peer.group_add("g", there)

    await layer.group_send("g", {"n": 1})
    await peer.group_send("g", {"n": 2})

    assert await numbers(layer, here) == [1, 2]
    assert await numbers(peer, there) == [1, 2]
    assert {name: list(each) for name, each in layer.groups.items()} == {
        "g": [here]
    }


async def test_each_message_of_a_list_goes_to_one_process(
    layer: Any, peer: Any
) -> None:
    seen: list[int] = []

    async def work(worker: Any) -> None:
        while True:
            seen.append((await worker.receive("work"))["n"])

    workers = [asyncio.create_task(work(each)) for each in (layer, peer)]
    for n in range(20):
        await layer.send("work", {"n": n})
        await until(partial(seen.__contains__, n))
    for worker in workers:
        worker.cancel()
    await asyncio.wait(workers)

    assert seen == list(range(20))


async def test_two_prefixes_do_not_meet(kind: Kind, make: Make) -> None:
    prefix = fresh_prefix()
    ends = ["", ".list", "=list-3", ".>", ":list", ":list:a", "*"]
    layers = [make(prefix=f"{prefix}{end}") for end in ends]
    # On NATS there is no empty one.
    layers.append(make(prefix="" if kind.server == "valkey" else "*"))
    for n, layer in enumerate(layers):
        await layer.group_add("g", "a")
        await layer.group_send("g", {"n": n})

    await layers[0].flush()

    assert await waiting(layers[0], "a") == []
    for n, layer in list(enumerate(layers))[1:]:
        assert await numbers(layer, "a") == [n]
    await layers[-1].flush()


@pytest.mark.parametrize("end", ["[a]", "?", "\\", ":a:b", "(é", "a b\r\n!"])
async def test_prefix_is_any_text(make: Make, end: str) -> None:
    layer = make(prefix=f"{fresh_prefix()}{end}")
    channel = await layer.new_channel()
    for each in (channel, "list"):
        await layer.group_add("g", each)
    await layer.group_send("g", {"n": 1})
    assert await got(layer, channel) == {"n": 1}

    await layer.flush()

    assert await waiting(layer, "list") == []
    await layer.group_send("g", {"n": 2})
    assert await waiting(layer, "list") == []


async def test_send_to_a_process_that_has_ended_is_counted(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()
    await peer.close()

    await layer.send(channel, {"n": 1})

    assert layer.undelivered == 1
    assert layer.observer.seen == [(channel, {"n": 1}, "undelivered")]


async def test_send_to_a_full_mailbox_of_another_process_is_counted_there(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()

    for n in range(4):
        await layer.send(channel, {"n": n})

    await until(lambda: peer.dropped == 1)
    assert [(await got(peer, channel))["n"] for _ in range(3)] == [0, 1, 2]
    assert peer.observer.seen == [(channel, {"n": 3}, "full 3/3")]


async def test_channel_of_another_process_cannot_be_read_here(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()

    with pytest.raises(ValueError, match="is read by the process whose"):
        await layer.receive(channel)


async def test_another_process_may_make_a_mailbox_a_member(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    await peer.group_add("g", channel)  # twice a member is once a member
    await layer.group_send("g", {"n": 2})
    await peer.group_discard("g", channel)
    await layer.group_send("g", {"n": 3})

    assert await numbers(peer, channel) == [1, 2]


async def test_flush_empties_the_mailboxes_of_other_processes(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()
    await peer.group_add("g", channel)
    await peer.send(channel, {"n": 1})

    await layer.flush()
    await layer.group_send("g", {"n": 2})

    assert await waiting(peer, channel) == []
    assert dict(peer.groups) == {}


@pytest.mark.parametrize("channel", ["list", ""])
async def test_what_is_unreadable_is_counted_and_the_reader_lives(
    layer: Any,
    make: Make,
    channel: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel = channel or await layer.new_channel()
    layer.capacity = 10
    json = make(serializer_format="json", capacity=10)
    secret = make(symmetric_encryption_keys=["key"], capacity=10)
    await layer.send("other", {})
    for data in (b"", b"\xc1", b"corrupt"):
        if "!" in channel:
            await shard_of(layer).publish(("to", session_of(channel)), data)
        else:
            await shard_of(layer).push(channel, data, 10, is_read)
    await json.send(channel, {"n": 0})
    await layer.send(channel, {"n": 1})

    assert await got(layer, channel) == {"n": 1}
    await secret.send(channel, {"n": 2})
    await layer.send(channel, {"n": 3})
    assert await got(layer, channel) == {"n": 3}

    assert layer.unreadable == 5
    reasons = [reason for _, _, reason in layer.observer.seen]
    assert all(reason.startswith("unreadable: ") for reason in reasons)
    assert "read as msgpack" in caplog.text


async def test_group_message_deeper_than_ours_is_counted_and_the_reader_lives(
    layer: Any,
) -> None:
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"a": deep}
    envelope = Envelope(deep, float(2**53))

    data = Serializer().dumps(envelope)
    await shard_of(layer).publish(("group", "g"), data)
    await layer.group_send("g", {"n": 1})

    assert await numbers(layer, channel) == [1]
    ((_, _, reason),) = layer.observer.seen
    assert reason.startswith("unreadable: more than 200 levels deep")


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"join x y", b"join x y g a/b", b"do x y"]
)
async def test_question_that_is_none_is_counted(
    layer: Any, data: bytes
) -> None:
    channel = await layer.new_channel()
    asked, shard = ("ask", session_of(channel)), shard_of(layer)

    await shard.publish(asked, data)
    await shard.publish(asked, b"done x y")  # an answer that comes too late
    await layer.send(channel, {"n": 1})

    assert await numbers(layer, channel) == [1]
    assert layer.unreadable == 1


@pytest.mark.parametrize("name", ["all!x", "specific.all!x", "a!", "x.!y"])
async def test_mailbox_that_nobody_made_joins_nothing(
    layer: Any, peer: Any, name: str
) -> None:
    await peer.new_channel()

    await layer.group_add("g", name)
    await layer.group_discard("g", name)
    await layer.group_add("g", name)
    await layer.send(name, {"n": 1})

    assert (layer.groups, peer.groups) == ({}, {})
    assert layer.observer.seen == [(name, {"n": 1}, "undelivered")]


async def test_mailbox_of_a_process_that_has_ended_joins_nothing(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()
    await peer.close()

    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    await layer.group_discard("g", channel)

    assert layer.undelivered == 0


async def test_question_that_nobody_is_there_to_answer_is_forgotten(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()
    await peer.close()

    await layer.group_add("g", channel)

    (session,) = layer._minichannels.sessions.by_id.values()
    assert session._answers == {}


async def test_question_that_cannot_be_met_now_is_counted(
    layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = await layer.new_channel()
    (session,) = layer._minichannels.sessions.by_id.values()

    async def join(group: str, channel: str) -> None:
        raise LayerUnavailable("it is away")

    monkeypatch.setattr(session, "join", join)
    asked = ("ask", session.id)
    await shard_of(layer).publish(asked, f"join x y g {channel}".encode())

    await until(lambda: layer.observer.seen)
    assert layer.observer.seen == [("", {}, "unreadable: it is away")]


async def test_what_comes_behind_a_question_finds_it_done(layer: Any) -> None:
    channel = await layer.new_channel()
    to, shard = session_of(channel), shard_of(layer)
    data = Serializer().dumps(Envelope({"n": 1}, 10.0, channel))

    await asyncio.gather(
        shard.publish(("ask", to), b"flush x y"),
        shard.publish(("to", to), data),
    )

    assert await got(layer, channel) == {"n": 1}


async def test_groups_that_were_flushed_are_heard_no_more(
    layer: Any, peer: Any
) -> None:
    for each in (layer, peer):
        await each.group_add("g", await each.new_channel())

    await layer.flush()

    for shard in map(shard_of, (layer, peer)):
        await until(lambda at=shard: len(at) == 3)  # type: ignore[misc]


async def joining_twice(layer: Any, channel: str) -> list[asyncio.Task[None]]:
    """Make a channel a member of g twice at once; return when that begins."""
    calls = [
        asyncio.create_task(layer.group_add("g", channel)) for _ in range(2)
    ]
    while not layer.groups:  # noqa: ASYNC110  # the very next round
        await asyncio.sleep(0)
    return calls


@pytest.mark.parametrize("given_up", [0, 1])
async def test_member_that_joins_twice_at_once_is_one_if_one_call_succeeds(
    layer: Any, given_up: int
) -> None:
    channel = await layer.new_channel()
    calls = await joining_twice(layer, channel)

    calls[given_up].cancel()
    await asyncio.wait(calls, timeout=LIMIT)
    await layer.group_send("g", {"n": 1})

    assert calls[given_up].cancelled()
    assert await got(layer, channel) == {"n": 1}


async def test_member_that_joins_twice_at_once_is_none_if_both_give_up(
    layer: Any,
) -> None:
    channel = await layer.new_channel()
    calls = await joining_twice(layer, channel)

    for call in calls:
        call.cancel()
    await asyncio.wait(calls, timeout=LIMIT)

    assert layer.groups == {}
    assert len(shard_of(layer)) == 3  # what is not of groups


async def test_who_has_joined_is_remembered_as_a_member_alone(
    layer: Any,
) -> None:
    channel = await layer.new_channel()

    await layer.group_add("g", channel)

    (session,) = layer._minichannels.sessions.by_id.values()
    assert not session._joining._attempts


async def test_leaving_is_no_error_if_the_connection_breaks_meanwhile(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=2 * LIMIT)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    leaving = asyncio.create_task(layer.group_discard("g", channel))
    await asyncio.sleep(0)

    proxy.cut()
    await asyncio.wait_for(leaving, LIMIT)

    assert layer.groups == {}


async def test_what_a_group_was_sent_reaches_who_leaves_it_next(
    layer: Any, peer: Any
) -> None:
    here, there = await layer.new_channel(), await peer.new_channel()
    await layer.group_add("g", here)
    await peer.group_add("g", there)

    for n in range(20):
        await layer.group_send("g", {"n": n})
        await layer.group_discard("g", here)
        assert await got(layer, here) == {"n": n}
        await layer.group_add("g", here)
        await layer.group_discard("g", there)  # which is asked for
        assert await got(peer, there) == {"n": n}
        await layer.group_add("g", there)


async def test_group_is_heard_as_long_as_somebody_here_is_in_it(
    layer: Any,
) -> None:
    channel = await layer.new_channel()
    heard = [len(shard_of(layer))]
    for leave in (
        layer.group_discard("g", channel),
        layer.release(channel),
    ):
        await layer.group_add("g", channel)
        heard.append(len(shard_of(layer)))
        await leave
        heard.append(len(shard_of(layer)))

    assert heard == [3, 4, 3, 4, 3]


async def test_mailbox_for_one_message_takes_one_of_a_group(
    make: Make,
) -> None:
    layer = make(capacity=1)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    assert await got(layer, channel) == {"n": 1}

    for n in (2, 3):
        await layer.group_send("g", {"n": n})

    assert await numbers(layer, channel) == [2]
    assert layer.dropped == 1


async def test_who_cannot_listen_is_told_when_all_of_it_is_over(
    layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, over = layer._minichannels.sessions.here(), list[str]()

    async def subscribe(kind: str, name: str) -> None:
        if kind == "to":
            raise LayerUnavailable("it is away")
        await ticks(3)
        over.append(name)

    monkeypatch.setattr(here, "_subscribe", subscribe)

    with pytest.raises(LayerUnavailable, match="it is away"):
        await layer.new_channel()

    assert over == [here.id, "!all"]


def is_full(layer: Any, channel: str) -> bool:
    return channel in layer.channels and layer.channels[channel].full()


async def test_message_of_another_process_finds_room_where_others_expired(
    layer: Any, peer: Any, clock: Clock
) -> None:
    channel = await peer.new_channel()
    for n in range(3):
        await layer.send(channel, {"n": n})
    await until(lambda: is_full(peer, channel))

    clock.now = 10.001
    await layer.send(channel, {"n": 3})

    assert await got(peer, channel) == {"n": 3}
    assert (peer.expired, peer.dropped) == (3, 0)


async def test_group_message_drops_nothing_where_others_expired(
    layer: Any, peer: Any, clock: Clock
) -> None:
    channel = await peer.new_channel()
    await peer.group_add("g", channel)
    for n in range(3):
        await layer.send(channel, {"n": n})
    await until(lambda: is_full(peer, channel))

    clock.now = 10.001
    await layer.group_send("g", {"n": 3})

    await until(lambda: peer.expired == 3)
    assert peer.dropped == 0


async def test_message_that_arrives_too_late_is_counted(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()
    layer._minichannels.clock = lambda: -10.001  # it was under way for long
    await layer.send(channel, {"n": 1})
    layer._minichannels.clock = lambda: 0.0
    await layer.send(channel, {"n": 2})

    assert await got(peer, channel) == {"n": 2}
    assert peer.expired == 1
    assert peer.observer.seen == [(channel, {"n": 1}, "expired")]


async def test_all_goes_on_when_the_server_is_back(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_add("h", channel)
    reading = asyncio.create_task(layer.receive("list"))
    await layer.group_send("g", {"n": 0})
    assert await got(layer, channel) == {"n": 0}

    await cut_and_restored(layer, proxy)
    await layer.group_send("h", {"n": 1})
    await layer.send(channel, {"n": 2})
    await layer.send("list", {"n": 3})

    assert await numbers(layer, channel) == [1, 2]
    assert await asyncio.wait_for(reading, 10) == {"n": 3}


async def test_who_begins_to_read_while_the_server_is_away_goes_on_waiting(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.3)
    await layer.new_channel()
    await layer.send("list", {"n": 0})
    assert await got(layer, "list") == {"n": 0}
    proxy.is_away = True
    proxy.cut()
    await until(lambda: is_away(layer))

    reading = asyncio.create_task(layer.receive("list"))
    for _ in range(3):
        with pytest.raises(LayerUnavailable):
            await layer.send("list", {"n": 1})  # which waits as long as it may
    assert not reading.done()

    proxy.is_away = False
    await until(lambda: is_up(layer))
    await layer.send("list", {"n": 2})
    assert await asyncio.wait_for(reading, LIMIT) == {"n": 2}


async def test_layer_can_be_used_when_somebody_has_cancelled_all_tasks(
    make: Make,
) -> None:
    layer = make(timeout=2)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    reading = asyncio.create_task(layer.receive("list"))
    await layer.send("other", {})
    await cancel_all()
    assert reading.cancelled()

    await layer.send("list", {"n": 1})
    assert await got(layer, "list") == {"n": 1}
    await layer.group_send("g", {"n": 2})
    assert await got(layer, channel) == {"n": 2}


async def cancel_all() -> None:
    """Cancel what others run on this event loop, as some do at the end."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.mark.parametrize("what", ["its mailbox", "a new one"])
async def test_who_only_reads_hears_again_when_all_tasks_were_cancelled(
    layer: Any, peer: Any, what: str
) -> None:
    channel = await layer.new_channel()
    await cancel_all()
    assert not is_up(layer)

    if what == "a new one":
        channel = await layer.new_channel()
    reading = asyncio.create_task(layer.receive(channel))
    await until(lambda: is_up(layer))
    await peer.send(channel, {"n": 1})

    assert await asyncio.wait_for(reading, LIMIT) == {"n": 1}


async def test_who_reads_on_another_loop_has_the_owners_hear_again(
    layer: Any, peer: Any, other: LoopThread
) -> None:
    channel = await other.do(layer.new_channel())
    await other.do(other._cancel_all())
    assert not is_up(layer)

    reading = asyncio.create_task(layer.receive(channel))
    await until(lambda: is_up(layer))
    await peer.send(channel, {"n": 1})

    assert await asyncio.wait_for(reading, LIMIT) == {"n": 1}


async def test_who_only_reads_hears_again_when_the_server_is_back(
    layer: Any, peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = await layer.new_channel()
    shard = shard_of(layer)
    link = shard.link if hasattr(shard, "link") else shard.topics._link
    connect, problems = link.connect, [OSError("it is away")]

    async def connect_later() -> Any:
        if problems:
            raise problems.pop()
        return await connect()

    await cancel_all()
    monkeypatch.setattr(link, "connect", connect_later)
    reading = asyncio.create_task(layer.receive(channel))
    await until(lambda: is_up(layer))
    await peer.send(channel, {"n": 1})

    assert await asyncio.wait_for(reading, LIMIT) == {"n": 1}
    assert problems == []


async def test_consumers_are_told_that_the_server_was_away(
    make: Make, proxy: Proxy, clock: Clock
) -> None:
    clock.now = 1000
    layer = make(
        proxy.url, on_disconnect="engine.gone", on_reconnect="engine.back"
    )
    reads, member = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("g", member)
    reading = asyncio.create_task(layer.receive(reads))
    await asyncio.sleep(0)

    proxy.cut()

    assert await asyncio.wait_for(reading, 10) == {"type": "engine.gone"}
    told = [(await got(layer, member))["type"] for _ in range(2)]
    assert told == ["engine.gone", "engine.back"]


async def test_nobody_is_told_by_a_type_that_is_empty(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, on_disconnect="", on_reconnect="engine.back")
    channel = await layer.new_channel()
    await layer.group_add("g", channel)

    proxy.cut()

    assert await got(layer, channel) == {"type": "engine.back"}


async def test_function_is_called_when_the_server_is_away_and_back(
    make: Make, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def said(times: int) -> bool:
        return told == ["gone", "back"] * times

    def back() -> None:
        told.append("back")
        raise LookupError("in the function")

    layer = make(
        proxy.url, on_disconnect=lambda: told.append("gone"), on_reconnect=back
    )
    await layer.new_channel()
    for times in (1, 2):
        proxy.cut()
        await until(partial(said, times))

    assert "a channel layer's on_… function failed" in caplog.text


async def test_message_takes_room_under_way_until_it_takes_some_here(
    layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = await layer.new_channel()
    (session,) = layer._minichannels.sessions.by_id.values()
    arrives, both = session.mailboxes.arrives, list[bool]()

    def arrive(*what: Any) -> bool:
        crowded: bool = arrives(*what)
        # Another thread that looks now must not find room that there is not.
        both.append(channel in session.under_way._messages)
        return crowded

    monkeypatch.setattr(session.mailboxes, "arrives", arrive)
    await layer.send(channel, {"n": 1})

    assert await got(layer, channel) == {"n": 1}
    assert both == [True]
    assert session.under_way._messages == {}


async def test_what_was_under_way_to_oneself_is_counted(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.8)
    channel = await layer.new_channel()
    await layer.send(channel, {"n": 0})
    assert await got(layer, channel) == {"n": 0}
    session = next(iter(layer._minichannels.sessions.by_id.values()))
    session.under_way.begin(channel, {"n": 1}, 3)  # and it does not arrive

    await cut_and_restored(layer, proxy)

    assert layer.undelivered == 1
    assert layer.observer.seen == [(channel, {"n": 1}, "undelivered")]
    for n in range(2, 5):
        await layer.send(channel, {"n": n})


async def test_member_that_could_not_join_is_none(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.5)
    channel = await layer.new_channel()
    proxy.is_away = True
    proxy.cut()

    with pytest.raises(LayerUnavailable):
        await layer.group_add("g", channel)

    assert dict(layer.groups) == {}


async def test_burst_that_is_larger_than_what_waits_arrives_in_full(
    layer: Any, make: Make
) -> None:
    reader = make(capacity=100)
    channel = await reader.new_channel()
    await reader.group_add("g", channel)
    seen: list[int] = []

    async def read() -> None:
        while len(seen) < 3000:
            seen.append((await reader.receive(channel))["n"])

    reading = asyncio.create_task(read())
    sends = (layer.group_send("g", {"n": n}) for n in range(3000))
    await asyncio.gather(*sends)
    await asyncio.wait_for(reading, 30)

    assert seen == list(range(3000))
    assert reader.dropped == 0


async def test_send_that_fails_leaves_the_room_that_there_was(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.5)
    channel = await layer.new_channel()
    await layer.send(channel, {"n": 0})
    assert await got(layer, channel) == {"n": 0}
    proxy.is_away = True
    proxy.cut()
    for _ in range(3):
        with pytest.raises(LayerUnavailable):
            await layer.send(channel, {})
    proxy.is_away = False
    await until(lambda: is_up(layer))

    for n in range(3):
        await layer.send(channel, {"n": n})
    with pytest.raises(ChannelFull):
        await layer.send(channel, {"n": 3})


async def test_observer_that_fails_does_not_disturb(
    layer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def message_lost(self, *_: object) -> None:
            raise LookupError("in the observer")

    layer.observer = Broken()
    await layer.send("nobody.x!y", {"n": 1})

    assert layer.undelivered == 1
    assert [record.getMessage() for record in caplog.records] == [
        "the observer of a channel layer failed"
    ]


async def test_losses_are_counted_without_an_observer(layer: Any) -> None:
    layer.observer = None

    await layer.send("nobody.x!y", {"n": 1})

    assert layer.undelivered == 1


async def test_release_of_what_is_no_mailbox_does_nothing(
    layer: Any, peer: Any
) -> None:
    channel = await peer.new_channel()
    await peer.send(channel, {"n": 1})

    await layer.release(channel)
    await layer.release("list")

    assert await numbers(peer, channel) == [1]


async def test_channel_of_an_event_loop_that_has_ended_hears_no_other_process(
    layer: Any, peer: Any
) -> None:
    channel = await asyncio.to_thread(asyncio.run, layer.new_channel())
    await layer.new_channel()

    with pytest.raises(ValueError, match="as its event loop runs"):
        await layer.receive(channel)
    await peer.send(channel, {"n": 1})
    assert peer.undelivered == 1


@pytest.mark.parametrize(
    ("format_", "value"),
    [("msgpack", [0.5] * 249_000), ("json", "é" * 499_000)],
    ids=["msgpack", "json"],
)
async def test_message_of_a_megabyte_may_be_longer_on_its_way(
    make: Make, format_: str, value: Any
) -> None:
    layer = make(serializer_format=format_, symmetric_encryption_keys=["key"])

    await layer.send("a", {"of": value})

    assert await got(layer, "a") == {"of": value}


async def test_full_channel_keeps_what_only_others_can_read(
    make: Make,
) -> None:
    secret = make(symmetric_encryption_keys=["key"])
    plain = make()
    for n in range(3):
        await secret.send("a", {"n": n})

    with pytest.raises(ChannelFull):
        await plain.send("a", {"n": 3})

    assert await numbers(secret, "a") == [0, 1, 2]
    assert plain.unreadable == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
async def said_by(module: str, kind: Kind, *arguments: str) -> bytes:
    """Return what a program writes that is about a kind of layer."""
    (name,) = (name for name, each in KINDS.items() if each is kind)
    program = ["-m", module, name, *arguments]
    forked = await asyncio.create_subprocess_exec(
        sys.executable, *program, cwd=ROOT / "tests", stdout=subprocess.PIPE
    )
    try:
        said, _ = await asyncio.wait_for(forked.communicate(), OF_PROCESS)
    except TimeoutError:
        forked.kill()
        await forked.communicate()
        raise
    return said


async def test_process_that_is_forked_reads_nothing_of_its_parent(
    kind: Kind, server_url: str
) -> None:
    said = await said_by("support.forked", kind, server_url)

    child, parent = map(json.loads, said.splitlines())
    assert "is not read here" in child
    assert parent == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("way", ["closes", "collects", "exits"])
async def test_process_that_is_forked_leaves_its_parent_what_it_reads_with(
    kind: Kind, server_url: str, way: str
) -> None:
    said = await said_by("support.forked_at_rest", kind, server_url, way)

    assert json.loads(said) == {"n": 1}


async def test_layer_begins_anew_in_a_process_that_was_forked(
    layer: Any,
) -> None:
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.send(channel, {"n": 1})
    await until(lambda: channel in layer.channels)
    (session,) = layer._minichannels.sessions.by_id.values()

    sessions._leave_all_to_parent()

    assert not layer.groups
    with pytest.raises(ValueError, match="is not read here"):
        await layer.receive(channel)
    assert session_of(await layer.new_channel()) != session.id
    await session.close()


def test_a_loop_of_a_fork_forgets_only_what_is_its_own() -> None:
    loop: Any = asyncio.new_event_loop()
    of_parent, own = socketpair()
    loop.add_reader(of_parent.fileno(), print)
    sessions._leave_files_to_parent(loop)
    loop.add_reader(own, print)

    gone = [loop.remove_reader(each) for each in (of_parent, own)]

    assert gone == [False, True]
    assert of_parent.fileno() not in loop._selector._fd_to_key
    for each in (loop, of_parent, own):
        each.close()


@pytest.mark.parametrize("rounds", [1, 3, 100])
async def test_closing_says_so_to_whoever_reads(
    make: Make, rounds: int
) -> None:
    layer = make(timeout=60)
    channel = await layer.new_channel()
    reading = [
        asyncio.create_task(layer.receive(name))
        for name in (channel, channel, "a", "b")
    ]
    await ticks(rounds)

    async with asyncio.timeout(LIMIT):  # far less than the layer's own
        await layer.close()
        ended = await asyncio.gather(*reading, return_exceptions=True)
    assert {type(error) for error in ended} == {LayerUnavailable}


async def test_closing_that_is_cancelled_is_done_all_the_same(
    layer: Any,
) -> None:
    channel = await layer.new_channel()
    reading = asyncio.create_task(layer.receive(channel))
    closing = asyncio.create_task(layer.close())
    await ticks(1)

    closing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await closing
    with pytest.raises(LayerUnavailable, match="was closed"):
        await asyncio.wait_for(reading, LIMIT)
    await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})


async def test_closing_tells_readers_on_other_loops_too(
    layer: Any, other: LoopThread
) -> None:
    async def begin(receive: Coroutine[Any, Any, Any]) -> None:
        receive.send(None)

    channel = await layer.new_channel()
    elsewhere = other.submit(layer.receive(channel))
    other.settle()
    ended = layer.receive(channel)
    await asyncio.to_thread(asyncio.run, begin(ended))

    await layer.close()

    with pytest.raises(LayerUnavailable, match="layer was closed"):
        await asyncio.wrap_future(elsewhere)
    ended.close()


async def test_closing_that_fails_says_so_and_ends_what_else_there_is(
    layer: Any, other: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    await layer.new_channel()
    await asyncio.to_thread(other.run, layer.new_channel())
    first, second = layer._minichannels.sessions.by_id.values()
    close = first.close

    async def fail() -> None:
        await close()
        raise OSError("it is broken")

    monkeypatch.setattr(first, "close", fail)

    with pytest.raises(OSError, match="it is broken"):
        await layer.close()
    assert second.listens is False


async def test_closing_that_fails_at_one_server_ends_at_the_others(
    kind: Kind, make: Make, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = make(**{kind.servers: [server_url] * 2})
    await layer.new_channel()
    (session,) = layer._minichannels.sessions.by_id.values()
    ended: list[Any] = []

    def failing(shard: Any) -> Any:
        close = shard.close

        async def fail() -> None:
            await close()
            ended.append(shard)
            raise OSError("it is broken")

        return fail

    for shard in session._shards:
        monkeypatch.setattr(shard, "close", failing(shard))

    with pytest.raises(OSError, match="it is broken"):
        await layer.close()
    assert len(ended) == len(session._shards)  # NATS joins its own servers


async def test_closing_does_without_an_event_loop_that_ends(
    layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await layer.new_channel()
    (session,) = layer._minichannels.sessions.by_id.values()
    close = session.close

    async def end() -> None:
        await close()
        raise asyncio.CancelledError

    monkeypatch.setattr(session, "close", end)

    await layer.close()


async def test_reader_that_gives_up_as_the_layer_closes_is_left_alone(
    layer: Any,
) -> None:
    reading = asyncio.create_task(layer.receive(await layer.new_channel()))
    await ticks(1)
    (session,) = layer._minichannels.sessions.by_id.values()

    session.mailboxes.refuse_readers()
    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_reader_of_a_list_that_gives_up_as_that_fails_is_cancelled(
    layer: Any,
) -> None:
    await layer.new_channel()
    shard = shard_of(layer)
    waits = getattr(shard, "lists", None) or shard.readers
    reading = asyncio.create_task(layer.receive("list"))
    await until(lambda: bool(waits._waiting))

    for each in list(waits._waiting):
        waits._waiting.fail(each, LayerUnavailable("it is away"))
    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_member_of_an_event_loop_that_stands_still_cannot_join(
    make: Make,
) -> None:
    layer = make(timeout=0.5)
    loop = asyncio.new_event_loop()
    try:
        channel = await asyncio.to_thread(
            loop.run_until_complete, layer.new_channel()
        )
        with pytest.raises(LayerUnavailable, match="does not run any more"):
            await layer.group_add("g", channel)
        await layer.close()
    finally:
        await asyncio.to_thread(_end, loop)


async def test_member_of_an_event_loop_that_is_busy_joins_only_in_time(
    make: Make, other: LoopThread, caplog: pytest.LogCaptureFixture
) -> None:
    layer = make(timeout=0.2)
    channel = await other.do(layer.new_channel())
    free = threading.Event()
    other.loop.call_soon_threadsafe(free.wait, LIMIT)

    with pytest.raises(LayerUnavailable, match="does not run any more"):
        await layer.group_add("g", channel)
    free.set()
    other.settle()

    assert layer.groups == {}
    gc.collect()
    assert caplog.records == []


@pytest.mark.parametrize("way", ["stops", "cancels what runs on it"])
async def test_who_asks_an_event_loop_that_ends_is_told_and_not_cancelled(
    make: Make, other: LoopThread, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    layer = make(timeout=0.2)
    channel = await other.do(layer.new_channel())
    (session,) = layer._minichannels.sessions.by_id.values()
    begun = asyncio.Event()
    here = asyncio.get_running_loop()

    async def never(group: str, channel: str) -> None:
        here.call_soon_threadsafe(begun.set)
        await asyncio.Future()

    monkeypatch.setattr(session, "join", never)
    joining = asyncio.create_task(layer.group_add("g", channel))
    await begun.wait()

    if way == "stops":
        await asyncio.to_thread(other.stop)
    else:
        await other.do(other._cancel_all())

    with pytest.raises(LayerUnavailable, match="does not run any more"):
        await asyncio.wait_for(joining, LIMIT)


async def test_member_of_an_event_loop_that_is_closed_cannot_join(
    layer: Any,
) -> None:
    loop = asyncio.new_event_loop()
    channel = await asyncio.to_thread(
        loop.run_until_complete, layer.new_channel()
    )
    (session,) = layer._minichannels.sessions.by_id.values()
    await asyncio.to_thread(loop.run_until_complete, session.close())
    type(loop).close(loop)  # of which the layer does not hear

    with pytest.raises(LayerUnavailable, match="does not run any more"):
        await layer.group_add("g", channel)
    gc.collect()  # no coroutine was left, of which there would be a warning


async def test_event_loop_that_was_closed_is_forgotten_when_another_comes(
    layer: Any,
) -> None:
    loop = asyncio.new_event_loop()
    await asyncio.to_thread(_send_on, loop, layer)
    (session,) = layer._minichannels.sessions.by_id.values()
    await asyncio.to_thread(loop.run_until_complete, session.close())
    type(loop).close(loop)  # of which the layer does not hear

    await layer.new_channel()

    assert session.id not in layer._minichannels.sessions.by_id


async def test_event_loop_is_asked_once_to_end_connections_before_it_closes(
    layer: Any,
) -> None:
    loop = asyncio.get_running_loop()
    await layer.new_channel()
    close = loop.close
    await layer.close()

    await layer.new_channel()

    assert loop.close is close


async def test_event_loop_keeps_no_layer_that_was_closed(
    kind: Kind, server_url: str
) -> None:
    layer = kind.at(server_url)
    await layer.new_channel()
    await layer.close()
    gone = weakref.ref(layer)
    close = asyncio.get_running_loop().close
    del layer
    await ticks(5)  # what ends its connections lets go of it
    gc.collect()

    layer = kind.at(server_url)
    await layer.new_channel()
    await layer.close()

    assert gone() is None
    assert asyncio.get_running_loop().close is close


def alone(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on an event loop that ends with it."""
    return asyncio.run(asyncio.wait_for(coroutine, LIMIT))


def test_mailbox_that_is_left_has_what_a_mailbox_has(
    kind: Kind, server_url: str
) -> None:
    layer = kind.at(server_url, capacity=2)
    channel = alone(layer.new_channel())
    alone(layer.group_add("g", channel))
    for _ in range(3):
        alone(layer.group_send("g", {"n": 1}))
    with pytest.raises(ChannelFull, match="2 messages wait"):
        alone(layer.send(channel, {"n": 2}))
    assert layer.dropped == 1
    assert alone(layer.receive(channel)) == {"n": 1}

    alone(layer.release(channel))
    alone(layer.group_send("g", {"n": 3}))

    assert layer.undelivered == 1
    with pytest.raises(ValueError, match="gets only what that process sends"):
        alone(layer.receive(channel))


@pytest.mark.parametrize("way", ["flush", "close"])
def test_mailbox_that_is_left_is_emptied_with_the_others(
    kind: Kind, server_url: str, way: str
) -> None:
    layer = kind.at(server_url)
    channel = alone(layer.new_channel())
    alone(layer.send(channel, {"n": 1}))

    alone(getattr(layer, way)())

    with pytest.raises(ValueError, match="is not read here"):
        alone(layer.receive(channel))


def test_mailboxes_of_the_last_loops_are_left_with_what_they_had(
    kind: Kind, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_MOST_LEFT", 2)
    layer = kind.at(server_url)

    async def member() -> str:
        name: str = await layer.new_channel()
        await layer.group_add("g", name)
        return name

    first, *others = (alone(member()) for _ in range(3))
    assert sorted(layer.groups["g"]) == sorted(others)
    alone(layer.group_send("g", {"n": 1}))
    alone(layer.send(first, {"n": 2}))

    assert sorted(layer.channels) == sorted(others)
    assert [alone(layer.receive(each)) for each in others] == [{"n": 1}] * 2
    assert layer.undelivered == 1
    with pytest.raises(ValueError, match="is not read here"):
        alone(layer.receive(first))


def test_loops_that_have_named_no_mailbox_leave_none(
    kind: Kind, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_MOST_LEFT", 1)
    layer = kind.at(server_url)
    channel = alone(layer.new_channel())
    alone(layer.send(channel, {"n": 1}))

    alone(layer.group_add("g", "specific.elsewhere!a"))  # it asks, and listens

    assert alone(layer.receive(channel)) == {"n": 1}


async def test_event_loop_is_closed_though_its_connections_end_in_an_error(
    layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.new_event_loop()
    await asyncio.to_thread(_send_on, loop, layer)
    (session,) = layer._minichannels.sessions.by_id.values()
    close = session.close

    async def fail() -> None:
        await close()
        raise OSError("it is broken")

    monkeypatch.setattr(session, "close", fail)

    with pytest.raises(OSError, match="it is broken"):
        await asyncio.to_thread(loop.close)
    assert loop.is_closed()


class Foreign(asyncio.SelectorEventLoop):
    """As one that is written in another language: it keeps its methods."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "close":
            raise AttributeError(name)
        super().__setattr__(name, value)


async def test_event_loop_that_cannot_be_asked_works_without(
    layer: Any,
) -> None:
    loop = Foreign()

    await asyncio.to_thread(_send_on, loop, layer)

    await asyncio.to_thread(loop.run_until_complete, layer.close())
    loop.close()


def _send_on(loop: asyncio.AbstractEventLoop, layer: Any) -> None:
    loop.run_until_complete(layer.group_send("g", {"n": 1}))


async def test_event_loop_that_is_closed_ends_its_connections(
    layer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.new_event_loop()
    await asyncio.to_thread(_send_on, loop, layer)

    await asyncio.to_thread(loop.close)

    assert loop.is_closed()
    assert layer._minichannels.sessions.by_id == {}
    gc.collect()
    assert caplog.records == []


async def test_event_loop_that_is_closed_leaves_those_of_others(
    layer: Any,
) -> None:
    channel = await layer.new_channel()
    loop = asyncio.new_event_loop()
    await asyncio.to_thread(_send_on, loop, layer)

    await asyncio.to_thread(loop.close)
    await layer.send(channel, {"n": 2})

    assert await numbers(layer, channel) == [2]


async def test_event_loop_is_closed_while_another_one_runs_here(
    layer: Any,
) -> None:
    loop = asyncio.new_event_loop()
    await asyncio.to_thread(_send_on, loop, layer)

    # Were there a connection, it would be left: no two loops run at once.
    await asyncio.to_thread(loop.run_until_complete, layer.close())
    loop.close()

    assert loop.is_closed()


async def test_event_loop_that_runs_is_not_closed(
    layer: Any, other: LoopThread
) -> None:
    await asyncio.to_thread(other.run, layer.group_send("g", {"n": 1}))

    with pytest.raises(RuntimeError, match="running"):
        await asyncio.to_thread(other.loop.close)

    await asyncio.to_thread(other.run, layer.group_send("g", {"n": 2}))


async def test_event_loop_may_be_closed_twice(
    layer: Any,
) -> None:
    loop = asyncio.new_event_loop()
    await asyncio.to_thread(_send_on, loop, layer)

    await asyncio.to_thread(loop.close)
    await asyncio.to_thread(loop.close)

    assert loop.is_closed()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()


async def test_topics_of_groups_whose_members_expired_are_given_up(
    make: Make, clock: Clock
) -> None:
    layer = make(capacity=3)
    channel = await layer.new_channel()
    for n in range(300):
        await layer.group_add(f"g{n}", channel)
    await layer.send(channel, {"n": 1})
    other = await layer.new_channel()
    await until(lambda: channel in layer.channels)
    clock.now = 10.001

    await layer.group_add("h", other)
    await layer.send(other, {})  # which sweeps
    await layer.group_add("i", other)

    # Two groups, and three of its own.
    assert len(shard_of(layer)) == 5


@pytest.mark.parametrize("is_recorded", [True, False])
async def test_what_a_recorder_has_added_is_for_recorders_alone(
    layer: Any, peer: Any, is_recorded: bool
) -> None:
    if is_recorded:
        layer._minichannels.observer = layer.observer
    channel = await layer.new_channel()
    await peer.send(channel, {"n": 1, CAUSE_KEY: "4"})

    message = await got(layer, channel)

    assert (CAUSE_KEY in message) is is_recorded


async def test_a_layer_of_ones_own_may_have_any_name(layer: Any) -> None:
    names = ["_lost", "_serializer", "_clock", "_lock", "_sessions", "_end"]
    names += ["_closing", "_has_expired", "_until", "_change", "_post", "_push"]
    names += ["_begun", "_shard", "_connect", "opened", "makes_room"]
    names += ["message_lost", "link_changed", "observer", "unreadable"]
    names += ["dropped", "expired", "undelivered", "reader"]
    layer.__class__ = type("Own", (type(layer),), dict.fromkeys(names, "own"))
    for name in names:
        setattr(layer, name, "own")

    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_add("g", "all")
    await layer.group_send("g", {"n": 1})
    await layer.send("all", {"n": 2})
    assert await got(layer, channel) == {"n": 1}
    assert [await got(layer, "all") for _ in range(2)] == [{"n": 1}, {"n": 2}]
    await layer.group_discard("g", "all")
    for _ in range(5):
        await layer.group_send("g", {"n": 3})
    await until(lambda: layer._minichannels.lost["full"] == 2)
    await layer.group_discard("g", channel)
    await layer.release(channel)
    await layer.flush()


def added_to_channels(layer: Any) -> list[str]:
    """Return the public names of a layer that those of Channels do not have."""
    theirs = importlib.import_module("channels_redis.core").RedisChannelLayer
    names = set(dir(layer)) - set(dir(theirs())) - set(dir(object))
    return [name for name in names if not name.startswith("_")]


def owned(base: Any, names: list[str], what: str) -> Any:
    """Return a class in which names stand for something of its own."""
    if what != "set":
        own = {
            "attribute": "own",
            "none": None,
            "method": lambda self: "own",
            "property": property(lambda self: "own"),
        }[what]
        return type("Own", (base,), dict.fromkeys(names, own))

    class Own(base):  # type: ignore[misc]
        def __init__(self, **config: Any) -> None:
            self.__dict__.update(dict.fromkeys(names, "before"))
            super().__init__(**config)
            for name in names:
                setattr(self, name, "own")

    return Own


@pytest.mark.parametrize(
    "what", ["attribute", "none", "method", "property", "set"]
)
async def test_a_layer_of_ones_own_may_have_what_channels_has_not(
    kind: Kind, server_url: str, what: str, layer: Any
) -> None:
    base, names = type(layer), added_to_channels(layer)
    assert {"channels", "close", "groups", "on_reconnect", "timeout"} <= {
        *names
    }
    config = {kind.servers: [server_url], "prefix": fresh_prefix()}
    own = owned(base, names, what)(**config, on_reconnect="back")

    channel = await own.new_channel()
    await own.group_add("g", channel)
    await own.group_send("g", {"n": 1})
    await own.send("list", {"n": 2})
    assert await got(own, channel) == {"n": 1}
    assert await got(own, "list") == {"n": 2}
    (session,) = own._minichannels.sessions.by_id.values()
    own._minichannels.link_changed(session, is_up=True)
    assert await got(own, channel) == {"type": "back"}
    found = {getattr(own, name) for name in names}
    assert what == "method" or found == {None if what == "none" else "own"}
    await base.close(own)


async def test_what_a_layer_shows_is_what_it_was_told(layer: Any) -> None:
    channel = await layer.new_channel()
    await layer.group_add("g", channel)

    assert layer.timeout == 5
    assert layer.on_disconnect is layer.on_reconnect is None
    assert list(layer.groups) == ["g"]
    assert type(layer).timeout is vars(RemoteChannelLayer)["timeout"]
