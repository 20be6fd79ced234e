"""How one event is told to a live view: who, what, how much and why.

How it works: all of it is text, cut to what a page has room for. What an HTTP
exchange is made of (method, path, status) stands apart, so that a page can
make one row of it, and search in it.
"""

import functools
from pathlib import Path
from typing import Any

from minichannels.flow.journal.events import Event
from minichannels.flow.text.wording import (
    contents,
    details,
    fate,
    payload,
    sentence,
)

LONGEST, LONGEST_ROW = 100, 160
"""How much of a name is told, and of what a row of the list shows."""


def told(event: Event) -> dict[str, Any]:
    """Return what a view has to know of an event, as JSON."""
    values = event.payload
    lines = {"lines": _lines(event)} if event.calls else {}
    return lines | {
        "kind": event.kind,
        "from": event.source[:LONGEST],
        "to": event.target[:LONGEST],
        "type": event.type[:LONGEST],
        "client": event.client[:LONGEST],
        "group": event.group[:LONGEST],
        "connection": event.connection,
        "method": str(values.get("method", ""))[:LONGEST],
        "path": str(values.get("path", ""))[:LONGEST_ROW],
        "status": _status(values.get("status")),
        "size": size(event),
        "at": None if event.at is None else round(event.at, 4),
        "took": _took(event),
        "cause": event.cause,
        "handler": event.handler,
        "lost": event.is_lost,
        "fate": fate(event),
        "says": sentence(event),
        "more": details(event),
        "short": payload(event, LONGEST_ROW),
        "payload": contents(event),
    }


def _lines(event: Event) -> list[dict[str, Any]]:
    """Return the lines of code that did it: what is shown, and the whole."""
    return [
        {"at": f"{short_path(file)}:{line}", "in": name[:LONGEST]}
        | {"path": file, "line": line}
        for file, line, name in event.calls
    ]


@functools.lru_cache(maxsize=1_000)  # a program has a few files
def short_path(file: str) -> str:
    """Return what is shown of a path: the part from the working directory."""
    path, here = Path(file), Path.cwd()
    inside = path.is_relative_to(here)
    shown = path.relative_to(here) if inside else Path(*path.parts[-2:])
    return shown.as_posix()


def _status(value: Any) -> int:
    """Return the status of an HTTP response; 0 if it is none."""
    return int(value) if isinstance(value, int) else 0


def _took(event: Event) -> float | None:
    """Return for how many milliseconds it was handled, or waited before."""
    seconds = event.waited if event.ran is None else event.ran
    return None if seconds is None else round(seconds * 1e3, 2)


def size(event: Event) -> int | None:
    """Return how many bytes an event carried; None if that means nothing."""
    values = event.payload
    if not event.traits.at_socket:
        return None
    body = values.get("body")
    if isinstance(body, bytes):  # of a large one not all is kept
        known = values.get("bytes")
        return known if isinstance(known, int) else len(body)
    frame = values.get("bytes", values.get("text"))
    if isinstance(frame, str):
        return len(frame.encode("utf-8", "surrogatepass"))
    return len(frame) if isinstance(frame, bytes) else None
