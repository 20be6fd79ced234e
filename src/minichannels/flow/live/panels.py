"""The mailboxes and the topology as they change: each part is drawn once.

How it works: after each step both are drawn, by the same code as the figures.
Most of a drawing is as it was; a part that is new is kept with the step at
which it came, one that is gone with the last step at which it was there. So
any step is shown by taking the parts of that step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from minichannels.flow.drawings.mailbox import LEFT, RIGHT, Grid
from minichannels.flow.drawings.mailboxes import WIDTH, MailboxesDrawing
from minichannels.flow.drawings.palette import BAND
from minichannels.flow.drawings.pen import Pen
from minichannels.flow.drawings.topology import WIDTH as TOPOLOGY_WIDTH
from minichannels.flow.drawings.topology import TopologyDrawing
from minichannels.flow.journal.events import LOST, Event
from minichannels.flow.model.connections import Places
from minichannels.flow.model.mailboxes import TOUCHING, Act, Mailbox, play
from minichannels.flow.model.stretches import Piece, smaller

MOST_COLUMNS, PAGE = 10, 5
"""How many acts are shown, and how many leave together."""

MOST_EVENTS = 500
"""How many events between two acts are remembered."""

MOST_LOST = 10_000
"""How many losses are counted."""


class Parts:
    """The parts of one drawing, and when each is to be seen."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._shown: dict[str, Piece] = {}
        self._news: dict[int, Piece] = {}
        self._ids = 0

    def show(self, step: int, pen: Pen, bottom: float) -> None:
        """Note what is seen from this step on."""
        parts = [smaller(part) for part in pen.parts]
        keyed = {f"{bottom:g}": -1}
        keyed |= {part: _above(part) + i for i, part in enumerate(parts)}
        for key in [key for key in self._shown if key not in keyed]:
            piece = self._shown.pop(key)
            piece["l"] = step - 1
            self._news[piece["i"]] = piece
        for key, place in keyed.items():
            if key not in self._shown:
                self._add(step, key, place)

    def _add(self, step: int, part: str, place: int) -> None:
        self._ids += 1
        piece = {"i": self._ids, "f": step, "l": None, "z": place, "p": part}
        self._shown[part] = self._news[self._ids] = piece

    def news(self) -> list[Piece]:
        """Return the parts that came, or went, since last asked."""
        news, self._news = list(self._news.values()), {}
        return news


class TopologyPanel:
    """Who is in which group, step by step."""

    def __init__(self) -> None:
        self.parts = Parts(TOPOLOGY_WIDTH)
        self._places = Places()
        self._last: Sequence[Event] = ()

    def play(self, step: int, events: Sequence[Event]) -> None:
        """Show one more step."""
        for event in events:
            self._places.play(event)
        if events and events[-1].seq:  # a note is after another event
            self._last = events
        drawing = TopologyDrawing(self._last, self._places.shown())
        bottom = drawing.draw()
        self.parts.show(step, drawing.pen, bottom)

    def amend(self, event: Event) -> None:
        """Take in what became known of an event later."""
        self._places.play(_read_late(event))


class MailboxesPanel:
    """What waits in each mailbox, step by step.

    The newest acts are played each time; what came before them is summed up.
    """

    def __init__(self) -> None:
        self.parts = Parts(WIDTH)
        self._events: list[Event] = []
        self._rows: list[tuple[Event, ...]] = []
        self._before: dict[int, Mailbox] = {}
        self._lost: list[Event] = []
        self._left_out = 0

    def play(self, step: int, events: Sequence[Event]) -> None:
        """Show one more step, if it touched a mailbox."""
        self._events += events
        touching = [event for event in events if event.kind in TOUCHING]
        self._lost += [event for event in touching if event.status in LOST]
        row = tuple(event for event in touching if event.seq)  # no ghost
        if row:
            if len(self._rows) == MOST_COLUMNS:
                self._leave_out()
            self._rows.append(row)
        if (touching and self._rows) or not step:
            self._draw(step)
        elif len(self._events) > MOST_EVENTS:
            self._leave_out()

    def amend(self, event: Event) -> None:
        """Take in what became known of an event later."""
        known = {event.seq: event}
        self._events = [known.get(e.seq, e) for e in self._events]
        self._rows = [
            tuple(known.get(e.seq, e) for e in row) for row in self._rows
        ]

    def _leave_out(self) -> None:
        """Leave out the oldest acts, and all that came before the next."""
        rows, self._rows = self._rows[:PAGE], self._rows[PAGE:]
        self._left_out += len(rows)
        del self._lost[:-MOST_LOST]
        until = self._rows[0][0] if self._rows else None
        index = self._events.index(until) if until else len(self._events)
        gone, self._events = self._events[:index], self._events[index:]
        for number, box in play(gone, ()).items():
            self._sum_up(number, box)
        over = {e.cause for e in gone if e.kind in ("read", "loss")}
        still = [
            event
            for event in gone
            if event.kind == "ghost"
            or (event.status == "waiting" and event.seq not in over)
        ]
        self._events = [*still, *self._events]

    def _sum_up(self, number: int, box: Mailbox) -> None:
        before = self._before.setdefault(number, box)
        if before is not box:
            before.fates += box.fates
            before.capacity = box.capacity or before.capacity

    def _boxes(self, acts: Sequence[Act]) -> dict[int, Mailbox]:
        boxes = play(self._events, acts)
        for number, before in self._before.items():
            cells: list[dict[int, str]] = [{} for _ in acts]
            empty = Mailbox(before.name, before.client, cells=cells)
            box = boxes.setdefault(number, empty)
            box.fates += before.fates
            box.capacity = box.capacity or before.capacity
        return dict(sorted(boxes.items()))

    def _draw(self, step: int) -> None:
        acts = [Act(row, row, 1) for row in self._rows]
        grid = Grid(acts, 0, (RIGHT - LEFT) / MOST_COLUMNS)
        boxes = self._boxes(acts)
        drawing = MailboxesDrawing(self._lost, grid, boxes, self._left_out)
        bottom = drawing.draw()
        self.parts.show(step, drawing.pen, bottom)


Panel = MailboxesPanel | TopologyPanel

PANELS: Mapping[str, Callable[[], Panel]] = {
    "mailboxes": MailboxesPanel,
    "groups": TopologyPanel,
}
"""What makes the panels of drawings that change as a whole."""


def _above(part: str) -> int:
    """Return what lies above what, also among parts of several steps."""
    if f'fill="{BAND}"' in part:
        return 0
    shape = part[1:5]
    return {"rect": 10_000, "text": 30_000}.get(shape, 20_000)


def _read_late(event: Event) -> Event:
    """Return an event that takes a message out of its mailbox."""
    if event.kind != "deliver" or event.status == "waiting":
        return event
    return replace(event, kind="read", cause=event.seq)
