"""Where what lasts begins and ends, in one story each."""

from dataclasses import replace

import pytest

from minichannels.flow import Flow
from minichannels.flow.drawings.lanes.layout import Layout, placed
from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.live.feed import Feed
from minichannels.flow.model.fold import Fold, fold
from minichannels.flow.model.spans import Belonging, Run, Scope, Wait
from support.events import event
from support.houses import House
from support.journals import Later, Talk


def figure(house: House) -> Layout:
    return placed(Arrivals(house.journal).news())


def row_of(layout: Layout, seq: int) -> float:
    (y,) = [r.y for r in layout.rows for e in r.events if e.seq == seq]
    return y


def test_second_join_of_a_member_begins_nothing() -> None:
    house = House()
    house.play([("joins", 0, 0), ("joins", 0, 0), ("leaves", 0, 0)])

    layout = figure(house)

    (bar,) = layout.of(Belonging)
    assert (bar.start, bar.end) == (row_of(layout, 2), row_of(layout, 4))


def test_second_leave_moves_no_end() -> None:
    house = House()
    house.play([("joins", 0, 0), ("leaves", 0, 0), ("leaves", 0, 0)])

    layout = figure(house)

    (bar,) = layout.of(Belonging)
    assert bar.end == row_of(layout, 3)


def test_scope_is_as_long_as_what_its_disconnect_does() -> None:
    house = House()
    house.play([("joins", 0, 0), ("disconnects", 0, 0), ("leaves", 0, 0)])

    state = Feed(house.journal, Later()).state()

    last = state["rows"][-1]
    scopes = [piece for piece in state["spans"] if piece["z"] == 0]
    assert [(p["f"], p["l"]) for p in scopes] == [(1, 2), (3, 3), (4, None)]
    assert scopes[-1]["b"] > last["t"] + last["h"] / 2


def test_expired_message_ends_all_memberships_of_its_reader() -> None:
    house = House()
    house.play([("joins", 0, 0), ("joins", 0, 1), ("sends", 0, 0)])
    house.play([("expires", 0, 0)])

    layout = figure(house)

    ends = {bar.end for bar in layout.of(Belonging)}
    assert ends == {row_of(layout, 7)}
    assert "no groups" in Flow(house.journal).topology().svg


@pytest.mark.parametrize(("ends", "ghost"), [(True, True), (False, False)])
def test_member_made_of_somebody_who_is_gone_is_a_ghost(
    ends: bool, ghost: bool
) -> None:
    house = House()
    house.play([("disconnects", 0, 0)] * ends + [("adds", 1, 0)])

    layout = figure(house)

    (bar,) = layout.of(Belonging)
    assert bar.ghost == ghost
    assert bar.over is None
    assert bar.lives == (bar.start if ghost else None)
    assert bar.start == row_of(layout, 4 if ends else 3)


def test_ghost_that_is_discarded_haunts_no_more() -> None:
    house = House()
    house.play([("joins", 0, 0), ("disconnects", 0, 0), ("haunts", 0, 0)])
    house.play([("removes", 1, 0)])

    layout = figure(house)

    (bar,), scopes = layout.of(Belonging), layout.of(Scope)
    assert bar.lives == scopes[0].end == row_of(layout, 3)
    assert bar.over == row_of(layout, 5)


def test_messages_wait_side_by_side_if_there_is_room_for_two() -> None:
    for capacity, slots in ((2, [0, 1]), (3, [0, 0])):
        house = House(capacity)
        house.play([("sends", 0, 0), ("sends", 0, 0)])
        assert [wait.slot for wait in figure(house).of(Wait)] == slots


def test_run_is_no_longer_than_what_it_does_in_its_own_lane() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    cause = talk.says(ada, "hi")
    talk.add("send", bob, "websocket.send", {}).cause = cause.id

    layout = placed(Arrivals(talk.journal).news())

    run = layout.of(Run)[-1]
    assert run.event.seq == 7
    assert run.last == run.start


