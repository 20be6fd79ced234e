"""What a feed tells: a state, then what is new, and nothing twice."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.flow.live import replay
from minichannels.flow.live.feed import Feed, Update
from minichannels.flow.live.pieces import FAR
from support.journals import Later, Talk


class Follower:
    """A feed of a talk, and all that it tells."""

    def __init__(self, talk: Talk) -> None:
        self.later = Later()
        self.feed = Feed(talk.journal, self.later)
        self.updates: list[Update] = []
        self.unsubscribe = self.feed.subscribe(self.updates.append)

    def told(self) -> list[Update]:
        """Let time pass; return what was told meanwhile."""
        self.updates.clear()
        self.later.pass_time()
        return self.updates


MEMBERSHIP, RUN = 1, 2
"""What lies above what."""


def piece_at(state: Update, step: int, z: int) -> list[Any]:
    return [
        piece
        for piece in state["spans"]
        if piece["z"] == z
        and piece["f"] <= step
        and (piece["l"] is None or piece["l"] >= step)
    ]


def test_feed_has_a_step_for_each_act() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    talk.broadcast(ada, [ada, bob])

    state = Feed(talk.journal, Later()).state()

    assert [row["e"] for row in state["rows"]] == [
        *([n] for n in range(1, 7)),
        [7, 8, 9],
    ]
    assert [event["no"] for event in state["events"]] == list(range(1, 10))
    json.dumps(state)


def test_a_timer_waits_for_a_feed_that_is_being_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk = Talk()
    ada = talk.join("ada")
    timers: list[threading.Thread] = []
    entered: list[bool] = []
    add = replay.Replay.add

    def at_once(seconds: float, call: Callable[[], None]) -> None:
        timers.append(threading.Thread(target=call))
        timers[-1].start()

    def slow(self: Any, *args: Any, **options: Any) -> None:
        entered.append(True)
        if len(entered) == 1:
            talk.broadcast(ada, [ada])  # the server is busy: a timer runs
            timers[0].join(0.1)
            assert timers[0].is_alive()
            assert len(entered) == 1
        add(self, *args, **options)

    monkeypatch.setattr(replay.Replay, "add", slow)
    feed = Feed(talk.journal, at_once)
    for timer in timers:
        timer.join()

    assert len(entered) > 1
    assert [e["no"] for e in feed.state()["events"]] == list(range(1, 6))


def test_feed_tells_what_is_new_and_draws_nothing_again() -> None:
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    before = follower.feed.state()
    talk.says(ada, "hi")

    (update,) = follower.told()

    assert update["after"] == before["version"]
    assert [row["e"] for row in update["rows"]] == [[4]]
    assert update["rows"][0]["t"] > before["rows"][-1]["t"]
    assert "strip" not in update
    assert follower.feed.state()["rows"][:3] == before["rows"]


def test_feed_tells_of_many_events_together() -> None:
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    for number in range(5):
        talk.says(ada, str(number))

    (update,) = follower.told()

    assert len(update["rows"]) == 5


def test_feed_tells_nothing_when_nothing_happens() -> None:
    follower = Follower(Talk())

    assert follower.told() == []
    assert follower.later.calls == []


def test_feed_tells_those_who_unsubscribed_no_more() -> None:
    talk = Talk()
    follower = Follower(talk)
    follower.unsubscribe()
    talk.join("ada")

    assert follower.told() == []


def test_feed_that_is_closed_follows_no_more() -> None:
    talk = Talk()
    follower = Follower(talk)
    follower.feed.close()

    talk.join("ada")

    assert follower.later.calls == []


def test_feed_of_a_finished_flow_has_its_events() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.broadcast(ada, [ada])
    flow = Flow(talk.journal.line_up())

    feed = Feed(flow.events)
    feed.close()
    feed.refresh()

    assert not feed.state()["grows"]
    assert [row["e"] for row in feed.state()["rows"]] == [[1], [2], [3], [4, 5]]


def test_feed_of_a_finished_flow_has_no_layer_without_its_events() -> None:
    talk = Talk()
    talk.says(talk.journal.open_lane("ada", "echo#1"), "hi")

    state = Feed(talk.journal.line_up()).state()

    assert ">layer<" not in state["strip"]["heads"]
    assert "#FBF3E6" not in state["strip"]["ground"]


def test_feed_redraws_the_row_of_what_became_known_late() -> None:
    talk = Talk()
    ada = talk.join("ada")
    entry = talk.says(ada, "hi")
    follower = Follower(talk)
    entry.handler = "receive"
    talk.journal.changed()

    (update,) = follower.told()

    assert [row["e"] for row in update["rows"]] == [[4]]
    assert [event["handler"] for event in update["events"]] == ["receive"]
    (run,) = (span for span in update["spans"] if "receive" in span["p"])
    assert run["f"] == 4


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


def test_feed_draws_all_again_when_a_fourth_client_comes() -> None:
    talk = Talk()
    for name in ("ada", "bob", "eve"):
        talk.join(name)
    follower = Follower(talk)
    width = follower.feed.state()["strip"]["width"]
    talk.join("dan")

    (update,) = follower.told()

    assert update["state"] == follower.feed.state()
    assert update["state"]["strip"]["width"] == width + 150
    assert len(update["state"]["rows"]) == 12


def test_feed_draws_all_again_when_an_application_is_renamed() -> None:
    talk = Talk()
    ada = talk.join("ada", "application#1")
    follower = Follower(talk)
    ada.application = "Chat#1"
    talk.journal.changed()

    (update,) = follower.told()

    assert ">Chat<" in update["state"]["strip"]["heads"]


def test_feed_that_draws_all_again_for_a_name_has_the_other_changes() -> None:
    talk = Talk()
    ada, bob = talk.join("ada", "application#1"), talk.join("bob")
    says = talk.says(bob, "hi")
    follower = Follower(talk)
    ada.application, says.handler = "Chat#1", "receive"
    talk.journal.changed()

    (update,) = follower.told()

    events = update["state"]["events"]
    assert [e["handler"] for e in events if e["no"] == 7] == ["receive"]
    assert update["state"] == {
        **Feed(talk.journal, Later()).state(),
        "version": update["version"],
    }


def test_feed_forgets_what_was_taken_back() -> None:
    talk = Talk()
    ada = talk.join("ada")
    entry = talk.says(ada, "not really")
    follower = Follower(talk)
    talk.journal.take_back({entry})

    (update,) = follower.told()

    assert [row["e"] for row in update["state"]["rows"]] == [[1], [2], [3]]


def test_feed_folds_much_at_once_and_says_how_much() -> None:
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    for number in range(100):
        talk.says(ada, str(number))

    (update,) = follower.told()

    (row,) = update["rows"]
    assert row["k"] + len(row["e"]) == 100
    assert row["k"] > 50
    assert "×100" in row["w"]


def folded(kind: str) -> Any:
    """Return the update of one step in which clients talk, and of its row."""
    talk = Talk()
    lanes = [talk.join(f"c{number}") for number in range(3)]
    follower = Follower(talk)
    for number in range(40):
        talk.says(lanes[number % 3], str(number))
        talk.add(kind, lanes[number % 2], f"{kind}{number}", {})
    (update,) = follower.told()
    (row,) = update["rows"]
    return update, row


def test_feed_shows_the_losses_of_a_folded_step_first() -> None:
    update, row = folded("crash")

    assert 0 < len(row["e"]) <= 12
    assert "more events, folded; 40 lost in this step" in row["w"]
    assert any(event["lost"] for event in update["events"])


def test_feed_shows_who_is_chosen_of_a_folded_step_first() -> None:
    talk = Talk()
    lanes = [talk.join(f"c{number}") for number in range(9)]
    follower = Follower(talk)
    for number in range(60):
        talk.says(lanes[number % 8], str(number))
    last = talk.says(lanes[8], "the ninth")
    follower.told()

    follower.feed.hear({"choose": [lanes[8].number]})

    row = follower.feed.state()["rows"][-1]
    assert last.came in row["e"]
    assert "the ninth" in row["w"]


def test_feed_takes_in_more_of_what_a_folded_step_does_not_show() -> None:
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    copies = [talk.broadcast(ada, [ada], "waiting")[1] for _ in range(50)]
    follower.told()
    for copy in copies:
        copy.become("delivered")
    talk.journal.changed()
    follower.told()
    talk.says(ada, "hi")

    (update,) = follower.told()

    parts = [part["p"] for part in update["boards"]["groups"]]
    assert any(">0 of 1 wait<" in part for part in parts)


def test_feed_keeps_the_newest_steps_and_counts_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay, "MOST_STEPS", 20)
    monkeypatch.setattr(replay, "PAGE", 10)
    talk = Talk()
    ada = talk.join("ada")
    for number in range(27):
        talk.says(ada, str(number))
    follower = Follower(talk)
    assert follower.feed.state()["left_out"] == 10
    talk.says(ada, "new")
    talk.ghost(ada)

    (update,) = follower.told()

    state = follower.feed.state()
    assert update["first"] == state["rows"][0]["n"]
    assert len(state["rows"]) == 12
    assert len(state["events"]) == 12
    assert state["left_out"] == 20
    talk.ends(ada)
    late = talk.says(ada, "late")
    follower.told()
    late.handler = "receive"
    ended = [span["l"] for span in state["spans"] if span["l"] is not None]
    assert ended
    assert min(ended) >= update["first"]


def test_feed_ignores_changes_of_what_it_has_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay, "MOST_STEPS", 4)
    monkeypatch.setattr(replay, "PAGE", 4)
    talk = Talk()
    ada = talk.join("ada")
    old = talk.says(ada, "old")
    follower = Follower(talk)
    talk.says(ada, "new")
    follower.told()
    old.handler = "receive"
    talk.journal.changed()

    assert follower.told() == []


def test_feed_begins_again_before_the_drawing_gets_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay, "FAR", 400.0)
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    for number in range(5):
        talk.says(ada, str(number))
        follower.told()

    assert "state" in follower.updates[0]


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


def test_feed_escapes_what_clients_send() -> None:
    talk = Talk()
    ada = talk.join("<script>alert(1)</script>")
    talk.says(ada, "<img src=x onerror=alert(1)>\u202e\x00\ud800")

    state = Feed(talk.journal, Later()).state()

    pieces = [state["strip"]["heads"]]
    pieces += [row["a"] + row["w"] for row in state["rows"]]
    pieces += [p["p"] for b in state["boards"].values() for p in b["parts"]]
    assert not any("<script" in p or "<img" in p for p in pieces)
    assert "&lt;script" in state["strip"]["heads"]
    assert any("&lt;img" in p for p in pieces)
    json.dumps(state).encode("ascii")


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


def test_what_a_folded_step_does_not_show_begins_nothing() -> None:
    update, row = folded("send")

    runs = [span for span in update["spans"] if ">Chat<" in span["p"]]
    received = [
        event
        for event in update["events"]
        if event["no"] in row["e"] and event["kind"] == "receive"
    ]
    assert 0 < len(runs) == len(received) < 12


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


def test_feed_has_a_tab_for_each_drawing_that_is_live() -> None:
    talk = Talk()
    ada = talk.journal.open_lane("ada", "Chat#1")
    follower = Follower(talk)
    talk.says(ada, "hi")
    assert list(follower.feed.state()["tabs"]) == ["lanes", "list"]

    talk.broadcast(ada, [ada])
    (update,) = follower.told()

    tabs = update["state"]["tabs"]
    assert list(tabs) == ["lanes", *update["state"]["boards"], "list"]
    assert tabs["groups"] == "Groups"


def test_feed_tells_of_a_tab_that_comes_later() -> None:
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    assert list(follower.feed.state()["tabs"]) == ["lanes", "groups", "list"]
    talk.broadcast(ada, [ada])

    (update,) = follower.told()

    assert "mailboxes" in update["tabs"]


def test_feed_of_a_full_journal_shows_the_newest_at_once() -> None:
    talk = Talk()
    ada = talk.join("ada")
    quiet = talk.join("quiet")
    for number in range(replay.MOST_STEPS):
        talk.says(ada, str(number))
    follower = Follower(talk)
    first = follower.feed.state()

    (update,) = follower.told()

    newest = [row["e"] for row in first["rows"]]
    assert len(newest) == replay.FIRST_STEPS
    assert newest[-1] == [replay.MOST_STEPS + 6]
    assert first["left_out"] == replay.MOST_STEPS + 6 - replay.FIRST_STEPS
    # Who has been silent for long is there all the same.
    assert f">{quiet.client}<" in first["strip"]["heads"]
    whole = update["state"]
    assert len(whole["rows"]) == replay.MOST_STEPS
    assert whole["left_out"] == 6
    assert [row["e"] for row in whole["rows"]][-len(newest) :] == newest
    numbers = [event["no"] for event in whole["events"]]
    assert numbers == list(range(7, replay.MOST_STEPS + 7))


def test_feed_that_was_full_goes_on_with_what_is_new() -> None:
    talk = Talk()
    ada = talk.join("ada")
    for number in range(replay.MANY_STEPS + 50):
        talk.broadcast(ada, [ada], "waiting" if number else "delivered")
    follower = Follower(talk)
    follower.told()
    before = follower.feed.state()
    talk.says(ada, "new")

    (update,) = follower.told()

    assert update["after"] == before["version"]
    (row,) = update["rows"]
    assert row["n"] == before["rows"][-1]["n"] + 1
    boards = before["boards"]["mailboxes"]["parts"]
    assert min(part["f"] for part in boards) == 0


def test_feed_tells_of_a_folded_step_the_newest_and_what_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay, "MOST_TOLD", 5)
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    talk.add("crash", ada, "ValueError", {})
    for number in range(99):
        talk.says(ada, str(number))

    (update,) = follower.told()

    (row,) = update["rows"]
    newest = range(99, 104)
    assert {e["no"] for e in update["events"]} == {*row["e"], *newest}


def test_feed_draws_no_boards_of_long_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay, "MANY_STEPS", 50)
    monkeypatch.setattr(replay, "MOST_BOARDS", 20)
    talk = Talk()
    ada = talk.join("ada")
    copies = [talk.broadcast(ada, [ada], "waiting")[1] for _ in range(60)]
    follower = Follower(talk)
    first = follower.feed.state()["boards"]["mailboxes"]["parts"]
    follower.told()
    parts = follower.feed.state()["boards"]["mailboxes"]["parts"]

    drawn = {part["f"] for part in parts}
    assert max(part["f"] for part in first) == len(copies) + 3
    assert {part["f"] for part in first} == {0, len(copies) + 3}
    assert min(drawn - {0}) == len(copies) + 3 - 20 + 1
    assert max(drawn) == len(copies) + 3


def test_feed_gives_columns_to_who_is_chosen_and_says_so_once() -> None:
    talk = Talk()
    lanes = [talk.join(f"c{number}") for number in range(9)]
    follower = Follower(talk)

    answer = follower.feed.hear({"choose": [lanes[8].number, "x", None]})

    assert answer is None
    (update,) = follower.updates
    assert ">c8<" in update["state"]["strip"]["heads"]
    assert ">c0<" not in update["state"]["strip"]["heads"]


def test_finished_flow_has_columns_for_who_is_chosen() -> None:
    talk = Talk()
    lanes = [talk.join(f"c{number}") for number in range(9)]
    feed = Feed(talk.journal.line_up())
    before = feed.state()["strip"]

    feed.hear({"choose": [lanes[8].number]})
    assert ">c8<" in feed.state()["strip"]["heads"]
    feed.hear({"choose": []})

    assert feed.state()["strip"] == before


@pytest.mark.parametrize("grows", [True, False])
def test_feed_forgets_no_member_that_is_older_than_its_steps(
    monkeypatch: pytest.MonkeyPatch, grows: bool
) -> None:
    monkeypatch.setattr(replay, "MOST_STEPS", 20)
    monkeypatch.setattr(replay, "PAGE", 10)
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    for number in range(40):
        talk.says(ada, str(number))
        follower.told()
    feed = follower.feed if grows else Feed(talk.journal.line_up())

    feed.hear({"choose": [ada.number]})  # so all is drawn anew

    state = feed.state()
    assert state["left_out"] > 3
    assert piece_at(state, state["rows"][-1]["n"], MEMBERSHIP)
    talk.journal.take_back({talk.says(ada, "not so")})
    follower.told()
    parts = follower.feed.state()["boards"]["groups"]["parts"]
    assert any("ada" in part["p"] for part in parts if part["l"] is None)


def test_feed_tells_how_long_something_took_and_draws_nothing() -> None:
    talk = Talk()
    hello = talk.says(talk.join("ada"), "hello")
    follower = Follower(talk)
    follower.told()
    hello.ran = 0.25
    talk.journal.changed()

    (update,) = follower.told()

    assert [event["took"] for event in update["events"]] == [250]
    assert update["rows"] == []
