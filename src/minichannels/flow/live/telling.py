"""How events are told to a live view: who, what, how much and why.

How it works: all of it is text, cut to what a page has room for. What an HTTP
exchange is made of (method, path, status) stands apart, so that a page can
make one row of it, and search in it.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from minichannels.flow.journal.events import Event
from minichannels.flow.journal.payloads import byte_count
from minichannels.flow.live.columns import LiveColumns
from minichannels.flow.text.carried.payload import (
    content,
    contents,
    part,
    size_of,
    status_of,
)
from minichannels.flow.text.formatting import visible
from minichannels.flow.text.wording import (
    details,
    ends_badly,
    fate,
    in_a_row,
    in_details,
    sentence,
    where_raised,
)

LONGEST, LONGEST_ROW = 100, 160
"""How much of a name is told, and of what a row of the list shows."""

FAILED = 500
"""From which status on an HTTP response says that its server has failed."""

MOST_TOLD = 500
"""Of how many events of a step a list has a row."""


class Telling:
    """What was told of events, by the numbers that a view knows them by."""

    def __init__(self) -> None:
        self.empty()

    def __contains__(self, seq: int) -> bool:
        return seq in self._told

    def empty(self) -> None:
        """Begin with nothing."""
        self._told: dict[int, dict[str, Any]] = {}
        self._new: dict[int, dict[str, Any]] = {}

    def say(
        self,
        step: int,
        of_step: Sequence[Event],
        events: Iterable[Event],
        shown: Iterable[int],
        whose: Callable[[Event], tuple[bool, str]],
    ) -> None:
        """Tell of some events of a step: of many, the newest and the shown.

        Args:
            step: the number of the step.
            of_step: all its events.
            events: those to be told.
            shown: the numbers of those that its row shows.
            whose: says of an event whether it belongs to a request, and the
                path of its WebSocket.
        """
        oldest, kept = of_step[-MOST_TOLD:][0].seq, {0, *shown}
        carried: dict[tuple[int, str, str], Carried] = {}
        for event in events:
            # What was told once has a row in the list: it must not be stale.
            known = event.seq in kept or event.seq in self
            if event.seq < oldest and not known:
                continue
            key = event.seq or -step  # a note has no number
            # All members of a group are sent one message.
            what = id(event.payload), event.kind, event.type
            if (it := carried.get(what)) is None:
                it = carried[what] = Carried(event)
            words = told(event, it)
            words["no"], words["row"] = key, step
            words["http"], path = whose(event)
            words["socket"] = name_told(path, LONGEST_ROW)
            self._told[key] = self._new[key] = words

    def forget(self, step: int, events: Iterable[Event]) -> None:
        """Forget a step."""
        self._told.pop(-step, None)
        for event in events:
            self._told.pop(event.seq, None)

    def others(
        self, events: Sequence[Event], step_of: Callable[[int], int]
    ) -> list[dict[str, Any]]:
        """Return what is to be told of those of which nothing was told.

        Args:
            events: all that are kept.
            step_of: gives the number of an event's step; 0 if it has none.
        """
        seats, words = LiveColumns(), Telling()
        seats.add(*events)
        for event in events:
            if event.seq and event.seq not in self:
                one = [event]
                words.say(step_of(event.seq), one, one, (), seats.whose)
        return words.all()

    def all(self) -> list[dict[str, Any]]:
        """Return all that is told, as it happened.

        Of what was folded some may have been told late.
        """
        told = self._told.values()
        return sorted(told, key=lambda words: (words["row"], words["no"]))

    def news(self) -> list[dict[str, Any]]:
        """Return what is new since last asked."""
        news, self._new = list(self._new.values()), {}
        return news


class Carried:
    """What a view is told of what an event carried.

    Args:
        event: the event; it is the same of each that has its payload, its kind
            and its type.

    Attributes:
        payload: what it carried, which so stays what its ``id`` says.
        row: what a row of the list says of it.
        details: what the details of the event say of it.
        words: the rest of it, by the names that a view knows it by.
    """

    __slots__ = ("details", "payload", "row", "words")

    def __init__(self, event: Event) -> None:
        values = self.payload = event.payload
        self.row = content(event, LONGEST_ROW)
        self.details = in_details(event)
        self.words: dict[str, Any] = {
            "type": name_told(event.type),
            "method": name_told(str(values.get("method", ""))),
            "path": name_told(str(values.get("path", "")), LONGEST_ROW),
            "status": status_of(values),
            "size": size(event),
            "payload": contents(event),
        }


def told(event: Event, carried: Carried | None = None) -> dict[str, Any]:
    """Return what a view has to know of an event, as JSON.

    Args:
        event: the event.
        carried: what is told of what it carried, if that is known.
    """
    carried = carried or Carried(event)
    lines = {"lines": _lines(event)} if event.calls else {}
    return {
        **lines,
        **carried.words,
        "kind": event.kind,
        "from": name_told(event.sender or event.source),
        "to": name_told(event.target),
        "client": name_told(event.client),
        "user": name_told(event.user) if event.user != event.client else "",
        "group": name_told(event.group),
        "connection": event.connection,
        "at": None if event.at is None else round(event.at, 4),
        "took": _took(event),
        "cause": event.cause,
        "handler": event.handler if event.status != "unhandled" else "",
        "lost": is_lost(event),
        "fate": fate(event),
        "says": sentence(event),
        "more": details(event, carried.details),
        "short": _short(event, carried.row),
    }


def brief(event: Event) -> dict[str, Any]:
    """Return what a view says of a loss that has no row any more, as JSON."""
    all_of_it = told(event)
    names = ["at", "fate", "says", "more"]
    return {"no": event.seq} | {name: all_of_it[name] for name in names}


def is_lost(event: Event) -> bool:
    """Return whether an event is shown as lost."""
    return ends_badly(event) or status_of(event.payload) >= FAILED


def name_told(name: str, longest: int = LONGEST) -> str:
    """Return a name as a page shows it.

    What turns the direction of writing would make one name look as another.
    """
    if len(name) <= longest and name.isascii() and name.isprintable():
        return name  # as most are
    return visible(name[:longest])[:longest]


def _short(event: Event, carried: str) -> str:
    """Return what stands in a row; where an error was has a column itself."""
    row = in_a_row(event, LONGEST_ROW, carried)
    is_placed = event.traits.is_error and event.calls
    said = ""
    if is_placed:  # some errors have no words
        said = part(event, "text", LONGEST_ROW) or where_raised(event)
    if event.ends and event.type == "http.response.body":
        said = row or "the end of the response"
    if event.status == "waiting":  # else it would look as one that was read
        said = " · ".join(filter(None, (event.reason, row)))
    return said or row


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


def _took(event: Event) -> float | None:
    """Return for how many milliseconds it was handled, or waited before."""
    seconds = event.waited if event.ran is None else event.ran
    return None if seconds is None else round(seconds * 1e3, 2)


def size(event: Event) -> int | None:
    """Return how many bytes an event carried; None if that means nothing."""
    if not event.traits.at_socket:
        return None
    values = event.payload
    found = values.get("body")
    if not isinstance(found, bytes):
        found = values.get("bytes", values.get("text"))
    kept = byte_count(found)
    return None if kept is None else size_of(values, kept)
