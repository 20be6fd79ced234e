"""One line of the topology drawing: client, consumer, mailbox, memberships.

How it works: a membership leads from the group to the mailbox. Near the
mailbox it runs level, in a place that no other line enters: there stand the
message that is on its way, or the cross of one that was lost, and the words.
"""

from itertools import islice

from minichannels.flow.drawings.once import once
from minichannels.flow.drawings.palette import (
    LANE,
    LAYER,
    LOST,
    MEMBER,
    MUTED,
    PANEL,
    SCOPE,
    SOCKET,
    WAITING,
)
from minichannels.flow.drawings.pen import Pen, fitting, num, wide_as
from minichannels.flow.journal.events import LOST as LOST_STATUSES
from minichannels.flow.journal.events import Event
from minichannels.flow.model.connections import ConnectionState
from minichannels.flow.text.carried.payload import payload
from minichannels.flow.text.formatting import shortened, told_apart
from minichannels.flow.text.wording import word_of

GROUP_LEFT, LEVEL_FROM, MOUTH, STOP = 650.0, 592.0, 514.0, 548.0
SHOWN = 2
"""How many messages of a mailbox are shown."""

Look = tuple[str, float, str]
"""A line's colour, its width and its dashes."""


def draw_place(pen: Pen, place: ConnectionState, y: float) -> None:
    """Draw a client, its consumer and its mailbox."""
    if place.client:
        ended = None if place.ended is None else _how(place.ended)
        user = place.user if place.user != place.client else ""
        _client(pen, y, place.client, user, ended)
    _consumer(pen, place, y)
    _state(pen, place, y)
    if place.groups or place.waits:
        _mailbox(pen, place, y)


@once
def _client(
    pen: Pen, y: float, name: str, user: str, ended: str | None
) -> None:
    colour = PANEL if ended is None else MUTED
    if ended is None:
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
        raised = int(ended.startswith("raised "))
        for number, words in enumerate(ended.split(" ", raised)):
            low = y + 45 + 12 * number
            pen.note(66, low, fitting(words, 130, 10.5), 10.5, "middle")
    pen.text(
        *(66, y + 4, _short(name)),
        colour=colour,
        size=9.5,
        bold=True,
        anchor="middle",
    )
    if user:
        words = f"({fitting(user, 36, 9.5)})"
        pen.text(66, y + 16, words, colour=colour, size=9.5, anchor="middle")


def _short(name: str) -> str:
    """Return a client's name, cut to its circle; by its number it is known."""
    begins, sign, number = name.rpartition("#")
    room = 56 - wide_as(sign + number, 9.5)
    return (
        fitting(begins, room, 9.5) + sign + number
        if sign
        else fitting(name, 56, 9.5)
    )


def _consumer(pen: Pen, place: ConnectionState, y: float) -> None:
    alive = place.open and not place.unread
    border = MEMBER if place.ghost else LANE
    _box(pen, y, place.name, border, alive)


@once
def _box(pen: Pen, y: float, name: str, border: str, alive: bool) -> None:
    ground, dash = (SCOPE, "") if alive else (PANEL, "5 3")
    pen.rect((168, y - 34, 164, 68), ground, border, 8, dash)
    # Those of one class begin alike, and it is their numbers that differ.
    words = told_apart(name, int(146 / wide_as("#", 11)))
    pen.text(180, y - 14, words, bold=True, size=11)


def _state(pen: Pen, place: ConnectionState, y: float) -> None:
    """Say what a consumer did last, or why nobody reads its mailbox."""
    if place.ghost:
        _haunted(pen, y, f"ghost since {place.ghost.cause}")
        pen.text(200, y + 20, "no group_discard", colour=MEMBER, size=10)
    elif place.unread:
        _unread(pen, y, bool(place.groups))
        if place.former:
            pen.text(180, y + 22, fitting(f"({place.former})", 146), size=10)
    elif place.ended is not None:
        words = fitting(_how(place.ended) or "has ended", 146, 10)
        pen.text(180, y + 6, words, colour=MUTED, size=10)
    elif place.handler:
        _handler(pen, y, place.handler)


@once
def _haunted(pen: Pen, y: float, words: str) -> None:
    pen.ghost(187, y + 8)
    words = fitting(words, 124, 10)
    pen.text(200, y + 6, words, colour=MEMBER, size=10, bold=True)


