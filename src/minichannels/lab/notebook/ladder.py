"""The ladder drawing: bytes at the left of a server, events at its right.

How it works: a server stands between a client and an application. What crosses
from one to the other is a row, in order; time runs down, as in the lanes. Rows
that follow from the same bytes of the client have the same ground.

Source: the visual language, "Lines, heads, glyphs" and "Words in a row".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from minichannels.flow.drawings.frame import draw_head
from minichannels.flow.drawings.palette import (
    BAND,
    INK,
    LANE,
    LIFE,
    MUTED,
    SOCKET,
)
from minichannels.flow.drawings.pen import Pen, document, wide_as
from minichannels.flow.figure import Figure
from minichannels.flow.text.formatting import count, escaped, shortened
from minichannels.flow.text.html import with_table

SERVER = "server"

TOP, ROW, LONGEST = 98.0, 19.0, 44
HEADING = "what crossed, and what it says"
PLACES = (52.0, 202.0, 352.0)
TEXT = 440.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """What crossed, from one to another.

    Attributes:
        source: who sent it.
        target: who got it.
        what: the bytes, or the type of the event.
        meaning: what it says.
        is_life: whether a connection begins or ends by it.
    """

    source: str
    target: str
    what: str
    meaning: str = ""
    is_life: bool = False

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """What stands in its row of a table."""
        what = shortened(self.what, LONGEST)
        return self.source, self.target, what, shortened(self.meaning, LONGEST)


HEADS = Crossing("from", "to", "what crossed", "what it says")


def ladder(client: str, application: str, rows: Sequence[Crossing]) -> Figure:
    """Return what crossed, as a picture, in words and as a table.

    Args:
        client: its name.
        application: its name.
        rows: what crossed, in order.
    """
    rows = tuple(rows)  # the picture is of now, and more may cross
    sent = sum(client in (row.source, row.target) for row in rows)
    said = (
        f"Wire: bytes crossed {count(sent, 'time')} between {client} and the"
        f" server, and {count(len(rows) - sent, 'event')} between the server"
        f" and {application}."
    )
    words = "\n".join([said, "", *_lines(rows)])
    return Figure(
        lambda: _picture(client, application, rows, words),
        lambda: words,
        lambda svg: with_table(svg, f"{said} Table below.", _table(rows)),
    )


def _lines(rows: Sequence[Crossing]) -> Iterator[str]:
    columns = zip(*(row.cells for row in (HEADS, *rows)), strict=True)
    wide = [max(map(len, column)) for column in columns]
    for number, row in enumerate((HEADS, *rows)):
        pairs = zip(row.cells, wide, strict=True)
        shown = "  ".join(cell.ljust(size) for cell, size in pairs)
        yield f"{number or 'no.':>3}  {shown}".rstrip()


def _table(rows: Sequence[Crossing]) -> str:
    heads = "".join(
        f'<th scope="col">{word}</th>' for word in ("no.", *HEADS.cells)
    )
    body = "".join(
        f'<tr><th scope="row">{number}</th>'
        + "".join(f"<td>{escaped(cell)}</td>" for cell in row.cells)
        + "</tr>"
        for number, row in enumerate(rows, 1)
    )
    return f"<table><tr>{heads}</tr>{body}</table>"


def _picture(
    client: str, application: str, rows: Sequence[Crossing], words: str
) -> str:
    places = dict(zip((client, SERVER, application), PLACES, strict=True))
    lines = [HEADING, *(" ".join(row.cells[2:]) for row in rows)]
    width = TEXT + 30 + max(wide_as(line, 10.5) for line in lines)
    bottom = TOP + ROW * len(rows)
    pen = Pen()
    _draw_bands(pen, client, rows, width)
    draw_head(pen, width, "Bytes on the wire, and events beside them", "")
    _draw_columns(pen, places, bottom)
    for index, row in enumerate(rows):
        y = TOP + ROW * index + ROW / 2
        _draw_arrow(pen, row, places[row.source], places[row.target], y)
        pen.text(TEXT, y + 3.8, f"{index + 1}", colour=MUTED, anchor="end")
        *_, what, meaning = row.cells
        spans = [(what, INK, False), (f" {meaning}", MUTED, False)]
        pen.text(TEXT + 12, y + 3.8, spans)
    _draw_legend(pen, bottom + 20)
    return document(pen, width, bottom + 36, "Bytes and events", words)


def _draw_bands(
    pen: Pen, client: str, rows: Sequence[Crossing], width: float
) -> None:
    shade = 0
    for index, row in enumerate(rows):
        shade += row.source == client
        if shade % 2 == 0:
            pen.rect((1, TOP + ROW * index, width - 2, ROW), BAND)


def _draw_columns(pen: Pen, places: dict[str, float], bottom: float) -> None:
    for (name, x), role in zip(
        places.items(), ("client", "", "application"), strict=True
    ):
        shown = shortened(name, 16)
        pen.text(x, 66, shown, size=11, bold=True, anchor="middle")
        pen.note(x, 80, role, 10, "middle")
        pen.line([(x, TOP - 10), (x, bottom)], LANE, 4 if not role else 1)
    for left, word in zip(PLACES, ("bytes", "events"), strict=False):
        pen.note(left + 75, 90, word, 10, "middle")
    pen.note(TEXT, 80, "no.", 10, "end")
    pen.note(TEXT + 12, 80, HEADING, 10)


def _draw_arrow(
    pen: Pen, row: Crossing, start: float, end: float, y: float
) -> None:
    way = 1 if end > start else -1
    colour = LIFE if row.is_life else SOCKET
    tip = end - 4 * way
    pen.line([(start + 4 * way, y), (tip - 5 * way, y)], colour)
    (pen.chevron if row.is_life else pen.triangle)(tip, y, colour, way)


def _draw_legend(pen: Pen, y: float) -> None:
    pen.line([(16, y), (38, y)], SOCKET)
    pen.triangle(44, y, SOCKET, 1)
    pen.note(52, y + 3.8, "data on the open socket")
    pen.line([(206, y), (228, y)], LIFE)
    pen.chevron(234, y, LIFE, 1)
    pen.note(242, y + 3.8, "a connection begins or ends")
