"""What a journal is made of: events, and the lanes that they belong to.

A :class:`Lane` is a place where things happen one after another: the life of
one connection, a cell of a notebook, a mailbox that nobody is known to read.
An :class:`Entry` is something that happened there, while its names and its
fate may still change; an :class:`Event` is what a reader gets to see of it.
"""

import functools
import itertools
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from minichannels.flow.journal.kinds import KINDS, Kind

NO_STEPS: Mapping[int, int] = MappingProxyType({})

Call = tuple[str, int, str]
"""A call that code stood in: its file, the line, and the function's name."""

_numbers = itertools.count(1)

next_id = _numbers.__next__
"""Gives the numbers of arrival, one sequence for all journals."""


def next_ids(many: int) -> int:
    """Return the first of so many of these numbers, with no gap in between."""
    if not many:
        return 0
    # In one step: no other thread gets any of them.
    return next(itertools.islice(_numbers, many - 1, None)) - many + 1


# Not an attribute of its own: most would get that when they are forgotten, and
# an attribute more than others of its class have takes an object a dict.
GONE = sys.maxsize
"""The place of an event in its journal that is not kept any more."""

ON_LOOP = "event loop"
"""What an async handler runs on."""

FULL = frozenset({"dropped", "refused"})
"""The statuses of a delivery whose mailbox had no room for it."""

LOST = (
    "dropped",
    "expired",
    "unhandled",
    "refused",
    "undelivered",
    "unanswered",
)
"""The statuses of what never did what it was sent for; told in this order."""

_LOST = frozenset(LOST)  # each event is looked up, and most are not there

OF_LIFE = frozenset({"connect", "accept", "disconnect", "close"})
"""How the types of events end with which a socket begins or ends."""


@functools.lru_cache(maxsize=1_000)  # a program uses the same few types
def ends_scope(type_: str) -> bool:
    """Return whether a scope ends with an event of this type.

    Of an HTTP request the answer is the end, whether or not somebody has left.
    """
    if type_.endswith(".disconnect"):
        return type_ != "http.disconnect"
    return type_ == "websocket.close"


