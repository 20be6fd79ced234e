"""The in-memory layer under real concurrency: nothing twice, nothing lost.

Two event loops in threads of their own send, receive and give up as fast as
they can. Who gets what is up to the threads; what must be true of it is not.
"""

import asyncio
import itertools
import random
from collections import Counter
from typing import Any

import pytest

from minichannels.exceptions import ChannelFull
from minichannels.layers import InMemoryChannelLayer
from support.loops import LoopThread, ticks

READ = ["a", "b", "tiny!c"]
MEMBERS = [*READ, "unread"]
SENDERS, SENDS = 3, 400  # on each loop

Message = dict[str, Any]
Log = list[tuple[str, Message]]
Counted = Counter[str]


class Side:
    """What one of the two loops does with the layer, and what it saw."""

    def __init__(self, layer: InMemoryChannelLayer, name: str) -> None:
        self.layer = layer
        self.name = name
        self.over = False
        self.count: Counted = Counter()
        self.logs: list[Log] = []
        self.readers: list[asyncio.Task[None]] = []

    async def work(self) -> None:
        """Do everything at once, until the last message is sent."""
        self.readers = [
            asyncio.create_task(self.read(channel)) for channel in READ
        ]
        senders = [
            asyncio.create_task(self.send(f"{self.name}{n}"))
            for n in range(SENDERS)
        ]
        fickle = asyncio.create_task(self.read_and_give_up())
        await asyncio.gather(*senders)
        self.over = True
        await fickle

    async def send(self, sender: str) -> None:
        """Send to channels and to the group, each message with a number."""
        chance = random.Random(sender)
        for n in range(SENDS):
            message = {"sender": sender, "n": n, "group": n % 4 == 0}
            if message["group"]:
                await self.layer.group_send("g", message)
                self.count["group_sends"] += 1
                continue
            try:
                await self.layer.send(chance.choice(MEMBERS), message)
                self.count["sent"] += 1
            except ChannelFull:
                self.count["full"] += 1
            await ticks(chance.randrange(3))

    async def read(self, channel: str) -> None:
        log: Log = []
        self.logs.append(log)
        while True:
            log.append((channel, await self.layer.receive(channel)))

    async def read_and_give_up(self) -> None:
        """Receive again and again, and cancel it before or after its time."""
        chance = random.Random(self.name)
        while not self.over:
            channel = chance.choice(READ)
            task = asyncio.create_task(self.layer.receive(channel))
            await ticks(chance.randrange(4))
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                self.logs.append([(channel, task.result())])

    async def end(self) -> None:
        for reader in self.readers:
            reader.cancel()


class Losses:
    def __init__(self) -> None:
        self.count: Counted = Counter()

    def message_lost(self, channel: str, message: Message, reason: str) -> None:
        kind = "group" if message["group"] else "direct"
        self.count[f"{kind} {reason.split()[0]}"] += 1


def waiting_in(layer: InMemoryChannelLayer, channel: str) -> list[Message]:
    mailbox = layer.channels.get(channel)
    return [
        stored() if callable(stored) else stored
        for _, stored in (mailbox.messages if mailbox else ())
    ]


@pytest.mark.parametrize("expiry", [1e9, 200], ids=["no expiry", "expiry"])
def test_layer_loses_and_doubles_nothing_under_load(expiry: float) -> None:
    # Time passes with each look at the clock, so that messages expire.
    layer = InMemoryChannelLayer(
        expiry=expiry,
        capacity=8,
        channel_capacity={"tiny*": 1},
        clock=itertools.count().__next__,
        group_expiry=1e9,
    )
    layer.observer = losses = Losses()
    sides = [Side(layer, "left"), Side(layer, "right")]

    with LoopThread() as left, LoopThread() as right:
        for channel in MEMBERS:
            left.run(layer.group_add("g", channel))
        works = [left.submit(sides[0].work()), right.submit(sides[1].work())]
        for work in works:
            work.result(60)
        for loop in [left, right] * 10:
            loop.settle()

        # Nobody is stranded: the readers have read everything.
        assert [waiting_in(layer, channel) for channel in READ] == [[]] * 3
        left.run(sides[0].end())
        right.run(sides[1].end())

    logs = [log for side in sides for log in side.logs]
    logs.append([("unread", m) for m in waiting_in(layer, "unread")])
    check_none_twice(logs)
    check_order(logs)
    check_sums(layer, sum((s.count for s in sides), Counter()), losses, logs)


def check_none_twice(logs: list[Log]) -> None:
    times = Counter(
        (channel, message["sender"], message["n"])
        for log in logs
        for channel, message in log
    )
    assert set(times.values()) == {1}


def check_order(logs: list[Log]) -> None:
    """What one reader got of one sender came in the order of sending."""
    for log in logs:
        last: dict[tuple[str, str], int] = {}
        for channel, message in log:
            way = channel, message["sender"]
            assert last.get(way, -1) < message["n"]
            last[way] = message["n"]


def check_sums(
    layer: InMemoryChannelLayer,
    count: Counted,
    losses: Losses,
    logs: list[Log],
) -> None:
    got = Counter(m["group"] for log in logs for _, m in log)
    lost = losses.count
    tried = 2 * SENDERS * SENDS

    assert count["sent"] + count["full"] + count["group_sends"] == tried
    assert count["sent"] == got[False] + lost["direct expired"]
    reached = got[True] + lost["group full"] + lost["group expired"]
    if layer.expired:  # then members leave the group
        assert reached <= count["group_sends"] * len(MEMBERS)
    else:
        assert reached == count["group_sends"] * len(MEMBERS)
    assert layer.dropped == lost["group full"] > 0
    assert layer.expired == lost["direct expired"] + lost["group expired"]
    assert (layer.expired > 0) == (layer.expiry < 1e9)
