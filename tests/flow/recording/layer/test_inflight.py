import pytest

from minichannels.flow import Journal
from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.recording.layer import inflight
from minichannels.flow.recording.layer.inflight import (
    KEY,
    Copies,
    InFlight,
    TracedSend,
    sender_of,
)


def copies(type_: str) -> Copies:
    return [(Journal(), Entry("deliver", Lane(1, "", ""), type_, {}))]


def test_take_returns_a_delivery_once() -> None:
    waiting = InFlight()
    one = copies("x")
    waiting.add("a", "1", one)

    assert waiting.take("a", "2") == []
    assert waiting.take("b", "1") == []
    assert waiting.take("a", "1") is one
    assert waiting.take("a", "1") == []
    assert "a" not in waiting
    assert len(waiting) == 0


def test_take_older_leaves_the_delivery_and_what_came_later() -> None:
    waiting = InFlight()
    all_of_them = [copies(str(number)) for number in range(4)]
    for number, each in enumerate(all_of_them):
        waiting.add("a", str(number), each)
    waiting.add("b", "0", copies("other"))

    assert waiting.take_older("a", "2") == [*all_of_them[0], *all_of_them[1]]
    assert waiting.take_older("a", "unknown") == []
    assert (waiting.number("a"), waiting.number("b")) == (2, 1)


def test_only_the_last_deliveries_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inflight, "MOST_WAITING", 3)
    waiting = InFlight()
    for number in range(10):
        waiting.add(f"a{number}", "1", copies("x"))

    assert [channel for channel, _, _ in waiting] == ["a7", "a8", "a9"]


def test_what_is_gone_through_may_be_taken() -> None:
    waiting = InFlight()
    for number in range(3):
        waiting.add("a", str(number), copies("x"))

    for channel, token, _ in waiting:
        waiting.take(channel, token)

    assert len(waiting) == 0


def test_a_message_carries_the_token_of_its_act() -> None:
    act = TracedSend({"type": "chat.message", "text": "hi"})
    act.begin()

    assert sender_of(act.message[KEY]) == act.id
    assert (act.type, act.payload) == ("chat.message", {"text": "hi"})


def test_what_was_given_stays_as_it_is() -> None:
    message = {"type": "x", "n": [1]}
    TracedSend(message).begin()

    assert message == {"type": "x", "n": [1]}


@pytest.mark.parametrize("token", ["", "5", "x.y", "another.5"])
def test_a_token_of_nobody_here_names_no_act(token: str) -> None:
    assert sender_of(token) is None
