"""The small picture in a message: the rows concerned, and what is marked.

The drawing is the flow's own, of fewer rows. Around it stands a sheet of our
own: a ring around the event that the message names, and below, dotted, the
arrow that did not come.
"""

import base64
import re
from collections.abc import Sequence

from minichannels.flow import Event, Flow
from minichannels.flow.columns import AT_LAYER, Columns
from minichannels.flow.html import alternative
from minichannels.flow.layout import place_rows
from minichannels.flow.svg import INK, LOST, Pen, document, escaped
from minichannels.lab.checking.texts import say

STRIP = 30
"""How high the strip is that shows what is missing."""

TO_LAYER = ("group_", "channel_layer")
"""How the names of calls begin that go to the channel layer."""


def shown(
    events: Sequence[Event], at: Event | None, missing: str
) -> tuple[str, str]:
    """Return the words of "where in the picture", and the picture.

    Args:
        events: the rows to show.
        at: the event to mark, if any.
        missing: the call or the event that is not there, if any.
    """
    if not events:
        return "", ""
    row = None if at is None else _row_of(at, events)
    words = say("event", seq=at.seq) if at is not None and row else ""
    if missing:
        words = f"{words} {say('missing', missing=missing)}".strip()
    image = _image(_picture(events, row, missing), alternative(events), words)
    return words, image if words else ""


def _image(svg: str, alternative: str, words: str) -> str:
    data = base64.b64encode(svg.encode()).decode()
    said = escaped(f"{alternative.removesuffix(' Table below.')} {words}")
    said = said.replace("`", "")
    return f'<img alt="{said}" src="data:image/svg+xml;base64,{data}">'


def _picture(events: Sequence[Event], row: float | None, missing: str) -> str:
    """Return the lanes of some events, with one row marked, as SVG."""
    columns, pen = Columns(events), Pen()
    inner = Flow(events).lanes().svg
    height = float(_found(r'height="([\d.]+)"', inner))
    # One title is enough, and it is that of the outer picture.
    inner = re.sub("<title.*?</desc>", "", inner, count=1, flags=re.DOTALL)
    pen.parts.append(re.sub(r' role="img" aria-labelledby="t d"', "", inner))
    if row is not None:
        box = (
            columns.text + 12,
            row - 9,
            columns.width - columns.text - 20,
            18,
        )
        pen.rect(box, "none", INK, 6)
    if missing:
        _strip(pen, events, columns, height, missing)
        height += STRIP
    return document(pen, columns.width, height, "Where to look", missing)


def _row_of(at: Event, events: Sequence[Event]) -> float | None:
    """Return the height of an event's row; None if it is not shown."""
    for row in place_rows(events).rows:
        if any(event.seq == at.seq for event in row.events):
            return row.y
    return None


def _strip(
    pen: Pen,
    events: Sequence[Event],
    columns: Columns,
    top: float,
    missing: str,
) -> None:
    """Draw the arrow that did not come, below the others."""
    connections = [e.connection for e in events if e.kind == "receive"]
    pair = columns.of[(connections or [events[-1].connection])[-1]]
    y = top + STRIP / 2 - 2
    start, end, way = pair.left + 3, pair.x, -1
    if missing.startswith(TO_LAYER) or not pair.client:
        at_layer = any(event.kind in AT_LAYER for event in events)
        start, end, way = pair.right, columns.text - 76 * at_layer, 1
    pen.line([(start, y), (end - 2 * way, y)], LOST, 1.7, "2 3")
    pen.chevron(end, y, LOST, way)
    x = columns.text
    pen.rect((x + 8, y - 9, 54, 18), LOST, radius=9)
    pen.text(
        x + 35, y + 3.6, say("pill"), colour="#FFFFFF", bold=True,
        anchor="middle",
    )  # fmt: skip
    pen.text(x + 70, y + 3.8, missing)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else "0"
