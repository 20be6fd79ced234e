"""The legends of all drawings: signs with their words, row below row.

Rule: one word for one thing. Words that more than one drawing has stand here,
once; what became of a message is said by ``text.wording``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from minichannels.flow.drawings.once import once
from minichannels.flow.drawings.pen import Pen

LETTER, GAP, LINE = 6.5, 14.0, 20.0
"""How wide a letter of the words may be, what is between, how high a row."""


class Words(StrEnum):
    """What the signs of several drawings mean."""

    GHOST = "ghost: in a group, no reader"
    IN_GROUP = "in a group"
    LOST = "lost, and how"
    RAISED = "raised"
    RUNS = "handler runs"
    THROUGH_LAYER = "a message through the layer"
    WAITS = "a message waits"


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign, as a legend explains it.

    Attributes:
        draw: draws it, at a place.
        words: say what it means.
        wide: how far from its left edge the words begin.
    """

    draw: Callable[[Pen, float, float], None]
    words: str
    wide: float = 36


def draw_signs(
    pen: Pen, signs: Iterable[Sign], y: float, width: float
) -> float:
    """Draw signs with their words; return the height of the last row.

    Args:
        pen: draws them.
        signs: what to explain.
        y: the height of the first row.
        width: where a row has to end.
    """
    x = 16.0
    for sign in signs:
        room = sign.wide + LETTER * len(sign.words)
        if x + room > width - 8:
            x, y = 16.0, y + LINE
        _explain(pen, sign, x, y)
        x += room + GAP
    return y


@once
def _explain(pen: Pen, sign: Sign, x: float, y: float) -> None:
    sign.draw(pen, x, y)
    pen.note(x + sign.wide, y + 3.8, sign.words)
