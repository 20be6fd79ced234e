"""What a feed tells: a state, then what is new, and nothing twice."""

import gc
import json
import threading
import weakref
from collections.abc import Callable
from functools import partialmethod
from typing import Any

import pytest

from minichannels.flow import Flow
from minichannels.flow.live import replay, steps, telling
from minichannels.flow.live.feed import Feed
from support.followers import Follower
from support.journals import Later, Talk


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


@pytest.mark.parametrize("grows", [True, False])
def test_feed_tells_when_asked_of_events_that_have_no_row(
    monkeypatch: pytest.MonkeyPatch, grows: bool
) -> None:
    monkeypatch.setattr(steps, "MOST_STEPS", 20)
    monkeypatch.setattr(steps, "PAGE", 10)
    monkeypatch.setattr(telling, "MOST_TOLD", 10)
    talk = Talk()
    lane = talk.journal.open_lane("ada", "price#1")
    asked = {"method": "GET", "path": "/price"}
    talk.add("receive", lane, "http.request", asked)
    talk.chatter(40, talk.join("bob"))
    feed = Feed(talk.journal if grows else Flow(talk.journal).events, Later())
    if grows:
        talk.chatter(replay.MOST_AT_ONCE + 1, talk.join("eve"))
        feed.refresh()
    state = feed.state()

    found = feed.hear({"type": "others", "others": True})

    assert found is not None
    numbers = {event["no"] for event in found["others"]}
    told = {event["no"] for event in state["events"]}
    assert numbers == set(range(1, max(told) + 1)) - told
    first, joined, *_, last = found["others"]
    assert (first["http"], first["row"]) == (True, 0)
    assert (joined["http"], joined["socket"]) == (False, "/")
    assert last["row"] == (state["rows"][-1]["n"] if grows else 0)
    json.dumps(found)


def test_a_timer_waits_for_a_feed_that_is_being_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk = Talk()
    ada = talk.join("ada")
    timers: list[threading.Thread] = []
    entered: list[bool] = []

    def at_once(seconds: float, call: Callable[[], None]) -> None:
        timers.append(threading.Thread(target=call))
        timers[-1].start()

    def slowly(reel: Any, take_in: Callable[..., None], *found: Any) -> None:
        entered.append(True)
        if len(entered) == 1:
            talk.broadcast(ada, [ada])  # the server is busy: a timer runs
            timers[0].join(0.1)
            assert timers[0].is_alive()
            assert len(entered) == 1
        take_in(reel, *found)

    for name in ("begin", "add"):
        take_in = partialmethod(slowly, getattr(replay.Replay, name))
        monkeypatch.setattr(replay.Replay, name, take_in)
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


def test_feed_whose_making_was_interrupted_follows_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk, later = Talk(), Later()
    talk.join("ada")

    def interrupted(reel: Any, events: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(replay.Replay, "begin", interrupted)
        with pytest.raises(KeyboardInterrupt) as caught:
            Feed(talk.journal, later)
    (feed,) = [  # a notebook keeps what was at work, as this does
        frame.frame.f_locals["self"]
        for frame in caught.traceback
        if frame.name == "__init__"
    ]
    talk.join("bob")
    later.pass_time()

    assert feed.state()["events"] == []


def test_feed_whose_waking_was_interrupted_can_be_woken_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk = Talk()
    follower = Follower(talk)
    follower.feed.rest()

    def interrupted(reel: Any, events: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(replay.Replay, "begin", interrupted)
        with pytest.raises(KeyboardInterrupt):
            follower.feed.hear({"type": "hello", "version": 1})
    talk.join("ada")
    assert follower.told() == []

    whole = follower.feed.hear({"type": "hello", "version": 1})

    assert whole is not None
    assert len(whole["state"]["events"]) == 3
    talk.join("bob")
    assert len(follower.told()) == 1


def test_feed_that_is_closed_follows_no_more() -> None:
    talk = Talk()
    follower = Follower(talk)
    follower.feed.close()

    talk.join("ada")

    assert follower.later.calls == []


def test_feed_is_gone_as_soon_as_nobody_has_it() -> None:
    talk, later = Talk(), Later()
    feed = Feed(talk.journal, later)
    talk.join("ada")
    drawn = weakref.ref(feed._reel)
    gc.disable()  # it would not come so soon

    try:
        del feed
        gone = drawn() is None
    finally:
        gc.enable()

    assert gone
    later.pass_time()  # what was to be told, nobody is told
    talk.join("bob")
    assert later.calls == []  # the journal has forgotten it, too


def test_feed_tells_all_whatever_one_of_them_raises() -> None:
    talk = Talk()
    follower = Follower(talk)
    follower.unsubscribe()
    told: list[str] = []

    def first(update: Any) -> None:
        told.append("first")
        raise OSError("no room")

    follower.feed.subscribe(first)
    follower.feed.subscribe(lambda update: told.append("second"))
    talk.join("ada")

    with pytest.raises(OSError, match="no room"):
        follower.told()
    assert told == ["first", "second"]


def test_feed_of_a_hidden_view_waits_and_folds_nothing_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replay, "MOST_BOARDS", replay.MOST_AT_ONCE)
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    before = follower.feed.state()

    assert follower.feed.hear({"type": "hidden"}) is None
    talk.broadcast(ada, [ada])
    talk.chatter(2 * replay.MOST_AT_ONCE, ada)
    assert follower.told() == []
    assert follower.feed.state() == before
    assert follower.feed.hear({"type": "shown", "version": 0}) is None

    (update,) = follower.updates
    assert update["after"] == before["version"]
    assert len(update["rows"]) == 1 + 2 * replay.MOST_AT_ONCE
    assert update["rows"][0]["e"] == [4, 5]
    boards = {part["f"] for part in update["boards"]["groups"]}
    assert boards == {3, *range(45, 85)}  # of much, the newest have one
    talk.says(ada, "hi")
    assert len(follower.told()) == 1


def test_feed_of_a_hidden_view_misses_nothing_that_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "MOST_STEPS", 20)
    monkeypatch.setattr(steps, "PAGE", 10)
    talk = Talk(kept=40)
    ada = talk.join("ada")
    follower = Follower(talk)
    follower.feed.hear({"type": "hidden"})

    for _ in range(15):
        talk.broadcast(ada, [ada], "dropped")
        talk.chatter(2, ada)
        follower.later.pass_time()  # the timer runs, whatever is told
    assert 0 < len(follower.updates) < 8
    follower.feed.hear({"type": "shown", "version": 1})

    state = follower.feed.state()
    shown = sum(event["lost"] for event in state["events"])
    assert state["lost_out"] + shown == 15
    assert len(state["rows"]) <= 20
    assert follower.feed._reel.missed == 0


