"""A journal in the order in which its events arrived, numbered as they came.

What was forgotten before anybody asked is counted, too: so a number says how
many have come so far, and the same to everybody who asks.

How it works: whoever follows asks for what is new. An event may become known
better after it was written down (which handler runs, whether it was read at
once), so the latest are looked at again each time. So is whatever is not over,
however much has come since: what waits, is handled or is still being sent.

A full journal may forget how a connection ended before anybody asks. Then the
last that is known of it is said to end it.

Of a journal in which much has happened a view shows the newest first, and does
not wait for the rest: of that, events are made only where they say who is
there (:meth:`Arrivals.glimpse`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from minichannels.flow.journal.events import Entry, Event, Who
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.standing import ACCEPT, OF_MEMBERS

WATCHED = 200
"""How many of the latest events that are over may still change."""

NUMBERED = 20_000
"""How many events may still be a cause."""

LOOKED_AT = 10_000
"""How many of the oldest are looked at each time, to be forgotten."""

_PIECE = "http.response.body"
_BODIES = frozenset({"http.request", _PIECE})


@dataclass(slots=True)
class _Known:
    """An event that may change.

    Attributes:
        entry: where it is written down.
        event: what was made of that last.
        told: what was known then of all that may change.
    """

    entry: Entry
    event: Event
    told: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What is shown first of much that has happened.

    Attributes:
        past: of what is too old to be shown at all, the events that say who is
            there.
        waiting: the same of what is shown later.
        newest: the events that are shown first: all of them.
        acts: how many acts are shown later.
        events: how many events are not among the newest.
    """

    past: Sequence[Event]
    waiting: Sequence[Event]
    newest: Sequence[Event]
    acts: int
    events: int


