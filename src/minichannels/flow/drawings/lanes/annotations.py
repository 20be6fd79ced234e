"""What a check marks in the lanes: one row, and an act that did not come.

How it works: a ring stands around the words of the row. What is missing has a
row of its own, the last one, with a dotted arrow from whose act is missing to
where it would have gone.
"""

from dataclasses import dataclass

from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.crossing import draw_crossing
from minichannels.flow.drawings.lanes.layout import HIGH, Layout, Placed
from minichannels.flow.drawings.palette import INK, LOST, PANEL
from minichannels.flow.journal.events import Event
from minichannels.flow.text.formatting import shortened

TO_LAYER = ("group_", "channel_layer")
"""How the names of calls begin that go to the channel layer."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """What is marked in one drawing.

    Attributes:
        at: the event to mark, if any.
        missing: the call or the event that did not come, if any.
        whose: the number of the connection whose act it is; 0 if unknown.
        word: stands before what is missing.
    """

    at: Event | None = None
    missing: str = ""
    whose: int = 0
    word: str = "missing"

    @property
    def to_layer(self) -> bool:
        """Whether what is missing would go to the layer."""
        return self.missing.startswith(TO_LAYER)


def row_of(layout: Layout, at: Event | None) -> Placed | None:
    """Return an event's row; None if it is not shown.

    Of a folded row, the first and the last time are shown.
    """
    for row in layout.rows:
        shown = (*row.events, *row.last)
        if at is not None and any(e.seq == at.seq for e in shown):
            return row
    return None


def draw_marks(sheet: Canvas, marks: Annotations) -> None:
    """Draw the ring, and the row of what is missing."""
    x, pen = sheet.columns.text, sheet.pen
    row = row_of(sheet.layout, marks.at)
    if row is not None:
        wide, high = sheet.columns.width - x - 20, 18 + row.more
        box = (x + 12, row.y - 9, wide, high)
        pen.rect(box, "none", INK, 6)
    if marks.missing:
        _missing(sheet, marks)


def _missing(sheet: Canvas, marks: Annotations) -> None:
    x, pen = sheet.columns.text, sheet.pen
    y = sheet.layout.bottom - 4 - HIGH / 2
    if marks.whose in sheet.columns.of:
        _arrow(sheet, marks, y)
    pen.rect((x + 8, y - 9, 54, 18), LOST, radius=9)
    word = [(shortened(marks.word, 8), PANEL, True)]
    pen.text(x + 35, y + 3.6, word, anchor="middle")
    pen.text(x + 70, y + 3.8, shortened(marks.missing, 40))


def _arrow(sheet: Canvas, marks: Annotations, y: float) -> None:
    pair, pen = sheet.columns.of[marks.whose], sheet.pen
    if marks.to_layer:
        start, way = sheet.edge(marks.whose), 1
        end = next(iter(sheet.columns.layers.values())) + 4
    elif pair.client:
        start, end, way = pair.left + 3, pair.x + 2, -1
    else:  # nobody is there to whom it would go
        return
    draw_crossing(sheet, (start, end - 2 * way), y, LOST, "2 3")
    pen.chevron(end, y, LOST, way)
