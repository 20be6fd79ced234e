"""What the layer on Redis does besides what each layer promises."""

import asyncio
import sys
from functools import partial
from typing import Any

import pytest

from minichannels.exceptions import (
    ChannelFull,
    InvalidChannelLayerError,
    LayerUnavailable,
)
from minichannels.layers import ChannelLayerManager
from minichannels.layers.redis import RedisChannelLayer
from minichannels.layers.redis.requirements import redis_py
from minichannels.layers.remote.names import session_of
from minichannels.layers.remote.serializing import Envelope, Serializer
from support.clock import Clock
from support.contract import Make, got, numbers, waiting
from support.proxies import Proxy, until
from support.redis_servers import fresh_prefix, shard_of

Layer = RedisChannelLayer


@pytest.fixture
def server(valkey_url: str) -> Any:
    """Return a client of the server."""
    url = valkey_url.replace("valkey+unix", "unix")
    with redis_py.Redis.from_url(url) as client:
        yield client


# Several processes


async def test_message_goes_from_one_process_to_another(
    layer: Layer, peer: Layer
) -> None:
    channel = await peer.new_channel()

    await layer.send(channel, {"n": 1})

    assert await got(peer, channel) == {"n": 1}


async def test_group_has_members_in_several_processes(
    layer: Layer, peer: Layer
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
    layer: Layer, peer: Layer
) -> None:
    seen: list[int] = []

    async def work(worker: Layer) -> None:
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


async def test_send_to_a_process_that_has_ended_is_counted(
    layer: Layer, peer: Layer
) -> None:
    channel = await peer.new_channel()
    await peer.close()

    await layer.send(channel, {"n": 1})

    assert layer.undelivered == 1
    assert layer.observer.seen == [(channel, {"n": 1}, "undelivered")]  # type: ignore[union-attr]


async def test_send_to_a_full_mailbox_of_another_process_is_counted_there(
    layer: Layer, peer: Layer
) -> None:
    channel = await peer.new_channel()

    for n in range(4):
        await layer.send(channel, {"n": n})

    assert [(await got(peer, channel))["n"] for _ in range(3)] == [0, 1, 2]
    await until(lambda: peer.dropped == 1)
    assert peer.observer.seen == [(channel, {"n": 3}, "full 3/3")]  # type: ignore[union-attr]


async def test_channel_of_another_process_cannot_be_read_here(
    layer: Layer, peer: Layer
) -> None:
    channel = await peer.new_channel()

    with pytest.raises(ValueError, match="is read by the process whose"):
        await layer.receive(channel)


async def test_another_process_may_make_a_mailbox_a_member(
    layer: Layer, peer: Layer
) -> None:
    channel = await peer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    await peer.group_add("g", channel)  # twice a member is once a member
    await layer.group_send("g", {"n": 2})
    await peer.group_discard("g", channel)
    await layer.group_send("g", {"n": 3})

    assert await numbers(peer, channel) == [1, 2]


async def test_membership_ends_with_its_process(
    layer: Layer, peer: Layer, server: Any
) -> None:
    await peer.group_add("g", await peer.new_channel())
    topic = layer.keys.topic(0, "group", "g")
    assert server.pubsub_numsub(topic) == [(topic.encode(), 1)]

    await peer.close()

    await until(lambda: server.pubsub_numsub(topic) == [(topic.encode(), 0)])
    await layer.group_send("g", {"n": 1})


async def test_flush_empties_the_mailboxes_of_other_processes(
    layer: Layer, peer: Layer
) -> None:
    channel = await peer.new_channel()
    await peer.group_add("g", channel)
    await peer.send(channel, {"n": 1})

    await layer.flush()
    await layer.group_send("g", {"n": 2})

    assert await waiting(peer, channel) == []
    assert dict(peer.groups) == {}


# What the server holds


