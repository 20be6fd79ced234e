"""What several journals noted of one test, as one flow.

How it works: a server and a ``record()`` have a journal of their own, and so
has the test. What is sent from one to another stands half here, half there; the
numbers of arrival, and so causes, count through all of them. What no connection
did is in each journal, under one number: it is shown once.

Rule 1: whoever has a name in two journals is two. The one of the later journal
gets the next number: of its ``browser#1`` a ``browser#2`` is made.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from itertools import count
from typing import Any

from minichannels.flow import Flow
from minichannels.flow.journal.channel_names import ChannelNames
from minichannels.flow.journal.events import Entry, Event, Lane, Who
from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.ordering import line_up
from minichannels.flow.recording.layer.acts import Delivery
from minichannels.flow.recording.layer.channels import NOTEBOOK


def flow_since(number: int, journals: Sequence[Journal]) -> Flow:
    """Return what arrived after a number; what was before counts as older."""
    whole = _joined(journals) if len(journals) > 1 else journals[0].line_up()
    events = [event for event in whole if event.arrival > number]
    older = sum(journal.left_out for journal in journals)
    older += sum(1 for event in whole if event.arrival <= number and event.seq)
    return Flow(events, older, whole, journals[0].began)


def has_since(number: int, journal: Journal) -> bool:
    """Tell whether anything has arrived in a journal after a number."""
    return any(entry.id > number for entry in journal.entries())


def _joined(journals: Sequence[Journal]) -> Sequence[Event]:
    """Return all events of several journals, in one line-up."""
    held = [(each, entry) for each in journals for entry in each.entries()]
    lanes = _CommonLanes(journals, (entry.lane for _, entry in held))
    held.sort(key=lambda pair: pair[1].id)
    told: dict[object, Entry] = {}
    for journal, entry in held:
        told.setdefault(_key(entry), lanes.placed(journal, entry))
    channels = ChannelNames(KEPT)
    for journal in journals:
        for channel, who in journal.channels:
            channels.note(channel, lanes.who(journal, who))
    return tuple(map(channels.named, line_up(told.values())))


def _key(entry: Entry) -> object:
    """Return what tells an event from all others, in whichever journal."""
    # Each journal notes for itself what came of what waited.
    ends_wait = KINDS[entry.kind].ends_wait
    return (entry.kind, entry.cause) if ends_wait else entry.id


class _CommonLanes:
    """The lanes of several journals.

    Args:
        journals: the journals, the earliest first.
        lanes: all lanes of theirs.
    """

    def __init__(
        self, journals: Sequence[Journal], lanes: Iterable[Lane]
    ) -> None:
        self._start = journals[0].start
        self._clock = journals[0].clock
        self._of: dict[object, Lane] = {}
        self._first: dict[str, Journal] = {}
        self._again: dict[tuple[Journal, str], str] = {}
        self._names = {""}
        for lane in lanes:
            self._names |= {lane.client, lane.application}

    def placed(self, journal: Journal, entry: Entry) -> Entry:
        """Return an event of one of the journals as it is among all."""
        made: Any = copy(entry)
        made.lane = self._lane(journal, entry.lane)
        if not isinstance(entry, Delivery):  # that has a group's name, or so
            made.source = self.who(journal, entry.source)
        made.target = self.who(journal, entry.target)
        made.member = self.who(journal, entry.member)
        placed: Entry = made
        return placed

    def who(self, journal: Journal, who: Who) -> Who:
        """Return what somebody is called among all."""
        return who if isinstance(who, str) else self._lane(journal, who)

    def _lane(self, journal: Journal, lane: Lane) -> Lane:
        # One that no connection has is the same in all journals.
        named = lane.mailbox or lane.application == NOTEBOOK
        key: object = lane.application if named else lane
        made = self._of.get(key)
        if made is None:
            made = self._of[key] = replace(lane, number=len(self._of) + 1)
            if not named:
                made.client = self._name(journal, lane.client)
                made.application = self._name(journal, lane.application)
            if journal.clock == self._clock:
                made.start = self._start
        return made

    def _name(self, journal: Journal, name: str) -> str:
        """Return a name that no other journal has given to somebody."""
        if not name or self._first.setdefault(name, journal) is journal:
            return name
        key = journal, name
        if key not in self._again:
            self._again[key] = self._next(name)
        return self._again[key]

    def _next(self, name: str) -> str:
        base, _, number = name.rpartition("#")
        if not base or not number.isdecimal():
            base, number = name, "1"
        names = (f"{base}#{n}" for n in count(int(number) + 1))
        made = next(each for each in names if each not in self._names)
        self._names.add(made)
        return made
