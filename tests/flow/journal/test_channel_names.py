import json
from typing import Any

import pytest

from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.journal.channel_names import ChannelNames
from minichannels.flow.journal.events import Entry, Event
from minichannels.flow.journal.journal import Journal

ADA = "specific..inmemory!AbCdEfGhIjKl"
BOB = "specific..inmemory!MnOpQrStUvWx"


def known(*channels: str) -> Journal:
    """Return a journal that knows ada's channel, and others by numbers."""
    journal = Journal()
    journal.channels.note(ADA, journal.open_lane("ada", "Shop#1"))
    for number, channel in enumerate(channels, start=1):
        journal.channels.note(channel, f"channel#{number}")
    return journal


def carried(journal: Journal, payload: dict[str, Any]) -> Any:
    """Return what the event of a payload carries."""
    lane = journal.open_lane("eve", "Shop#2")
    journal.add(Entry("receive", lane, "websocket.receive", payload))
    return journal.line_up()[-1].payload


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (ADA, "Shop#1"),
        ([ADA, [BOB, 1], None], ["Shop#1", ["channel#1", 1], None]),
        ({"to": {"all": [ADA]}, "n": 2}, {"to": {"all": ["Shop#1"]}, "n": 2}),
        ({ADA: 1, BOB: ADA}, {"Shop#1": 1, "channel#1": "Shop#1"}),
        (f"to {ADA}, then {BOB}.", "to Shop#1, then channel#1."),
        (f"user-{ADA}-2", "user-Shop#1-2"),
        (json.dumps({"by": ADA}), '{"by": "Shop#1"}'),
        (json.dumps({"by": ADA}).encode(), b'{"by": "Shop#1"}'),
    ],
)
def test_a_payload_names_a_channel_as_the_flow_does(
    value: Any, named: Any
) -> None:
    assert carried(known(BOB), {"text": value}) == {"text": named}


@pytest.mark.parametrize(
    "value",
    [
        *("hello!", "hi!AbCdEfGhIjKl", BOB, f"{ADA}Z", f"specific!{ADA[19:]}"),
        *("notes", "stock!", "a!b.c"),
        *(b"hello!", f"é {BOB}".encode(), 5, None, [BOB, "!"], {BOB: "!"}),
    ],
)
def test_what_is_no_known_channels_name_stays_as_it_is(value: Any) -> None:
    # The last three are names that somebody has chosen.
    payload = {"text": value}

    assert carried(known("notes", "stock!", "a!b.c"), payload) is payload


def test_two_channels_of_one_consumer_take_no_place_of_each_other() -> None:
    journal = known()
    journal.channels.note(BOB, "Shop#1")

    named = carried(journal, {"read": {ADA: 1, BOB: 2}, "by": ADA})

    assert named == {"read": {ADA: 1, BOB: 2}, "by": "Shop#1"}


def test_channels_that_end_alike_are_told_apart() -> None:
    journal = known("reply.a!xyz", "other.a!xyz")

    named = carried(journal, {"to": ["other.a!xyz", "reply.a!xyz", "a!xyz"]})

    assert named == {"to": ["channel#2", "channel#1", "a!xyz"]}


def test_a_name_that_becomes_known_late_counts_for_earlier_events() -> None:
    journal = Journal()
    lane = journal.open_lane("ada", "application#1")
    journal.add(Entry("receive", lane, "x", {"by": ADA}))
    arrivals = Arrivals(journal)
    (before,) = arrivals.news()

    journal.channels.note(ADA, "channel#1")
    journal.channels.note(ADA, lane)  # whoever reads it comes before a number
    lane.application = "Shop#1"
    journal.channels.note(ADA, "channel#2")

    assert before.payload == {"by": ADA}
    assert journal.line_up()[0].payload == {"by": "Shop#1"}
    assert arrivals.changes()[0].payload == {"by": "Shop#1"}


def test_what_was_sent_is_not_changed() -> None:
    journal, payload = known(), {"by": [ADA], "text": ADA.encode()}

    assert carried(journal, payload) != payload
    assert payload == {"by": [ADA], "text": ADA.encode()}


def test_a_name_that_bytes_cannot_hold_is_escaped() -> None:
    journal = Journal()
    journal.channels.note(ADA, "Laden_λ#1")

    assert carried(journal, {"bytes": f"é {ADA}".encode()}) == {
        "bytes": "é ".encode() + b"Laden_\\u03bb#1"
    }


def test_only_the_latest_names_are_remembered() -> None:
    names = ChannelNames(kept=2)
    for letter in "abc":
        names.note(f"specific!{letter}", letter.upper())

    event = Event(1, "send", "", "", "x", {"of": "specific!a specific!c"}, 1)
    assert len(names) == 2
    assert names.named(event).payload == {"of": "specific!a C"}


def test_a_long_text_of_marks_is_looked_through_quickly() -> None:
    text = "a!" * 50_000  # at each mark nothing but a look-up

    assert carried(known(), {"text": text}) == {"text": text}
