"""Readers of lists that come, give up, and are disturbed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis.hosts import Host
from minichannels.layers.redis.link import Link
from minichannels.layers.redis.lists import Lists
from support.contract import got
from support.loops import ticks
from support.proxies import LIMIT, Proxy, until
from support.redis_servers import fresh_prefix

Reading = asyncio.Task[bytes]


class Desk:
    """Lists, the link for their commands, and names for keys."""

    def __init__(self, url: str, timeout: float = 0.8) -> None:
        self.commands = Link(Host(url), timeout)
        self.prefix = fresh_prefix()
        self.lost: list[tuple[str, bytes]] = []
        self.lists = Lists(
            self.commands,
            f"{self.prefix}:wake",
            lambda key, data: self.lost.append((key, data)),
        )

    def key(self, name: str) -> str:
        return f"{self.prefix}:{name}"

    async def push(self, name: str, *data: str) -> None:
        await self.commands.call("RPUSH", self.key(name), *data)

    async def kept(self, name: str) -> Any:
        return await self.commands.call("LRANGE", self.key(name), 0, -1)

    def read(self, name: str) -> Reading:
        return asyncio.create_task(self.lists.pop(self.key(name)))


@pytest.fixture
async def desk(proxy: Proxy) -> AsyncIterator[Desk]:
    desk = Desk(proxy.url)
    await desk.commands.call("PING")
    yield desk
    await desk.lists.close()
    await desk.commands.close()


async def blocked(desk: Desk, *names: str) -> None:
    """Wait until the reader waits for these lists at the server."""
    keys = {desk.key(name) for name in names}
    await until(lambda: set(desk.lists._named) == keys)


async def test_list_that_comes_later_is_read_at_once(server_url: str) -> None:
    desk = Desk(server_url, timeout=8 * LIMIT)  # soon is after the limit
    first = desk.read("a")
    await blocked(desk, "a")

    second = desk.read("b")
    await blocked(desk, "a", "b")
    await desk.push("b", "1")
    await desk.push("a", "2")

    assert await asyncio.wait_for(second, LIMIT) == b"1"
    assert await asyncio.wait_for(first, LIMIT) == b"2"
    await desk.lists.close()
    await desk.commands.close()


async def test_busy_list_does_not_starve_another(desk: Desk) -> None:
    await desk.push("busy", *map(str, range(50)))
    await desk.push("rare", "1")
    # Two, so that somebody waits for it at any time, and did so before.
    first = [desk.read("busy"), desk.read("busy")]
    rare = desk.read("rare")

    async def read_on() -> int:
        count = 0
        while not rare.done():
            await desk.read("busy")
            count += 1
        return count

    counts = await asyncio.wait_for(asyncio.gather(read_on(), read_on()), LIMIT)

    assert sum(counts) < 20
    await asyncio.gather(*first)


async def test_nothing_is_taken_that_nobody_waits_for(desk: Desk) -> None:
    await desk.push("a", "1", "2", "3")

    assert await desk.read("a") == b"1"

    await ticks(20)
    assert await desk.kept("a") == [b"2", b"3"]


async def test_what_comes_for_nobody_goes_back_to_its_place(
    desk: Desk,
) -> None:
    reading = desk.read("a")
    await blocked(desk, "a")
    reading.cancel()
    await desk.push("a", "1", "2")
    await ticks(20)

    assert await desk.read("a") == b"1"
    assert await desk.read("a") == b"2"


async def test_what_came_for_one_who_gave_up_goes_to_the_next_at_once(
    server_url: str,
) -> None:
    desk = Desk(server_url, timeout=8 * LIMIT)  # soon is after the limit
    first, second = desk.read("a"), desk.read("a")
    await blocked(desk, "a")
    desk.lists._hand_out(desk.key("a"), b"1")
    first.cancel()

    assert await asyncio.wait_for(second, LIMIT) == b"1"
    assert await desk.kept("a") == []
    await desk.lists.close()
    await desk.commands.close()


async def test_what_came_for_two_of_whom_each_gave_up_goes_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = desk.read("a"), desk.read("a")
    await blocked(desk, "a")
    give = desk.lists._waiting.give

    def give_in_vain(key: str, data: bytes) -> bool:
        is_given = give(key, data)
        second.cancel()  # before it has run
        return is_given

    desk.lists._hand_out(desk.key("a"), b"1")
    monkeypatch.setattr(desk.lists._waiting, "give", give_in_vain)
    first.cancel()
    await asyncio.wait([first, second])

    async with asyncio.timeout(LIMIT):
        while await desk.kept("a") != [b"1"]:
            pass


async def test_two_who_give_up_leave_all_in_order(desk: Desk) -> None:
    readers = [desk.read("a"), desk.read("a")]
    await blocked(desk, "a")
    key = desk.key("a")
    futures = list(desk.lists._waiting._lines[key])
    desk.lists._hand_out(key, b"1")
    desk.lists._hand_out(key, b"2")
    assert all(future.done() for future in futures)
    for reader in readers:
        reader.cancel()
    await asyncio.wait(readers)

    assert await asyncio.wait_for(desk.read("a"), LIMIT) == b"1"
    assert await asyncio.wait_for(desk.read("a"), LIMIT) == b"2"


async def test_one_who_gives_up_at_that_moment_is_passed_over(
    desk: Desk,
) -> None:
    first, second = desk.read("a"), desk.read("a")
    await blocked(desk, "a")

    first.cancel()  # it has not run yet
    desk.lists._hand_out(desk.key("a"), b"1")

    assert await asyncio.wait_for(second, LIMIT) == b"1"
    assert first.cancelled()


async def test_one_of_two_who_gives_up_leaves_the_other_waiting(
    desk: Desk,
) -> None:
    first, second = desk.read("a"), desk.read("a")
    await blocked(desk, "a")
    first.cancel()
    await asyncio.wait([first])

    await desk.push("a", "1")

    assert await asyncio.wait_for(second, LIMIT) == b"1"


async def test_reader_may_begin_while_the_server_is_away(
    desk: Desk, proxy: Proxy
) -> None:
    await desk.push("a", "1", "2")
    assert await desk.read("a") == b"1"
    proxy.is_away = True
    proxy.cut()
    await until(lambda: desk.lists._link.up is None)
    first, second = desk.read("a"), desk.read("b")
    await ticks(5)
    second.cancel()

    proxy.is_away = False

    assert await asyncio.wait_for(first, LIMIT) == b"2"


async def test_list_is_read_again_if_all_gave_up_while_the_server_was_away(
    desk: Desk, proxy: Proxy
) -> None:
    await desk.push("a", "1")
    assert await desk.read("a") == b"1"
    proxy.is_away = True
    proxy.cut()
    await until(lambda: desk.lists._link.up is None)
    reading = desk.read("a")
    await ticks(5)
    reading.cancel()
    proxy.is_away = False
    await until(lambda: desk.lists._link.up)

    await desk.push("a", "2")

    assert await asyncio.wait_for(desk.read("a"), LIMIT) == b"2"


async def test_reader_that_gives_up_as_all_are_told_is_left_alone(
    desk: Desk,
) -> None:
    first, second = desk.read("a"), desk.read("a")
    await blocked(desk, "a")

    first.cancel()
    desk.lists._fail(LayerUnavailable("why"))

    with pytest.raises(LayerUnavailable, match="why"):
        await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_reader_may_give_up_while_there_is_no_link_for_commands(
    desk: Desk,
) -> None:
    reading = desk.read("a")
    await blocked(desk, "a")
    await desk.commands.close()

    reading.cancel()
    await asyncio.wait([reading], timeout=LIMIT)

    assert reading.cancelled()


async def test_reader_lives_through_a_broken_connection(
    desk: Desk, proxy: Proxy
) -> None:
    reading = desk.read("a")
    await blocked(desk, "a")

    proxy.cut()
    await until(lambda: desk.commands.up is None)
    await until(lambda: desk.commands.up)
    await desk.push("a", "1")

    assert await asyncio.wait_for(reading, LIMIT) == b"1"


async def test_key_of_another_type_is_an_error_for_the_reader(
    desk: Desk,
) -> None:
    await desk.commands.call("SET", desk.key("a"), "text")

    with pytest.raises(LayerUnavailable, match="refuses: WRONGTYPE"):
        await desk.read("a")

    await desk.push("b", "1")
    assert await desk.read("b") == b"1"


async def test_server_that_was_never_there_is_an_error() -> None:
    desk = Desk("redis://127.0.0.1:1")

    with pytest.raises(LayerUnavailable, match="cannot use Redis"):
        await desk.read("a")
    await desk.lists.close()


async def test_close_tells_the_readers_and_puts_back_what_is_left(
    desk: Desk,
) -> None:
    first, second = desk.read("a"), desk.read("b")
    await blocked(desk, "a", "b")
    desk.lists._hand_out(desk.key("a"), b"1")
    first.cancel()
    await asyncio.wait([first])

    await desk.lists.close()

    with pytest.raises(LayerUnavailable, match="was closed"):
        await second
    assert await desk.kept("a") == [b"1"]


async def test_close_waits_for_what_the_server_is_about_to_give(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = desk.read("a")
    await blocked(desk, "a")
    wire: Any = desk.lists._link.up
    take, held = wire.data_received, list[bytes]()
    monkeypatch.setattr(wire, "data_received", held.append)
    await desk.push("a", "1")
    await until(lambda: held)

    closing = asyncio.create_task(desk.lists.close())
    await asyncio.sleep(0)
    await desk.commands.call("PING")  # behind what wakes the reader
    await ticks(5)
    take(held[0])
    await closing

    assert await desk.kept("a") == [b"1"]
    with pytest.raises(LayerUnavailable, match="was closed"):
        await reading


async def test_close_waits_for_what_is_put_back_and_no_longer(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(server_url, timeout=2 * LIMIT)
    call, closing = desk.commands.call, list[asyncio.Task[None]]()
    await call("PING")

    async def close_and_call(*words: Any) -> Any:
        closing.append(asyncio.create_task(desk.lists.close()))
        await asyncio.sleep(0)
        return await call(*words)

    reading = desk.read("a")
    await blocked(desk, "a")
    desk.lists._hand_out(desk.key("a"), b"1")
    monkeypatch.setattr(desk.commands, "call", close_and_call)
    reading.cancel()
    await until(lambda: closing)

    await asyncio.wait_for(closing[0], LIMIT)

    assert await call("LRANGE", desk.key("a"), 0, -1) == [b"1"]
    await desk.commands.close()


async def test_what_cannot_be_put_back_is_told(
    desk: Desk, proxy: Proxy
) -> None:
    reading = desk.read("a")
    await blocked(desk, "a")
    proxy.is_away = True
    proxy.cut()
    await until(lambda: desk.commands.up is None)
    desk.lists._hand_out(desk.key("a"), b"1")
    reading.cancel()

    await until(lambda: desk.lost)

    assert desk.lost == [(desk.key("a"), b"1")]


async def test_message_that_comes_as_a_layer_closes_is_read_by_another(
    layer: Any, peer: Any
) -> None:
    seen: list[int] = []
    for n in range(40):
        await peer.send("list", {"n": -1})
        assert await got(layer, "list") == {"n": -1}  # so it is connected
        reading = asyncio.create_task(layer.receive("list"))
        await ticks(n % 10)
        await asyncio.gather(peer.send("list", {"n": n}), layer.close())
        await asyncio.wait([reading])
        failed = isinstance(reading.exception(), LayerUnavailable)
        told = await got(peer, "list") if failed else reading.result()
        seen.append(told["n"])

    assert seen == list(range(40))


async def test_who_reads_while_a_layer_closes_is_told_so(
    desk: Desk, proxy: Proxy
) -> None:
    first = desk.read("a")
    await blocked(desk, "a")
    proxy.is_away = True
    proxy.cut()
    await until(lambda: bool(desk.lists._link._why))

    closing = asyncio.create_task(desk.lists.close())
    await asyncio.wait([first])
    readings = []
    while not closing.done():
        readings.append(desk.read("b"))
        await asyncio.sleep(0)

    _, waits_for_ever = await asyncio.wait(readings, timeout=LIMIT)
    assert waits_for_ever == set()
    for reading in (first, *readings):
        with pytest.raises(LayerUnavailable, match="was closed"):
            await reading


async def test_what_wakes_a_reader_does_not_outlive_it(desk: Desk) -> None:
    await desk.commands.calls(*desk.lists._bell())

    left = await desk.commands.call("PTTL", desk.key("wake"))

    assert 0 < left <= 800


async def test_server_that_has_nothing_for_a_reader_is_not_taken_for_dead(
    desk: Desk,
) -> None:
    reading = desk.read("a")
    await until(lambda: desk.lists._link.up)
    wire: Any = desk.lists._link.up

    await until(lambda: wire.heard > 8)  # which takes twice the time limit

    assert desk.lists._link.up is wire
    reading.cancel()
