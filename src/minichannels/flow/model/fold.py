"""The fold: what follows from events, one event after another.

How it works: the fold is given each event once, with its place, and keeps for
each connection what holds now; it answers with the spans that the event has
begun, changed or ended (``model.spans`` says which event does what). A
figure lays out its rows, plays all events, and draws the spans; the live view
plays each event as it comes, and draws what has changed. What holds in
between is the same, because it comes from here.
"""

import math
from collections.abc import Iterable, Iterator

from minichannels.flow.journal.events import Event
from minichannels.flow.model.connections import ConnectionState
from minichannels.flow.model.spans import Run, Span, starts_run

AT_GROUPS = frozenset({"join", "leave", "ghost", "loss"})
"""The kinds of events that may begin, change or end a membership."""

MOST_RUNS = 2_000
"""How many runs of a flow without an end may still become longer."""


class Fold:
    """What holds after some events.

    Args:
        most_runs: how many of the latest runs may still become longer.

    Attributes:
        connections: what is known of each, by its number.
    """

    def __init__(self, most_runs: float = math.inf) -> None:
        self.connections: dict[int, ConnectionState] = {}
        self._named: dict[str, ConnectionState] = {}
        self._runs: dict[int, Run] = {}
        self._most_runs = most_runs

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
        spans = [*here.live(event, place), *self._run(event, place)]
        if event.kind in AT_GROUPS:
            spans += self._membership(here, event, place)
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
        spans = [*here.live(event, place), *self._run(event, place)]
        if event.traits.at_mailbox:
            spans += here.wait(event, place, shown)
        return spans

    def of_interest(self) -> dict[int, ConnectionState]:
        """Return the connections, without what is over and in nothing."""
        # Of some members only the names are known: no event was theirs yet.
        # They get numbers below 0, which no connection has.
        strangers = [s for s in self._named.values() if not s.number]
        unknown = {-n: state for n, state in enumerate(strangers, start=1)}
        everybody = self.connections | unknown
        return {
            number: state
            for number, state in everybody.items()
            if state.client or state.waits or state.groups
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

    def _run(self, event: Event, place: float) -> Iterator[Span]:
        own = self._runs.get(event.cause or 0)
        active = not event.traits.passive
        if active and own and own.connection == event.connection:
            own.end = max(own.last, place)
            own.raised |= event.kind == "crash"
            yield own
        if starts_run(event):
            run = self._runs.get(event.seq) or self._begin_run(event, place)
            run.event = event
            yield run
        elif run_back := self._runs.pop(event.seq, None):
            run_back.void = True  # it was handed out, no more
            yield run_back

    def _begin_run(self, event: Event, place: float) -> Run:
        run = Run(event, event.connection, place)
        self._runs[event.seq] = run
        if len(self._runs) > self._most_runs:
            del self._runs[next(iter(self._runs))]
        return run

    def _membership(
        self, here: ConnectionState, event: Event, place: float
    ) -> Iterable[Span]:
        if event.kind == "ghost":
            return here.haunt(event)
        if event.kind == "loss":
            return here.leave_all(place) if event.status == "expired" else ()
        # Who joins need not be who asks for it.
        member = self._of_name(event.member)
        change = member.join if event.kind == "join" else member.leave
        return change(event, place)


def fold(events: Iterable[Event]) -> Fold:
    """Return what holds after some events; their numbers are the places."""
    played = Fold()
    for event in events:
        played.play(event, event.seq)
    return played
