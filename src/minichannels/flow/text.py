"""A flow as plain text, the same bytes wherever it is made.

One line for each event: its number, from whom, to whom, and what. A blank
line stands between connections. Text that came over a socket is shown such
that it cannot do anything: control characters and those that turn the
direction of writing are written as escapes.
"""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minichannels.flow.journal import Event

LONGEST_TEXT = 60
LONGEST_ERROR = 160  # it says what would be right at its end
LONGEST_NAME = 24
LINE_LENGTH = 100
NARROWEST = 40  # in a line whose names leave less, the text stands out


def visible(text: str) -> str:
    """Return a text with everything that does not print escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def shortened(text: str, limit: int = LONGEST_TEXT) -> str:
    """Return a text, visible, of at most ``limit`` characters."""
    # Cut first: a megabyte need not be escaped to show sixty characters.
    shown = visible(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def quoted(text: str) -> str:
    """Return a text as a learner would read it on the wire.

    JSON objects and arrays stand as they are, without spaces; all else
    stands in double quotes.
    """
    if text[:1] in ("{", "["):
        try:
            text = json.dumps(
                json.loads(text), ensure_ascii=False, separators=(",", ":")
            )
        except (ValueError, RecursionError):
            pass
        else:
            return shortened(text)
    shown = shortened(text)
    return f'"{shown}"'


def described(event: Event) -> str:
    """Return what happened, in one line; a crash has a second one."""
    if event.kind == "crash":
        return _crash(event)
    if event.kind == "wait":
        return f"{event.type}() waited over a second for a thread"
    words = [visible(event.type), *_payload(event.payload)]
    if event.reason:
        words.append(event.reason.upper())
    return " ".join(words)


def _payload(payload: Mapping[str, Any]) -> Iterable[str]:
    for key, value in payload.items():
        if not value and key in ("body", "reason"):
            continue
        if isinstance(value, bytes):
            yield f"<{len(value)} bytes>"
        elif key in ("text", "reason"):
            yield quoted(str(value))
        else:
            yield shortened(str(value))


def _crash(event: Event) -> str:
    payload = event.payload
    text = shortened(payload["text"], LONGEST_ERROR)
    lines = [f"RAISED {event.type}: {text}" if text else f"RAISED {event.type}"]
    if "where" in payload:
        code = shortened(payload["code"])
        where = f"in {payload['where']}, line {payload['line']}"
        lines.append(f"{where}: {code}" if code else where)
    if payload.get("client"):
        what = f"{payload.get('method', '')} {payload['path']}".strip()
        client = _name(payload["client"])
        lines.append(f"when {client} asked for {shortened(what)}")
    return "\n".join(lines)


def as_text(events: Sequence[Event], left_out: int = 0) -> str:
    """Return a line-up of events as a table of text."""
    lines = [_title(events, left_out)]
    if not events:
        return lines[0]
    width = max(
        len(_name(name)) for e in events for name in (e.source, e.target)
    )
    width = max(width, len("from"))
    lines += ["", f" no.  {'from':{width}}  {'to':{width}}  what"]
    before = None
    for event in events:
        if event.connection != before:
            lines.append("")
        before = event.connection
        lines += _lines(event, width)
    return "\n".join(line.rstrip() for line in lines)


def _title(events: Sequence[Event], left_out: int) -> str:
    crashes = sum(event.kind == "crash" for event in events)
    parts = [_count(len(events), "event")]
    if crashes:
        parts.append(_count(crashes, "error"))
    if left_out:
        parts.append(f"{_count(left_out, 'older event')} left out")
    return f"Flow: {', '.join(parts)}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _name(name: str) -> str:
    return shortened(name, LONGEST_NAME)


def _lines(event: Event, width: int) -> Iterable[str]:
    source, target = _name(event.source), _name(event.target)
    start = f"{event.seq:4}  {source:{width}}  {target:{width}}  "
    room = max(LINE_LENGTH - len(start), NARROWEST)
    for sentence in described(event).split("\n"):
        for line in textwrap.wrap(sentence, room) or [""]:
            yield start + line
            start = " " * len(start)
