"""The parts of a mailbox's strip: names, a scale, bricks, signs of an end.

How it works: each function is told a place and what stands there. Where that
is, and what has happened, ``drawings.mailbox_timeline`` works out.

Places are pixels from the left edge of the drawing (``x``, ``left``, ``right``)
and from its top (``y``, ``top``; ``base`` is the floor of the mailbox, above
which messages lie ``high``). ``room`` is how wide words may be, and ``times``
how often the same has happened, in an act that stands for several.
"""

from minichannels.flow.drawings.once import once
from minichannels.flow.drawings.palette import (
    BOX,
    EDGE,
    INK,
    LANE,
    LAYER,
    LOST,
    LOST_GROUND,
    MEMBER,
    MUTED,
    PANEL,
    WAITING,
)
from minichannels.flow.drawings.pen import Pen, fitting, wide_as
from minichannels.flow.text.formatting import shortened, told_apart

LEFT, RIGHT = 146.0, 886.0
LEVEL = 22.0

Level = tuple[float, str]
"""How high the messages of a mailbox reach, and how many wait in words."""


@once
def draw_names(
    pen: Pen, top: float, name: str, whose: str, fates: tuple[str, ...]
) -> None:
    """Write whose mailbox it is, and how its messages ended."""
    y = top + 14
    pen.text(16, y, told_apart(name, 15), bold=True)
    if whose:
        y += 14
        pen.note(16, y, shortened(whose, 19), 10.5)
    y += 3
    for words in fates:
        y += 14
        lost = not words.endswith(" read")
        colour = LOST if lost else INK
        pen.text(16, y, words, size=10, colour=colour, bold=lost)


@once
def draw_scale(
    pen: Pen, base: float, high: float, capacity: int | None
) -> None:
    """Draw the lines of an empty mailbox, and of a full one."""
    pen.line([(LEFT, base), (RIGHT, base)], LANE, 1.2)
    pen.text(138, base + 3.5, "0", size=9.5, colour=MUTED, anchor="end")
    if capacity is not None:
        y = base - high
        pen.line([(LEFT, y), (RIGHT, y)], LANE, 1, "6 3")
        words = shortened(str(capacity), 7)
        pen.text(138, y + 3.5, words, size=9.5, colour=MUTED, anchor="end")


@once
def draw_floor(pen: Pen, y: float) -> None:
    """Draw a line below everything."""
    pen.line([(10, y), (890, y)], EDGE, 1)


@once
def draw_brick(
    pen: Pen, left: float, right: float, y: float, words: str
) -> None:
    """Draw one message that waits."""
    pen.rect((left, y, right - left, LEVEL - 3), WAITING, LAYER, 2)
    if right - left > 24:
        text = fitting(words, right - left - 12)
        pen.text(left + 5, y + 13, text, size=10)


@once
def draw_area(
    pen: Pen, base: float, wide: float, high: float, acts: tuple[Level, ...]
) -> None:
    """Draw how many messages wait after each act, for they are many."""
    *before, (tall, words) = acts
    if before:  # they were drawn with the act before
        draw_area(pen, base, wide, high, tuple(before))
    x = LEFT + wide * len(before)
    if tall:
        pen.rect((x, base - tall, wide, tall), WAITING, LAYER)
    if words:
        y, text = base - high - 5, fitting(words, wide - 10, 9.5)
        pen.text(x + 6, y, text, colour=LAYER, size=9.5)


@once
def draw_read(pen: Pen, x: float, y: float, times: int, room: float) -> None:
    """Draw the sign of messages that are read."""
    pen.rect((x, y - 9.5, 24, LEVEL - 3), LAYER, radius=2)
    pen.triangle(x + 16, y, PANEL, 1)
    often = fitting(f"×{times}" if times > 1 else " ", room - 18)
    pen.text(x + 27, y + 3.6, often, size=10, bold=True)


@once
def draw_lost(
    pen: Pen, x: float, y: float, word: str, times: int, room: float
) -> None:
    """Draw the sign of messages that are lost, and say why."""
    pen.cross(x, y)
    lines = [word] if wide_as(word, 9.5) <= room else []
    lines += [f"×{times}"] * (times > 1)
    for number, words in enumerate(lines):
        low = y + 3.5 + 9.5 * number - 8 * (len(lines) - 1)
        pen.text(x + 10, low, words, size=9.5, colour=LOST, bold=True)


@once
def draw_run(
    pen: Pen, left: float, right: float, y: float, name: str, raised: bool
) -> None:
    """Draw how long the reader's handler ran."""
    room = right - left - 8 - 16 * raised
    box = (left, y, right - left, 15.0)
    if raised:
        pen.rect(box, LOST_GROUND, LOST, 3, "4 2")
        pen.cross(right - 9, y + 7.5)
    else:
        pen.rect(box, PANEL, BOX, 3)
    whole = wide_as(name, 9.5) <= room
    words = name if whole else fitting("runs", room, 9.5)
    pen.text(left + 4, y + 11, words, size=9.5)


@once
def draw_ghost(pen: Pen, x: float, y: float) -> None:
    """Say that a member has no reader from here on."""
    words = "ghost: no reader"
    if wide_as(words, 9.5) > RIGHT - x - 12:
        words = "ghost"
    _plate(pen, x - 7, wide_as(words, 9.5) + 20, y)
    pen.ghost(x, y)
    pen.text(x + 9, y + 3.6, words, size=9.5, colour=MEMBER, bold=True)
    _goes_on(pen, x + 15 + wide_as(words, 9.5), y, MEMBER)


@once
def draw_no_reader(pen: Pen, x: float, y: float) -> None:
    """Say that nobody reads what is in no group."""
    _plate(pen, x - 8, wide_as("no reader", 9.5) + 10, y)
    pen.text(x - 4, y + 3.6, "no reader", size=9.5, colour=MUTED)
    _goes_on(pen, x + 6 + wide_as("no reader", 9.5), y, LANE)


def _plate(pen: Pen, x: float, wide: float, y: float) -> None:
    """Cover the lines between columns, where words reach over them."""
    pen.rect((x, y - 8, wide, 16.0), PANEL)


def _goes_on(pen: Pen, x: float, y: float, colour: str) -> None:
    if x < RIGHT - 8:
        pen.line([(x, y), (RIGHT, y)], colour, 1.6, "5 3")
