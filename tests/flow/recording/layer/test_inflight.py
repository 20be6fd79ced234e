import math
import weakref
from collections import UserDict
from typing import Any

import pytest

from minichannels.flow import Journal
from minichannels.flow.recording.layer import inflight
from minichannels.flow.recording.layer.acts import TracedSend
from minichannels.flow.recording.layer.inflight import InFlight
from minichannels.flow.recording.layer.plans import LaneRow, Plan

JOURNAL = Journal()


def sent(**message: Any) -> TracedSend:
    return TracedSend({"type": "x", **message})


class Watched(TracedSend):
    """A send of which a test can tell whether it is there."""


def put(waiting: InFlight, act: TracedSend, *channels: str) -> list[int]:
    """Send to some channels; return in which place of each it waits."""
    row = LaneRow(len(channels))
    for place, channel in enumerate(channels):
        row.add(place, JOURNAL.named_lane(channel))
    rows = {JOURNAL: row} if channels else {}
    plan = Plan(channels, waiting.mailboxes(channels), rows, (JOURNAL,))
    waiting.begin(act)
    act.goes(plan, ((JOURNAL, JOURNAL.named_lane("notebook")),), 5)
    waiting.add(act)
    return list(act.numbers or [1] * len(channels))


def read(waiting: InFlight, channel: str) -> None:
    """Read the oldest, as it is done where there is no lock."""
    act = waiting.waiting[channel][0]
    act.places.pop(channel)
    waiting.waiting[channel].remove(act)


def test_take_returns_a_delivery_once() -> None:
    waiting, act = InFlight(), sent()
    put(waiting, act, "a")
    assert len(waiting) == 1
    other = sent()
    put(waiting, other, "c")

    assert waiting.take("a", other) == []
    assert waiting.take("b", act) == []
    ((journal, entry),) = waiting.take("a", act)
    assert (journal, entry.lane) == (JOURNAL, JOURNAL.named_lane("a"))
    assert waiting.take("a", act) == []
    assert "a" not in waiting
    assert len(waiting) == 1


def test_take_older_leaves_the_delivery_and_what_came_later() -> None:
    waiting = InFlight()
    acts = [sent(n=number) for number in range(4)]
    first, *others = acts
    assert put(waiting, first, "b", "a") == [1, 1]
    for number, act in enumerate(others, 2):
        assert put(waiting, act, "a") == [number]

    older = waiting.take_older("a", acts[2])

    assert [entry.payload["n"] for _, entry in older] == [0, 1]
    assert list(waiting) == [
        ("b", acts[0]),
        ("a", acts[2]),
        ("a", acts[3]),
    ]


def test_only_the_last_deliveries_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 3)
    waiting = InFlight()
    for number in range(10):
        put(waiting, sent(), f"a{number}")

    assert [channel for channel, _ in waiting] == ["a7", "a8", "a9"]


def test_of_a_send_to_very_many_the_last_deliveries_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 3)
    waiting = InFlight()
    put(waiting, sent(n=1), "a0")
    put(waiting, sent(n=2), *(f"a{number}" for number in range(5)))

    assert [channel for channel, _ in waiting] == ["a2", "a3", "a4"]


def test_what_was_read_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 3)
    waiting = InFlight()
    put(waiting, sent(n=1), "a", "b")
    put(waiting, sent(n=2), "c")
    read(waiting, "b")
    read(waiting, "c")
    put(waiting, sent(n=3), "d", "e")

    assert [channel for channel, _ in waiting] == ["a", "d", "e"]


def test_what_was_read_is_not_counted_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 20)
    waiting = InFlight()
    counted: list[None] = []
    count = waiting._count
    monkeypatch.setattr(waiting, "_count", lambda: counted.append(count()))
    for number in range(24):
        put(waiting, sent(n=number), "a")

    assert len(waiting) == 20
    assert len(counted) == 2  # at the first of too many, and after two more


def test_what_was_read_is_let_go_behind_what_nobody_reads() -> None:
    waiting = InFlight()
    put(waiting, sent(n=0), "ghost")
    seen = []
    for number in range(1, 200):
        act = Watched({"type": "x", "n": number})
        seen.append(weakref.ref(act))
        put(waiting, act, "a", "b")
        read(waiting, "a")
        read(waiting, "b")
    put(waiting, sent(n=200), "a")
    del act

    there = [ref for ref in seen if ref() is not None]
    # Those sent last may be asked for by who joined unseen.
    assert len(there) <= inflight.MOST_RECENT + inflight.MOST_READ + 1
    assert [channel for channel, _ in waiting] == ["ghost", "a"]
    assert waiting.take_of("ghost", {"type": "x", "n": 0})[0] is not None


