"""The head of every drawing: its title, and what was lost."""

from collections.abc import Iterable

from minichannels.flow.drawings.once import once
from minichannels.flow.drawings.palette import EDGE, LOST, MEMBER, MUTED
from minichannels.flow.drawings.pen import Pen, Span


def with_losses(
    words: str, losses: Iterable[tuple[str, int]]
) -> tuple[Span, ...]:
    """Return the words at the right of a head, and what was lost."""
    colours = dict.fromkeys(("ghost", "ghosts"), MEMBER)
    counts = [
        (f" · {number} {word}", colours.get(word, LOST), True)
        for word, number in losses
    ]
    return (words, MUTED, False), *counts


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
