"""A journal in the order in which its events arrived, numbered as they came.

What was forgotten before anybody asked is counted, too: so a number says how
many have come so far, and the same to everybody who asks.

How it works: whoever follows asks for what is new. An event may become known
better after it was written down (which handler runs, whether it was read at
once), so the latest are looked at again each time. So is whatever is not over,
however much has come since: what waits, is handled or is still being sent.

A full journal may forget how a connection ended before anybody asks. Then the
last that is known of it is said to end it.
"""

from dataclasses import dataclass, replace
from itertools import islice

from minichannels.flow.journal.events import Entry, Event
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.kinds import KINDS

WATCHED = 200
"""How many of the latest events that are over may still change."""

NUMBERED = 20_000
"""How many events may still be a cause."""

LOOKED_AT = 10_000
"""How many of the oldest are looked at each time, to be forgotten."""

_BODIES = frozenset({"http.request", "http.response.body"})


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


class Arrivals:
    """What comes into a journal.

    Args:
        journal: what to follow.

    Attributes:
        missed: how many events were forgotten before anybody asked.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._known: dict[int, _Known] = {}
        # For each connection, what its application was handed last.
        self._handed: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        # For each connection that was open, what was known of it last.
        self._open: dict[int, _Known] = {}
        # Their last events, which turned out to have ended them.
        self._ended: list[Event] = []
        self.missed = 0
        self._came = 0
        self._count = 0

    def news(self) -> list[Event]:
        """Return what has come since last asked."""
        # First: what has ended these is there by now, unless it is forgotten.
        over = [k for k in self._open.values() if not k.entry.lane.open]
        before = self._came
        self._came, entries = self._journal.since(before)
        lacking = self._came - before - len(entries)
        self._miss(lacking)
        members: dict[int, int] = {}
        for entry in entries:
            members[entry.act] = members.get(entry.act, 0) + 1
        events = [self._number(e, members.get(e.id, 0)) for e in entries]
        self._end(over, lacking > 0)
        self._forget()
        return events

    def changes(self) -> list[Event]:
        """Return those of the latest that have changed since last asked."""
        changed, self._ended = self._ended, []
        for known in self._known.values():
            entry, old = known.entry, known.event
            orphan = old.cause is None and entry.cause is not None
            told, known.told = known.told, entry.changeable()
            if told == known.told and not orphan:
                continue  # thousands may wait: no event is made of them
            known.event = self._event(entry, old.seq, old.members, old)
            if known.event != old:
                changed.append(known.event)
        return changed

    def _miss(self, lacking: int) -> None:
        """Count what the journal forgot, of events that are not there.

        At first others may be lacking, too: those that were taken back.
        """
        if not self._count:
            lacking = min(lacking, self._journal.left_out)
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
        number = 0
        if KINDS[entry.kind].numbered:
            self._count += 1
            number = self._numbers[entry.id] = self._count
        # First: what changes from now on differs from this, and is told later.
        told = entry.changeable()
        event = self._event(entry, number, members)
        if number:
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
        number: int,
        members: int,
        old: Event | None = None,
    ) -> Event:
        cause = self._numbers.get(entry.cause or 0)
        begun_in = self._numbers.get(entry.begun_in or 0)
        if old:  # what it knows may be numbered no more
            cause, begun_in = cause or old.cause, begun_in or old.begun_in
        others = 0 if entry.act else members
        event = entry.numbered(number, cause, begun_in, others)
        if old and old.ends and not event.ends:
            event = replace(event, ends=True)
        return self._journal.channels.named(event)

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
