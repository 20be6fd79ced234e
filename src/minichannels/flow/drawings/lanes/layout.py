"""Where things are in the lanes drawing, from top to bottom.

How it works: every row that is shown gets its height. An event that is not
shown, because it was folded or left out, stands at the nearest row that is.
Then all events are played (``model.fold``), each at its height, and what
spans rows follows.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, takewhile
from typing import NamedTuple, TypeVar

from minichannels.flow.journal.events import Event
from minichannels.flow.model.acts import Band, Row, bands, numbers
from minichannels.flow.model.fold import Fold
from minichannels.flow.model.spans import Belonging, Run, Scope, Span, Wait

TOP, HIGH, FAN_OUT, LINE = 92.0, 19.0, 27.0, 12.0
"""Where rows begin; how high one is, one of deliveries, a further line."""

MOST_ROWS, FIRST_ROWS, LAST_ROWS = 60, 40, 15

S = TypeVar("S", bound=Span)


@dataclass(slots=True)
class Placed:
    """A row in its place.

    Attributes:
        events: what it shows; of a folded row, the first time.
        y: the middle of its line.
        number: the number, or the range of numbers; of a folded row, of the
            first time.
        fan_out: whether its deliveries follow in the next row.
        in_fan_out: whether it is that next row.
        last: of a folded row, the last time.
        note: words instead of events.
        lines: how many lines its words take.
    """

    events: Row
    y: float
    number: str
    fan_out: bool = False
    in_fan_out: bool = False
    last: Row = ()
    note: str = ""
    lines: int = 1

    @property
    def more(self) -> float:
        """How much higher it is than a row of one line."""
        return LINE * (self.lines - 1)


Lines = Callable[[Placed], int]
"""Says how many lines the words of a row take."""


@dataclass(slots=True)
class Layout:
    """Everything's place, from top to bottom.

    Attributes:
        rows: what is shown, row by row.
        shaded: the rows that have a ground: from where, and how high.
        folds: what was folded: from where, how high, how often.
        spans: what spans rows, in the order in which it began.
        begun: the connections that have a scope.
        standing: the left edges of the pairs where something lasts, if not
            all spans are known.
        slots: on which rail of its mailbox each message waits.
        causes: how many bands there are, each of another cause.
        bottom: where the rows end.
    """

    rows: list[Placed] = field(default_factory=list)
    shaded: list[tuple[float, float]] = field(default_factory=list)
    folds: list[tuple[float, float, int]] = field(default_factory=list)
    spans: Collection[Span] = ()
    begun: Collection[int] = ()
    standing: Collection[float] = ()
    slots: Mapping[int, int] = field(default_factory=dict)
    causes: int = 0
    bottom: float = TOP

    def of(self, kind: type[S]) -> list[S]:
        """Return the spans of one kind."""
        return [span for span in self.spans if isinstance(span, kind)]

    def low(self, end: float | None) -> float:
        """Return the height of an end; of what goes on, that is the bottom."""
        return self.bottom - 8 if end is None else end


def placed(
    events: Sequence[Event],
    whole: Sequence[Event] = (),
    room: float = 0,
    lines: Lines = lambda row: 1,
) -> Layout:
    """Return where everything of a line-up stands.

    Args:
        events: what is drawn.
        whole: the line-up of which they are a part, if they are.
        room: how much is kept below the rows.
        lines: says how many lines the words of a row take.
    """
    layout, fold, y = place_rows(events, lines), Fold(), TOP
    layout.bottom += room
    shown = {e.seq: row.y for row in layout.rows for e in row.events if e.seq}
    ghosts = {id(e): r.y for r in layout.rows for e in r.events if not e.seq}
    spans: dict[Span, bool] = {}
    for event in _around(events, whole):
        y = shown.get(event.seq, y) if event.seq else ghosts.get(id(event), y)
        for span in fold.play(event, y, event.seq in shown):
            acts = isinstance(span, Run) and event.seq in shown
            spans[span] = spans.get(span, False) or acts
    columns = {event.connection for event in events}
    layout.spans = [
        s
        for s, acts in spans.items()
        if s.connection in columns and is_drawn(s, acts or s.event.seq in shown)
    ]
    layout.begun = {scope.connection for scope in layout.of(Scope)}
    layout.slots = {wait.event.seq: wait.slot for wait in layout.of(Wait)}
    return layout


def is_drawn(span: Span, shown: bool) -> bool:
    """Return whether a span is drawn.

    Args:
        span: the span.
        shown: whether the event that it began with has a row; of a run, one
            of its own acts will do.
    """
    if isinstance(span, Belonging):
        return span.scope is not None
    return shown or isinstance(span, Scope)


def _around(events: Sequence[Event], whole: Sequence[Event]) -> Sequence[Event]:
    """Return the events with all that happened to the same before the last.

    What began before the first of them then begins at the top.
    """
    if not events or not whole:
        return events
    lanes = {event.connection for event in events}
    names = {e.application for e in whole if e.connection in lanes}
    last = max(event.seq for event in events)
    return [
        event
        for event in takewhile(lambda event: event.seq <= last, whole)
        if event.connection in lanes or event.member in names
    ]


def place_rows(events: Sequence[Event], lines: Lines = lambda row: 1) -> Layout:
    """Return where each row of a line-up stands."""
    layout = Layout()
    _place(layout, _cut(bands(events)), lines)
    return layout


class _Part(NamedTuple):
    """What is shown of a band: some of its rows, or a note in their place."""

    band: Band
    rows: Sequence[Row]
    note: str = ""


def _cut(found: Sequence[Band]) -> list[_Part]:
    """Return the rows to show of each band; a note stands for the others."""
    total = sum(len(band.rows) for band in found)
    if total <= MOST_ROWS:
        return [_Part(band, band.rows) for band in found]
    first: list[_Part] = []
    after: list[_Part] = []
    left: list[Event] = []
    at = 0
    for band in found:
        head, tail = max(FIRST_ROWS - at, 0), max(total - LAST_ROWS - at, 0)
        first.append(_Part(band, band.rows[:head]))
        left += chain(*band.rows[head:tail])
        after.append(_Part(band, band.rows[tail:]))
        at += len(band.rows)
    note = _Part(found[0], (), _left_out(left))
    return [part for part in (*first, note, *after) if part.rows or part.note]


def _left_out(events: Sequence[Event]) -> str:
    lost = sum(event.is_lost for event in events)
    lost_too = f", {lost} of them lost" if lost else ""
    return f"… {len(events)} events left out{lost_too};\nflow.table() has all"


def _place(
    layout: Layout,
    shown: Sequence[_Part],
    lines: Lines,
) -> None:
    y, layout.causes = TOP, len(shown)
    for index, (band, rows, note) in enumerate(shown):
        top = y
        y = _place_note(layout, note, y)
        for number, row in enumerate(rows):
            y += _place_row(layout, band, row, number, y)
            layout.rows[-1].lines = lines(layout.rows[-1])
            y += layout.rows[-1].more
        if band.times > 1 and rows:  # which events these rows stand for
            y = _place_note(layout, f"×{band.times}: {band.numbers}", y)
            layout.folds.append((top, y - top, band.times))
        if index % 2 == 0:
            layout.shaded.append((top, y - top))
    layout.bottom = y + 4


def _place_note(layout: Layout, note: str, y: float) -> float:
    """Add rows of words alone; return where they end."""
    for line in note.splitlines():
        layout.rows.append(Placed((), y + HIGH / 2, "", note=line))
        y += HIGH
    return y


def _place_row(
    layout: Layout, band: Band, row: Row, number: int, y: float
) -> float:
    before = layout.rows[-1] if layout.rows else None
    first = row[0]
    follows = (
        first.kind == "deliver"
        and first.group != ""
        and before is not None
        and before.events != ()
        and before.events[0].kind == "group_send"
        and before.events[0].seq == first.cause
    )
    if follows and before is not None:
        before.fan_out = True
    middle = y + (17.5 if follows else HIGH / 2)
    last = band.last[number] if band.times > 1 else ()
    layout.rows.append(
        Placed(
            row,
            middle,
            numbers([row]),
            in_fan_out=follows,
            last=last,
        )
    )
    return FAN_OUT if follows else HIGH
