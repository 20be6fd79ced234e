"""Messages are taken out without the lock, between any two lines if need be.

A queue from which another reader takes at a certain look shows the lines, and
threads that do all at once show whether one was forgotten.
"""

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import pytest

from minichannels.exceptions import ChannelFull
from minichannels.layers import InMemoryChannelLayer
from minichannels.layers.mailbox import Waiting
from support.clock import Clock
from support.loops import threads_taking_turns_often, ticks

EXPIRY = 10
SENDS = 1000
Message = dict[str, Any]
T = TypeVar("T")


class Raced(deque[Waiting]):
    """Is read by another thread just after somebody has looked at it."""

    def __init__(self, messages: deque[Waiting], look: str) -> None:
        super().__init__(messages)
        self.look = look
        self.read: list[Any] = []

    def __len__(self) -> int:
        length = super().__len__()
        self._looked("length")
        return length

    def __getitem__(self, index: Any, /) -> Any:
        found = super().__getitem__(index)
        self._looked("first")
        return found

    def _looked(self, look: str) -> None:
        if look == self.look:
            self.look = "no more"
            self.read.append(self.popleft()[1])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def layer(clock: Clock) -> InMemoryChannelLayer:
    return InMemoryChannelLayer(expiry=EXPIRY, clock=clock)


def raced(layer: InMemoryChannelLayer, look: str) -> Raced:
    """Let the first message of channel ``a`` be read at a look."""
    mailbox = layer.channels["a"]
    mailbox.messages = queue = Raced(mailbox.messages, look)
    return queue


@pytest.mark.parametrize("look", ["length", "first"])
async def test_message_is_read_by_one(
    layer: InMemoryChannelLayer, look: str
) -> None:
    await layer.send("a", {"n": 1})
    await layer.send("a", {"n": 2})
    queue = raced(layer, look)

    read = await layer.receive("a")

    left = [message for _, message in queue]
    assert [*queue.read, read, *left] == [{"n": 1}, {"n": 2}]


