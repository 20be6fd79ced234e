"""Where what spans rows starts and ends, in the lanes drawing.

How it works: an event that is not shown, because it was folded or left out,
stands at the nearest row that is. The extents then follow from the events
alone: a scope lives from its first event to the last of a connection that has
ended, a handler runs from its trigger to the last event that it caused, and
so on.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from minichannels.flow.drawings.lanes.layout import (
    TOP,
    Layout,
    Line,
    Rail,
    Run,
    place_rows,
)
from minichannels.flow.journal.events import Event

# Happens to a lane without anything being done there.
PASSIVE = frozenset({"deliver", "loss", "ghost"})


def placed(
    events: Sequence[Event], whole: Sequence[Event] = (), room: float = 0
) -> Layout:
    """Return where everything of a line-up stands.

    Args:
        events: what is drawn.
        whole: the line-up of which they are a part, if they are.
        room: how much is kept below the rows.
    """
    layout = place_rows(events)
    layout.bottom += room
    shown = {e.seq: row.y for row in layout.rows for e in row.events if e.seq}
    ghosts = {id(e): r.y for r in layout.rows for e in r.events if not e.seq}
    events = _around(events, whole)
    where = _everywhere(events, shown, ghosts)
    _scopes(layout, events, where)
    _runs(layout, events, where, shown)
    _memberships(layout, events, where)
    _rails(layout, events, where, shown)
    return layout


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
        if starts_run(event) and event.seq in shown:
            name = event.handler or event.application.rpartition("#")[0]
            run = Run(event.connection, name, y, y, False)
            runs[event.seq] = run
            layout.runs.append(run)


def starts_run(event: Event) -> bool:
    """Return whether a handler, or an application, begins with an event."""
    if event.kind == "deliver":
        return event.status == "delivered"
    handed = event.kind in ("receive", "read")
    return handed and event.status != "undelivered"


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
        elif event.status == "expired":  # ends all memberships
            _exorcise(lines.values(), event.connection, y)
        elif line is not None and event.kind == "leave":
            line.end = y
        elif line is not None:  # a ghost
            line.haunted = layout.bottom - 8


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
    full: dict[int, Rail] = {}
    for index, event in enumerate(events):
        y, lane = where[index], event.connection
        if event.status == "waiting" and event.seq in shown:
            used = {r.slot for r in waiting.values() if r.connection == lane}
            slot = rail_slot(event, used)
            rail = Rail(lane, slot, y, layout.bottom - 8, "")
            waiting[event.seq] = rail
            layout.slots[event.seq] = slot
            layout.rails.append(rail)
            if fills(event):
                full[lane] = Rail(lane, 0, y, layout.bottom - 8, "full")
                layout.rails.append(full[lane])
        elif event.kind in ("read", "loss") and event.cause in waiting:
            rail = waiting.pop(event.cause)
            rail.end = y
            rail.fate = "read" if event.kind == "read" else "lost"
            if lane in full:
                full.pop(lane).end = y


def rail_slot(event: Event, used: set[int]) -> int:
    """Return the rail for a message: one of two, if there is room for two."""
    if (event.capacity or 0) > 2:
        return 0
    return 1 if 0 in used else 0


def fills(event: Event) -> bool:
    """Return whether a message takes the last place of a large mailbox."""
    return event.waiting == event.capacity and (event.capacity or 0) > 2
