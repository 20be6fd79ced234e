"""The layer on Redis beside the two of channels_redis, on one Valkey.

What all three do is asked of each; the last part has what differs on purpose.
"""

import asyncio
import contextlib
import importlib
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync

from minichannels.layers.redis import RedisChannelLayer
from support.clock import Clock
from support.proxies import LIMIT, Proxy, until
from support.redis_servers import fresh_prefix, valkey

core: Any = importlib.import_module("channels_redis.core")
pubsub: Any = importlib.import_module("channels_redis.pubsub")

LISTS, PUBSUB, OURS = "lists", "Pub/Sub", "ours"
LAYERS: dict[str, Any] = {
    LISTS: core.RedisChannelLayer,
    PUBSUB: pubsub.RedisPubSubChannelLayer,
    OURS: RedisChannelLayer,
}
NOTHING = "nothing"

Scenario = Callable[[Any], Awaitable[Any]]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url.replace("valkey+", "")


@contextlib.asynccontextmanager
async def opened(kind: str, url: str, **config: Any) -> AsyncIterator[Any]:
    layer = LAYERS[kind](hosts=[url], prefix=fresh_prefix(), **config)
    try:
        yield layer
    finally:
        await closed(layer)


@contextlib.asynccontextmanager
async def second(layer: Any, url: str) -> AsyncIterator[Any]:
    """Give the layer of another process, as it were."""
    kind, prefix = type(layer), getattr(layer, "prefix", None)
    other = kind(hosts=[url], prefix=prefix or layer._kwargs["prefix"])
    yield other
    await closed(other)


async def closed(layer: Any) -> None:
    names = {RedisChannelLayer: "close", LAYERS[LISTS]: "close_pools"}
    await getattr(layer, names.get(type(layer), "flush"))()


async def on_all(
    scenario: Scenario, url: str, kinds: list[str], **config: Any
) -> list[Any]:
    results = []
    for kind in kinds:
        async with opened(kind, url, **config) as layer:
            results.append(await scenario(layer))
    return results


async def got(layer: Any, channel: str) -> Any:
    return await asyncio.wait_for(layer.receive(channel), LIMIT)


