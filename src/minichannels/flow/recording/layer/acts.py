"""A send with its deliveries: what is noted of it while nobody looks.

How it works: most messages are read at once, and are forgotten before anybody
asks for them. So a send to a thousand members makes no thousand objects. What
differs from member to member stands in lists, which Python fills without a
call for each. What is the same each time, as long as nobody comes or goes, is
a *plan*, which many sends share. To a journal the send is one *act*, which
counts for many entries. One of these is made once somebody asks for it: who
reads the journal, who handles the message, or what becomes of it if that is
not the usual. From then on it is the entry that counts.

Entries are made and messages are read in several threads, and no lock is held
for both: whoever does the one writes it down first, and then looks whether the
other was done. So one of them at least sees both, and to say the same twice is
harmless.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from minichannels.flow.journal.cause_key import KEY, key_of
from minichannels.flow.journal.events import (
    GONE,
    Entry,
    Lane,
    Who,
    next_ids,
)
from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.keeping import HEAVY, LARGEST, shortened
from minichannels.flow.journal.payloads import snapshot, weight, words
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.clients.cells import current_cell
from minichannels.flow.recording.layer.messages import own
from minichannels.flow.recording.statuses import mark_read_at_once, mark_waiting
from minichannels.layers.forking import new_rlock

NOWHERE = Lane(0, "", "")
"""The lane of what no journal has."""

Rooms = list[int | None] | int
"""How many messages each of some mailboxes holds, if known; or any of them."""

NEVER = math.inf
"""What stands for the time of what was not read, or not at once."""

SEND = -1
"""The place of a send before its deliveries."""

Actors = Sequence[tuple[Journal, Lane]]
"""The journals that have a send, and the lane of its sender in each."""

_NONE: dict[int, Entry] = {}
"""The entries of an act of which none is made."""

_NO_PLACES: dict[str, int] = {}

_running = CURRENT.get  # at each send: to look it up takes as long

_making = new_rlock()

Copies = list[tuple[Journal, Entry]]

_TYPE = len("type")

_ATOMS = frozenset({float, bool, type(None)})
"""The classes of values that are light, and that nobody can change."""

_WIDEST = 2**64
"""Whole numbers from here on, and those as far below zero, are not light."""


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


class LaneRow:
    """The lanes of those who read a message, as far as a journal has them.

    Args:
        many: how many get it.

    Attributes:
        lanes: of each who gets it, in their order; ``NOWHERE`` of others.
        places: the places of those that the journal has.
    """

    __slots__ = ("lanes", "places")

    def __init__(self, many: int) -> None:
        self.lanes = [NOWHERE] * many
        self.places: list[int] = []

    def add(self, place: int, lane: Lane) -> None:
        """Note whose lane somebody has."""
        self.lanes[place] = lane
        self.places.append(place)


class Plan:
    """Where a message goes, as long as nobody comes or goes.

    Attributes:
        channels: the names of the channels that get it.
        index: the place of each among them.
        waiting: what waits in each.
        rows: for each journal that has deliveries, the lanes of these.
        journals: the journals of whoever sends it.
        actors: for each of them, the lane of a sender that is no connection;
            none as long as that is not known.
        only: the one journal that has deliveries, with their lanes; None
            twice if there are none, and the first if there are several.
        many: how many they are.
        unread: when each was read, as long as none was.
        usual: if one journal has all of a send by this plan, the lanes of those
            who get it.
    """

    __slots__ = (
        "actors",
        "channels",
        "index",
        "journals",
        "many",
        "only",
        "rows",
        "unread",
        "usual",
        "waiting",
    )

    def __init__(
        self,
        channels: Sequence[str],
        waiting: "list[deque[TracedSend]]",
        rows: dict[Journal, LaneRow],
        journals: tuple[Journal, ...],
    ) -> None:
        self.channels, self.waiting, self.rows = channels, waiting, rows
        self.index = {name: index for index, name in enumerate(channels)}
        self.many = len(channels)
        self.unread = [NEVER] * self.many
        self.journals = journals
        self.actors: Actors = ()
        self.only: tuple[Journal | None, LaneRow | None] = (None, None)
        if len(rows) == 1:
            (self.only,) = rows.items()
        elif rows:
            self.only = None, LaneRow(0)
        journal, row = self.only
        is_usual = journal is not None and journals == (journal,)
        self.usual: LaneRow | None = row if is_usual else None


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
        is_usual: whether one journal has all of it, and there is nothing more
            to it: to read it is noted in ``times`` alone.
        may_be_usual: whether it is that, if the journal makes no entries of it.
    """

    plain, is_http, light = True, False, False
    act: "TracedSend"
    journal: Journal
    many: int
    size: int
    of_http = False
    lane: Lane | None
    lanes: Sequence[Lane]
    moved: Sequence[int] = ()
    at: float | None = None
    _places: Sequence[int]
    made = _NONE
    is_usual = may_be_usual = False
    _first = _gone = 0

    def goes_into(
        self, journal: Journal, lane: Lane | None, row: LaneRow
    ) -> None:
        """Note in which journal it is.

        Args:
            journal: the journal.
            lane: whose lane the send is in, if that is in this one.
            row: the lanes of the deliveries.
        """
        self.journal, self.lane = journal, lane
        self.lanes, self._places = row.lanes, row.places
        self.many = many = len(row.places) + (lane is not None)
        self.size = self.act.weight * many

    # As a journal has it

    def comes(self, now: float) -> None:
        """Note when it was, and how far each lane was then."""
        self.at = now
        if self.made:  # some ask for the send first
            self.made[SEND].at = now
        if self.lane is not None:
            self.lane.moved += 1
        self.moved = [lane.moved for lane in self.lanes]
        self.is_usual = self.may_be_usual

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
        entry.cause, entry.begun_in = act.cause, act.begun_in
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

    def __init__(self, act: "TracedSend") -> None:
        self.act, self.of_http = act, act.of_http


