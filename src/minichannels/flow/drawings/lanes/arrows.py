"""What each row of the lanes drawing shows: one act.

How it works: for each kind of event there is one function that draws its
line. It starts where the act started and ends where it arrived, with the head
that its kind has; what was lost ends in a cross.

Source: the visual language, "Lines, heads, glyphs".
"""

from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.columns import Pair
from minichannels.flow.drawings.lanes.crossing import draw_crossing
from minichannels.flow.drawings.lanes.layout import Placed
from minichannels.flow.drawings.palette import (
    GROUP,
    LAYER,
    LIFE,
    LOST,
    MEMBER,
    PANEL,
    SOCKET,
)
from minichannels.flow.drawings.pen import DASHED, LOSING
from minichannels.flow.journal.events import LOST as LOST_STATUSES
from minichannels.flow.journal.events import Event
from minichannels.flow.text.formatting import cells, shortened

WIDE, THIN = 1.7, 0.8
"""How wide a line is; one by a task that somebody began is thin."""

LONGEST_LABEL = 10
"""How many cells a label in the layer's column has."""


def draw_arrows(sheet: Canvas, row: Placed) -> None:
    """Draw a row's act, without its words."""
    if row.events:  # a note has none
        draw = _DRAW.get(row.events[0].kind)
        if draw is not None:
            draw(sheet, row)


def _socket(sheet: Canvas, row: Placed) -> None:
    event, pen, y = row.events[0], sheet.pen, row.y
    pair = sheet.columns.of[event.connection]
    if not sheet.columns.has_line(event):
        return
    life = event.is_life
    colour = LIFE if life else SOCKET
    start, end, way = pair.x, pair.left + 3, 1
    if event.traits.outward:
        start, end, way = end, start, -1
    if event.is_lost:
        # A short one is as long as the cross is wide.
        end += 6 * pair.shared * (way == -1)
        pen.line([(start, y), (end, y)], LOST, 1.7, LOSING)
        pen.cross(end, y)
        return
    tip = end + 2 if way == -1 else end
    width = THIN if event.begun_in else WIDE
    pen.line([(start, y), (tip - 2 * way, y)], colour, width)
    head = pen.chevron if life else pen.triangle
    head(tip, y, colour, way)


def _member(sheet: Canvas, row: Placed) -> None:
    event, columns = row.events[0], sheet.columns
    x = columns.layer(event)
    start = sheet.edge(event.connection)
    draw_crossing(sheet, (start, x + 1), row.y, MEMBER, DASHED)
    joins = event.kind == "join"
    sheet.pen.sign(x + 5, row.y, plus=joins)
    words = _who_moves(columns.short(event.member), joins)
    sheet.pen.text(x + 13, row.y + 3.6, words, colour=MEMBER, size=10)


def _who_moves(name: str, joins: bool) -> str:
    """Say who joins or leaves; the class is told by where the line begins."""
    who, does = name.partition("@")[0], "joins" if joins else "leaves"
    if cells(f"{who} {does}") > LONGEST_LABEL and "#" in who:
        who = f"#{who.rpartition('#')[2]}"
    return shortened(f"{who} {does}", LONGEST_LABEL)


def _into_layer(sheet: Canvas, row: Placed) -> None:
    event, columns, pen = row.events[0], sheet.columns, sheet.pen
    start, x = sheet.edge(event.connection), columns.layer(event)
    lost = event.status in LOST_STATUSES
    width = THIN if event.begun_in else WIDE
    if not event.group:
        _arrow(sheet, (start, x + 4), row.y, lost, width)
        return
    box = (x + 4, row.y - 8, 68.0, 41.0 + row.more if row.fan_out else 15.0)
    pen.rect(box, GROUP, MEMBER, 3)
    middle = _middle_cut(event.group, 11)
    pen.text(x + 38, row.y + 3.6, middle, size=10, anchor="middle")
    if row.fan_out:
        pen.text(
            x + 38,
            row.y + row.more + 28.6,
            f"to {event.members}",
            colour=MEMBER,
            size=10,
            anchor="middle",
        )
    _arrow(sheet, (start, x + 4), row.y, lost, width)


