"""What spans rows in a live view: scopes, runs, memberships, waits."""

import pytest

from minichannels.flow.live.feed import Feed
from minichannels.flow.live.pieces import FAR
from support.followers import MEMBERSHIP, RUN, Follower, piece_at
from support.journals import Later, Talk


def test_feed_takes_a_rail_back_if_a_message_was_read_at_once() -> None:
    talk = Talk()
    ada = talk.join("ada")
    entry = talk.broadcast(ada, [ada], "waiting")[1]
    follower = Follower(talk)
    assert piece_at(follower.feed.state(), 4, z=3)
    entry.become("delivered")
    talk.journal.changed()

    follower.told()

    assert not piece_at(follower.feed.state(), 4, z=3)


def test_feed_shows_a_ghost_as_a_note() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.ends(ada)
    talk.ghost(ada)

    state = Feed(talk.journal, Later()).state()

    note = state["rows"][-1]
    assert note["e"] == []
    (event,) = (e for e in state["events"] if e["no"] == -note["n"])
    assert event["says"] == "Chat#ada is gone, but still in chat"
    (line,) = piece_at(state, note["n"], z=1)
    assert 'stroke-dasharray="5 3"' in line["p"]


def test_feed_ends_a_scope_and_its_membership_at_their_steps() -> None:
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    last = talk.ends(ada)
    follower.told()
    state = follower.feed.state()

    (open_scope,) = piece_at(state, 3, z=0)
    (scope,) = piece_at(state, 4, z=0)
    (line,) = piece_at(state, 4, z=1)

    assert open_scope["b"] > 10_000
    assert scope["b"] < line["b"] + 10 < 1_000
    assert last.ends


def test_feed_ends_a_membership_that_is_discarded() -> None:
    talk = Talk()
    ada = talk.join("ada")
    leaves = talk.entry("leave", ada, "group_discard", {}, "layer")
    leaves.group, leaves.member = "chat", ada
    talk.journal.add(leaves)
    stranger = talk.entry("join", ada, "group_add", {}, "layer")
    stranger.group, stranger.member = "chat", "somebody"
    again = talk.entry("join", ada, "group_add", {}, "layer")
    again.group, again.member = "chat", ada
    talk.journal.add(stranger, again)

    state = Feed(talk.journal, Later()).state()

    (line,) = piece_at(state, 5, z=1)
    assert line["b"] < 1_000
    assert line in piece_at(state, 6, z=1)
    assert len(piece_at(state, 6, z=1)) == 2


def test_feed_draws_a_late_change_of_a_member_and_of_a_wait_once() -> None:
    talk = Talk()
    ada = talk.join("ada")
    waits = talk.broadcast(ada, [ada], "waiting")[1]
    follower = Follower(talk)
    talk.journal.since(1)[1][0].reason = waits.reason = "late"
    talk.journal.changed()

    (update,) = follower.told()

    assert len(update["rows"]) == 2
    assert update["spans"] == []


def test_feed_makes_a_handlers_run_longer_and_shows_that_it_raised() -> None:
    talk = Talk()
    ada = talk.join("ada")
    cause = talk.says(ada, "hi")
    follower = Follower(talk)
    crash = talk.entry("crash", ada, "KeyError", {})
    crash.cause = cause.id
    talk.journal.add(crash)
    follower.told()
    state = follower.feed.state()

    (before,) = (p for p in piece_at(state, 4, z=2) if p["f"] == 4)
    (after,) = (p for p in piece_at(state, 5, z=2) if p["f"] == 5)

    assert before["l"] == 4
    assert after["b"] > before["b"]
    assert "#FDEBE1" in after["p"]


def test_feed_forgets_runs_that_are_long_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("minichannels.flow.live.pieces.MOST_KEPT", 2)
    talk = Talk()
    ada = talk.join("ada")
    first = talk.says(ada, "1")
    for text in "23":
        talk.says(ada, text)
    follower = Follower(talk)
    late = talk.entry("send", ada, "websocket.send", {"text": "late"})
    late.cause = first.id
    talk.journal.add(late)

    (update,) = follower.told()

    assert update["spans"] == []


def test_feed_shows_a_wait_until_it_is_read_or_lost() -> None:
    talk = Talk()
    ada = talk.join("ada")
    one = talk.broadcast(ada, [ada], "waiting")[1]
    two = talk.broadcast(ada, [ada], "waiting")[1]
    talk.after("read", one)
    talk.after("loss", two, "expired 60 s")

    state = Feed(talk.journal, Later()).state()

    assert [len(piece_at(state, n, z=3)) for n in (4, 5, 6, 7)] == [1, 2, 2, 2]
    ends = [piece["b"] for piece in piece_at(state, 7, z=3)]
    assert max(ends) < 1_000


def test_feed_ends_a_ghosts_membership_when_a_message_expires() -> None:
    talk = Talk()
    ada = talk.join("ada")
    waits = talk.broadcast(ada, [ada], "waiting")[1]
    talk.ends(ada)
    talk.ghost(ada)
    talk.after("loss", waits, "expired 60 s")

    state = Feed(talk.journal, Later()).state()

    (line,) = piece_at(state, state["rows"][-1]["n"], z=1)
    assert line["b"] < 1_000


def test_feed_draws_a_large_mailbox_thick_while_it_is_full() -> None:
    talk = Talk()
    ada = talk.join("ada")
    for number in (1, 2, 3):
        waits = talk.broadcast(ada, [ada], "waiting")[1]
        waits.waiting, waits.capacity = number, 3
    talk.after("read", waits)

    state = Feed(talk.journal, Later()).state()

    thick = 'stroke-width="8"'
    full = [thick in p["p"] for p in piece_at(state, 6, z=3)]
    (over,) = (p for p in piece_at(state, 7, z=3) if thick in p["p"])
    assert full == [False, False, False, True]
    assert over["b"] < 1_000


def test_what_was_handed_out_and_not_begun_runs_no_more() -> None:
    talk = Talk()
    ada = talk.join("ada")
    entry = talk.says(ada, "hi")
    follower = Follower(talk)
    before = len(piece_at(follower.feed.state(), 4, RUN))
    entry.status = entry.reason = "undelivered"
    talk.journal.changed()

    follower.told()

    assert len(piece_at(follower.feed.state(), 4, RUN)) == before - 1


def test_end_of_a_scope_ends_its_own_memberships_alone() -> None:
    talk = Talk()
    ada, _ = talk.join("ada"), talk.join("bob")
    leaves = talk.entry("receive", ada, "websocket.disconnect", {"code": 1000})
    leaves.ends = True
    talk.journal.add(leaves)

    state = Feed(talk.journal, Later()).state()

    ends = [piece["b"] for piece in piece_at(state, 7, MEMBERSHIP)]
    assert [end == FAR for end in ends] == [True, False]
