"""A journal that a test fills by hand, and a clock for who follows it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minichannels.flow.flow import Flow
from minichannels.flow.journal.events import Entry, Lane, next_id
from minichannels.flow.journal.journal import KEPT, Journal


class Later:
    """Keeps what is to be called later, until a test says that it is."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def __call__(self, seconds: float, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def pass_time(self) -> None:
        """Call all that waits, and what they leave, until nothing does."""
        while self.calls:
            self.calls.pop(0)()


def flow_of(*texts: str) -> Flow:
    """Return the flow of a client that has said something."""
    journal = Journal()
    lane = journal.open_lane("ada", "echo#1")
    for text in texts:
        journal.add(Entry("receive", lane, "websocket.receive", {"text": text}))
    return Flow(journal)


class Talk:
    """A journal, and what a test lets happen in it."""

    def __init__(self, kept: int = KEPT) -> None:
        self.journal = Journal(kept)

    def join(self, client: str, application: str = "") -> Lane:
        """Let a client connect; its consumer is in the group ``chat``."""
        name = application or f"Chat#{client}"
        lane = self.journal.open_lane(client, name)
        self.add("receive", lane, "websocket.connect", {"path": "/"})
        entry = self.entry("join", lane, "group_add", {}, "layer")
        entry.group, entry.member = "chat", lane
        self.journal.add(entry)
        self.add("send", lane, "websocket.accept", {})
        return lane

    def crowd(self, size: int) -> list[Lane]:
        """Let clients connect that are called ``c0``, ``c1``, …"""
        return [self.join(f"c{number}") for number in range(size)]

    def chatter(self, times: int, *lanes: Lane) -> list[Entry]:
        """Let clients say the numbers from 0 on, by turns."""
        return [
            self.says(lanes[number % len(lanes)], str(number))
            for number in range(times)
        ]

    def entry(
        self,
        kind: str,
        lane: Lane,
        type_: str,
        payload: Mapping[str, Any],
        target: Lane | str = "",
    ) -> Entry:
        return Entry(kind, lane, type_, payload, lane, target or lane)

    def add(
        self, kind: str, lane: Lane, type_: str, payload: dict[str, Any]
    ) -> Entry:
        entry = self.entry(kind, lane, type_, payload)
        self.journal.add(entry)
        return entry

    def says(self, lane: Lane, text: str) -> Entry:
        """Let a client send a text."""
        return self.add("receive", lane, "websocket.receive", {"text": text})

    def broadcast(
        self, lane: Lane, members: Sequence[Lane], fate: str = "delivered"
    ) -> list[Entry]:
        """Let a consumer send to the group; return the act's entries."""
        words = {"dropped": "full 1/1", "waiting": "waits 1/1"}.get(fate, "")
        number = 1 if fate == "waiting" else None
        capacity = 1 if words else None
        act = self.entry("group_send", lane, "chat.message", {}, "layer")
        act.group, act.id = "chat", next_id()
        entries, message = [act], {"n": 1}
        for member in members:
            copy = self.entry("deliver", member, "chat.message", message)
            copy.source, copy.group, copy.act = "chat", "chat", act.id
            copy.cause = act.id
            copy.become(fate, words, waiting=number, capacity=capacity)
            entries.append(copy)
        self.journal.add(*entries)
        return entries

    def after(self, kind: str, cause: Entry, reason: str = "") -> Entry:
        """Let a delivery be read or lost after it has waited."""
        entry = self.entry(kind, cause.lane, cause.type, cause.payload)
        entry.cause, entry.group = cause.id, "chat"
        entry.reason = reason
        entry.status = "delivered" if kind == "read" else "expired"
        self.journal.add(entry)
        return entry

    def ends(self, lane: Lane) -> Entry:
        """Let a client leave."""
        entry = self.entry("receive", lane, "websocket.disconnect", {})
        entry.ends = True
        self.journal.add(entry)
        return entry

    def ghost(self, lane: Lane) -> None:
        """Let a consumer be gone and still a member."""
        note = self.entry("ghost", lane, "ghost", {}, "chat")
        note.group, note.member = "chat", lane
        self.journal.add(note)