async def test_message_that_another_takes_is_waited_for_no_more(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("a", {"n": 1})
    queue = raced(layer, "length")

    reading = asyncio.create_task(layer.receive("a"))
    await ticks(1)
    await layer.send("a", {"n": 2})

    assert await reading == {"n": 2}
    assert queue.read == [{"n": 1}]


async def test_message_that_another_takes_leaves_the_bell_where_it_is(
    layer: InMemoryChannelLayer,
) -> None:
    rung: list[bool] = []
    take = layer.reader("a", lambda: rung.append(True))
    assert take
    await layer.send("a", {"n": 1})
    queue = raced(layer, "length")

    assert take() is None
    await layer.send("a", {"n": 2})

    assert rung == [True]
    assert take() == {"n": 2}
    assert queue.read == [{"n": 1}]


@pytest.mark.parametrize("look", ["length", "first"])
async def test_message_that_is_read_as_it_expires_does_not_expire(
    layer: InMemoryChannelLayer, clock: Clock, look: str
) -> None:
    await layer.send("a", {"n": 1})
    clock.now = EXPIRY / 2
    await layer.send("a", {"n": 2})
    queue = raced(layer, look)

    clock.now = EXPIRY + 1
    await layer.send("a", {"n": 3})

    assert layer.expired == 0
    assert queue.read == [{"n": 1}]
    assert [await layer.receive("a") for _ in range(2)] == [{"n": 2}, {"n": 3}]


async def test_only_message_that_is_read_as_it_expires_leaves_no_mailbox(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    await layer.send("a", {"n": 1})
    queue = raced(layer, "length")

    clock.now = EXPIRY + 1
    await layer.send("b", {})

    assert layer.expired == 0
    assert queue.read == [{"n": 1}]
    assert list(layer._minichannels.mailboxes) == ["b"]


async def test_message_that_is_read_as_its_channel_is_released_was_delivered(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("a", {"n": 1})
    queue = raced(layer, "length")

    await layer.release("a")

    assert layer.undelivered == 0
    assert queue.read == [{"n": 1}]
    assert layer.channels == {}


class Equal:
    """Equal to a text, and none."""

    def __hash__(self) -> int:
        return hash("a")

    def __eq__(self, other: object) -> bool:
        return other == "a"


async def test_name_that_is_only_equal_to_one_takes_nothing(
    layer: InMemoryChannelLayer,
) -> None:
    await layer.send("a", {"n": 1})
    name: Any = Equal()

    with pytest.raises(TypeError, match="a channel name is a str, not"):
        await layer.receive(name)

    assert await layer.receive("a") == {"n": 1}


@pytest.mark.parametrize("error", [LookupError, TypeError])
async def test_error_of_the_clock_is_the_readers(
    layer: InMemoryChannelLayer, error: type[Exception]
) -> None:
    await layer.send("a", {"n": 1})
    times = iter([error("no time")])

    def clock() -> float:
        for problem in times:
            raise problem
        return 0

    layer._minichannels.clock = clock

    with pytest.raises(error, match="no time"):
        await layer.receive("a")
    assert await layer.receive("a") == {"n": 1}


# All at once


class Losses:
    """Writes down what is lost, and whether it was too early."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.seen: Counter[tuple[str, int]] = Counter()
        self.early: list[Message] = []

    def message_lost(self, channel: str, message: Message, reason: str) -> None:
        if channel == "b":
            return
        if reason == "expired" and self.clock.now <= message["at"] + EXPIRY:
            self.early.append(message)
        self.seen[message["from"], message["n"]] += 1


class Threads:
    """What each of several threads does with one layer, without a pause."""

    def __init__(self, layer: InMemoryChannelLayer, clock: Clock) -> None:
        self.layer = layer
        self.clock = clock
        self.sent: Counter[tuple[str, int]] = Counter()
        self.over = False

    def send(self, sender: str) -> None:
        for n in range(SENDS):
            message = {"from": sender, "n": n, "at": self.clock.now}
            while (sender, n) not in self.sent:
                with suppress(ChannelFull):
                    now(self.layer.send("a", message))
                    self.sent[sender, n] += 1

    def read(self) -> list[Message]:
        log = []
        while not self.over:
            with suppress(RuntimeError):  # no loop on which to wait
                log.append(now(self.layer.receive("a")))
        return log

    def disturb(self) -> None:
        """Let time pass, and release the channel now and then."""
        for number in itertools.count():
            if self.over:
                return
            self.clock.now += EXPIRY / 50
            now(self.layer.send("b", {"from": "b", "n": number, "at": 0}))
            if number % 200 == 199:
                now(self.layer.release("a"))
            now(self.layer.release("b"))


def now(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that does not wait."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("it waits")


@pytest.fixture
def often() -> Iterator[None]:
    """Let threads take turns after every few lines."""
    with threads_taking_turns_often():
        yield


@pytest.mark.usefixtures("often")
def test_each_message_is_read_once_or_counted_once(
    layer: InMemoryChannelLayer, clock: Clock
) -> None:
    layer.observer = losses = Losses(clock)
    threads = Threads(layer, clock)

    with ThreadPoolExecutor(5) as pool:
        readings = [pool.submit(threads.read) for _ in range(2)]
        disturbing = pool.submit(threads.disturb)
        for sending in [pool.submit(threads.send, name) for name in "xy"]:
            sending.result()
        while "a" in layer.channels and not readings[0].done():
            pass
        threads.over = True
        disturbing.result()
        logs = [reading.result() for reading in readings]

    read = Counter((m["from"], m["n"]) for log in logs for m in log)
    assert read + losses.seen == threads.sent
    assert losses.early == []
    for log, name in itertools.product(logs, "xy"):
        numbers = [m["n"] for m in log if m["from"] == name]
        assert numbers == sorted(numbers)
