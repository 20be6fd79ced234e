"""All that a live view shows, step by step, as JSON.

How it works: a replay keeps the newest steps, with what was drawn for each:
rows and pieces of the lanes, parts of the two boards, and the events' own
words. What a view has not been told yet is the news. Which steps there are says
``live.steps``.

All is drawn anew when somebody's place has changed; all is told anew, too,
when somebody's name has.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.journal.arrivals import Glimpse
from minichannels.flow.journal.events import Event
from minichannels.flow.live.boards import Boards
from minichannels.flow.live.columns import LiveColumns
from minichannels.flow.live.growing_lanes import GrowingLanes, envelope
from minichannels.flow.live.panels import Change
from minichannels.flow.live.pieces import FAR, Gathered, Piece
from minichannels.flow.live.steps import NewestSteps, Step
from minichannels.flow.live.telling import Telling, brief
from minichannels.flow.model.acts import acts

MOST_BOARDS = 250
"""How many of all steps have boards."""

MOST_AT_ONCE = 40
"""How many events of one update are shown step by step."""

FEWEST_LETTERS, MOST_LETTERS = 20, 200
"""How many letters of a row's words stand in a line, whatever a page says."""


class Replay:
    """The steps of a live view.

    Args:
        grows: whether more may come.

    Attributes:
        missed: how many events were forgotten before they came here.
        is_complete: whether nothing waits to be drawn behind the first picture.
    """

    def __init__(self, grows: bool) -> None:
        self._grows = grows
        self.version = self.missed = 0
        self._fit: tuple[int, bool] | None = None
        self.empty()

    def empty(self) -> None:
        """Begin without a step."""
        self._steps = NewestSteps()
        self.is_complete = True
        self._undrawn = 0
        self._words = Telling()
        self._seats = LiveColumns()
        self._chosen = self._grows
        self._unfolded: set[int] = set()
        self._tabs: dict[str, str] = {}
        self._losses: list[dict[str, Any]] = []
        self._lost = 0  # so many were lost of those when these were told
        self._boards = Boards()
        self._begin(())

    def anew(self) -> "Replay":
        """Return one without a step, which knows what was chosen of this."""
        other = Replay(self._grows)
        other.version, other._fit = self.version, self._fit
        other._seats, other._chosen = self._seats.anew(), self._chosen
        return other

    def _begin(self, events: Sequence[Event]) -> None:
        """Begin with empty lanes."""
        # A flow that is over stands as in its figure, until somebody chooses.
        past = self._steps.past.events
        columns = self._seats if self._chosen else Columns([*past, *events])
        if self._fit:
            columns.fit(*self._fit)
        self._scroll = GrowingLanes(columns, self._unfolded)
        self._scroll.recall(past)
        self._spans = Gathered()
        self._heads: Piece = {}
        self._anew = True
        self._rows: dict[int, Piece] = {}

    # What comes

    def open(self, glimpse: Glimpse) -> None:
        """Begin with the newest of much; :meth:`begin` waits for the rest."""
        self.is_complete = False
        self._steps.skip(glimpse)
        steps = self._place(glimpse.newest, [*glimpse.past, *glimpse.waiting])
        # Without what was before they would be untrue.
        self._undrawn = self._steps.last
        self._boards = Boards(drawn=False)
        self._boards.expect(glimpse.waiting)
        self._boards.play(0, self._steps.past.events, drawn=False)
        self._show(steps)

    def begin(self, events: Sequence[Event]) -> None:
        """Begin with all there is, of which a part may have been shown."""
        kept = self._seats.anew(), self._unfolded, self._chosen
        self.empty()
        self._seats, self._unfolded, self._chosen = kept
        steps = self._place(events)
        many = max(self._steps.last - MOST_BOARDS, 0)
        self._undrawn = many if self._grows else 0
        # The oldest of many steps have none: that of no step is not theirs.
        self._boards = Boards(drawn=not self._undrawn)
        self._boards.play(0, self._steps.past.events, drawn=False)
        self._show(steps)

    def _place(
        self, events: Sequence[Event], before: Sequence[Event] = ()
    ) -> list[Step]:
        """Give everybody a place; return the steps of the events."""
        self._seats.add(*before, *events)
        steps = self._steps.keep(acts(events))
        self._begin([*before, *events])
        return steps

    def add(self, events: Sequence[Event], folds: bool = True) -> None:
        """Add what has come.

        Args:
            events: all of it.
            folds: whether much at once is folded into one step.
        """
        much = folds and len(events) > MOST_AT_ONCE
        found = [list(events)] if much else acts(events)
        # All are given a place before any is drawn: so it is drawn once.
        moved = self._seats.add(*events) and self._chosen
        steps = self._steps.keep(found)
        if len(steps) > MOST_BOARDS:
            self._undrawn = self._steps.last - MOST_BOARDS
        if moved or (steps and self._scroll.bottom > FAR / 2):
            self.draw_anew()
        self._show(steps)

    def _show(self, steps: Iterable[Step]) -> None:
        """Draw and tell some steps, the newest."""
        for step in steps:
            if not step.row:
                self._draw(step)
            self._play(step)
            self._tell(step, step.events)
        self._leave_out()

    def choose(
        self, connections: Collection[int], only_websockets: bool
    ) -> None:
        """Give columns to some connections; to none, as it was before."""
        self._chosen = self._grows or bool(connections) or only_websockets
        self._seats.choose(connections, only_websockets)
        self.draw_anew()

    def fit(self, letters: int, below: bool) -> None:
        """Give the words beside the rows as much room as a page has.

        Args:
            letters: how many letters stand in a line.
            below: whether they stand below the arrows, in a narrow window.
        """
        self._fit = max(min(letters, MOST_LETTERS), FEWEST_LETTERS), below
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
        shown, whose = step.row["e"], self._seats.whose
        self._words.say(step.number, step.events, events, shown, whose)

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
        self._boards.play(0, self._steps.past.events, drawn=False)
        self.draw_anew()
        for step in self._steps:
            self._play(step)
            self._tell(step, step.events)

    def amend(self, events: Sequence[Event]) -> None:
        """Take in what became known of events later."""
        known: dict[int, dict[int, Event]] = {}
        for event in events:
            step = self._steps.of(event.seq)
            if step is not None:
                known.setdefault(step.number, {})[event.seq] = event
        steps = [self._steps[number] for number in sorted(known)]
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
        shown = set(step.row["e"])
        new = [e for e in step.events if e.seq in shown]
        self._say(step, [e for e in new if e.seq not in self._words])

    def _leave_out(self) -> None:
        gone = self._steps.leave_out()
        for step in gone:
            self._words.forget(step.number, step.events)
        if gone:
            past = self._steps.past
            shown = {e.connection for step in self._steps for e in step.events}
            self._seats.forget(shown | past.connections, past.members)

    def find(self, number: Any) -> Event | None:
        """Return the event of a number; None if there is none."""
        return self._steps.find(number) if isinstance(number, int) else None

    def others(self, events: Sequence[Event]) -> list[dict[str, Any]]:
        """Return what is to be told of those events that nothing was told of.

        Args:
            events: all that are kept.
        """
        return self._words.others(events, self._steps.number_of)

    # What a view is told

    def state(self) -> dict[str, Any]:
        """Return everything."""
        self._gather()
        return {
            "version": self.version,
            "grows": self._grows,
            "first": self._steps.first,
            "left_out": self.missed + self._steps.left_out,
            "lost_out": self._steps.lost,
            "losses_out": self._losses,
            "is_whole": self.is_complete,
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
        if self._steps.lost != self._lost:
            self._lost = self._steps.lost
            new["losses_out"] = self._losses = [*map(brief, self._steps.losses)]
        new["spans"] = self._scroll.pieces.news()
        new["boards"] = self._boards.gather(self._steps.first)
        self._spans.add(new["spans"], self._steps.first)
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
            "first": self._steps.first,
            "left_out": self.missed + self._steps.left_out,
            "lost_out": self._steps.lost,
            "rows": rows,
            "events": words,
            **new,
        }


def _renamed(changes: Iterable[Change]) -> list[Event]:
    return [new for old, new in changes if old.application != new.application]


def _is_timed(old: Event, event: Event) -> bool:
    """Return whether nothing but how long it took has become known."""
    return replace(old, ran=event.ran, waited=event.waited) == event
