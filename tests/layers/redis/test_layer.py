"""What the layer on Redis does besides what each layer promises."""

import asyncio
import sys
import time
from typing import Any

import pytest

from minichannels.exceptions import (
    ChannelFull,
    InvalidChannelLayerError,
    LayerUnavailable,
)
from minichannels.layers import ChannelLayerManager
from minichannels.layers.redis import RedisChannelLayer, subscriptions
from minichannels.layers.redis.requirements import redis_py
from minichannels.layers.remote.serializing import Envelope, Serializer
from support.clock import Clock
from support.contract import Make, got, numbers
from support.loops import ticks
from support.proxies import Proxy, until
from support.redis_servers import fresh_prefix, shard_of
from support.remote import is_away, is_up

Layer = RedisChannelLayer


@pytest.fixture
def server(valkey_url: str) -> Any:
    """Return a client of the server."""
    url = valkey_url.replace("valkey+unix", "unix")
    with redis_py.Redis.from_url(url) as client:
        yield client


async def test_membership_ends_with_its_process(
    layer: Layer, peer: Layer, server: Any
) -> None:
    await peer.group_add("g", await peer.new_channel())
    topic = layer._minichannels_keys.topic(0, "group", "g")
    assert server.pubsub_numsub(topic) == [(topic.encode(), 1)]

    await peer.close()

    await until(lambda: server.pubsub_numsub(topic) == [(topic.encode(), 0)])
    await layer.group_send("g", {"n": 1})


async def test_what_was_sent_before_it_joined_is_not_for_a_member(
    layer: Layer,
) -> None:
    there, member = [await layer.new_channel() for _ in range(2)]
    await layer.group_add("g", there)
    topics = shard_of(layer).topics._link.up._transport
    topics.pause_reading()  # what is sent now is under way
    await layer.group_send("g", {"n": 1})

    joining = asyncio.create_task(layer.group_add("g", member))
    await ticks(20)
    topics.resume_reading()
    await joining
    await layer.group_send("g", {"n": 2})

    assert await numbers(layer, there) == [1, 2]
    assert await numbers(layer, member) == [2]


async def test_what_was_sent_before_it_leaves_is_for_a_member(
    layer: Layer,
) -> None:
    member = await layer.new_channel()
    await layer.group_add("g", member)
    topics = shard_of(layer).topics._link.up._transport
    topics.pause_reading()
    await layer.group_send("g", {"n": 1})

    leaving = asyncio.create_task(layer.group_discard("g", member))
    await ticks(20)
    topics.resume_reading()
    await leaving
    await layer.group_send("g", {"n": 2})

    assert await numbers(layer, member) == [1]


# What the server holds


async def test_two_databases_do_not_meet(make: Make, valkey_url: str) -> None:
    url = valkey_url.replace("valkey+", "")
    layers = [make(f"{url}?db={n}") for n in (0, 1)]
    channels = [await layer.new_channel() for layer in layers]
    for layer, channel in zip(layers, channels, strict=True):
        await layer.group_add("g", channel)
        await layer.group_send("g", {"n": len(channel)})

    for layer, channel in zip(layers, channels, strict=True):
        assert await numbers(layer, channel) == [len(channel)]


async def test_names_are_spread_over_several_servers(
    make: Make, valkey_url: str
) -> None:
    url = valkey_url.replace("valkey+", "")
    hosts = [f"{url}?db={n}" for n in range(3)]
    prefix = fresh_prefix()
    layers = [RedisChannelLayer(hosts, prefix, timeout=0.5) for _ in range(2)]
    here, there = [await layer.new_channel() for layer in layers]
    for n in range(10):
        await layers[1].group_add(f"g{n}", there)
        await layers[0].group_send(f"g{n}", {"n": n})
        await layers[0].send(f"list{n}", {"n": n})
        assert await got(layers[1], there) == {"n": n}
        assert await got(layers[1], f"list{n}") == {"n": n}
        await layers[1].group_discard(f"g{n}", there)
    wires = [shard_of(layers[1], f"g{n}").topics._link.up for n in range(10)]
    heard = [wire.heard for wire in wires if wire]
    assert len(heard) == 10
    # Those that hear nothing any more answer when they are asked.
    await until(lambda: [wire.heard for wire in wires if wire] > heard)

    assert len({id(wire) for wire in wires}) > 1
    await layers[1].send(here, {"n": 11})
    assert await got(layers[0], here) == {"n": 11}
    await layers[0].flush()
    for layer in layers:
        await layer.close()


async def test_close_pools_ends_the_connections_of_a_loop_without_mailboxes(
    layer: Layer,
) -> None:
    await layer.send("a", {"n": 1})
    link = shard_of(layer).commands

    await layer.close_pools()

    assert link.up is None
    assert layer._minichannels.sessions.by_id == {}
    assert await got(layer, "a") == {"n": 1}


