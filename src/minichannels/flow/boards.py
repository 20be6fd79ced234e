"""The mailboxes and the topology as they change: each part is drawn once.

How it works: after each step both are drawn, by the same code as the figures.
Most of a drawing is as it was; a part that is new is kept with the step at
which it came, one that is gone with the last step at which it was there. So
any step is shown by taking the parts of that step.
"""

from collections.abc import Sequence
from dataclasses import replace

from minichannels.flow.boxes import (
    TOUCHING,
    Column,
    Mailbox,
    count_fate,
    play_one,
)
from minichannels.flow.events import Event
from minichannels.flow.mailboxes import COLUMN, LEFT, MailboxesDrawing
from minichannels.flow.places import Places
from minichannels.flow.stretches import Piece, smaller
from minichannels.flow.svg import BAND, Pen
from minichannels.flow.topology import WIDTH, TopologyDrawing

MOST_COLUMNS, PAGE = 10, 5
"""How many acts are shown, and how many leave together."""

MOST_BOXES = 12
"""How many mailboxes are shown."""


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


class GroupsBoard:
    """Who is in which group, step by step."""

    def __init__(self) -> None:
        self.parts = Parts(WIDTH)
        self._places = Places()
        self._last: Sequence[Event] = ()

    def play(self, step: int, events: Sequence[Event]) -> None:
        """Show one more step."""
        for event in events:
            self._places.play(event)
        if events and events[-1].seq:  # a note is after another event
            self._last = events
        places = list(self._places.shown().items())
        drawing = TopologyDrawing(self._last, places)
        bottom = drawing.draw()
        self.parts.show(step, drawing.pen, bottom)

    def amend(self, event: Event) -> None:
        """Take in what became known of an event later."""
        self._places.play(_read_late(event))


class MailboxesBoard:
    """What waits in each mailbox, step by step."""

    def __init__(self) -> None:
        self.parts = Parts(LEFT + COLUMN * MOST_COLUMNS + 20)
        self._columns: list[Column] = []
        self._boxes: dict[int, Mailbox] = {}
        self._forgotten = 0

    def play(self, step: int, events: Sequence[Event]) -> None:
        """Show one more step, if it touched a mailbox."""
        row = tuple(event for event in events if event.kind in TOUCHING)
        if row or not step:
            if row:
                self._play(row)
            self._draw(step)

    def _play(self, row: tuple[Event, ...]) -> None:
        if len(self._columns) == MOST_COLUMNS:
            self._forget()
        numbers = [event.seq for event in row if event.seq]
        label = "–".join(map(str, dict.fromkeys(numbers[:1] + numbers[-1:])))
        self._columns.append(Column(row, 1, label or "ghost"))
        index = len(self._columns) - 1
        for event in row:
            box = self._boxes.get(event.connection)
            if box is None:
                box = Mailbox(event.application, event.client)
                box.cells = [[] for _ in range(index)]
                self._boxes[event.connection] = box
            count_fate(box, event)
            play_one(box, event, index, 1)
        for box in self._boxes.values():
            box.cells.append(list(box.waiting))
            _sum_up(box, index)

    def _forget(self) -> None:
        """Leave out the oldest acts, to make room."""
        self._forgotten += PAGE
        del self._columns[:PAGE]
        for box in self._boxes.values():
            del box.cells[:PAGE]
            signs = box.signs.items()
            box.signs = {i - PAGE: s for i, s in signs if i >= PAGE}
            box.runs = [(i - PAGE, r) for i, r in box.runs if i >= PAGE]
            if box.ghost is not None:
                box.ghost = max(box.ghost - PAGE, 0)

    def _draw(self, step: int) -> None:
        events = [event for column in self._columns for event in column.row]
        now = {event.connection for event in events}
        ranked = sorted(self._boxes, key=lambda number: number not in now)
        boxes = [self._boxes[number] for number in sorted(ranked[:MOST_BOXES])]
        drawing = MailboxesDrawing(events, self._columns, boxes, 0)
        drawing.width = self.parts.width
        drawing.left_out = self._forgotten
        bottom = drawing.draw()
        self.parts.show(step, drawing.pen, bottom)

    def amend(self, event: Event) -> None:
        """Take in what became known of an event later."""
        box = self._boxes.get(event.connection)
        if box is not None and event.status != "waiting":
            box.waiting = [w for w in box.waiting if w[0] != event.seq]


def _sum_up(box: Mailbox, index: int) -> None:
    """Of equal signs in one column, show one, with how many there are."""
    sums: dict[str, int] = {}
    for word, times in box.signs.get(index, ()):
        sums[word] = sums.get(word, 0) + times
    box.signs[index] = list(sums.items())
    box.runs = list(dict.fromkeys(box.runs))


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
