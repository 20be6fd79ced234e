"""What spans rows of the lanes drawing: it is drawn below their arrows.

How it works: where each begins and ends was found before (``model.fold``);
here a scope becomes a filled band, a membership a line down its right edge, a
handler's run a box, a message that waits a rail.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.columns import LETTER
from minichannels.flow.drawings.palette import (
    BOX,
    LANE,
    LAYER,
    LOST,
    LOST_GROUND,
    MEMBER,
    PANEL,
    SCOPE,
    SOCKET,
)
from minichannels.flow.drawings.pen import DOTTED, Pen
from minichannels.flow.model.spans import (
    Belonging,
    Full,
    Run,
    Scope,
    Span,
    Wait,
)
from minichannels.flow.text.formatting import cells, shortened


def draw_spans(sheet: Canvas) -> None:
    """Draw scopes, memberships, handler runs and waiting messages."""
    kinds = {type(span) for span in sheet.layout.spans}
    for draw, drawn in _DRAW.items():
        if not kinds.isdisjoint(drawn):
            draw(sheet)


def _scopes(sheet: Canvas) -> None:
    # Of many that share a column, most stand at the same place.
    places = dict.fromkeys(
        (sheet.columns.of[scope.connection].start, scope.start, scope.end)
        for scope in sorted(sheet.layout.of(Scope), key=lambda s: s.start)
    )
    pairs = {pair.start: pair for pair in sheet.columns.pairs}
    for place, start, end in places:
        pair, low = pairs[place], sheet.layout.low(end)
        box = (pair.left, start - 8, pair.wide, low - start + 15)
        sheet.pen.rect(box, SCOPE, radius=4)
        if pair.client:
            sheet.pen.line([(pair.x, start), (pair.x, low + 7)], SOCKET, 4)


def draw_lanes(sheet: Canvas) -> None:
    """Draw the thin lanes; a consumer has one until its scope begins."""
    bottom = sheet.layout.bottom
    for pair in sheet.columns.pairs:
        if pair.client:
            points = [(pair.x, 84), (pair.x, bottom)]
            sheet.pen.line(points, LANE, 1, DOTTED)
        x = pair.middle
        sheet.pen.line([(x, 84), (x, sheet.begins(pair))], LANE, 1, DOTTED)


def _memberships(sheet: Canvas) -> None:
    low = sheet.layout.low
    for membership in sheet.layout.of(Belonging):
        x = sheet.columns.of[membership.connection].right
        haunts = low(membership.lives if membership.ghost else membership.over)
        sheet.pen.line([(x, membership.start), (x, haunts)], MEMBER, 2)
        if membership.ghost:
            points = [(x, haunts), (x, low(membership.over))]
            sheet.pen.line(points, MEMBER, 1.6, "5 3")


def _runs(sheet: Canvas) -> None:
    for run in _side_by_side(sheet):
        pair = sheet.columns.of[run.connection]
        wide, high = pair.wide - 7, run.last - run.start + 15
        box = (pair.left + 3, run.start - 8, wide, high)
        if run.raised:
            sheet.pen.rect(box, LOST_GROUND, LOST, 3, "4 2")
        else:
            sheet.pen.rect(box, PANEL, BOX, 3)
        name = handler_name(run.name, int((pair.wide - 12) / LETTER))
        sheet.pen.text(pair.left + 8, run.start + 3.6, name, size=10)


def _side_by_side(sheet: Canvas) -> list[Run]:
    """Return the runs to draw: of many that share a column one for all.

    Consumers of one column run at the same time; their boxes would lie on each
    other.
    """
    drawn: list[Run] = []
    last_of: dict[float, int] = {}
    for run in sorted(sheet.layout.of(Run), key=lambda run: run.start):
        place = sheet.columns.of[run.connection].start
        before = drawn[last_of[place]] if place in last_of else run
        if before.connection != run.connection and run.start <= before.last + 7:
            raised = before.raised or run.raised
            end = max(before.last, run.last)
            drawn[last_of[place]] = replace(before, end=end, raised=raised)
        else:
            last_of[place] = len(drawn)
            drawn.append(run)
    return drawn


def handler_name(name: str, room: int) -> str:
    """Return a handler's name as its box has it, cut if it is too long.

    The names of ASGI's own handlers tell more at their ends.
    """
    short = f"…_{name.partition('_')[2]}"
    asgi = name.startswith(("websocket_", "http_"))
    if asgi and cells(name) > room >= cells(short):
        return short
    return shortened(name, room)


def _waits(sheet: Canvas) -> None:
    pen, lost = sheet.pen, defaultdict[tuple[float, float], list[float]](list)
    for span in sheet.layout.spans:
        right = sheet.columns.of[span.connection].right
        y = sheet.layout.low(span.end)
        if isinstance(span, Full):
            pen.line([(right + 5, span.start), (right + 5, y)], LAYER, 8)
        elif isinstance(span, Wait):
            x = right + 5 * (span.slot + 1)
            _rail(pen, span, x, y, right)
            if span.fate not in ("", "read"):
                lost[right, y].append(x)
    # Rails that end together share a cross.
    for (_, y), places in lost.items():
        pen.cross(sum(places) / len(places), y)


def _rail(pen: Pen, wait: Wait, x: float, y: float, right: float) -> None:
    pen.line([(x, wait.start), (x, y)], LAYER, 3)
    pen.square(x, wait.start)
    if wait.fate == "read":
        pen.line([(x, y), (right, y)], LAYER)
        pen.triangle(right - 3, y, LAYER, -1)


_DRAW: dict[Callable[[Canvas], None], set[type[Span]]] = {
    _scopes: {Scope},
    _memberships: {Belonging},
    _runs: {Run},
    _waits: {Wait, Full},
}
"""What draws which spans; the later, the higher it lies."""
