"""A small pen for SVG: escaped, rounded, the same bytes every time.

Kinds of line and signs are those of the visual language; each sign differs
from the others by its shape, and colour is only one more hint. Places are
pixels from the left edge and from the top; ``dash`` is said as in SVG, and
empty for a line without gaps.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from xml.sax.saxutils import quoteattr

from minichannels.flow.drawings.palette import (
    EDGE,
    INK,
    LAYER,
    LOST,
    MEMBER,
    MUTED,
    PANEL,
)
from minichannels.flow.text.formatting import escaped, shortened

MONO = (
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono',"
    " 'Liberation Mono', monospace"
)
SANS = (
    "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial,"
    " 'Liberation Sans', 'DejaVu Sans', sans-serif"
)

DASHED, DOTTED, LOSING = "6 3", "1 3", "2 2"

EM = 0.62
"""The widest that a character of mono is in any of its fonts, in sizes."""

Span = tuple[str, str, bool]
"""A piece of a text: the words, their colour, whether they are bold."""


@lru_cache(4_096)
def num(value: float) -> str:
    """Return a number with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


_SANS = f" font-family={quoteattr(SANS)}"


class Pen:
    """Draws on one picture, in order: what comes later lies on top."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def path(
        self, d: str, colour: str, width: float = 1.7, dash: str = ""
    ) -> None:
        """Draw an open path."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<path d="{d}" fill="none" stroke="{colour}"'
            f' stroke-width="{num(width)}"{dashes}/>'
        )

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: str,
        width: float = 1.7,
        dash: str = "",
    ) -> None:
        """Draw a line through some points."""
        d = "L".join(f"{num(x)} {num(y)}" for x, y in points)
        self.path(f"M{d}", colour, width, dash)

    def rect(
        self,
        box: tuple[float, float, float, float],
        fill: str,
        stroke: str = "",
        radius: float = 0,
        dash: str = "",
    ) -> None:
        """Draw a rectangle: left, top, width and height."""
        x, y, width, height = map(num, box)
        border = f' stroke="{stroke}" stroke-width="1.2"' if stroke else ""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        corner = f' rx="{num(radius)}"' if radius else ""
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}"'
            f' fill="{fill}"{border}{dashes}{corner}/>'
        )

    def text(  # noqa: PLR0913  # all that a text can look like
        self,
        x: float,
        y: float,
        words: str | Iterable[Span],
        *,
        colour: str = INK,
        size: float = 10.5,
        bold: bool = False,
        sans: bool = False,
        anchor: str = "",
    ) -> None:
        """Write a line of text, in one or several colours."""
        family = _SANS if sans else ""
        at = f' text-anchor="{anchor}"' if anchor else ""
        if isinstance(words, str):
            ink, inner = _ink(colour, bold), escaped(words)
        else:
            ink, inner = "", "".join(_span(*span) for span in words)
        # The picture says so once, but browsers ask each text.
        kept = ' xml:space="preserve"' if "  " in inner else ""
        self.parts.append(
            f'<text x="{num(x)}" y="{num(y)}"{kept}{family}'
            f' font-size="{num(size)}"{at}{ink}>{inner}</text>'
        )

    def note(
        self, x: float, y: float, words: str, size: float = 11, anchor: str = ""
    ) -> None:
        """Write a line of prose that explains something."""
        self.text(
            x, y, words, colour=MUTED, size=size, sans=True, anchor=anchor
        )

    # Ends of lines

    def triangle(self, x: float, y: float, colour: str, way: int) -> None:
        """Draw a filled head with its tip at a point; way 1 is right."""
        back = num(x - 7.5 * way)
        self.parts.append(
            f'<path d="M{num(x)} {num(y)}L{back} {num(y - 3.8)}'
            f'L{back} {num(y + 3.8)}Z" fill="{colour}"/>'
        )

    def chevron(self, x: float, y: float, colour: str, way: int) -> None:
        """Draw an open head with its tip at a point; way 1 is right."""
        back = x - 6 * way
        self.line([(back, y - 3.8), (x, y), (back, y + 3.8)], colour)

    def sign(self, x: float, y: float, plus: bool) -> None:
        """Draw a circle with a plus (joins) or a minus (leaves)."""
        self.parts.append(
            f'<circle cx="{num(x)}" cy="{num(y)}" r="4.3" fill="{PANEL}"'
            f' stroke="{MEMBER}" stroke-width="1.4"/>'
        )
        d = f"M{num(x - 2.2)} {num(y)}h4.4"
        if plus:
            d += f"M{num(x)} {num(y - 2.2)}v4.4"
        self.path(d, MEMBER, 1.2)

    def cross(self, x: float, y: float) -> None:
        """Draw the sign of a loss: two strokes in a disc."""
        self.parts.append(
            f'<circle cx="{num(x)}" cy="{num(y)}" r="6.5" fill="{PANEL}"'
            f' stroke="{LOST}" stroke-width="1"/><path'
            f' d="M{num(x - 2.6)} {num(y - 2.6)}l5.2 5.2m0 -5.2l-5.2 5.2"'
            f' fill="none" stroke="{LOST}" stroke-width="2.2"'
            ' stroke-linecap="round"/>'
        )

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        fill: str,
        stroke: str = "",
        dash: str = "",
    ) -> None:
        """Draw a circle."""
        border = f' stroke="{stroke}" stroke-width="1.4"' if stroke else ""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(radius)}"'
            f' fill="{fill}"{border}{dashes}/>'
        )

    def envelope(
        self, x: float, y: float, width: float, height: float, colour: str
    ) -> None:
        """Draw a message, centred at a point."""
        left, top = num(x - width / 2), num(y - height / 2)
        w, h, half = num(width), num(height), num(width / 2)
        flap = num(height * 0.55)
        d = f"M{left} {top}h{w}v{h}h-{w}zl{half} {flap}l{half} -{flap}"
        self.path(d, colour, 1.2)

    def square(self, x: float, y: float) -> None:
        """Draw a message that waits."""
        self.rect((x - 2.5, y - 2.5, 5, 5), LAYER)

    def ghost(self, x: float, y: float) -> None:
        """Draw a member whose consumer is gone."""
        self.parts.append(
            f'<path d="M{num(x - 4.5)} {num(y + 5)}v-6a4.5 4.5 0 0 1 9 0v6'
            'l-2.2 -1.8l-2.3 1.8l-2.3 -1.8z"'
            f' fill="{PANEL}" stroke="{MEMBER}" stroke-width="1.4"/>'
            f'<path d="M{num(x - 1.6)} {num(y - 1.2)}v1.6'
            f'm3.2 -1.6v1.6" fill="none" stroke="{MEMBER}"'
            ' stroke-width="1.4"/>'
        )

    def pill(self, x: float, y: float, words: str) -> None:
        """Write a few words in a black pill, centred at a point."""
        half = wide_as(words, 10) / 2 + 5
        self.rect((x - half, y - 9, 2 * half, 18), INK, radius=9)
        self.text(
            x, y + 3.6, words, colour=PANEL, size=10, bold=True, anchor="middle"
        )


def _span(words: str, colour: str, bold: bool) -> str:
    return f"<tspan{_ink(colour, bold)}>{escaped(words)}</tspan>"


def _ink(colour: str, bold: bool) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f' fill="{colour}"{weight}'


def wide_as(words: str, size: float) -> float:
    """Return how wide a text in mono may be, in any font."""
    return EM * size * len(words)


def fitting(words: str, room: float, size: float = 10) -> str:
    """Return a text in mono, cut to a width."""
    return shortened(words, max(int(room / (EM * size)), 1))


def document(
    pen: Pen, width: float, height: float, title: str, description: str
) -> str:
    """Return a picture: what was drawn, on a panel of its own."""
    size = f'width="{num(width)}" height="{num(height)}"'
    panel = Pen()
    panel.rect((0.5, 0.5, width - 1, height - 1), PANEL, EDGE, 8)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}'
        f' viewBox="0 0 {num(width)} {num(height)}" role="img"'
        f' aria-labelledby="t d"><title id="t">{escaped(title)}</title>'
        f'<desc id="d">{escaped(description)}</desc>\n'
        f'<g xml:space="preserve" font-family={quoteattr(MONO)}>\n'
        + "\n".join(panel.parts + pen.parts)
        + "\n</g></svg>\n"
    )
