"""The lanes drawing: who said what to whom, in order.

How it works: time runs down as order, never as duration. Each row holds one
act; lines and boxes stand at the left, words at the right. A row is placed
first (``flow.layout``), then everything that spans rows is drawn (scopes,
memberships, handler runs), then each row's own arrow and words.

Source: the visual language, "Lanes: geometry".
"""

from collections.abc import Sequence

from minichannels.flow.captions import caption
from minichannels.flow.columns import Columns, Pair
from minichannels.flow.events import LOST as LOST_STATUSES
from minichannels.flow.events import Event
from minichannels.flow.layout import Placed, placed
from minichannels.flow.legend import draw_legend
from minichannels.flow.rows import is_lost
from minichannels.flow.svg import (
    BAND,
    BOX,
    DASHED,
    DOTTED,
    EDGE,
    GROUP,
    INK,
    LANE,
    LAYER,
    LAYER_GROUND,
    LIFE,
    LOSING,
    LOST,
    LOST_GROUND,
    MUTED,
    PANEL,
    SCOPE,
    SOCKET,
    Pen,
    document,
)
from minichannels.flow.text import title
from minichannels.flow.words import event_count, shortened, totals

OF_LIFE = ("connect", "accept", "disconnect", "close")


def lanes(events: Sequence[Event], left_out: int = 0) -> str:
    """Return the lanes drawing of a line-up, as SVG."""
    drawing = _Lanes(events, left_out)
    return drawing.draw()


