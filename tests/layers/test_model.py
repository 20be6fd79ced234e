"""Channel layers against a small model, step by step.

Each step is one operation on one of two event loops, which run in threads of
their own. After it both loops come to rest, and the layer must be where the
model is: who got what, what waits, what was dropped and what expired.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from minichannels.exceptions import ChannelFull
from minichannels.layers import InMemoryChannelLayer
from minichannels.layers.mailbox import NOTHING, Mailbox
from support.clock import Clock
from support.contract import ENGINES, KINDS, Kind
from support.loops import LIMIT, LoopThread

EXPIRY, GROUP_EXPIRY = 10, 15
CHANNELS = ["a", "tiny!b"]
CAPACITIES = {"a": 3, "tiny!b": 1}
GROUPS = ["g", "h"]

LOOPS = st.integers(0, 1)
NUMBERS = st.integers(0, 10)


@dataclass
class Reader:
    """A ``receive()`` that waits, on one of the loops."""

    channel: str
    loop: int
    task: asyncio.Task[dict[str, Any]]


@dataclass
class Model:
    """What the layer promises, in the simplest words; it knows no readers."""

    now: float = 0
    boxes: dict[str, list[tuple[float, int]]] = field(
        default_factory=lambda: {channel: [] for channel in CHANNELS}
    )
    joined: dict[tuple[str, str], float] = field(default_factory=dict)
    lost: list[tuple[str, int, str]] = field(default_factory=list)

    def sweep(self) -> None:
        for channel, box in self.boxes.items():
            while box and self.now > box[0][0]:
                self.lost.append((channel, box.pop(0)[1], "expired"))
                self.leave(channel)

    def put(self, channel: str, number: int) -> bool:
        if len(self.boxes[channel]) == CAPACITIES[channel]:
            return False
        self.boxes[channel].append((self.now + EXPIRY, number))
        return True

    def leave(self, channel: str) -> None:
        for group in GROUPS:
            self.joined.pop((group, channel), None)

    def empty(self, channel: str) -> None:
        self.boxes[channel].clear()
        self.leave(channel)

    def members(self, group: str) -> list[str]:
        return [
            channel
            for channel in CHANNELS
            if self.now - self.joined.get((group, channel), -99) <= GROUP_EXPIRY
        ]


class LayerMachine(RuleBasedStateMachine):
    """Does the same to the layer and to the model, and compares.

    Attributes:
        may_be_quicker: whether a message may have reached its reader when
            send() returns.
        names: what the layer calls the channels of the model.
    """

    loops: ClassVar[list[LoopThread]]
    may_be_quicker = False

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.layer = self.make(
            expiry=EXPIRY,
            group_expiry=GROUP_EXPIRY,
            capacity=3,
            channel_capacity={"tiny*": 1},
            clock=self.clock,
        )
        self.names = {channel: channel for channel in CHANNELS}
        self.layer.observer = self
        self.model = Model()
        self.readers: list[Reader] = []
        self.lost: list[tuple[str, int, str]] = []
        self.number = 0

    def message_lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> None:
        known = {name: channel for channel, name in self.names.items()}
        self.lost.append((known[channel], message["n"], reason))

    # What differs from layer to layer

    def make(self, **config: Any) -> Any:
        """Return a new layer."""
        return InMemoryChannelLayer(**config)

    def sweep(self) -> None:
        """Have the layer look for what expired, if it would not at once."""

    def arrive(self) -> None:
        """Wait for what is under way."""

    def teardown(self) -> None:
        for reader in self.readers:
            loop = self.loops[reader.loop].loop
            loop.call_soon_threadsafe(reader.task.cancel)
        self.rest()

    # What is done

    @rule(seconds=st.sampled_from([1, 5, 9, 10, 11]))
    def time_passes(self, seconds: int) -> None:
        self.clock.now += seconds
        self.model.now += seconds

    @rule(loop=LOOPS, channel=st.sampled_from(CHANNELS))
    def send(self, loop: int, channel: str) -> None:
        message = self.new_message()
        self.sweep()
        self.model.sweep()
        if self.model.put(channel, message["n"]):
            self.loops[loop].run(self.layer.send(self.names[channel], message))
        else:
            with pytest.raises(ChannelFull):
                self.loops[loop].run(
                    self.layer.send(self.names[channel], message)
                )
        self.deliver(channel)

    @rule(
        loop=LOOPS,
        channel=st.sampled_from(CHANNELS),
        times=st.integers(1, 3),
    )
    def receive(self, loop: int, channel: str, times: int) -> None:
        name = self.names[channel]

        async def begin() -> asyncio.Task[dict[str, Any]]:
            return asyncio.create_task(self.layer.receive(name))

        self.sweep()
        self.model.sweep()
        for _ in range(times):
            task = self.loops[loop].run(begin())
            self.readers.append(Reader(channel, loop, task))
        self.deliver(channel)

    @precondition(lambda self: self.readers)
    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        reader = self.readers.pop(number % len(self.readers))
        self.loops[reader.loop].loop.call_soon_threadsafe(reader.task.cancel)
        self.rest()
        assert reader.task.cancelled()

    @precondition(lambda self: self.readers)
    @rule(loop=LOOPS, number=NUMBERS, early=st.booleans())
    def send_and_cancel(self, loop: int, number: int, early: bool) -> None:
        """A reader gives up right before, or right after it was woken."""
        reader = self.readers.pop(number % len(self.readers))
        message = self.new_message()
        self.sweep()
        self.model.sweep()
        # Its channel has a reader, so it is empty, and has room.
        assert self.model.put(reader.channel, message["n"])

        name = self.names[reader.channel]

        async def on_the_readers_loop() -> None:
            if early or self.may_be_quicker:
                reader.task.cancel()
            if loop == reader.loop:
                await self.layer.send(name, message)
            else:  # this loop stands still meanwhile
                self.loops[loop].run(self.layer.send(name, message))
            reader.task.cancel()

        self.loops[reader.loop].run(on_the_readers_loop())
        self.rest()
        self.deliver(reader.channel)
        assert reader.task.cancelled()

    @rule(
        loop=LOOPS,
        group=st.sampled_from(GROUPS),
        channel=st.sampled_from(CHANNELS),
    )
    def group_add(self, loop: int, group: str, channel: str) -> None:
        self.loops[loop].run(self.layer.group_add(group, self.names[channel]))
        self.model.joined[group, channel] = self.model.now

    @rule(
        loop=LOOPS,
        group=st.sampled_from(GROUPS),
        channel=st.sampled_from(CHANNELS),
    )
    def group_discard(self, loop: int, group: str, channel: str) -> None:
        self.loops[loop].run(
            self.layer.group_discard(group, self.names[channel])
        )
        self.model.joined.pop((group, channel), None)

    @rule(loop=LOOPS, group=st.sampled_from(GROUPS))
    def group_send(self, loop: int, group: str) -> None:
        message = self.new_message()
        self.sweep()
        self.model.sweep()
        members = self.model.members(group)
        for channel in members:
            if not self.model.put(channel, message["n"]):
                full = f"full {CAPACITIES[channel]}/{CAPACITIES[channel]}"
                self.model.lost.append((channel, message["n"], full))
        self.loops[loop].run(self.layer.group_send(group, message))
        self.arrive()  # also where nobody is a member, before time passes
        for channel in members:
            self.deliver(channel)

    @rule(loop=LOOPS, channels=st.sampled_from([*CHANNELS, CHANNELS]))
    def release_or_flush(self, loop: int, channels: str | list[str]) -> None:
        if isinstance(channels, str):
            self.loops[loop].run(self.layer.release(self.names[channels]))
            self.model.lost += [
                (channels, n, "undelivered")
                for _, n in self.model.boxes[channels]
            ]
        else:
            self.loops[loop].run(self.layer.flush())
            self.arrive()
        for channel in CHANNELS:
            if channel in channels:
                self.model.empty(channel)

    # What must be true

    def deliver(self, channel: str) -> None:
        """The oldest message went to one of the channel's readers, if any."""
        if self.readers:
            self.rest()
        else:
            self.arrive()
        here = [r for r in self.readers if r.channel == channel]
        box = self.model.boxes[channel]
        done = [reader for reader in here if reader.task.done()]
        assert len(done) == min(len(here), len(box))
        for reader in done:
            assert reader.task.result() == {"n": box.pop(0)[1]}
            self.readers.remove(reader)

    @invariant()
    def nobody_else_got_anything(self) -> None:
        assert not [r for r in self.readers if r.task.done()]

    @invariant()
    def same_messages_wait(self) -> None:
        waiting = {
            channel: len(mailbox.messages)
            for channel, mailbox in self.layer.channels.items()
            if mailbox.messages
        }
        assert waiting == {
            self.names[channel]: len(box)
            for channel, box in self.model.boxes.items()
            if box
        }

    @invariant()
    def same_readers_wait(self) -> None:
        waiting = sum(len(m.readers) for m in self.layer.channels.values())
        assert waiting == len(self.readers)

    @invariant()
    def same_members_are_in_the_groups(self) -> None:
        # The layer forgets one whose time is over when it next sends there.
        for group in GROUPS:
            joined = self.layer.groups.get(group, {})
            members = [
                channel
                for channel, since in joined.items()
                if self.clock.now - since <= GROUP_EXPIRY
            ]
            expected = [self.names[m] for m in self.model.members(group)]
            assert sorted(members) == sorted(expected)

    @invariant()
    def nothing_is_kept_for_nothing(self) -> None:
        for mailbox in self.layer.channels.values():
            assert mailbox.messages or mailbox.readers

    @invariant()
    def what_is_kept_has_its_time(self) -> None:
        """A mailbox is looked at when its first message would expire."""
        if isinstance(self.layer, InMemoryChannelLayer):
            waited_for = {c for c, m in self.mailboxes() if m.readers}
            timed = {
                c for c, m in self.mailboxes() if m.messages is not NOTHING
            }
            assert timed <= self.layer._minichannels.expiry._scheduled
            assert set(self.layer._minichannels.mailboxes) == waited_for | timed

    def mailboxes(self) -> Iterable[tuple[str, Mailbox]]:
        return self.layer._minichannels.mailboxes.items()  # type: ignore[no-any-return]

    @invariant()
    def same_messages_are_lost(self) -> None:
        # Which of several channels expires first is nobody's concern.
        assert sorted(self.lost) == sorted(self.model.lost)
        reasons = Counter(why.split()[0] for _, _, why in self.model.lost)
        assert self.layer.expired == reasons["expired"]
        assert self.layer.undelivered == reasons["undelivered"]
        assert self.layer.dropped == reasons["full"]

    # Helpers

    def new_message(self) -> dict[str, Any]:
        self.number += 1
        return {"n": self.number}

    def rest(self) -> None:
        """Let both loops come to rest; a wake may cross over and back."""
        self.arrive()
        one, other = self.loops
        for loop in (one, other, one, other):
            loop.settle()


