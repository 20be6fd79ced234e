"""Words in several colours, broken into lines.

Nothing that a row says is cut for want of room in its line: it goes on in the
next one.
"""

import re
from collections.abc import Iterable

from minichannels.flow.drawings.pen import Span
from minichannels.flow.text.formatting import cells

LONGEST_PIECE = 24
"""Of a longer word, so much stays together."""

# A word, with a sign that stands before it; of a long one, a part: of a list
# or a dict, what stands between two commas.
_PIECE = r" *(?:[·→] )?(?:[^ ,]{1,%d},?|,)"


def wrapped(words: Iterable[Span], room: int, most: int) -> list[list[Span]]:
    """Return lines of a width; what does not fit into them is cut.

    Args:
        words: what to write, in its colours.
        room: how many cells a line has.
        most: how many lines there may be.
    """
    lines: list[list[Span]] = [[]]
    left, piece_of = room, re.compile(_PIECE % min(LONGEST_PIECE, room))
    for text, colour, bold in words:
        # What fits into a line of its own is not broken.
        if max(left, 1) < cells(text) <= room + 1:
            lines.append([])
            left, text = room, text.lstrip()
        for piece in piece_of.findall(text):
            if cells(piece) > left:
                lines.append([])
                left, piece = room, piece.lstrip()
            left -= cells(piece)
            _add(lines[-1], (piece, colour, bold))
    if len(lines) > most:
        text, colour, bold = lines[most - 1].pop()
        lines[most - 1].append((f"{text[:-1]}…", colour, bold))
    return lines[:most]


def _add(line: list[Span], piece: Span) -> None:
    """Add a piece; those that look alike become one."""
    if line and line[-1][1:] == piece[1:]:
        piece = (line.pop()[0] + piece[0], *piece[1:])
    line.append(piece)
