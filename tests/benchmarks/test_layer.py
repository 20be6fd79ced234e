"""Channel layers in memory: ours, Channels', and the barest tool.

In seconds of the processor: what else the machine does counts for nobody.
"""

import asyncio
import gc
import marshal
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from time import process_time
from typing import Any

import pytest

from minichannels.layers import InMemoryChannelLayer
from support.clock import Clock
from support.contestants_channels import layers as channels_layers
from support.measuring import OURS, Row, compared, interleaved

ROUNDS = 7
SENDS = 2_000
FLAT = {"type": "chat.message", "text": "a message of an ordinary length"}
MESSAGE = {
    "type": "chat.message",
    "user": {"id": 7, "name": "ada", "tags": ["admin", "author"]},
    "text": "a message of an ordinary length",
    "seen_by": [1, 2, 3],
    "sent_at": 1.5,
}
Record = Callable[[list[Row]], None]
Run = Coroutine[Any, Any, float]


class Bare:
    """A deque and a Future for each channel, and nothing that is checked."""

    def __init__(self) -> None:
        self.boxes: dict[str, deque[bytes]] = {}
        self.waiters: dict[str, asyncio.Future[None]] = {}
        self.members: dict[str, list[str]] = {}

    async def new_channel(self) -> str:
        name = f"channel{len(self.boxes)}"
        self.boxes[name] = deque()
        return name

    async def group_add(self, group: str, channel: str) -> None:
        self.members.setdefault(group, []).append(channel)

    def put(self, channel: str, message: bytes) -> None:
        self.boxes[channel].append(message)
        waiter = self.waiters.pop(channel, None)
        if waiter is not None:
            waiter.set_result(None)

    async def send(self, channel: str, message: Any) -> None:
        self.put(channel, marshal.dumps(message))

    async def group_send(self, group: str, message: Any) -> None:
        frozen = marshal.dumps(message)
        for channel in self.members[group]:
            self.put(channel, frozen)
        await asyncio.sleep(0)

    async def receive(self, channel: str) -> Any:
        while not self.boxes[channel]:
            waiter = asyncio.get_running_loop().create_future()
            self.waiters[channel] = waiter
            await waiter
        return marshal.loads(self.boxes[channel].popleft())


LAYERS: dict[str, Callable[[], Any]] = {
    OURS: InMemoryChannelLayer,
    "Channels": channels_layers.InMemoryChannelLayer,
    "bare": Bare,
}


def run_on(
    make: Callable[[], Any], run: Callable[..., Run], *args: Any
) -> float:
    return asyncio.run(run(make(), *args))


def measure(
    run: Callable[..., Run], times: int, *args: Any, without: str = ""
) -> dict[str, list[float]]:
    """Run a coroutine function on each layer, in rounds."""
    return interleaved(
        ROUNDS,
        {
            name: partial(run_on, make, run, times, *args)
            for name, make in LAYERS.items()
            if name != without
        },
    )


async def bursts(
    layer: Any, times: int, message: dict[str, Any] = MESSAGE
) -> float:
    """Return microseconds for sending a message and receiving it."""
    channel = await layer.new_channel()
    seconds = 0.0
    for _ in range(times):
        begun = process_time()
        for _ in range(50):
            await layer.send(channel, message)
        heard = [await layer.receive(channel) for _ in range(50)]
        seconds += process_time() - begun
        assert heard == [message] * 50
    return seconds / times / 50 * 1e6


async def ping_pong(layer: Any, times: int) -> float:
    """Return microseconds for a message to a reader that waits for it."""
    here, there = await layer.new_channel(), await layer.new_channel()

    async def answer() -> None:
        for _ in range(times):
            await layer.send(here, await layer.receive(there))

    answering = asyncio.create_task(answer())
    await asyncio.sleep(0)
    heard = None
    begun = process_time()
    for _ in range(times):
        await layer.send(there, MESSAGE)
        heard = await layer.receive(here)
    seconds = process_time() - begun
    await answering
    assert heard == MESSAGE
    return seconds / times / 2 * 1e6