@dataclass(slots=True)
class Heads:
    """What of the headers of a connection is kept, where any of it is.

    Attributes:
        origin: under which scheme and name it was asked for; empty if that is
            not known.
        asked: what the body of a request is said to be; empty if not known.
        answered: what the body of its response is said to be.
    """

    origin: str = ""
    asked: str = ""
    answered: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        seq: its number in the line-up; 0 for a note (a ghost), which says
            what follows from the events before it.
        kind: the name of its kind, one of ``KINDS`` (``journal.kinds``).
        source: the name of who it came from.
        target: the name of who it went to; empty if it went nowhere.
        type: the type of the message, or of the exception.
        payload: what it carried, without headers and addresses; channels in it
            are called as in the flow.
        connection: the number of its lane, in order of opening.
        client: the name of that lane's client; empty if it has none.
        application: the name of what runs in that lane.
        group: the group concerned, if any.
        member: who joins or leaves the group, or haunts it.
        cause: the ``seq`` of the event that led to it, if known.
        begun_in: the ``seq`` of the event while which was handled the task
            began that did this; where no ``cause`` is known.
        status: ``delivered``, ``waiting`` (in a mailbox), ``dropped``,
            ``expired``, ``unhandled``, ``refused``, ``undelivered``,
            ``unanswered``.
        reason: what became of it in words, such as ``full 2/2``: for readers
            alone, nothing asks what it says.
        waiting: of a message that waits, in which place of its mailbox.
        capacity: how many messages that mailbox holds, if known; also of one
            that had no room for the message.
        handler: the handler that it was dispatched to, if known.
        members: of a send, how many deliveries it led to.
        ends: whether its connection's scope ended with it.
        former: of a mailbox, what it was called before; empty if the same.
        process: the process of its lane, if there are several.
        user: who is logged in at its lane, if that is known.
        sender: whose code sent it, if another connection's: so it is where one
            has a list of sockets, and sends to each.
        thread: what its handler ran on, if known: ``event loop``, ``pool``
            (any of its threads) or ``one thread`` (that of all such handlers).
        began: the step in which its handler began to run; 0 if not known. In
            one step handlers begin, then some end. Steps may differ from run
            to run, and nothing that is saved has them.
        ended: the step in which it ended; 0 if that is not known.
        arrival: its place in the order of arrival. It may differ from run to
            run, and nothing that is stored depends on it.
        at: when it was, in seconds since the recording began, if known. No
            order and no picture depends on it, nor on the next two.
        ran: for how many seconds its handler ran, if known.
        waited: for how many seconds its message lay in a mailbox, if known;
            of an answer to a request that was not read, how old that was.
        calls: the lines of the developer's own code that did it, the innermost
            first, if they are noted. Nothing that is saved has them: they are
            paths of a machine.
        heads: what is kept of the headers of its connection, if anything is.
            No picture has it, for it is of one run.
        traits: what holds for all events of its kind.

    Raises:
        ValueError: there is no such kind.
    """

    seq: int
    kind: str
    source: str
    target: str
    type: str
    payload: Mapping[str, Any]
    connection: int
    client: str = ""
    application: str = ""
    group: str = ""
    member: str = ""
    cause: int | None = None
    begun_in: int | None = None
    status: str = "delivered"
    reason: str = ""
    waiting: int | None = None
    capacity: int | None = None
    handler: str = ""
    members: int = 0
    ends: bool = False
    former: str = ""
    process: str = ""
    user: str = ""
    sender: str = ""
    thread: str = ""
    began: int = 0
    ended: int = 0
    arrival: int = 0
    at: float | None = None
    ran: float | None = None
    waited: float | None = None
    calls: tuple[Call, ...] = field(default=(), compare=False)
    heads: Heads | None = field(default=None, compare=False)
    traits: Kind = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Once: each drawing asks for them many times.
        object.__setattr__(self, "traits", KINDS[self.kind])

    @property
    def is_lost(self) -> bool:
        """Whether it tells of something that was lost, or failed."""
        return self.status in _LOST or self.traits.fails

    @property
    def is_life(self) -> bool:
        """Whether a socket begins or ends with it."""
        return self.traits.at_socket and self.type.rpartition(".")[2] in OF_LIFE

    @property
    def is_data(self) -> bool:
        """Whether it carried something over a socket."""
        return self.traits.at_socket and not self.is_life


@dataclass(slots=True, eq=False)
class Lane:
    """A place in the journal where things happen one after another.

    Its names may become known late (a router decides which consumer it is),
    and count for all of its events then.

    Attributes:
        number: its number, in order of opening.
        client: the name of the client; empty if there is none.
        application: the name of what runs there.
        former: what it was called before, or is elsewhere; of mailboxes.
        mailbox: whether it is a mailbox that nobody is known to read.
        process: the process that it is in, if there are several.
        user: who is logged in there, if that is known.
        moved: how many things happened, without arrivals in the mailbox.
        open: whether a connection is there, and not over.
        known: whether an event has said that it is there.
        start: the time from which the times of its entries count.
        opened: when it was opened, by the same clock; of a connection.
        heads: what is kept of its headers, if anything is.
    """

    number: int
    client: str
    application: str
    former: str = ""
    mailbox: bool = False
    process: str = ""
    user: str = ""
    moved: int = 0
    open: bool = False
    known: bool = False
    start: float = 0
    opened: float = 0
    own: bool = False
    heads: Heads | None = None


Who = Lane | str
"""Who sends or gets something: a lane's application, or a plain name."""


