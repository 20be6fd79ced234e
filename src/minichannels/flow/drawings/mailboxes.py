"""The mailboxes drawing: what waited where, and what became of it.

How it works: one strip for each mailbox (``mailbox_timeline``), one column
for each act that touches any of them (``model.mailboxes``). What was dropped
stands above the line of the capacity; below the base stands what the reader
does meanwhile.

Source: the visual language, "Mailboxes and groups".
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from minichannels.flow.drawings.frame import draw_head, with_losses
from minichannels.flow.drawings.legends import (
    LETTER,
    Sign,
    Words,
    draw_signs,
)
from minichannels.flow.drawings.mailbox_parts import LEFT, RIGHT
from minichannels.flow.drawings.mailbox_timeline import Grid, MailboxTimeline
from minichannels.flow.drawings.once import once
from minichannels.flow.drawings.palette import (
    BOX,
    EDGE,
    LANE,
    LAYER,
    MUTED,
    PANEL,
    WAITING,
)
from minichannels.flow.drawings.pen import Pen, document, fitting
from minichannels.flow.journal.events import LOST, Event
from minichannels.flow.model.acts import numbers
from minichannels.flow.model.mailbox_history import MailboxHistory
from minichannels.flow.model.mailboxes import Act, find_acts, play
from minichannels.flow.text.carried.payload import folded, payload
from minichannels.flow.text.formatting import count
from minichannels.flow.text.table import title
from minichannels.flow.text.wording import word_of

WIDTH, WIDEST = 900.0, 130.0
MOST_ACTS, MOST_BOXES = 10, 12
VERBS = {
    "read": "reads",
    "crash": "raises",
    "return": "returns",
    "receive": "leaves",
}


def mailboxes(events: Sequence[Event]) -> str:
    """Return the mailboxes drawing of a line-up, as SVG."""
    acts = find_acts(events, MOST_ACTS)
    first = max(0, len(acts) - MOST_ACTS)
    wide = (RIGHT - LEFT) / max(len(acts) - first, 1)
    grid = Grid(acts[first:], first, min(wide, WIDEST))
    losses = Counter(e.status for e in events if e.status in LOST)
    drawing = MailboxesDrawing(losses, grid, play(events, acts))
    bottom = drawing.draw()
    return document(drawing.pen, WIDTH, bottom, "Mailboxes", title(events))


class MailboxesDrawing:
    """One picture of some mailboxes.

    Args:
        losses: how many messages were lost, by what became of them.
        grid: the acts that are shown.
        boxes: what happened in each mailbox.
    """

    def __init__(
        self,
        losses: Mapping[str, int],
        grid: Grid,
        boxes: Mapping[int, MailboxHistory],
    ) -> None:
        self._losses = losses
        self._grid = grid
        self._boxes = boxes
        self._signs: set[str] = set()
        self.pen = Pen()
        # Those that lost most are shown, if there are too many.
        ranked = sorted(
            self._boxes.items(),
            key=lambda item: item[1].fates["read"] - item[1].fates.total(),
        )
        kept = {number for number, _ in ranked[:MOST_BOXES]}
        self._strips = [
            MailboxTimeline(self.pen, self._grid, number, box)
            for number, box in self._boxes.items()
            if number in kept
        ]

    def draw(self) -> float:
        """Draw everything; return where it ends."""
        pen, y = self.pen, 78.0
        self._ground(y + sum(strip.height for strip in self._strips))
        for strip in self._strips:
            strip.draw(y)
            y += strip.height
            self._signs |= strip.signs
        more = len(self._boxes) - len(self._strips)
        if not self._boxes:
            pen.note(16, 66, "No message went through a mailbox.")
        notes = [_stands_for(act) for act in self._grid.acts if act.times > 1]
        notes += [f"and {count(more, 'more mailbox', 'es')}"] * bool(more)
        for note in notes:
            pen.note(16, y + 16, note)
            y += 22
        self._title()
        return self._legend(y + 2)

    def _title(self) -> None:
        lost = [(word_of(w), n) for w in LOST if (n := self._losses.get(w, 0))]
        right = with_losses(self._subtitle(), lost)
        draw_head(self.pen, WIDTH, "What waits in each mailbox", right)

    def _subtitle(self) -> str:
        if self._grid.first:
            return f"the first {count(self._grid.first, 'act')} left out"
        capacities = {box.capacity for box in self._boxes.values()} - {None}
        if len(capacities) == 1:
            return f"capacity {capacities.pop()}"
        return count(len(self._grid.acts), "act")

    def _ground(self, bottom: float) -> None:
        grid, pen = self._grid, self.pen
        for index, act in enumerate(grid.acts):
            x = grid.x(grid.first + index)
            pen.line([(x, 39), (x, bottom - 2)], EDGE, 1)
            _column_head(pen, x + 6, grid.wide - 8, _number(act), _said(act))

    def _legend(self, top: float) -> float:
        """Explain the signs that occur, and no others."""
        found = [sign for name, sign in SIGNS.items() if name in self._signs]
        note = "columns: steps, not time"
        self.pen.note(RIGHT, top + 21.8, note, anchor="end")
        room = RIGHT - LETTER * len(note)
        return draw_signs(self.pen, found, top + 18, room) + 20


def _wait_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 8, 28, 15), WAITING, LAYER, 2)


def _read_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 9, 24, 19), LAYER, radius=2)
    pen.triangle(x + 16, y, PANEL, 1)


def _lost_sign(pen: Pen, x: float, y: float) -> None:
    pen.cross(x + 7, y)


def _capacity_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 26, y)], LANE, 1, "6 3")


def _busy_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 8, 28, 15), PANEL, BOX, 3)


def _ghost_sign(pen: Pen, x: float, y: float) -> None:
    pen.ghost(x + 6, y)


SIGNS = {
    "waits": Sign(_wait_sign, Words.WAITS, 34),
    "read": Sign(_read_sign, "a message is read", 30),
    "lost": Sign(_lost_sign, Words.LOST, 20),
    "capacity": Sign(_capacity_sign, "capacity", 32),
    "busy": Sign(_busy_sign, Words.RUNS, 34),
    "ghost": Sign(_ghost_sign, Words.GHOST, 18),
}
"""The signs of a strip."""


@once
def _column_head(
    pen: Pen, x: float, room: float, number: str, words: str
) -> None:
    pen.text(x, 54, fitting(number, room, 10.5), bold=True)
    pen.text(x, 68, fitting(words, room, 9.5), size=9.5, colour=MUTED)


def _number(act: Act) -> str:
    """Return an act's number; of a folded one, the first and the last."""
    if act.times == 1:
        return numbers([act.row])
    return f"{act.row[0].seq}…{act.last[-1].seq}"


def _stands_for(act: Act) -> str:
    """Say which events a folded act stands for."""
    return f"{_number(act)} stands for {numbers(act.each)}"


@lru_cache(2 * MOST_ACTS)
def _said(act: Act) -> str:
    """Return what happened in an act, in a few words."""
    first = act.row[0]
    if first.kind in VERBS:
        who = first.client if first.kind == "receive" else ""
        number = first.application.rpartition("#")[2]
        return f"{who or '#' + number} {VERBS[first.kind]}"
    if first.kind in ("loss", "ghost"):
        return first.status if first.kind == "loss" else "ghost"
    if any(event.status == "unhandled" for event in act.row):
        return word_of("unhandled")
    words, last = payload(first, 16), act.last[0]
    return words if last is first else folded(words, payload(last, 16))
