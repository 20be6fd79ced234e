"""Lines to the layer and from it, which cross the lanes of others.

How it works: such a line passes over each lane on its way in a bow of its own:
a short one over the line of a client, a long one over the column of a
consumer. So one sees that it does not stop there, and can count the lanes.
"""

from collections.abc import Iterator

from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.columns import Pair
from minichannels.flow.drawings.pen import num

ROUND, BESIDE = 6.0, 13.0
"""How wide an end of a bow is; what stands beside a column."""

Bow = tuple[float, float]
"""Where a bow begins, and where it ends."""


def draw_crossing(
    sheet: Canvas,
    ends: tuple[float, float],
    y: float,
    colour: str,
    dash: str,
    width: float = 1.7,
) -> None:
    """Draw a level line between two places, over the lanes between them.

    Args:
        sheet: what is drawn on.
        ends: where it begins and where it ends, in either order.
        y: its height.
        colour: its colour.
        dash: how it is dashed, as SVG says that; its bows never are.
        width: how thick it is.
    """
    start, end = sorted(ends)
    level, bends = f"M{num(start)} {num(y)}", ""
    for left, right in _bows(sheet, start, end, y):
        over = num(right - left - 2 * ROUND)
        level += f"H{num(left)}m6-5h{over}m6 5"
        # Its ends are not dashed: they can be counted.
        bends += f"M{num(left)} {num(y)}q0-5 6-5m{over} 0q6 0 6 5"
    sheet.pen.path(f"{level}H{num(end)}", colour, width, dash)
    if bends:
        sheet.pen.path(bends, colour, width)


def _bows(sheet: Canvas, start: float, end: float, y: float) -> Iterator[Bow]:
    for pair in sheet.columns.pairs:
        for left, right in _of_pair(sheet, pair, y):
            if start < left and right < end:
                yield left, right
    for x in sheet.columns.layers.values():
        if start < x and x + 76 < end:
            yield x - 2, x + 78


def _of_pair(sheet: Canvas, pair: Pair, y: float) -> Iterator[Bow]:
    if pair.client:
        yield pair.x - ROUND, pair.x + ROUND
    if sheet.stands(pair, y):
        yield pair.left - 2, pair.right + BESIDE
    elif sheet.begins(pair) > y:  # its thin line is there
        yield pair.middle - ROUND, pair.middle + ROUND
