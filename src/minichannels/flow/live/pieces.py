"""What spans rows while a lanes drawing grows: pieces that replace each other.

How it works: what the fold says of a scope, a handler's run, a membership, a
message that waits is drawn down to the bottom while nobody knows its end.
Whenever more is known it is drawn once more: the former piece is shown up to
the step before, and the new one from this step on.

A piece is sent to the page under short keys, for there are many:

    i     its number
    f, l  the first step at which it is seen, and the last; None if none is
    z     its level: what lies above what
    t, b  from where to where it reaches, top and bottom
    p     the picture, as SVG
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary
from xml.sax.saxutils import quoteattr

from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.drawings.lanes.layout import Layout, is_drawn
from minichannels.flow.drawings.lanes.spans import draw_spans
from minichannels.flow.drawings.pen import SANS, Pen
from minichannels.flow.journal.events import Event
from minichannels.flow.model.fold import MOST_KEPT, Fold
from minichannels.flow.model.spans import (
    Belonging,
    Full,
    Run,
    Scope,
    Span,
    Wait,
)

FAR = 1_000_000.0
"""Where something ends while nobody knows."""

Piece = dict[str, Any]
"""Something drawn, as JSON."""

_SANS = f" font-family={quoteattr(SANS)}"


def smaller(part: str) -> str:
    """Return something drawn, in fewer bytes: the page knows the fonts."""
    return part.replace(_SANS, ' class="sans"')


def drawn(pen: Pen) -> str:
    """Return what a pen drew, in fewer bytes."""
    return smaller("".join(pen.parts))


class Gathered:
    """Pieces that are seen at some step which is still there."""

    def __init__(self) -> None:
        self._kept: dict[int, Piece] = {}
        self._first = 0

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._kept.values())

    def add(self, new: Sequence[Piece], first: int) -> None:
        """Add pieces; forget those that are seen before the first step."""
        self._kept |= {piece["i"]: piece for piece in new}
        # Only if steps have been left out is each looked at.
        others = list(self) if first != self._first else new
        self._first = first
        for piece in others:
            if piece["l"] is not None and piece["l"] < first:
                del self._kept[piece["i"]]


class Pieces:
    """The pieces of all that spans rows.

    Attributes:
        begun: the connections that have a scope.
        slots: on which rail of its mailbox each message waits.
    """

    def __init__(self, columns: Columns) -> None:
        self.begun: set[int] = set()
        self.slots: dict[int, int] = {}
        self._columns = columns
        self._lasting: dict[float, set[Span]] = {}
        self._fold = Fold(MOST_KEPT)
        self._ids = 0
        self._news: dict[int, Piece] = {}
        self._pictures: dict[tuple[object, ...], str] = {}
        # What the fold has forgotten will not be drawn again.
        self._pieces: WeakKeyDictionary[Span, Piece] = WeakKeyDictionary()

    def news(self) -> list[Piece]:
        """Return the pieces that are new or have changed since last asked."""
        news, self._news = list(self._news.values()), {}
        self._pictures.clear()  # somebody's place may change from now on
        return news

    def play(self, step: int, event: Event, y: float, shown: bool) -> None:
        """Take in one more event.

        Args:
            step: the step that it belongs to.
            event: the event.
            y: the height of its row, or of the last one before it.
            shown: whether it has a row.
        """
        self._draw(step, event, self._fold.play(event, y, shown), shown)

    def amend(self, step: int, event: Event, y: float, shown: bool) -> None:
        """Take in what became known of an event later; see :meth:`play`."""
        self._draw(step, event, self._fold.amend(event, y, shown), shown)

    @property
    def standing(self) -> set[float]:
        """The left edges of the pairs where something lasts."""
        return {start for start, spans in self._lasting.items() if spans}

    def _note(self, span: Span) -> None:
        """Keep what rows have to know of the spans beside them."""
        goes_on = span.end is None
        if isinstance(span, Scope):
            self.begun.add(span.connection)
        elif isinstance(span, Wait):
            self.slots[span.event.seq] = span.slot
        elif isinstance(span, Belonging):
            goes_on = span.goes_on
        else:
            return
        start = self._columns.of[span.connection].start
        lasting = self._lasting.setdefault(start, set())
        if goes_on and not span.void:
            lasting.add(span)
        else:
            lasting.discard(span)

    def _draw(
        self, step: int, event: Event, spans: Iterable[Span], shown: bool
    ) -> None:
        for span in spans:
            piece = self._pieces.get(span)
            begins = shown and span.event is event
            if piece is None and not is_drawn(span, begins):
                continue
            self._note(span)
            if span.void:
                self._take_back(span)
            else:
                self._put(step, span, piece)

    def _put(self, step: int, span: Span, piece: Piece | None) -> None:
        if piece is not None and piece["f"] < step:
            piece["l"] = step - 1
            self._news[piece["i"]] = piece
            piece = None
        look = _LOOK[type(span)]
        if piece is None:
            self._ids += 1
            piece = {"i": self._ids, "f": step, "l": None, "z": look.level}
            self._pieces[span] = piece
        end = _end(span)
        piece["t"] = span.start - look.above
        piece["b"] = (FAR if end is None else end) + look.below
        piece["p"] = self._picture(span)
        self._news[piece["i"]] = piece

    def _picture(self, span: Span) -> str:
        """Return a span as SVG: of many in one place, it is drawn once."""
        pair = self._columns.of[span.connection]
        place = pair.start, pair.wide, pair.client
        seen = type(span), place, _LOOK[type(span)].seen(span)
        picture = self._pictures.get(seen)
        if picture is None:
            pen, layout = Pen(), Layout(spans=[span], bottom=FAR + 8)
            draw_spans(Canvas(pen, self._columns, layout))
            picture = self._pictures[seen] = drawn(pen)
        return picture

    def _take_back(self, span: Span) -> None:
        piece = self._pieces.pop(span)
        piece["l"] = piece["f"] - 1  # at no step
        self._news[piece["i"]] = piece


def _end(span: Span) -> float | None:
    if isinstance(span, Run):
        return span.last
    return span.over if isinstance(span, Belonging) else span.end


class _Outline(NamedTuple):
    """How spans of one kind look.

    Attributes:
        level: what lies above what.
        above: how far one reaches above its start.
        below: how far it reaches below its end.
        seen: gives what is seen of it, beside whose it is.
    """

    level: int
    above: int
    below: int
    seen: Callable[[Any], object]


_LOOK: dict[type[Span], _Outline] = {
    Scope: _Outline(0, 8, 7, attrgetter("start", "end")),
    Belonging: _Outline(1, 0, 0, attrgetter("start", "lives", "over", "ghost")),
    Run: _Outline(2, 8, 7, attrgetter("start", "last", "raised", "name")),
    Wait: _Outline(3, 3, 7, attrgetter("start", "end", "slot", "fate")),
    Full: _Outline(3, 3, 7, attrgetter("start", "end")),
}
