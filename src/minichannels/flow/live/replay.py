"""All that a live view shows, step by step, as JSON.

How it works: a replay keeps the newest steps, with what was drawn for each:
rows and pieces of the lanes, parts of the two boards, and the events' own
words. What a view has not been told yet is the news.

    steps that are …    stand in     and are seen
    left out            the past     as what still holds of them
    not drawn yet       the backlog  when the first picture is there
    older, of many      the steps    in the lanes; no board is drawn for them
    newest              the steps    in the lanes and the boards

All is drawn anew when somebody's place has changed; all is told anew, too,
when somebody's name has.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.journal.events import Event
from minichannels.flow.live.boards import Boards
from minichannels.flow.live.columns import LiveColumns
from minichannels.flow.live.growing_lanes import GrowingLanes, envelope
from minichannels.flow.live.panels import Change
from minichannels.flow.live.past import Past
from minichannels.flow.live.pieces import FAR, Gathered, Piece
from minichannels.flow.live.telling import Telling
from minichannels.flow.model.acts import acts

MOST_STEPS, PAGE = 1_000, 100
"""How many steps are kept, and how many leave together."""

MANY_STEPS, FIRST_STEPS, MOST_BOARDS = 250, 60, 250
"""From how many steps on a journal is not drawn at once; how many are in the
first picture then, and how many of all have boards."""

MOST_AT_ONCE = 40
"""How many events of one update are shown step by step."""


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


class Replay:
    """The steps of a live view.

    Args:
        grows: whether more may come.

    Attributes:
        missed: how many events were forgotten before they came here.
    """

    def __init__(self, grows: bool) -> None:
        self._grows = grows
        self.version = self.missed = 0
        self.empty()

    def empty(self) -> None:
        """Begin without a step."""
        self._steps: deque[Step] = deque()
        self._backlog: list[Step] = []
        self._last = self._left_out = self._undrawn = 0
        self._step_of: dict[int, Step] = {}
        self._words = Telling()
        self._past = Past()
        self._seats = LiveColumns()
        self._chosen = self._grows
        self._unfolded: set[int] = set()
        self._tabs: dict[str, str] = {}
        self._boards = Boards()
        self._begin(())

    def _begin(self, events: Sequence[Event]) -> None:
        """Begin with empty lanes."""
        # A flow that is over stands as in its figure, until somebody chooses.
        past = self._past.events
        columns = self._seats if self._chosen else Columns([*past, *events])
        self._scroll = GrowingLanes(columns, self._unfolded)
        self._scroll.recall(past)
        self._spans = Gathered()
        self._heads: Piece = {}
        self._anew = True
        self._rows: dict[int, Piece] = {}

    # What comes

    def add(self, events: Sequence[Event], at_once: bool = False) -> None:
        """Add what has come; much of it at once is folded into one step."""
        much = at_once and len(events) > MOST_AT_ONCE
        found = [list(events)] if much else acts(events)
        # All are given a place before any is drawn: so it is drawn once.
        moved = self._seats.add(*events) and self._chosen
        steps = self._kept(found)
        self._steps += steps
        if not self._grows:
            self._boards.play(0, self._past.events, drawn=False)
            self._begin(events)
        if moved or (steps and self._scroll.bottom > FAR / 2):
            self.draw_anew()
        for step in steps:
            if not step.row:
                self._draw(step)
            self._play(step)
            self._tell(step, step.events)
        self._leave_out()

    def _kept(self, found: Sequence[list[Event]]) -> list[Step]:
        """Return the steps to be drawn now; of many, the newest ones."""
        steps = [
            Step(number, act, {})
            for number, act in enumerate(found[-MOST_STEPS:], self._last + 1)
        ]
        if len(steps) > MANY_STEPS and not self._last:
            self._backlog = steps[:-FIRST_STEPS]
            self._undrawn = len(steps) - 1
            self._boards = Boards(drawn=False)
            self._boards.expect(e for step in steps for e in step.events)
            steps = steps[-FIRST_STEPS:]
        for act in found[:-MOST_STEPS]:
            self._past.take_in(act)
        self._last = steps[-1].number if steps else self._last
        self._left_out += sum(map(len, found))
        self._left_out -= sum(len(step.events) for step in steps)
        return steps

    @property
    def is_complete(self) -> bool:
        """Whether no step waits to be drawn behind the first picture."""
        return not self._backlog

    def complete(self) -> None:
        """Draw what was before the first picture."""
        self._steps.extendleft(reversed(self._backlog))
        self._left_out -= sum(len(step.events) for step in self._backlog)
        self._backlog = []
        boards = MOST_BOARDS if self._grows else MOST_STEPS
        self._undrawn = max(self._last - boards, 0)
        self._play_anew()

    def choose(
        self, connections: Collection[int], only_websockets: bool
    ) -> None:
        """Give columns to some connections; to none, as it was before."""
        self._chosen = self._grows or bool(connections) or only_websockets
        self._seats.choose(connections, only_websockets)
        self.draw_anew()

    def unfold(self, number: int) -> None:
        """Give each act of a step its rows, as far as there is room."""
        found = [step for step in self._steps if step.number == number]
        if number in self._unfolded or not found:
            return
        self._unfolded.add(number)
        self.draw_anew()
        self._tell_shown(found[0])

    def _play(self, step: Step) -> None:
        """Take a step into the boards."""
        self._step_of |= dict.fromkeys((e.seq for e in step.events), step)
        drawn = step.number > self._undrawn
        self._boards.play(step.number, step.events, drawn)

    def _draw(self, step: Step) -> None:
        step.row = self._scroll.add(step.number, step.events)

    def _tell(self, step: Step, events: Iterable[Event]) -> None:
        """Note that a step is new, or drawn anew, and what is told."""
        self._rows[step.number] = step.row
        self._say(step, events)

    def _say(self, step: Step, events: Iterable[Event]) -> None:
        """Note what is told of some events of a step."""
        shown, of_http = step.row["e"], self._seats.is_request
        self._words.say(step.number, step.events, events, shown, of_http)

    def draw_anew(self) -> None:
        """Draw the lanes again: everybody's place has changed."""
        self._begin([e for step in self._steps for e in step.events])
        for step in self._steps:
            self._draw(step)

    def _play_anew(self) -> None:
        """Draw and tell everything again."""
        self._words.empty()
        # The oldest of many steps have none: that of no step is not theirs.
        self._boards = Boards(drawn=not self._undrawn)
        self._boards.play(0, self._past.events, drawn=False)
        self.draw_anew()
        for step in self._steps:
            self._play(step)
            self._tell(step, step.events)

    def amend(self, events: Sequence[Event]) -> None:
        """Take in what became known of events later."""
        known: dict[int, dict[int, Event]] = {}
        for event in events:
            step = self._step_of.get(event.seq)
            if step is not None:
                known.setdefault(step.number, {})[event.seq] = event
        steps = [self._steps[number - self._first] for number in sorted(known)]
        changed = [(step, step.amend(known[step.number])) for step in steps]
        renamed = [e for _, changes in changed for e in _renamed(changes)]
        if renamed:
            moved = self._seats.add(*events)
            # Most requests share a lane, and of many the name is known late.
            if moved or not all(map(self._seats.is_request, renamed)):
                self._play_anew()
                return
        self._seats.know(*(e for _, changes in changed for _, e in changes))
        for step, changes in changed:
            self._amend(step, changes)

    def _amend(self, step: Step, changes: Sequence[Change]) -> None:
        """Draw a step once more, whatever has changed in it."""
        events = [event for _, event in changes]
        if all(_is_timed(*change) for change in changes):
            self._say(step, events)  # no picture has times
            return
        numbers = {event.seq for event in events}
        step.row = self._scroll.amend(step.row, step.events, numbers)
        self._boards.amend(changes)
        self._tell(step, events)
        self._tell_shown(step)

    def _tell_shown(self, step: Step) -> None:
        """Tell what a row shows now and of which nothing was told yet."""
        shown = [e for e in step.events if e.seq in step.row["e"]]
        self._say(step, [e for e in shown if e.seq not in self._words])

    def _leave_out(self) -> None:
        if len(self._steps) <= MOST_STEPS:
            return
        for _ in range(PAGE):
            step = self._steps.popleft()
            self._past.take_in(step.events)
            self._left_out += len(step.events)
            self._words.forget(step.number, step.events)
            for event in step.events:
                self._step_of.pop(event.seq, None)
        shown = {e.connection for step in self._steps for e in step.events}
        shown |= self._past.connections
        self._seats.forget(shown, self._past.members)

    def find(self, number: Any) -> Event | None:
        """Return the event of a number; None if there is none."""
        step = self._step_of.get(number) if isinstance(number, int) else None
        found = [e for e in step.events if e.seq == number] if step else []
        return found[0] if number and found else None

    # What a view is told

    @property
    def _first(self) -> int:
        return self._steps[0].number if self._steps else 1

    def state(self) -> dict[str, Any]:
        """Return everything."""
        self._gather()
        return {
            "version": self.version,
            "grows": self._grows,
            "first": self._first,
            "left_out": self.missed + self._left_out,
            "missed": self.missed,
            "envelope": envelope(),
            "tabs": self._tabs,
            "strip": self._heads,
            "rows": [step.row for step in self._steps],
            "spans": list(self._spans),
            "events": self._words.all(),
            "boards": self._boards.state(),
        }

    def _gather(self) -> dict[str, Any]:
        """Take in what was drawn, and return it."""
        heads = self._scroll.heads()
        new: dict[str, Any] = {} if heads == self._heads else {"strip": heads}
        self._heads = heads
        if (tabs := self._boards.tabs()) != self._tabs:
            new["tabs"] = self._tabs = tabs
        new["spans"] = self._scroll.pieces.news()
        new["boards"] = self._boards.gather(self._first)
        self._spans.add(new["spans"], self._first)
        return new

    def news(self) -> dict[str, Any] | None:
        """Return what was not told yet; None if nothing is new."""
        anew, self._anew = self._anew, False
        rows, self._rows = list(self._rows.values()), {}
        words = self._words.news()
        if not anew and not rows and not words:
            return None
        new = self._gather()
        self.version += 1
        if anew:
            return {"version": self.version, "state": self.state()}
        return {
            "after": self.version - 1,
            "version": self.version,
            "first": self._first,
            "left_out": self.missed + self._left_out,
            "missed": self.missed,
            "rows": rows,
            "events": words,
            **new,
        }


def _renamed(changes: Iterable[Change]) -> list[Event]:
    return [new for old, new in changes if old.application != new.application]


def _is_timed(old: Event, event: Event) -> bool:
    """Return whether nothing but how long it took has become known."""
    return replace(old, ran=event.ran, waited=event.waited) == event
