"""All that a live view shows, step by step, as JSON.

How it works: a replay keeps the newest steps, with what was drawn for each:
rows and pieces of the lanes, parts of the two boards, and the events' own
words. What a view has not been told yet is the news.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.drawings.palette import LAYER, PANEL
from minichannels.flow.drawings.pen import Pen
from minichannels.flow.journal.events import Event
from minichannels.flow.live.columns import LiveColumns
from minichannels.flow.live.growing_lanes import GrowingLanes
from minichannels.flow.live.panels import PANELS, Change
from minichannels.flow.live.pieces import FAR, Piece
from minichannels.flow.live.telling import told
from minichannels.flow.model.acts import acts

MOST_STEPS, PAGE = 1_000, 100
"""How many steps are kept, and how many leave together."""

MOST_AT_ONCE = 40
"""How many events of one update are shown step by step."""

MOST_TOLD = 500
"""Of how many events of a step a list has a row."""


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
    """

    def __init__(self, grows: bool) -> None:
        self._grows = grows
        self.version = 0
        self.empty()

    def empty(self) -> None:
        """Begin without a step."""
        self._steps: deque[Step] = deque()
        self._last = self._left_out = 0
        self._step_of: dict[int, Step] = {}
        self._words: dict[int, dict[str, Any]] = {}
        self._seats = LiveColumns()
        self._chosen = self._grows
        self._tabs: dict[str, str] = {}
        self._begin(())

    def _begin(self, events: Sequence[Event]) -> None:
        """Begin with empty drawings."""
        # A flow that is over stands as in its figure, until somebody chooses.
        columns = self._seats if self._chosen else Columns(events)
        self._scroll = GrowingLanes(columns)
        self._spans: dict[int, Piece] = {}
        self._boards = {name: make() for name, make in PANELS.items()}
        self._parts: dict[str, dict[int, Piece]] = {}
        for name, board in self._boards.items():
            board.play(0, ())
            self._parts[name] = {}
        self._heads: Piece = {}
        self._gathered = 0
        self._anew = True
        self._rows: dict[int, Piece] = {}
        self._new_words: dict[int, dict[str, Any]] = {}

    # What comes

    def add(self, events: Sequence[Event], at_once: bool = False) -> None:
        """Add what has come; much of it at once is folded into one step."""
        if not self._grows:
            self._begin(events)
        found = acts(events)
        if at_once and len(events) > MOST_AT_ONCE:
            found = [list(events)]
        moved = self._seats.add(*events)
        self._left_out += sum(len(act) for act in found[:-MOST_STEPS])
        steps = [
            Step(number, act, {})
            for number, act in enumerate(found[-MOST_STEPS:], self._last + 1)
        ]
        self._last += len(steps)
        self._steps += steps
        # All are given a place before any is drawn: so it is drawn once.
        if (moved and self._chosen) or (
            steps and self._scroll.bottom > FAR / 2
        ):
            self.draw_anew()
        else:
            for step in steps:
                self._draw(step)
        if len(self._steps) > MOST_STEPS:
            self._leave_out()

    def choose(
        self, connections: Collection[int], only_websockets: bool
    ) -> None:
        """Give columns to some connections; to none, as it was before."""
        self._chosen = self._grows or bool(connections) or only_websockets
        self._seats.choose(connections, only_websockets)
        self.draw_anew()

    def _draw(self, step: Step) -> None:
        step.row = self._scroll.add(step.number, step.events)
        for board in self._boards.values():
            board.play(step.number, step.events)
        self._step_of |= dict.fromkeys((e.seq for e in step.events), step)
        self._tell(step, step.events)

    def _tell(self, step: Step, events: Iterable[Event]) -> None:
        """Note that a step is new, or how some of its events are told."""
        self._rows[step.number] = step.row
        oldest = step.events[-MOST_TOLD:][0].seq
        shown = {0, *step.row["e"]}
        for event in events:
            if event.seq < oldest and event.seq not in shown:
                continue
            key = event.seq or -step.number
            words = {**told(event), "no": key, "row": step.number}
            words["http"] = self._seats.is_request(event)
            self._words[key] = self._new_words[key] = words

    def draw_anew(self) -> None:
        """Draw all steps again: everybody's place has changed."""
        steps = list(self._steps)
        self._begin([event for step in steps for event in step.events])
        for step in steps:
            self._draw(step)

    def amend(self, events: Sequence[Event]) -> None:
        """Take in what became known of events later."""
        known: dict[int, dict[int, Event]] = {}
        for event in events:
            step = self._step_of.get(event.seq)
            if step is not None:
                known.setdefault(step.number, {})[event.seq] = event
        steps = [self._steps[number - self._first] for number in sorted(known)]
        changed = [(step, step.amend(known[step.number])) for step in steps]
        if any(_renamed(changes) for _, changes in changed):
            self._seats.add(*events)
            self.draw_anew()
            return
        for step, changes in changed:
            self._amend(step, changes)

    def _amend(self, step: Step, changes: Sequence[Change]) -> None:
        """Draw a step once more, whatever has changed in it."""
        events = [event for _, event in changes]
        numbers = {event.seq for event in events}
        step.row = self._scroll.amend(step.row, step.events, numbers)
        for board in self._boards.values():
            board.amend(changes)
        self._tell(step, events)

    def _leave_out(self) -> None:
        for _ in range(PAGE):
            step = self._steps.popleft()
            self._left_out += len(step.events)
            self._words.pop(-step.number, None)
            for event in step.events:
                self._words.pop(event.seq, None)
                self._step_of.pop(event.seq, None)

    # What a view is told

    @property
    def _first(self) -> int:
        return self._steps[0].number if self._steps else 1

    def state(self) -> dict[str, Any]:
        """Return everything."""
        self._gather()
        boards = {
            name: {
                "width": board.parts.width,
                "parts": list(self._parts[name].values()),
            }
            for name, board in self._boards.items()
        }
        return {
            "version": self.version,
            "grows": self._grows,
            "first": self._first,
            "left_out": self._left_out,
            "envelope": _envelope(),
            "tabs": self._tabs,
            "strip": self._heads,
            "rows": [step.row for step in self._steps],
            "spans": list(self._spans.values()),
            "events": list(self._words.values()),
            "boards": boards,
        }

    def _gather(self) -> dict[str, Any]:
        """Take in what was drawn, and return it."""
        heads = self._scroll.heads()
        new: dict[str, Any] = {} if heads == self._heads else {"strip": heads}
        self._heads = heads
        if (tabs := self._shown_tabs()) != self._tabs:
            new["tabs"] = self._tabs = tabs
        new["spans"] = self._scroll.pieces.news()
        new["boards"] = {n: b.parts.news() for n, b in self._boards.items()}
        self._keep(self._spans, new["spans"])
        for name, parts in new["boards"].items():
            self._keep(self._parts[name], parts)
        self._gathered = self._first
        return new

    def _shown_tabs(self) -> dict[str, str]:
        """Return the drawings that have something to show."""
        empty = [name for name, b in self._boards.items() if b.is_empty]
        shown = [d for d in DRAWINGS.values() if d.panel not in ["", *empty]]
        return {d.panel: d.heading for d in shown} | {"list": "List"}

    def _keep(self, kept: dict[int, Piece], new: Sequence[Piece]) -> None:
        """Keep pieces, without those that are seen before all steps."""
        first = self._first
        kept |= {piece["i"]: piece for piece in new}
        # Only if steps have been left out is each looked at.
        others = list(kept.values()) if first != self._gathered else new
        for piece in others:
            if piece["l"] is not None and piece["l"] < first:
                del kept[piece["i"]]

    def news(self) -> dict[str, Any] | None:
        """Return what was not told yet; None if nothing is new."""
        anew, self._anew = self._anew, False
        rows, self._rows = list(self._rows.values()), {}
        words, self._new_words = list(self._new_words.values()), {}
        if not anew and not rows:
            return None
        new = self._gather()
        self.version += 1
        if anew:
            return {"version": self.version, "state": self.state()}
        return {
            "after": self.version - 1,
            "version": self.version,
            "first": self._first,
            "left_out": self._left_out,
            "rows": rows,
            "events": words,
            **new,
        }


def _renamed(changes: Iterable[Change]) -> bool:
    return any(old.application != event.application for old, event in changes)


def _envelope() -> str:
    """Return the sign of a message that is on its way."""
    pen = Pen()
    pen.rect((-12, -9, 24, 18), LAYER, radius=3)
    pen.line([(-7, -4), (0, 1), (7, -4)], PANEL, 1.4)
    return "".join(pen.parts)