def test_mailbox_that_was_never_full_is_full_no_more() -> None:
    talk = Talk()
    ada = talk.join("ada")
    copies = [talk.broadcast(ada, [ada], "waiting")[1] for _ in range(3)]
    for number, copy in enumerate(copies, start=1):
        copy.become("waiting", f"{number}/3", waiting=number, capacity=3)
    played, events = Fold(), Arrivals(talk.journal).news()
    for seen in events:
        played.play(seen, seen.seq)
    full = played.connections[1].full
    assert full is not None

    first = replace(events[4], status="delivered", waiting=None)
    assert full not in played.amend(first, first.seq)
    third = replace(events[8], status="delivered", waiting=None)
    assert full in played.amend(third, third.seq)

    assert full.void
    assert played.connections[1].full is None


def test_stranger_who_joins_is_a_member_by_its_own_name() -> None:
    talk = Talk()
    ada = talk.join("ada", "notebook")
    entry = talk.entry("join", ada, "group_add", {}, "layer")
    entry.group, entry.member = "news", "channel#1"
    talk.journal.add(entry)
    before = fold(Arrivals(talk.journal).news()).of_interest()
    lane = talk.journal.named_lane("channel#1")
    talk.broadcast(ada, [lane], "waiting")

    after = fold(Arrivals(talk.journal).news()).of_interest()

    groups = [("notebook", "chat"), ("channel#1", "news")]
    for states in (before, after):
        assert groups == [
            (state.name, group)
            for state in states.values()
            for _, group in state.groups
        ]
    assert after[2].memberships["layer", "news"].connection == 2
    assert not [
        bar
        for bar in placed(Arrivals(talk.journal).news()).of(Belonging)
        if bar.event.group == "news"
    ]


def test_connections_of_one_name_are_two() -> None:
    talk = Talk()
    for _ in range(2):
        talk.join("ada", "worker")

    states = fold(Arrivals(talk.journal).news()).of_interest()

    assert [state.groups for state in states.values()] == [
        [("layer", "chat")],
        [("layer", "chat")],
    ]


def test_wait_that_is_not_shown_takes_no_room() -> None:
    house, played = House(), Fold()
    house.play([("sends", 0, 0), ("sends", 0, 0)])
    first, second = [
        e for e in Arrivals(house.journal).news() if e.kind == "deliver"
    ]

    played.play(first, 1, shown=False)
    played.play(second, 2)

    slots = [wait.slot for wait in played.connections[1].waits.values()]
    assert slots == [-1, 0]


def test_ghost_haunts_the_groups_of_its_notes() -> None:
    house = House()
    house.play([("joins", 0, 0), ("joins", 0, 1), ("disconnects", 0, 0)])
    events = Arrivals(house.journal).news()
    house.play([("haunts", 0, 0)])

    (note, other) = Arrivals(house.journal).news()[len(events) :]
    bars = placed([*events, note]).of(Belonging)

    assert [bar.ghost for bar in bars] == [True, False]
    assert [bar.over is None for bar in bars] == [True, False]
    assert {note.group, other.group} == {"chat", "news"}


def test_scope_is_not_prolonged_by_a_task_that_outlives_it() -> None:
    crash = event(2, "crash", type="KeyError", ends=True)
    pushes = event(3, "group_send", group="chat", begun_in=1)

    played = fold([event(1, "receive"), crash, pushes])
    awaited = fold([event(1, "receive"), crash, replace(pushes, begun_in=None)])

    scopes = [kept.connections[1].scope for kept in (played, awaited)]
    assert [scope.end for scope in scopes if scope] == [2, 3]


def test_scope_is_not_prolonged_by_others_who_still_send_over_its_socket() -> (
    None
):
    leaves = event(2, "receive", type="websocket.disconnect", ends=True)
    late = event(3, "send", status="undelivered", sender="Chat#2")

    played = fold([event(1, "receive"), leaves, late])
    alive = fold([event(1, "receive"), replace(leaves, ends=False), late])

    scopes = [kept.connections[1].scope for kept in (played, alive)]
    assert [scope.end for scope in scopes if scope] == [2, None]