def _unread(pen: Pen, y: float, member: bool) -> None:
    if member:
        _haunted(pen, y, "ghost: no reader")
    else:
        pen.text(180, y + 6, "no reader", colour=MUTED, size=10)


@once
def _handler(pen: Pen, y: float, name: str) -> None:
    pen.note(180, y + 6, "last handler:")
    pen.text(180, y + 20, fitting(name, 146, 10), colour=MUTED, size=10)


def _how(event: Event) -> str:
    """Return how a connection ended; empty if nothing is known of it."""
    if event.kind == "crash":
        return f"raised {event.type}"
    if event.traits.fails:
        return event.traits.word
    return f"left {event.payload.get('code', '')}".strip()


def _mailbox(pen: Pen, place: ConnectionState, y: float) -> None:
    shown = islice(place.waits.values(), SHOWN)
    _walls(pen, y, "5 3" if place.ghost else "")
    _messages(
        *(pen, y + 31, min(place.capacity or 0, SHOWN)),
        tuple(payload(wait.event, 14) for wait in shown),
    )
    of = "" if place.capacity is None else f" of {place.capacity}"
    words = f"{len(place.waits)}{of} wait{': full' if place.is_full else ''}"
    _waits(pen, y + 45, words, place.is_full)


@once
def _walls(pen: Pen, y: float, dash: str) -> None:
    low, high = y + 31, y - 31
    pen.line([(332, y), (368, y)], LAYER, 1.7, dash)
    walls = [(368, high), (368, low), (508, low), (508, high)]
    pen.line([(float(a), b) for a, b in walls], LAYER, 1.7)


@once
def _messages(
    pen: Pen, low: float, places: int, messages: tuple[str, ...]
) -> None:
    for level in range(max(places, len(messages))):
        top = low - 25 - 26 * level
        if level < len(messages):
            pen.rect((374, top, 128, 22), WAITING, LAYER, 4)
            pen.envelope(385.5, top + 11, 11, 8, LAYER)
            words = fitting(messages[level], 100, 10)
            pen.text(397, top + 14.5, words, size=10)
        else:
            pen.rect((374, top, 128, 22), "none", LANE, 4, "2 3")


@once
def _waits(pen: Pen, y: float, words: str, full: bool) -> None:
    if full:
        look = [(words, LOST, True)]
        pen.text(438, y, look, size=10.5, sans=True, anchor="middle")
    else:
        pen.note(438, y, words, 10.5, "middle")


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
    end, dash = y - 6, "5 3" if ghost else ""
    _curve(pen, start, end, MOUTH, (MEMBER, 1.6 if ghost else 2, dash))
    if event is not None:
        lost = event.status in LOST_STATUSES
        _delivery(pen, start, end, dash, lost)
        number, colour = shortened(str(event.seq), 9), LOST if lost else LAYER
        pen.text(516, end - 15, number, colour=colour, size=10, bold=True)
        words = "waits" if event.status == "waiting" else "on its way"
        _became(pen, end + 22, word_of(event.status) if lost else words, colour)


@once
def _curve(pen: Pen, start: float, end: float, to: float, look: Look) -> None:
    bend = (
        f"M{num(GROUP_LEFT)} {num(start)}C{num(GROUP_LEFT - 34)} {num(start)}"
        f" {num(LEVEL_FROM + 34)} {num(end)} {num(LEVEL_FROM)} {num(end)}"
    )
    pen.path(f"{bend}H{num(to)}", *look)


@once
def _became(pen: Pen, y: float, words: str, colour: str) -> None:
    pen.text(516, y, words, colour=colour, size=10, bold=True)


@once
def _delivery(
    pen: Pen, start: float, end: float, dash: str, lost: bool
) -> None:
    """Draw a message on its way, or the cross where it was lost."""
    if lost:
        pen.cross(528, end)
        return
    _curve(pen, start, end, STOP, (LAYER, 3.4, dash))
    pen.triangle(MOUTH - 3, end, LAYER, -1)
    pen.rect((STOP - 13, end - 10, 26, 20), LAYER, radius=4)
    pen.envelope(STOP, end, 14, 9, PANEL)
