"""The lanes drawing: who said what to whom, in order.

How it works: time runs down as order, never as duration. Each row holds one
act; lines and boxes stand at the left, words at the right. A row is placed
first (``lanes.layout``), then everything that spans rows is drawn (scopes,
memberships, handler runs), then each row's own arrow and words.

Source: the visual language, "Lanes: geometry".
"""

import re
from collections.abc import Sequence
from functools import partial

from minichannels.flow.drawings.frame import draw_head, with_losses
from minichannels.flow.drawings.lanes.annotations import Annotations, draw_marks
from minichannels.flow.drawings.lanes.arrows import draw_arrows
from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.captions import caption, line_count
from minichannels.flow.drawings.lanes.columns import LETTER, Columns, Pair
from minichannels.flow.drawings.lanes.layout import HIGH, LINE, Placed, placed
from minichannels.flow.drawings.lanes.legend import draw_legend
from minichannels.flow.drawings.lanes.spans import draw_lanes, draw_spans
from minichannels.flow.drawings.lanes.walls import draw_feet, draw_walls
from minichannels.flow.drawings.palette import (
    BAND,
    INK,
    LAYER,
    LAYER_GROUND,
    MUTED,
    SOCKET,
)
from minichannels.flow.drawings.pen import DOTTED, Pen, document
from minichannels.flow.journal.events import Event
from minichannels.flow.text.formatting import cells, shortened, told_apart
from minichannels.flow.text.table import title
from minichannels.flow.text.wording import counted, totals

HEAD_LINES = {2: (62.0, 77.0), 3: (53.0, 65.0, 77.0)}
"""Where the lines of a consumer's head stand, by their number."""

LONGEST_USER, LONGEST_PATH = 9, 11
"""How much of a user's name, or of a path, stands in a client's head."""

NOTHING = Annotations()
"""Nothing is marked."""


def lanes(
    events: Sequence[Event],
    left_out: int = 0,
    whole: Sequence[Event] = (),
    marks: Annotations = NOTHING,
) -> str:
    """Return the lanes drawing of a line-up, as SVG.

    Args:
        events: what to draw.
        left_out: how many older events are not known any more.
        whole: the line-up of which they are a part, if they are.
        marks: what a check marks.
    """
    return _Lanes(events, left_out, whole, marks).draw()


class _Lanes:
    def __init__(
        self,
        events: Sequence[Event],
        left_out: int,
        whole: Sequence[Event],
        marks: Annotations,
    ) -> None:
        self._events = events
        self._left_out = left_out
        self._whole = whole
        self._marks = marks
        self._columns = Columns(events, marks.to_layer)
        room = HIGH if marks.missing else 0.0
        lines = partial(line_count, columns=self._columns)
        self._layout = placed(events, whole, room, lines)
        self._pen = Pen()

    def draw(self) -> str:
        self._bands()
        sheet = Canvas(self._pen, self._columns, self._layout)
        if self._events:
            draw_heads(sheet)
        draw_walls(sheet)
        draw_lanes(sheet)
        draw_spans(sheet)
        for row in self._layout.rows:
            draw_arrows(sheet, row)
            draw_words(sheet, row)
        draw_folds(sheet)
        draw_marks(sheet, self._marks)
        draw_feet(sheet)
        height = draw_legend(sheet, self._events)
        self._title()
        name = title(self._events, self._left_out)
        return document(
            self._pen, self._columns.width, height, "Flow of messages", name
        )

    # The ground

    def _title(self) -> None:
        pen, width = self._pen, self._columns.width
        shown = counted(self._events, self._whole)
        right = with_losses(shown, totals(self._events))
        draw_head(pen, width, "What moved, in order", right)
        if not self._events:
            pen.note(16, 62, "Nothing has moved yet.")

    def _bands(self) -> None:
        for top, height in self._layout.shaded:
            width = self._columns.width - 2
            self._pen.rect((1, top, width, height), BAND)


