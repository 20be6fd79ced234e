"""The journal: what happened, event by event.

How it works: the recorder adds an entry for each thing that moved. An entry
belongs to a *lane*, the life of one connection, and within a lane the order is
the order in which its application saw things. Across lanes the order of
arrival differs from run to run (two clients, two threads), so it is not kept:
:meth:`Journal.line_up` lists lane after lane, in the order in which the
connections were opened, and numbers the events in that list.

A journal is bounded. It forgets the oldest events and counts them.
"""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEPT = 10_000
"""How many events a journal keeps."""

KEPT_BYTES = 32_000_000
"""How large the payloads of the events kept may be together."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        seq: its number in the line-up.
        kind: ``receive`` (an application was handed it), ``send`` (an
            application sent it), ``crash`` (an application raised it) or
            ``wait`` (a handler waited for a thread).
        source: the name of who it came from.
        target: the name of who it went to; empty if it went nowhere.
        type: the type of the message, or of the exception.
        payload: what it carried, without headers and addresses.
        connection: the number of its connection, in order of opening.
        group: the group it was sent to, if any.
        cause: the ``seq`` of the event that led to it, if known.
        status: ``undelivered`` if it was sent and the server could not take
            it; otherwise ``delivered``, also for what goes nowhere.
        reason: a word for what became of it: ``undelivered``, or ``raised``
            for a crash; empty if there is nothing to say.
    """

    seq: int
    kind: str
    source: str
    target: str
    type: str
    payload: Mapping[str, Any]
    connection: int
    group: str = ""
    cause: int | None = None
    status: str = "delivered"
    reason: str = ""


@dataclass(slots=True)
class Lane:
    """One connection's place in the journal.

    Its names may become known late (a router decides which consumer it is),
    and count for all of its events then.
    """

    number: int
    client: str
    application: str


@dataclass(slots=True)
class Entry:
    """An event while it is in the journal: without a number or final names."""

    kind: str
    lane: Lane
    type: str
    payload: Mapping[str, Any]
    status: str = "delivered"
    reason: str = ""

    def size(self) -> int:
        """Return how much of the journal's room the payload takes."""
        values = self.payload.values()
        return sum(len(v) for v in values if isinstance(v, str | bytes))

    def numbered(self, seq: int) -> Event:
        """Return the event as it stands at one place of the line-up."""
        names = self.lane.application, self.lane.client
        source, target = names if self.kind == "send" else names[::-1]
        if self.kind not in ("receive", "send"):
            source, target = self.lane.application, ""
        return Event(
            seq=seq,
            kind=self.kind,
            source=source,
            target=target,
            type=self.type,
            payload=self.payload,
            connection=self.lane.number,
            status=self.status,
            reason=self.reason,
        )


class Journal:
    """A bounded list of events that any thread may add to.

    Args:
        kept: how many events to keep; the oldest are left out.

    Attributes:
        left_out: how many events are not kept any more.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.left_out = 0
        self._kept = kept
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._lanes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def open_lane(self, client: str, application: str) -> Lane:
        """Return a new lane, numbered in order of opening."""
        with self._lock:
            self._lanes += 1
            return Lane(self._lanes, client, application)

    def add(self, entry: Entry) -> Entry:
        """Add what happened last; return it, so that its fate can be told."""
        with self._lock:
            self._entries.append(entry)
            self._bytes += entry.size()
            while len(self._entries) > self._kept or self._bytes > KEPT_BYTES:
                self._bytes -= self._entries.popleft().size()
                self.left_out += 1
        return entry

    def line_up(self) -> tuple[Event, ...]:
        """Return the events kept, numbered, lane after lane."""
        with self._lock:
            entries = sorted(self._entries, key=lambda entry: entry.lane.number)
        return tuple(
            entry.numbered(seq) for seq, entry in enumerate(entries, start=1)
        )
