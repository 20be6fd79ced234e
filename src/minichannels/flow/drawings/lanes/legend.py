"""The legend of the lanes drawing: the signs that occur, and no others."""

from collections.abc import Callable, Sequence

from minichannels.flow.drawings.lanes.arrows import THIN
from minichannels.flow.drawings.lanes.canvas import Canvas
from minichannels.flow.drawings.lanes.layout import Layout
from minichannels.flow.drawings.legends import Sign, Words, draw_signs
from minichannels.flow.drawings.palette import (
    BAND,
    BOX,
    EDGE,
    LANE,
    LAYER,
    LIFE,
    LOST,
    LOST_GROUND,
    MEMBER,
    MUTED,
    PANEL,
    SCOPE,
    SOCKET,
)
from minichannels.flow.drawings.pen import DASHED, LOSING, Pen
from minichannels.flow.journal.events import LOST as LOST_STATUSES
from minichannels.flow.journal.events import Event
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.model.spans import Belonging, Run, Scope, Wait
from minichannels.flow.text.wording import is_refusal, word_of

Occurs = Callable[[Sequence[Event], Layout], bool]


def draw_legend(sheet: Canvas, events: Sequence[Event]) -> float:
    """Draw the legend below the rows; return where it ends."""
    pen, layout, width = sheet.pen, sheet.layout, sheet.columns.width
    y = layout.bottom + 8
    pen.line([(0.5, y), (width - 0.5, y)], EDGE, 1)
    drawn = [event for event in events if _is_drawn(event, sheet)]
    found = [sign for occurs, sign in SIGNS if occurs(drawn, layout)]
    lines: list[Event] = []
    others: list[Event] = []
    for event in events:
        has_line = _is_drawn(event, sheet) and _has_line(event)
        (lines if has_line else others).append(event)
    for sign, those in (_lost_sign, lines), (_cross_sign, others):
        words = _lost_words(those, layout)
        found += [Sign(sign, words)] * bool(words)
    return draw_signs(pen, found, y + 21, width) + 18


def _is_drawn(event: Event, sheet: Canvas) -> bool:
    """Return whether an event has its client in the picture, if it has one."""
    at_socket = event.traits.at_socket
    return not at_socket or sheet.columns.has_line(event)


def _has_line(event: Event) -> bool:
    """Return whether a line would lead to where an event was lost."""
    traits = event.traits
    return traits.at_socket or traits.posts or event.status == "unhandled"


def _lost_words(events: Sequence[Event], layout: Layout) -> str:
    """Say what the sign of a loss stands for, in the words of the rows."""
    found = {e.status for e in events if e.is_lost and not is_refusal(e)}
    lost = ", ".join(
        word_of(status) for status in LOST_STATUSES if status in found
    )
    words = [f"lost ({lost})"] * bool(lost)
    words += ["refused"] * any(map(is_refusal, events))
    failed = {event.kind for event in events if event.traits.fails}
    if _raised(events, layout):  # a sign of its own says it
        failed.discard("crash")
    words += [kind.word for name, kind in KINDS.items() if name in failed]
    return " or ".join(words)


def _posts(events: Sequence[Event], layout: Layout) -> bool:
    return any(
        e.kind == "deliver" or (e.traits.posts and not e.is_lost)
        for e in events
    )


def _runs(events: Sequence[Event], layout: Layout) -> bool:
    return any(not run.raised for run in layout.of(Run))


def _raised(events: Sequence[Event], layout: Layout) -> bool:
    return any(run.raised for run in layout.of(Run))


def _ghosts(events: Sequence[Event], layout: Layout) -> bool:
    return any(event.kind == "ghost" for event in events)


def _wall_sign(pen: Pen, x: float, y: float) -> None:
    for side in (x + 12.5, x + 15.5):
        pen.line([(side, y - 8), (side, y + 8)], LANE, 1)


def _arrow_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 24, y)], SOCKET)
    pen.triangle(x + 29, y, SOCKET, 1)


def _thin_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 28, y)], MUTED, THIN)


def _life_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 28, y)], LIFE)
    pen.chevron(x + 29, y, LIFE, 1)


def _layer_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 24, y)], LAYER, 1.7, DASHED)
    pen.triangle(x + 29, y, LAYER, 1)


def _run_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 7, 28, 14), PANEL, BOX, 3)


def _raised_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 7, 28, 14), LOST_GROUND, LOST, 3, "4 2")
    pen.cross(x + 14, y)


def _scope_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 7, 28, 14), SCOPE, radius=4)


def _wait_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x + 14, y - 4), (x + 14, y + 8)], LAYER, 3)
    pen.square(x + 14, y - 5)


def _member_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x + 14, y - 8), (x + 14, y + 8)], MEMBER, 2)


def _lost_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x, y), (x + 18, y)], LOST, 1.7, LOSING)
    pen.cross(x + 22, y)


def _cross_sign(pen: Pen, x: float, y: float) -> None:
    pen.cross(x + 14, y)


def _ghost_sign(pen: Pen, x: float, y: float) -> None:
    pen.line([(x + 4, y - 8), (x + 4, y + 8)], MEMBER, 1.6, "5 3")
    pen.ghost(x + 18, y)


def _fold_sign(pen: Pen, x: float, y: float) -> None:
    pen.pill(x + 14, y, "×n")


def _shade_sign(pen: Pen, x: float, y: float) -> None:
    pen.rect((x, y - 8, 28, 8), BAND)
    pen.rect((x, y - 8, 28, 15), "none", EDGE, 2)


SIGNS: tuple[tuple[Occurs, Sign], ...] = (
    (
        lambda events, layout: any(e.is_data and not e.is_lost for e in events),
        Sign(_arrow_sign, "socket data"),
    ),
    (
        lambda events, layout: any(e.is_life and not e.is_lost for e in events),
        Sign(_life_sign, "connect, accept, close"),
    ),
    (
        lambda events, layout: any(
            e.begun_in and not e.is_lost for e in events
        ),
        Sign(_thin_sign, "by a task begun before"),
    ),
    (_posts, Sign(_layer_sign, Words.THROUGH_LAYER)),
    (_runs, Sign(_run_sign, Words.RUNS)),
    (_raised, Sign(_raised_sign, Words.RAISED)),
    (
        lambda events, layout: bool(layout.of(Scope)),
        Sign(_scope_sign, "scope lives"),
    ),
    (
        lambda events, layout: bool(layout.of(Wait)),
        Sign(_wait_sign, Words.WAITS),
    ),
    (
        lambda events, layout: bool(layout.of(Belonging)),
        Sign(_member_sign, Words.IN_GROUP),
    ),
    (
        lambda events, layout: any(e.process for e in events),
        Sign(_wall_sign, "wall between processes"),
    ),
    (_ghosts, Sign(_ghost_sign, Words.GHOST)),
    (
        lambda events, layout: bool(layout.folds),
        Sign(_fold_sign, "these rows, n times"),
    ),
    (
        lambda events, layout: layout.causes > 1,
        Sign(_shade_sign, "another shade: another cause"),
    ),
)
"""The signs, and when they occur; those of a loss have words of their own."""
