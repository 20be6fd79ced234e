from threading import Thread
from typing import Any

import pytest

from minichannels.flow import Journal
from minichannels.flow.journal import journal as module
from minichannels.flow.journal.events import Entry, Lane
from minichannels.flow.journal.keeping import HEAVY, PILE
from support.loops import threads_taking_turns_often

CONNECT = "websocket.connect"


def opened(journal: Journal, client: str = "ada") -> Lane:
    lane = journal.open_lane(client, "Chat#1")
    lane.open = True
    add(journal, lane, "receive", CONNECT)
    return lane


def add(
    journal: Journal, lane: Lane, kind: str, type_: str, status: str = "x"
) -> Entry:
    """Write an event down; of a member, that of the group ``room``."""
    member = lane.application if lane.mailbox else lane
    entry = Entry(kind, lane, type_, {"text": ""}, lane, "layer")
    entry.group, entry.member, entry.status = "room", member, status
    journal.add(entry)
    return entry


def talk(journal: Journal, times: int = 10, type_: str = "talk") -> None:
    """Have somebody else drive out what is old."""
    lane = journal.named_lane("busy")
    for _ in range(times):
        add(journal, lane, "send", type_)


def frame(lane: Lane, number: int) -> Entry:
    entry = Entry("send", lane, "websocket.send", {"n": number}, lane)
    entry.size = 1
    return entry


def held(journal: Journal) -> list[str]:
    return [e.type for e in journal.line_up() if e.type != "talk"]


def test_who_is_connected_is_kept_until_the_connection_is_over() -> None:
    journal = Journal(kept=8)
    lane = opened(journal)
    add(journal, lane, "send", "websocket.accept")
    add(journal, lane, "send", "websocket.send")
    talk(journal)

    assert held(journal) == [CONNECT, "websocket.accept"]
    assert (len(journal), journal.left_out) == (8, 5)

    journal.closed(lane)

    assert held(journal) == []
    assert (len(journal), journal.left_out) == (6, 7)


@pytest.mark.parametrize("late", [False, True])
def test_an_end_that_is_told_ends_what_is_kept_of_a_connection(
    late: bool,
) -> None:
    journal = Journal(kept=8)
    lane = opened(journal)
    talk(journal, 10 * late)
    gone = Entry("receive", lane, "websocket.disconnect", {})
    gone.ends = True
    journal.add(gone)
    talk(journal)

    assert held(journal) == []


def test_who_is_gone_while_it_is_asked_whether_he_is_there_is_not_held() -> (
    None
):
    class Ending(Entry):
        asked = 0

        @property
        def is_open(self) -> bool:  # type: ignore[override]
            self.asked += 1
            return self.asked == 1  # then another thread ends it

    journal: Any = Journal(kept=4)
    lane = journal.open_lane("ada", "Chat#1")
    entry = Ending("send", lane, "http.response.start", {})
    journal.put(entry)
    talk(journal, type_="http.response.body")

    assert entry.type not in held(journal)
    assert entry.forgotten


def test_a_request_that_answers_without_reading_is_kept() -> None:
    journal = Journal(kept=8)
    lane = journal.open_lane("ada", "feed")
    lane.open = True
    add(journal, lane, "send", "http.response.start")
    add(journal, lane, "deliver", "news")
    add(journal, lane, "send", "http.response.body")
    talk(journal, 20)
    talk(journal, 20, "http.talk")

    assert "http.response.start" in held(journal)
    assert "http.response.body" not in held(journal)


def test_a_member_is_kept_until_it_leaves() -> None:
    journal = Journal(kept=8)
    lane = opened(journal)
    add(journal, lane, "join", "group_add")
    add(journal, lane, "join", "again")
    talk(journal)

    assert held(journal) == [CONNECT, "group_add"]

    add(journal, lane, "leave", "group_discard")

    assert held(journal) == [CONNECT, "group_discard"]


def test_a_leave_without_a_join_holds_nothing() -> None:
    journal = Journal(kept=2)
    lane = opened(journal)
    add(journal, lane, "leave", "group_discard")
    talk(journal)

    assert held(journal) == [CONNECT]


def test_a_ghost_is_kept_as_one() -> None:
    journal = Journal(kept=8)
    lane = opened(journal)
    add(journal, lane, "join", "group_add")
    journal.closed(lane)
    add(journal, lane, "ghost", "ghost")
    other = Entry("ghost", lane, "elsewhere", {})
    other.group = "hall"
    journal.add(other)
    talk(journal)

    assert held(journal) == ["group_add", "ghost"]


@pytest.mark.parametrize("mailbox", [False, True])
def test_a_member_whose_messages_expire_is_none(mailbox: bool) -> None:
    journal = Journal(kept=8)
    lane = journal.open_lane("", "channel#1")
    lane.mailbox = mailbox
    add(journal, lane, "join", "group_add")
    talk(journal)
    assert held(journal) == ["group_add"]

    add(journal, lane, "loss", "lost", "undelivered")
    assert held(journal) == ["group_add", "lost"]

    add(journal, lane, "loss", "lost", "expired")
    assert held(journal) == ["lost", "lost"]