def _arrow(
    sheet: Canvas, ends: tuple[float, float], y: float, lost: bool, width: float
) -> None:
    start, end = ends
    if lost:
        draw_crossing(sheet, (start, end - 7), y, LOST, LOSING)
        sheet.pen.cross(end - 7, y)
    else:
        draw_crossing(sheet, (start, end - 6), y, LAYER, DASHED, width)
        sheet.pen.triangle(end, y, LAYER, 1)


def _out_of_layer(sheet: Canvas, row: Placed) -> None:
    x, pen = sheet.columns.layer(row.events[0]), sheet.pen
    pairs = [sheet.columns.of[e.connection] for e in row.events]
    taps = [pair.right + 18 for pair in pairs]
    bus = row.y - 11.5 if row.in_fan_out else row.y
    far = min(taps) if row.in_fan_out else taps[0]
    draw_crossing(sheet, (far, x + 4), bus, LAYER, DASHED)
    drawn = set()
    for event, pair, tap in zip(row.events, pairs, taps, strict=True):
        fate = (pair.start, event.status)
        if fate in drawn:  # several in one column
            continue
        drawn.add(fate)
        if bus != row.y:
            pen.line([(tap, bus), (tap, row.y)], LAYER)
        _arrival(sheet, event, pair, tap, row.y)


def _arrival(
    sheet: Canvas, event: Event, pair: Pair, tap: float, y: float
) -> None:
    pen = sheet.pen
    if event.status in LOST_STATUSES and event.status != "unhandled":
        pen.cross(tap, y)
    elif event.status == "waiting":
        slot = sheet.layout.slots.get(event.seq, 0)
        rail = pair.right + 5 * (slot + 1)
        pen.line([(tap, y), (rail, y)], LAYER)
    elif event.status == "unhandled":
        pen.line([(tap, y), (pair.right, y)], LOST, 1.7, LOSING)
        pen.cross(pair.right - 2, y)
    else:
        begun = event.connection in sheet.layout.begun
        end = pair.right - 3 if begun else pair.middle
        pen.line([(tap, y), (end + 6, y)], LAYER)
        pen.triangle(end, y, LAYER, -1)


def _failure(sheet: Canvas, row: Placed) -> None:
    pair = sheet.columns.of[row.events[0].connection]
    if pair.client:
        sheet.pen.cross(pair.x, row.y)
    _in_vain(sheet, row)


def _in_vain(sheet: Canvas, row: Placed) -> None:
    pair = sheet.columns.of[row.events[0].connection]
    sheet.pen.cross(pair.left + 12, row.y)
    _name_it(sheet, row, LOST)


def _ghost(sheet: Canvas, row: Placed) -> None:
    pair = sheet.columns.of[row.events[0].connection]
    sheet.pen.ghost(pair.left + 12, row.y)
    _name_it(sheet, row, MEMBER)


def _name_it(sheet: Canvas, row: Placed, colour: str) -> None:
    """Write what a sign in a consumer's lane stands for."""
    event = row.events[0]
    pair, word = sheet.columns.of[event.connection], event.traits.word
    x = pair.left + 22
    if not sheet.stands(pair, row.y):  # its thin line would cross the word
        plate = (x - 2, row.y - 7, 6.2 * len(word) + 4, 14.0)
        sheet.pen.rect(plate, PANEL, radius=3)
    sheet.pen.text(x, row.y + 3.6, word, colour=colour, size=10, bold=True)


def _middle_cut(name: str, limit: int) -> str:
    if len(name) <= limit:
        return shortened(name, limit)
    half = limit // 2
    return shortened(f"{name[:half]}…{name[-half:]}", limit)


_DRAW = {
    "receive": _socket,
    "send": _socket,
    "repeat": _socket,
    "join": _member,
    "leave": _member,
    "group_send": _into_layer,
    "channel_send": _into_layer,
    "deliver": _out_of_layer,
    "crash": _failure,
    "return": _failure,
    "logged": _in_vain,
    "linger": _in_vain,
    "ghost": _ghost,
}
