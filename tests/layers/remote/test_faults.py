"""What becomes of messages when real processes are killed or stand still."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.exceptions import LayerUnavailable
from support.contract import Kind, Make, got, numbers
from support.loops import LoopThread
from support.nats_servers import NatsServer
from support.proxies import LIMIT, until
from support.redis_servers import Victim
from support.remote import is_away, is_up

TIMEOUT = 0.5


@pytest.fixture
def server(kind: Kind, tmp_path: Path) -> Iterator[Victim | NatsServer]:
    server: Any = {"valkey": Victim, "nats": NatsServer}[kind.server](tmp_path)
    yield server
    server.kill()


class Reader:
    """Reads a channel, whatever happens, and keeps the numbers."""

    def __init__(self, layer: Any, channel: str) -> None:
        self.seen: list[int] = []
        self._layer = layer
        self._task = asyncio.create_task(self._read(channel))

    async def _read(self, channel: str) -> None:
        while True:
            self.seen.append((await self._layer.receive(channel))["n"])

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


async def sent(sending: Any) -> bool:
    """Return whether a message was sent, which is known within the limit."""
    try:
        async with asyncio.timeout(4 * TIMEOUT):
            await sending
    except LayerUnavailable:
        return False
    return True


async def works_again(layer: Any, *readers: Reader) -> None:
    """Send until all readers hear it; the numbers are far above others."""
    for n in range(10_000, 10_200):
        await sent(layer.group_send("g", {"n": n}))
        await sent(layer.send("list", {"n": n}))
        if all(reader.seen and reader.seen[-1] >= 10_000 for reader in readers):
            return
        await asyncio.sleep(0.02)
    pytest.fail("the layer does not work again")


def check(readers: tuple[Reader, ...], accepted: int) -> None:
    for reader in readers:
        assert reader.seen == sorted(set(reader.seen))  # once, and in order
    assert accepted > 20


@pytest.mark.parametrize("fault", ["killed", "stopped"])
async def test_server_fails_in_a_burst(
    make: Make, server: Victim | NatsServer, fault: str
) -> None:
    settings = {"timeout": TIMEOUT, "capacity": 1000, "expiry": 1000}
    layer, peer = make(server.url, **settings), make(server.url, **settings)
    channel = await peer.new_channel()
    await peer.group_add("g", channel)
    readers = Reader(peer, channel), Reader(peer, "list")
    accepted = 0
    for n in range(60):
        if n == 20:
            server.kill() if fault == "killed" else server.pause()
        if n == 22:
            server.start() if fault == "killed" else server.resume()
        accepted += await sent(layer.group_send("g", {"n": n}))
        accepted += await sent(layer.send("list", {"n": n}))

    await works_again(layer, *readers)

    check(readers, accepted)
    for reader in readers:
        await reader.close()


async def test_server_that_is_killed_takes_no_member_with_it(
    make: Make, server: Victim | NatsServer
) -> None:
    layer = make(server.url, timeout=TIMEOUT)
    channel = await layer.new_channel()
    for n in range(5):
        await layer.group_add(f"g{n}", channel)

    await asyncio.to_thread(server.kill)
    await until(lambda: is_away(layer))
    await asyncio.to_thread(server.start)
    await until(lambda: is_up(layer))

    for n in range(5):
        assert await sent(layer.group_send(f"g{n}", {"n": n}))
        assert await got(layer, channel) == {"n": n}


async def test_member_that_is_renewed_in_vain_is_one_as_before(
    make: Make, server: Victim | NatsServer
) -> None:
    layer = make(server.url, timeout=TIMEOUT)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await asyncio.to_thread(server.kill)
    await until(lambda: is_away(layer))

    with pytest.raises(LayerUnavailable):
        await layer.group_add("g", channel)

    await asyncio.to_thread(server.start)
    await until(lambda: is_up(layer))
    assert await sent(layer.group_send("g", {"n": 1}))
    assert await got(layer, channel) == {"n": 1}


async def test_who_joins_in_vain_is_told_in_time_and_is_no_member(
    make: Make, server: Victim | NatsServer
) -> None:
    layer = make(server.url, timeout=2)
    channel = await layer.new_channel()
    now = asyncio.get_running_loop().time
    server.pause()
    began = now()

    with pytest.raises(LayerUnavailable):
        await layer.group_add("g", channel)

    assert now() - began < 3.5  # of its parts each takes up to 2
    assert layer.groups == {}
    server.resume()


async def test_who_asks_another_event_loop_is_told_of_the_server_too(
    make: Make, server: Victim | NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    layer = make(server.url, timeout=0.5)
    with LoopThread() as other:
        channel = await other.do(layer.new_channel())
        server.pause()

        with pytest.raises(LayerUnavailable, match=r"for 0\.5 s"):
            await layer.group_add("g", channel)

        server.resume()
        assert layer.groups == {}
        other.settle()
        gc.collect()
    assert caplog.records == []  # nothing failed that nobody waits for


MEMBER = """
import asyncio, sys
from importlib import import_module

async def main(room, kind, url, prefix):
    layer = getattr(import_module(room), kind)([url], prefix)
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    print(channel, flush=True)
    while True:
        await layer.receive("list")

asyncio.run(main(*sys.argv[1:]))
"""


async def test_process_that_is_killed_leaves_no_member_and_takes_no_message(
    make: Make, kind: Kind, server_url: str
) -> None:
    layer = make()
    here = await layer.new_channel()
    await layer.group_add("g", here)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MEMBER),
        *(*kind.where.rpartition(".")[::2], server_url, layer.prefix),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), LIMIT)
    process.kill()
    await process.wait()
    channel = line.decode().strip()

    async def silent() -> None:
        while not layer.undelivered:
            await layer.send(channel, {"n": 0})

    await asyncio.wait_for(silent(), LIMIT)
    await layer.group_send("g", {"n": 1})
    await layer.send("list", {"n": 2})

    assert await numbers(layer, here) == [1]
    assert await numbers(layer, "list") == [2]
