"""What is known of one connection while events are played.

How it works: it keeps the spans that may still change, and says of each event
which of them do (``model.spans`` has the rules). What passes between
connections (who is meant by a name, what a run has caused) is the fold's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from minichannels.flow.journal.events import Event
from minichannels.flow.journal.standing import Fact, Group
from minichannels.flow.model.spans import (
    Belonging,
    Full,
    Scope,
    Span,
    Wait,
    acts_there,
)

SIDE_BY_SIDE = 2
"""How many messages that wait are shown beside each other."""


@dataclass(slots=True, eq=False)
class ConnectionState:
    """One connection, as it stands after some events.

    Attributes:
        name: what runs there.
        number: its number; 0 while it is known by its name alone.
        client: its client; empty if it has none.
        former: what it was called before, if it was.
        user: who is logged in there, if that is known.
        first: the place where something was done there first, if it was.
        last: the place where something was done there last.
        scope: its life, once that has begun.
        ended: the event with which it ended, if it did.
        handled: the last event of which the handler is known.
        ghost: the note that it is a ghost, if it is one.
        memberships: those that are not over, by their groups.
        waits: the messages that wait, by their numbers.
        capacity: how many its mailbox can hold; None if unknown.
        full: the time while its mailbox is full, if it is.
    """

    name: str
    number: int = 0
    client: str = ""
    former: str = ""
    user: str = ""
    first: float | None = None
    last: float = 0
    scope: Scope | None = None
    ended: Event | None = None
    handled: Event | None = None
    ghost: Event | None = None
    memberships: dict[Group, Belonging] = field(default_factory=dict)
    waits: dict[int, Wait] = field(default_factory=dict)
    capacity: int | None = None
    full: Full | None = None

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.ended is None

    @property
    def answered(self) -> bool:
        """Whether it was an HTTP request, and is over without an error."""
        return (
            self.scope is not None
            and self.scope.event.type == "http.request"
            and self.ended is not None
            and self.ended.kind != "crash"
        )

    @property
    def handler(self) -> str:
        """The last handler that was started; empty if none was."""
        return self.handled.handler if self.handled else ""

    @property
    def is_full(self) -> bool:
        """Whether nothing more can wait."""
        return self.capacity == len(self.waits)

    @property
    def unread(self) -> bool:
        """Whether this is a mailbox of which no reader is known."""
        return self.name.startswith("channel#") and self.handled is None

    @property
    def groups(self) -> list[Group]:
        """Those that it is a member of, by name."""
        return sorted([k for k, m in self.memberships.items() if m.goes_on])

    def become_known(self, event: Event) -> None:
        """Take the number and the client of its first event."""
        self.number, self.client = event.connection, event.client
        self.former = event.former
        for membership in self.memberships.values():
            membership.connection = self.number

    # Its scope

    def live(self, event: Event, place: float) -> Iterator[Span]:
        """Note what an event tells of its life."""
        self.user = event.user or self.user
        known = self.handled.seq if self.handled else 0
        if event.handler and event.seq >= known:
            self.handled = event
        if event.ends:
            self.ended = event
        if event.kind == "ghost":
            self.ghost = event
        if acts_there(event):
            yield from self._acts(event, place)
        if self.scope and self.ended and self.scope.end != self.last:
            self.scope.end = self.last
            yield from self._lived(self.scope)

    def _acts(self, event: Event, place: float) -> Iterator[Span]:
        """Note that something is done here: so its scope has begun."""
        self.first = place if self.first is None else self.first
        if self._lives(event):
            self.last = max(self.last, place)
        begins = event.kind == "receive" or event.handler != ""
        if begins and self.scope is None:
            self.scope = Scope(event, self.number, self.first)
            for membership in self.memberships.values():
                membership.scope = self.scope
            yield from self._lived(self.scope)

    def _lives(self, event: Event) -> bool:
        """Return whether it is alive with an event.

        Not by a task that it left, nor by others who send over its socket.
        """
        if self.ended is None or not (event.begun_in or event.sender):
            return True
        return event.seq <= self.ended.seq

    def _lived(self, scope: Scope) -> Iterator[Span]:
        """Yield the scope, and what is as long as it."""
        yield scope
        yield from self.memberships.values()

    # Its memberships

    def belong(
        self, fact: Fact["ConnectionState", Event], event: Event, place: float
    ) -> Iterator[Span]:
        """Begin a membership, change it, or end it, as a fact says."""
        where = fact.where
        if fact.over:
            self.memberships[where].end = place
            yield self.memberships.pop(where)
            return
        if where not in self.memberships:
            made = Belonging(event, self.number, place, scope=self.scope)
            self.memberships[where] = made
        # Whoever has ended, and is made a member by another, is a ghost, too.
        others = event.connection != self.number
        if event.kind == "ghost" or (others and not self.open):
            self.memberships[where].ghost = True
        yield self.memberships[where]

    # Its mailbox

    def wait(self, event: Event, place: float, shown: bool) -> Iterator[Span]:
        """Note what an event tells of the messages that wait."""
        if event.traits.ends_wait:
            fate = "read" if event.kind == "read" else event.status
            yield from self._take_out(event.cause or 0, place, fate)
        elif event.status == "waiting":
            yield from self._put_in(event, place, shown)
        else:
            yield from self._take_out(event.seq, place)

    def _put_in(
        self, event: Event, place: float, shown: bool
    ) -> Iterator[Span]:
        if event.capacity is not None:
            self.capacity = event.capacity
        if event.seq in self.waits:
            self.waits[event.seq].event = event
            return
        large = (event.capacity or 0) > SIDE_BY_SIDE
        wait = Wait(event, self.number, place)
        if not shown:
            wait.slot = -1
        elif not large and any(w.slot == 0 for w in self.waits.values()):
            wait.slot = 1
        self.waits[event.seq] = wait
        yield wait
        if large and event.waiting == event.capacity and not self.full:
            self.full = Full(event, self.number, place)
            yield self.full

    def _take_out(
        self, seq: int, place: float, fate: str = ""
    ) -> Iterator[Span]:
        """End a wait; without a fate, it turned out that it never was."""
        wait = self.waits.pop(seq, None)
        if wait is not None:
            wait.end, wait.fate, wait.void = place, fate, not fate
            yield wait
            full = self.full
            if full is not None and (fate or full.event.seq == seq):
                full.end, full.void, self.full = place, not fate, None
                yield full


def last_act(events: Sequence[Event]) -> tuple[Event | None, dict[int, Event]]:
    """Return the last event's send, and what it delivered to whom."""
    if not events or events[-1].kind != "deliver":
        return None, {}
    cause = events[-1].cause
    sends = [event for event in events if event.seq and event.seq == cause]
    delivered = {
        event.connection: event
        for event in events
        if event.kind == "deliver" and event.cause == cause
    }
    return (sends[0] if sends else None), delivered
