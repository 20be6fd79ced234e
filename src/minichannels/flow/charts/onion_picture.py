"""The onion: which application calls which other one.

How it works: routers and middleware are applications that hold others, so they
are asked for what they hold: a mapping, routes, or what they wrap. A box lies
in the box of whoever calls it. Like the states of a scope it has no colours,
for nothing moves in it.

Rule 1: what a function wraps cannot be seen; it is drawn as the innermost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from minichannels.flow.drawings.frame import draw_head
from minichannels.flow.drawings.palette import INK, LANE, MUTED, PANEL
from minichannels.flow.drawings.pen import Pen, document, wide_as
from minichannels.flow.text.formatting import count, shortened

MARGIN, TOP, HEAD, PAD, GAP = 20.0, 58.0, 28.0, 12.0, 8.0
SIZE, ARROW, LEAST = 10.5, 26.0, 380.0
LONGEST = 40

_WRAPPED = ("inner", "application", "app")
"""What middleware calls the application that it wraps: ours, others'."""


@dataclass(frozen=True, slots=True)
class Ring:
    """An application, and those that it calls.

    Attributes:
        name: that of its class, or its own if it is a function.
        looks_at: the part of the scope by which it chooses, if it does.
        calls: what it calls, each with the value that it is called for.
    """

    name: str
    looks_at: str = ""
    calls: tuple[tuple[str, "Ring"], ...] = ()

    @property
    def choice(self) -> str:
        """By what it chooses, in words; empty if it does not."""
        return f', by scope["{self.looks_at}"]' if self.looks_at else ""

    @property
    def all(self) -> Iterator["Ring"]:
        """Itself, and all that are in it."""
        yield self
        for _, inner in self.calls:
            yield from inner.all


def peeled(application: Any, around: tuple[int, ...] = ()) -> Ring:
    """Return an application with all that are in it.

    Args:
        application: the application.
        around: the ids of those that it is in, for they may form a circle.
    """
    own = getattr(application, "__name__", type(application).__name__)
    name = shortened(str(own), LONGEST)
    if id(application) in around:
        return Ring(f"{name} again")
    looks_at, held = _held(application)
    calls = (
        (value, peeled(inner, (*around, id(application))))
        for value, inner in held
    )
    return Ring(name, looks_at, tuple(calls))


def _held(application: Any) -> tuple[str, list[tuple[str, Any]]]:
    """Return what an application looks at, and those that it can call."""
    parts = getattr(application, "__dict__", {})
    mapping, routes = parts.get("application_mapping"), parts.get("routes")
    if isinstance(mapping, Mapping):
        key = str(getattr(application, "_minichannels_key", ""))
        return key, [(_quoted(value), mapping[value]) for value in mapping]
    if isinstance(routes, list) and all(hasattr(r, "pattern") for r in routes):
        return "path", [(_quoted(r.pattern), r.callback) for r in routes]
    wrapped = [parts[name] for name in _WRAPPED if callable(parts.get(name))]
    return "", [("", inner) for inner in wrapped[:1]]


def _quoted(value: Any) -> str:
    return f'"{shortened(str(value), LONGEST)}"'


def picture(ring: Ring, words: str) -> str:
    """Return an application with all that are in it, as SVG.

    Args:
        ring: the application.
        words: say the same.
    """
    pen, wide, bottom = Pen(), _wide(ring), TOP + _high(ring)
    left = MARGIN + _room("a call")
    right = max(left + wide + MARGIN, LEAST)
    number = count(len(list(ring.all)), "application")
    draw_head(pen, right, f"Onion: {ring.name}", number)
    _draw_call(pen, "a call", MARGIN, left, TOP)
    _draw(pen, ring, left, TOP, wide)
    pen.note(MARGIN, bottom + 24, "A box lies in the box of who calls it.")
    return document(pen, right, bottom + 38, f"Onion: {ring.name}", words)


def _room(value: str) -> float:
    """Return how much room there is to be for a value and its arrow."""
    return wide_as(value, SIZE) + ARROW


def _rooms(ring: Ring) -> float:
    return max(_room(value) for value, _ in ring.calls)


def _wide(ring: Ring) -> float:
    own = wide_as(ring.name + ring.choice, SIZE) + 2 * PAD
    if not ring.calls:
        return own
    widest = max(_wide(inner) for _, inner in ring.calls)
    return max(own, PAD + _rooms(ring) + widest + PAD)


def _high(ring: Ring) -> float:
    below = sum(_high(inner) + GAP for _, inner in ring.calls)
    return HEAD + below + (4 if ring.calls else 0)


def _draw(pen: Pen, ring: Ring, x: float, y: float, wide: float) -> None:
    pen.rect((x, y, wide, _high(ring)), PANEL, LANE, 6)
    title = (ring.name, INK, True), (ring.choice, MUTED, False)
    pen.text(x + PAD, y + 18, title, size=SIZE)
    if not ring.calls:
        return
    left, below = x + PAD + _rooms(ring), y + HEAD
    for value, inner in ring.calls:
        _draw_call(pen, value, x + PAD, left, below)
        _draw(pen, inner, left, below, x + wide - PAD - left)
        below += _high(inner) + GAP


def _draw_call(pen: Pen, value: str, x: float, to: float, y: float) -> None:
    """Write for which value a box is called, with an arrow to it."""
    middle = y + HEAD / 2
    pen.text(x, middle + 3.8, value, size=SIZE, colour=MUTED)
    start = x + wide_as(value, SIZE) + 4
    pen.line([(start, middle), (to - 7, middle)], MUTED, 1.4)
    pen.triangle(to, middle, MUTED, 1)
