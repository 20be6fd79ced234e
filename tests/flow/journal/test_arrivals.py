from dataclasses import replace
from typing import Any

import pytest

from minichannels.flow.journal import arrivals
from minichannels.flow.journal.arrivals import WATCHED, Arrivals
from minichannels.flow.journal.events import Lane
from minichannels.flow.journal.journal import Journal
from minichannels.flow.model.acts import acts
from support.followers import Follower
from support.journals import Talk


def test_arrivals_number_events_as_they_came() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    talk.says(bob, "first")
    talk.says(ada, "second")

    events = Arrivals(talk.journal).news()

    assert [event.seq for event in events] == list(range(1, 9))
    assert [event.client for event in events[-2:]] == ["bob", "ada"]


def test_arrivals_tell_only_what_came_since() -> None:
    talk = Talk()
    ada = talk.join("ada")
    arrivals = Arrivals(talk.journal)
    arrivals.news()
    talk.says(ada, "hi")

    assert [event.seq for event in arrivals.news()] == [4]
    assert arrivals.news() == []


def test_arrivals_know_causes_and_members() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    arrivals = Arrivals(talk.journal)
    arrivals.news()
    talk.broadcast(ada, [ada, bob])

    sent, *copies = arrivals.news()

    assert sent.members == 2
    assert [copy.cause for copy in copies] == [sent.seq, sent.seq]


def test_arrivals_tell_what_has_changed_once() -> None:
    talk = Talk()
    ada = talk.join("ada")
    arrivals = Arrivals(talk.journal)
    entry = talk.says(ada, "hi")
    arrivals.news()
    entry.handler = "receive"

    assert [event.handler for event in arrivals.changes()] == ["receive"]
    assert arrivals.changes() == []


def crowded() -> tuple[Talk, Lane]:
    """Return a journal of little room, and one of two who are connected."""
    talk = Talk()
    talk.journal = Journal(kept=20)
    lanes = [talk.journal.open_lane(name, f"Chat#{name}") for name in "ab"]
    for lane in lanes:
        lane.open = True
        talk.add("receive", lane, "websocket.connect", {"path": "/"})
        talk.add("send", lane, "websocket.accept", {})
    return talk, lanes[0]


def test_arrivals_tell_of_an_end_that_was_forgotten_before_it_was_read() -> (
    None
):
    talk, lane = crowded()
    arrivals = Arrivals(talk.journal)
    known = arrivals.news()
    talk.ends(lane)
    talk.chatter(100, talk.join("eve"))
    assert lane.client not in {event.client for event in arrivals.news()}

    (ended,) = arrivals.changes()

    assert (ended.seq, ended.type) == (2, "websocket.accept")
    assert ended == replace(known[1], ends=True)
    assert arrivals.changes() == []


def test_arrivals_count_what_was_forgotten_before_anybody_asked() -> None:
    talk = Talk()
    talk.journal = Journal(kept=10)
    ada = talk.journal.open_lane("ada", "app")
    talk.chatter(13, ada)
    talk.journal.take_back({talk.says(ada, "back")})  # was no event at all
    arrivals = Arrivals(talk.journal)
    assert arrivals.missed == 0

    numbers = [event.seq for event in arrivals.news()]
    assert arrivals.missed == talk.journal.left_out == 4
    assert numbers == list(range(1 + 4, 13 + 1))
    talk.chatter(15, ada)

    numbers = [event.seq for event in arrivals.news()]
    assert arrivals.missed == 4 + 5
    assert numbers == list(range(14 + 5, 28 + 1))


def test_arrivals_give_the_same_numbers_to_who_asks_late() -> None:
    talk = Talk()
    talk.journal = Journal(kept=10)
    ada, early = talk.journal.open_lane("ada", "app"), Arrivals(talk.journal)
    for _ in range(5):
        talk.chatter(5, ada)
        numbers = [event.seq for event in early.news()]

    late = Arrivals(talk.journal).news()

    assert [event.seq for event in late][-5:] == numbers


def test_arrivals_say_that_an_end_was_forgotten_only_if_something_was() -> None:
    talk, lane = crowded()
    arrivals = Arrivals(talk.journal)
    known = arrivals.news()
    talk.journal.closed(lane)
    arrivals.news()
    talk.chatter(100, talk.join("eve"))
    arrivals.news()

    assert known[1] not in arrivals.changes()
    assert not any(event.ends for event in arrivals.changes())
    assert lane.number not in arrivals._open


def test_arrivals_tell_once_of_an_end_that_was_noted_late() -> None:
    talk, lane = crowded()
    arrivals = Arrivals(talk.journal)
    entry = talk.says(lane, "hi")
    arrivals.news()
    talk.chatter(100, talk.join("eve"))
    entry.ends = True
    talk.journal.closed(lane)
    assert [event.ends for event in arrivals.changes()] == [True]

    arrivals.news()

    assert arrivals.changes() == []


def test_what_is_known_later_of_the_last_does_not_begin_it_again() -> None:
    talk, lane = crowded()
    arrivals = Arrivals(talk.journal)
    says = talk.says(lane, "hi")
    arrivals.news()
    talk.ends(lane)
    talk.chatter(100, talk.join("eve"))
    arrivals.news()
    arrivals.changes()

    says.handler = "receive"

    (event,) = arrivals.changes()
    assert (event.handler, event.ends) == ("receive", True)


