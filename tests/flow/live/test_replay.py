"""What a live view shows of much: folded steps, the newest, who is chosen."""

import re
from typing import Any

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.live import growing_lanes, replay, steps, telling
from minichannels.flow.live.feed import Feed
from support.followers import MEMBERSHIP, Follower, piece_at
from support.journals import Later, Talk


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a feed keep twenty steps, and leave out ten at once."""
    monkeypatch.setattr(steps, "MOST_STEPS", 20)
    monkeypatch.setattr(steps, "PAGE", 10)


def test_feed_folds_much_at_once_and_says_how_much() -> None:
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    talk.chatter(100, ada)

    (update,) = follower.told()

    (row,) = update["rows"]
    assert row["k"] + len(row["e"]) == 100
    assert row["k"] > 50
    assert "×100" in row["w"]


def folded(kind: str) -> Any:
    """Return the update of one step in which clients talk, and of its row."""
    talk = Talk()
    lanes = talk.crowd(3)
    follower = Follower(talk)
    for number in range(40):
        talk.says(lanes[number % 3], str(number))
        talk.add(kind, lanes[number % 2], f"{kind}{number}", {})
    (update,) = follower.told()
    (row,) = update["rows"]
    return update, row


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"data: tick 7\n\n", "&lt;14 bytes&gt; data: tick 7"),
        (b'{"a":\n 1}', '&lt;9 bytes&gt; {"a": 1}'),
        (b"\x89PNG", "&lt;4 bytes&gt;"),
        (b"data: " + b"x" * 900, "&lt;906 bytes&gt; data:"),
    ],
)
def test_feed_shows_in_its_lanes_how_a_body_begins(
    body: bytes, says: str
) -> None:
    talk = Talk()
    lane = talk.journal.open_lane("ada", "ticks")
    talk.add("send", lane, "http.response.body", {"body": body})

    (row,) = Feed(talk.journal, Later()).state()["rows"]

    drawn = re.sub(r"<[^>]+>", "", row["w"]).replace("&quot;", '"')
    assert says in drawn
    assert len(drawn) < 120
    assert "data: tick" not in str(Flow(talk.journal).lanes().svg)


def test_feed_shows_the_losses_of_a_folded_step_first() -> None:
    update, row = folded("crash")

    assert 0 < len(row["e"]) <= 12
    assert "more folded; 40 lost in all" in row["w"]
    assert any(event["lost"] for event in update["events"])


def test_feed_shows_who_is_chosen_of_a_folded_step_first() -> None:
    talk = Talk()
    lanes = talk.crowd(9)
    follower = Follower(talk)
    talk.chatter(60, *lanes[:8])
    last = talk.says(lanes[8], "the ninth")
    follower.told()

    follower.feed.hear({"choose": [lanes[8].number]})

    row = follower.feed.state()["rows"][-1]
    assert last.came in row["e"]
    assert "the ninth" in row["w"]


@pytest.fixture
def burst() -> Follower:
    """Return a feed that was told a lot at once, and then a word."""
    talk = Talk()
    lanes = talk.crowd(3)
    follower = Follower(talk)
    for number in range(40):
        talk.broadcast(lanes[0], lanes, "dropped")
        talk.says(lanes[number % 3], str(number))
    follower.told()
    talk.says(lanes[0], "the last word")
    follower.told()
    return follower


def test_feed_unfolds_a_step_when_it_is_asked_to(burst: Follower) -> None:
    before = burst.feed.state()
    *_, step, last = before["rows"]
    assert step["k"] > 100
    burst.updates.clear()

    assert burst.feed.hear({"unfold": step["n"]}) is None

    (update,) = burst.updates
    *_, unfolded, moved = update["state"]["rows"]
    lost = [e["no"] for e in update["state"]["events"] if e["lost"]]
    assert len(lost) == 120
    assert set(lost) <= set(unfolded["e"])
    assert unfolded["k"] == 0
    assert "folded" not in unfolded["w"]
    assert "×" not in unfolded["w"]
    # What came after it stands below it.
    assert unfolded["h"] > step["h"]
    assert moved["t"] == unfolded["t"] + unfolded["h"]
    assert moved["e"] == last["e"]


def test_feed_unfolds_once_and_only_what_is_there(burst: Follower) -> None:
    *_, step, _ = burst.feed.state()["rows"]
    burst.feed.hear({"unfold": step["n"]})
    burst.updates.clear()

    for number in (step["n"], 99, -1):
        burst.feed.hear({"unfold": number})

    assert burst.updates == []


def test_feed_unfolds_as_much_of_a_step_as_there_is_room_for(
    burst: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing_lanes, "MOST_UNFOLDED", 30)
    *_, step, _ = burst.feed.state()["rows"]

    burst.feed.hear({"unfold": step["n"]})

    *_, unfolded, _ = burst.feed.state()["rows"]
    assert len(step["e"]) < len(unfolded["e"]) < 120
    assert "more folded; 120 lost in all" in unfolded["w"]


def test_step_that_was_unfolded_stays_so_when_all_is_drawn_anew(
    burst: Follower,
) -> None:
    *_, step, _ = burst.feed.state()["rows"]
    burst.feed.hear({"unfold": step["n"]})

    burst.feed.hear({"choose": [1]})

    *_, unfolded, _ = burst.feed.state()["rows"]
    assert unfolded["k"] == 0


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


@pytest.mark.usefixtures("short_memory")
def test_feed_keeps_the_newest_steps_and_counts_the_others() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.chatter(27, ada)
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


@pytest.mark.usefixtures("short_memory")
def test_feed_counts_the_losses_among_what_it_has_left_out() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.broadcast(ada, [ada], "dropped")
    talk.chatter(27, ada)
    follower = Follower(talk)
    assert follower.feed.state()["lost_out"] == 1
    talk.broadcast(ada, [ada], "dropped")
    updates = []
    for number in range(30):
        talk.says(ada, str(number))
        updates += follower.told()

    assert updates[-1]["lost_out"] == 2
    state = follower.feed.state()
    assert state["lost_out"] == 2
    one, other = state["losses_out"]
    assert one["no"] < other["no"]
    assert other["fate"] == "LOST dropped, full 1/1"
    (told,) = (u for u in updates if "losses_out" in u)
    assert told["losses_out"] == [one, other]


def test_feed_ignores_changes_of_what_it_has_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "MOST_STEPS", 4)
    monkeypatch.setattr(steps, "PAGE", 4)
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


def test_what_a_folded_step_does_not_show_begins_nothing() -> None:
    update, row = folded("send")

    runs = [span for span in update["spans"] if ">Chat<" in span["p"]]
    received = [
        event
        for event in update["events"]
        if event["no"] in row["e"] and event["kind"] == "receive"
    ]
    assert 0 < len(runs) == len(received) < 12


def test_feed_of_a_full_journal_shows_the_newest_at_once() -> None:
    talk = Talk()
    ada = talk.join("ada")
    quiet = talk.join("quiet")
    talk.chatter(steps.MOST_STEPS, ada)
    follower = Follower(talk)
    first = follower.feed.state()

    (update,) = follower.told()

    newest = [row["e"] for row in first["rows"]]
    assert len(newest) == steps.FIRST_STEPS
    assert newest[-1] == [steps.MOST_STEPS + 6]
    assert first["left_out"] == steps.MOST_STEPS + 6 - steps.FIRST_STEPS
    # Who has been silent for long is there all the same.
    assert f">{quiet.client}<" in first["strip"]["heads"]
    whole = update["state"]
    assert len(whole["rows"]) == steps.MOST_STEPS
    assert whole["left_out"] == 6
    assert [row["e"] for row in whole["rows"]][-len(newest) :] == newest
    numbers = [event["no"] for event in whole["events"]]
    assert numbers == list(range(7, steps.MOST_STEPS + 7))


def test_feed_counts_what_its_journal_has_forgotten() -> None:
    talk = Talk()
    talk.journal = Journal(kept=10)
    ada = talk.journal.open_lane("ada", "app")
    talk.chatter(12, ada)
    follower = Follower(talk)
    first = follower.feed.state()
    talk.chatter(15, ada)

    (update,) = follower.told()

    assert first["left_out"] == 2
    assert update["left_out"] == 2 + 5
    assert max(event["no"] for event in update["events"]) == 12 + 15


def test_first_picture_of_a_full_journal_has_all_tabs() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.broadcast(ada, [ada])
    talk.chatter(steps.MANY_STEPS + 50, ada)
    follower = Follower(talk)

    first = follower.feed.state()
    follower.told()

    assert set(first["tabs"]) == {"lanes", "mailboxes", "groups", "list"}
    assert follower.feed.state()["tabs"] == first["tabs"]


def test_first_picture_of_a_full_journal_has_no_tab_for_nothing() -> None:
    talk = Talk()
    ada = talk.join("ada")
    talk.chatter(steps.MANY_STEPS + 50, ada)

    assert "mailboxes" not in Follower(talk).feed.state()["tabs"]


def test_feed_that_was_full_goes_on_with_what_is_new() -> None:
    talk = Talk()
    ada = talk.join("ada")
    for number in range(steps.MANY_STEPS + 50):
        talk.broadcast(ada, [ada], "waiting" if number else "delivered")
    follower = Follower(talk)
    follower.feed.state()
    follower.told()
    before = follower.feed.state()
    talk.says(ada, "new")

    (update,) = follower.told()

    assert update["after"] == before["version"]
    (row,) = update["rows"]
    assert row["n"] == before["rows"][-1]["n"] + 1
    boards = before["boards"]["mailboxes"]["parts"]
    assert min(part["f"] for part in boards) == row["n"] - replay.MOST_BOARDS


def test_feed_tells_of_a_folded_step_the_newest_and_what_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "MOST_TOLD", 5)
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    talk.add("crash", ada, "ValueError", {})
    talk.chatter(99, ada)

    (update,) = follower.told()

    (row,) = update["rows"]
    newest = range(99, 104)
    assert {e["no"] for e in update["events"]} == {*row["e"], *newest}


def test_feed_tells_in_its_place_what_is_unfolded_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "MOST_TOLD", 5)
    talk = Talk()
    ada = talk.join("ada")
    follower = Follower(talk)
    talk.chatter(99, ada)
    follower.told()
    talk.says(ada, "the last word")
    follower.told()
    before = follower.feed.state()

    follower.feed.hear({"unfold": before["rows"][-2]["n"]})

    numbers = [event["no"] for event in follower.feed.state()["events"]]
    assert len(numbers) > len(before["events"])
    assert numbers == sorted(numbers)


def test_feed_draws_no_boards_of_long_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "MANY_STEPS", 50)
    monkeypatch.setattr(replay, "MOST_BOARDS", 20)
    talk = Talk()
    ada = talk.join("ada")
    copies = [talk.broadcast(ada, [ada], "waiting")[1] for _ in range(60)]
    follower = Follower(talk)
    first = follower.feed.state()["boards"]["mailboxes"]["parts"]
    follower.told()
    parts = follower.feed.state()["boards"]["mailboxes"]["parts"]

    drawn = {part["f"] for part in parts}
    assert first == []  # without what was before they would be untrue
    assert min(drawn) == len(copies) + 3 - 20 + 1
    assert max(drawn) == len(copies) + 3


def test_a_board_that_no_step_changes_is_drawn_with_the_first_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "MANY_STEPS", 50)
    monkeypatch.setattr(replay, "MOST_BOARDS", 20)
    talk = Talk()
    ada = talk.join("ada")
    talk.broadcast(ada, [ada], "waiting")
    talk.chatter(60, ada)
    follower = Follower(talk)
    follower.feed.state()
    follower.told()

    boards = follower.feed.state()["boards"]

    # Of older steps a page says that they are not drawn.
    for board in boards.values():
        assert min(part["f"] for part in board["parts"]) == 64 - 20 + 1


def test_feed_gives_columns_to_who_is_chosen_and_says_so_once() -> None:
    talk = Talk()
    lanes = talk.crowd(9)
    follower = Follower(talk)

    answer = follower.feed.hear({"choose": [lanes[8].number, "x", None]})

    assert answer is None
    (update,) = follower.updates
    assert ">c8<" in update["state"]["strip"]["heads"]
    assert ">c0<" not in update["state"]["strip"]["heads"]


def test_finished_flow_has_columns_for_who_is_chosen() -> None:
    talk = Talk()
    lanes = talk.crowd(9)
    feed = Feed(talk.journal.line_up())
    before = feed.state()["strip"]

    feed.hear({"choose": [lanes[8].number]})
    assert ">c8<" in feed.state()["strip"]["heads"]
    feed.hear({"choose": []})

    assert feed.state()["strip"] == before


@pytest.mark.usefixtures("short_memory")
def test_events_know_the_path_of_a_socket_opened_long_ago() -> None:
    talk = Talk()
    ada = talk.join("ada")
    request = talk.journal.open_lane("bob", "page#1")
    talk.add("receive", request, "http.request", {"path": "/page"})
    talk.chatter(40, ada)
    lane = talk.journal.open_lane("eve", "raw#1")
    talk.says(lane, "of a path that nobody knows")
    talk.add("send", request, "http.response.start", {"status": 200})
    feed = Feed(talk.journal, Later())
    assert feed.state()["left_out"]

    events = feed.state()["events"]

    sockets = {(event["client"], event["socket"]) for event in events}
    assert sockets == {("ada", "/"), ("bob", ""), ("eve", "")}


@pytest.mark.usefixtures("short_memory")
@pytest.mark.parametrize("grows", [True, False])
def test_feed_forgets_no_member_that_is_older_than_its_steps(
    grows: bool,
) -> None:
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


def test_feed_tells_of_a_folded_step_nothing_that_is_stale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "MOST_TOLD", 5)
    talk = Talk()
    lanes = talk.crowd(3)
    follower = Follower(talk)
    known: dict[int, Any] = {}
    said = talk.chatter(60, *lanes)

    def row_after(fate: str) -> set[int]:
        for entry in said[30:45]:
            entry.become(fate)
        talk.journal.changed()
        (update,) = follower.told()
        known.update({event["no"]: event for event in update["events"]})
        return set(update["rows"][-1]["e"])

    lost = row_after("unhandled")  # those are shown first
    shown = row_after("delivered")  # and now, others

    assert shown != lost
    assert shown <= known.keys()
    first = said[0]
    assert first.came in shown
    assert row_after("unhandled") == lost
    first.handler = "receive"
    row_after("unhandled")
    assert known[first.came]["handler"] == "receive"


def words_of(row: Any) -> list[str]:
    """Return the lines of words of a row, its number first."""
    texts = re.findall("<text.*?</text>", row["w"].replace("&quot;", '"'))
    return [re.sub("<[^>]+>", "", text) for text in texts]


def fitted(letters: int, below: bool = False) -> Any:
    """Return what a feed tells a page of how wide a line of words may be."""
    talk = Talk()
    talk.says(talk.join("ada"), "a word " * 8)
    follower = Follower(talk)
    asks = {"type": "fit", "letters": letters, "below": below}
    assert follower.feed.hear(asks) is None
    (update,) = follower.updates
    assert follower.feed.state() == update["state"]
    return update["state"]


def test_words_have_lines_as_long_as_a_page_has_room() -> None:
    short, long = fitted(28), fitted(90)

    lines = words_of(short["rows"][-1])
    assert len(lines) == 1 + 3
    assert max(map(len, lines)) <= 28
    assert len(words_of(long["rows"][-1])) == 1 + 1
    assert short["rows"][-1]["h"] == long["rows"][-1]["h"] + 2 * 12
    assert short["strip"]["text"] == long["strip"]["text"]
    assert short["strip"]["width"] < long["strip"]["width"]
    assert (short["strip"]["letters"], long["strip"]["letters"]) == (28, 90)


def test_nothing_more_is_cut_in_shorter_lines() -> None:
    said = ["".join(words_of(fitted(n)["rows"][-1])) for n in (20, 41)]

    assert said[0].replace(" ", "") == said[1].replace(" ", "")


def test_words_stand_below_the_arrows_in_a_narrow_window() -> None:
    beside, below = fitted(60), fitted(60, below=True)

    heights = [state["rows"][-1]["h"] for state in (beside, below)]
    assert heights[1] == heights[0] + 12
    assert "what moved" in beside["strip"]["heads"]
    assert "what moved" not in below["strip"]["heads"]
    assert below["strip"]["width"] == below["strip"]["text"] + 14
    number = '<text x="{:g}" y="{:g}"'
    x, y = below["strip"]["text"] + 41, below["rows"][-1]["t"] + 9.5 + 3.8
    assert number.format(x, y + 12) in below["rows"][-1]["w"]


@pytest.mark.parametrize(("asked", "given"), [(-1, 20), (10**9, 200)])
def test_a_page_has_lines_of_words_that_can_be(asked: int, given: int) -> None:
    assert fitted(asked)["strip"]["letters"] == given


def test_lines_of_words_stay_as_long_when_others_come() -> None:
    talk = Talk()
    follower = Follower(talk)
    follower.feed.hear({"letters": 70})

    talk.crowd(9)
    follower.told()

    assert follower.feed.state()["strip"]["letters"] == 70


def test_words_of_a_flow_that_is_over_have_the_room_of_a_page() -> None:
    talk = Talk()
    talk.says(talk.join("ada"), "a word " * 8)
    feed = Feed(talk.journal.line_up(), Later())
    before = feed.state()

    feed.hear({"letters": 90})

    assert len(words_of(before["rows"][-1])) == 1 + 2
    assert len(words_of(feed.state()["rows"][-1])) == 1 + 1


def test_what_was_before_is_drawn_when_the_first_picture_is_shown() -> None:
    talk = Talk()
    talk.chatter(steps.MANY_STEPS + 50, talk.join("ada"))
    follower = Follower(talk)
    first = follower.feed.hear(None)
    assert first is not None
    assert len(first["state"]["rows"]) == steps.FIRST_STEPS
    assert follower.told() == []  # who waits for that does not wait for more

    assert follower.feed.hear({"version": first["version"]}) is None

    (update,) = follower.told()
    assert len(update["state"]["rows"]) > steps.MANY_STEPS
    assert follower.feed.hear({"version": update["version"]}) is None
    assert follower.told() == []
