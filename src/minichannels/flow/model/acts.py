"""What is shown in one row, what stands together, and what is folded.

How it works: one row holds what one line shows. A *band* is a run of rows that
follow from the same root; bands that repeat are shown once, with how often.
The text twin, the table and the drawings are all made from these.

Rule: the first time that a receiver loses something for a reason is always
shown in full.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from minichannels.flow.journal.events import Event

FOLDED_FROM = 3
"""How often a band has to come before it is folded."""

Row = tuple[Event, ...]
"""One line: an event, all deliveries of a send, or all losses at one time."""

Signature = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Rows that follow from one root, and how often they were repeated.

    Attributes:
        rows: the rows; of repeated ones, those of the first time.
        last: the rows of the last time; the same ones if not repeated.
        times: how often they came.
    """

    rows: tuple[Row, ...]
    last: tuple[Row, ...]
    times: int = 1


def bands(events: Sequence[Event]) -> list[Band]:
    """Return events as bands of rows; those that repeat are folded."""
    plain = [_rows(band) for band in _by_root(events)]
    folded: list[Band] = []
    seen: set[tuple[str, str]] = set()
    start = 0
    while start < len(plain):
        rows = plain[start]
        times = _times(plain, start)
        losses = _losses(rows)
        if times < FOLDED_FROM or losses - seen:
            times = 1
        seen |= losses
        last = plain[start + times - 1]
        folded.append(Band(rows, last, times))
        start += times
    return folded


def acts(events: Sequence[Event]) -> list[list[Event]]:
    """Return events as acts: a send stands together with its deliveries."""
    found: list[list[Event]] = []
    for event in events:
        first = found[-1][0] if found else None
        if (
            first is not None
            and first.traits.posts
            and event.kind == "deliver"
            and event.cause == first.seq
        ):
            found[-1].append(event)
        else:
            found.append([event])
    return found


def _by_root(events: Sequence[Event]) -> list[list[Event]]:
    found: list[list[Event]] = []
    root_of: dict[int, int] = {}
    current: int | str | None = None
    for event in events:
        if found and not event.traits.numbered:
            found[-1].append(event)
            continue
        # A cause that is not among the events is a root all the same.
        cause = event.cause
        root = event.seq if cause is None else root_of.get(cause, cause)
        root_of[event.seq] = root
        # What is lost later is caused by time: one reason, one band.
        band = event.reason if event.kind == "loss" else root
        if band != current:
            found.append([])
        current = band
        found[-1].append(event)
    return found


def _rows(events: Iterable[Event]) -> tuple[Row, ...]:
    rows: list[list[Event]] = []
    for event in events:
        before = rows[-1][-1] if rows else None
        if before is not None and _same_act(before, event):
            rows[-1].append(event)
        else:
            rows.append([event])
    return tuple(tuple(row) for row in rows)


def _same_act(before: Event, event: Event) -> bool:
    if event.kind == before.kind == "deliver":
        return event.cause == before.cause and event.group != ""
    if event.kind == before.kind == "loss":
        return event.reason == before.reason
    return False


def _times(plain: Sequence[tuple[Row, ...]], start: int) -> int:
    """Return how many equal bands stand in a row."""
    signature = _signature(plain[start])
    end = start + 1
    while end < len(plain) and _signature(plain[end]) == signature:
        end += 1
    return end - start


def _signature(rows: Iterable[Row]) -> Signature:
    return tuple(
        (e.kind, e.source, e.target, e.type, e.group, e.reason, e.handler)
        for row in rows
        for e in row
    )


def _losses(rows: Iterable[Row]) -> set[tuple[str, str]]:
    return {(e.target, e.reason) for row in rows for e in row if e.is_lost}