class Arrivals:
    """What comes into a journal.

    Args:
        journal: what to follow.

    Attributes:
        journal: the same.
        missed: how many events were forgotten before anybody asked.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._known: dict[int, _Known] = {}
        # For each connection, what its application was handed last.
        self._handed: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        # For each connection that was open, what was known of it last.
        self._open: dict[int, _Known] = {}
        # Their last events, which turned out to have ended them.
        self._ended: list[Event] = []
        # Of what is shown first, all that was there then.
        self._first: list[Entry] = []
        self.missed = 0
        self._came = 0
        self._count = 0

    def news(self) -> list[Event]:
        """Return what has come since last asked."""
        # First: what has ended these is there by now, unless it is forgotten.
        over = [k for k in self._open.values() if not k.entry.lane.open]
        lacking, entries = self._take()
        events = self._follow(entries)
        self._end(over, lacking > 0)
        self._forget()
        return events

    def glimpse(self, many: int, most: int, newest: int) -> Glimpse | None:
        """Return what is shown first; None if all of it is, for it is little.

        Nothing was asked before; next is asked for :meth:`rest`.

        Args:
            many: of how many acts not all are shown first.
            most: how many of the newest are shown at all.
            newest: how many are shown first.
        """
        _, self._first = self._take()
        begins = _begins(self._first)
        if len(begins) <= many:
            return None
        shown = begins[-most:]
        first, last = shown[0], shown[-newest]
        parts = self._first[:first], self._first[first:last]
        rest = self._first[last:]
        needed = _needed(self._first, chain(*map(_saying, parts), rest))
        members = _members(self._first)
        past, waiting, events = (
            [self._event(e, members.get(e.id, 0)) for e in p if e.id in needed]
            for p in (*parts, rest)
        )
        return Glimpse(past, waiting, events, len(shown) - newest, last)

    def rest(self) -> list[Event]:
        """Return all that there was when something was shown first."""
        entries, self._first = self._first, []
        events = self._follow(entries)
        self._forget()
        return events

    def kept(self) -> list[Event]:
        """Return all that is kept of what has come and has a number."""
        _, entries = self.journal.since(0)
        members = _members(entries)
        return [
            self._event(entry, members.get(entry.id, 0))
            for entry in entries
            if entry.id in self._numbers
        ]

    def _take(self) -> tuple[int, list[Entry]]:
        """Count what is new; return how much of it is lacking, and the rest."""
        before = self._came
        self._came, entries = self.journal.since(before)
        lacking = self._came - before - len(entries)
        self._miss(lacking)
        numbered = [e.id for e in entries if KINDS[e.kind].numbered]
        numbers = range(self._count + 1, self._count + 1 + len(numbered))
        self._numbers.update(zip(numbered, numbers, strict=True))
        self._count += len(numbered)
        return lacking, entries

    def _follow(self, entries: Sequence[Entry]) -> list[Event]:
        members = _members(entries)
        return [self._number(e, members.get(e.id, 0)) for e in entries]

    def changes(self) -> list[Event]:
        """Return those of the latest that have changed since last asked."""
        changed, self._ended = self._ended, []
        for known in self._known.values():
            entry, old = known.entry, known.event
            orphan = old.cause is None and entry.cause is not None
            told, known.told = known.told, entry.changeable()
            if told == known.told and not orphan:
                continue  # thousands may wait: no event is made of them
            known.event = self._event(entry, old.members, old)
            if known.event != old:
                changed.append(known.event)
        return changed

    def _miss(self, lacking: int) -> None:
        """Count what the journal forgot, of events that are not there.

        At first others may be lacking, too: those that were taken back.
        """
        if not self._count:
            lacking = min(lacking, self.journal.left_out)
        self.missed += lacking
        self._count += lacking

    def _end(self, over: list[_Known], forgotten: bool) -> None:
        """Follow those no more who are over; end whose end was forgotten."""
        for known in over:
            number = known.entry.lane.number
            if self._open.get(number) is not known:
                continue  # it has come
            del self._open[number]
            if forgotten and not known.event.ends:
                known.event = replace(known.event, ends=True)
                self._ended.append(known.event)

    def _number(self, entry: Entry, members: int) -> Event:
        # First: what changes from now on differs from this, and is told later.
        told = entry.changeable()
        event = self._event(entry, members)
        if number := event.seq:
            known = self._known[number] = _Known(entry, event, told)
            self._note_open(known)
            if KINDS[entry.kind].hands:
                self._handed[entry.lane.number] = number
        return event

    def _note_open(self, known: _Known) -> None:
        lane = known.entry.lane
        if lane.open:
            self._open[lane.number] = known
        else:
            self._open.pop(lane.number, None)

    def _event(
        self,
        entry: Entry,
        members: int,
        old: Event | None = None,
    ) -> Event:
        number = old.seq if old else self._numbers.get(entry.id, 0)
        cause = self._numbers.get(entry.cause or 0)
        begun_in = self._numbers.get(entry.begun_in or 0)
        if old:  # what it knows may be numbered no more
            cause, begun_in = cause or old.cause, begun_in or old.begun_in
        others = 0 if entry.act else members
        event = entry.numbered(number, cause, begun_in, others)
        if old and old.ends and not event.ends:
            event = replace(event, ends=True)
        return self.journal.channels.named(event)

    def _goes_on(self, number: int, known: _Known) -> bool:
        """Return whether an event of a connection that is open is not over."""
        entry = known.entry
        handled = entry.begun and not entry.ended
        grows = entry.type in _BODIES and not entry.ends
        latest = self._handed.get(entry.lane.number) == number
        return handled or grows or latest

    def _forget(self) -> None:
        """Forget events that nothing more will be known of.

        A message that waits may still be read, however long ago it came.
        """
        oldest = islice(self._known.items(), LOOKED_AT)
        over = [
            (number, known)
            for number, known in oldest
            if known.event.status != "waiting"
            and not (known.entry.lane.open and self._goes_on(number, known))
        ]
        for number, known in over[:-WATCHED]:
            if known.told == known.entry.changeable():  # nothing is to be told
                del self._known[number]
                lane = known.entry.lane
                if not lane.open:
                    self._handed.pop(lane.number, None)
        if len(self._numbers) > 2 * NUMBERED:
            for id_ in list(islice(self._numbers, NUMBERED)):
                del self._numbers[id_]


def _members(entries: Iterable[Entry]) -> dict[int, int]:
    """Return how many deliveries each send has, by its id."""
    return Counter(entry.act for entry in entries)


def _begins(entries: Iterable[Entry]) -> list[int]:
    """Return where acts begin: a send stands together with its deliveries."""
    found: list[int] = []
    send = 0
    for index, entry in enumerate(entries):
        if not (send and entry.kind == "deliver" and entry.cause == send):
            found.append(index)
            send = entry.id if KINDS[entry.kind].posts else 0
    return found


def _saying(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield what says who is there, and of what else the first of each kind."""
    seen = set()
    for entry in entries:
        lane, kind = entry.lane, entry.kind
        what: Who = entry.type[:5]  # of a request or of a WebSocket
        if not KINDS[kind].at_socket:
            what = entry.target
        key = lane, kind, what
        if key not in seen or _says(entry):
            seen.add(key)
            yield entry


def _says(entry: Entry) -> bool:
    """Return whether an event says something that others do not."""
    if entry.kind in OF_MEMBERS:
        return entry.kind != "loss" or entry.status == "expired"
    # How many pieces a response has is seen while more may come.
    streams = entry.type == _PIECE and entry.lane.open
    return entry.ends or streams or entry.type == ACCEPT


def _needed(entries: Iterable[Entry], shown: Iterable[Entry]) -> set[int]:
    """Return the ids of what is shown, and of the sends that it came from.

    The layer of a delivery is that of its send.
    """
    by_id = {entry.id: entry for entry in entries}
    needed = set()
    for entry in shown:
        while entry.id not in needed:
            needed.add(entry.id)
            if KINDS[entry.kind].at_mailbox:
                entry = by_id.get(entry.cause or 0, entry)
    return needed