def test_arrivals_say_of_nobody_that_it_ended_who_has_or_who_goes_on() -> None:
    talk, lane = crowded()
    arrivals = Arrivals(talk.journal)
    arrivals.news()
    talk.ends(lane)
    arrivals.news()
    talk.chatter(100, talk.join("eve"))
    arrivals.news()

    assert not any(event.ends for event in arrivals.changes())


def test_groups_of_a_busy_page_show_nobody_who_has_gone_unseen() -> None:
    talk, lane = crowded()
    follower = Follower(talk)
    follower.told()
    talk.ends(lane)
    talk.chatter(100, talk.join("eve"))
    follower.told()
    talk.says(talk.join("zoe"), "hi")
    follower.told()

    state = follower.feed.state()
    last = state["rows"][-1]["n"]
    seen = [
        part["p"]
        for part in state["boards"]["groups"]["parts"]
        if part["f"] <= last and (part["l"] is None or part["l"] >= last)
    ]
    assert any(">left<" in part for part in seen)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "dropped"),
        ("reason", "late"),
        ("waiting", 2),
        ("capacity", 3),
        ("handler", "receive"),
        ("ends", True),
        ("source", "somebody"),
        ("target", "somebody"),
        ("member", "somebody"),
    ],
)
def test_arrivals_tell_whatever_has_changed(name: str, value: Any) -> None:
    talk = Talk()
    ada = talk.join("ada")
    copy = talk.broadcast(ada, [ada])[1]
    arrivals = Arrivals(talk.journal)
    arrivals.news()
    setattr(copy, name, value)

    (event,) = arrivals.changes()

    assert getattr(event, name) == value


@pytest.mark.parametrize("name", ["client", "application"])
def test_arrivals_tell_of_names_that_have_changed(name: str) -> None:
    talk = Talk()
    ada = talk.join("ada")
    arrivals = Arrivals(talk.journal)
    arrivals.news()
    setattr(ada, name, "new")

    events = arrivals.changes()

    assert {getattr(event, name) for event in events} == {"new"}
    assert len(events) == 3


def test_arrivals_tell_of_no_cause_that_is_not_known() -> None:
    talk = Talk()
    entry = talk.says(talk.join("ada"), "hi")
    arrivals = Arrivals(talk.journal)
    arrivals.news()
    entry.cause = -1

    assert arrivals.changes() == []


def test_arrivals_find_a_cause_that_is_set_late() -> None:
    talk = Talk()
    ada = talk.join("ada")
    arrivals = Arrivals(talk.journal)
    first, second = talk.says(ada, "1"), talk.says(ada, "2")
    arrivals.news()
    second.cause = first.id

    assert [event.cause for event in arrivals.changes()] == [4]


def test_arrivals_watch_the_latest_and_what_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrivals, "WATCHED", 1)
    talk = Talk()
    ada = talk.join("ada")
    waiting = talk.broadcast(ada, [ada], "waiting")[1]
    old, _ = talk.says(ada, "old"), talk.says(ada, "new")
    follower = Arrivals(talk.journal)
    follower.news()
    old.handler = "receive"
    waiting.status = "delivered"

    assert [e.status for e in follower.changes()] == ["delivered"]


def test_arrivals_forget_old_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "NUMBERED", 2)
    talk = Talk()
    ada = talk.join("ada")
    first = talk.says(ada, "1")
    talk.says(ada, "2")
    follower = Arrivals(talk.journal)
    follower.news()
    late = talk.entry("send", ada, "websocket.send", {})
    late.cause = first.id - 3
    talk.journal.add(late)

    assert follower.news()[0].cause is None


def test_acts_keep_a_send_with_its_deliveries() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    talk.broadcast(ada, [ada, bob])
    talk.says(ada, "hi")

    found = acts(Arrivals(talk.journal).news()[6:])

    assert [len(act) for act in found] == [3, 1]


@pytest.mark.parametrize("what", ["handled", "latest", "body"])
def test_arrivals_look_at_what_is_not_over_however_much_has_come(
    what: str,
) -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    ada.open = bob.open = True
    entry = talk.says(ada, "hi")
    if what == "handled":
        entry.begun = True
        talk.says(ada, "and more")
    elif what == "body":
        entry = talk.add("send", ada, "http.response.body", {"body": b"a"})
        talk.says(ada, "and more")
    arrivals = Arrivals(talk.journal)
    for _ in range(2):
        for number in range(2 * WATCHED):
            talk.says(bob, str(number))
        arrivals.changes()
        arrivals.news()
    entry.ran, entry.ended, entry.ends = 0.5, 9, True

    assert [event.ran for event in arrivals.changes()] == [0.5]

    talk.ends(ada)
    ada.open = bob.open = False
    arrivals.news()
    assert len(arrivals._known) == WATCHED
    assert arrivals._handed.keys() <= {bob.number}


def test_arrivals_forget_nothing_that_is_not_told_yet() -> None:
    talk = Talk()
    ada = talk.join("ada")
    arrivals = Arrivals(talk.journal)
    entry = talk.says(ada, "hi")
    arrivals.news()
    for number in range(2 * WATCHED):
        talk.says(ada, str(number))
    arrivals.changes()
    entry.handler = "receive"  # just now
    arrivals.news()

    assert [event.handler for event in arrivals.changes()] == ["receive"]
