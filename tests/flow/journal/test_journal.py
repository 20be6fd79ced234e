import threading
import time
from typing import Any

import pytest

from minichannels.flow import Journal
from minichannels.flow.journal import journal
from minichannels.flow.journal.events import Entry


def test_line_up_uses_the_name_that_became_known_last() -> None:
    journal = Journal()
    lane = journal.open_lane("ada", "application")
    journal.add(Entry("receive", lane, "websocket.connect", {}))

    lane.application = "ChatConsumer#1"

    (event,) = journal.line_up()
    assert (event.source, event.target) == ("ada", "ChatConsumer#1")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("receive", ("ada", "echo")),
        ("send", ("echo", "ada")),
        ("crash", ("", "")),
    ],
)
def test_line_up_says_who_sent_to_whom(
    kind: str, names: tuple[str, str]
) -> None:
    journal = Journal()
    journal.add(Entry(kind, journal.open_lane("ada", "echo"), "x", {}))

    (event,) = journal.line_up()

    assert (event.source, event.target) == names


def test_add_leaves_out_the_oldest_above_the_limit() -> None:
    journal = Journal(kept=2)
    lane = journal.open_lane("ada", "echo")
    for number in range(5):
        journal.add(Entry("receive", lane, str(number), {}))

    assert [event.type for event in journal.line_up()] == ["3", "4"]
    assert len(journal) == 2
    assert journal.left_out == 3


def test_add_leaves_out_the_oldest_when_payloads_are_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal, "KEPT_BYTES", 130)
    kept = Journal()
    lane = kept.open_lane("ada", "echo")
    for number in range(3):
        payload = {"text": "x" * 30, "a": [b"x" * 10, {"code": (1,)}]}
        kept.add(Entry("receive", lane, str(number), payload))

    assert [event.type for event in kept.line_up()] == ["1", "2"]
    assert kept.left_out == 1


@pytest.mark.parametrize(
    ("type", "payload", "kept"),
    [
        (
            "crash",
            {"text": "x" * 40_000_000, "line": 3},
            {"text": "x" * 10_000 + "…", "line": 3, "size": 40_000_000},
        ),
        (
            "send",
            {"bytes": b"x" * 40_000_000},
            {"bytes": b"x" * 10_000, "size": 40_000_000},
        ),
        (
            "send",
            {"text": "ä" * 20_000_000},
            {"text": "ä" * 10_000 + "…", "size": 40_000_000},
        ),
        ("x" * 40_000_000, {"a": 1}, {"a": 1}),
    ],
)
def test_a_payload_that_is_too_large_drives_out_no_other(
    type: str, payload: dict[str, Any], kept: dict[str, Any]
) -> None:
    journal = Journal()
    lane = journal.open_lane("ada", "echo")
    journal.add(Entry("receive", lane, "first", {}))

    journal.add(Entry("send", lane, type, payload))

    first, large = journal.line_up()
    assert (first.type, journal.left_out) == ("first", 0)
    assert large.payload == kept
    assert len(large.type) <= 10_001


def test_of_large_bytes_at_a_layer_their_number_is_kept() -> None:
    journal = Journal()
    small, large = b"x" * 9, b"x" * 5_000_000
    image = {"of": [small, large], "raw": large, "name": "x" * 20_000}
    lane = journal.open_lane("ada", "Chat#1")

    journal.add(Entry("channel_send", lane, "x", {"image": image}))

    (event,) = journal.line_up()
    assert event.payload["image"] == {
        "of": [small, "<5000000 bytes>"],
        "raw": "<5000000 bytes>",
        "name": "x" * 10_000 + "…",
    }


def test_of_a_large_message_of_a_layer_nothing_is_said_that_it_has_not() -> (
    None
):
    journal = Journal()
    lane = journal.open_lane("ada", "echo")

    journal.add(Entry("channel_send", lane, "x", {"text": "x" * 5_000_000}))

    (large,) = journal.line_up()
    assert large.payload == {"text": "x" * 10_000 + "…"}


class Yielding(dict[str, str]):
    """A payload that lets another thread run while it is weighed."""

    def items(self) -> Any:
        time.sleep(0)
        return super().items()


def test_add_may_be_called_by_many_threads() -> None:
    journal = Journal()

    def add() -> None:
        lane = journal.open_lane("ada", "echo")
        for number in range(200):
            journal.add(Entry("receive", lane, str(number), Yielding(a="x")))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    came, entries = journal.since(0)
    arrivals = [entry.id for entry in entries]
    assert came == len(set(arrivals)) == 800
    assert arrivals == sorted(arrivals)
    # Whose turn it is differs from run to run; each lane keeps its order.
    for lane in (1, 2, 3, 4):
        types = [e.type for e in journal.line_up() if e.connection == lane]
        assert types == [str(number) for number in range(200)]


def test_named_lane_is_opened_once() -> None:
    journal = Journal()

    lane = journal.named_lane("notebook")

    assert journal.named_lane("notebook") is lane
    assert (lane.client, lane.application) == ("", "notebook")


def test_take_back_removes_what_did_not_happen() -> None:
    journal = Journal()
    lane = journal.open_lane("ada", "echo")
    wrong = Entry("join", lane, "group_add", {})
    journal.add(Entry("receive", lane, "x", {}), wrong)

    journal.take_back({wrong})

    assert [event.type for event in journal.line_up()] == ["x"]


def test_take_back_leaves_what_came_after() -> None:
    journal = Journal(kept=3)
    lane = journal.open_lane("ada", "echo")
    gone, wrong = Entry("join", lane, "a", {}), Entry("join", lane, "b", {})
    journal.add(gone, wrong)
    for type_ in "cd":
        journal.add(Entry("receive", lane, type_, {"text": "x"}))

    journal.take_back({gone, wrong})  # one is not kept any more

    assert [event.type for event in journal.line_up()] == ["c", "d"]
    assert journal.left_out == 1


def test_named_lanes_are_as_many_as_events_may_be() -> None:
    journal = Journal(kept=2)
    notebook = journal.named_lane("notebook")
    for number in range(10):
        journal.named_lane(f"channel#{number}")
        assert journal.named_lane("notebook") is notebook

    assert list(journal._named) == ["channel#9", "notebook"]


def test_line_up_may_be_asked_for_while_another_thread_adds() -> None:
    journal = Journal(kept=100)
    lane = journal.open_lane("ada", "echo")
    done = threading.Event()

    def add() -> None:
        for number in range(20_000):
            journal.add(Entry("receive", lane, str(number), {}))
        done.set()

    thread = threading.Thread(target=add)
    thread.start()
    seen = [[int(event.type) for event in journal.line_up()]]
    while not done.is_set():
        seen.append([int(event.type) for event in journal.line_up()])
    thread.join()

    assert all(each == sorted(each) for each in seen)
    assert [event.type for event in journal.line_up()][-1] == "19999"
    assert journal.left_out == 19_900
