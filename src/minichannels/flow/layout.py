"""Where things are in the lanes drawing, from top to bottom.

How it works: every row that is shown gets its height. An event that is not
shown, because it was folded or left out, stands at the nearest row that is.
What spans rows is then found from the events alone: a scope lives from its
first event to the last of a connection that has ended, a handler runs from its
trigger to the last event that it caused, and so on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from minichannels.flow.events import Event
from minichannels.flow.rows import Band, Row, bands, is_lost

TOP, HIGH, FAN_OUT = 92.0, 19.0, 27.0
MOST_ROWS, FIRST_ROWS, LAST_ROWS = 60, 40, 15

# Happens to a lane without anything being done there.
PASSIVE = frozenset({"deliver", "loss", "ghost"})


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
    """A message that waits in a mailbox."""

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


def placed(events: Sequence[Event]) -> Layout:
    """Return where everything of a line-up stands."""
    layout = Layout()
    found = bands(events)
    _place(layout, _cut(found))
    shown = {e.seq: row.y for row in layout.rows for e in row.events if e.seq}
    ghosts = {id(e): r.y for r in layout.rows for e in r.events if not e.seq}
    where = _everywhere(events, shown, ghosts)
    _scopes(layout, events, where)
    _runs(layout, events, where, shown)
    _memberships(layout, events, where)
    _rails(layout, events, where, shown)
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
    lost = sum(is_lost(event) for event in events)
    lost_too = f", {lost} of them lost" if lost else ""
    return f"… {len(events)} events left out{lost_too}; flow.table() has all"


def _place(
    layout: Layout, shown: Sequence[tuple[Band, tuple[Row, ...], str]]
) -> None:
    y = TOP
    for index, (band, rows, note) in enumerate(shown):
        top = y
        if note:
            layout.rows.append(Placed((), y + HIGH / 2, "", note=note))
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


def _everywhere(
    events: Sequence[Event], shown: dict[int, float], ghosts: dict[int, float]
) -> dict[int, float]:
    """Return a height for each event, by its place in the list."""
    where: dict[int, float] = {}
    y = TOP
    for index, event in enumerate(events):
        y = shown.get(event.seq, y) if event.seq else ghosts.get(id(event), y)
        where[index] = y
    return where


def _scopes(
    layout: Layout, events: Sequence[Event], where: dict[int, float]
) -> None:
    ended = {e.connection for e in events if e.ends}
    # A cell of a notebook, and a mailbox that nobody reads, have no scope.
    alive = {e.connection for e in events if e.kind == "receive"}
    alive |= {e.connection for e in events if e.handler}
    for index, event in enumerate(events):
        arrived = event.kind == "deliver" and event.status == "delivered"
        passive = event.kind in PASSIVE and not arrived
        if event.connection in alive and not passive:
            y = where[index]
            start, _ = layout.scopes.get(event.connection, (y, y))
            layout.scopes[event.connection] = start, y
    for number, (start, _) in layout.scopes.items():
        if number not in ended:
            layout.scopes[number] = start, layout.bottom - 8


def _runs(
    layout: Layout,
    events: Sequence[Event],
    where: dict[int, float],
    shown: dict[int, float],
) -> None:
    runs: dict[int, Run] = {}
    for index, event in enumerate(events):
        y = where[index]
        own = runs.get(event.cause or 0)
        own_event = event.kind not in PASSIVE
        if own_event and own and own.connection == event.connection:
            own.end = y
            own.raised |= event.kind == "crash"
        starts = event.kind in ("receive", "read") or (
            event.kind == "deliver" and event.status == "delivered"
        )
        if starts and event.seq in shown:
            name = event.handler or event.application.rpartition("#")[0]
            run = Run(event.connection, name, y, y, False)
            runs[event.seq] = run
            layout.runs.append(run)


def _memberships(
    layout: Layout, events: Sequence[Event], where: dict[int, float]
) -> None:
    number_of = {e.application: e.connection for e in events}
    lines: dict[tuple[str, str], Line] = {}
    for index, event in enumerate(events):
        key, y = (event.member, event.group), where[index]
        line = lines.get(key)
        scope = layout.scopes.get(number_of.get(event.member, 0))
        if event.kind == "join" and scope is not None:
            lines[key] = Line(number_of[event.member], y, scope[1])
            layout.memberships.append(lines[key])
        elif event.reason.startswith("expired"):  # ends all memberships
            _exorcise(lines.values(), event.connection, y)
        elif line is not None:
            _end(line, event.kind, y, layout.bottom - 8)


def _end(line: Line, kind: str, y: float, bottom: float) -> None:
    if kind == "leave":
        line.end = y
    elif kind == "ghost":
        line.haunted = bottom


def _exorcise(lines: Iterable[Line], connection: int, y: float) -> None:
    for line in lines:
        if line.connection == connection and line.haunted is not None:
            line.haunted = min(line.haunted, y)


def _rails(
    layout: Layout,
    events: Sequence[Event],
    where: dict[int, float],
    shown: dict[int, float],
) -> None:
    waiting: dict[int, Rail] = {}
    for index, event in enumerate(events):
        y = where[index]
        if event.status == "waiting" and event.seq in shown:
            used = {
                rail.slot
                for rail in waiting.values()
                if rail.connection == event.connection
            }
            slot = next((s for s in (0, 1) if s not in used), 1)
            rail = Rail(event.connection, slot, y, layout.bottom - 8, "")
            waiting[event.seq] = rail
            layout.slots[event.seq] = slot
            layout.rails.append(rail)
        elif event.kind in ("read", "loss") and event.cause in waiting:
            rail = waiting.pop(event.cause)
            rail.end = y
            rail.fate = "read" if event.kind == "read" else "lost"
