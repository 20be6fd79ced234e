"""Channel layers on one Valkey: ours, and the two of channels_redis.

In seconds of the processor that this process takes: the server, and what else
the machine does, count for nobody.
"""

import asyncio
import importlib
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from minichannels.layers import channel_layers
from minichannels.layers.redis import RedisChannelLayer
from minichannels.types import Message
from support import contestants, contestants_channels
from support.measuring import OURS, Row, compared, interleaved
from support.redis_servers import fresh_prefix, valkey

ROUNDS = 5
LISTS, PUBSUB = "channels_redis, lists", "channels_redis, Pub/Sub"
MESSAGE = {
    "type": "chat.message",
    "user": {"id": 7, "name": "ada", "tags": ["admin", "author"]},
    "text": "a message of an ordinary length",
    "seen_by": [1, 2, 3],
    "sent_at": 1.5,
}
Record = Callable[[list[Row]], None]
Run = Callable[..., Coroutine[Any, Any, float]]
Bounds = dict[str, tuple[float, float]]

core: Any = importlib.import_module("channels_redis.core")
pubsub: Any = importlib.import_module("channels_redis.pubsub")
LAYERS: dict[str, Any] = {
    OURS: RedisChannelLayer,
    LISTS: core.RedisChannelLayer,
    PUBSUB: pubsub.RedisPubSubChannelLayer,
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url.replace("valkey+", "")


async def close(layer: Any) -> None:
    if isinstance(layer, RedisChannelLayer):
        await layer.close()
    else:
        await layer.flush()
    if isinstance(layer, core.RedisChannelLayer):
        await layer.close_pools()


async def on_layer(name: str, url: str, run: Run, *args: Any) -> float:
    layer = LAYERS[name](hosts=[url], prefix=fresh_prefix())
    try:
        return await run(layer, *args)
    finally:
        await close(layer)


def measure(url: str, run: Run, names: list[str], *args: Any) -> Any:
    def once(name: str) -> float:
        return asyncio.run(on_layer(name, url, run, *args))

    return interleaved(ROUNDS, {name: partial(once, name) for name in names})


async def one_at_a_time(layer: Any, times: int, name: str = "") -> float:
    """Return microseconds for sending a message and receiving it."""
    channel = name or await layer.new_channel()
    await layer.send(channel, MESSAGE)
    await layer.receive(channel)
    heard = None
    begun = process_time()
    for _ in range(times):
        await layer.send(channel, MESSAGE)
        heard = await layer.receive(channel)
    seconds = process_time() - begun
    assert heard == MESSAGE
    return seconds / times * 1e6


async def fifty_senders(layer: Any, times: int) -> float:
    """Return microseconds for each of fifty sends at once, and its reading."""
    channels = [await layer.new_channel() for _ in range(50)]
    for channel in channels:
        await layer.send(channel, MESSAGE)
        await layer.receive(channel)
    begun = process_time()
    for _ in range(times):
        await asyncio.gather(*(layer.send(c, MESSAGE) for c in channels))
        for channel in channels:
            await layer.receive(channel)
    return (process_time() - begun) / times / 50 * 1e6


async def fan_out(layer: Any, times: int, members: int) -> float:
    """Return microseconds for a message to a group, read by each member."""
    channels = [await layer.new_channel() for _ in range(members)]
    for channel in channels:
        await layer.group_add("room", channel)
    await layer.group_send("room", MESSAGE)
    heard = [await layer.receive(channel) for channel in channels]
    begun = process_time()
    for _ in range(times):
        await layer.group_send("room", MESSAGE)
        heard = [await layer.receive(channel) for channel in channels]
    seconds = process_time() - begun
    assert heard == [MESSAGE] * members
    return seconds / times * 1e6


class Crowd:
    """Clients of one application, which count what they hear."""

    def __init__(self, application: Any, size: int) -> None:
        self._heard = self._wanted = 0
        self._size = size
        self._all_heard = asyncio.Event()
        self._tasks = [
            asyncio.create_task(application(*self._client()))
            for _ in range(size)
        ]

    def _client(self) -> tuple[Any, Any, Any]:
        connect = iter([{"type": "websocket.connect"}])

        async def receive() -> Message:
            for event in connect:
                return event
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        async def send(event: Message) -> None:
            self._heard += 1
            if self._heard >= self._wanted:
                self._all_heard.set()

        scope = {"type": "websocket", "path": "/", "headers": []}
        return scope, receive, send

    async def all_hear(self, more: int = 1) -> None:
        """Wait until each has heard one more, or that many more."""
        self._wanted += more * self._size
        if self._heard < self._wanted:
            self._all_heard.clear()
            await asyncio.wait_for(self._all_heard.wait(), 30)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def consumers(layer: Any, times: int, members: int) -> float:
    """Return microseconds until each member's consumer has told its client."""
    ours = isinstance(layer, RedisChannelLayer)
    registry = (
        channel_layers if ours else contestants_channels.layers.channel_layers
    )
    before = registry.set("default", layer)
    crowd = Crowd((contestants if ours else contestants_channels).chat, members)
    await crowd.all_hear()  # they are accepted
    message = {"type": "chat.message", "text": "hello"}
    begun = process_time()
    for _ in range(times):
        await layer.group_send("room", message)
        await crowd.all_hear()
    seconds = process_time() - begun
    await crowd.close()
    registry.backends.pop("default")
    if before is not None:
        registry.set("default", before)
    return seconds / times * 1e6


def test_one_at_a_time(record: Record, url: str) -> None:
    figures = measure(url, one_at_a_time, list(LAYERS), 300)
    bounds: Bounds = {LISTS: (3, 6), PUBSUB: (1, 1.5)}
    record(compared("Redis: send + receive, mailbox", "µs", figures, bounds))
    figures = measure(url, one_at_a_time, [OURS, LISTS], 300, "work")
    record(compared("Redis: send + receive, list", "µs", figures, bounds))


def test_fifty_senders(record: Record, url: str) -> None:
    figures = measure(url, fifty_senders, list(LAYERS), 10)
    bounds: Bounds = {LISTS: (4, 8), PUBSUB: (4, 5)}
    what = "Redis: 50 senders at once, for each"
    record(compared(what, "µs", figures, bounds))


@pytest.mark.parametrize(
    ("members", "times", "floor"), [(1, 300, 1), (100, 20, 3), (1000, 3, 3)]
)
def test_fan_out(
    record: Record, url: str, members: int, times: int, floor: float
) -> None:
    bounds: Bounds = {PUBSUB: (floor, floor + 1)}
    for run, what in (
        (fan_out, "group_send to {:,}, and their reading"),
        (consumers, "group_send, told by {:,} consumers"),
    ):
        figures = measure(url, run, [OURS, PUBSUB], times, members)
        what = f"Redis: {what.format(members)}"
        record(compared(what, "µs", figures, bounds))


MEMBERS = Path(__file__).with_name("members_of_a_process.py")


async def four_processes(layer: Any, times: int, url: str) -> float:
    """Return microseconds of four processes for each of 100 members of each."""
    kind = next(
        name for name, made in LAYERS.items() if isinstance(layer, made)
    )
    prefix = getattr(layer, "prefix", None) or layer._kwargs["prefix"]
    arguments = ["hear", kind, url, prefix, str(times)]
    command = [sys.executable, str(MEMBERS), *arguments]
    processes = [
        await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    outputs: list[Any] = [process.stdout for process in processes]
    for output in outputs:
        assert await output.readline() == b"ready\n"
    for _ in range(times):
        await layer.group_send("room", MESSAGE)
    seconds = [float(await output.readline()) for output in outputs]
    for process in processes:
        await process.wait()
    return sum(seconds) / times / 400 * 1e6


@pytest.mark.timeout(600)  # forty processes are started
def test_four_processes(record: Record, url: str) -> None:
    figures = measure(url, four_processes, [OURS, PUBSUB], 50, url)
    what = "Redis: a delivery to one of 100 consumers in each of 4 processes"
    record(compared(what, "µs", figures, {PUBSUB: (3, 4)}))


def test_memory_of_idle_consumers(record: Record, url: str) -> None:
    def kilobytes(kind: str) -> float:
        arguments = ["idle", kind, url, fresh_prefix(), "1000"]
        done = subprocess.run(
            [sys.executable, str(MEMBERS), *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        return float(done.stdout)

    # Consumers on the layer with lists end where nothing comes for seconds.
    kinds = [OURS, PUBSUB]
    figures = interleaved(3, {kind: partial(kilobytes, kind) for kind in kinds})
    what = "Redis: memory of an idle consumer in a group"
    record(compared(what, "kB", figures, {}))
