"""What is sent when the server is just back, and not all is heard yet."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.remote import link
from support.contract import Make, got, numbers
from support.loops import ticks
from support.proxies import LIMIT, Proxy, until
from support.redis_servers import shard_of
from support.remote import is_up

TIMEOUT = 0.8


class Half:
    """A layer of which one half is back: it sends, and hears nothing.

    Attributes:
        layer: the layer; its mailbox is a member of the group ``g``.
        channel: the mailbox.
        shard: its connections.
    """

    def __init__(self, layer: Any, channel: str) -> None:
        self.layer, self.channel = layer, channel
        self.shard = shard_of(layer)
        self._may_hear = asyncio.Event()
        self._connect = self.shard.topics._link.connect
        self.shard.topics._link.connect = self._wait_and_connect

    async def _wait_and_connect(self) -> Any:
        await self._may_hear.wait()
        return await self._connect()

    async def begin(self, proxy: Proxy) -> None:
        """Break all connections, and wait for that of commands."""
        proxy.cut()
        await until(lambda: not self.shard.commands.up)
        await until(lambda: self.shard.commands.up)

    def hear(self) -> None:
        """Let the other half come back."""
        self._may_hear.set()


@pytest_asyncio.fixture
async def half(make: Make, proxy: Proxy) -> AsyncIterator[Half]:
    layer = make(proxy.url, timeout=TIMEOUT)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.send("list", {})  # the connection for commands was used
    half = Half(layer, channel)
    await half.begin(proxy)
    yield half
    half.hear()
    await layer.close()  # or it would connect to a proxy that ends


@pytest.mark.parametrize("to", ["group", "mailbox"])
async def test_what_is_sent_waits_until_its_process_hears_it(
    half: Half, to: str
) -> None:
    layer = half.layer
    send = layer.group_send if to == "group" else layer.send
    name = "g" if to == "group" else half.channel
    sending = asyncio.create_task(send(name, {"n": 1}))
    await ticks(20)
    assert not sending.done()

    half.hear()
    await asyncio.wait_for(sending, LIMIT)

    assert await got(layer, half.channel) == {"n": 1}


async def test_who_waits_is_told_though_the_connection_breaks_once_more(
    half: Half,
) -> None:
    sending = asyncio.create_task(half.layer.group_send("g", {"n": 1}))
    await ticks(20)

    half.shard.topics._lost()
    half.hear()
    await asyncio.wait_for(sending, LIMIT)

    assert await got(half.layer, half.channel) == {"n": 1}


async def test_what_many_processes_read_waits_for_no_topic(half: Half) -> None:
    await half.layer.send("list", {"n": 1})
    assert not shard_of(half.layer).topics.is_back


async def test_wait_for_topics_is_not_for_ever(half: Half) -> None:
    with pytest.raises(LayerUnavailable, match=r"waited for 0\.8 s"):
        await half.layer.group_send("g", {"n": 1})


async def test_close_tells_who_waits_for_topics(half: Half) -> None:
    sending = asyncio.create_task(half.layer.group_send("g", {"n": 1}))
    await ticks(20)

    closing = asyncio.create_task(half.layer.close())
    with pytest.raises(LayerUnavailable, match=r"was left|was closed"):
        await asyncio.wait_for(sending, LIMIT)
    await closing


async def test_close_is_silent_if_nobody_waits_for_topics(
    make: Make, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    layer = make(proxy.url)
    await layer.new_channel()
    topics = shard_of(layer).topics
    proxy.is_away = True
    proxy.cut()
    await until(lambda: not topics.is_back)

    await layer.close()

    assert caplog.records == []


async def test_several_who_wait_for_what_is_under_way_disturb_no_other(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url)
    await layer.new_channel()
    topics = shard_of(layer).topics
    wire = topics._link.up

    waits = [topics.caught_up() for _ in range(3)]
    await asyncio.wait_for(asyncio.gather(*waits), LIMIT)

    assert topics._link.up is wire
    assert not topics._passed


async def test_what_has_arrived_is_read_though_the_connection_breaks(
    make: Make, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = make(proxy.url)
    channel = await layer.new_channel()
    topics = shard_of(layer).topics
    wire = topics._link.up
    monkeypatch.setattr(wire, "_take", lambda: None)  # so far
    await layer.send(channel, {"n": 1})
    await until(lambda: wire._arrived)

    proxy.cut()

    assert await got(layer, channel) == {"n": 1}
    await until(lambda: not topics.is_back)
    assert layer.undelivered == 0


async def test_layer_is_back_when_the_last_topic_is_heard(
    make: Make, proxy: Proxy
) -> None:
    told: list[str] = []
    layer = make(proxy.url, on_reconnect=lambda: told.append("back"))
    await layer.new_channel()
    topics = shard_of(layer).topics
    topics._lost()
    topics._greet(SimpleNamespace(tell=lambda *_: None))
    confirm = [b"subscribe", b"", 1]

    for _ in range(2):
        topics._pushed(confirm)
    await ticks(5)
    assert (told, topics.is_back) == ([], False)
    topics._pushed(confirm)
    await ticks(5)

    assert (told, topics.is_back) == (["back"], True)


async def test_nobody_waits_for_topics_that_nobody_wants_any_more(
    make: Make, proxy: Proxy
) -> None:
    layer = make(proxy.url)
    channel = await layer.new_channel()
    topics = shard_of(layer).topics
    proxy.is_away = True
    proxy.cut()
    await until(lambda: not topics.is_back)

    topics.keep(lambda topic: False)
    proxy.is_away = False

    await until(lambda: topics.is_back)
    await topics.back()  # which is at once
    await layer.send(channel, {"n": 1})
    assert layer.undelivered == 1


async def test_links_that_pause_try_again_when_one_is_back(
    make: Make, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = make(proxy.url)
    channel = await layer.new_channel()
    reading = asyncio.create_task(layer.receive("list"))
    await layer.send(channel, {"n": 1})
    shard = shard_of(layer)
    # It comes on a connection of its own, and would be lost with that.
    await until(lambda: channel in layer.channels)
    await until(lambda: shard.lists._named)
    monkeypatch.setattr(link, "_FIRST_PAUSE", 10 * LIMIT)
    proxy.cut()
    await until(lambda: not (shard.commands.up or shard.topics._link.up))

    shard.commands.hurry()

    await until(lambda: is_up(layer))
    await layer.send("list", {"n": 2})
    assert await asyncio.wait_for(reading, LIMIT) == {"n": 2}
    shard.commands.hurry()  # nothing to hurry
    assert await numbers(layer, channel) == [1]