async def test_close_pools_leaves_mailboxes_and_other_loops_alone(
    layer: Layer,
) -> None:
    channel = await layer.new_channel()
    await layer.send(channel, {"n": 1})

    async def elsewhere() -> None:
        await layer.close_pools()  # there is nothing yet
        await layer.send(channel, {"n": 2})
        await layer.close_pools()

    await layer.close_pools()
    await asyncio.to_thread(asyncio.run, elsewhere())

    assert await numbers(layer, channel) == [1, 2]


async def test_nothing_stays_at_the_server_for_ever(
    layer: Layer, server: Any
) -> None:
    await layer.send("a", {"n": 1})
    await layer.group_add("g", "a")
    await got(layer, "a")
    reading = asyncio.create_task(layer.receive("b"))
    await layer.send("c", {})

    keys = list(server.scan_iter(layer._minichannels_keys.pattern))

    assert keys
    assert all(server.ttl(key) >= 0 for key in keys)
    # Longer than it is good: whoever looks, counts it.
    assert server.pttl(layer._minichannels_keys.list_of("c")) > 10_000
    assert server.pttl(layer._minichannels_keys.group("g")) > 90_000
    reading.cancel()


async def test_flush_removes_all_keys(layer: Layer, server: Any) -> None:
    await layer.send("list", {"n": 0})
    await layer.group_add("g", "list")
    server.mset(
        {layer._minichannels_keys.list_of(f"list{n}"): "" for n in range(3000)}
    )

    await layer.flush()

    assert list(server.scan_iter(layer._minichannels_keys.pattern)) == []


async def test_names_of_others_that_are_no_text_are_passed_over(
    layer: Layer, server: Any
) -> None:
    others = layer._minichannels_keys.list_of("").encode() + b"\xff"
    server.set(others, "")
    await layer.group_add("g", "list")
    server.zadd(layer._minichannels_keys.group("g"), {b"\xff": time.time() * 2})

    await layer.group_send("g", {"type": "x"})
    await layer.flush()

    assert server.delete(others)


async def test_message_that_is_read_before_it_is_taken_back_was_sent(
    layer: Layer, server: Any
) -> None:
    for n in range(3):
        await layer.send("a", {"n": n})
    shard = shard_of(layer, "a")
    calls, taken = shard.commands.call, []

    async def quick_reader(*words: Any) -> Any:
        if words[0] == "LREM":
            taken.append(server.rpop(words[1]))
        return await calls(*words)

    shard.commands.call = quick_reader
    await layer.send("a", {"n": 3})

    assert len(taken) == 1


async def test_message_was_sent_if_all_is_read_before_others_are_looked_at(
    layer: Layer, server: Any
) -> None:
    for n in range(3):
        await layer.send("a", {"n": n})
    shard = shard_of(layer, "a")
    call = shard.commands.call

    async def quick_reader(*words: Any) -> Any:
        if words[0] == "LINDEX":
            server.delete(words[1])
        return await call(*words)

    shard.commands.call = quick_reader

    await layer.send("a", {"n": 3})  # no error

    assert layer.observer.seen == []  # type: ignore[union-attr]


async def test_head_that_is_read_before_it_is_removed_takes_no_other_along(
    layer: Layer, peer: Layer, server: Any, clock: Clock
) -> None:
    await layer.send("a", {"n": 0})
    clock.now = 10.001
    for n in (1, 2):
        await layer.send("a", {"n": n})
    shard = shard_of(layer, "a")
    call = shard.commands.call

    async def quick_reader(*words: Any) -> Any:
        found = await call(*words)
        if words[0] == "LINDEX":
            server.lpop(words[1])
        return found

    shard.commands.call = quick_reader
    await layer.send("a", {"n": 3})

    assert await numbers(peer, "a") == [1, 2, 3]


async def test_one_that_expired_makes_no_room_where_more_wait_than_may(
    layer: Layer, make: Make, clock: Clock
) -> None:
    wide = make(capacity=9)
    await wide.send("a", {"n": 0})
    clock.now = 10.001
    for n in range(1, 5):
        await wide.send("a", {"n": n})

    with pytest.raises(ChannelFull):
        await layer.send("a", {"n": 5})

    assert await numbers(wide, "a") == [1, 2, 3, 4]
    assert layer.expired == 1


async def test_what_is_under_way_to_a_mailbox_takes_its_room(
    layer: Layer,
) -> None:
    channel = await layer.new_channel()
    topics = shard_of(layer).topics._link.up._transport
    topics.pause_reading()  # what is sent now is under way
    for n in range(3):
        await layer.send(channel, {"n": n})

    with pytest.raises(ChannelFull):
        await layer.send(channel, {"n": 3})

    topics.resume_reading()
    assert await numbers(layer, channel) == [0, 1, 2]