@pytest.fixture
def loops() -> Iterator[list[LoopThread]]:
    with LoopThread() as one, LoopThread() as other:
        yield [one, other]


class RemoteMachine(LayerMachine):
    """The same across processes: each channel is another loop's mailbox."""

    kind: ClassVar[Kind]
    may_be_quicker = True

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        for loop, channel in zip(self.loops, CHANNELS, strict=True):
            prefix = channel.partition("!")[0]
            self.names[channel] = loop.run(self.layer.new_channel(prefix))

    def make(self, **config: Any) -> Any:
        return self.kind.at(self.url, **config)

    def sweep(self) -> None:
        for session in self.layer._minichannels.sessions.by_id.values():
            session.mailboxes.room("any")

    def arrive(self) -> None:
        for session in self.layer._minichannels.sessions.by_id.values():
            arrived = session.shard("any").caught_up()
            future = asyncio.run_coroutine_threadsafe(arrived, session.loop)
            future.result(LIMIT)

    def teardown(self) -> None:
        super().teardown()
        self.loops[0].run(self.layer.close())


def play(machine: type[LayerMachine], examples: int) -> None:
    """Let a machine do as many things as it is told to.

    What fails is done again. If it does not fail again, as a thread that was
    waited for too long, hypothesis says that data were drawn inconsistently:
    what failed is told instead.
    """
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                database=None,
            ),
        )
    except FlakyFailure as flaky:
        raise flaky.exceptions[0] from None


def test_layer_in_memory_does_what_the_model_does(
    loops: list[LoopThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LayerMachine, "loops", loops, raising=False)

    play(LayerMachine, 80)


@pytest.mark.parametrize("engine", ENGINES)
def test_layer_across_processes_does_what_the_model_does(
    loops: list[LoopThread],
    url: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
) -> None:
    kind = KINDS[engine]
    for name, value in {
        "loops": loops, "kind": kind, "url": url(kind.server)
    }.items():  # fmt: skip
        monkeypatch.setattr(RemoteMachine, name, value, raising=False)

    play(RemoteMachine, 25)
