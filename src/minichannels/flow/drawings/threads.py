"""The threads drawing: which handlers ran at the same time, and where.

How it works: a strip for each thread, a column for each step in which handlers
began (``model.handlers``), a bar for each handler. An event loop is one thread,
so its strip is as high as handlers took turns on it.

Source: the visual language, "Principles": time is an order, never a duration.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from minichannels.flow.drawings.frame import draw_head
from minichannels.flow.drawings.legends import (
    LETTER,
    Sign,
    Words,
    draw_signs,
)
from minichannels.flow.drawings.palette import (
    BOX,
    EDGE,
    LOST,
    LOST_GROUND,
    MUTED,
    PANEL,
)
from minichannels.flow.drawings.pen import Pen, document, fitting, wide_as
from minichannels.flow.journal.events import Event
from minichannels.flow.model.acts import numbers
from minichannels.flow.model.handlers import (
    POOL,
    Handled,
    handlers,
    most_at_once,
)
from minichannels.flow.text.formatting import count, in_lines, shortened
from minichannels.flow.text.table import title

WIDTH, LEFT, RIGHT, TOP = 900.0, 146.0, 886.0, 78.0
HIGH, WIDEST = 24.0, 180.0
MOST_STEPS, MOST_ROWS = 10, 16
NOBODY = (
    "No handler is known here. One of a minichannels consumer stands here as"
    " soon as it runs; other applications do not tell when theirs run, and no"
    " file keeps it."
)
"""What is said instead of a picture that shows nobody."""


@dataclass(frozen=True, slots=True)
class _Strip:
    """A thread in the picture: its name, and the handlers that ran on it."""

    name: str
    words: str
    handlers: Sequence[Handled]

    @property
    def rows(self) -> int:
        """How many bars it has room for, one below the other."""
        return 1 + max(self._row(handled) for handled in self.handlers)

    def _row(self, handled: Handled) -> int:
        return 0 if handled.event.thread == POOL else handled.row

    def y(self, top: float, handled: Handled) -> float:
        """Return how far down a handler's bar begins."""
        return top + 5 + HIGH * self._row(handled)


def threads(events: Sequence[Event]) -> str:
    """Return the threads drawing of a line-up, as SVG."""
    drawing = _Drawing(handlers(events))
    bottom = drawing.draw()
    return document(drawing.pen, WIDTH, bottom, "Threads", title(events))


def _strips(found: Sequence[Handled]) -> list[_Strip]:
    """Return the threads, the loop first, then those of the pool."""
    own: dict[str, list[Handled]] = {}
    for handled in found:
        own.setdefault(handled.thread, []).append(handled)
    pool = {h.thread: h.row for h in found if h.event.thread == POOL}
    names = sorted(
        own, key=lambda name: (name in pool, pool.get(name, 0), name)
    )
    words = {"event loop": "takes turns", "one thread": "for all handlers"}
    return [_Strip(n, words.get(n, "of the pool"), own[n]) for n in names]


class _Drawing:
    """One picture of some handlers."""

    def __init__(self, found: Sequence[Handled]) -> None:
        self.pen = Pen()
        self._found = found
        steps = sorted({handled.first for handled in found})
        self._first = max(0, len(steps) - MOST_STEPS)
        self._steps = steps[self._first :]
        room = (RIGHT - LEFT) / max(len(self._steps), 1)
        self._wide = min(room, WIDEST)

    def draw(self) -> float:
        """Draw everything; return where it ends."""
        strips, y = _strips(self._found), TOP
        shown = strips[:MOST_ROWS]
        for strip in shown:
            y += self._draw_strip(strip, y)
        self._draw_columns(y)
        notes = [] if self._found else in_lines(NOBODY, 120)
        if more := len(strips) - len(shown):
            notes.append(f"and {count(more, 'more thread')}")
        for note in notes:
            self.pen.note(16, y + 16, note)
            y += 22
        self._draw_head()
        return self._draw_legend(y + 2)

    def _draw_head(self) -> None:
        parts = [count(len(self._found), "handler")]
        if self._found:
            most = most_at_once(self._found)
            parts.append(f"at most {most} at the same time")
        if self._first:
            parts.append(f"the first {count(self._first, 'step')} left out")
        title = "Which handlers run at the same time"
        draw_head(self.pen, WIDTH, title, " · ".join(parts))

    def _draw_columns(self, bottom: float) -> None:
        pen, room = self.pen, self._wide - 8
        for index, step in enumerate(self._steps):
            x = LEFT + self._wide * index
            pen.line([(x, 39), (x, bottom - 2)], EDGE, 1)
            began = [h.event for h in self._found if h.first == step]
            whose = " ".join(_whose(event) for event in began)
            heading = fitting(numbers([began]), room, 10.5)
            pen.text(x + 6, 54, heading, bold=True)
            words = fitting(whose, room, 9.5)
            pen.text(x + 6, 68, words, size=9.5, colour=MUTED)

    def _draw_strip(self, strip: _Strip, top: float) -> float:
        pen, high = self.pen, max(strip.rows * HIGH + 12, 38)
        pen.text(16, top + 17, shortened(strip.name, 15), bold=True)
        pen.note(16, top + 31, strip.words, 10.5)
        for handled in strip.handlers:
            if handled.last is None or handled.last >= self._steps[0]:
                self._draw_bar(handled, strip.y(top, handled))
        pen.line([(10, top + high - 2), (890, top + high - 2)], EDGE, 1)
        return high

    def _draw_bar(self, handled: Handled, y: float) -> None:
        columns = [
            index
            for index, step in enumerate(self._steps)
            if handled.first <= step
            and (handled.last is None or step <= handled.last)
        ]
        left = LEFT + self._wide * columns[0] + 5
        right = LEFT + self._wide * (columns[-1] + 1) - 5
        box, room = (left, y, right - left, HIGH - 6), right - left - 10
        if handled.raised:
            self.pen.rect(box, LOST_GROUND, LOST, 3, "4 2")
            self.pen.cross(right - 10, y + HIGH / 2 - 3)
            room -= 16
        else:
            self.pen.rect(box, PANEL, BOX, 3)
        words = fitting(_said(handled, room), room, 10)
        self.pen.text(left + 5, y + 12.6, words, size=10)

    def _draw_legend(self, top: float) -> float:
        if not self._found:
            return top + 8
        note = "columns: steps, not time"
        signs = [Sign(_run_sign, Words.RUNS, 34)]
        if any(handled.raised for handled in self._found):
            signs.append(Sign(_raised_sign, Words.RAISED, 34))
        self.pen.note(RIGHT, top + 21.8, note, anchor="end")
        room = RIGHT - LETTER * len(note)
        return draw_signs(self.pen, signs, top + 18, room) + 20


def _whose(event: Event) -> str:
    return event.client or event.application


def _said(handled: Handled, room: float) -> str:
    """Return what a bar says: as much as fits, and its name in any case."""
    still = " (still runs)" if handled.last is None else ""
    most = f"{handled.name} · {_whose(handled.event)}{still}"
    choices = f"{handled.event.seq} {most}", most, f"{handled.name}{still}"
    return next((c for c in choices if wide_as(c, 10) <= room), handled.name)


def _run_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 8, 28, 15), PANEL, BOX, 3)


def _raised_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 8, 28, 15), LOST_GROUND, LOST, 3, "4 2")
    pen.cross(x + 18, y)