async def test_process_that_does_not_answer_is_an_error(
    make: Make, server: Any
) -> None:
    layer = make(timeout=0.5)
    with server.pubsub() as deaf:
        deaf.subscribe(layer._minichannels_keys.topic(0, "ask", "deaf"))
        assert deaf.get_message(timeout=10)

        with pytest.raises(LayerUnavailable, match="does not answer"):
            await layer.group_add("g", "specific.deaf!xyz")


# The server is away


async def test_many_groups_are_heard_again_by_several_commands(
    make: Make, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "_AT_ONCE", 3)
    layer = make(proxy.url, capacity=20)
    channel = await layer.new_channel()
    for n in range(10):
        await layer.group_add(f"g{n}", channel)

    proxy.cut()
    await until(lambda: is_away(layer))
    await until(lambda: is_up(layer))
    for n in range(10):
        await layer.group_send(f"g{n}", {"n": n})

    assert await numbers(layer, channel) == list(range(10))


async def test_subscription_that_is_not_confirmed_is_tried_again(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.8)
    channel = await layer.new_channel()
    mark = len("*2__$4__pong__$1__1__")  # which is answered before it
    proxy.limit = mark + 5  # of the confirmation, these bytes
    await layer.group_add("g", channel)  # it was asked for again
    assert not shard_of(layer).topics._asked  # all is confirmed, once
    await layer.group_send("g", {"n": 1})
    assert await got(layer, channel) == {"n": 1}
    proxy.limit, proxy.is_away = mark + 5, True

    with pytest.raises(LayerUnavailable, match="has not confirmed"):
        await layer.group_add("h", channel)


async def test_what_was_taken_from_a_list_and_read_by_nobody_is_counted(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.5, prefix=f"{fresh_prefix()}:list:b")
    reading = asyncio.create_task(layer.receive("list"))
    await layer.send("other", {})
    lists = shard_of(layer, "list").lists
    await until(lambda: lists._named)
    envelope = Envelope({"n": 1}, 10.0)
    proxy.is_away = True
    proxy.cut()
    for data in (Serializer().dumps(envelope), b"corrupt"):
        lists._left.append((layer._minichannels_keys.list_of("list"), data))
    reading.cancel()

    await until(lambda: layer.undelivered + layer.unreadable == 2)

    lost, unreadable = layer.observer.seen
    assert lost == ("list", {"n": 1}, "undelivered")
    assert unreadable[0] == "list"


# How it is made


def test_registry_makes_it_by_its_dotted_name(valkey_url: str) -> None:
    layers = ChannelLayerManager()
    backend = "minichannels.layers.redis.RedisChannelLayer"
    config = {"hosts": [valkey_url], "prefix": "x", "capacity": 7}
    layers.configure({"default": {"BACKEND": backend, "CONFIG": config}})

    layer = layers["default"]

    assert isinstance(layer, RedisChannelLayer)
    assert layer.capacity == 7
    assert "valkey.sock" in repr(layer)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"hosts": "redis://cache"}, "hosts is a list"),
        ({"prefix": 7}, "prefix is a str, not 7"),
        ({"prefix": "a\ud800"}, "prefix .* cannot be written"),
        ({"group_expiry": 0}, "group_expiry must be a number above 0"),
        ({"timeout": -1}, "timeout must be a number above 0"),
        ({"capasity": 7}, "capasity"),
        ({"serializer_format": "pickle"}, "'msgpack' or 'json'"),
    ],
)
def test_registry_says_what_is_wrong(
    config: dict[str, Any], problem: str
) -> None:
    layers = ChannelLayerManager()
    backend = "minichannels.layers.redis.RedisChannelLayer"
    layers.configure({"default": {"BACKEND": backend, "CONFIG": config}})

    with pytest.raises(InvalidChannelLayerError, match=problem):
        layers["default"]


@pytest.mark.parametrize("missing", ["redis", "msgpack"])
def test_missing_package_is_named_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in list(sys.modules):
        if name.startswith("minichannels.layers.redis"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    layers = ChannelLayerManager()
    backend = "minichannels.layers.redis.RedisChannelLayer"
    layers.configure({"default": {"BACKEND": backend}})

    with pytest.raises(
        InvalidChannelLayerError,
        match=rf'needs {missing}; pip install "minichannels\[redis\]"',
    ):
        layers["default"]


async def test_who_replaces_receive_has_it_called(layer: Layer) -> None:
    channel = await layer.new_channel()

    class Other(RedisChannelLayer):
        async def receive(self, channel: str) -> dict[str, Any]:
            return {}

    other = Other([("127.0.0.1", 1)])
    assert layer.reader(channel, lambda: None) is not None
    assert layer.reader("list", lambda: None) is None
    layer.receive = other.receive  # type: ignore[method-assign]

    assert other.reader(channel, lambda: None) is None
    assert layer.reader(channel, lambda: None) is None
