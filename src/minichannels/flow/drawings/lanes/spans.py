"""What spans rows of the lanes drawing: it is drawn below their arrows.

How it works: the ends of each were found before (``model.extents``); here
a scope becomes a filled band, a membership a line down its right edge, a
handler's run a box, a message that waits a rail.
"""

from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.palette import (
    BOX,
    LANE,
    LAYER,
    LOST,
    LOST_GROUND,
    PANEL,
    SCOPE,
    SOCKET,
)
from minichannels.flow.drawings.pen import DOTTED
from minichannels.flow.text.formatting import cells, shortened

LONGEST_NAME = 12
"""How many characters of a handler's name fit into its box."""


def draw_spans(sheet: Canvas) -> None:
    """Draw scopes, memberships, handler runs and waiting messages."""
    draw_lanes(sheet)
    draw_extents(sheet)


def draw_extents(sheet: Canvas) -> None:
    """Draw all whose start and end the layout knows."""
    _scopes(sheet)
    _memberships(sheet)
    _runs(sheet)
    _rails(sheet)


def _scopes(sheet: Canvas) -> None:
    # Of many that share a column, most stand at the same place.
    places = dict.fromkeys(
        (sheet.columns.of[number].start, start, end)
        for number, (start, end) in sheet.layout.scopes.items()
    )
    pairs = {pair.start: pair for pair in sheet.columns.pairs}
    for place, start, end in places:
        pair = pairs[place]
        box = (pair.left, start - 8, 88.0, end - start + 15)
        sheet.pen.rect(box, SCOPE, radius=4)
        if pair.client:
            sheet.pen.line([(pair.x, start), (pair.x, end + 7)], SOCKET, 4)


def draw_lanes(sheet: Canvas) -> None:
    """Draw the thin lanes; a consumer has one until its scope begins."""
    bottom = sheet.layout.bottom
    scopes = [
        (sheet.columns.of[number].start, start)
        for number, (start, _) in sheet.layout.scopes.items()
    ]
    for pair in sheet.columns.pairs:
        if pair.client:
            points = [(pair.x, 84), (pair.x, bottom)]
            sheet.pen.line(points, LANE, 1, DOTTED)
        x = pair.middle
        begun = min((y for at, y in scopes if at == pair.start), default=bottom)
        sheet.pen.line([(x, 84), (x, begun)], LANE, 1, DOTTED)


def _memberships(sheet: Canvas) -> None:
    for line in sheet.layout.memberships:
        pair = sheet.columns.of[line.connection]
        x = pair.right
        sheet.pen.line([(x, line.start), (x, line.end)], LAYER, 2)
        if line.haunted is not None:
            points = [(x, line.end), (x, line.haunted)]
            sheet.pen.line(points, LAYER, 1.6, "5 3")


def _runs(sheet: Canvas) -> None:
    for run in sheet.layout.runs:
        pair = sheet.columns.of[run.connection]
        box = (pair.left + 3, run.start - 8, 81.0, run.end - run.start + 15)
        if run.raised:
            sheet.pen.rect(box, LOST_GROUND, LOST, 3, "4 2")
        else:
            sheet.pen.rect(box, PANEL, BOX, 3)
        name = handler_name(run.name)
        sheet.pen.text(pair.left + 8, run.start + 3.6, name, size=10)


def handler_name(name: str) -> str:
    """Return a handler's name as its box has it, cut if it is long.

    The names of ASGI's own handlers tell more at their ends.
    """
    short = f"…_{name.partition('_')[2]}"
    asgi = name.startswith(("websocket_", "http_"))
    if asgi and cells(name) > LONGEST_NAME >= cells(short):
        return short
    return shortened(name, LONGEST_NAME)


def _rails(sheet: Canvas) -> None:
    pen = sheet.pen
    lost: dict[tuple[float, float], list[float]] = {}
    for rail in sheet.layout.rails:
        right = sheet.columns.of[rail.connection].right
        x, y = right + 5 * (rail.slot + 1), rail.end
        wide = 8 if rail.fate == "full" else 3
        pen.line([(x, rail.start), (x, y)], LAYER, wide)
        if rail.fate != "full":
            pen.square(x, rail.start)
        if rail.fate == "read":
            pen.line([(x, y), (right, y)], LAYER)
            pen.triangle(right - 3, y, LAYER, -1)
        elif rail.fate == "lost":
            lost.setdefault((right, y), []).append(x)
    # Rails that end together share a cross.
    for (_, y), places in lost.items():
        pen.cross(sum(places) / len(places), y)
