"""Where things are in the lanes drawing, from top to bottom.

How it works: every row that is shown gets its height. An event that is not
shown, because it was folded or left out, stands at the nearest row that is.
What spans rows is then found from the events alone: a scope lives from its
first event to the last of a connection that has ended, a handler runs from its
trigger to the last event that it caused, and so on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from minichannels.flow.journal.events import Event
from minichannels.flow.model.acts import Band, Row, bands

TOP, HIGH, FAN_OUT = 92.0, 19.0, 27.0
MOST_ROWS, FIRST_ROWS, LAST_ROWS = 60, 40, 15


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
class Run:
    """A handler's run."""

    connection: int
    name: str
    start: float
    end: float
    raised: bool


@dataclass(slots=True)
class Line:
    """A membership: where it starts and ends, and how long it haunts."""

    connection: int
    start: float
    end: float
    haunted: float | None = None


@dataclass(slots=True)
class Rail:
    """A message that waits in a mailbox, or the time while that is full.

    Attributes:
        connection: whose mailbox.
        slot: at which of two places.
        start: where it arrived.
        end: where it ended.
        fate: ``read`` or ``lost``; empty if it still waits; or ``full``.
    """

    connection: int
    slot: int
    start: float
    end: float
    fate: str


@dataclass(slots=True)
class Layout:
    """Everything's place, from top to bottom."""

    rows: list[Placed] = field(default_factory=list)
    shaded: list[tuple[float, float]] = field(default_factory=list)
    folds: list[tuple[float, float, int]] = field(default_factory=list)
    scopes: dict[int, tuple[float, float]] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    memberships: list[Line] = field(default_factory=list)
    rails: list[Rail] = field(default_factory=list)
    slots: dict[int, int] = field(default_factory=dict)
    bottom: float = TOP


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
