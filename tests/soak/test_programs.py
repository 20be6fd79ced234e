"""Random programs with one layer, on several event loops: each message's fate.

In each of some threads tasks send, read, give up, join and leave; visitors
come with a layer of their own, read, and close it. What was sent is read once
or told as lost once; what was refused, neither; of what a group was sent, no
member gets two. Which of these it is, is up to the threads.
"""

import asyncio
import os
import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.exceptions import ChannelFull, LayerUnavailable
from support.contract import KINDS, LIMIT, Kind
from support.loops import LoopThread, threads_taking_turns_often, ticks
from support.nats_servers import nats_server
from support.redis_servers import fresh_prefix, valkey

FIRST, END = os.environ.get("MINICHANNELS_SEEDS", "0:40").split(":")
SEEDS = range(int(FIRST), int(END))

THREADS, TASKS, STEPS = 3, 3, 400  # of a program; the steps are a thread's
LISTS, GROUPS = ["a", "b", "c"], ["g", "h"]
QUIET = 0.5
"""For so many seconds nothing comes: all has arrived."""


class Fates:
    """What became of each message, by its number; it observes the layers."""

    def __init__(self) -> None:
        self.names = list(LISTS)
        self.sent: dict[int, str] = {}
        self.got: defaultdict[int, list[str]] = defaultdict(list)
        self._last = 0
        self._lock = threading.Lock()

    def new(self) -> dict[str, Any]:
        """Return a message that nobody has sent."""
        with self._lock:
            self._last += 1
            return {"type": "x", "n": self._last}

    def note(self, channel: str, message: dict[str, Any]) -> None:
        """Note that a message has come to its end in a channel."""
        self.got[message["n"]].append(channel)

    def message_lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> None:
        """Note it, too (an observer's)."""
        self.note(channel, message)

    def wrong(self) -> list[tuple[int, str, list[str]]]:
        """Return the messages with no fate that there may be."""
        allowed = {"send": {1}, "full": {0}}
        return [
            (n, way, self.got[n])
            for n, way in self.sent.items()
            if (way in allowed and len(self.got[n]) not in allowed[way])
            or len(set(self.got[n])) < len(self.got[n])
        ]


class Program:
    """What one thread does.

    Args:
        kind: the kind of layer.
        config: of each visitor's.
        layer: that of all threads.
        fates: what became of what.
        chance: decides what comes next.
    """

    def __init__(
        self,
        kind: Kind,
        config: dict[str, Any],
        layer: Any,
        fates: Fates,
        chance: random.Random,
    ) -> None:
        self.kind, self.config, self.layer = kind, config, layer
        self.fates, self.chance, self.left = fates, chance, STEPS
        self.own = ""

    async def run(self) -> None:
        self.own = await self.layer.new_channel()
        self.fates.names.append(self.own)
        await asyncio.gather(*(self.task() for _ in range(TASKS)))

    async def task(self) -> None:
        steps = [self.send] * 6 + [self.group_send] * 2 + [self.read] * 7
        steps += [self.join, self.leave]
        if self.kind.server:  # others read it, too
            steps += [self.visit] * 4
        while self.left:
            self.left -= 1
            await self.chance.choice(steps)()

    def name(self) -> str:
        return self.chance.choice(self.fates.names)

    async def send(self) -> None:
        message = self.fates.new()
        try:
            await self.layer.send(self.name(), message)
        except ChannelFull:
            self.fates.sent[message["n"]] = "full"
        else:
            self.fates.sent[message["n"]] = "send"

    async def group_send(self) -> None:
        message = self.fates.new()
        await self.layer.group_send(self.chance.choice(GROUPS), message)
        self.fates.sent[message["n"]] = "group_send"

    async def join(self) -> None:
        await self.layer.group_add(self.chance.choice(GROUPS), self.name())

    async def leave(self) -> None:
        await self.layer.group_discard(self.chance.choice(GROUPS), self.name())

    async def read(self) -> None:
        channel = self.name()
        reading = asyncio.create_task(self.layer.receive(channel))
        await self.pause()
        reading.cancel()
        await self.take(channel, reading)

    async def visit(self) -> None:
        visitor = self.kind.at(**self.config)
        visitor.observer = self.fates
        channel = self.chance.choice(LISTS)
        readings = [
            asyncio.create_task(visitor.receive(channel)) for _ in range(3)
        ]
        await self.pause()
        for reading in readings[: self.chance.randrange(4)]:
            reading.cancel()
        await ticks(self.chance.randrange(6))
        async with asyncio.timeout(LIMIT / 3):  # less than a layer's own
            await visitor.close()
        for reading in readings:
            await self.take(channel, reading)

    async def pause(self) -> None:
        await ticks(self.chance.randrange(6))
        await asyncio.sleep(self.chance.choice([0, 0.001, 0.01, 0.03]))

    async def take(
        self, channel: str, reading: asyncio.Task[dict[str, Any]]
    ) -> None:
        """Note what a reader has got, if it has got anything."""
        await asyncio.wait([reading])
        if reading.cancelled():
            return
        error = reading.exception()
        if error is None:
            self.fates.note(channel, reading.result())
        elif not isinstance(error, LayerUnavailable):
            raise error


async def read_all(layer: Any, fates: Fates, channel: str) -> None:
    """Read what is left in a channel."""
    while True:
        reading = asyncio.create_task(layer.receive(channel))
        await asyncio.wait([reading], timeout=QUIET)
        reading.cancel()
        await asyncio.wait([reading])
        if reading.cancelled():
            return
        fates.note(channel, reading.result())


@pytest.fixture(scope="module", params=["memory", "redis on valkey", "nats"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Kind, str]]:
    """Return a kind of layer, and the URL of its server, if it has one."""
    kind = KINDS[request.param]
    folder: Path = tmp_path_factory.mktemp("server")
    if kind.server == "nats":
        with nats_server(folder) as url:
            yield kind, url
    elif kind.server:
        with valkey(folder) as url:
            yield kind, url
    else:
        yield kind, ""


@pytest.mark.timeout(0)  # each wait has a limit of its own
@pytest.mark.parametrize("seed", SEEDS)
def test_each_message_of_a_random_program_has_one_fate(
    seed: int, server: tuple[Kind, str]
) -> None:
    kind, url = server
    config: dict[str, Any] = {"url": url, "capacity": 5}
    if kind.server:
        config["prefix"] = fresh_prefix()
    layer, fates = kind.at(**config), Fates()
    layer.observer = fates
    programs = [
        Program(kind, config, layer, fates, random.Random(f"{seed} {n}"))
        for n in range(THREADS)
    ]
    with LoopThread() as one, LoopThread() as two, LoopThread() as three:
        with threads_taking_turns_often():
            running = [
                thread.submit(program.run())
                for thread, program in zip(
                    (one, two, three), programs, strict=True
                )
            ]
            for each in running:
                each.result(10 * LIMIT)
        names = fates.names
        reading = [one.submit(read_all(layer, fates, name)) for name in names]
        for rest in reading:
            rest.result(10 * LIMIT)
        one.run(layer.close())

    assert fates.wrong() == []
    assert {"send", "full", "group_send"} == set(fates.sent.values())
