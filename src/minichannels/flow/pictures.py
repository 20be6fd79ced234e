"""What a flow is shown as: figures of the events that it has by now.

How it works: a flow may grow, and a figure makes its parts when it is asked
for them. So each of these is given the events, and not the flow.
"""

from collections.abc import Sequence

from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.figure import Figure
from minichannels.flow.journal.events import Event
from minichannels.flow.text import html
from minichannels.flow.text.formatting import escaped
from minichannels.flow.text.table import as_text
from minichannels.flow.text.threads import threads_html, threads_text
from minichannels.flow.text.times import by_type


def drawn(
    name: str, events: Sequence[Event], left_out: int, whole: Sequence[Event]
) -> Figure:
    """Return one of the drawings.

    Args:
        name: which of ``DRAWINGS``.
        events: the events.
        left_out: how many came before.
        whole: all events, if those are a part of them.
    """
    return Figure(
        lambda: DRAWINGS[name].make(events, left_out, whole),
        lambda: as_text(events, left_out),
        lambda svg: html.figure(svg, events, left_out),
    )


def threads(events: Sequence[Event], left_out: int) -> Figure:
    """Return which handlers ran at the same time, and on which threads."""
    return Figure(
        lambda: DRAWINGS["threads"].make(events, left_out, ()),
        lambda: threads_text(events),
        lambda svg: threads_html(svg, events),
    )


def table(
    events: Sequence[Event], left_out: int, began: float | None
) -> Figure:
    """Return all events as a table; with their times, if it began."""
    return Figure(
        lambda: "",
        lambda: as_text(events, left_out, began),
        lambda svg: html.alone(html.table(events, left_out, began)),
    )


def times(events: Sequence[Event]) -> Figure:
    """Return how long it took, for each type of event."""
    text = by_type(events)
    return Figure(
        lambda: "", lambda: text, lambda svg: f"<pre>{escaped(text)}</pre>"
    )