class _Lanes:
    def __init__(self, events: Sequence[Event], left_out: int) -> None:
        self._events = events
        self._left_out = left_out
        self._columns = Columns(events)
        self._layout = placed(events)
        self._pen = Pen()

    def draw(self) -> str:
        self._bands()
        self._heads()
        self._scopes()
        self._memberships()
        self._runs()
        self._rails()
        for row in self._layout.rows:
            self._row(row)
        self._folds()
        height = draw_legend(
            self._pen, self._events, self._layout, self._columns.width
        )
        self._title()
        name = title(self._events, self._left_out)
        return document(
            self._pen, self._columns.width, height, "Flow of messages", name
        )

    # The ground

    def _title(self) -> None:
        pen, width = self._pen, self._columns.width
        pen.text(16, 25, "What moved, in order", size=14, bold=True, sans=True)
        words = [(f"{event_count(self._events)} events", MUTED, False)]
        for word, number in totals(self._events):
            words.append((f" · {number} {word}", LOST, True))
        pen.text(width - 14, 25, words, size=11.5, sans=True, anchor="end")
        pen.line([(0.5, 38), (width - 0.5, 38)], EDGE, 1)

    def _bands(self) -> None:
        for top, height in self._layout.shaded:
            width = self._columns.width - 2
            self._pen.rect((1, top, width, height), BAND)

    def _heads(self) -> None:
        columns, pen = self._columns, self._pen
        for pair in columns.pairs:
            if pair.client:
                name = shortened(pair.client, 9)
                self._head(pair.x, name, "client", SOCKET)
            base, number = _head_of(pair)
            pen.text(pair.left + 44, 62, base, bold=True, anchor="middle")
            pen.text(pair.left + 44, 77, number, bold=True, anchor="middle")
        if columns.layer is not None:
            bottom = self._layout.bottom - 84
            box = (columns.layer, 84.0, 76.0, bottom)
            pen.rect(box, LAYER_GROUND, radius=4)
            self._head(columns.layer + 38, "layer", "", LAYER)
        pen.text(
            columns.text + 41,
            77,
            "no.",
            colour=MUTED,
            size=10,
            sans=True,
            anchor="end",
        )
        pen.text(
            columns.text + 66,
            77,
            "what moved",
            colour=MUTED,
            size=10,
            sans=True,
        )

    def _head(self, x: float, name: str, below: str, colour: str) -> None:
        self._pen.text(
            x,
            62,
            name,
            colour=colour,
            size=12.5,
            bold=True,
            sans=True,
            anchor="middle",
        )
        if below:
            self._pen.text(
                x,
                77,
                below,
                colour=MUTED,
                size=10,
                sans=True,
                anchor="middle",
            )

    # What spans rows

    def _scopes(self) -> None:
        bottom = self._layout.bottom
        for pair in self._columns.pairs:
            if pair.client:
                self._pen.line(
                    [(pair.x, 84), (pair.x, bottom)], LANE, 1, DOTTED
                )
            x = pair.left + 44
            self._pen.line([(x, 84), (x, bottom)], LANE, 1, DOTTED)
        # Of many that share a column, most stand at the same place.
        places = dict.fromkeys(
            (self._columns.of[number].start, start, end)
            for number, (start, end) in self._layout.scopes.items()
        )
        pairs = {pair.start: pair for pair in self._columns.pairs}
        for place, start, end in places:
            pair = pairs[place]
            box = (pair.left, start - 8, 88.0, end - start + 15)
            self._pen.rect(box, SCOPE, radius=4)
            if pair.client:
                self._pen.line([(pair.x, start), (pair.x, end + 7)], SOCKET, 4)

    def _memberships(self) -> None:
        for line in self._layout.memberships:
            pair = self._columns.of[line.connection]
            x = pair.right
            self._pen.line([(x, line.start), (x, line.end)], LAYER, 2)
            if line.haunted is not None:
                points = [(x, line.end), (x, line.haunted)]
                self._pen.line(points, LAYER, 1.6, "5 3")

    def _runs(self) -> None:
        for run in self._layout.runs:
            pair = self._columns.of[run.connection]
            box = (pair.left + 3, run.start - 8, 81.0, run.end - run.start + 15)
            if run.raised:
                self._pen.rect(box, LOST_GROUND, LOST, 3, "4 2")
            else:
                self._pen.rect(box, PANEL, BOX, 3)
            name = shortened(run.name, 12)
            self._pen.text(pair.left + 8, run.start + 3.6, name, size=10)

    def _rails(self) -> None:
        for rail in self._layout.rails:
            pair = self._columns.of[rail.connection]
            x = pair.right + 5 * (rail.slot + 1)
            self._pen.line([(x, rail.start), (x, rail.end)], LAYER, 3)
            self._pen.square(x, rail.start)
            if rail.fate == "read":
                points = [(x, rail.end), (pair.right, rail.end)]
                self._pen.line(points, LAYER)
                self._pen.triangle(pair.right - 3, rail.end, LAYER, -1)
            elif rail.fate == "lost":
                self._pen.cross(x, rail.end)

    # Rows

    def _row(self, row: Placed) -> None:
        if not row.events:  # a note
            self._words(row)
            return
        event = row.events[0]
        draw = {
            "receive": self._socket,
            "send": self._socket,
            "join": self._member,
            "leave": self._member,
            "group_send": self._into_layer,
            "channel_send": self._into_layer,
            "deliver": self._out_of_layer,
            "crash": self._crash,
            "ghost": self._ghost,
        }.get(event.kind)
        if draw is not None:
            draw(row)
        self._words(row)

    def _socket(self, row: Placed) -> None:
        event, pen, y = row.events[0], self._pen, row.y
        pair = self._columns.of[event.connection]
        if not pair.client:
            return
        life = event.type.rpartition(".")[2] in OF_LIFE
        colour = LIFE if life else SOCKET
        start, end, way = pair.x, pair.left + 3, 1
        if event.kind == "send":
            start, end, way = end, start, -1
        if is_lost(event):
            pen.line([(start, y), (end, y)], LOST, 1.7, LOSING)
            pen.cross(end, y)
            return
        tip = end + 2 if way == -1 else end
        pen.line([(start, y), (tip - 2 * way, y)], colour)
        head = pen.chevron if life else pen.triangle
        head(tip, y, colour, way)

    def _member(self, row: Placed) -> None:
        event, columns = row.events[0], self._columns
        pair = columns.of[event.connection]
        x = float(columns.layer or 0)
        self._pen.line([(pair.right, row.y), (x + 1, row.y)], LIFE, 1.7, DASHED)
        joins = event.kind == "join"
        self._pen.sign(x + 5, row.y, plus=joins)
        who = columns.short(event.member)
        words = shortened(f"{who} {'joins' if joins else 'leaves'}", 10)
        self._pen.text(x + 13, row.y + 3.6, words, colour=LIFE, size=10)

    def _into_layer(self, row: Placed) -> None:
        event, columns, pen = row.events[0], self._columns, self._pen
        pair = columns.of[event.connection]
        x = float(columns.layer or 0)
        lost = event.status in LOST_STATUSES
        if not event.group:
            self._arrow(pair.right, x + 4, row.y, lost)
            return
        box = (x + 4, row.y - 8, 68.0, 41.0 if row.fan_out else 15.0)
        pen.rect(box, GROUP, LAYER, 3)
        middle = _middle_cut(event.group, 11)
        pen.text(x + 38, row.y + 3.6, middle, size=10, anchor="middle")
        if row.fan_out:
            pen.text(
                x + 38,
                row.y + 28.6,
                f"to {event.members}",
                colour=LAYER,
                size=10,
                anchor="middle",
            )
        self._arrow(pair.right, x + 4, row.y, lost)

    def _arrow(self, start: float, end: float, y: float, lost: bool) -> None:
        if lost:
            self._pen.line([(start, y), (end - 7, y)], LOST, 1.7, LOSING)
            self._pen.cross(end - 7, y)
        else:
            self._pen.line([(start, y), (end - 6, y)], LAYER, 1.7, DASHED)
            self._pen.triangle(end, y, LAYER, 1)

    def _out_of_layer(self, row: Placed) -> None:
        x, pen = float(self._columns.layer or 0), self._pen
        pairs = [self._columns.of[e.connection] for e in row.events]
        taps = [pair.right + 18 for pair in pairs]
        bus = row.y - 11.5 if row.in_fan_out else row.y
        far = min(taps) if row.in_fan_out else taps[0]
        pen.line([(x + 4, bus), (far, bus)], LAYER, 1.7, DASHED)
        drawn = set()
        for event, pair, tap in zip(row.events, pairs, taps, strict=True):
            fate = (pair.start, event.status)
            if fate in drawn:  # several in one column
                continue
            drawn.add(fate)
            if bus != row.y:
                pen.line([(tap, bus), (tap, row.y)], LAYER)
            self._arrival(event, pair, tap, row.y)

    def _arrival(self, event: Event, pair: Pair, tap: float, y: float) -> None:
        pen = self._pen
        if event.status in LOST_STATUSES and event.status != "unhandled":
            pen.cross(tap, y)
        elif event.status == "waiting":
            slot = self._layout.slots.get(event.seq, 0)
            rail = pair.right + 5 * (slot + 1)
            pen.line([(tap, y), (rail, y)], LAYER)
        elif event.status == "unhandled":
            pen.line([(tap, y), (pair.right, y)], LOST, 1.7, LOSING)
            pen.cross(pair.right - 2, y)
        else:
            pen.line([(tap, y), (pair.right + 3, y)], LAYER)
            pen.triangle(pair.right - 3, y, LAYER, -1)

    def _crash(self, row: Placed) -> None:
        pair = self._columns.of[row.events[0].connection]
        if pair.client:
            self._pen.cross(pair.x, row.y)
        self._pen.cross(pair.left + 12, row.y)
        self._pen.text(
            pair.left + 22,
            row.y + 3.6,
            "raised",
            colour=LOST,
            size=10,
            bold=True,
        )

    def _ghost(self, row: Placed) -> None:
        pair = self._columns.of[row.events[0].connection]
        self._pen.ghost(pair.left + 12, row.y)
        self._pen.text(
            pair.left + 22,
            row.y + 3.6,
            "ghost",
            colour=LAYER,
            size=10,
            bold=True,
        )

    # Words

    def _words(self, row: Placed) -> None:
        x, pen = self._columns.text, self._pen
        pen.text(x + 41, row.y + 3.8, row.number, colour=MUTED, anchor="end")
        sign, words = caption(row, self._columns)
        if sign == "lost":
            pen.cross(x + 56, row.y)
        elif sign == "ghost":
            pen.ghost(x + 56, row.y)
        elif sign == "waits":
            pen.square(x + 56, row.y)
        pen.text(x + 66, row.y + 3.8, words)

    def _folds(self) -> None:
        for top, height, times in self._layout.folds:
            width = self._columns.width - 10
            self._pen.rect(
                (5, top + 1, width, height - 2), "none", INK, 6, DOTTED
            )
            self._pen.pill(22, top + height / 2, f"×{times}")


def _head_of(pair: Pair) -> tuple[str, str]:
    """Return the two lines of a consumer's head."""
    first = pair.applications[0]
    base = first.rpartition("#")[0]
    if not base:
        return shortened(first, 13), ""
    numbers = [f"#{name.rpartition('#')[2]}" for name in pair.applications]
    return shortened(base, 13), shortened(", ".join(numbers), 13)


def _middle_cut(name: str, limit: int) -> str:
    if len(name) <= limit:
        return shortened(name, limit)
    half = limit // 2
    return shortened(f"{name[:half]}…{name[-half:]}", limit)