def test_feed_at_rest_is_woken_by_a_view_that_is_shown_again() -> None:
    talk = Talk()
    talk.join("ada")
    follower = Follower(talk)
    follower.feed.hear({"type": "hidden"})
    follower.feed.rest()

    whole = follower.feed.hear({"type": "shown", "version": 0})

    assert whole is not None
    assert len(whole["state"]["events"]) == 3
    talk.join("bob")
    assert len(follower.told()) == 1


def test_feed_of_what_is_over_has_nothing_to_wait_for() -> None:
    talk = Talk()
    talk.join("ada")
    feed = Feed(Flow(talk.journal.line_up()).events, Later())
    before = feed.state()

    assert feed.hear({"type": "hidden"}) is None
    assert feed.hear({"type": "shown", "version": before["version"]}) is None
    assert feed.state() == before


@pytest.mark.parametrize("grows", [True, False])
def test_feed_that_rests_draws_nothing_until_it_is_asked(grows: bool) -> None:
    talk, later = Talk(), Later()
    talk.join("ada")
    feed = Feed(talk.journal if grows else talk.journal.line_up(), later)
    told: list[Any] = []
    feed.subscribe(told.append)
    before = feed.state()
    drawn = weakref.ref(feed._reel)
    later.pass_time()

    feed.rest()
    feed.rest()
    talk.join("bob")

    assert drawn() is None
    assert later.calls == told == []
    feed.refresh()  # of one that was on its way
    assert len(feed.state()["events"]) == (6 if grows else 3)
    found = feed.hear({"type": "hello", "version": before["version"]})
    assert found is not None
    assert found["version"] > before["version"]
    assert len(found["state"]["events"]) == (6 if grows else 3)
    talk.join("eve")
    later.pass_time()
    assert len(told) == grows
    feed.close()


@pytest.mark.parametrize("grows", [True, False])
def test_feed_that_has_rested_knows_what_was_chosen(grows: bool) -> None:
    talk = Talk()
    lanes = talk.crowd(5)
    feed = Feed(talk.journal if grows else talk.journal.line_up(), Later())
    chosen = [lanes[3].number, lanes[1].number]
    feed.hear({"choose": chosen, "only_websockets": True})
    feed.hear({"letters": 37, "below": True})
    feed.refresh()
    before = feed.state()

    feed.rest()
    at_rest = feed.state()
    found = feed.hear({"type": "hello", "version": before["version"]})

    assert found is not None
    assert found["state"]["strip"] == at_rest["strip"] == before["strip"]
    strip = before["strip"]
    assert strip["own"] == ["c1", "c3"]
    assert strip["chosen"] == sorted(chosen)
    assert strip["websockets"]
    assert (strip["letters"], strip["below"]) == (37, True)
    feed.close()


def test_feed_at_rest_tells_all_that_there_is_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "MANY_STEPS", 4)
    monkeypatch.setattr(steps, "FIRST_STEPS", 2)
    talk = Talk()
    talk.crowd(3)
    feed = Feed(talk.journal, Later())
    assert not feed.state()["is_whole"]

    feed.rest()

    state = feed.state()
    assert state["is_whole"]
    assert len(state["rows"]) == 9


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


def test_feed_draws_but_a_request_again_whose_name_is_known_late() -> None:
    talk = Talk()
    lane = talk.journal.open_lane("browser#1", "application#1")
    talk.add("receive", lane, "http.request", {"method": "GET", "path": "/"})
    follower = Follower(talk)
    lane.application = "listing#1"
    talk.journal.changed()

    (update,) = follower.told()

    assert "state" not in update
    assert [event["to"] for event in update["events"]] == ["listing#1"]
    assert ">listing<" in update["strip"]["heads"]
    state = follower.feed.state()
    assert [event["to"] for event in state["events"]] == ["listing#1"]


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


def test_feed_says_who_is_logged_in_as_soon_as_it_is_known() -> None:
    talk = Talk()
    lane, other = talk.join("browser#1"), talk.join("ada")
    follower = Follower(talk)
    lane.user = other.user = "ada"
    talk.journal.changed()

    (update,) = follower.told()

    assert "state" not in update
    assert update["strip"]["heads"].count(">(ada)<") == 1
    users = {(event["client"], event["user"]) for event in update["events"]}
    assert users == {("browser#1", "ada"), ("ada", "")}