@dataclass(init=False, eq=False)
class Entry:
    """An event while it is in the journal: without a number or final names.

    Attributes:
        id: its place in the order of arrival.
        lane: where it happened.
        cause: the id of what led to it.
        begun_in: the id of the event in which the task began that did it.
        act: the id of the send whose delivery it is.
        acted: when its client did it, in the order of arrival; 0 if that is
            not known.
        moved: for a delivery, the lane's own count when it arrived.
        begun: whether a consumer reported that its handler runs.
        thread: what its handler runs on.
        began: when the handler began, in the order of arrival; 0 if it did not.
        ended: when it ended, in that order; 0 if it did not.
        origin: of what came from another process, the key of its send.
        at: when it was, by the journal's clock.
        ran: for how many seconds its handler ran.
        waited: for how many seconds its message lay in a mailbox, or what it
            answers did.
        calls: the lines of the developer's own code that did it.
        size: how much of the journal's room the payload takes.
        came: how many had come into the journal with it, once that is sorted;
            ``GONE`` if it was kept, and is not any more.
        grown: how often its payload has become larger.
        fact: what it says that still holds (``journal.standing``).
    """

    kind: str
    lane: Lane
    type: str
    payload: Mapping[str, Any]

    # Most entries never know these: they have the class's own.
    source: Who = ""
    target: Who = ""
    group: str = ""
    member: Who = ""
    cause: int | None = None
    begun_in: int | None = None
    status: str = "delivered"
    reason: str = ""
    waiting: int | None = None
    capacity: int | None = None
    handler: str = ""
    ends: bool = False
    id: int = 0
    act: int = 0
    acted: int = 0
    moved: int = 0
    begun: bool = False
    thread: str = ""
    began: int = 0
    ended: int = 0
    origin: str = ""
    at: float | None = None
    ran: float | None = None
    waited: float | None = None
    calls: tuple[Call, ...] = ()
    size: int = 0
    came: int = 0
    grown: int = 0
    fact: Any = None

    # Whether a connection is there that has no lane so far.
    is_open = False

    # Whether it is of a class of which none is of HTTP, or says who is there.
    plain = False

    # Whether it is of a class of which none is taken back, nor grows.
    light = False

    # How many it stands for in its journal (see ``WholeAct``).
    many = 1

    def __init__(
        self,
        kind: str,
        lane: Lane,
        type: str,
        payload: Mapping[str, Any],
        source: Who = "",
        target: Who = "",
    ) -> None:
        self.kind, self.lane = kind, lane
        self.type, self.payload = type, payload
        if source or target:
            self.source, self.target = source, target

    @property
    def forgotten(self) -> bool:
        """Whether it was kept, and is not any more."""
        return self.came == GONE

    @property
    def is_http(self) -> bool:
        """Whether it is of an HTTP request, or its response."""
        return self.type[:5] == "http."

    def become(
        self,
        status: str,
        reason: str = "",
        *,
        waiting: int | None = None,
        capacity: int | None = None,
    ) -> None:
        """Note what became of it; what was said before counts no more."""
        self.status, self.reason = status, reason
        self.waiting, self.capacity = waiting, capacity

    def numbered(
        self,
        seq: int,
        cause: int | None,
        begun_in: int | None,
        members: int = 0,
        steps: Mapping[int, int] = NO_STEPS,
    ) -> Event:
        """Return the event as it stands at one place of the line-up."""
        source, target = name_of(self.source), name_of(self.target)
        if KINDS[self.kind].at_socket:
            source, target = self.lane.client, self.lane.application
            if KINDS[self.kind].outward:
                source, target = target, source
        return Event(
            seq=seq,
            kind=self.kind,
            source=source,
            target=target,
            type=self.type,
            payload=self.payload,
            connection=self.lane.number,
            client=self.lane.client,
            application=self.lane.application,
            group=self.group,
            member=name_of(self.member),
            cause=cause,
            begun_in=begun_in,
            status=self.status,
            reason=self.reason or self._waits(),
            waiting=self.waiting,
            capacity=self.capacity,
            handler=self.handler,
            members=members,
            ends=self.ends,
            former=self.lane.former,
            process=self.lane.process,
            user=self.lane.user,
            sender=self._sender(),
            thread=self.thread,
            began=steps.get(self.began, 0),
            ended=steps.get(self.ended, 0),
            arrival=self.id,
            at=None if self.at is None else self.at - self.lane.start,
            ran=self.ran,
            waited=self.waited,
            calls=self.calls,
            heads=self.lane.heads,
        )

    def changeable(self) -> tuple[object, ...]:
        """Return all of it that may become known better."""
        return (
            self.status,
            self.reason,
            self.waiting,
            self.capacity,
            self.handler,
            self.ends,
            self.grown,
            self.cause,
            self.ran,
            self.waited,
            self.lane.client,
            self.lane.application,
            self.lane.user,
            name_of(self.source),
            name_of(self.target),
            name_of(self.member),
        )

    def _sender(self) -> str:
        """Return whose code sent it, if another connection's."""
        kind = KINDS[self.kind]
        other = isinstance(self.source, Lane) and self.source is not self.lane
        return name_of(self.source) if other and kind.at_socket else ""

    def _waits(self) -> str:
        """Return where it waits, in words; empty if it does not."""
        if self.waiting is None:
            return ""
        of = "" if self.capacity is None else f"/{self.capacity}"
        return f"waits {self.waiting}{of}"


def name_of(who: Who) -> str:
    """Return what somebody is called by now."""
    return who if isinstance(who, str) else who.application
