"""One strip of the mailboxes drawing: what waits in one mailbox.

How it works: a message that waits is a brick, from the act of its arrival to
that of its end; the sign of the end stands behind it. When one is read, the
others move down with the next act. More than a few are drawn as one area.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minichannels.flow.drawings import mailbox_parts as parts
from minichannels.flow.drawings.mailbox_parts import LEFT, LEVEL, RIGHT
from minichannels.flow.drawings.pen import Pen
from minichannels.flow.model.mailbox_history import MailboxHistory
from minichannels.flow.model.mailboxes import Act
from minichannels.flow.model.spans import Run, Wait
from minichannels.flow.text.carried.payload import payload
from minichannels.flow.text.wording import word_of

MOST_LEVELS = 4
SIGN = 12.0
"""Where in its column the sign of an end stands."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns of the drawing: one for each act that is shown.

    Attributes:
        acts: those that are shown.
        first: how many came before them.
        wide: the width of a column.
    """

    acts: Sequence[Act]
    first: int
    wide: float

    @property
    def numbers(self) -> range:
        """The numbers of the acts that are shown."""
        return range(self.first, self.first + len(self.acts))

    def x(self, number: int) -> float:
        """Return the left edge of an act's column."""
        return LEFT + self.wide * (number - self.first)

    def after(self, seq: float) -> int:
        """Return the number of the first act that comes after an event."""
        for number, act in enumerate(self.acts, self.first):
            if act.row[0].seq > seq:
                return number
        return self.numbers.stop


class MailboxTimeline:
    """One mailbox, drawn.

    Args:
        pen: what it is drawn with.
        grid: the columns of the drawing that it is a strip of.
        connection: the number of its reader.
        box: what happened in it.

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
        capacity = box.capacity
        most = max(box.most, 1) if capacity is None else capacity
        # Whether they are too many for a brick each.
        self._counted = most > MOST_LEVELS
        self._levels = min(max(most, 1), MOST_LEVELS)
        self.signs: set[str] = set()
        # In which act its reader was gone.
        self._abandoned = box.first if box.unread else box.ghost
        lines = 2 + len(box.fates) + bool(self._whose)
        self.height = max(self._levels * LEVEL + 60, 14.0 * lines + 16)

    @property
    def _whose(self) -> str:
        """Whose mailbox it is, or what it was called before."""
        reader = self._box.reader
        if reader.client:
            return f"of {reader.client}"
        return f"({reader.former})" if reader.former else ""

    def draw(self, top: float) -> None:
        """Draw it below a height."""
        box, base = self._box, top + self.height - 34
        reader, fates = box.reader, sorted(box.fates, key=_is_lost)
        words = tuple(f"{box.fates[word]} {word_of(word)}" for word in fates)
        parts.draw_names(self._pen, top, reader.name, self._whose, words)
        high = self._levels * LEVEL
        parts.draw_scale(self._pen, base, high, box.capacity)
        if box.capacity is not None:
            self.signs.add("capacity")
        if self._counted:
            self._area(base)
        else:
            self._bricks(base)
        for number, act in enumerate(self._grid.acts, self._grid.first):
            if self._connection in act.at_once or box.change(number).went:
                self._ends(number, act, base)
        self._runs(base + 8)
        self._no_reader(base + 16)
        parts.draw_floor(self._pen, top + self.height - 2)

    # Messages that wait

    def _bricks(self, base: float) -> None:
        box, grid = self._box, self._grid
        for (wait, level), acts in self._stretches().items():
            start, end, seq = acts[0], acts[-1], wait.event.seq
            arrives = seq in box.change(start).came
            left = grid.x(start) + (SIGN if arrives else 2)
            right = grid.x(end + 1)
            if seq in box.change(end).went:
                right = grid.x(end) + SIGN
            y = base - (level + 1) * LEVEL + 1.5
            self.signs.add("waits")
            words = payload(wait.event, 16)
            parts.draw_brick(self._pen, left, right, y, words)

    def _stretches(self) -> dict[tuple[Wait, int], list[int]]:
        """Return the acts in which each message is at each level."""
        found = defaultdict[tuple[Wait, int], list[int]](list)
        there = self._box.present(self._grid.numbers)
        for number, waits in zip(self._grid.numbers, there, strict=True):
            for level, wait in enumerate(waits):
                # It never comes back to a level: it only moves down.
                found[wait, level].append(number)
        return found

    def _area(self, base: float) -> None:
        """Draw how many wait as an area, for they are many."""
        acts: list[parts.Level] = []
        most, before = self._box.capacity or self._box.most, 0
        high = self._levels * LEVEL
        for waits in self._box.numbers(self._grid.numbers):
            if waits:
                self.signs.add("waits")
            words = f"{waits} wait" if waits != before else ""
            acts.append((min(waits / most, 1) * high, words))
            before = waits
        wide = self._grid.wide
        parts.draw_area(self._pen, base, wide, high, tuple(acts))

    # How they end

    def _ends(self, number: int, act: Act, base: float) -> None:
        """Draw what ends in an act: at once, or after it has waited."""
        for word, full in act.at_once.get(self._connection, ()):
            level = self._levels if full else 0
            self._sign(number, base, level, word, act.times)
        for (level, word), times in Counter(self._went(number)).items():
            self._sign(number, base, level, word, times)

    def _went(self, number: int) -> Iterator[tuple[int, str]]:
        """Yield from what level messages end in an act, and how."""
        went = self._box.change(number).went
        if self._counted:
            yield from ((0, wait.fate) for wait in went.values())
            return
        (there,) = self._box.present(range(number, number + 1))
        for level, wait in enumerate(there):
            if wait.event.seq in went:
                yield level, wait.fate

    def _sign(
        self, number: int, base: float, level: int, word: str, times: int
    ) -> None:
        x, y = self._grid.x(number) + SIGN, base - (level + 0.5) * LEVEL
        pen, room = self._pen, self._grid.wide - SIGN - 10
        if _is_lost(word):
            self.signs.add("lost")
            y += 1 if level == self._levels else 0
            parts.draw_lost(pen, x, y, word_of(word), times, room)
        else:
            self.signs.add("read")
            parts.draw_read(pen, x, y, times, room)

    # What the reader does

    def _runs(self, y: float) -> None:
        grid, runs = self._grid, list(self._box.runs)
        last = RIGHT if self._abandoned is None else self._ghost_x() - 10
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
                name, raised = run.name, run.raised
                parts.draw_run(self._pen, left, right, y, name, raised)

    def _start(self, run: Run) -> float:
        return self._grid.x(self._grid.after(run.start) - 1) + SIGN

    def _no_reader(self, y: float) -> None:
        """Say that nobody reads, if nobody does."""
        if self._box.is_ghost:
            self.signs.add("ghost")
            parts.draw_ghost(self._pen, self._ghost_x(), y)
        elif self._abandoned is not None:
            parts.draw_no_reader(self._pen, self._ghost_x(), y)

    def _ghost_x(self) -> float:
        """Return where the ghost stands: behind its last handler's run."""
        grid = self._grid
        # A flow that is a part of another may begin with the ghost.
        place = min((self._abandoned or 0) - grid.first, len(grid.acts) - 1)
        row = grid.acts[max(place, 0)].row if grid.acts else ()
        raised = any(event.kind == "crash" for event in row)
        x = grid.x(grid.first + max(place, 0))
        return x + (32 if raised else SIGN + 2)


def _is_lost(fate: str) -> bool:
    return fate != "read"
