"""The journal: what happened, in the order in which it was noticed.

How it works: the recorder adds an entry for each thing that moved. That order
of arrival differs from run to run (two clients, two threads), so a reader gets
the line-up instead (``journal.ordering``), which depends only on the order
within each lane and on what caused what.

A journal is bounded. It forgets the oldest events and counts them (``keeping``
says which); of a payload that would drive out many, it keeps the beginning.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from time import monotonic, time
from typing import Any, Protocol

from minichannels.flow.journal.channel_names import ChannelNames, NamesLog
from minichannels.flow.journal.events import (
    Call,
    Entry,
    Event,
    Lane,
    next_id,
)
from minichannels.flow.journal.keeping import HEAVY, PILE, Kept, WholeAct
from minichannels.flow.journal.kinds import BY_CODE
from minichannels.flow.journal.ordering import line_up
from minichannels.flow.journal.payloads import weight
from minichannels.layers.forking import new_lock, new_rlock

Clock = Callable[[], float]

Calls = Callable[..., tuple[Call, ...]]
"""Says which lines of code just did something, the innermost first.

Of calls of the recorder's own it passes over as many as it is called with.
"""

KEPT = 10_000
"""How many events a journal keeps."""

KEPT_BYTES = 32_000_000
"""How large the payloads of the events kept may be together."""


class JournalLog(NamesLog, Protocol):
    """What follows a journal, event by event.

    Attributes:
        joins: whether that is joined with the journals of other processes.
    """

    joins: bool

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
        clock: gives the time in seconds, from wherever it counts.
        calls: says which lines of code just did something, if that is noted.

    Attributes:
        most: how many events it keeps at most.
        began: when it began, in seconds since 1970.
        clock: gives the time; what its lanes count from is their ``start``.
        start: when it began, by that clock.
        revised: how often events were taken back.
        channels: what the channels that payloads name are called.
        log: is told of each event, if there is one.
        watchers: are called whenever it has changed.
        unwritten: why its log could not write all of it; empty if it could.
        calls: the same.
        background: says who acts where no connection does, if that is known.
        next_number: gives the number of a lane that is opened now.
        crowded: whether a lane that has a name may make way for another one.
    """

    def __init__(
        self,
        kept: int = KEPT,
        clock: Clock = monotonic,
        *,
        calls: Calls | None = None,
    ) -> None:
        self.began = time()
        self.clock = clock
        self.start = clock()
        self.revised = 0
        self.channels = ChannelNames(kept)
        self.log: JournalLog | None = None
        self.unwritten = ""
        self.calls = calls
        self.background: Callable[[], str] | None = None
        self.watchers: tuple[Callable[[], None], ...] = ()
        self.most = kept
        self._kept = Kept(kept, KEPT_BYTES)
        self._pile = self._kept.pile
        self.next_number = count(1).__next__
        self._named: OrderedDict[str, Lane] = OrderedDict()
        self.crowded = False
        self._lock = new_lock()
        # Whoever is gone is called no more, at any moment: also at this one.
        self._watching = new_rlock()

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    @property
    def left_out(self) -> int:
        """How many events are not kept any more."""
        with self._lock:
            return self._kept.left_out

    def open_lane(
        self,
        client: str,
        application: str,
        number: int = 0,
        opened: float | None = None,
    ) -> Lane:
        """Return a new lane.

        Args:
            client: the name of its client.
            application: the name of what runs there.
            number: its number, in order of opening; the next by default.
            opened: when that was, by the clock; now by default.
        """
        lane = Lane(number or self.next_number(), client, application)
        lane.start = self.start
        lane.opened = self.clock() if opened is None else opened
        return lane

    def named_lane(self, name: str) -> Lane:
        """Return the lane of that name; opened when first asked for."""
        named = self._named
        with self._lock:
            lane = named.get(name)
            if lane is not None:
                named.move_to_end(name)  # last in line: it is in use
                return lane
            lane = named[name] = Lane(self.next_number(), "", name)
            lane.start = self.start
            if len(named) > self.most:
                named.popitem(last=False)
            self.crowded = len(named) >= self.most
        return lane

    def add(self, *entries: Entry) -> None:
        """Add what happened last; one act's entries go in together."""
        if self.calls is not None:
            self._note_calls(self.calls, entries)
        self._take(entries)

    def add_late(self, entry: Entry, at: float) -> None:
        """Add what was there before, and is noticed just now.

        Args:
            entry: what it is, which no code did.
            at: since when, by the journal's clock.
        """
        self._take((entry,), at)

    def add_act(self, act: WholeAct) -> None:
        """Add a send and its deliveries, which say nothing that holds."""
        if self.log is not None or act.of_http:
            self.add(*act.entries())
            return
        if self.calls is not None:
            self._note_calls(self.calls, act.done())
        clock = self.clock
        act.comes(clock())
        pile = self._pile
        pile.append(act)
        if len(pile) >= PILE or act.size > HEAVY:
            self._sort()
        if self.watchers:
            self.changed()

    def note(self, entry: Entry) -> None:
        """Add a frame or a whole answer: what is light, and has its size.

        It waits for no other thread, which would take longer than all else.
        """
        if self.watchers and self.log is not None:  # which is among them
            self._take((entry,))
            return
        clock = self.clock  # faster than to call a method that is none
        entry.at, entry.id = clock(), next_id()
        entry.lane.moved += 1
        pile = self._pile
        pile.append(entry)
        if len(pile) >= PILE:
            self._sort()
        if self.watchers:
            self.changed()

    def put(self, entry: Entry) -> bool:
        """Add what is light, has its size, and no lane so far.

        Returns:
            False if it is not added: there is somebody to be told of it.
        """
        if self.watchers:  # a log is among them
            return False
        clock = self.clock
        entry.at, entry.id = clock(), next_id()
        pile = self._pile
        pile.append(entry)
        if len(pile) >= PILE:
            self._sort()
        return True

    def holds(self, entry: Entry) -> None:
        """Note that an event, which was put, may say that somebody is there."""
        self._kept.may_hold.append(entry)

    def lets_go(self, entry: Entry) -> None:
        """Note that nobody is there any more, as an event that was put said."""
        with self._lock:
            self._kept.lets_go(entry)

    def _sort(self) -> None:
        with self._lock:
            self._kept.sort()

    def _take(self, entries: Sequence[Entry], at: float | None = None) -> None:
        """Keep what happened last, and tell who follows."""
        with self._lock:
            self._kept.add(entries, self.clock() if at is None else at)
            if self.log is not None:
                self._kept.sort()
                self.log.added(entries)
        if self.watchers:
            self.changed()

    def _note_calls(self, calls: Calls, entries: Iterable[Entry]) -> None:
        """Note which lines of code did what they did."""
        for entry in entries:
            # Whoever has begun a response sends its body, too: a framework.
            lane = entry.lane
            asked = lane.own or entry.type != "http.response.body"
            if asked and entry.kind in BY_CODE:
                entry.calls = found = calls()
                lane.own = bool(found)

    def grew(self, entry: Entry, more: Mapping[str, Any]) -> None:
        """Note that an event carries more than it did when it came."""
        with self._lock:
            entry.payload = {**entry.payload, **more}
            entry.grown += 1
            size = len(entry.type) + weight(entry.payload)
            self._kept.resize(entry, size)
        self.changed()

    def closed(self, lane: Lane) -> None:
        """Note that a connection is over."""
        with self._lock:
            self._kept.closed(lane)

    def take_back(self, entries: set[Entry]) -> None:
        """Remove what turned out not to have happened."""
        with self._lock:
            self._kept.remove(entries)
            self.revised += 1
            if self.log is not None:
                self.log.took_back(entries)
        self.changed()

    def since(self, came: int) -> tuple[int, list[Entry]]:
        """Return how many events came so far, and those after ``came``."""
        with self._lock:
            found = self._kept.since(came)
            return self._kept.came, found

    # Who follows it

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have somebody called, in any thread, whenever it has changed."""
        with self._watching:
            self.watchers = (*self.watchers, watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        """Call somebody no more."""
        with self._watching:
            others = tuple(w for w in self.watchers if w != watcher)
            self.watchers = others

    def changed(self) -> None:
        """Tell those who watch that something is new, or has changed."""
        for watcher in self.watchers:
            watcher()

    def entries(self) -> list[Entry]:
        """Return what is kept, in any order."""
        with self._lock:
            return list(self._kept)

    def line_up(self) -> tuple[Event, ...]:
        """Return the events kept, in their canonical order, numbered."""
        return tuple(map(self.channels.named, line_up(self.entries())))
