"""A send with its deliveries: what is noted of it while nobody looks.

How it works: most messages are read at once, and are forgotten before anybody
asks for them. So a send to a thousand members makes no thousand objects. What
differs from member to member stands in lists, which Python fills without a
call for each, and what is the same each time in a plan (``plans``), which many
sends share. To a journal the send is one *act*, which counts for many entries.
One of these is made once somebody asks for it: who reads the journal, who
handles the message, or what becomes of it if that is not the usual. From then
on it is the entry that counts.

Entries are made and messages are read in several threads, and no lock is held
for both: whoever does the one writes it down first, and then looks whether the
other was done. So one of them at least sees both, and to say the same twice is
harmless.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from minichannels.flow.journal.events import (
    GONE,
    Entry,
    Lane,
    Who,
    next_ids,
)
from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.layer.messages import SentMessage
from minichannels.flow.recording.layer.plans import (
    NEVER,
    NOWHERE,
    Actors,
    LaneRow,
    Plan,
)
from minichannels.flow.recording.statuses import mark_read_at_once, mark_waiting
from minichannels.layers.forking import new_rlock

Rooms = list[int | None] | int
"""How many messages each of some mailboxes holds, if known; or any of them."""

SEND = -1
"""The place of a send before its deliveries."""

_NONE: dict[int, Entry] = {}
"""The entries of an act of which none is made."""

_NO_PLACES: dict[str, int] = {}

_making = new_rlock()

_NO_MORE: tuple[str, ...] = ()

_OF_A_PART = (
    "_first",
    "_gone",
    "_places",
    "at",
    "is_usual",
    "journal",
    "lane",
    "lanes",
    "made",
    "many",
    "moved",
    "size",
)

Copies = list[tuple[Journal, Entry]]


def _of_send(name: str) -> Any:
    """Return an attribute that a delivery shares with its send."""
    return property(attrgetter(f"sent.{name}"))


class Delivery(Entry):
    """One member's copy of a message in the journal, where it takes little.

    Attributes:
        sent: the send that it came of; what that carries, this carries.
    """

    kind, plain, is_http = "deliver", True, False
    sent: "TracedSend"

    # Made without a further call: whoever makes it sets what it knows.
    __init__ = object.__init__

    type, payload = _of_send("shown_type"), _of_send("shown_payload")
    group = _of_send("group")
    cause = act = _of_send("id")
    source: Any = property(lambda self: self.sent.group or self.sent.layer)


class ActPart:
    """What one journal has of a send and its deliveries: an act.

    Attributes:
        act: the send.
        journal: the journal.
        lane: whose lane the send is in; None if that is in another journal.
        lanes: the same of each delivery.
        moved: each lane's own count when it arrived; nothing is there as long
            as the journal has no act, but entries.
        at: when it was, by the journal's clock.
        made: those of its entries that somebody has asked for.
        is_whole: whether it is all of the send, which is in no other journal.
        is_odd: whether whoever reads it is to know more than what it is.
        is_usual: whether it is whole, and there is nothing more to it: to read
            it is noted in ``times`` alone.
    """

    plain, is_http, light = True, False, False

    # Those below have slots: of more than thirty attributes of a class that
    # has none, Python does not remember where they are.
    __slots__ = _NO_MORE

    act: "TracedSend"
    is_odd: bool
    is_whole: bool
    is_usual: bool
    of_http: bool
    journal: Journal
    many: int
    size: int
    lane: Lane | None
    lanes: Sequence[Lane]
    moved: Sequence[int]
    at: float | None
    made: dict[int, Entry]
    _places: Sequence[int]
    _first: int
    _gone: int

    def goes_into(
        self, journal: Journal, lane: Lane | None, row: LaneRow
    ) -> None:
        """Note in which journal it is.

        Args:
            journal: the journal.
            lane: whose lane the send is in, if that is in this one.
            row: the lanes of the deliveries.
        """
        self.journal, self.lane, self.at = journal, lane, None
        self.lanes, self._places = row.lanes, row.places
        self.many = many = len(row.places) + (lane is not None)
        self.size = self.act.weight * many
        self._first = self._gone = 0
        self.made, self.moved, self.is_usual = _NONE, (), False

    # As a journal has it

    def comes(self, now: float) -> None:
        """Note when it was, and how far each lane was then."""
        self.at = now
        if self.made:  # some ask for the send first
            self.made[SEND].at = now
        if self.lane is not None:
            self.lane.moved += 1
        self.moved = [lane.moved for lane in self.lanes]
        self.is_usual = self.is_whole and not self.is_odd

    @property
    def came(self) -> int:
        """How many had come into the journal with its first entry."""
        return self._first

    @came.setter
    def came(self, came: int) -> None:
        self._first = came
        if self.made:
            self._tell()

    @property
    def last(self) -> int:
        """How many had come with its last one."""
        return self._first + self._gone + self.many - 1

    def done(self) -> list[Entry]:
        """Return what code did: the send, if it is written down here."""
        return [] if self.lane is None else [self.entry(SEND)]

    def entries(self) -> list[Entry]:
        """Return its entries that are not forgotten, in their order."""
        return [*self.done(), *self.deliveries()][self._gone :]

    def deliveries(self) -> list[Entry]:
        """Return its deliveries as entries."""
        return list(map(self.entry, self._places))

    def forget(self, many: int) -> None:
        """Have so many more of its entries forgotten, the first ones first."""
        self._gone += many
        self.many -= many
        self.size -= self.act.weight * many
        if self.made:
            self._tell()

    def _tell(self) -> None:
        """Have those of its entries that are made know their place."""
        for index, entry in list(self.made.items()):
            entry.came = self._came(index)

    def _came(self, index: int) -> int:
        """Return an entry's place in the journal."""
        place = 0
        if index != SEND:
            is_whole = len(self._places) == len(self.lanes)
            place = index if is_whole else self._places.index(index)
            place += self.lane is not None
        if place < self._gone:
            return GONE
        return self._first + place

    # As others have it

    def entry(self, index: int) -> Entry:
        """Return a delivery as an entry, or the send; each time the same."""
        entry = self.made.get(index)
        if entry is None:
            made = self._sent() if index == SEND else self._delivery(index)
            entry = self._keep(index, made)
            if self._first:  # it stands for one that the journal has sorted
                # Perhaps at this moment, in another thread.
                while entry.came != (came := self._came(index)):
                    entry.came = came
            self.settle(index)
        return entry

    def _keep(self, index: int, made: Entry) -> Entry:
        """Have an entry stay, unless another thread was quicker; return it."""
        if self.made is _NONE:
            own: dict[int, Entry] = {}
            with _making:
                self.made = own if self.made is _NONE else self.made
        return self.made.setdefault(index, made)

    def settle(self, index: int) -> None:
        """Have a delivery's entry say it, if it was read at once."""
        entry = self.made.get(index)
        if entry is not None and index != SEND:
            now = self.act.times[index]
            if now < NEVER:
                mark_read_at_once(entry, now)

    def _sent(self) -> Entry:
        act, lane = self.act, self.lane or NOWHERE
        entry = act.entry_of(act.kind, lane, lane, act.layer, act.group)
        entry.id, entry.cause, entry.begun_in = act.id, act.cause, act.begun_in
        entry.member, entry.at = act.member, self.at
        return entry

    def _delivery(self, index: int) -> Entry:
        act, moved = self.act, self.moved
        made = Delivery()
        made.lane = made.target = self.lanes[index]
        made.sent = act
        made.id = act.first + index
        made.size, made.at = act.weight, self.at
        rooms, numbers = act.rooms, act.numbers
        room = rooms[index] if isinstance(rooms, list) else rooms
        mark_waiting(made, 1 if numbers is None else numbers[index], room)
        if moved:
            made.moved = moved[index]
        entry: Entry = made
        return entry


