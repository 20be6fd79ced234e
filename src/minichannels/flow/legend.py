"""The legend of the lanes drawing: the signs that occur, and no others."""

from collections.abc import Callable, Sequence

from minichannels.flow.events import Event
from minichannels.flow.layout import Layout
from minichannels.flow.rows import is_lost
from minichannels.flow.svg import (
    BOX,
    DASHED,
    EDGE,
    LAYER,
    LIFE,
    LOSING,
    LOST,
    MUTED,
    PANEL,
    SCOPE,
    SOCKET,
    Pen,
)

Occurs = Callable[[Sequence[Event], Layout], bool]


def draw_legend(
    pen: Pen, events: Sequence[Event], layout: Layout, width: float
) -> float:
    """Draw the legend below the rows; return where it ends."""
    y = layout.bottom + 8
    pen.line([(0.5, y), (width - 0.5, y)], EDGE, 1)
    x, y = 16.0, y + 21
    for occurs, draw, words in _SIGNS:
        if not occurs(events, layout):
            continue
        room = 36 + 0.58 * 11 * len(words) + 12
        if x + room > width - 8:
            x, y = 16.0, y + 20
        draw(pen, x, y)
        pen.text(x + 36, y + 3.8, words, colour=MUTED, size=11, sans=True)
        x += room
    return y + 18


def _has(*kinds: str) -> Occurs:
    return lambda events, layout: any(e.kind in kinds for e in events)


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


_SIGNS: tuple[tuple[Occurs, Callable[[Pen, float, float], None], str], ...] = (
    (_has("receive", "send"), _arrow_sign, "socket data"),
    (_has("receive"), _life_sign, "connect, accept, close"),
    (_has("group_send", "channel_send"), _layer_sign, "through the layer"),
    (lambda events, layout: bool(layout.runs), _run_sign, "handler runs"),
    (lambda events, layout: bool(layout.scopes), _scope_sign, "scope lives"),
    (
        lambda events, layout: bool(layout.memberships),
        _member_sign,
        "in a group",
    ),
    (lambda events, layout: bool(layout.rails), _wait_sign, "a message waits"),
    (
        lambda events, layout: any(map(is_lost, events)),
        _lost_sign,
        "lost or failed",
    ),
    (_has("ghost"), _ghost_sign, "ghost: member, no reader"),
    (
        lambda events, layout: bool(layout.folds),
        _fold_sign,
        "these rows, n times",
    ),
)
