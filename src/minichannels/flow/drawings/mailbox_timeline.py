"""One strip of the mailboxes drawing: what waits in one mailbox.

How it works: a message that waits is a brick, from the act of its arrival to
that of its end; the sign of the end stands behind it. When one is read, the
others move down with the next act. More than a few are drawn as one area.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minichannels.flow.drawings.palette import (
    BOX,
    EDGE,
    GROUP,
    INK,
    LANE,
    LAYER,
    LOST,
    LOST_GROUND,
    MUTED,
    PANEL,
)
from minichannels.flow.drawings.pen import Pen, fitting, wide_as
from minichannels.flow.model.mailboxes import (
    Act,
    MailboxHistory,
    at_once,
    endings,
    present,
    stretches,
)
from minichannels.flow.model.spans import Run
from minichannels.flow.text.formatting import shortened
from minichannels.flow.text.wording import payload

LEFT, RIGHT = 146.0, 886.0
LEVEL, MOST_LEVELS = 22.0, 4
SIGN = 12.0
"""Where in its column the sign of an end stands."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns of the drawing: one for each act that is shown."""

    acts: Sequence[Act]
    first: int
    wide: float

    def x(self, index: int) -> float:
        """Return the left edge of an act's column."""
        return LEFT + self.wide * (index - self.first)

    def after(self, seq: float) -> int:
        """Return the first act that comes after an event."""
        for index, act in enumerate(self.acts):
            if act.row[0].seq > seq:
                return index
        return len(self.acts)


