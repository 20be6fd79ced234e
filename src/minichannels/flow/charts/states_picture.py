"""The state diagram of a scope: which event may come when.

How it works: the table of ``minichannels.protocol`` is drawn as it is, so that
no picture can say something else than what the library does. Each state is a
card with the events that may come in it; a line leads from an event to the
state that follows, and an event without a line leaves the state as it is. It
has no colours: in the other drawings they mean what moves.

Columns go by the longest way from the first state. A line into the next column
goes straight through the gap between them, a longer one below all cards.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from minichannels.flow.drawings.frame import draw_head
from minichannels.flow.drawings.palette import EDGE, LANE, MUTED, PANEL
from minichannels.flow.drawings.pen import Pen, document, wide_as
from minichannels.protocol import RECEIVED, START, TABLE, State

GAP, MARGIN, TOP, ROW, HEAD = 72.0, 20.0, 62.0, 18.0, 26.0
SERVER, APPLICATION = "the server", "the application"


def reachable(first: State) -> dict[State, int]:
    """Return the states that can be reached, each with its column."""
    columns = {first: 0}
    pending = [first]
    while pending:
        state = pending.pop()
        for following in TABLE[state].values():
            column = columns[state] + 1
            if following is not state and column > columns.get(following, 0):
                columns[following] = column
                pending.append(following)
    return dict(sorted(columns.items(), key=lambda item: item[1]))


def steps(state: State) -> Iterator[tuple[str, str, str]]:
    """Give the events of a state: the type, who sends it, what follows."""
    for kind, following in TABLE[state].items():
        sender = SERVER if kind in RECEIVED else APPLICATION
        yield kind, sender, "" if following is state else following.name


@dataclass(frozen=True, slots=True)
class _Card:
    """A state in the picture: its place, and its column."""

    state: State
    x: float
    y: float
    wide: float
    column: int

    @property
    def high(self) -> float:
        return HEAD + ROW * max(len(TABLE[self.state]), 1) + 8

    def row(self, index: int) -> float:
        """Return how far down an event stands."""
        return self.y + HEAD + ROW * index + 9


def picture(scope_type: str, words: str) -> str:
    """Return the states of a scope, as SVG.

    Args:
        scope_type: ``"websocket"``, ``"http"`` or ``"lifespan"``.
        words: say the same.
    """
    cards = _placed(reachable(START[scope_type]))
    right = max(card.x + card.wide for card in cards.values())
    bottom = max(card.y + card.high for card in cards.values()) + 12
    pen = Pen()
    draw_head(pen, right + MARGIN, f"Scope: {scope_type}", "protocol.TABLE")
    bottom = _draw_lines(pen, cards, bottom)
    for card in cards.values():
        _draw(pen, card)
    _draw_legend(pen, bottom + 18)
    return document(pen, right + MARGIN, bottom + 34, scope_type, words)


def _placed(states: dict[State, int]) -> dict[State, _Card]:
    cards: dict[State, _Card] = {}
    x = MARGIN
    for column in range(max(states.values()) + 1):
        own = [state for state in states if states[state] == column]
        wide = max(map(_wide, own))
        y = TOP
        for state in own:
            cards[state] = _Card(state, x, y, wide, column)
            y += cards[state].high + 24
        x += wide + GAP
    return cards


def _wide(state: State) -> float:
    words = [state.name, *TABLE[state]]
    return max(wide_as(text, 10.5) for text in words) + 40


def _draw(pen: Pen, card: _Card) -> None:
    pen.rect((card.x, card.y, card.wide, card.high), PANEL, LANE, 6)
    below = card.y + HEAD - 4
    pen.line([(card.x, below), (card.x + card.wide, below)], EDGE, 1)
    pen.text(card.x + 12, card.y + 16, card.state.name, size=11, bold=True)
    for index, kind in enumerate(TABLE[card.state]):
        y = card.row(index)
        _draw_sender(pen, card.x + 18, y, kind in RECEIVED)
        pen.text(card.x + 28, y + 3.8, kind)
    if not TABLE[card.state]:
        pen.note(card.x + 12, card.row(0) + 3.8, "the end")


def _draw_sender(pen: Pen, x: float, y: float, from_server: bool) -> None:
    if from_server:
        pen.triangle(x, y, MUTED, 1)
    else:
        pen.chevron(x - 7, y, MUTED, -1)


def _draw_lines(pen: Pen, cards: dict[State, _Card], below: float) -> float:
    """Lead each event to the state that follows; return the lowest line."""
    turns = dict.fromkeys(range(len(cards)), 0.0)  # of the gap at a column
    for card in cards.values():
        for index, following in enumerate(TABLE[card.state].values()):
            if following is card.state:
                continue
            target, y = cards[following], card.row(index)
            turn = card.x + card.wide + 12 + turns[card.column]
            turns[card.column] += 7
            points = [(card.x + card.wide, y), (turn, y)]
            end = target.y + 12
            if target.column > card.column + 1:
                before = target.x - 12
                points += [(turn, below), (before, below), (before, end)]
                below += 8
            else:
                points.append((turn, end))
            pen.line([*points, (target.x - 6, end)], MUTED, 1.4)
            pen.triangle(target.x, end, MUTED, 1)
    return below


def _draw_legend(pen: Pen, y: float) -> None:
    _draw_sender(pen, MARGIN + 8, y, from_server=True)
    pen.note(MARGIN + 16, y + 3.8, "the server gives it")
    _draw_sender(pen, MARGIN + 158, y, from_server=False)
    pen.note(MARGIN + 166, y + 3.8, "the application sends it")
    pen.note(MARGIN + 330, y + 3.8, "no line: the state stays")