async def test_two_prefixes_do_not_meet(make: Make) -> None:
    prefix = fresh_prefix()
    tricky = [prefix, f"{prefix}:list", f"{prefix}:list:a", f"{prefix}*", ""]
    layers = [make(prefix=each) for each in tricky]
    for n, layer in enumerate(layers):
        await layer.group_add("g", "a")
        await layer.group_send("g", {"n": n})

    await layers[0].flush()

    for n, layer in list(enumerate(layers))[1:]:
        assert await numbers(layer, "a") == [n]
    assert await waiting(layers[0], "a") == []
    await layers[-1].flush()


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


async def test_nothing_stays_at_the_server_for_ever(
    layer: Layer, server: Any
) -> None:
    await layer.send("a", {"n": 1})
    await layer.group_add("g", "a")
    await got(layer, "a")
    reading = asyncio.create_task(layer.receive("b"))
    await layer.send("c", {})

    keys = list(server.scan_iter(layer.keys.pattern))

    assert keys
    assert all(server.ttl(key) >= 0 for key in keys)
    reading.cancel()


async def test_flush_removes_all_keys(layer: Layer, server: Any) -> None:
    await layer.send("list", {"n": 0})
    await layer.group_add("g", "list")
    server.mset({layer.keys.list_of(f"list{n}"): "" for n in range(3000)})

    await layer.flush()

    assert list(server.scan_iter(layer.keys.pattern)) == []


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


@pytest.mark.parametrize("channel", ["list", ""])
async def test_what_is_unreadable_is_counted_and_the_reader_lives(
    layer: Layer,
    make: Make,
    server: Any,
    channel: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel = channel or await layer.new_channel()
    layer.capacity = 10
    json = make(serializer_format="json", capacity=10)
    secret = make(symmetric_encryption_keys=["key"])
    topic = layer.keys.topic(0, "to", session_of(channel))
    for data in (b"", b"\xc1", b"corrupt"):
        if "!" in channel:
            server.publish(topic, data)
        else:
            server.rpush(layer.keys.list_of(channel), data)
    await layer.send("other", {})
    await json.send(channel, {"n": 0})
    await layer.send(channel, {"n": 1})

    assert await got(layer, channel) == {"n": 1}
    await secret.send(channel, {"n": 2})
    await layer.send(channel, {"n": 3})
    assert await got(layer, channel) == {"n": 3}

    assert layer.unreadable == 5
    reasons = [reason for _, _, reason in layer.observer.seen]  # type: ignore[union-attr]
    assert all(reason.startswith("unreadable: ") for reason in reasons)
    assert "read as msgpack" in caplog.text


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"join x y", b"join x y g a/b", b"do x y"]
)
async def test_question_that_is_none_is_counted(
    layer: Layer, server: Any, data: bytes
) -> None:
    channel = await layer.new_channel()
    topic = layer.keys.topic(0, "ask", session_of(channel))

    server.publish(topic, data)
    server.publish(topic, b"done x y")  # an answer that comes too late
    await layer.send(channel, {"n": 1})

    assert await numbers(layer, channel) == [1]
    assert layer.unreadable == 1


async def test_process_that_does_not_answer_is_an_error(
    make: Make, server: Any
) -> None:
    layer = make(timeout=0.5)
    with server.pubsub() as deaf:
        deaf.subscribe(layer.keys.topic(0, "ask", "deaf"))
        assert deaf.get_message(timeout=10)

        with pytest.raises(LayerUnavailable, match="does not answer"):
            await layer.group_add("g", "specific.deaf!xyz")


async def test_mailbox_of_a_process_that_has_ended_joins_nothing(
    layer: Layer, peer: Layer
) -> None:
    channel = await peer.new_channel()
    await peer.close()

    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})
    await layer.group_discard("g", channel)

    assert layer.undelivered == 0


