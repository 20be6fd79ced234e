"""One line of the topology drawing: client, consumer, mailbox, memberships.

How it works: a membership leads from the group to the mailbox. Near the
mailbox it runs level, in a place that no other line enters: there stand the
message that is on its way, or the cross of one that was lost, and the words.
"""

from itertools import islice

from minichannels.flow.drawings.palette import (
    BOX,
    GROUP,
    LANE,
    LAYER,
    LOST,
    MUTED,
    PANEL,
    SCOPE,
    SOCKET,
)
from minichannels.flow.drawings.pen import Pen, fitting, num
from minichannels.flow.journal.events import LOST as LOST_STATUSES
from minichannels.flow.journal.events import Event
from minichannels.flow.model.connections import ConnectionState
from minichannels.flow.text.formatting import shortened
from minichannels.flow.text.wording import payload

GROUP_LEFT, LEVEL_FROM, MOUTH, STOP = 650.0, 592.0, 514.0, 548.0
SHOWN = 2
"""How many messages of a mailbox are shown."""


def draw_place(pen: Pen, place: ConnectionState, y: float) -> None:
    """Draw a client, its consumer and its mailbox."""
    if place.client:
        _client(pen, place, y)
    _consumer(pen, place, y)
    if place.groups or place.waits:
        _mailbox(pen, place, y)


def _client(pen: Pen, place: ConnectionState, y: float) -> None:
    name = fitting(place.client, 56, 9.5)
    colour = PANEL if place.open else MUTED
    if place.ended is None:
        pen.circle(66, y, 30, SOCKET)
        pen.line([(96, y), (167, y)], SOCKET, 4)
        pen.text(
            *(131, y - 8, "socket"),
            colour=SOCKET,
            size=11,
            sans=True,
            anchor="middle",
        )
    else:
        pen.circle(66, y, 30, PANEL, LANE, "3 3")
        pen.line([(98, y), (116, y)], LANE, 1.4, "1 4")
        pen.line([(146, y), (166, y)], LANE, 1.4, "1 4")
        pen.line([(124, y + 7), (129, y - 7)], LANE, 1.6)
        pen.line([(133, y + 7), (138, y - 7)], LANE, 1.6)
        pen.note(
            66, y + 45, fitting(_how(place.ended), 104, 10.5), 10.5, "middle"
        )
    pen.text(
        *(66, y + 4, name),
        colour=colour,
        size=9.5,
        bold=True,
        anchor="middle",
    )


def _consumer(pen: Pen, place: ConnectionState, y: float) -> None:
    alive = place.open and not place.unread
    border = LAYER if place.ghost else BOX if alive else LANE
    ground = SCOPE if alive else PANEL
    dash = "" if alive else "5 3"
    pen.rect((168, y - 34, 164, 68), ground, border, 8, dash)
    name = fitting(place.name, 146, 11)
    pen.text(180, y - 14, name, bold=True, size=11)
    if place.ghost or place.unread:
        _haunted(pen, place, y)
    elif place.ended is not None:
        words = fitting(_how(place.ended) or "has ended", 146, 10)
        pen.text(180, y + 6, words, colour=MUTED, size=10)
    elif place.handler:
        pen.note(180, y + 6, "last handler:")
        words = fitting(place.handler, 146, 10)
        pen.text(180, y + 20, words, colour=MUTED, size=10)


def _haunted(pen: Pen, place: ConnectionState, y: float) -> None:
    """Say why nobody reads a mailbox."""
    since = f" since {place.ghost.cause}" if place.ghost else ""
    words = f"ghost{since}" if place.ghost else "ghost: no reader"
    pen.ghost(187, y + 8)
    pen.text(
        200, y + 6, fitting(words, 124, 10), colour=LAYER, size=10, bold=True
    )
    if place.ghost:
        pen.text(200, y + 20, "no group_discard", colour=LAYER, size=10)


def _how(event: Event) -> str:
    """Return how a connection ended; empty if nothing is known of it."""
    if event.kind == "crash":
        return f"raised {event.type}"
    return f"left {event.payload.get('code', '')}".strip()


def _mailbox(pen: Pen, place: ConnectionState, y: float) -> None:
    low, high = y + 31, y - 31
    pen.line([(332, y), (368, y)], LAYER, 1.7, "5 3" if place.ghost else "")
    walls = [(368, high), (368, low), (508, low), (508, high)]
    pen.line([(float(a), b) for a, b in walls], LAYER, 1.7)
    _messages(pen, place, low)
    of = "" if place.capacity is None else f" of {place.capacity}"
    words = f"{len(place.waits)}{of} wait{': full' if place.is_full else ''}"
    if place.is_full:
        look = [(words, LOST, True)]
        pen.text(438, low + 14, look, size=10.5, sans=True, anchor="middle")
    else:
        pen.note(438, low + 14, words, 10.5, "middle")


def _messages(pen: Pen, place: ConnectionState, low: float) -> None:
    shown = list(islice(place.waits.values(), SHOWN))
    places = min(place.capacity or 0, SHOWN)
    for level in range(max(places, len(shown))):
        top = low - 25 - 26 * level
        if level < len(shown):
            pen.rect((374, top, 128, 22), GROUP, LAYER, 4)
            pen.envelope(385.5, top + 11, 11, 8, LAYER)
            words = fitting(payload(shown[level].event, 14), 100, 10)
            pen.text(397, top + 14.5, words, size=10)
        else:
            pen.rect((374, top, 128, 22), "none", LANE, 4, "2 3")


def draw_membership(
    pen: Pen, start: float, y: float, ghost: bool, event: Event | None
) -> None:
    """Draw a membership, and what just came over it.

    Args:
        pen: draws it.
        start: the height at which it leaves its group.
        y: the height of the mailbox.
        ghost: whether nobody reads there.
        event: what was delivered, if something was.
    """
    end = y - 6
    bend = (
        f"M{num(GROUP_LEFT)} {num(start)}C{num(GROUP_LEFT - 34)} {num(start)}"
        f" {num(LEVEL_FROM + 34)} {num(end)} {num(LEVEL_FROM)} {num(end)}"
    )
    dash = "5 3" if ghost else ""
    pen.path(f"{bend}H{num(MOUTH)}", LAYER, 1.6 if ghost else 2, dash)
    if event is not None:
        _delivery(pen, event, end, bend, dash)


def _delivery(pen: Pen, event: Event, end: float, bend: str, dash: str) -> None:
    """Draw a message on its way, or the cross where it was lost."""
    number = shortened(str(event.seq), 9)
    if event.status in LOST_STATUSES:
        pen.cross(528, end)
        words, colour = event.status, LOST
    else:
        pen.path(f"{bend}H{num(STOP)}", LAYER, 3.4, dash)
        pen.triangle(MOUTH - 3, end, LAYER, -1)
        pen.rect((STOP - 13, end - 10, 26, 20), LAYER, radius=4)
        pen.envelope(STOP, end, 14, 9, PANEL)
        words = "waits" if event.status == "waiting" else "on its way"
        colour = LAYER
    pen.text(516, end - 15, number, colour=colour, size=10, bold=True)
    pen.text(516, end + 22, words, colour=colour, size=10, bold=True)