def test_a_send_to_nobody_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 1)
    waiting = InFlight()
    put(waiting, sent())

    assert len(waiting) == 0
    assert list(waiting) == []
    for channel in ("a", "b"):  # the first is forgotten, not what went nowhere
        put(waiting, sent(), channel)
    assert [channel for channel, _ in waiting] == ["b"]


def test_channels_in_which_nothing_waits_are_forgotten_if_they_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflight, "MOST_EMPTY", 2)
    waiting = InFlight()
    put(waiting, sent(), "a")
    assert not waiting.tidy()
    for name in "bcdef":
        waiting.mailboxes(name)

    assert waiting.tidy()
    assert list(waiting.waiting) == ["a"]
    assert not waiting.tidy()


def test_what_is_gone_through_may_be_taken() -> None:
    waiting = InFlight()
    for number in range(3):
        put(waiting, sent(n=number), "a")

    for channel, act in waiting:
        waiting.take(channel, act)

    assert len(waiting) == 0


def test_of_several_that_are_equal_the_oldest_or_the_newest_is_found() -> None:
    waiting = InFlight()
    first, other, last = sent(n=1), sent(n=2), sent(n=1)
    for act in (first, other, last):
        put(waiting, act, "a")

    read = {"type": "x", "n": 1}
    assert waiting.oldest("a", read) is first
    assert waiting.newest("a", read) is last
    assert waiting.oldest("a", {"type": "x", "n": 2}) is other
    assert waiting.oldest("a", {"type": "x", "n": 3}) is None
    assert waiting.oldest("a", {"type": "y", "n": 1}) is None
    assert waiting.oldest("b", read) is None


def test_what_another_thread_reads_just_now_is_not_taken_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = InFlight()
    first, second = sent(), sent()
    for act in (first, second):
        put(waiting, act, "a")
    find = waiting.oldest

    def found(channel: str, message: Any) -> TracedSend | None:
        act = find(channel, message)
        if act is first:
            read(waiting, "a")
        return act

    monkeypatch.setattr(waiting, "oldest", found)
    assert waiting.take_of("a", {"type": "x"})[0] is second
    assert waiting.take_of("a", {"type": "x"}) == (None, [])


class Picky:
    """A value that does not say whether it is equal to another."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]  # as arrays have none


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ((1, 2), [1, 2]),
        (math.nan, float("nan")),
        ([math.nan], [float("nan")]),
        (bytearray(b"a"), b"a"),
        (Picky(), Picky()),
        (UserDict(a=1), {"a": 1}),
    ],
)
def test_what_a_serializer_made_of_a_value_is_still_the_same(
    given: Any, read: Any
) -> None:
    waiting, act = InFlight(), sent(value=given)
    put(waiting, act, "a")

    assert waiting.oldest("a", {"type": "x", "value": read}) is act


def test_a_message_that_contains_itself_is_known_again() -> None:
    message: dict[str, Any] = {"type": "x"}
    message["self"] = message
    waiting, act = InFlight(), TracedSend(message)
    put(waiting, act, "a")

    assert waiting.oldest("a", act.message) is act
    assert waiting.oldest("a", message) is act


def test_the_last_sends_are_known_whoever_got_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = InFlight()
    first, *others = (sent(n=number) for number in range(inflight.MOST_RECENT))
    for act in (first, *others, sent(n=1), sent(n=0)):
        waiting.begin(act)
    second = others[0]

    assert waiting.recent({"type": "x", "n": 1}) not in (None, second)
    assert waiting.recent({"type": "x", "n": 0}) not in (None, first)
    assert waiting.recent({"type": "x", "n": -1}) is None
    waiting.begin(sent())
    assert waiting.recent({"type": "x", "n": 2}) is None


def test_a_send_takes_nothing_from_what_was_given_and_adds_nothing() -> None:
    message = {"type": "x", "n": [1]}
    act = TracedSend(message)
    InFlight().begin(act)

    assert act.message == message == {"type": "x", "n": [1]}
    assert act.message["n"] is not message["n"]
    assert act.content == ("x", {"n": [1]})
