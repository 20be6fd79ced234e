"""What becomes of messages when Redis refuses what it is asked."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis.hosts import Host
from minichannels.layers.redis.subscriptions import Subscriptions
from support.contract import Make, got, numbers
from support.proxies import LIMIT, until
from support.redis_servers import Victim, fresh_prefix
from support.remote import is_up

FREE = ("on", "nopass", "~*", "+@all", "allchannels")


def as_ada(server: Victim) -> str:
    """Return the address of a server for the user who may not do all."""
    return f"{server.url}?username=ada&password=any"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Victim]:
    server = Victim(tmp_path)
    yield server
    server.kill()


async def test_server_without_memory_refuses_and_says_why(
    make: Make, server: Victim
) -> None:
    layer = make(server.url)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    server.configure(maxmemory="1")

    with pytest.raises(LayerUnavailable, match="refuses RPUSH: OOM"):
        await layer.send("list", {"n": 1})
    await layer.group_send("g", {"n": 2})
    assert await got(layer, channel) == {"n": 2}

    server.configure(maxmemory="0")
    await layer.send("list", {"n": 3})
    assert await numbers(layer, "list") == [3]


async def test_password_that_is_missing_or_wrong_is_said(
    make: Make, server: Victim
) -> None:
    server.configure(requirepass="right")
    right, wrong = f"{server.url}?password=right", f"{server.url}?password=bad"

    for url, problem in (
        (server.url, "Authentication required"),
        (wrong, "invalid username-password pair"),
    ):
        with pytest.raises(LayerUnavailable, match=problem):
            await make(url).send("list", {"n": 1})
    await make(right).send("list", {"n": 1})


async def test_server_without_room_for_one_more_says_so(
    make: Make, server: Victim
) -> None:
    layer = make(server.url)

    with server.without_room():
        for _ in range(3):
            with pytest.raises(
                LayerUnavailable, match=r"maxclients|max number"
            ):
                await layer.new_channel()

    await layer.send("list", {"n": 1})
    assert await numbers(layer, "list") == [1]


async def test_topics_that_a_user_may_not_hear_are_an_error_at_once(
    make: Make, server: Victim
) -> None:
    server.allow(*FREE, "resetchannels")
    layer = make(as_ada(server))

    for _ in range(2):
        with pytest.raises(LayerUnavailable, match="refuses SUBSCRIBE: NOPERM"):
            await layer.new_channel()

    server.allow(*FREE)
    channel = await layer.new_channel()
    await layer.send(channel, {"n": 1})
    assert await got(layer, channel) == {"n": 1}


async def test_who_tries_again_at_once_goes_on_to_hear_beside_others(
    server: Victim,
) -> None:
    server.allow(*FREE, "resetchannels")
    topics = Subscriptions(
        Host(as_ada(server)), LIMIT, lambda *_: 0, lambda _: None
    )

    async def try_again() -> None:
        with pytest.raises(LayerUnavailable):
            await topics.subscribe("a")
        server.allow("allchannels")
        await topics.subscribe("a")

    async def try_once() -> None:
        with pytest.raises(LayerUnavailable):
            await topics.subscribe("a")

    await asyncio.gather(try_again(), try_once())

    assert len(topics) == 1
    assert topics.hears_all
    await topics.close()


async def test_of_two_topics_one_that_is_refused_leaves_the_other(
    server: Victim,
) -> None:
    server.allow(*FREE)
    topics = Subscriptions(
        Host(as_ada(server)), LIMIT, lambda *_: 0, lambda _: None
    )
    await topics.subscribe("a")
    await topics.subscribe("b")

    server.allow("resetchannels", "&a")
    await until(lambda: not topics.is_back)
    await topics.back()

    await topics.subscribe("a")
    with pytest.raises(LayerUnavailable, match="refuses SUBSCRIBE"):
        await topics.subscribe("b")
    await topics.close()


async def test_topic_that_is_refused_later_leaves_the_others(
    make: Make, server: Victim
) -> None:
    server.allow(*FREE)
    prefix, told = fresh_prefix(), []
    layer = make(
        as_ada(server),
        prefix=prefix,
        on_disconnect=lambda: told.append("away"),
        on_reconnect=lambda: told.append("back"),
    )
    channel = await layer.new_channel()
    await layer.group_add("open", channel)
    await layer.group_add("shut", channel)

    open_ones = [f"{prefix}:0:{kind}:*" for kind in ("to", "ask")]
    allowed = [f"&{topic}" for topic in (*open_ones, f"{prefix}:0:group:open")]
    server.allow("resetchannels", *allowed)
    await until(lambda: told == ["away"])
    with pytest.raises(LayerUnavailable, match="refuses SUBSCRIBE"):
        await layer.group_add("shut", channel)
    await layer.send(channel, {"n": 1})
    await layer.group_send("open", {"n": 2})

    assert [await got(layer, channel) for _ in range(2)] == [{"n": 1}, {"n": 2}]
    assert is_up(layer)


async def test_layer_is_not_back_while_it_hears_less_than_before(
    make: Make, server: Victim
) -> None:
    server.allow(*FREE)
    told: list[str] = []
    layer = make(
        as_ada(server),
        on_disconnect=lambda: told.append("away"),
        on_reconnect=lambda: told.append("back"),
    )
    channel = await layer.new_channel()

    server.allow("resetchannels")
    await until(lambda: told == ["away"])
    with pytest.raises(LayerUnavailable, match="refuses SUBSCRIBE"):
        await layer.group_add("g", channel)
    assert not is_up(layer)
    server.allow(*FREE)
    server.drop("ada")

    await until(lambda: "back" in told)
    await layer.send(channel, {"n": 1})
    assert await got(layer, channel) == {"n": 1}


async def test_ping_that_is_refused_breaks_nothing(
    make: Make, server: Victim
) -> None:
    server.allow(*FREE)
    layer = make(as_ada(server), timeout=0.2)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await layer.group_send("g", {"n": 1})

    server.allow("-ping")
    await layer.group_discard("g", channel)
    await layer.send(channel, {"n": 2})

    assert await numbers(layer, channel) == [1, 2]
