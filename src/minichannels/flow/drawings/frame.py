"""What stands around every drawing: its head, and the signs of its legend."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
        self.draw(pen, x, y)
        pen.note(x + self.wide, y + 3.8, self.words)


def with_losses(words: str, losses: Iterable[tuple[str, int]]) -> list[Span]:
    """Return the words at the right of a head, and what was lost."""
    lost: list[Span] = [(f" · {n} {word}", LOST, True) for word, n in losses]
    return [(words, MUTED, False), *lost]


def draw_head(
    pen: Pen, width: float, title: str, right: str | list[Span]
) -> None:
    """Write a drawing's title, what it shows of how much, and a line."""
    pen.text(16, 25, title, size=14, bold=True, sans=True)
    pen.text(
        width - 14, 25, right, colour=MUTED, size=11.5, sans=True, anchor="end"
    )
    pen.line([(0.5, 38), (width - 0.5, 38)], EDGE, 1)
