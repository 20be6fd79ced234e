"""Walls between processes: what crosses one was carried by a layer.

How it works: the columns of a process stand side by side (``lanes.columns``).
Behind the last of them a thin double line goes down, and at its foot stands
which process that was. Behind the last wall is what belongs to no process:
channels that nobody is known to read, and the layer.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.columns import BEHIND, Pair
from minichannels.flow.drawings.palette import LANE
from minichannels.flow.text.formatting import shortened

FOOT = 16.0
"""How much room the names take below the rows."""

TOP, GAP, LETTER = 50.0, 1.5, 6.0


def draw_walls(sheet: Canvas) -> None:
    """Draw a double line behind each process, if there are several."""
    for pairs in _processes(sheet.columns.pairs):
        x = pairs[-1].right + BEHIND
        for side in (x - GAP, x + GAP):
            bottom = sheet.layout.bottom + FOOT
            sheet.pen.line([(side, TOP), (side, bottom)], LANE, 1)


def draw_feet(sheet: Canvas) -> None:
    """Write below the rows which process it was, and make room for that."""
    for pairs in _processes(sheet.columns.pairs):
        left, right = pairs[0].start, pairs[-1].right
        name = shortened(pairs[0].process, int((right - left) / LETTER))
        y = sheet.layout.bottom + FOOT - 4
        sheet.pen.text((left + right) / 2, y, name, bold=True, anchor="middle")
    if any(pair.process for pair in sheet.columns.pairs):
        sheet.layout.bottom += FOOT


def _processes(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Yield the pairs that stand side by side, of each process."""
    for process, own in groupby(pairs, key=lambda pair: pair.process):
        if process:
            yield list(own)
