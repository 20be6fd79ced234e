"""What spans rows while a lanes drawing grows: pieces that replace each other.

How it works: a scope, a handler's run, a membership, a message that waits is
drawn down to the bottom while nobody knows its end. Whenever more is known it
is drawn once more: the former piece is shown up to the step before, and the
new one from this step on.
"""

from typing import Any
from xml.sax.saxutils import quoteattr

from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.drawings.lanes.layout import Layout, Line, Rail, Run
from minichannels.flow.drawings.lanes.spans import draw_extents
from minichannels.flow.drawings.pen import SANS, Pen
from minichannels.flow.journal.events import Event
from minichannels.flow.model.extents import (
    PASSIVE,
    fills,
    rail_slot,
    starts_run,
)

FAR = 1_000_000.0
"""Where something ends while nobody knows."""

MOST_RUNS = 2_000
"""How many handler runs may still become longer."""

Piece = dict[str, Any]
"""Something drawn, as JSON."""

_SANS = f" font-family={quoteattr(SANS)}"


def smaller(part: str) -> str:
    """Return something drawn, in fewer bytes: the page knows the fonts."""
    return part.replace(_SANS, ' class="sans"')


def drawn(pen: Pen) -> str:
    """Return what a pen drew, in fewer bytes."""
    return smaller("".join(pen.parts))


