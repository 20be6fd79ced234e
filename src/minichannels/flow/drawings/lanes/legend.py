"""The legend of the lanes drawing: the signs that occur, and no others."""

from collections.abc import Callable, Sequence

from minichannels.flow.drawings.frame import Sign
from minichannels.flow.drawings.lanes.layout import Layout
from minichannels.flow.drawings.palette import (
    BAND,
    BOX,
    EDGE,
    LAYER,
    LIFE,
    LOST,
    PANEL,
    SCOPE,
    SOCKET,
)
from minichannels.flow.drawings.pen import DASHED, LOSING, Pen
from minichannels.flow.journal.events import Event
from minichannels.flow.model.spans import Belonging, Run, Scope, Wait

Occurs = Callable[[Sequence[Event], Layout], bool]


def draw_legend(
    pen: Pen, events: Sequence[Event], layout: Layout, width: float
) -> float:
    """Draw the legend below the rows; return where it ends."""
    y = layout.bottom + 8
    pen.line([(0.5, y), (width - 0.5, y)], EDGE, 1)
    found = [sign for sign in _SIGNS if sign[0](events, layout)]
    places = _in_two_rows([words for _, _, words in found], width)
    for (_, draw, words), (x, row) in zip(found, places, strict=False):
        Sign(draw, words).explain(pen, x, y + 21 + 20 * row)
    rows = max((row for _, row in places), default=0)
    return y + 39 + 20 * rows


def _in_two_rows(
    labels: Sequence[str], width: float
) -> list[tuple[float, int]]:
    """Return where the signs stand; the last ones may find no place."""
    places: list[tuple[float, int]] = []
    x, row = 16.0, 0
    for words in labels:
        room = 36 + 0.58 * 11 * len(words) + 12
        if x + room > width - 8:
            x, row = 16.0, row + 1
        if row < 2:
            places.append((x, row))
        x += room
    return places


def _only_sockets(events: Sequence[Event]) -> bool:
    """Return whether all scopes are those of WebSockets."""
    read = [event.type for event in events if event.kind == "receive"]
    return all(name.startswith("websocket.") for name in read) and bool(read)


def _posts(events: Sequence[Event], layout: Layout) -> bool:
    return any(event.traits.posts for event in events)


def _ghosts(events: Sequence[Event], layout: Layout) -> bool:
    return any(event.kind == "ghost" for event in events)


def _arrow_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 24, y)], SOCKET)
    pen.triangle(x + 29, y, SOCKET, 1)


def _life_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 28, y)], LIFE)
    pen.chevron(x + 29, y, LIFE, 1)


def _layer_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 24, y)], LAYER, 1.7, DASHED)
    pen.triangle(x + 29, y, LAYER, 1)


def _run_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 7, 28, 14), PANEL, BOX, 3)


def _scope_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 7, 28, 14), SCOPE, radius=4)


def _wait_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x + 14, y - 4), (x + 14, y + 8)], LAYER, 3)
    pen.square(x + 14, y - 5)


def _member_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x + 14, y - 8), (x + 14, y + 8)], LAYER, 2)


def _lost_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 18, y)], LOST, 1.7, LOSING)
    pen.cross(x + 22, y)


def _ghost_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x + 4, y - 8), (x + 4, y + 8)], LAYER, 1.6, "5 3")
    pen.ghost(x + 18, y)


def _fold_sign(pen: Pen, x: float, y: float) -> None:
    pen.pill(x + 14, y, "×n")


def _shade_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 8, 28, 15), BAND, EDGE, 2)


_SIGNS: tuple[tuple[Occurs, Callable[[Pen, float, float], None], str], ...] = (
    (
        lambda events, layout: any(e.is_data for e in events),
        _arrow_sign,
        "socket data",
    ),
    (
        lambda events, layout: any(e.is_life for e in events),
        _life_sign,
        "connect, accept, close",
    ),
    (_posts, _layer_sign, "through the layer"),
    (lambda events, layout: bool(layout.of(Run)), _run_sign, "handler runs"),
    (
        lambda events, layout: bool(layout.of(Scope)) and _only_sockets(events),
        _scope_sign,
        "connection lives",
    ),
    (
        lambda events, layout: (
            bool(layout.of(Scope)) and not _only_sockets(events)
        ),
        _scope_sign,
        "scope lives",
    ),
    (
        lambda events, layout: any(e.is_lost for e in events),
        _lost_sign,
        "lost or failed",
    ),
    (_ghosts, _ghost_sign, "ghost: member, no reader"),
    (
        lambda events, layout: bool(layout.of(Wait)),
        _wait_sign,
        "a message waits",
    ),
    (
        lambda events, layout: bool(layout.of(Belonging)),
        _member_sign,
        "in a group",
    ),
    (
        lambda events, layout: bool(layout.folds),
        _fold_sign,
        "these rows, n times",
    ),
    (
        lambda events, layout: len(layout.shaded) > 1,
        _shade_sign,
        "one shade: one cause",
    ),
)
