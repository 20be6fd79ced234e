"""Pictures of a flow: lanes, mailboxes, topology and threads.

How it works: each drawing has a row of ``DRAWINGS``. A flow's page and its
document, the live view's tabs and the tests go through these rows, so a new
drawing is a module with a function that makes it, a row, and a method of the
flow that learners call.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from minichannels.flow.drawings.lanes.lanes import lanes
from minichannels.flow.drawings.mailboxes import mailboxes
from minichannels.flow.drawings.threads import threads
from minichannels.flow.drawings.topology import topology
from minichannels.flow.journal.events import Event

Maker = Callable[[Sequence[Event], int, Sequence[Event]], str]
"""Makes a picture of events, given how many are left out, and the whole."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One of the drawings.

    Attributes:
        heading: stands above it, and on its tab.
        words: say what it shows.
        make: makes it, as SVG.
        panel: the name of its tab in the live view; empty if it has none.
    """

    heading: str
    words: str
    make: Maker
    panel: str = ""


DRAWINGS: Mapping[str, Drawing] = {
    "lanes": Drawing(
        "Lanes",
        "Who sent what to whom, in order.",
        lanes,
        "lanes",
    ),
    "mailboxes": Drawing(
        "Mailboxes",
        "What waited, was read or lost.",
        lambda events, left_out, whole: mailboxes(events),
        "mailboxes",
    ),
    "topology": Drawing(
        "Groups",
        "Who is connected, and in which groups, now.",
        lambda events, left_out, whole: topology(events),
        "groups",
    ),
    "threads": Drawing(
        "Threads",
        "Which handlers ran at the same time, and where.",
        lambda events, left_out, whole: threads(events),
    ),
}
"""The drawings, by the names of their files and of a flow's methods."""
