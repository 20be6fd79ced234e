"""Texts such that any page, table or picture may show them.

How it works: whatever came over a socket is shown such that it cannot do
anything: control characters and those that turn the direction of writing
appear as escapes. What is too long is cut, counted in *cells*: the places that
a text takes in letters of one width.
"""

import textwrap
from collections.abc import Iterator
from itertools import accumulate, takewhile
from unicodedata import category, east_asian_width
from xml.sax.saxutils import escape

LONGEST_TEXT = 60
MOST_MARKS = 2
"""How many accents may stand on one letter."""


def visible(text: str) -> str:
    """Return a text with everything that does not print escaped."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for char in text:
        # Accents stay; a pile of them would reach into other rows.
        marks = marks + 1 if category(char)[0] == "M" else 0
        plain = char.isprintable() and marks <= MOST_MARKS
        shown.append(char if plain else _escape(char))
    return "".join(shown)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def shortened(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return a text, visible, of at most ``limit`` cells."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text  # as most are
    # Cut first: a megabyte need not be escaped to show sixty characters.
    shown = visible(text[: (MOST_MARKS + 1) * limit + 1])
    if cells(shown) <= limit:
        return shown
    return f"{_front(shown, limit - 1)}…"


def told_apart(name: str, limit: int) -> str:
    """Return a name of at most ``limit`` cells: of a longer one both ends.

    Names of clients begin alike, and it is their numbers that differ.
    """
    shown = visible(name[: LONGEST_TEXT * 4])
    if cells(shown) <= limit:
        return shown
    base, _, number = shown.rpartition("#")
    end = f"#{number}" if base and len(number) < limit - 3 else ""
    if not end:
        base, end = shown[: -(limit // 2)], shown[-(limit // 2) :]
    end = shortened(end, limit - 2)
    return f"{shortened(base, max(limit - cells(end), 1))}{end}"


def cells(text: str) -> int:
    """Return how many places a visible text takes; some signs take two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if category(c)[0] == "M" else 1 + (east_asian_width(c) in "WF")
        for c in text
    )


def in_lines(text: str, width: int) -> list[str]:
    """Return a text in lines of at most ``width`` cells, broken at blanks."""
    if cells(text) <= len(text):
        return textwrap.wrap(text, width)
    return list(_wrapped(text, width))


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield lines as textwrap does, which counts letters and not cells."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cells(word) <= width < cells(longer):
            yield line.rstrip()
            longer = word
        # In no line is there room for the word.
        while len(front := _front(longer, width)) < len(longer):
            front = front or longer[0]
            yield front.rstrip()
            longer = longer[len(front) :].lstrip()
        line = longer
    if line:
        yield line.rstrip()


def _front(text: str, width: int) -> str:
    """Return as much of a text's beginning as has room in ``width`` cells."""
    if text.isascii():
        return text[: max(width, 0)]
    ends = accumulate(map(cells, text))
    # What is behind is not even looked at: it may be a megabyte.
    return text[: sum(1 for _ in takewhile(width.__ge__, ends))]


def escaped(text: str) -> str:
    """Return a text that XML, HTML and its reader take as text alone."""
    return escape(visible(text), {'"': "&quot;"})


def count(number: int, noun: str, plural: str = "s") -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{plural}"
