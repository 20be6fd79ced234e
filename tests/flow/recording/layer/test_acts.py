"""Sends as acts: what is made of them, when, and that it is made once."""

import copy
import importlib
import weakref
from collections.abc import AsyncIterator, Iterable
from threading import Thread
from typing import Any

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.journal.cause_key import KEY
from minichannels.flow.journal.events import Entry, Who
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.layer import channels as owners
from minichannels.flow.recording.layer import inflight, messages
from minichannels.flow.recording.layer.acts import SEND, TracedSend
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.flow.recording.statuses import mark_unhandled
from minichannels.layers import InMemoryChannelLayer
from support.connections import connect
from support.loops import threads_taking_turns_often

MESSAGE = {"type": "x", "text": "hi"}
MEMBERS = ("a!1", "b!1", "c!1")


class Clock:
    """A clock that tells what it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(clock: Clock) -> Journal:
    return Journal(clock=clock)


@pytest.fixture
async def layer(journal: Journal) -> AsyncIterator[Any]:
    recorded = await recorded_of(journal)
    yield recorded
    recorded._minichannels_unwatch()


async def recorded_of(*journals: Journal) -> Any:
    """Return a layer with a group of three members, from before."""
    inner = InMemoryChannelLayer()
    for channel in MEMBERS:
        await inner.group_add("chat", channel)
    return RecordedLayer(inner, journals=lambda: journals)


async def broadcast(layer: Any) -> list[Any]:
    """Send to the group; return what each member reads."""
    await layer.group_send("chat", MESSAGE)
    return [await layer.receive(channel) for channel in MEMBERS]


def deliveries(journal: Journal) -> list[tuple[str, str]]:
    events = [event for event in Flow(journal) if event.kind == "deliver"]
    return [(event.target, event.status) for event in events]


async def test_no_entry_is_made_where_nobody_looks(
    layer: Any, journal: Journal
) -> None:
    events = await broadcast(layer)

    assert [event.part.made for event in events] == [{}] * 3
    assert len(journal) == 4
    assert (events[0].part.came, events[0].part.last) == (1, 4)
    assert events[0].part.made == {}
    assert events[1].entry.status == "delivered"
    assert list(events[0].part.made) == [1]  # its own alone


async def test_an_entry_is_the_same_before_and_after_the_journal_is_read(
    layer: Any, journal: Journal
) -> None:
    ada, bob, cid = await broadcast(layer)
    before = ada.entry

    entries = journal.entries()

    assert [e for e in entries if e.kind == "deliver"] == [
        before,
        bob.entry,
        cid.entry,
    ]
    assert before is ada.entry
    assert [e.came for e in entries] == [1, 2, 3, 4]


async def test_a_fate_that_is_noted_at_an_event_is_in_the_journal(
    layer: Any, journal: Journal
) -> None:
    events = await broadcast(layer)
    mark_unhandled(events[1].entry)

    assert [status for _, status in deliveries(journal)] == [
        *("delivered", "unhandled", "delivered"),
    ]


async def test_how_long_it_waited_is_known_whenever_it_is_looked_at(
    layer: Any, journal: Journal, clock: Clock
) -> None:
    clock.now = 10
    await layer.group_send("chat", MESSAGE)
    clock.now = 12
    await layer.receive("a!1")
    before = journal.entries()
    clock.now = 15
    await layer.receive("b!1")

    assert journal.entries() == before
    assert [(e.at, e.waited) for e in before if e.kind == "deliver"] == [
        *((10, 2), (10, 5), (10, None)),
    ]


async def test_who_follows_is_told_once_of_what_is_read_later(
    layer: Any, journal: Journal
) -> None:
    arrivals = Arrivals(journal)
    await layer.group_send("chat", MESSAGE)
    assert [e.status for e in arrivals.news() if e.kind == "deliver"] == [
        "waiting"
    ] * 3
    await layer.receive("b!1")

    assert [e.seq for e in arrivals.changes()] == [3]
    assert arrivals.changes() == []
    assert arrivals.news() == []


async def test_an_act_is_forgotten_bit_by_bit(clock: Clock) -> None:
    journal = Journal(8, clock)
    layer = await recorded_of(journal)
    first = await broadcast(layer)
    kept = first[0].entry
    await broadcast(layer)
    lane = journal.named_lane("notebook")
    forgotten = []
    for _ in range(5):
        forgotten.append([kept.forgotten, first[1].entry.forgotten])
        journal.add(Entry("send", lane, "x", {}))
        assert len(journal) == 8

    # First the send is forgotten, and then one delivery after the other.
    assert forgotten == [
        *([False, False], [False, False], [True, False], [True, True]),
        [True, True],
    ]
    assert first[2].entry.forgotten
    assert [e.came for e in journal.entries()] == [*range(6, 14)]
    layer._minichannels_unwatch()


async def test_an_act_is_forgotten_unseen(clock: Clock) -> None:
    journal = Journal(8, clock)
    layer = await recorded_of(journal)
    first = await broadcast(layer)
    for _ in range(30):
        await broadcast(layer)

    assert (len(journal), journal.left_out) == (8, 31 * 4 - 8)
    assert [event.part.made for event in first] == [{}] * 3
    entry = first[0].entry
    assert (entry.forgotten, entry.status) == (True, "delivered")
    layer._minichannels_unwatch()


async def test_deliveries_are_taken_back_from_between_others(
    layer: Any, journal: Journal
) -> None:
    class Broken(InMemoryChannelLayer):
        async def group_send(self, group: str, message: Any) -> None:
            await broadcast(layer)
            raise ConnectionError

    broken = RecordedLayer(Broken(), journals=lambda: (journal,))
    await broken.group_add("chat", "z!1")
    with pytest.raises(ConnectionError):
        await broken.group_send("chat", MESSAGE)
    broken._minichannels_unwatch()

    assert deliveries(journal) == [
        (f"channel#{number}", "delivered") for number in (1, 2, 3)
    ]
    assert len(journal) == 1 + 1 + 4


async def test_of_two_journals_each_has_its_own_entries(
    clock: Clock,
) -> None:
    first, second = Journal(clock=clock), Journal(clock=clock)
    layer = await recorded_of(first, second)
    events = await broadcast(layer)

    assert deliveries(first) == deliveries(second)
    assert len(first) == len(second) == 4
    own = {*first.entries()}
    assert all(event.entry in own for event in events)
    assert own.isdisjoint(second.entries())
    layer._minichannels_unwatch()


async def test_a_journal_may_have_some_of_the_deliveries_of_a_send(
    clock: Clock,
) -> None:
    first, second = Journal(clock=clock), Journal(6, clock)
    layer = await recorded_of(first)
    ada = connect(second)
    layer._minichannels_mail.owns("b!1", ada)
    await layer.group_send("chat", MESSAGE)
    event = await layer.receive("b!1")

    assert [e.kind for e in second.entries()] == ["deliver"]
    assert event.entry in second.entries()
    assert deliveries(first) == [
        ("channel#1", "waiting"),
        ("channel#2", "waiting"),
    ]
    for _ in range(7):
        await broadcast(layer)
    assert (len(second), second.left_out) == (6, 2)
    assert event.entry.forgotten
    layer._minichannels_unwatch()


async def test_what_is_odd_is_written_down_at_once_where_it_is_followed(
    layer: Any, journal: Journal
) -> None:
    for type_ in ("http.request", "x"):
        await layer.group_send("chat", {"type": type_})

    kinds = [e.type for e in journal.entries() if e.kind == "deliver"]
    assert sorted(kinds) == ["http.request"] * 3 + ["x"] * 3
    assert len(journal) == 8


@pytest.mark.parametrize("carried", ["hi", b"hi", ["hi"], {"says": "hi"}])
@pytest.mark.parametrize("looks", [False, True])
async def test_what_one_reader_changes_no_other_one_reads(
    carried: Any, looks: bool, layer: Any, journal: Journal
) -> None:
    sent = {"type": "x", "carried": carried}
    read = []
    for _ in range(2):  # the second time it is known who gets it
        await layer.group_send("chat", sent)
        for channel in MEMBERS:
            event = await layer.receive(channel)
            read.append(copy.deepcopy(dict(event)))
            if looks:
                journal.line_up()
            if isinstance(event["carried"], list):
                event["carried"].append("more")
            event["carried"], event["more"] = "other", 1

    assert read == [{"type": "x", "carried": carried}] * 6
    kept = [e.payload for e in Flow(journal) if e.kind == "deliver"]
    assert kept == [{"carried": carried}] * 6


@pytest.mark.parametrize(
    "values",
    [
        {"n": 1, "f": 0.5, "b": True, "none": None, "bytes": b"ab"},
        {"n": [1]},
        {"n": 2**70},
        {"text": "a" * 20_000},
        {1: "one"},
    ],
)
async def test_whatever_it_carries_is_in_the_journal(
    journal: Journal, values: Any
) -> None:
    class Nowhere(InMemoryChannelLayer):
        async def send(self, channel: str, message: Any) -> None:
            pass

    layer = RecordedLayer(Nowhere(), journals=lambda: (journal,))
    await layer.send("a!1", {"type": "x", **values})
    layer._minichannels_unwatch()

    sent, delivery = journal.entries()
    assert sent.payload == delivery.payload
    assert dict(sent.payload) == {str(k): v for k, v in values.items()}


async def test_a_journal_knows_what_an_act_weighs(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("minichannels.flow.journal.journal.KEPT_BYTES", 100)
    journal = Journal(clock=clock)
    layer = await recorded_of(journal)
    for number in range(20):
        await layer.group_send("chat", {"type": "xx", "n": number})

    # As they came: "xx", "n" and a number.
    assert [e.size for e in journal.entries()] == [4] * 25
    assert (len(journal), journal.left_out) == (25, 55)
    layer._minichannels_unwatch()


class Held:
    """A value that a layer without a serializer passes on."""

    def __deepcopy__(self, memo: Any) -> "Held":
        return self


@pytest.mark.parametrize("to_group", [False, True])
async def test_a_journal_holds_on_to_nothing_that_was_sent(
    journal: Journal, to_group: bool
) -> None:
    inner = importlib.import_module("channels.layers").InMemoryChannelLayer()
    layer: Any = RecordedLayer(inner, journals=lambda: (journal,))
    value = Held()
    there = weakref.ref(value)
    message = {"type": "x", "value": value}
    if to_group:  # which has no members
        await layer.group_send("chat", message)
    else:
        await layer.send("a", message)
        await layer.receive("a")
    del value, message
    for _ in range(2):
        await layer.send("b", MESSAGE)
        await layer.receive("b")

    assert there() is None
    (sent, *_) = Flow(journal)
    assert "Held" in sent.payload["value"]


def test_what_no_layer_has_yet_is_not_let_go() -> None:
    act = TracedSend({"type": "x", "list": []})
    act.let_go()
    assert act.gives() == {"type": "x", "list": []}
    act.let_go()
    assert act.message == {}
    assert act.shown_payload == {"list": []}


def test_a_very_large_number_is_no_light_one() -> None:
    for number in (2**64, -(2**64)):
        assert not TracedSend({"type": "x", "n": number}).is_plain
        assert TracedSend({"type": "x", "n": abs(number) - 1}).is_plain


async def test_a_plan_counts_until_something_changes(
    layer: Any, journal: Journal
) -> None:
    await broadcast(layer)
    layer._minichannels_mail.owns("a!1", connect(journal))
    await layer.group_discard("chat", "b!1")
    await layer.group_add("chat", "d!1")
    await layer.group_send("chat", {"type": "y"})

    assert [e.target for e in Flow(journal) if e.type == "y"] == [
        *("layer", "channel#3", "app of ada", "channel#4"),
    ]


async def test_another_capacity_is_seen_at_once(
    layer: Any, journal: Journal
) -> None:
    await layer.group_send("chat", MESSAGE)
    layer.capacity = 7
    await layer.group_send("chat", MESSAGE)
    layer.capacity = 8.5
    await layer.group_send("chat", MESSAGE)
    layer.channel_capacity = layer.compile_capacities({"b!*": 3})
    await layer.group_send("chat", MESSAGE)
    layer.get_capacity = lambda channel: 4
    await layer.group_send("chat", MESSAGE)

    waits = [e.reason for e in Flow(journal) if e.target == "channel#2"]
    assert waits == [
        *("waits 1/100", "waits 2/7", "waits 3/8.5", "waits 3/3", "waits 4/4"),
    ]


async def test_only_so_many_plans_are_remembered(
    layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owners, "MOST_PLANS", 2)
    for number in range(5):
        await layer.send(f"channel!{number}", MESSAGE)
    await layer.send("notes", MESSAGE)  # it may be called otherwise next time

    assert list(layer._minichannels_mail._owners.plans["channel_send"]) == [
        "channel!4"
    ]


async def test_a_channel_that_was_forgotten_is_there_again(
    layer: Any, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await broadcast(layer)
    monkeypatch.setattr(inflight, "MOST_EMPTY", -10)
    await layer.send("a!1", {"type": "y"})
    assert [*layer._minichannels_mail._in_flight.waiting] == ["a!1"]
    events = [await layer.receive("a!1"), *(await broadcast(layer))]

    assert {event.entry.status for event in events} == {"delivered"}
    assert len(journal) == 4 + 2 + 4


async def test_a_message_without_a_type_has_an_empty_one(
    layer: Any, journal: Journal
) -> None:
    await layer.send("a!1", {"n": 1})
    await layer.send("a!1", {"text": "hi"})

    events = [(e.type, e.payload, e.size) for e in journal.entries()]
    assert events == [("", {"n": 1}, 2)] * 2 + [("", {"text": "hi"}, 6)] * 2


async def test_whoever_watches_is_told_that_a_message_was_read(
    layer: Any, journal: Journal
) -> None:
    told: list[int] = []
    journal.watch(lambda: told.append(len(told)))
    await broadcast(layer)

    assert len(told) == 4


async def test_what_was_read_does_not_wait_when_its_journal_ends(
    layer: Any, journal: Journal
) -> None:
    await layer.group_send("chat", MESSAGE)
    await layer.receive("b!1")
    other = Journal()
    layer._minichannels_mail.finish(other)
    layer._minichannels_mail.finish(journal)
    event = await layer.receive("a!1")

    lost = [e.target for e in Flow(journal) if e.kind == "loss"]
    assert lost == ["channel#1", "channel#3"]
    assert event.entry.kind == "deliver"  # of what had been given up


async def test_an_event_knows_the_cell_that_it_comes_from(
    layer: Any, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "current_cell", lambda: "cell 5")
    await layer.send("a!1", MESSAGE)
    event = await layer.receive("a!1")

    assert (event.cell, event.entry.status) == ("cell 5", "delivered")


class Joined:
    """A log that is joined with those of other processes."""

    joins = True

    def added(self, entries: Iterable[Entry]) -> None:
        pass

    def took_back(self, entries: Iterable[Entry]) -> None:
        pass

    def named(self, channel: str, who: Who) -> None:
        pass


async def test_a_send_with_a_key_may_fail_as_any_other(
    journal: Journal,
) -> None:
    class Broken(InMemoryChannelLayer):
        async def send(self, channel: str, message: Any) -> None:
            assert KEY in message
            raise ConnectionError

    journal.log = Joined()
    layer = RecordedLayer(Broken(), journals=lambda: (journal,))
    with pytest.raises(ConnectionError):
        await layer.send("a!1", MESSAGE)
    layer._minichannels_unwatch()

    assert [(e.kind, e.status) for e in Flow(journal)] == [
        ("channel_send", "refused")
    ]
    assert KEY not in MESSAGE


async def test_who_acts_in_the_background_is_asked_each_time(
    layer: Any, journal: Journal
) -> None:
    await broadcast(layer)
    names = iter(["first task", "second task"])
    journal.background = lambda: next(names)
    for _ in range(2):
        await layer.group_send("chat", MESSAGE)

    assert [e.source for e in Flow(journal) if e.kind == "group_send"] == [
        *("notebook", "first task", "second task"),
    ]


async def test_what_is_of_http_goes_no_short_way(
    layer: Any, journal: Journal
) -> None:
    for _ in range(2):
        await broadcast(layer)
    await layer.group_send("chat", {"type": "http.request"})

    kinds = [e.kind for e in journal.entries() if e.type == "http.request"]
    assert sorted(kinds) == ["deliver"] * 3 + ["group_send"]


async def test_who_is_in_another_journal_sends_into_that_one(
    layer: Any, journal: Journal
) -> None:
    for _ in range(2):
        await broadcast(layer)
    other = Journal()
    token = CURRENT.set(connect(other))
    await layer.group_send("chat", MESSAGE)
    CURRENT.reset(token)

    assert [e.kind for e in Flow(other)] == ["group_send"] + ["deliver"] * 3
    assert [e.kind for e in Flow(journal)].count("group_send") == 2


async def test_a_lane_that_made_way_is_another_one_next_time() -> None:
    journal = Journal(kept=3)
    layer = await recorded_of(journal)
    await broadcast(layer)
    assert journal.crowded
    for _ in range(2):
        await layer.send("a!1", {"type": "y"})
    numbers = {e.lane.number for e in journal.entries()}
    for number in range(5):
        journal.named_lane(f"other {number}")
    await layer.send("a!1", {"type": "y"})
    await layer.receive("a!1")

    assert max(e.lane.number for e in journal.entries()) > max(numbers)
    layer._minichannels_unwatch()


async def test_whoever_replaces_receive_is_called(
    layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await layer.group_send("chat", MESSAGE)

    async def other(channel: str, *more: Any) -> Any:
        return {"type": "other", "more": more}

    assert (await layer.receive("a!1"))["type"] == "x"
    layer._minichannels_inner.receive = other
    assert (await layer.receive("b!1"))["type"] == "other"
    assert (await layer.receive("b!1", 5))["more"] == (5,)
    del layer._minichannels_inner.receive
    assert (await layer.receive("b!1"))["type"] == "x"


async def test_an_entry_that_two_threads_ask_for_is_one(
    layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = (await broadcast(layer))[0]
    part, other = event.part, []
    make = part._delivery

    def made(index: int) -> Entry:
        monkeypatch.undo()
        other.append(part.entry(index))  # what another thread asks meanwhile
        entry: Entry = make(index)
        return entry

    monkeypatch.setattr(part, "_delivery", made)
    assert event.entry is other[0]


async def test_what_is_read_while_its_entry_is_made_is_read(
    layer: Any, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    (act,) = [await _posted(layer)]
    make = act._delivery

    def made(index: int) -> Entry:
        entry: Entry = make(index)
        clock.now = 3
        layer._minichannels_mail.reads("a!1", MESSAGE)  # in another thread
        return entry

    monkeypatch.setattr(act, "_delivery", made)
    entry = act.entry(0)
    assert (entry.status, entry.waited) == ("delivered", 3)
    assert act.entry(SEND).kind == "group_send"


async def _posted(layer: Any) -> Any:
    await layer.group_send("chat", MESSAGE)
    return layer._minichannels_mail._in_flight.waiting["a!1"][0]


async def test_threads_send_read_and_look_at_once(
    layer: Any, journal: Journal
) -> None:
    mail, times = layer._minichannels_mail, 150
    seen: dict[int, Entry] = {}

    def read() -> None:
        for number in range(times):
            mail.posts("group_send", "chat", {"type": "x", "n": number})
            for channel in MEMBERS:
                mail.reads(channel, {"type": "x", "n": number})

    def look() -> None:
        while reader.is_alive():
            for entry in journal.since(0)[1]:
                assert seen.setdefault(entry.id, entry) is entry

    reader = Thread(target=read)
    looker = Thread(target=look)
    with threads_taking_turns_often():
        reader.start()
        looker.start()
        reader.join()
        looker.join()

    entries = journal.since(0)[1]
    assert [entry.came for entry in entries] == [*range(1, 4 * times + 1)]
    assert {e.status for e in entries} == {"delivered"}
    assert (
        layer._minichannels_mail.remembered() == 4
    )  # the names, and the group


async def test_several_threads_read_one_channel(
    layer: Any, journal: Journal
) -> None:
    mail, times = layer._minichannels_mail, 100
    token = CURRENT.set(None)
    for _ in range(2 * times):
        mail.posts("channel_send", "a!1", MESSAGE)
    CURRENT.reset(token)
    events: list[Any] = []

    def read() -> None:
        events.extend(mail.reads("a!1", MESSAGE) for _ in range(times))

    readers = [Thread(target=read) for _ in range(2)]
    with threads_taking_turns_often():
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()

    assert len({event.entry.id for event in events}) == 2 * times
    assert len(journal) == 4 * times
