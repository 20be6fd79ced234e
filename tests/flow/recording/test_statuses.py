"""The table of fates, row by row, without a layer or an application."""

from collections.abc import Callable

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.journal.events import Entry
from minichannels.flow.recording.statuses import (
    mark_lost,
    mark_not_arrived,
    mark_not_begun,
    mark_overtaken,
    mark_read,
    mark_refused,
    mark_unanswered,
    mark_unhandled,
    mark_waiting,
    mark_without_room,
)

Fates = list[tuple[str, str, str]]


def arrived(journal: Journal) -> Entry:
    """Return a delivery that waits."""
    lane = journal.open_lane("ada", "chat")
    entry = Entry("deliver", lane, "x", {"n": 1}, "room", lane)
    entry.group = "room"
    mark_waiting(entry, 1, 2)
    journal.add(entry)
    return entry


def fates(journal: Journal) -> Fates:
    return [(e.kind, e.status, e.reason) for e in Flow(journal)]


def test_of_what_no_journal_has_it_is_not_known_how_long_it_waited() -> None:
    journal = Journal()
    entry = Entry("deliver", journal.open_lane("ada", "chat"), "x", {})
    mark_waiting(entry, 1, 2)

    assert mark_read(entry, journal) is entry
    assert (entry.status, entry.waiting, entry.waited) == (
        "delivered",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("happens", "status", "reason"),
    [
        (lambda entry: mark_waiting(entry, 3, None), "waiting", "waits 3"),
        (lambda entry: mark_waiting(entry, 3, 2), "waiting", "waits 2/2"),
        (
            lambda entry: mark_without_room(entry, "dropped", 2),
            "dropped",
            "full 2/2",
        ),
        (
            lambda entry: mark_without_room(entry, "refused", None),
            "refused",
            "full",
        ),
        (mark_overtaken, "undelivered", "not received"),
        (mark_unhandled, "unhandled", "no handler"),
        (lambda entry: mark_refused(entry, "raised"), "refused", "raised"),
        (mark_not_arrived, "undelivered", "undelivered"),
        (mark_unanswered, "unanswered", "no ack"),
    ],
)
def test_an_entry_itself_tells_what_is_noticed_at_once(
    happens: Callable[[Entry], None], status: str, reason: str
) -> None:
    journal = Journal()

    happens(arrived(journal))

    assert fates(journal) == [("deliver", status, reason)]


def test_what_is_read_before_anything_else_happens_did_not_wait() -> None:
    journal = Journal()
    entry = arrived(journal)

    assert mark_read(entry, journal) is entry

    (event,) = Flow(journal)
    assert (event.status, event.reason) == ("delivered", "")
    assert (event.waiting, event.capacity) == (None, None)


def test_what_is_read_later_has_an_event_of_its_own_for_it() -> None:
    journal = Journal()
    entry = arrived(journal)
    journal.add(Entry("send", entry.lane, "websocket.send", {}, entry.lane))

    read = mark_read(entry, journal)

    assert fates(journal) == [
        ("deliver", "waiting", "waits 1/2"),
        ("send", "delivered", ""),
        ("read", "delivered", ""),
    ]
    assert (read.cause, read.group) == (entry.id, "room")
    assert read.payload == {"n": 1}


def test_what_is_lost_after_a_wait_has_an_event_of_its_own_for_it() -> None:
    journal = Journal()

    mark_lost(arrived(journal), journal, "expired", "expired 60 s")

    assert fates(journal) == [
        ("deliver", "waiting", "waits 1/2"),
        ("loss", "expired", "expired 60 s"),
    ]


def test_what_is_read_or_lost_says_how_long_it_waited() -> None:
    moment = 10.0
    journal = Journal(clock=lambda: moment)
    at_once, lost = arrived(journal), arrived(journal)
    moment = 12.5

    assert mark_read(at_once, journal).waited == 2.5
    journal.add(Entry("send", lost.lane, "websocket.send", {}, lost.lane))
    mark_lost(lost, journal, "expired", "expired 60 s")

    waits = [(e.kind, e.waited) for e in Flow(journal)]
    assert ("deliver", 2.5) in waits
    assert ("loss", 2.5) in waits


def test_what_had_no_handler_was_not_left_undelivered() -> None:
    journal = Journal()
    read = mark_read(arrived(journal), journal)

    mark_not_begun(read)
    assert fates(journal) == [("deliver", "undelivered", "undelivered")]
    read.become("delivered")
    mark_unhandled(read)
    mark_not_begun(read)

    assert fates(journal) == [("deliver", "unhandled", "no handler")]