async def test_what_a_group_was_sent_reaches_who_leaves_it_next(
    layer: Layer, peer: Layer
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


async def test_message_that_arrives_too_late_is_counted(
    layer: Layer, peer: Layer, clock: Clock
) -> None:
    channel = await peer.new_channel()
    clock.now = -10.001
    await layer.send(channel, {"n": 1})
    clock.now = 0
    await layer.send(channel, {"n": 2})

    assert await got(peer, channel) == {"n": 2}
    assert peer.expired == 1


# The server is away


@pytest.fixture
async def proxy(valkey_url: str) -> Any:
    async with Proxy(valkey_url).running() as proxy:
        yield proxy


async def cut_and_restored(layer: Layer, proxy: Proxy) -> None:
    """Cut all connections, and wait until they are there again."""
    shard = shard_of(layer)
    proxy.cut()
    await until(lambda: not (shard.commands.up or shard.topics.hears_all))
    await until(lambda: shard.commands.up and shard.topics.hears_all)


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


async def test_consumers_are_told_that_the_server_was_away(
    make: Make, proxy: Proxy
) -> None:
    layer = make(
        proxy.url, on_disconnect="redis.gone", on_reconnect="redis.back"
    )
    reads, member = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("g", member)
    reading = asyncio.create_task(layer.receive(reads))
    await asyncio.sleep(0)

    proxy.cut()

    assert await asyncio.wait_for(reading, 10) == {"type": "redis.gone"}
    told = [(await got(layer, member))["type"] for _ in range(2)]
    assert told == ["redis.gone", "redis.back"]


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


async def test_what_was_under_way_to_oneself_is_counted(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.8)
    channel = await layer.new_channel()
    await layer.send(channel, {"n": 0})
    assert await got(layer, channel) == {"n": 0}
    session = next(iter(layer._sessions.values()))
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


async def test_subscription_that_is_not_confirmed_is_tried_again(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.8)
    channel = await layer.new_channel()
    proxy.limit = 5  # of the confirmation, these bytes
    await layer.group_add("g", channel)  # it was asked for again
    await layer.group_send("g", {"n": 1})
    assert await got(layer, channel) == {"n": 1}
    proxy.limit, proxy.is_away = 5, True

    with pytest.raises(LayerUnavailable, match="has not confirmed"):
        await layer.group_add("h", channel)


async def test_what_was_taken_from_a_list_and_read_by_nobody_is_counted(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url, timeout=0.5)
    reading = asyncio.create_task(layer.receive("list"))
    await layer.send("other", {})
    lists = shard_of(layer, "list").lists
    await until(lambda: lists._named)
    envelope = Envelope({"n": 1}, 10.0)
    proxy.is_away = True
    proxy.cut()
    for data in (Serializer().dumps(envelope), b"corrupt"):
        lists._left.append((layer.keys.list_of("list"), data))
    reading.cancel()

    await until(lambda: layer.undelivered + layer.unreadable == 2)

    lost, unreadable = layer.observer.seen
    assert lost == ("list", {"n": 1}, "undelivered")
    assert unreadable[0] == "list"


async def test_burst_that_is_larger_than_what_waits_arrives_in_full(
    layer: Layer, make: Make
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
    shard = shard_of(layer)
    await until(lambda: shard.commands.up and shard.topics.hears_all)

    for n in range(3):
        await layer.send(channel, {"n": n})
    with pytest.raises(ChannelFull):
        await layer.send(channel, {"n": 3})


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


# How it is watched


async def test_observer_that_fails_does_not_disturb(
    layer: Layer, caplog: pytest.LogCaptureFixture
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


async def test_losses_are_counted_without_an_observer(layer: Layer) -> None:
    layer.observer = None

    await layer.send("nobody.x!y", {"n": 1})

    assert layer.undelivered == 1


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


async def test_release_of_what_is_no_mailbox_does_nothing(
    layer: Layer, peer: Layer
) -> None:
    channel = await peer.new_channel()
    await peer.send(channel, {"n": 1})

    await layer.release(channel)
    await layer.release("list")

    assert await numbers(peer, channel) == [1]


# Event loops that end


async def test_channel_of_an_event_loop_that_has_ended_is_read_by_nobody(
    layer: Layer,
) -> None:
    channel = await asyncio.to_thread(asyncio.run, layer.new_channel())
    await layer.new_channel()

    with pytest.raises(ValueError, match="as its event loop runs"):
        await layer.receive(channel)
    await layer.send(channel, {"n": 1})
    assert layer.undelivered == 1


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

    topics = shard_of(layer, "g").topics
    assert len(topics) == 5  # two groups, and three of its own