async def outcome(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except Exception as error:
        return type(error).__name__


# The same


async def mailbox(layer: Any) -> Any:
    channel = await layer.new_channel()
    for n in range(3):
        await layer.send(channel, {"type": "x", "n": n})
    return [await got(layer, channel) for _ in range(3)]


async def waiting_reader(layer: Any) -> Any:
    channel = await layer.new_channel()
    reading = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    await layer.send(channel, {"type": "x", "b": b"\xff", "t": (1, 2)})
    return await asyncio.wait_for(reading, LIMIT)


async def group(layer: Any) -> Any:
    names = [await layer.new_channel() for _ in range(3)]
    for name in names:
        await layer.group_add("g", name)
    await layer.group_discard("g", names[2])
    await layer.group_discard("g", names[2])
    await layer.group_send("g", {"type": "x"})
    await layer.group_send("nobody", {"type": "y"})
    await layer.send(names[2], {"type": "z"})
    return [await got(layer, name) for name in names]


async def shared_channel(layer: Any) -> Any:
    for n in range(3):
        await layer.send("work", {"type": "x", "n": n})
    return [await got(layer, "work") for _ in range(3)]


async def full_list(layer: Any) -> Any:
    return [
        await outcome(layer.send("work", {"type": "x", "n": n}))
        for n in range(4)
    ]


async def listed_member(layer: Any) -> Any:
    await layer.group_add("g", "work")
    await layer.group_send("g", {"type": "x"})
    return await got(layer, "work")


async def closed_loop(layer: Any) -> Any:
    """Send as scripts and tasks do that make an event loop, and close it."""
    channel = await layer.new_channel()

    def send(number: int) -> None:
        loop = asyncio.new_event_loop()
        message = {"type": "x", "n": number}
        loop.run_until_complete(layer.send(channel, message))
        loop.close()

    for number in range(2):
        await asyncio.to_thread(send, number)
    return [await got(layer, channel) for _ in range(2)]


@pytest.mark.parametrize(
    "scenario", [mailbox, waiting_reader, group, closed_loop]
)
async def test_layer_does_what_both_do(scenario: Scenario, url: str) -> None:
    lists, published, ours = await on_all(scenario, url, list(LAYERS))

    assert ours == lists == published


async def closed_pools(layer: Any) -> Any:
    """Send to a mailbox from a loop that ends, and from the one that stays."""
    channel = await layer.new_channel()

    async def send(number: int) -> None:
        await layer.send(channel, {"type": "x", "n": number})
        await layer.close_pools()

    await asyncio.to_thread(asyncio.run, send(1))
    await send(2)
    await layer.group_add("g", channel)
    await layer.group_send("g", {"type": "x", "n": 3})
    return [(await got(layer, channel))["n"] for _ in range(3)]


@pytest.mark.parametrize(
    "scenario", [shared_channel, full_list, listed_member, closed_pools]
)
async def test_layer_does_what_the_layer_of_lists_does(
    scenario: Scenario, url: str
) -> None:
    lists, ours = await on_all(scenario, url, [LISTS, OURS], capacity=3)

    assert ours == lists


def test_layer_takes_the_arguments_of_channels_redis() -> None:
    theirs = inspect.signature(core.RedisChannelLayer).parameters
    ours = inspect.signature(RedisChannelLayer).parameters

    assert [(name, ours[name].default) for name in theirs] == [
        (name, each.default) for name, each in theirs.items()
    ]
    assert {"on_disconnect", "on_reconnect"} <= set(ours)
    # They may be given without their names.
    by_place = [
        name
        for name, each in ours.items()
        if each.kind is each.POSITIONAL_OR_KEYWORD
    ]
    assert by_place == list(theirs)


@pytest.mark.parametrize(
    "keys", [["one"], ("one", b"two"), {"one", "two"}, [bytearray(b"a")], "", 0]
)
async def test_encrypted_messages_are_read(keys: Any, url: str) -> None:
    results = await on_all(
        mailbox, url, list(LAYERS), symmetric_encryption_keys=keys
    )

    assert results[0] == results[1] == results[2]


def test_script_may_do_one_thing_after_the_other(url: str) -> None:
    """Each on an event loop of its own, which ends: as checks of health do."""

    def script(layer: Any) -> Any:
        channel = async_to_sync(layer.new_channel)("healthz.")
        async_to_sync(layer.send)(channel, {"type": "ok"})
        seen = [async_to_sync(got)(layer, channel)]
        async_to_sync(layer.group_add)("room", channel)
        async_to_sync(layer.group_send)("room", {"type": "hello"})
        seen.append(async_to_sync(got)(layer, channel))
        async_to_sync(layer.group_discard)("room", channel)
        async_to_sync(layer.group_send)("room", {"type": "lost"})
        async_to_sync(layer.send)(channel, {"type": "last"})
        return [*seen, async_to_sync(got)(layer, channel)]

    theirs, ours = (
        script(LAYERS[kind](hosts=[url], prefix=fresh_prefix()))
        for kind in (LISTS, OURS)
    )

    assert [each["type"] for each in ours] == ["ok", "hello", "last"]
    assert theirs == ours


# Different on purpose


def test_what_others_send_does_not_reach_a_loop_that_has_ended(
    url: str,
) -> None:
    prefix, found = fresh_prefix(), []
    for kind in (LISTS, OURS):
        layer, peer = (LAYERS[kind]([url], prefix) for _ in range(2))
        channel = async_to_sync(layer.new_channel)()
        async_to_sync(peer.send)(channel, {"type": "hello"})
        try:
            found.append(async_to_sync(got)(layer, channel))
        except ValueError as error:
            found.append(str(error))

    assert found[0] == {"type": "hello"}
    assert "gets only what that process sends" in found[1]


@pytest.mark.parametrize("keys", [[""], {"a name": "a secret"}])
def test_what_anybody_could_guess_is_no_key(keys: Any) -> None:
    for kind in (LISTS, PUBSUB):
        LAYERS[kind](symmetric_encryption_keys=keys)
    with pytest.raises(ValueError, match="symmetric_encryption_keys"):
        RedisChannelLayer(symmetric_encryption_keys=keys)


async def test_message_in_a_shared_channel_goes_to_one_process(
    url: str,
) -> None:
    name = fresh_prefix()

    async def scenario(layer: Any) -> Any:
        async with second(layer, url) as other:
            readers = [
                asyncio.create_task(got(each, name)) for each in (layer, other)
            ]
            if type(layer) is not RedisChannelLayer:
                with redis.Redis.from_url(url) as client:
                    await until(lambda: client.pubsub_numsub(name)[0][1] == 2)
            for n in range(2):
                await layer.send(name, {"type": "x", "n": n})
            return sorted([(await reader)["n"] for reader in readers])

    assert await on_all(scenario, url, [PUBSUB, OURS]) == [[0, 0], [0, 1]]


async def test_mailbox_that_nobody_reads_has_an_end(url: str) -> None:
    async def scenario(layer: Any) -> Any:
        channel = await layer.new_channel()
        return [
            await outcome(layer.send(channel, {"type": "x"}))
            for _ in range(200)
        ].count("ChannelFull")

    published, ours = await on_all(scenario, url, [PUBSUB, OURS])

    assert (published, ours) == (0, 100)


async def test_what_was_dropped_is_counted(url: str) -> None:
    async def scenario(layer: Any) -> Any:
        full, free = await layer.new_channel(), await layer.new_channel()
        for channel in (full, free):
            await layer.group_add("g", channel)
        for _ in range(5):
            await layer.group_send("g", {"type": "x"})
            await got(layer, free)
        return getattr(layer, "dropped", "no trace")

    results = await on_all(scenario, url, [LISTS, OURS], capacity=3)

    assert results == ["no trace", 2]


async def test_who_joined_a_group_leaves_it_with_its_process(
    url: str,
) -> None:
    async def scenario(layer: Any) -> Any:
        async with second(layer, url) as other:
            await other.group_add("g", await other.new_channel())
        # What is left of a member is a key at the server.
        with redis.Redis.from_url(url) as client:
            return len(client.keys(f"{layer.prefix}*"))

    assert await on_all(scenario, url, [LISTS, OURS]) == [1, 0]


@pytest.mark.parametrize(
    ("kind", "heard"), [(LISTS, [2, 3]), (OURS, [2])], ids=[LISTS, OURS]
)
async def test_who_lets_a_message_expire_leaves_the_groups(
    kind: str, heard: list[int], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    clock.now = time.time()
    monkeypatch.setattr(core, "time", SimpleNamespace(time=clock))
    config = {"clock": clock} if kind == OURS else {}
    async with opened(kind, url, expiry=60, **config) as layer:
        channel = await layer.new_channel()
        await layer.group_add("g", channel)
        for n in (1, 2, 3):  # the first has expired when the third is sent
            await layer.group_send("g", {"type": "x", "n": n})
            clock.now += 40 if n < 3 else 1
        await layer.send(channel, {"type": "x", "n": "last"})

        numbers = [(await got(layer, channel))["n"] for _ in (*heard, "last")]

    assert numbers == [*heard, "last"]


async def test_channel_of_another_process_is_another_error(url: str) -> None:
    async def scenario(layer: Any) -> Any:
        return await outcome(layer.receive("specific.other!xyz"))

    results = await on_all(scenario, url, [LISTS, OURS])

    assert results == ["AssertionError", "ValueError"]


async def test_who_wants_to_know_is_told_that_the_server_is_away(
    url: str,
) -> None:
    told = {}
    for kind in (PUBSUB, OURS):
        proxy = Proxy(url)
        async with (
            proxy.running(),
            opened(kind, proxy.url, on_disconnect="gone") as layer,
        ):
            channel = await layer.new_channel()
            reading = asyncio.create_task(layer.receive(channel))
            await asyncio.sleep(0)
            proxy.cut()
            done, _ = await asyncio.wait([reading], timeout=0.5)
            told[kind] = reading.result() if done else NOTHING
            reading.cancel()
            await asyncio.wait([reading])

    assert told == {PUBSUB: NOTHING, OURS: {"type": "gone"}}


async def test_wrong_port_is_one_error_of_ours(
    tmp_path: Path,
) -> None:
    async def scenario(layer: Any) -> Any:
        return await outcome(layer.send("work", {"type": "x"}))

    nobody = f"unix://{tmp_path}/nobody.sock"
    results = await on_all(scenario, nobody, [LISTS, OURS])

    assert results == ["ConnectionError", "LayerUnavailable"]
