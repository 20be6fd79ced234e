"""What is drawn of plain values alone is drawn once.

How it works: a live view draws a whole picture after each step, and most of it
is as it was. A function that is given nothing but values (texts, numbers)
draws the same for the same ones: what it drew is kept for some time.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVarTuple

from minichannels.flow.drawings.pen import Pen

Values = TypeVarTuple("Values")

KEPT = 1_024
"""How many of its latest drawings are kept of each function."""


def once(
    draw: Callable[[Pen, *Values], None],
) -> Callable[[Pen, *Values], None]:
    """Have what a function draws kept; all its values must be hashable."""

    @lru_cache(KEPT)
    def parts(*values: *Values) -> tuple[str, ...]:
        pen = Pen()
        draw(pen, *values)
        return tuple(pen.parts)

    @wraps(draw)
    def put(pen: Pen, *values: *Values) -> None:
        pen.parts += parts(*values)

    return put