class MailboxTimeline:
    """One mailbox, drawn.

    Attributes:
        height: how high it is.
        signs: the names of the signs that were drawn.
    """

    def __init__(
        self, pen: Pen, grid: Grid, connection: int, box: MailboxHistory
    ) -> None:
        self._pen = pen
        self._grid = grid
        self._connection = connection
        self._box = box
        self._endings = list(endings(box))
        capacity = box.capacity
        most = max(box.most, 1) if capacity is None else capacity
        self._counted = most > MOST_LEVELS
        self._levels = min(max(most, 1), MOST_LEVELS)
        self.signs: set[str] = set()
        self._abandoned = box.first if box.unread else box.ghost
        lines = 2 + len(box.fates) + bool(box.reader.client)
        self.height = max(self._levels * LEVEL + 60, 14.0 * lines + 16)

    def draw(self, top: float) -> None:
        """Draw it below a height."""
        base = top + self.height - 34
        self._names(top)
        self._scale(base)
        if self._counted:
            self._area(base)
        else:
            self._bricks(base)
        for index in range(self._grid.first, len(self._grid.acts)):
            for level, word, times in self._signs(index):
                x = self._grid.x(index) + SIGN
                self._sign(x, base, level, word, times)
        self._runs(base + 8)
        self._ghost(base + 16)
        bottom = top + self.height - 2
        self._pen.line([(10, bottom), (890, bottom)], EDGE, 1)

    def _names(self, top: float) -> None:
        pen, box, y = self._pen, self._box, top + 14
        pen.text(16, y, shortened(box.reader.name, 15), bold=True)
        if box.reader.client:
            y += 14
            pen.note(16, y, f"of {shortened(box.reader.client, 14)}", 10.5)
        y += 3
        for word in sorted(box.fates, key=lambda word: word != "read"):
            y += 14
            lost = word != "read"
            colour = LOST if lost else INK
            words = f"{box.fates[word]} {word}"
            pen.text(16, y, words, size=10, colour=colour, bold=lost)

    def _scale(self, base: float) -> None:
        pen, capacity = self._pen, self._box.capacity
        pen.line([(LEFT, base), (RIGHT, base)], LANE, 1.2)
        pen.text(138, base + 3.5, "0", size=9.5, colour=MUTED, anchor="end")
        if capacity is not None:
            self.signs.add("capacity")
            y = base - self._levels * LEVEL
            pen.line([(LEFT, y), (RIGHT, y)], LANE, 1, "6 3")
            words = shortened(str(capacity), 7)
            pen.text(138, y + 3.5, words, size=9.5, colour=MUTED, anchor="end")

    # Messages that wait

    def _bricks(self, base: float) -> None:
        box, grid = self._box, self._grid
        cells = list(present(box))
        for seq, level, start, end in stretches(box, grid.first):
            arrives = start == 0 or seq not in cells[start - 1]
            left = grid.x(start) + (SIGN if arrives else 2)
            right = grid.x(end + 1)
            if seq not in box.cells[end]:  # it ends here
                right = grid.x(end) + SIGN
            y = base - (level + 1) * LEVEL + 1.5
            self.signs.add("waits")
            self._pen.rect((left, y, right - left, LEVEL - 3), GROUP, LAYER, 2)
            if right - left > 24:
                words = payload(cells[start][seq].event, 16)
                text = fitting(words, right - left - 12)
                self._pen.text(left + 5, y + 13, text, size=10)

    def _area(self, base: float) -> None:
        """Draw how many wait as an area, for they are many."""
        box, grid, pen = self._box, self._grid, self._pen
        most = box.capacity or box.most
        high = self._levels * LEVEL
        before = -1
        for index in range(grid.first, len(grid.acts)):
            number, x = len(box.cells[index]), grid.x(index)
            tall = min(number / most, 1) * high
            if number:
                self.signs.add("waits")
                box_ = (x, base - tall, grid.wide, tall)
                pen.rect(box_, GROUP, LAYER)
            if number != before and (number or before > 0):
                words = fitting(f"{number} wait", grid.wide - 10, 9.5)
                pen.text(x + 6, base - high - 5, words, colour=LAYER, size=9.5)
            before = number

    # How they end

    def _signs(self, index: int) -> Iterator[tuple[int, str, int]]:
        """Yield the signs of an act: at what level, the word, how often."""
        act = self._grid.acts[index]
        for word in at_once(act.row, self._connection):
            yield self._levels if word == "full" else 0, word, act.times
        signs = Counter(
            (0 if self._counted else level, word)
            for level, word in self._endings[index]
        )
        for (level, word), times in signs.items():
            yield level, word, times

    def _sign(
        self, x: float, base: float, level: int, word: str, times: int
    ) -> None:
        pen, room = self._pen, self._grid.wide - SIGN - 10
        often = f" ×{times}" if times > 1 else ""
        y = base - (level + 0.5) * LEVEL
        self.signs.add("read" if word == "read" else "lost")
        if word == "read":
            pen.rect((x, y - 9.5, 24, LEVEL - 3), LAYER, radius=2)
            pen.triangle(x + 16, y, PANEL, 1)
            words = fitting(often.strip() or " ", room - 18)
            pen.text(x + 27, y + 3.6, words, size=10, bold=True)
            return
        y += 1 if level == self._levels else 0
        pen.cross(x, y)
        words = word + often
        if wide_as(words, 9.5) > room:  # the column's head says it
            words = often.strip()
        pen.text(x + 10, y + 3.5, words, size=9.5, colour=LOST, bold=True)

    # What the reader does

    def _runs(self, y: float) -> None:
        grid, runs = self._grid, list(self._box.runs)
        last = RIGHT if self._abandoned is None else self._ghosts() - 10
        starts = [self._start(run) for run in runs]
        for index, run in enumerate(runs):
            left = starts[index]
            right = grid.x(grid.after(run.last)) - 4
            if run.raised:
                right = grid.x(grid.after(run.last) - 1) + 22
            if index + 1 < len(runs):
                right = min(right, starts[index + 1] - 4)
            left, right = max(left, LEFT + 2), min(right, last)
            if right - left >= 12:
                self.signs.add("busy")
                self._run(run, left, right, y)

    def _start(self, run: Run) -> float:
        return self._grid.x(self._grid.after(run.start) - 1) + SIGN

    def _run(self, run: Run, left: float, right: float, y: float) -> None:
        pen, room = self._pen, right - left - 8 - 16 * run.raised
        box = (left, y, right - left, 15.0)
        if run.raised:
            pen.rect(box, LOST_GROUND, LOST, 3, "4 2")
            pen.cross(right - 9, y + 7.5)
        else:
            pen.rect(box, PANEL, BOX, 3)
        whole = wide_as(run.name, 9.5) <= room
        words = run.name if whole else fitting("runs", room, 9.5)
        pen.text(left + 4, y + 11, words, size=9.5)

    def _ghosts(self) -> float:
        """Return where the ghost stands: behind its last handler's run."""
        acts, first = self._grid.acts, self._grid.first
        # A flow that is a part of another may begin with the ghost.
        index = max(min(self._abandoned or 0, len(acts) - 1), first)
        row = acts[index].row if acts else ()
        raised = any(event.kind == "crash" for event in row)
        return self._grid.x(index) + (32 if raised else SIGN + 2)

    def _ghost(self, y: float) -> None:
        if self._abandoned is None:
            return
        self.signs.add("ghost")
        pen, x = self._pen, self._ghosts()
        pen.ghost(x, y)
        words = "ghost: nobody reads"
        if wide_as(words, 9.5) > RIGHT - x - 12:
            words = "ghost"
        pen.text(x + 9, y + 3.6, words, size=9.5, colour=LAYER, bold=True)
        start = x + 15 + wide_as(words, 9.5)
        if start < RIGHT - 8:
            pen.line([(start, y), (RIGHT, y)], LAYER, 1.6, "5 3")