def draw_heads(sheet: Canvas) -> None:
    """Draw who stands where, and the ground of the layers' columns."""
    columns, pen = sheet.columns, sheet.pen
    for pair in columns.pairs:
        if pair.client:
            name = told_apart(pair.client.removesuffix(f"@{pair.process}"), 10)
            _head(pen, pair.x, name, _below(pair, columns.pairs), SOCKET)
        lines = _head_of(pair)
        for y, line in zip(HEAD_LINES[len(lines)], lines, strict=True):
            # As wide as the column, it would touch the client's name.
            size = 9.5 if cells(line) * LETTER > pair.wide - 8 else 10.5
            pen.text(
                pair.middle, y, line, size=size, bold=True, anchor="middle"
            )
    for name, x in columns.layers.items():
        box = (x, 84.0, 76.0, sheet.layout.bottom - 84)
        pen.rect(box, LAYER_GROUND, radius=4)
        alias = name.partition(" ")[2] or "default"
        _head(pen, x + 38, "layer", shortened(alias, 11), LAYER)
    if not columns.below:
        pen.note(columns.text + 41, 77, "no.", 10, "end")
        pen.note(columns.text + 66, 77, "what moved", 10)


def _below(pair: Pair, pairs: Sequence[Pair]) -> str:
    """Return what stands below a client's name: what tells it from others."""
    kinds = {other.kind for other in pairs if other.client == pair.client}
    if len(kinds) > 1:  # a browser that asks for pages beside its WebSocket
        return pair.kind
    user = shortened(pair.user, LONGEST_USER)
    path = told_apart(pair.path.partition("?")[0], LONGEST_PATH)
    return f"({user})" if user else path or "client"


def _head(pen: Pen, x: float, name: str, below: str, colour: str) -> None:
    short = cells(name) <= 7  # a longer name stands in narrow letters
    size = 12.5 if short else 9.5
    head = [(name, colour, True)]
    pen.text(x, 62, head, size=size, sans=short, anchor="middle")
    pen.note(x, 77, below, 10, "middle")


def draw_words(sheet: Canvas, row: Placed) -> None:
    """Write a row's number, and what moved."""
    x, pen = sheet.columns.text, sheet.pen
    if row.note:
        pen.text(x + 16, row.y + 3.8, row.note, colour=MUTED)
        return
    y = row.y + LINE * sheet.columns.below
    pen.text(x + 41, y + 3.8, row.number, colour=MUTED, anchor="end")
    sign, lines = caption(row, sheet.columns)
    if sign == "lost":
        pen.cross(x + 56, y)
    elif sign == "ghost":
        pen.ghost(x + 56, y)
    elif sign == "waits":
        pen.square(x + 56, y)
    for number, words in enumerate(lines):
        pen.text(x + 66, y + 3.8 + LINE * number, words)


def draw_folds(sheet: Canvas) -> None:
    """Frame what was folded, and say how often it came."""
    for top, height, times in sheet.layout.folds:
        width = sheet.columns.width - 10
        sheet.pen.rect((5, top + 1, width, height - 2), "none", INK, 6, DOTTED)
        sheet.pen.pill(22, top + height / 2, f"×{times}")


def _head_of(pair: Pair) -> list[str]:
    """Return the two or three lines of a consumer's head."""
    first = pair.applications[0]
    if pair.former:
        return [first, *_broken(f"({pair.former})")]
    base = first.rpartition("#")[0]
    if len({n.rpartition("#")[0] or n for n in pair.applications}) > 1:
        rest = ["…"] if len(pair.applications) > 2 else []
        return [*(told_apart(n, 13) for n in pair.applications[:2]), *rest]
    if not base:
        return [*_broken(first), ""][:2]
    at = f"@{pair.process}" if pair.process else ""
    numbers = [
        f"#{name.rpartition('#')[2].removesuffix(at)}"
        for name in pair.applications
    ]
    return [*_broken(base), shortened(f"{', '.join(numbers)}{at}", 13)]


def _broken(name: str) -> list[str]:
    """Return a name in one line, or in two, broken where a word begins."""
    words = re.split("(?<=[a-z0-9])(?=[A-Z])|(?<=[_ ])", name[:60])
    line = ""
    while len(words) > 1 and cells(name) > 13 >= cells(line + words[0]):
        line += words.pop(0)
    lines = [line, "".join(words)] if line else [name]
    return [shortened(text.strip(), 13) for text in lines]
