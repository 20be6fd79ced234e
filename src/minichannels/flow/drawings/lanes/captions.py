"""The words of a row in the lanes drawing: a few short lines.

Source: the visual language, "Words in a row".
"""

from collections import Counter
from math import ceil

from minichannels.flow.drawings.lanes.columns import LONGEST_LINE, Columns
from minichannels.flow.drawings.lanes.layout import Placed
from minichannels.flow.drawings.lanes.wrapping import wrapped
from minichannels.flow.drawings.palette import INK, LAYER, LOST, MEMBER, MUTED
from minichannels.flow.drawings.pen import Span
from minichannels.flow.journal.events import Event
from minichannels.flow.text.carried.payload import content, part, payload, value
from minichannels.flow.text.formatting import cells, shortened, told_apart
from minichannels.flow.text.wording import (
    LONGEST_ERROR,
    became,
    by_whom,
    details,
    filled,
    reached,
    reaches_nobody,
    where_raised,
)

LONGEST, MOST_LINES = 41, 5
"""How much is shown of a name, and in how many lines at most all is."""

LONGEST_TYPE = len("websocket.http.response.start")
"""How much is shown of a type: the longest one of ASGI is not cut."""

LONGEST_VALUE, LONGEST_LIST = 60, 30
"""How much is shown of what an event carried, and of a list of names."""

Caption = tuple[str, list[list[Span]]]
"""A sign (or none), and lines of words in their colours."""


def caption(row: Placed, columns: Columns) -> Caption:
    """Return what stands beside a row."""
    sign, words = _said(row, columns)
    spans = [span for span in words if span[0]]
    # Shorter lines are more, so that nothing more is cut.
    most = max(MOST_LINES, ceil(MOST_LINES * LONGEST_LINE / columns.letters))
    return sign, wrapped(spans, columns.letters, most)


def line_count(row: Placed, columns: Columns) -> int:
    """Return how many lines a row needs."""
    return len(caption(row, columns)[1]) + columns.below


def _said(row: Placed, columns: Columns) -> tuple[str, list[Span]]:
    event = row.events[0]
    if event.kind == "crash":
        return "lost", _crash(event)
    if event.traits.fails:
        what = f"{filled(event.traits.does, event, LONGEST)}:"
        why = f" {details(event)}"
        return "lost", [(what, LOST, True), (why, MUTED, False)]
    if event.kind == "ghost":
        rest = f" {columns.short(event.member)} is gone, still in"
        rest += f" {shortened(event.group, LONGEST)}"
        return "ghost", [("ghost", MEMBER, True), (rest, MEMBER, False)]
    if event.kind == "loss" and len(row.events) > 1:
        return "lost", _losses(row, columns)
    if event.kind == "deliver" and event.group:
        return _fan_out(row, columns)
    return _single(row, columns)


def _crash(event: Event) -> list[Span]:
    """Say what was raised, where, and what the error says."""
    text = part(event, "text", LONGEST_ERROR)
    # One piece with its colon, which would otherwise begin a line.
    where = f" {where_raised(event)}".rstrip() + ":" * bool(text)
    return [
        (shortened(event.type, LONGEST), LOST, True),
        (where, LOST, False),
        (f" {text}" if text else "", MUTED, False),
    ]


def _single(row: Placed, columns: Columns) -> tuple[str, list[Span]]:
    event = row.events[0]
    name, rest = _what(event, columns)
    values, status = _values(row, columns), _status(event)
    lost = event.is_lost or event.kind == "loss"
    sign = "lost" if lost else "waits" if event.status == "waiting" else ""
    return sign, [
        (name, INK, False),
        (rest, MUTED, False),
        (f" {values}" if values else "", MUTED, False),
        (status, LOST if lost else LAYER, lost),
        (f" {by_whom(event)}".rstrip(), MUTED, False),
    ]


def _what(event: Event, columns: Columns) -> tuple[str, str]:
    name = filled(event.traits.does, event, LONGEST_TYPE)
    if event.kind == "wait":
        return f"{event.type}()", " waited for a thread"
    if event.traits.passive:
        return name, f" → {shortened(columns.short(event.target), 20)}"
    if event.traits.at_socket and columns.is_shared(event):
        way = "→" if event.traits.outward else "←"
        return name, f" {way} {told_apart(event.client, 14)}"
    to = event.group or columns.short(event.member)
    return name, f" {shortened(to, 20)}" if event.traits.to else ""


def _losses(row: Placed, columns: Columns) -> list[Span]:
    """Say how many messages each receiver lost at once."""
    numbers = Counter(columns.short(event.target) for event in row.events)
    parts = [f"{number} of {name}" for name, number in numbers.items()]
    rest = f": {shortened(', '.join(parts), 2 * LONGEST)}"
    return [(became(row.events[0]), LOST, True), (rest, LOST, False)]


def _values(row: Placed, columns: Columns) -> str:
    event = row.events[0]
    if columns.opens_bodies:  # where no rows are folded into one
        # In a line that is long it stands behind the longest type.
        longest = max(LONGEST_VALUE, columns.letters - LONGEST_TYPE)
        return content(event, longest, line=columns.letters)
    first = payload(event, LONGEST_VALUE)
    if not row.last or first == payload(row.last[0], LONGEST_VALUE):
        return shortened(first, LONGEST_VALUE)
    # The same keys as in the first one: the value is enough.
    half = LONGEST_VALUE // 2
    last = shortened(value(row.last[0], half), half)
    return f"{shortened(first, half)} … {last}".strip()


def _status(event: Event) -> str:
    if event.kind == "read":
        return " after waiting"
    words = became(event)
    if event.kind == "group_send" and not event.is_lost:
        # Of those whom it reached, the box of the group tells.
        words = reached(event) if reaches_nobody(event) else ""
    return f" · {words}" if words else ""


def _fan_out(row: Placed, columns: Columns) -> tuple[str, list[Span]]:
    """Say who got a message, and what became of it for the others."""
    fates: dict[tuple[str, bool], list[str]] = {}
    for event in row.events:
        fate = became(event), event.is_lost
        fates.setdefault(fate, []).append(columns.short(event.target))
    read = fates.pop(("", False), [])
    name = shortened(row.events[0].type, LONGEST_TYPE)
    words: list[Span] = [(name, INK, False)]
    if read:
        words.append((f" → {_listed(read)}", MUTED, False))
    # Losses come first.
    for (fate_, lost), names in sorted(fates.items(), key=_waits):
        text = f" · {fate_}: {_listed(names)}"
        words.append((text, LOST if lost else LAYER, lost))
    lost = any(event.is_lost for event in row.events)
    waits = any(event.status == "waiting" for event in row.events)
    return ("lost" if lost else "waits" if waits else ""), words


def _waits(fate: tuple[tuple[str, bool], list[str]]) -> bool:
    return not fate[0][1]


def _listed(names: list[str]) -> str:
    """Return names, as many as fit, and how many more there are."""
    shown: list[str] = []
    for index, name in enumerate(names):
        more = f" +{len(names) - index}"
        if cells(" ".join([*shown, name]) + more) > LONGEST_LIST and shown:
            return " ".join(shown) + more
        shown.append(shortened(name, 20))
    return " ".join(shown)