class AlsoIn(ActPart):
    """What one of several journals has of a send.

    Args:
        act: the send.
    """

    __slots__ = ("act", "of_http", *_OF_A_PART)

    is_odd = is_whole = False

    def __init__(self, act: "TracedSend") -> None:
        self.act, self.of_http = act, act.of_http


class TracedSend(SentMessage, ActPart):
    """A send, while the layer works on it, and as long as anything is of it.

    Whoever makes it sets what it knows.

    Attributes:
        kind: ``group_send`` or ``channel_send``.
        layer: the layer's name in the flow.
        group: the group's name there; empty if it is to one channel.
        member: whose that channel is.
        cause: the id of what it answers.
        begun_in: the id of the event in which the task began that sends it.
        id: its place in the order of arrival.
        is_sent: whether the layer is done with it, if it is to a group.
        full: what lay last in those mailboxes that were full before.
        plan: where it goes.
        first: the place of its first delivery in the order of arrival.
        numbers: in which place of its mailbox it waits; None if each is first.
        rooms: how many that holds, if known.
        times: when it was read at once; ``NEVER`` of others.
        places: by its channel, the place of each that waits.
        left: how many of them waited when they were counted.
    """

    __slots__ = (
        *_OF_A_PART,
        "begun_in",
        "cause",
        "first",
        "group",
        "id",
        "is_sent",
        "is_whole",
        "kind",
        "layer",
        "left",
        "member",
        "numbers",
        "places",
        "plan",
        "rooms",
        "times",
    )

    kind: str
    layer: str
    group: str
    member: Who
    cause: int | None
    begun_in: int | None
    id: int
    is_sent: bool
    left: int
    places: dict[str, int]
    full: Mapping[str, Any] = MappingProxyType({})
    plan: Plan
    first: int
    numbers: Sequence[int] | None
    rooms: Rooms
    times: list[float]
    _parts: Sequence[ActPart] = ()

    # No attribute: whoever knows itself is garbage, and is not just let go.
    act: Any = property(lambda self: self)

    @property
    def parts(self) -> Sequence[ActPart]:
        """What each journal has of it."""
        return (self,) if self.is_whole else self._parts

    def let_go(self) -> None:
        """Keep of what was read, or is lost, no more than a journal may."""
        self.moved, self.places = (), _NO_PLACES
        self.let_go_of_message()

    def goes(self, plan: Plan, actors: Actors, rooms: Rooms) -> None:
        """Note where it goes.

        Args:
            plan: says it.
            actors: the journals that have the send, and whose it is there.
            rooms: how many messages the mailboxes hold.
        """
        self.plan, self.rooms = plan, rooms
        self.times, self.member = plan.unread[:], plan.member
        self.first = next_ids(plan.many)
        senders = dict(actors)
        journals = {**senders, **plan.rows}
        self.is_whole = len(journals) == 1 == len(senders)
        self._parts = [] if self.is_whole else [AlsoIn(self) for _ in journals]
        for part, journal in zip(self.parts, journals, strict=True):
            row = plan.rows.get(journal) or LaneRow(plan.many)
            part.goes_into(journal, senders.get(journal), row)

    def goes_as_most(
        self,
        plan: Plan,
        row: LaneRow,
        journal: Journal,
        lane: Lane,
        rooms: Rooms,
    ) -> None:
        """Note where it goes, as :meth:`goes` does, if it is as most often.

        Args:
            plan: says it.
            row: the lanes of all who get it, by that plan.
            journal: the one that has all of it.
            lane: whose lane the send is in.
            rooms: how many messages the mailboxes hold.
        """
        self.plan, self.rooms = plan, rooms
        self.times, self.member = plan.unread[:], plan.member
        self.first, self.is_whole = next_ids(plan.many), True
        self.goes_into(journal, lane, row)

    def journals(self, channel: str) -> list[Journal]:
        """Return the journals that have the delivery to a channel."""
        index = self.plan.index[channel]
        there = [p for p in self.parts if p.lanes[index] is not NOWHERE]
        return [part.journal for part in there]

    def copies(self, index: int) -> Copies:
        """Return one delivery, as each journal has it."""
        return [
            (part.journal, part.entry(index))
            for part in self.parts
            if part.lanes[index] is not NOWHERE
        ]

    def leaves(self, journal: Journal) -> None:
        """Note no more in a journal that has ended."""
        others = [part for part in self.parts if part.journal is not journal]
        if len(others) < len(self.parts):
            self._parts = others
            self.is_whole = self.is_usual = False
