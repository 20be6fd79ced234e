"""The words that stand for an event, in every picture and table.

Text that came over a socket is shown such that it cannot do anything: control
characters and those that turn the direction of writing appear as escapes.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any
from unicodedata import category, east_asian_width

from minichannels.flow.journal.events import LOST, Event
from minichannels.flow.model.acts import is_lost

LONGEST_TEXT = 60
LONGEST_ERROR = 160  # it says what would be right at its end
LONGEST_NAME = 24
MOST_MARKS = 2


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
    # Cut first: a megabyte need not be escaped to show sixty characters.
    shown = visible(text[: (MOST_MARKS + 1) * limit + 1])
    if cells(shown) <= limit:
        return shown
    ends = accumulate(map(cells, shown))
    return f"{shown[: sum(end < limit for end in ends)]}…"


def cells(text: str) -> int:
    """Return how many places a visible text takes; some signs take two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if category(c)[0] == "M" else 1 + (east_asian_width(c) in "WF")
        for c in text
    )


def quoted(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return a text as a learner would read it on the wire.

    JSON objects and arrays stand as they are, without spaces; all else
    stands in double quotes.
    """
    if text[:1] in ("{", "["):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            return shortened(_json(value), limit)
    return f'"{shortened(text, limit)}"'


def payload(event: Event, limit: int = LONGEST_TEXT) -> str:
    """Return what an event carried, in at most about ``limit`` characters."""
    if event.kind in ("receive", "send"):
        return " ".join(_of_socket(event.payload, limit))
    if event.kind in ("crash", "wait", "ghost"):
        return ""
    return _of_layer(event.payload, limit)


def value(event: Event, limit: int = LONGEST_TEXT) -> str:
    """Return what an event carried; of JSON with one key its value alone."""
    text = event.payload.get("text")
    if isinstance(text, str) and text.startswith("{"):
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return payload(event, limit)
        if len(values) == 1:
            return _of_layer(values, limit)
    return payload(event, limit)


def _of_socket(values: Mapping[str, Any], limit: int) -> Iterable[str]:
    for key, value in values.items():
        if not value and key in ("body", "reason"):
            continue
        if isinstance(value, bytes):
            yield f"<{len(value)} bytes>"
        elif key in ("text", "reason"):
            yield quoted(str(value), limit)
        else:
            yield shortened(str(value), limit)


def _of_layer(values: Mapping[str, Any], limit: int) -> str:
    if not values:
        return ""
    value = next(iter(values.values())) if len(values) == 1 else dict(values)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, str):
        return f'"{shortened(value, limit)}"'
    return shortened(_json(value), limit)


def _json(value: Any) -> str:
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), default=_other
        )
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"


def _other(value: Any) -> str:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return f"<{type(value).__name__}>"


def result(event: Event) -> str:
    """Return what became of an event; losses stand in capitals."""
    if event.kind == "crash":
        return "RAISED"
    if event.kind == "ghost":
        return "GHOST"
    if is_lost(event):
        return f"LOST {shortened(event.reason or event.status)}"
    if event.kind == "group_send":
        return f"to {count(event.members, 'member')}"
    if event.kind == "receive":
        return f"runs {shortened(event.handler)}" if event.handler else ""
    fates = {"deliver": event.reason or "read", "read": "read, waited"}
    return fates.get(event.kind, "")


def where_raised(event: Event) -> str:
    """Return the learner's function and line that a crash came from."""
    where = part(event, "where", LONGEST_NAME)
    return f"in {where}, line {part(event, 'line')}" if where else ""


def part(event: Event, key: str, limit: int = LONGEST_TEXT) -> str:
    """Return one value of a payload as text; empty if it is not there."""
    return shortened(str(event.payload.get(key, "")), limit)


def count(number: int, noun: str, plural: str = "s") -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{plural}"


def folded(first: str, last: str) -> str:
    """Return the values of the first and the last time, if they differ."""
    return first if first == last else f"{first} … {last}".strip()


def totals(events: Sequence[Event]) -> list[tuple[str, int]]:
    """Return how many were lost, by what became of them; no zeros."""
    found = Counter(e.status for e in events if e.status != "delivered")
    counts = [(status, found[status]) for status in LOST]
    errors = sum(event.kind == "crash" for event in events)
    ghosts = sum(event.kind == "ghost" for event in events)
    counts.append(("error" if errors == 1 else "errors", errors))
    counts.append(("ghost" if ghosts == 1 else "ghosts", ghosts))
    return [(word, number) for word, number in counts if number]


def counted(events: Sequence[Event], whole: Sequence[Event] = ()) -> str:
    """Return how many events there are, and of how many if they are a part."""
    number, total = event_count(events), event_count(whole)
    if total > number:
        return f"{number} of {count(total, 'event')}"
    return count(number, "event")


def event_count(events: Sequence[Event]) -> int:
    """Return how many events there are; notes are none."""
    return sum(event.seq > 0 for event in events)
