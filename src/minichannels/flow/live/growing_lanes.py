"""The lanes drawing as it grows: each step's picture is drawn once.

How it works: a step is one act. Its rows are drawn by the same functions as
the rows of a figure (``drawings.lanes``), below all that came before; what
spans rows is followed from step to step (``live.pieces``). A browser shows any
step by showing and hiding, and nothing that was drawn ever moves.

The row of a step is sent to the page under short keys:

    n     the number of the step
    t, h  where it begins, and how high it is
    a, w  its arrows and its words, as SVG
    f     the frame around what was folded in it
    e     the numbers of the events that it shows
    k     how many events it has that it does not show
    r     how messages move: the event's number, from where, to where
    s     the number of the event that it all goes back to
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial

from minichannels.flow.drawings.lanes.arrows import draw_arrows
from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.captions import line_count
from minichannels.flow.drawings.lanes.columns import Columns, Pair
from minichannels.flow.drawings.lanes.lanes import (
    draw_folds,
    draw_heads,
    draw_words,
)
from minichannels.flow.drawings.lanes.layout import (
    HIGH,
    TOP,
    Layout,
    Lines,
    Placed,
    place_rows,
)
from minichannels.flow.drawings.lanes.spans import draw_lanes
from minichannels.flow.drawings.lanes.walls import draw_walls
from minichannels.flow.drawings.palette import LAYER, LAYER_GROUND, PANEL
from minichannels.flow.drawings.pen import Pen
from minichannels.flow.journal.events import LOST, Event
from minichannels.flow.live.pieces import FAR, Piece, Pieces, drawn
from minichannels.flow.live.telling import name_told
from minichannels.flow.model.acts import acts

MOST_ROWS, MOST_UNFOLDED = 12, 200
"""How many rows of a folded step are shown, and of one that is unfolded."""

MOST_NAMES = 12
"""How many consumers are told of who has a column."""

Route = list[float]
"""Where a message comes from, and where it goes."""


class GrowingLanes:
    """A lanes drawing to which steps are added at the bottom.

    Args:
        columns: who stands where.
        unfolded: the numbers of the steps of which each act has its rows.

    Attributes:
        bottom: where the next step begins.
        pieces: what spans rows.
    """

    def __init__(self, columns: Columns, unfolded: Container[int] = ()) -> None:
        self.columns = columns
        self._unfolded = unfolded
        self.bottom = TOP
        self.pieces = Pieces(columns)
        self._root_of: dict[int, int] = {}
        self._root = 0

    def heads(self) -> Piece:
        """Return who stands where, and the ground of every row.

        Whose filters a page shows, it has to say of each whether there are
        columns for it, or in which lane it stands with others; and who was
        chosen to have some, as also another view may have done. A head has
        room for a part of a name: who is meant is told beside it.
        """
        heads, ground = Pen(), Pen()
        layout = Layout(bottom=TOP)
        draw_heads(Canvas(heads, self.columns, layout))
        for x in self.columns.layers.values():
            ground.rect((x, TOP - 8, 76.0, FAR), LAYER_GROUND)
        layout.bottom = FAR
        draw_walls(Canvas(ground, self.columns, layout))
        draw_lanes(Canvas(ground, self.columns, layout))
        return {
            "width": self.columns.width,
            "end": self.columns.end,
            "text": self.columns.text,
            "letters": self.columns.letters,
            "below": self.columns.below,
            "own": [
                name_told(p.client) for p in self.columns.pairs if p.client
            ],
            "shared": [
                p.applications[0] for p in self.columns.pairs if p.shared
            ],
            "names": list(map(_names, self.columns.pairs)),
            "chosen": sorted(self.columns.chosen),
            "websockets": self.columns.only_websockets,
            "heads": drawn(heads),
            "ground": drawn(ground),
        }

    def recall(self, events: Iterable[Event]) -> None:
        """Take in what holds from the beginning; it has no rows."""
        for event in events:
            self.pieces.play(0, event, TOP, shown=False)

    def add(self, step: int, events: Sequence[Event]) -> Piece:
        """Draw one step: its row, at the bottom."""
        layout = _placed(
            events, self.bottom, self.columns, step in self._unfolded
        )
        for event, y, shown in _heights(layout, events):
            self.pieces.play(step, event, y, shown)
        row = self._draw(step, events, layout, self.bottom)
        root = self._root_of.get(events[0].cause or 0, events[0].seq)
        if events[0].seq:  # a note stands with what it follows from
            self._root = root
            self._root_of |= {event.seq: root for event in events}
        row["s"] = self._root
        self.bottom += row["h"]
        return row

    def amend(
        self, row: Piece, events: Sequence[Event], changed: Container[int]
    ) -> Piece:
        """Draw a step's row once more: more is known of some events.

        Args:
            row: the row as it was.
            events: those of the step, as they are known now.
            changed: the numbers of those of which more is known.
        """
        step, top = row["n"], row["t"]
        layout = _placed(events, top, self.columns, step in self._unfolded)
        for event, y, shown in _heights(layout, events):
            if event.seq in changed:
                self.pieces.amend(step, event, y, shown)
        return self._draw(step, events, layout, top) | {"s": row["s"]}

    def _draw(
        self, step: int, events: Sequence[Event], layout: Layout, top: float
    ) -> Piece:
        layout.slots, layout.begun = self.pieces.slots, self.pieces.begun
        layout.standing = self.pieces.standing
        arrows, words, frame = Pen(), Pen(), Pen()
        sheet = Canvas(arrows, self.columns, layout)
        for row in layout.rows:
            draw_arrows(sheet, row)
            draw_words(Canvas(words, self.columns, layout), row)
        draw_folds(Canvas(frame, self.columns, layout))
        shown = [e for row in layout.rows for e in row.events]
        return {
            "n": step,
            "t": top,
            "h": layout.bottom - 4 - top,
            "a": drawn(arrows),
            "w": drawn(words),
            "f": drawn(frame),
            "e": [event.seq for event in shown if event.seq],
            "k": len(events) - len(shown),
            "r": [r for row in layout.rows for r in self._routes(sheet, row)],
        }

    def _routes(self, sheet: Canvas, row: Placed) -> Iterable[Route]:
        """Yield how each message of a row moves."""
        for event in row.events:
            pair, y = self.columns.of[event.connection], row.y
            if event.traits.at_layer:
                edge = sheet.edge(event.connection)
                yield self._layer_route(event, row, edge)
                continue
            start, end = pair.x, pair.left + 3
            if event.traits.outward:
                start, end = end, start
            elif event.kind != "receive":  # it stays where it is
                start = end = pair.left + 12
            yield [event.seq, start, y, end, y]

    def _layer_route(self, event: Event, row: Placed, edge: float) -> Route:
        pair, y = self.columns.of[event.connection], row.y
        layer = self.columns.layer(event) + 4
        if event.traits.ends_wait:  # it was there already
            return [event.seq, pair.right + 5, y, pair.right, y]
        if event.kind != "deliver":
            return [event.seq, edge, y, layer, y]
        missed = event.status in LOST and event.status != "unhandled"
        end = pair.right + (18 if missed else 0)
        return [event.seq, layer, y - 11.5 * row.in_fan_out, end, y]


def _names(pair: Pair) -> list[float | str]:
    """Return from where to where a head reaches, and whose it is, in full."""
    names = [name_told(name) for name in pair.applications[:MOST_NAMES]]
    if len(pair.applications) > MOST_NAMES:
        names.append(f"{len(pair.applications) - MOST_NAMES} more")
    user = f" ({name_told(pair.user)})" if pair.user else ""
    path = f" at {name_told(pair.path)}" if pair.path else ""
    client = f"{name_told(pair.client)}{user}{path}: " if pair.client else ""
    return [pair.start, pair.right, client + ", ".join(names)]


def _placed(
    events: Sequence[Event],
    top: float,
    columns: Columns,
    unfolded: bool = False,
) -> Layout:
    """Return where the rows of one step stand; of a large one, a few."""
    lines = partial(line_count, columns=columns)
    place = _act_by_act if unfolded else place_rows
    most = MOST_UNFOLDED if unfolded else MOST_ROWS
    layout = place(events, lines)
    if len(layout.rows) > most:
        layout = _with_few(layout.rows, events, columns.chosen, most)
    by = top - TOP
    for row in layout.rows:
        row.y += by
    layout.folds = [(y + by, high, times) for y, high, times in layout.folds]
    layout.bottom += by
    return layout


def _act_by_act(events: Sequence[Event], lines: Lines) -> Layout:
    """Return where the rows of one step stand if nothing is folded."""
    layout = Layout()
    for act in acts(events):
        part = place_rows(act, lines)
        for row in part.rows:
            row.y += layout.bottom - TOP
        layout.rows += part.rows
        layout.bottom = part.bottom + layout.bottom - TOP - 4
    layout.bottom += 4
    return layout


def _with_few(
    rows: Sequence[Placed],
    events: Sequence[Event],
    chosen: Container[int],
    most: int,
) -> Layout:
    """Return where a few of many rows stand, with a note on the others."""
    shown = _few(rows, chosen, most)
    left = len(events) - sum(len(row.events) for row in shown)
    lost = sum(e.is_lost for e in events)
    # Short: where many have columns, there is room for 36 letters.
    words = f"… {left} more folded; {lost} lost in all"
    layout = Layout(rows=[*shown, Placed((), 0, "", note=words)])
    layout.bottom += 4
    for row in layout.rows:
        row.fan_out = row.in_fan_out = False
        row.y = layout.bottom - 4 + HIGH / 2
        layout.bottom += HIGH + row.more
    return layout


def _heights(
    layout: Layout, events: Iterable[Event]
) -> Iterator[tuple[Event, float, bool]]:
    """Yield where each event stands, and whether it has a row of its own."""
    where = {e.seq: row.y for row in layout.rows for e in row.events}
    y = layout.rows[0].y
    for event in events:
        y = where.get(event.seq, y)
        yield event, y, event.seq in where


def _few(
    rows: Sequence[Placed], chosen: Container[int], most: int
) -> list[Placed]:
    """Return a few rows, in their order: those of who is chosen, and losses."""

    def rank(row: Placed) -> tuple[bool, bool]:
        asked_for = any(e.connection in chosen for e in row.events)
        return not asked_for, not any(e.is_lost for e in row.events)

    ranked = sorted(rows, key=rank)
    few = {id(row) for row in ranked[: most - 1] if row.events}
    return [row for row in rows if id(row) in few]


def envelope() -> str:
    """Return the sign of a message that is on its way."""
    pen = Pen()
    pen.rect((-12, -9, 24, 18), LAYER, radius=3)
    pen.line([(-7, -4), (0, 1), (7, -4)], PANEL, 1.4)
    return "".join(pen.parts)
