"""The onion of an application, as a figure: picture, words and table."""

from collections.abc import Iterator
from typing import Any

from minichannels._asgi import require_application
from minichannels.flow.charts.onion_picture import Ring, peeled, picture
from minichannels.flow.figure import Figure
from minichannels.flow.text.formatting import count, escaped
from minichannels.flow.text.html import with_table

SERVER = "the server"


def onion(application: Any) -> Figure:
    """Return which routers, middleware and consumers an application holds.

    It is asked for them now; nothing is called. What a function wraps cannot
    be seen.

    Raises:
        TypeError: it is no application.
    """
    require_application(application, "the application")
    ring = peeled(application)
    rows = list(_rows(ring, "", SERVER, 0))
    words = "\n".join(["Onion: who calls whom", "", *map(_line, rows)])
    return Figure(
        lambda: picture(ring, words),
        lambda: words,
        lambda svg: _html(svg, ring, rows),
    )


Row = tuple[int, str, str, str]
"""How deep it lies, who calls it, for which value, and what it is called."""


def _rows(ring: Ring, value: str, by: str, depth: int) -> Iterator[Row]:
    yield depth, by, value, ring.name + ring.choice
    for own, inner in ring.calls:
        yield from _rows(inner, own, ring.name, depth + 1)


def _line(row: Row) -> str:
    depth, _, value, title = row
    return f"{'  ' * depth}{f'{value}: ' if value else ''}{title}"


def _html(svg: str, ring: Ring, rows: list[Row]) -> str:
    number = count(len(rows), "application")
    said = f"Onion: {ring.name}, {number} in all. Table below."
    body = "".join(
        f'<tr><th scope="row">{escaped(title)}</th><td>{escaped(by)}</td>'
        f"<td>{escaped(value)}</td></tr>"
        for _, by, value, title in rows
    )
    heads = "".join(
        f'<th scope="col">{word}</th>'
        for word in ("application", "called by", "for")
    )
    return with_table(svg, said, f"<table><tr>{heads}</tr>{body}</table>")
