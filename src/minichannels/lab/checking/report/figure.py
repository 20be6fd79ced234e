"""The small picture in a message: the rows concerned, and what is marked.

The drawing is the flow's own, of fewer rows, with a ring around the event that
the message names, and a dotted arrow for what did not come.
"""

import base64
from collections.abc import Sequence

from minichannels.flow import Event
from minichannels.flow.drawings.lanes.annotations import (
    TO_LAYER,
    Annotations,
    row_of,
)
from minichannels.flow.drawings.lanes.lanes import lanes
from minichannels.flow.drawings.lanes.layout import place_rows
from minichannels.flow.text.formatting import escaped
from minichannels.flow.text.html import alternative
from minichannels.lab.checking.texts.texts import say

MOST = 12
"""How many events a picture of a pass has; more, if these have consequences."""


def shown(
    events: Sequence[Event],
    at: Event | None,
    missing: str,
    whose: str = "",
    whole: Sequence[Event] = (),
) -> tuple[str, str]:
    """Return the words of "where in the picture", and the picture.

    Args:
        events: the rows to show.
        at: the event to mark, if any.
        missing: the call or the event that is not there, if any.
        whose: the client to whom it should have come, if that is known.
        whole: all events, of which those are a part.
    """
    row = row_of(place_rows(events), at)
    words = say("event", seq=at.seq) if at is not None and row else ""
    if missing and events:
        words = f"{words} {say('missing', missing=missing)}".strip()
    if not words:
        return "", ""
    marks = Annotations(at, missing, _lane(events, missing, whose), say("pill"))
    picture = lanes(events, whole=whole, marks=marks)
    return words, _image(picture, alternative(events, whole), words)


def beginning(events: Sequence[Event]) -> tuple[str, str]:
    """Return what a picture of the first events shows, in words, and it."""
    if not events:
        return "", ""
    first = _first_acts(events)
    words = alternative(first, events).removesuffix(" Table below.")
    return words, _image(lanes(first, whole=events), words, "")


def _first_acts(events: Sequence[Event]) -> Sequence[Event]:
    """Return the first events, with all that comes of them."""
    ends = (n for n, e in enumerate(events) if n >= MOST and not e.cause)
    return events[: next(ends, len(events))]


def _image(svg: str, alternative: str, words: str) -> str:
    data = base64.b64encode(svg.encode()).decode()
    told = f"{alternative.removesuffix(' Table below.')} {words}".strip()
    said = escaped(told).replace("`", "")
    return f'<img alt="{said}" src="data:image/svg+xml;base64,{data}">'


def _lane(events: Sequence[Event], missing: str, whose: str) -> int:
    """Return the connection whose act is missing; 0 if that is unknown.

    A call of the layer is that of the consumer that last got something from
    its client; what goes to a client comes from its own consumer.
    """
    if missing.startswith(TO_LAYER):
        lanes = [e.connection for e in events if e.kind == "receive"]
        return lanes[-1] if lanes else 0
    lane_of = {e.client: e.connection for e in events if e.client}
    if not whose and len(lane_of) == 1:
        return next(iter(lane_of.values()))
    return lane_of.get(whose, 0)
