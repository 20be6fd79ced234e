"""The mailboxes drawing: what waited where, and what became of it.

How it works: one strip for each mailbox, one column for each act that touches
any. A message that waits is a brick from the act of its arrival to that of its
end, the oldest at the bottom; when one is read, the others move down. Below
stands what the reader does meanwhile.

Source: the visual language, "Mailboxes and groups".
"""

from collections.abc import Iterable, Sequence

from minichannels.flow.boxes import (
    MOST_LEVELS,
    Column,
    Mailbox,
    find_columns,
    play,
    stretches,
)
from minichannels.flow.events import LOST as LOST_STATUSES
from minichannels.flow.events import Event
from minichannels.flow.svg import (
    BAND,
    BOX,
    EDGE,
    GROUP,
    INK,
    LANE,
    LAYER,
    LOST,
    MUTED,
    PANEL,
    Pen,
    document,
)
from minichannels.flow.text import title
from minichannels.flow.words import count, payload, shortened, totals

LEFT, COLUMN, NARROW = 150.0, 74.0, 56.0
LEVEL = 22.0


def mailboxes(events: Sequence[Event]) -> str:
    """Return the mailboxes drawing of a line-up, as SVG."""
    columns, hidden = find_columns(events)
    boxes = play(events, columns)
    drawing = MailboxesDrawing(events, columns, boxes, hidden)
    bottom = drawing.draw()
    return document(
        drawing.pen, drawing.width, bottom, "Mailboxes", title(events)
    )


