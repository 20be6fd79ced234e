"""Where things are in the lanes drawing, from top to bottom.

How it works: every row that is shown gets its height. An event that is not
shown, because it was folded or left out, stands at the nearest row that is.
Then all events are played (``model.fold``), each at its height, and what
spans rows follows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TypeVar

from minichannels.flow.journal.events import Event
from minichannels.flow.model.acts import Band, Row, bands
from minichannels.flow.model.fold import Fold
from minichannels.flow.model.spans import Belonging, Scope, Span, Wait

TOP, HIGH, FAN_OUT = 92.0, 19.0, 27.0
MOST_ROWS, FIRST_ROWS, LAST_ROWS = 60, 40, 15

S = TypeVar("S", bound=Span)


@dataclass(slots=True)
class Placed:
    """A row in its place.

    Attributes:
        events: what it shows; of a folded row, the first time.
        y: the middle of its line.
        number: the number, or the range of numbers.
        fan_out: whether its deliveries follow in the next row.
        in_fan_out: whether it is that next row.
        last: of a folded row, the last time.
        note: words instead of events.
    """

    events: Row
    y: float
    number: str
    fan_out: bool = False
    in_fan_out: bool = False
    last: Row = ()
    note: str = ""


@dataclass(slots=True)
class Layout:
    """Everything's place, from top to bottom.

    Attributes:
        rows: what is shown, row by row.
        shaded: the rows that have a ground: from where, and how high.
        folds: what was folded: from where, how high, how often.
        spans: what spans rows, in the order in which it began.
        begun: the connections that have a scope.
        slots: on which rail of its mailbox each message waits.
        bottom: where the rows end.
    """

    rows: list[Placed] = field(default_factory=list)
    shaded: list[tuple[float, float]] = field(default_factory=list)
    folds: list[tuple[float, float, int]] = field(default_factory=list)
    spans: Collection[Span] = ()
    begun: Collection[int] = ()
    slots: Mapping[int, int] = field(default_factory=dict)
    bottom: float = TOP

    def of(self, kind: type[S]) -> list[S]:
        """Return the spans of one kind."""
        return [span for span in self.spans if isinstance(span, kind)]

    def low(self, end: float | None) -> float:
        """Return the height of an end; of what goes on, that is the bottom."""
        return self.bottom - 8 if end is None else end


def placed(
    events: Sequence[Event], whole: Sequence[Event] = (), room: float = 0
) -> Layout:
    """Return where everything of a line-up stands.

    Args:
        events: what is drawn.
        whole: the line-up of which they are a part, if they are.
        room: how much is kept below the rows.
    """
    layout, fold, y = place_rows(events), Fold(), TOP
    layout.bottom += room
    shown = {e.seq: row.y for row in layout.rows for e in row.events if e.seq}
    ghosts = {id(e): r.y for r in layout.rows for e in r.events if not e.seq}
    spans: dict[Span, None] = {}
    for event in _around(events, whole):
        y = shown.get(event.seq, y) if event.seq else ghosts.get(id(event), y)
        spans |= dict.fromkeys(fold.play(event, y, event.seq in shown))
    columns = {event.connection for event in events}
    layout.spans = [
        s
        for s in spans
        if s.connection in columns and is_drawn(s, s.event.seq in shown)
    ]
    layout.begun = {scope.connection for scope in layout.of(Scope)}
    layout.slots = {wait.event.seq: wait.slot for wait in layout.of(Wait)}
    return layout


def is_drawn(span: Span, shown: bool) -> bool:
    """Return whether a span is drawn.

    Args:
        span: the span.
        shown: whether the event that it began with has a row.
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


def place_rows(events: Sequence[Event]) -> Layout:
    """Return where each row of a line-up stands."""
    layout = Layout()
    _place(layout, _cut(bands(events)))
    return layout


def _cut(found: Sequence[Band]) -> list[tuple[Band, tuple[Row, ...], str]]:
    """Return the rows to show of each band; a note stands for the others."""
    total = sum(len(band.rows) for band in found)
    if total <= MOST_ROWS:
        return [(band, band.rows, "") for band in found]
    first: list[tuple[Band, tuple[Row, ...], str]] = []
    after: list[tuple[Band, tuple[Row, ...], str]] = []
    left: list[Event] = []
    at = 0
    for band in found:
        head, tail = [], []
        for row in band.rows:
            if at < FIRST_ROWS:
                head.append(row)
            elif at >= total - LAST_ROWS:
                tail.append(row)
            else:
                left.extend(row)
            at += 1
        first += [(band, tuple(head), "")] * bool(head)
        after += [(band, tuple(tail), "")] * bool(tail)
    return [*first, (found[0], (), _left_out(left)), *after]


def _left_out(events: Sequence[Event]) -> str:
    lost = sum(event.is_lost for event in events)
    lost_too = f", {lost} of them lost" if lost else ""
    return f"… {len(events)} events left out{lost_too};\nflow.table() has all"


def _place(
    layout: Layout, shown: Sequence[tuple[Band, tuple[Row, ...], str]]
) -> None:
    y = TOP
    for index, (band, rows, note) in enumerate(shown):
        top = y
        for line in note.splitlines():
            layout.rows.append(Placed((), y + HIGH / 2, "", note=line))
            y += HIGH
        for number, row in enumerate(rows):
            y = _place_row(layout, band, row, number, y)
        if index % 2 == 0:
            layout.shaded.append((top, y - top))
        if band.times > 1 and rows:
            layout.folds.append((top, y - top, band.times))
    layout.bottom = y + 4


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
    at_end = band.times > 1 and number == len(band.rows) - 1
    layout.rows.append(
        Placed(
            row,
            middle,
            _number(row, last if at_end else ()),
            in_fan_out=follows,
            last=last,
        )
    )
    return y + (FAN_OUT if follows else HIGH)


def _number(row: Row, last: Row) -> str:
    first = row[0].seq
    if not first:
        return ""
    if last:
        return f"{first}…{last[-1].seq}"
    return str(first) if len(row) == 1 else f"{first}–{row[-1].seq}"
