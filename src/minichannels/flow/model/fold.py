"""The fold: what follows from events, one event after another.

How it works: the fold is given each event once, with its place, and keeps for
each connection what holds now; it answers with the spans that the event has
begun, changed or ended (``model.spans`` says which event does what). A
figure lays out its rows, plays all events, and draws the spans; the live view
plays each event as it comes, and draws what has changed. What holds in
between is the same, because it comes from here.

Who is connected, and who a member, is said by ``journal.standing``, for the
journal asks that too; here it gets a place.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator

from minichannels.flow.journal.events import Event
from minichannels.flow.journal.standing import OF_MEMBERS, OPEN, Fact, Facts
from minichannels.flow.model.connections import ConnectionState
from minichannels.flow.model.spans import Run, Span, starts_run

MOST_KEPT = 2_000
"""Of a flow without an end, how many runs may still become longer; and how
many connections that are over are remembered."""


class Fold:
    """What holds after some events.

    Args:
        most: how many of the latest runs may still become longer, and how
            many connections that are over are remembered.

    Attributes:
        connections: what is known of each, by its number.
        facts: who is connected, and who is a member.
        forgotten: how many connections of clients are not remembered.
    """

    def __init__(self, most: float = math.inf) -> None:
        self.connections: dict[int, ConnectionState] = {}
        self.facts = Facts[ConnectionState, Event]()
        self.forgotten = 0
        self._named: dict[str, ConnectionState] = {}
        self._runs: dict[int, Run] = {}
        self._over: deque[ConnectionState] = deque()
        self._most = most

    def play(
        self, event: Event, place: float, shown: bool = True
    ) -> list[Span]:
        """Take in one more event; return the spans that it concerns.

        Args:
            event: the event.
            place: where it stands.
            shown: whether a wait that begins with it needs room.
        """
        here = self._here(event)
        facts = self._note(here, event)
        spans = [*here.live(event, place), *self._run(here, event, place)]
        for fact in facts:
            if fact.where != OPEN:
                spans += fact.who.belong(fact, event, place)
        if event.traits.at_mailbox:
            spans += here.wait(event, place, shown)
        return spans

    def amend(
        self, event: Event, place: float, shown: bool = True
    ) -> list[Span]:
        """Take in what became known later of an event that was played.

        Which handler it started, whether it was read at once, whether a scope
        ended with it: who joins and leaves is known from the beginning.
        """
        here = self._here(event)
        if event.ends:
            self._note(here, event)
        spans = [*here.live(event, place), *self._run(here, event, place)]
        if event.traits.at_mailbox:
            spans += here.wait(event, place, shown)
        return spans

    def of_interest(self) -> dict[int, ConnectionState]:
        """Return the connections, without what is over and in nothing.

        Of clients' connections, those that were WebSockets are of interest
        even then; a request that was answered has no place in it.
        """
        # Of some members only the names are known: no event was theirs yet.
        # They get numbers below 0, which no connection has.
        strangers = [s for s in self._named.values() if not s.number]
        unknown = {-n: state for n, state in enumerate(strangers, start=1)}
        everybody = self.connections | unknown
        return {
            number: state
            for number, state in everybody.items()
            if (state.client and not state.answered)
            or state.waits
            or state.groups
        }

    def _here(self, event: Event) -> ConnectionState:
        """Return the connection where an event happens."""
        here = self.connections.get(event.connection)
        if here is None:
            here = self._of_name(event.application)
            if here.number:  # another one has the same name
                here = ConnectionState(event.application)
                self._named[event.application] = here
            here.become_known(event)
            self.connections[event.connection] = here
        return here

    def _of_name(self, name: str) -> ConnectionState:
        """Return a connection that is spoken of; it may come only later."""
        return self._named.setdefault(name, ConnectionState(name))

    def _run(
        self, here: ConnectionState, event: Event, place: float
    ) -> Iterator[Span]:
        own = self._runs.get(event.cause or 0)
        active = not event.traits.passive
        if active and own and own.connection == event.connection:
            own.end = max(own.last, place)
            own.raised |= event.kind == "crash"
            yield own
        # What a cell takes out of a mailbox, no handler gets.
        if starts_run(event) and here.scope is not None:
            run = self._runs.get(event.seq) or self._begin_run(event, place)
            run.event = event
            yield run
        elif run_back := self._runs.pop(event.seq, None):
            run_back.void = True  # it was handed out, no more
            yield run_back

    def _begin_run(self, event: Event, place: float) -> Run:
        run = Run(event, event.connection, place)
        self._runs[event.seq] = run
        if len(self._runs) > self._most:
            del self._runs[next(iter(self._runs))]
        return run

    def _note(
        self, here: ConnectionState, event: Event
    ) -> Iterable[Fact[ConnectionState, Event]]:
        """Take in what an event says of who is connected, or a member."""
        if not here.open and event.kind not in OF_MEMBERS:
            return ()
        if event.ends:
            self._forget(here)
        # Who joins need not be who asks for it.
        member = self._of_name(event.member) if event.member else here
        return self.facts.note(event, here, member)

    def _forget(self, over: ConnectionState) -> None:
        """Forget the oldest of too many connections that are over."""
        self._over.append(over)
        if len(self._over) > self._most:
            oldest = self._over.popleft()
            if not (oldest.memberships or oldest.waits):
                self.forgotten += bool(oldest.client)
                del self.connections[oldest.number]
                if self._named.get(oldest.name) is oldest:
                    del self._named[oldest.name]


def fold(events: Iterable[Event]) -> Fold:
    """Return what holds after some events; their numbers are the places."""
    played = Fold()
    for event in events:
        played.play(event, event.seq)
    return played