async def fan_out(layer: Any, times: int, members: int, idle: int = 0) -> float:
    """Return microseconds for a delivery to one member, its reading too."""
    for _ in range(idle):
        await layer.send(await layer.new_channel(), MESSAGE)
    channels = [await layer.new_channel() for _ in range(members)]
    for channel in channels:
        await layer.group_add("room", channel)
    seconds = 0.0
    for _ in range(times):
        begun = process_time()
        await layer.group_send("room", MESSAGE)
        heard = [await layer.receive(channel) for channel in channels]
        seconds += process_time() - begun
        assert heard == [MESSAGE] * members
    return seconds / times / members * 1e6


def test_send_and_receive(record: Record) -> None:
    figures = measure(bursts, 40, FLAT)
    bounds = {"Channels": (4.0, 4.5)}
    record(compared("send + receive, bursts of 50", "µs", figures, bounds))
    figures = measure(bursts, 40)
    bounds = {"Channels": (3.4, 4.0)}
    what = "send + receive, bursts of 50, nested"
    record(compared(what, "µs", figures, bounds))
    figures = measure(ping_pong, 1000)
    bounds = {"Channels": (1.8, 2.0)}
    record(compared("send to a waiting reader", "µs", figures, bounds))


@pytest.mark.parametrize(
    ("members", "times", "bounds"),
    [
        (1, 1000, None),
        (10, 100, (7, 8)),
        (100, 10, (15, 18)),
        (1000, 1, (65, 80)),
    ],
)
def test_fan_out(
    record: Record,
    members: int,
    times: int,
    bounds: tuple[float, float] | None,
) -> None:
    figures = measure(fan_out, times, members)
    wanted = {"Channels": bounds} if bounds else None
    what = f"group_send to {members:,}, for each member"
    record(compared(what, "µs", figures, wanted))


def test_fan_out_to_ten_thousand(record: Record) -> None:
    # Without Channels: a single send took it over two minutes.
    figures = measure(fan_out, 1, 10_000, without="Channels")
    record(compared("group_send to 10,000, for each member", "µs", figures))
    small = measure(fan_out, 200, 10, without="Channels")
    row = Row(
        "a delivery in a group of 10,000",
        "µs",
        figures[OURS],
        "in a group of 10",
        small[OURS],
        2,
        1.5,
        at_most=True,
    )
    record([row])


@pytest.mark.parametrize("idle", [1000, 10_000])
def test_idle_others(record: Record, idle: int) -> None:
    def run(others: int) -> float:
        return asyncio.run(fan_out(InMemoryChannelLayer(), 100, 10, others))

    figures = interleaved(
        ROUNDS, {OURS: lambda: run(idle), "none": lambda: run(0)}
    )
    what = f"a delivery with {idle:,} idle others"
    peer = "with none"
    ours, none = figures[OURS], figures["none"]
    record([Row(what, "µs", ours, peer, none, 1.5, 1.2, at_most=True)])


def test_tight_loop_of_sends_reaches_every_reader() -> None:
    async def lost(layer: Any) -> float:
        """Return how many of 10,000 deliveries were lost."""
        heard = 0

        async def read(channel: str) -> None:
            nonlocal heard
            while True:
                await layer.receive(channel)
                heard += 1

        channels = [await layer.new_channel() for _ in range(10)]
        readers = []
        for channel in channels:
            await layer.group_add("room", channel)
            readers.append(asyncio.create_task(read(channel)))
        await asyncio.sleep(0)
        for _ in range(1000):
            await layer.group_send("room", MESSAGE)
        for _ in range(100):
            await asyncio.sleep(0)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        return 10_000 - heard

    assert asyncio.run(lost(InMemoryChannelLayer())) == 0


# Much that expires at once


async def longest_send(channels: int) -> float:
    """Return the milliseconds of the slowest send, when much has expired."""
    clock = Clock()
    layer = InMemoryChannelLayer(clock=clock)
    for number in range(channels):
        await layer.send(f"left{number}", FLAT)
    clock.now = layer.expiry + 1.0
    gc.collect()
    longest = 0.0
    for number in range(SENDS):
        begun = process_time()
        await layer.send(f"new{number % 50}", FLAT)
        longest = max(longest, process_time() - begun)
    return longest * 1000


def test_much_that_expires_at_once(record: Record) -> None:
    work = {OURS: lambda: asyncio.run(longest_send(100_000))}
    took = interleaved(3, work)[OURS]
    what = "100,000 channels expire at once: longest block of a send"
    record([Row(what, "ms", took, "a second", [1000.0], 0.02, 0.005, True)])