class Stretches:
    """The pieces of all that spans rows.

    Attributes:
        slots: on which rail of its mailbox each message waits.
        scopes: where each scope begins, and where it ends.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.slots: dict[int, int] = {}
        self._ids = 0
        self._news: dict[int, Piece] = {}
        self._pieces: dict[object, Piece] = {}
        self.scopes: dict[int, tuple[float, float]] = {}
        self._numbers: dict[str, int] = {}
        self._lines: dict[tuple[str, str], Line] = {}
        self._runs: dict[int, Run] = {}
        self._rails: dict[int, Rail] = {}
        self._full: dict[int, Rail] = {}

    def news(self) -> list[Piece]:
        """Return the pieces that are new or have changed since last asked."""
        news, self._news = list(self._news.values()), {}
        return news

    def follow(
        self, step: int, event: Event, y: float, shown: bool = True
    ) -> None:
        """Note an event, for the first time or as it is known now.

        Args:
            step: the step that it belongs to.
            event: the event.
            y: the height of its row, or of the last one before it.
            shown: whether it has a row: nothing begins without one.
        """
        self._scope(step, event, y)
        self._run(step, event, y, shown)
        self._membership(step, event, y)
        self._rail(step, event, y, shown)

    # One kind of span each

    def _scope(self, step: int, event: Event, y: float) -> None:
        number = event.connection
        self._numbers[event.application] = number
        begins = event.kind == "receive" or event.handler != ""
        if begins and number not in self.scopes:
            self.scopes[number] = y, FAR
            self._put_scope(step, number)
        if event.ends and number in self.scopes:
            self.scopes[number] = self.scopes[number][0], y
            self._put_scope(step, number)
            for key, line in self._lines.items():
                if line.connection == number and line.end == FAR:
                    line.end = y
                    self._put_line(step, key, line)

    def _put_scope(self, step: int, number: int) -> None:
        start, end = self.scopes[number]
        layout = Layout(scopes={number: (start, end)})
        self._put(("scope", number), step, (start - 8, end + 7), layout)

    def _run(self, step: int, event: Event, y: float, shown: bool) -> None:
        own = self._runs.get(event.cause or 0)
        active = event.kind not in PASSIVE
        if active and own and own.connection == event.connection:
            own.end = max(own.end, y)
            own.raised |= event.kind == "crash"
            self._put_run(step, event.cause, own)
        if starts_run(event) and shown:
            self._begin_run(step, event, y)
        elif self._runs.pop(event.seq, None):  # it was handed out, no more
            self._take_back(("run", event.seq))

    def _begin_run(self, step: int, event: Event, y: float) -> None:
        name = event.handler or event.application.rpartition("#")[0]
        run = self._runs.get(event.seq)
        if run is None:
            run = Run(event.connection, name, y, y, False)
            self._runs[event.seq] = run
        run.name = name
        self._put_run(step, event.seq, run)
        if len(self._runs) > MOST_RUNS:
            oldest = next(iter(self._runs))
            del self._runs[oldest]
            self._pieces.pop(("run", oldest), None)

    def _put_run(self, step: int, seq: int | None, run: Run) -> None:
        extent = run.start - 8, run.end + 7
        self._put(("run", seq), step, extent, Layout(runs=[run]))

    def _membership(self, step: int, event: Event, y: float) -> None:
        key = event.member, event.group
        number = self._numbers.get(event.member, 0)
        line = self._lines.get(key)
        if event.kind == "join" and number in self.scopes:
            if line is None:
                line = self._lines[key] = Line(number, y, FAR)
                self._put_line(step, key, line)
        elif event.status == "expired":  # ends all memberships
            self._exorcise(step, event.connection, y)
        elif line is not None and event.kind == "leave":
            line.end = y
            self._put_line(step, key, line)
            self._forget(key)
        elif line is not None and event.kind == "ghost":
            line.end, line.haunted = min(line.end, y), FAR
            self._put_line(step, key, line)

    def _exorcise(self, step: int, number: int, y: float) -> None:
        for key, line in list(self._lines.items()):
            if line.connection == number and line.haunted is not None:
                line.haunted = y
                self._put_line(step, key, line)
                self._forget(key)

    def _forget(self, key: tuple[str, str]) -> None:
        """Leave a membership as it is: another one is drawn anew."""
        del self._lines[key]
        del self._pieces["line", *key]

    def _put_line(self, step: int, key: tuple[str, str], line: Line) -> None:
        end = line.end if line.haunted is None else line.haunted
        layout = Layout(memberships=[line])
        self._put(("line", *key), step, (line.start, end), layout)

    def _rail(self, step: int, event: Event, y: float, shown: bool) -> None:
        if event.status == "waiting":
            if event.seq not in self._rails and shown:
                self._waits(step, event, y)
        elif event.kind in ("read", "loss") and event.cause in self._rails:
            rail = self._rails.pop(event.cause)
            rail.end = y
            rail.fate = "read" if event.kind == "read" else "lost"
            self._put_rail(step, event.cause, rail)
            if full := self._full.pop(event.connection, None):
                full.end = y
                self._put_rail(step, -event.connection, full)
        elif event.seq in self._rails:  # it was read without a wait
            del self._rails[event.seq]
            self._take_back(("rail", event.seq))

    def _waits(self, step: int, event: Event, y: float) -> None:
        lane, rails = event.connection, self._rails.values()
        used = {rail.slot for rail in rails if rail.connection == lane}
        slot = self.slots[event.seq] = rail_slot(event, used)
        rail = self._rails[event.seq] = Rail(lane, slot, y, FAR, "")
        self._put_rail(step, event.seq, rail)
        if fills(event):
            self._pieces.pop(("rail", -lane), None)
            full = self._full[lane] = Rail(lane, 0, y, FAR, "full")
            self._put_rail(step, -lane, full)

    def _put_rail(self, step: int, seq: int, rail: Rail) -> None:
        extent = rail.start - 3, rail.end + 7
        self._put(("rail", seq), step, extent, Layout(rails=[rail]))

    # Pieces

    def _put(
        self,
        key: tuple[object, ...],
        step: int,
        extent: tuple[float, float],
        layout: Layout,
    ) -> None:
        pen = Pen()
        draw_extents(Canvas(pen, self.columns, layout))
        old = self._pieces.get(key)
        if old is not None and old["f"] < step:
            old["l"] = step - 1
            self._news[old["i"]] = old
        if old is None or old["f"] < step:
            self._ids += 1
            old = {"i": self._ids, "f": step, "l": None, "z": _Z[str(key[0])]}
            self._pieces[key] = old
        old |= {"t": extent[0], "b": extent[1], "p": drawn(pen)}
        self._news[old["i"]] = old

    def _take_back(self, key: object) -> None:
        piece = self._pieces.pop(key)
        piece["l"] = piece["f"] - 1  # at no step
        self._news[piece["i"]] = piece


_Z = {"scope": 0, "line": 1, "run": 2, "rail": 3}
"""What lies above what."""
