"""What stands around every drawing: its head, and the signs of its legend."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from minichannels.flow.drawings.once import once
from minichannels.flow.drawings.palette import EDGE, LOST, MUTED
from minichannels.flow.drawings.pen import Pen, Span


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

    def explain(self, pen: Pen, x: float, y: float) -> None:
        """Draw it with its words."""
        _explain(pen, self, x, y)


@once
def _explain(pen: Pen, sign: Sign, x: float, y: float) -> None:
    sign.draw(pen, x, y)
    pen.note(x + sign.wide, y + 3.8, sign.words)


def with_losses(
    words: str, losses: Iterable[tuple[str, int]]
) -> tuple[Span, ...]:
    """Return the words at the right of a head, and what was lost."""
    lost = [(f" · {n} {word}", LOST, True) for word, n in losses]
    return (words, MUTED, False), *lost


@once
def draw_head(
    pen: Pen, width: float, title: str, right: str | tuple[Span, ...]
) -> None:
    """Write a drawing's title, what it shows of how much, and a line."""
    pen.text(16, 25, title, size=14, bold=True, sans=True)
    pen.text(
        width - 14, 25, right, colour=MUTED, size=11.5, sans=True, anchor="end"
    )
    pen.line([(0.5, 38), (width - 0.5, 38)], EDGE, 1)
