"""The journal: what happened, in the order in which it was noticed.

How it works: the recorder adds an entry for each thing that moved. That order
of arrival differs from run to run (two clients, two threads), so a reader gets
the line-up instead (``journal.ordering``), which depends only on the order
within each lane and on what caused what.

A journal is bounded. It forgets the oldest events and counts them; of a payload
that would drive out many of them, it keeps the beginning.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Protocol

from minichannels.flow.journal.channel_names import ChannelNames, NamesLog
from minichannels.flow.journal.events import Entry, Event, Lane, next_id
from minichannels.flow.journal.ordering import line_up
from minichannels.flow.journal.payloads import begun, weight

KEPT = 10_000
"""How many events a journal keeps."""

KEPT_BYTES = 32_000_000
"""How large the payloads of the events kept may be together."""

LARGEST = 4_000_000
"""How large one payload may be; of a larger one the beginning is kept."""


class JournalLog(NamesLog, Protocol):
    """What follows a journal, event by event."""

    def added(self, entries: Iterable[Entry]) -> None:
        """Note events."""
        ...

    def took_back(self, entries: Iterable[Entry]) -> None:
        """Note that events did not happen."""
        ...


class Journal:
    """A bounded list of events that any thread may add to.

    Args:
        kept: how many events to keep; the oldest are left out.

    Attributes:
        left_out: how many events are not kept any more.
        came: how many events came so far.
        revised: how often events were taken back.
        channels: what the channels that payloads name are called.
        log: is told of each event, if there is one.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.left_out = 0
        self.came = 0
        self.revised = 0
        self.channels = ChannelNames(kept)
        self.log: JournalLog | None = None
        self._watchers: tuple[Callable[[], None], ...] = ()
        self._kept = kept
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._lanes = 0
        self._named: dict[str, Lane] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def open_lane(self, client: str, application: str) -> Lane:
        """Return a new lane, numbered in order of opening."""
        with self._lock:
            self._lanes += 1
            return Lane(self._lanes, client, application)

    def named_lane(self, name: str) -> Lane:
        """Return the lane of that name; opened when first asked for."""
        with self._lock:
            # Last in line: it is in use.
            lane = self._named.pop(name, None)
            if lane is None:
                self._lanes += 1
                lane = Lane(self._lanes, "", name)
                if len(self._named) >= self._kept:
                    del self._named[next(iter(self._named))]
            self._named[name] = lane
        return lane

    def add(self, *entries: Entry) -> None:
        """Add what happened last; one act's entries go in together."""
        payload, size = None, 0
        with self._lock:
            for entry in entries:
                entry.id = entry.id or next_id()
                if entry.kind == "deliver":
                    entry.moved = entry.lane.moved
                else:
                    entry.lane.moved += 1
                if entry.payload is not payload:  # those of one act share it
                    payload = entry.payload
                    size = len(entry.type) + weight(payload)
                entry.size = size if size <= LARGEST else _shorten(entry)
                self._bytes += entry.size
            self._entries.extend(entries)
            self.came += len(entries)
            if self.log is not None:
                self.log.added(entries)
            if len(self._entries) > self._kept or self._bytes > KEPT_BYTES:
                self._leave_out()
        self.changed()

    def _leave_out(self) -> None:
        """Forget the oldest, until the others have room."""
        while len(self._entries) > self._kept or self._bytes > KEPT_BYTES:
            self._bytes -= self._entries.popleft().size
            self.left_out += 1

    def take_back(self, entries: set[Entry]) -> None:
        """Remove what turned out not to have happened."""
        wanted, others = set(entries), []
        with self._lock:
            # From the end: it was written just now.
            while wanted and self._entries:
                entry = self._entries.pop()
                if entry in wanted:
                    wanted.remove(entry)
                    self._bytes -= entry.size
                else:
                    others.append(entry)
            self._entries.extend(reversed(others))
            self.revised += 1
            if self.log is not None:
                self.log.took_back(entries)
        self.changed()

    def since(self, came: int) -> tuple[int, list[Entry]]:
        """Return how many events came so far, and those after ``came``."""
        with self._lock:
            new = min(self.came - came, len(self._entries))
            entries = list(islice(reversed(self._entries), new))
            return self.came, entries[::-1]

    # Who follows it

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have somebody called, in any thread, whenever it has changed."""
        self._watchers = (*self._watchers, watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        """Call somebody no more."""
        self._watchers = tuple(w for w in self._watchers if w != watcher)

    def changed(self) -> None:
        """Tell those who watch that something is new, or has changed."""
        for watcher in self._watchers:
            watcher()

    def line_up(self) -> tuple[Event, ...]:
        """Return the events kept, in their canonical order, numbered."""
        with self._lock:
            entries = list(self._entries)
        return tuple(map(self.channels.named, line_up(entries)))


def _shorten(entry: Entry) -> int:
    """Keep the beginning of what is too large; return how large that is."""
    entry.type = begun(entry.type, LARGEST)
    entry.payload = begun(entry.payload, LARGEST)
    return len(entry.type) + weight(entry.payload)