def test_a_join_that_is_taken_back_is_not_held() -> None:
    journal = Journal(kept=2)
    lane = journal.open_lane("ada", "Chat#1")
    wrong = add(journal, lane, "join", "group_add")
    talk(journal)
    assert held(journal) == ["group_add"]

    journal.take_back({wrong})

    assert held(journal) == []
    assert (len(journal), journal.left_out) == (1, 9)


def test_what_is_held_leaves_half_of_the_room() -> None:
    journal = Journal(kept=8)
    for number in range(10):
        opened(journal, f"client {number}")
    talk(journal)

    assert [e.client for e in journal.line_up()] == [
        *(f"client {number}" for number in (6, 7, 8, 9)),
        *[""] * 4,
    ]


def test_what_is_held_leaves_half_of_the_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 4 * len(CONNECT + "text"))
    journal = Journal()
    for number in range(5):
        opened(journal, f"client {number}")
    talk(journal, 20)

    assert [e.client for e in journal.line_up() if e.client] == [
        "client 3",
        "client 4",
    ]


def test_who_asks_what_came_is_told_of_what_is_held() -> None:
    journal = Journal(kept=4)
    opened(journal)
    talk(journal)

    came, entries = journal.since(0)
    assert [entry.type for entry in entries] == [CONNECT, *["talk"] * 3]
    assert [entry.type for entry in journal.since(1)[1]] == ["talk"] * 3
    assert journal.since(came) == (11, [])


def test_pages_drive_out_no_message() -> None:
    journal = Journal(kept=8)
    talk(journal, 6)
    talk(journal, 100, "http.request")

    assert held(journal) == ["http.request"] * 2


def test_messages_drive_out_few_pages() -> None:
    journal = Journal(kept=8)
    talk(journal, 6, "http.request")
    talk(journal, 100)

    assert held(journal) == ["http.request"] * 2


def test_large_pages_drive_out_no_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT_BYTES", 200)
    journal = Journal()
    talk(journal, 10)
    talk(journal, 100, "http.request")

    assert len(journal.line_up()) - len(held(journal)) == 10
    assert 0 < len(held(journal)) < 10


def test_what_came_is_told_in_order_of_both_rooms() -> None:
    journal = Journal()
    types = ["talk", "http.request", "talk", "http.request"]
    for type_ in types:
        talk(journal, 1, type_)

    assert [entry.type for entry in journal.since(0)[1]] == types
    assert [entry.type for entry in journal.since(2)[1]] == types[2:]


class Light(Entry):
    """An event that lies with others of its class in one pile, as a frame."""

    plain, is_http, light = True, False, True


def test_light_events_are_told_once_and_in_the_order_in_which_they_came() -> (
    None
):
    journal = Journal()
    lane = journal.named_lane("ada")

    def came(after: int) -> tuple[int, list[int]]:
        for number in range(3):
            journal.note(Light("send", lane, "websocket.send", {"n": number}))
        came, found = journal.since(after)
        return came, [entry.payload["n"] for entry in found]

    assert (came(0), came(3)) == ((3, [0, 1, 2]), (6, [0, 1, 2]))
    assert came(0) == (9, [0, 1, 2] * 3)
    assert journal.since(9) == (9, [])


@pytest.mark.parametrize("way", ["add", "note"])
def test_what_comes_is_put_away_when_there_are_many(way: str) -> None:
    journal = Journal(kept=1)
    lane = journal.open_lane("ada", "Chat#1")
    entries = [frame(lane, n) for n in range(PILE)]
    for entry in entries[:-1]:
        getattr(journal, way)(entry)
    assert not any(entry.came for entry in entries[:-1])

    getattr(journal, way)(entries[-1])

    assert entries[-1].came == PILE
    assert [e.forgotten for e in entries] == [*[True] * (PILE - 1), False]


def test_whoever_watches_is_told_of_a_frame() -> None:
    journal = Journal()
    told: list[int] = []
    journal.watch(lambda: told.append(len(journal)))

    journal.note(frame(journal.open_lane("ada", "Chat#1"), 1))

    assert told == [1]


def test_frames_of_many_threads_are_all_kept_each_in_its_order() -> None:
    journal = Journal()

    def talk() -> None:
        lane = journal.open_lane("ada", "Chat#1")
        for number in range(1_000):
            journal.note(frame(lane, number))

    threads = [Thread(target=talk) for _ in range(4)]
    with threads_taking_turns_often():
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            journal.since(0)  # as whoever reads meanwhile
    for thread in threads:
        thread.join()

    came, entries = journal.since(0)
    assert came == len(entries) == len({entry.id for entry in entries}) == 4_000
    for lane in range(1, 5):
        types = [e.payload["n"] for e in entries if e.lane.number == lane]
        assert types == [*range(1_000)]


@pytest.mark.parametrize("letter", ["x", b"x"])
def test_a_large_payload_is_put_away_at_once(letter: Any) -> None:
    journal = Journal(kept=1)
    lane = journal.open_lane("ada", "Chat#1")
    room = HEAVY - len("talk" + "text")
    light = Entry("send", lane, "talk", {"text": letter * room})
    heavy = Entry("send", lane, "talk", {"text": letter * (room + 1)})

    journal.add(light)
    journal.add(Entry("send", lane, "talk", light.payload))
    before = light.forgotten
    journal.add(heavy)

    assert (before, light.forgotten) == (False, True)
    assert (light.size, heavy.size) == (HEAVY, HEAVY + 1)
