"""The first picture of much that has happened, and the whole that follows."""

from typing import Any

import pytest

from minichannels.flow.journal.arrivals import Arrivals
from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.live import steps
from minichannels.flow.live.feed import Feed, Update
from support.followers import MEMBERSHIP, Follower, piece_at
from support.journals import Talk


@pytest.fixture(autouse=True)
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "MOST_STEPS", 30)
    monkeypatch.setattr(steps, "MANY_STEPS", 20)
    monkeypatch.setattr(steps, "FIRST_STEPS", 5)


def pictures(talk: Talk) -> tuple[Update, Update]:
    """Return what a page is told first, and what it is told then."""
    follower = Follower(talk)
    first = follower.feed.state()
    (update,) = follower.told()
    assert len(first["rows"]) == 5
    return first, update["state"]


def asks(
    talk: Talk, client: str, pieces: int = 1, is_over: bool = True
) -> Lane:
    """Let a browser ask for a page, and get it in pieces."""
    lane = talk.journal.open_lane(client, "page")
    lane.open = True
    asked = {"method": "GET", "path": "/"}
    talk.add("receive", lane, "http.request", asked)
    talk.add("send", lane, "http.response.start", {"status": 200})
    for _ in range(pieces):
        body = talk.add("send", lane, "http.response.body", {"body": b"a"})
    body.ends = is_over
    lane.open = not is_over
    return lane


def goes(talk: Talk, lane: Lane, *groups: str) -> None:
    for group in groups:
        left = talk.entry("leave", lane, "group_discard", {}, "layer")
        left.group, left.member = group, lane
        talk.journal.add(left)
    talk.ends(lane)


def chat(talk: Talk) -> Lane:
    return talk.join("ada")


def crowd(talk: Talk) -> Lane:
    """Many come, some of whom have gone before the first picture."""
    lanes = talk.crowd(9)
    for lane in lanes[1::2]:
        goes(talk, lane, "chat")
    return lanes[0]


def browsers(talk: Talk) -> Lane:
    """Requests, of which some are streams, and some not over."""
    for number in range(7):
        asks(talk, f"browser#{number}")
    asks(talk, "browser#0", pieces=5)
    asks(talk, "streams", pieces=5, is_over=False)
    return asks(talk, "waits", is_over=False)


def failing(talk: Talk) -> Lane:
    """Requests of which only their failure is known."""
    for number in range(9):
        lane = talk.journal.open_lane(f"c{number}", "app")
        talk.add("crash", lane, "ValueError", {"method": "GET", "path": "/"})
    return lane


def two_layers(talk: Talk) -> Lane:
    """All that is sent goes over a layer of another name."""
    lane = talk.journal.open_lane("ada", "Chat#1")
    talk.add("receive", lane, "websocket.connect", {"path": "/"})
    said = talk.entry("group_send", lane, "chat.message", {}, "layer fast")
    talk.journal.add(said)
    for number in range(2):
        copy = talk.entry("deliver", lane, "chat.message", {"n": number})
        copy.cause = copy.act = said.id
        copy.become("waiting", waiting=1)
        talk.journal.add(copy)
    last.append(copy)
    return lane


last: list[Entry] = []


@pytest.mark.parametrize("before", [chat, crowd, browsers, failing, two_layers])
@pytest.mark.parametrize("more", [25, 45])
def test_first_picture_agrees_with_the_whole(before: Any, more: int) -> None:
    talk = Talk()
    lane = before(talk)
    lane.user = "anna"
    talk.chatter(more, lane)
    if before is two_layers:
        talk.after("read", last.pop())

    first, whole = pictures(talk)

    assert first["strip"] == whole["strip"]
    assert first["rows"][-1]["n"] == whole["rows"][-1]["n"]
    assert [row["e"] for row in first["rows"]] == [
        row["e"] for row in whole["rows"][-5:]
    ]
    assert first["events"] == whole["events"][-len(first["events"]) :]
    shown = first["left_out"] + len(first["events"])
    assert shown == whole["left_out"] + len(whole["events"])
    assert first["tabs"] == whole["tabs"]


def test_members_of_the_first_picture_are_those_of_its_moment() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    goes(talk, bob, "chat")
    talk.chatter(40, ada)
    goes(talk, ada, "chat")

    first, _ = pictures(talk)

    joined = piece_at(first, first["rows"][0]["n"], MEMBERSHIP)
    assert len(joined) == 1  # bob's was over, and ada's is not yet
    assert piece_at(first, first["rows"][-1]["n"], MEMBERSHIP) != joined


def test_of_a_loss_that_ended_a_membership_the_first_picture_knows() -> None:
    talk = Talk()
    ada, bob = talk.join("ada"), talk.join("bob")
    for _ in range(2):
        talk.after("loss", talk.broadcast(ada, [bob], "waiting")[1])
    talk.chatter(40, ada)

    first, _ = pictures(talk)

    assert len(piece_at(first, first["rows"][0]["n"], MEMBERSHIP)) == 1


def test_few_events_are_made_for_the_first_picture() -> None:
    talk = Talk()
    lanes = talk.crowd(3)
    for number in range(40):
        talk.says(lanes[number % 3], "hi")
        talk.broadcast(lanes[0], lanes, "dropped")
    arrivals = Arrivals(talk.journal)

    glimpse = steps.glimpse(arrivals)

    assert glimpse is not None
    assert len(glimpse.newest) + glimpse.events == len(talk.journal)
    # Three have come, joined, been accepted; sent, got and lost something.
    assert len(glimpse.past) == 3 * 3 + 1 + 3
    assert len(glimpse.waiting) == 3 + 1 + 3
    whole = arrivals.rest()
    assert [e.seq for e in whole] == list(range(1, len(talk.journal) + 1))
    assert whole[-len(glimpse.newest) :] == glimpse.newest


def test_what_became_known_after_the_first_picture_is_in_the_whole() -> None:
    talk = Talk()
    ada = talk.join("ada")
    early, *_, late = talk.chatter(25, ada)
    follower = Follower(talk)
    follower.feed.state()
    for entry in (early, late):
        entry.handler = "receive"
    talk.says(ada, "new")

    (update,) = follower.told()

    told = {e["no"]: e["handler"] for e in update["state"]["events"]}
    assert told[4] == told[28] == "receive"
    assert told[27] == ""
    assert 29 in told


def test_who_was_chosen_in_the_first_picture_stays_so() -> None:
    talk = Talk()
    lanes = talk.crowd(9)
    talk.chatter(25, *lanes)
    follower = Follower(talk)
    follower.feed.state()

    follower.feed.hear({"choose": [lanes[8].number]})

    (update,) = follower.updates
    assert len(update["state"]["rows"]) > 25
    assert update["state"]["strip"]["own"] == ["c8"]


def test_flow_that_is_over_has_a_first_picture_too() -> None:
    talk = Talk()
    talk.chatter(25, *talk.crowd(3))
    feed = Feed(talk.journal.line_up())
    first = feed.state()

    feed.refresh()

    whole = feed.state()
    assert len(first["rows"]) == 5
    assert len(whole["rows"]) == steps.MOST_STEPS
    assert first["strip"] == whole["strip"]
    assert first["rows"][-1]["e"] == whole["rows"][-1]["e"]