class MailboxesDrawing:
    """One picture of some mailboxes, after some acts."""

    def __init__(
        self,
        events: Sequence[Event],
        columns: Sequence[Column],
        boxes: Sequence[Mailbox],
        hidden: int,
    ) -> None:
        self._events = events
        self._columns = columns
        self._boxes = boxes
        self._hidden = hidden
        self.left_out = hidden
        self.pen = Pen()
        shown = len(columns) - hidden
        self._wide = COLUMN if shown <= 10 else NARROW
        self.width = max(LEFT + self._wide * shown + 20, 640.0)

    def draw(self) -> float:
        """Draw everything; return where it ends."""
        pen = self.pen
        y = 78.0 if self._boxes else 60.0
        heights = [self._height(box) for box in self._boxes]
        self._ground(y + sum(heights))
        for box, height in zip(self._boxes, heights, strict=True):
            self._strip(box, y, height)
            y += height
        if not self._boxes:
            pen.text(16, 66, "No message went through a mailbox.", sans=True)
            y += 20
        words = [
            (f" · {n} {word}", LOST, True)
            for word, n in totals(self._events)
            if word in LOST_STATUSES
        ]
        pen.text(
            16, 25, "What waits in each mailbox", size=14, bold=True, sans=True
        )
        pen.text(
            self.width - 14,
            25,
            [(self._subtitle(), MUTED, False), *words],
            size=11.5,
            sans=True,
            anchor="end",
        )
        pen.line([(0.5, 38), (self.width - 0.5, 38)], EDGE, 1)
        return self._legend(y)

    def _subtitle(self) -> str:
        if self.left_out:
            return f"the first {count(self.left_out, 'act')} left out"
        return count(len(self._columns), "act")

    def _x(self, index: int) -> float:
        return LEFT + self._wide * (index - self._hidden)

    def _ground(self, bottom: float) -> None:
        for index in range(self._hidden, len(self._columns)):
            column, x = self._columns[index], self._x(index)
            if (index - self._hidden) % 2 == 0:
                self.pen.rect((x, 39, self._wide, bottom - 39), BAND)
            room = int(self._wide / 6.8)
            label = shortened(column.label, room)
            self.pen.text(x + 4, 54, label, size=10, bold=True)
            below = payload(column.row[0], 9) if self._wide == COLUMN else ""
            self.pen.text(x + 4, 68, below, size=9.5, colour=MUTED)

    def _levels(self, box: Mailbox) -> int:
        most = max((len(cell) for cell in box.cells), default=0)
        if box.capacity is None:
            return max(1, min(most, MOST_LEVELS))
        return min(max(box.capacity, 1), MOST_LEVELS)

    def _height(self, box: Mailbox) -> float:
        return max(self._levels(box) * LEVEL + 58, 92.0)

    def _strip(self, box: Mailbox, top: float, height: float) -> None:
        pen = self.pen
        base = top + height - 34
        self._names(box, top)
        capacity = base - self._levels(box) * LEVEL
        right = self.width - 12
        pen.line([(LEFT - 4, base), (right, base)], LANE, 1.2)
        pen.text(
            LEFT - 8, base + 3.5, "0", size=9.5, colour=MUTED, anchor="end"
        )
        if box.capacity is not None:
            pen.line([(LEFT - 4, capacity), (right, capacity)], LANE, 1, "6 3")
            pen.text(
                LEFT - 8,
                capacity + 3.5,
                str(box.capacity),
                size=9.5,
                colour=MUTED,
                anchor="end",
            )
        self._bricks(box, base)
        for index, signs in box.signs.items():
            if index >= self._hidden:
                self._signs(signs, index, base, capacity)
        self._reader(box, base + 8)
        pen.line([(10, top + height - 2), (right, top + height - 2)], EDGE, 1)

    def _names(self, box: Mailbox, top: float) -> None:
        pen = self.pen
        pen.text(16, top + 14, shortened(box.name, 18), bold=True)
        y = top + 28
        if box.client:
            pen.text(
                16,
                y,
                f"of {shortened(box.client, 16)}",
                colour=MUTED,
                sans=True,
            )
            y += 15
        for word, number in sorted(
            box.fates.items(), key=lambda f: f[0] != "read"
        ):
            lost = word != "read"
            pen.text(
                16,
                y,
                f"{number} {word}",
                bold=lost,
                colour=LOST if lost else INK,
                size=10,
            )
            y += 14

    def _bricks(self, box: Mailbox, base: float) -> None:
        messages = dict.fromkeys(w for cell in box.cells for w in cell)
        for seq, words in messages:
            for first, last, level in stretches(box.cells, seq, self._hidden):
                read = any(w == "read" for w, _ in box.signs.get(first, ()))
                self._brick(
                    (first, last), level, 44 if read else 14, words, base
                )
        for index, cell in enumerate(box.cells):
            if len(cell) > MOST_LEVELS and index >= self._hidden:
                self.pen.text(
                    self._x(index) + self._wide / 2,
                    base - MOST_LEVELS * LEVEL - 6,
                    f"{len(cell)} wait",
                    size=9.5,
                    colour=LAYER,
                    anchor="middle",
                )

    def _brick(
        self,
        span: tuple[int, int],
        level: int,
        inset: float,
        words: str,
        base: float,
    ) -> None:
        x = self._x(span[0]) + inset
        width = self._x(span[1] + 1) - x + 12
        y = base - (level + 1) * LEVEL + 1
        self.pen.rect(
            (x, y, min(width, self.width - 14 - x), LEVEL - 3), GROUP, LAYER, 2
        )
        room = int(width / 6.5) - 1
        if room > 2:
            self.pen.text(x + 5, y + 13, shortened(words, room), size=10)

    def _signs(
        self,
        signs: Iterable[tuple[str, int]],
        index: int,
        base: float,
        capacity: float,
    ) -> None:
        pen, x = self.pen, self._x(index) + 14
        for offset, (word, times) in enumerate(signs):
            often = f" ×{times}" if times > 1 else ""
            if word == "read":
                pen.rect((x, base - LEVEL + 1, 25, LEVEL - 3), LAYER, radius=2)
                pen.triangle(x + 16, base - LEVEL / 2, PANEL, 1)
                pen.text(x + 28, base - 7, often.strip(), size=10, bold=True)
                continue
            # What found no place stands above the capacity, the rest inside.
            y = capacity - 9 if word == "full" else base - LEVEL / 2
            pen.cross(x + 12 * offset, y)
            room = int((self._wide - 26) / 6.2)
            label = shortened(word + often, max(room, 1)) if room > 3 else ""
            pen.text(
                x + 10 + 12 * offset,
                y + 3.5,
                label,
                size=9.5,
                colour=LOST,
                bold=True,
            )

    def _reader(self, box: Mailbox, y: float) -> None:
        pen = self.pen
        for index, handler in box.runs:
            if index >= self._hidden:
                room = self._wide - 18
                pen.rect((self._x(index) + 14, y, room, 15), PANEL, BOX, 3)
                name = shortened(handler, int(room / 6.2))
                pen.text(self._x(index) + 17, y + 11, name, size=9.5)
        if box.ghost is not None:
            x = self._x(max(box.ghost, self._hidden)) + 14
            pen.ghost(x, y + 8)
            pen.text(x + 10, y + 11, "ghost", size=9.5, colour=LAYER, bold=True)
            pen.line(
                [(x + 46, y + 8), (self.width - 14, y + 8)], LAYER, 1.6, "5 3"
            )

    def _legend(self, top: float) -> float:
        pen, y = self.pen, top + 18
        pen.rect((16, y - 8, 28, 15), GROUP, LAYER, 2)
        pen.text(50, y + 3.8, "waits", colour=MUTED, size=11, sans=True)
        pen.rect((96, y - 8, 25, 15), LAYER, radius=2)
        pen.triangle(112, y, PANEL, 1)
        pen.text(127, y + 3.8, "is read", colour=MUTED, size=11, sans=True)
        pen.cross(186, y)
        pen.text(198, y + 3.8, "is lost", colour=MUTED, size=11, sans=True)
        pen.line([(252, y), (278, y)], LANE, 1, "6 3")
        pen.text(284, y + 3.8, "capacity", colour=MUTED, size=11, sans=True)
        pen.rect((350, y - 8, 28, 15), PANEL, BOX, 3)
        pen.text(384, y + 3.8, "handler runs", colour=MUTED, size=11, sans=True)
        pen.text(
            474,
            y + 3.8,
            "columns: steps, not time",
            colour=MUTED,
            size=11,
            sans=True,
        )
        return y + 18
