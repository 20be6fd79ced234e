"""Four hundred clients on four uvicorn processes, over one Valkey.

Each message comes once at each client, whichever process they are at.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect

from support.processes import serving
from support.redis_servers import fresh_prefix, valkey
from support.servers import LIMIT
from support.shop import ON_REDIS

PROCESSES, CLIENTS = 4, 400
AT_ONCE = 40  # fewer than a mailbox has room for: nothing is to be lost

CROWD = """
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import channel_layers

from settings import CHANNEL_LAYERS

channel_layers.configure(CHANNEL_LAYERS)


class Crowd(AsyncWebsocketConsumer):
    groups = ["crowd"]

    async def receive(self, text_data):
        message = {"type": "crowd.said", "text": text_data}
        await self.channel_layer.group_send("crowd", message)

    async def crowd_said(self, event):
        await self.send(text_data=event["text"])


application = Crowd.as_asgi()
"""


@pytest.mark.timeout(0)
async def test_each_message_comes_once_at_each_client(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with valkey(tmp_path) as url, servers(tmp_path, url) as addresses:
        async with clients(addresses) as crowd:
            begun = time.perf_counter()
            heard = await talked(crowd)
            seconds = time.perf_counter() - begun

    record_property(
        "measured",
        f"{CLIENTS} clients on {PROCESSES} uvicorn processes:"
        f" {CLIENTS**2:,} texts in {seconds:.0f} s, each once at each",
    )
    once = Counter({str(number): 1 for number in range(CLIENTS)})
    assert heard == [once] * CLIENTS


@contextmanager
def servers(folder: Path, url: str) -> Iterator[list[str]]:
    """Have uvicorn processes of one project run, each at a port of its own."""
    settings = ON_REDIS.format(url=url, prefix=fresh_prefix())
    (folder / "settings.py").write_text(settings, encoding="utf-8")
    (folder / "crowd.py").write_text(CROWD, encoding="utf-8")
    with ExitStack() as stack:
        running = [
            stack.enter_context(serving("uvicorn", "crowd:application", folder))
            for _ in range(PROCESSES)
        ]
        yield [server.address for server in running]


@asynccontextmanager
async def clients(
    addresses: list[str],
) -> AsyncIterator[list[ClientConnection]]:
    """Have clients connected, each at the next of the servers."""
    async with AsyncExitStack() as stack:
        turns = itertools.islice(itertools.cycle(addresses), CLIENTS)
        yield [
            await stack.enter_async_context(
                connect(f"ws://{address}/", proxy=None, max_queue=None)
            )
            for address in turns
        ]


async def talked(crowd: list[ClientConnection]) -> list[Counter[str]]:
    """Have each say its number, some at once; return what each heard."""
    heard: list[Counter[str]] = [Counter() for _ in crowd]
    numbers = iter(range(len(crowd)))
    while saying := [*itertools.islice(numbers, AT_ONCE)]:
        for number in saying:
            await crowd[number].send(str(number))
        for client, texts in zip(crowd, heard, strict=True):
            async with asyncio.timeout(6 * LIMIT):
                for _ in saying:
                    texts[str(await client.recv())] += 1
    return heard