class TracedSend(ActPart):
    """A send, while the layer works on it, and as long as anything is of it.

    Attributes:
        kind: ``group_send`` or ``channel_send``.
        layer: the layer's name in the flow.
        group: the group's name there; empty if it is to one channel.
        member: whose that channel is.
        cause: the id of what it answers.
        begun_in: the id of the event in which the task began that sends it.
        hidden: the secrets of the client of whoever sends it, if one of them
            is in the message.
        weight: what it weighs, each time.
        is_odd: whether whoever reads it is to know more than what it is.
        message: what to give to the layer; of a plain one a copy, which
            nobody gets.
        is_plain: whether it is one: a dict of what nobody can change, with
            nothing of the recorder's in it.
        id: its place in the order of arrival; 0 if it was not seen.
        key: what stands in the message to tell it, if anything does.
        cell: the notebook's cell that it comes from.
        full: what lay last in those mailboxes that were full before.
        plan: where it goes.
        first: the place of its first delivery in the order of arrival.
        numbers: in which place of its mailbox it waits; None if each is first.
        rooms: how many that holds, if known.
        times: when it was read at once; ``NEVER`` of others.
        places: by its channel, the place of each that waits.
        left: how many of them waited when they were counted.
    """

    # An attribute that is as here takes no time.
    member: Who = ""
    cause: int | None = None
    begun_in: int | None = None
    hidden: tuple[str, ...] = ()
    id = 0
    left: int
    places: dict[str, int]
    key = ""
    cell: Any = None
    is_odd: bool
    full: Mapping[str, Any] = MappingProxyType({})
    plan: Plan
    _parts: Sequence[ActPart] | None = ()
    _is_given = False
    first: int
    numbers: Sequence[int] | None = None
    rooms: Rooms
    times: list[float]
    _content: tuple[str, dict[str, Any]] | None = None
    _shown: tuple[str, dict[str, Any]] | None = None

    # No attribute: whoever knows itself is garbage, and is not just let go.
    act: Any = property(lambda self: self)

    def __init__(
        self,
        message: Mapping[str, Any],
        kind: str = "",
        layer: str = "",
        group: str = "",
    ) -> None:
        self.kind, self.layer, self.group = kind, layer, group
        cell = current_cell()
        self.is_odd, self.of_http = cell is not None, False
        if cell is not None:
            self.cell = cell
        running = _running()
        weight = -1 if running and running.secrets else _light(message)
        self.is_plain = weight >= 0
        if weight < 0:
            self._look(message)
            return
        # What a journal keeps of it is found out when somebody asks for it.
        self.weight = weight
        self.message = {**message}

    def _look(self, message: Mapping[str, Any]) -> None:
        """Take down what there is to a message that is not a plain one."""
        type_, payload = self._content = content(message)
        self.weight = len(type_) + weight(payload)
        self._shown, self.hidden = _shown(type_, payload)
        self.is_odd = self.is_odd or bool(self.hidden)
        if self.weight > LARGEST:
            self._shown = type_, payload = shortened(*self._shown)
            self.weight = len(type_) + weight(payload)
        self.of_http = self.shown_type[:5] == "http."
        self.message = own(message)
        # That of an event from a layer that was not recorded, sent on.
        self.message.pop(KEY, None)

    @property
    def parts(self) -> Sequence[ActPart]:
        """What each journal has of it."""
        return (self,) if self._parts is None else self._parts

    @property
    def content(self) -> tuple[str, dict[str, Any]]:
        """The message's type, as text, and all else in it, when it was sent."""
        if self._content is None:
            self._content = content(self.message)
        return self._content

    @property
    def shown_type(self) -> str:
        """The type without what the client of whoever sends it has shown."""
        return (self._shown or self.content)[0]

    @property
    def shown_payload(self) -> dict[str, Any]:
        """The same of all else in the message."""
        return (self._shown or self.content)[1]

    def mark(self) -> None:
        """Put the key of this send into the message."""
        self.is_plain, self.is_odd = False, True
        self.key = self.message[KEY] = key_of(self.id)

    def unmark(self, given: dict[str, Any]) -> None:
        """Take the key out of the message that the layer was given."""
        self.key = ""
        del given[KEY]

    def gives(self) -> dict[str, Any]:
        """Return the message, to give it to the layer."""
        message, self._is_given = self.message, True
        return message

    def let_go(self) -> None:
        """Keep of what was sent, and read, no more than a journal may.

        It may be much larger than that, or hold on to anything. In another
        thread it may not even be sent yet.
        """
        self.moved, self.places = (), _NO_PLACES
        # What is to be kept of a plain one is found out later.
        if not self.is_plain and self._is_given and self._shown is not None:
            self.message = {}

    def entry_of(
        self, kind: str, lane: Lane, source: Who, target: Who, group: str
    ) -> Entry:
        """Return an entry that carries what the message carries."""
        type_, payload = self.shown_type, self.shown_payload
        entry = Entry(kind, lane, type_, payload, source, target)
        entry.id, entry.group, entry.size = self.id, group, self.weight
        return entry

    def carried(self, type_: str, payload: dict[str, Any]) -> bool:
        """Return whether it was a message of this content when it was sent."""
        sent, all_else = self.content
        return sent == type_ and (
            all_else == payload or repr(all_else) == repr(payload)
        )

    def goes(self, plan: Plan, actors: Actors, rooms: Rooms) -> None:
        """Note where it goes.

        Args:
            plan: says it.
            actors: the journals that have the send, and whose it is there.
            rooms: how many messages the mailboxes hold.
        """
        self.plan, self.rooms = plan, rooms
        self.times = plan.unread[:]
        self.first = next_ids(plan.many)
        journal, row = plan.only
        if len(actors) == 1 and (actors[0][0] is journal or row is None):
            journal, lane = actors[0]
            self._parts = None
            self.goes_into(journal, lane, row or LaneRow(0))
            self.may_be_usual = not self.is_odd
            return
        self._parts = parts = []
        senders = dict(actors)
        for journal in {**senders, **plan.rows}:
            part = AlsoIn(self)
            row = plan.rows.get(journal) or LaneRow(plan.many)
            part.goes_into(journal, senders.get(journal), row)
            parts.append(part)

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
        self.times, self._parts, self.made = plan.unread[:], None, _NONE
        many, self.first = plan.many, next_ids(plan.many)
        self.journal, self.lane, self.may_be_usual = journal, lane, True
        self.lanes, self._places = row.lanes, row.places
        self.many, self.size = many + 1, self.weight * (many + 1)

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
            self.is_usual, self._parts = False, others


