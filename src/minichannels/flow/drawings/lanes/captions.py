"""The words of a row in the lanes drawing, at most 41 characters.

Source: the visual language, "Words in a row".
"""

from collections import Counter

from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.drawings.lanes.layout import Placed
from minichannels.flow.drawings.palette import INK, LAYER, LOST, MUTED
from minichannels.flow.drawings.pen import Span
from minichannels.flow.journal.events import Event
from minichannels.flow.text.formatting import cells, shortened
from minichannels.flow.text.wording import (
    filled,
    part,
    payload,
    value,
    where_raised,
)

LONGEST = 41
LONGEST_VALUE = 26
LEAST_TEXT = 8
"""Of fewer characters of what an error says nothing could be learnt."""


def caption(row: Placed, columns: Columns) -> tuple[str, list[Span]]:
    """Return a row's sign (or none) and its words in their colours."""
    event = row.events[0]
    if event.kind == "crash":
        return "lost", _crash(event)
    if event.kind == "ghost":
        who = columns.short(event.member)
        rest = f" {who} is gone, still in {event.group}"
        return "ghost", _fitted([("ghost", LAYER, True), (rest, LAYER, False)])
    if event.kind == "loss" and len(row.events) > 1:
        return "lost", _losses(row, columns)
    if event.kind == "deliver" and event.group:
        return _fan_out(row, columns)
    return _single(row, columns)


def _crash(event: Event) -> list[Span]:
    """Say what was raised and where; what it says only if there is room."""
    name, where = shortened(event.type, 20), f" {where_raised(event)}".rstrip()
    words: list[Span] = [(name, LOST, True), (where, LOST, False)]
    text = part(event, "text", LONGEST)
    if text and LONGEST - cells(name + where) >= LEAST_TEXT:
        words.append((f": {text}", MUTED, False))
    return _fitted([span for span in words if span[0]])


def _single(row: Placed, columns: Columns) -> tuple[str, list[Span]]:
    event = row.events[0]
    name, rest = _what(event, columns)
    values = _values(row)
    status = _status(event)
    # What became of it is said in full, however long the names are.
    room = LONGEST - cells(status)
    name = shortened(name, room - 8 if rest else room)
    rest = shortened(rest, room - cells(name)) if rest else ""
    room -= cells(name) + cells(rest) + 1
    if values and room > 3:
        rest += f" {shortened(values, room)}"
    lost = event.is_lost or event.kind == "loss"
    sign = "lost" if lost else "waits" if event.status == "waiting" else ""
    words: list[Span] = [(name, INK, False), (rest, MUTED, False)]
    words.append((status, LOST if lost else LAYER, lost))
    return sign, _fitted([span for span in words if span[0]])


def _what(event: Event, columns: Columns) -> tuple[str, str]:
    name = filled(event.traits.does, event, 26)
    if event.kind == "wait":
        return f"{event.type}()", " waited for a thread"
    if event.traits.passive:
        return name, f" → {shortened(columns.short(event.target), 16)}"
    to = event.group or columns.short(event.member)
    return name, f" {shortened(to, 20)}" if event.traits.to else ""


def _losses(row: Placed, columns: Columns) -> list[Span]:
    """Say how many messages each receiver lost at once."""
    event = row.events[0]
    numbers = Counter(columns.short(event.target) for event in row.events)
    parts = [f"{number} of {name}" for name, number in numbers.items()]
    words = event.reason or event.status
    rest = f": {', '.join(parts)}"
    return _fitted([(words, LOST, True), (rest, LOST, False)])


def _values(row: Placed) -> str:
    event = row.events[0]
    first = payload(event, LONGEST_VALUE)
    if not row.last or first == payload(row.last[0], LONGEST_VALUE):
        return first
    # The same keys as in the first one: the value is enough.
    return f"{first} … {value(row.last[0], LONGEST_VALUE)}".strip()


def _status(event: Event) -> str:
    if event.kind == "read":
        return " after waiting"
    if event.kind == "group_send" and not event.reason:
        return ""
    return f" · {shortened(event.reason, 24)}" if event.reason else ""


def _fan_out(row: Placed, columns: Columns) -> tuple[str, list[Span]]:
    """Say who got a message, and what became of it for the others."""
    fates: dict[tuple[str, bool], list[str]] = {}
    for event in row.events:
        fate = event.reason, event.is_lost
        fates.setdefault(fate, []).append(columns.short(event.target))
    read = fates.pop(("", False), [])
    name = shortened(row.events[0].type, 14 if fates else 20)
    room = LONGEST - cells(name)
    words: list[Span] = [(name, INK, False)]
    if read:
        fit = room if not fates else 11
        words.append((f" → {_listed(read, fit - 3)}", MUTED, False))
    losses_first = sorted(fates.items(), key=lambda fate: not fate[0][1])
    for (reason, lost), names in losses_first:
        used = sum(len(text) for text, _, _ in words)
        text = f" · {reason}: "
        text += _listed(names, LONGEST - used - len(text))
        words.append((text, LOST if lost else LAYER, lost))
    lost = any(event.is_lost for event in row.events)
    waits = any(event.status == "waiting" for event in row.events)
    return ("lost" if lost else "waits" if waits else ""), _fitted(words)


def _listed(names: list[str], room: int) -> str:
    """Return names, as many as fit, and how many more there are."""
    shown: list[str] = []
    for index, name in enumerate(names):
        more = f" +{len(names) - index}"
        if len(" ".join([*shown, name])) + len(more) > room and shown:
            return shortened(" ".join(shown), 30) + more
        shown.append(shortened(name, 14))
    return " ".join(shown)


def _fitted(words: list[Span]) -> list[Span]:
    """Return spans, cut where they leave the column."""
    fitted: list[Span] = []
    room = LONGEST
    for text, colour, bold in words:
        if room < 2:
            break
        fitted.append((shortened(text, room), colour, bold))
        room -= len(text)
    return fitted
