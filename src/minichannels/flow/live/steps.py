"""Which steps a live view has, and what still holds of those left out.

How it works: a view keeps the newest steps. All that is left out goes through
a fold of its own, and whenever all is drawn anew the events come first by
which that knows who is connected and who is a member (``journal.standing``):
so nobody is forgotten who is there.

    steps that are …  stand in   and are seen
    left out          the past   as what still holds of them
    older, of many    the steps  in the lanes; no board is drawn for them
    newest            the steps  in the lanes and the boards

Of many, the first picture has but a few: until it is shown, those before them
stand in the past, too.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from minichannels.flow.journal.arrivals import Arrivals, Glimpse
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.standing import OPEN
from minichannels.flow.live.panels import Change
from minichannels.flow.live.pieces import Piece
from minichannels.flow.live.telling import is_lost
from minichannels.flow.model.acts import acts
from minichannels.flow.model.fold import MOST_KEPT, Fold

MOST_STEPS, PAGE = 1_000, 100
"""How many steps are kept, and how many leave together."""

MOST_LOSSES = 100
"""Of how many losses that are left out, the newest, a view still tells."""

MANY_STEPS, FIRST_STEPS = 250, 60
"""From how many steps on a journal is not drawn at once, and how many are in
the first picture then."""


def glimpse(flow: Arrivals | Sequence[Event]) -> Glimpse | None:
    """Return what the first picture has; None if that is all."""
    if isinstance(flow, Arrivals):
        return flow.glimpse(MANY_STEPS, MOST_STEPS, FIRST_STEPS)
    found = acts(flow)
    if len(found) <= MANY_STEPS:
        return None
    parts = found[:-MOST_STEPS], found[-MOST_STEPS:-FIRST_STEPS]
    events = [list(chain(*part)) for part in (*parts, found[-FIRST_STEPS:])]
    past, waiting, newest = events
    left_out = len(past) + len(waiting)
    return Glimpse(past, waiting, newest, len(parts[1]), left_out)


@dataclass(slots=True)
class Step:
    """One step: its number, its events, and its row of the lanes."""

    number: int
    events: list[Event]
    row: Piece

    def amend(self, known: Mapping[int, Event]) -> list[Change]:
        """Take in more of some events; return what has changed."""
        before = self.events
        self.events = [known.get(event.seq, event) for event in before]
        both = zip(before, self.events, strict=True)
        return [(old, event) for old, event in both if old is not event]


class Past:
    """What still holds of events that are shown no more."""

    def __init__(self) -> None:
        self._fold = Fold(MOST_KEPT)

    @property
    def events(self) -> list[Event]:
        """The events that say what still holds, in their order."""
        said = [event for fact in self._fold.facts for event in fact.said]
        once = {id(event): event for event in said}  # a ghost may be in two
        return sorted(once.values(), key=_arrival)

    @property
    def connections(self) -> set[int]:
        """The connections that these events are about."""
        return {event.connection for event in self.events}

    @property
    def members(self) -> set[str]:
        """The names of all members."""
        return {f.who.name for f in self._fold.facts if f.where != OPEN}

    def take_in(self, events: Iterable[Event]) -> None:
        """Take in events that are left out, in their order."""
        for event in events:
            self._fold.play(event, event.seq)


class NewestSteps:
    """The steps of a view, in their order.

    Attributes:
        last: the number of the newest.
        left_out: how many events were in those that are not there.
        lost: how many of these were lost; before all is drawn, not yet counted.
        losses: the newest of them.
        past: what still holds of those that will not be there any more.
    """

    def __init__(self) -> None:
        self.last = self.left_out = self.lost = 0
        self.losses: deque[Event] = deque(maxlen=MOST_LOSSES)
        self.past = Past()
        self._steps: deque[Step] = deque()
        self._of: dict[int, Step] = {}

    def __iter__(self) -> Iterator[Step]:
        return iter(self._steps)

    def __getitem__(self, number: int) -> Step:
        return self._steps[number - self.first]

    @property
    def first(self) -> int:
        """The number of the oldest."""
        return self._steps[0].number if self._steps else 1

    def of(self, seq: int) -> Step | None:
        """Return the step of an event, by its number; None if there is none."""
        return self._of.get(seq)

    def number_of(self, seq: int) -> int:
        """Return the number of an event's step; 0 if there is none."""
        step = self.of(seq)
        return step.number if step else 0

    def find(self, seq: int) -> Event | None:
        """Return the event of a number; None if there is none."""
        step = self._of.get(seq)
        found = [e for e in step.events if e.seq == seq] if step else []
        return found[0] if seq and found else None

    # What comes

    def skip(self, glimpse: Glimpse) -> None:
        """Begin behind what is not shown yet."""
        self.past.take_in(chain(glimpse.past, glimpse.waiting))
        self.last, self.left_out = glimpse.acts, glimpse.events

    def keep(self, found: Sequence[list[Event]]) -> list[Step]:
        """Take in what has come; return its steps."""
        steps = [
            Step(number, act, {})
            for number, act in enumerate(found[-MOST_STEPS:], self.last + 1)
        ]
        for act in found[:-MOST_STEPS]:
            self._leave(act)
        self.last = steps[-1].number if steps else self.last
        for step in steps:
            self._of |= dict.fromkeys((e.seq for e in step.events), step)
        self._steps += steps
        return steps

    def leave_out(self) -> list[Step]:
        """Leave out the oldest steps if there are too many; return them."""
        many = -(-(len(self._steps) - MOST_STEPS) // PAGE) * PAGE
        gone = [self._steps.popleft() for _ in range(many)]
        for step in gone:
            self._leave(step.events)
            for event in step.events:
                self._of.pop(event.seq, None)
        return gone

    def _leave(self, events: Sequence[Event]) -> None:
        self.past.take_in(events)
        self.left_out += len(events)
        lost = [event for event in events if is_lost(event)]
        self.lost += len(lost)
        self.losses += lost


def _arrival(event: Event) -> int:
    return event.arrival