def _light(  # noqa: C901  # each send passes here: no calls
    message: Mapping[str, Any],
) -> int:
    """Return what a plain message weighs; -1 if it is none, or a heavy one.

    A plain one has text, bytes and numbers in it, which nobody can change.
    """
    if type(message) is not dict or KEY in message:
        return -1
    size = 0
    for key, value in message.items():
        kind = type(value)
        if type(key) is not str:
            return -1
        if kind is str or kind is bytes:
            size += len(key) + len(value)
        elif kind in _ATOMS or (kind is int and -_WIDEST < value < _WIDEST):
            size += len(key) + 1
        else:
            return -1
    type_ = message.get("type")
    if type_ is not None:
        if type(type_) is not str or type_[:5] == "http.":
            return -1  # a journal has a room of its own for the latter
        size -= _TYPE
    return size if size <= HEAVY else -1


def _shown(
    type_: str, payload: dict[str, Any]
) -> tuple[tuple[str, dict[str, Any]], tuple[str, ...]]:
    """Return what of a message may be kept, and which secrets it has, if any.

    Whoever sends it may know what the client has shown that it works for.
    """
    running = CURRENT.get()
    if running is not None and running.secrets:
        shown = running.masked(type_), running.masked(payload)
        if shown != (type_, payload):
            return shown, running.secrets
    return (type_, payload), ()


def content(message: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return a message's type, as text, and all else in it, as it is now."""
    payload = snapshot(message)
    payload.pop("type", None)
    payload.pop(KEY, None)
    return words(message.get("type", "")), payload
