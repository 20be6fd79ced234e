"""Another server takes the place of one that has crashed."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis import RedisChannelLayer
from support.contract import got, numbers
from support.proxies import until
from support.remote import is_up
from support.sentinels import Watched, watched

LIMIT = 60.0  # seconds: it takes a few, and more where much else runs


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Watched]:
    with watched(tmp_path) as servers:
        yield servers


async def test_groups_go_on_at_the_server_that_sentinel_names(
    servers: Watched,
) -> None:
    await until(servers.copies, LIMIT)
    lost: list[str] = []
    layers = [
        RedisChannelLayer([servers.host], on_disconnect=partial(lost.append, i))
        for i in ("ada's", "bob's")
    ]
    async with contextlib.AsyncExitStack() as stack:
        channels = []
        for layer in layers:
            stack.push_async_callback(layer.close)
            channels.append(await layer.new_channel())
            await layer.group_add("g", channels[-1])

        servers.kill_the_master()
        await until(lambda: len(lost) == 2 and all(map(is_up, layers)), LIMIT)
        await layers[0].group_send("g", {"n": 1})

        for layer, channel in zip(layers, channels, strict=True):
            assert await got(layer, channel) == {"n": 1}


def test_each_event_loop_asks_anew(servers: Watched) -> None:
    layer = RedisChannelLayer([servers.host])

    for n in range(3):
        # As a task of Celery does, or a view with async_to_sync.
        asyncio.run(layer.send("list", {"n": n}))

    assert asyncio.run(numbers(layer, "list")) == [0, 1, 2]


async def test_a_sentinel_that_is_silent_is_passed_over(
    servers: Watched,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sentinels = [silent.getsockname()[:2], *servers.host["sentinels"]]
        host = {**servers.host, "sentinels": sentinels}
        layer = RedisChannelLayer([host])

        await layer.send("list", {"n": 1})
        assert await numbers(layer, "list") == [1]
        await layer.close()


async def test_a_sentinel_that_has_gone_is_passed_over(
    servers: Watched,
) -> None:
    gone = [("127.0.0.1", 1), ("127.0.0.1", 2), ("127.0.0.1", 3)]
    sentinels = [*gone, *servers.host["sentinels"]]
    layer = RedisChannelLayer([{**servers.host, "sentinels": sentinels}])

    await layer.send("list", {"n": 1})
    assert await numbers(layer, "list") == [1]
    await layer.close()


async def test_a_name_that_sentinel_does_not_know_is_said(
    servers: Watched,
) -> None:
    layer = RedisChannelLayer([{**servers.host, "master_name": "another"}])

    with pytest.raises(LayerUnavailable, match="know none of this name"):
        await layer.send("list", {"n": 1})
    await layer.close()


async def test_an_error_says_which_server_sentinel_was_asked_for() -> None:
    host = {"sentinels": [("127.0.0.1", 1)], "master_name": "mymaster"}
    layer = RedisChannelLayer([host], timeout=0.5)

    place = r"mymaster \(Sentinel at 127\.0\.0\.1:1\): no Sentinel says "
    with pytest.raises(LayerUnavailable, match=f"{place}.*Error[^<>]*$"):
        await layer.send("list", {"n": 1})
    with contextlib.suppress(LayerUnavailable):
        await layer.close()
