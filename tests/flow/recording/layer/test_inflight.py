import math
from collections import UserDict
from typing import Any

import pytest

from minichannels.flow import Journal
from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.recording.layer import inflight
from minichannels.flow.recording.layer.inflight import (
    Copies,
    InFlight,
    TracedSend,
)


def copies(type_: str = "x") -> Copies:
    return [(Journal(), Entry("deliver", Lane(1, "", ""), type_, {}))]


def sent(**message: Any) -> TracedSend:
    return TracedSend({"type": "x", **message})


def put(waiting: InFlight, act: TracedSend, **to: Copies) -> list[int]:
    """Send to some channels; return in which place of each it waits."""
    places = [waiting.add(channel, act, one) for channel, one in to.items()]
    waiting.added(act)
    return places


def test_take_returns_a_delivery_once() -> None:
    waiting, act, one = InFlight(), sent(), copies()
    put(waiting, act, a=one)
    assert len(waiting) == 1

    assert waiting.take("a", sent()) == []
    assert waiting.take("a", None) == []
    assert waiting.take("b", act) == []
    assert waiting.take("a", act) is one
    assert waiting.take("a", act) == []
    assert "a" not in waiting
    assert len(waiting) == 0


def test_take_older_leaves_the_delivery_and_what_came_later() -> None:
    waiting = InFlight()
    acts = [sent(n=number) for number in range(4)]
    each = [copies(str(number)) for number in range(4)]
    first, *others = zip(acts, each, strict=True)
    assert put(waiting, first[0], b=copies("other"), a=first[1]) == [1, 1]
    for number, (act, one) in enumerate(others, 2):
        assert put(waiting, act, a=one) == [number]

    assert waiting.take_older("a", acts[2]) == [*each[0], *each[1]]
    assert [(channel, act) for channel, act, _ in waiting] == [
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
        put(waiting, sent(), **{f"a{number}": copies()})

    assert [channel for channel, _, _ in waiting] == ["a7", "a8", "a9"]


def test_of_a_send_to_very_many_the_last_deliveries_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 3)
    waiting = InFlight()
    put(waiting, sent(n=1), a0=copies())
    put(waiting, sent(n=2), **{f"a{number}": copies() for number in range(5)})

    assert [channel for channel, _, _ in waiting] == ["a2", "a3", "a4"]


def test_a_send_to_nobody_is_not_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 1)
    waiting = InFlight()
    put(waiting, sent())

    assert len(waiting) == 0
    assert list(waiting) == []
    for channel in ("a", "b"):  # the first is forgotten, not what went nowhere
        put(waiting, sent(), **{channel: copies()})
    assert [channel for channel, _, _ in waiting] == ["b"]


def test_what_is_gone_through_may_be_taken() -> None:
    waiting = InFlight()
    for number in range(3):
        put(waiting, sent(n=number), a=copies())

    for channel, act, _ in waiting:
        waiting.take(channel, act)

    assert len(waiting) == 0


def test_of_several_that_are_equal_the_oldest_or_the_newest_is_found() -> None:
    waiting = InFlight()
    first, other, last = sent(n=1), sent(n=2), sent(n=1)
    for act in (first, other, last):
        put(waiting, act, a=copies())

    read = {"type": "x", "n": 1}
    assert waiting.oldest("a", read) is first
    assert waiting.newest("a", read) is last
    assert waiting.oldest("a", {"type": "x", "n": 2}) is other
    assert waiting.oldest("a", {"type": "x", "n": 3}) is None
    assert waiting.oldest("a", {"type": "y", "n": 1}) is None
    assert waiting.oldest("b", read) is None


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
    put(waiting, act, a=copies())

    assert waiting.oldest("a", {"type": "x", "value": read}) is act


def test_a_message_that_contains_itself_is_known_again() -> None:
    message: dict[str, Any] = {"type": "x"}
    message["self"] = message
    waiting, act = InFlight(), TracedSend(message)
    put(waiting, act, a=copies())

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
    act.begin()

    assert act.message == message == {"type": "x", "n": [1]}
    assert act.message["n"] is not message["n"]
    assert (act.type, act.payload) == ("x", {"n": [1]})
