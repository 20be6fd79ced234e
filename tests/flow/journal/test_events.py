import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.journal.events import LOST, Entry, Event
from minichannels.flow.journal.kinds import KINDS


def event(kind: str, type_: str = "x", status: str = "delivered") -> Event:
    return Event(1, kind, "ada", "app", type_, {}, 1, status=status)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no kind of event 'jump'; there are"):
        event("jump")


def test_unknown_kind_in_a_journal_is_refused_by_whoever_reads_it() -> None:
    journal = Journal()
    journal.add(Entry("jump", journal.open_lane("", "app"), "x", {}))

    with pytest.raises(ValueError, match="no kind of event 'jump'"):
        Flow(journal).lanes()


@pytest.mark.parametrize("status", LOST)
def test_event_is_lost_by_its_status(status: str) -> None:
    assert event("deliver", status=status).is_lost
    assert not event("deliver").is_lost


def test_crash_is_a_loss() -> None:
    assert event("crash").is_lost


def test_socket_begins_and_ends_with_its_life_and_carries_data() -> None:
    connect = event("receive", "websocket.connect")
    said = event("send", "websocket.send")
    asked = event("join", "websocket.connect")

    assert (connect.is_life, connect.is_data) == (True, False)
    assert (said.is_life, said.is_data) == (False, True)
    assert (asked.is_life, asked.is_data) == (False, False)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_said_with_the_names_of_fields(kind: str) -> None:
    traits = KINDS[kind]
    names = dict.fromkeys(
        ("source", "target", "type", "application", "member", "group"), "x"
    )

    for words in (traits.sentence, traits.does, traits.to):
        assert "{" not in words.format(**names, became="x")
