"""What is shown in one row, what stands together, and what is folded.

How it works: one row holds what one line shows. A *band* is a run of rows that
follow from the same root; bands that repeat are shown once, with how often.
The text twin, the table and the drawings are all made from these.

Rule: the first time that a receiver loses something for a reason is always
shown in full.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from minichannels.flow.journal.events import Event

FOLDED_FROM = 3
"""How often a band has to come before it is folded."""

MOST_TIMES = 4
"""Up to how many times all numbers of what was folded are said."""

Row = tuple[Event, ...]
"""One line: an event, all deliveries of a send, or all losses at one time."""

Signature = tuple[object, ...]

_look = attrgetter(
    "kind", "source", "target", "type", "group", "reason", "handler"
)
"""Gives what two events have in common that are shown alike."""


@dataclass(frozen=True, slots=True)
class Band:
    """Rows that follow from one root, as often as they were repeated.

    Attributes:
        each: the rows, for each time that they came.
    """

    each: Sequence[tuple[Row, ...]]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows; of repeated ones, those of the first time."""
        return self.each[0]

    @property
    def last(self) -> tuple[Row, ...]:
        """The rows of the last time; the same ones if not repeated."""
        return self.each[-1]

    @property
    def times(self) -> int:
        """How often they came."""
        return len(self.each)

    @property
    def numbers(self) -> str:
        """The numbers of its events, for each time that they came."""
        return numbers([chain(*rows) for rows in self.each])


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
        folded.append(Band(plain[start : start + times]))
        start += times
    return folded


def numbers(times: Sequence[Iterable[Event]]) -> str:
    """Return the numbers of some events, for each time that they came.

    Of many times the first two and the last are said: so is the step.
    """
    shown = [_ranges([e.seq for e in events]) for events in _few(times)]
    comma = "; " if any("," in one for one in shown) else ", "
    if len(times) > MOST_TIMES:
        return f"{comma.join(shown[:-1])} … {shown[-1]}"
    return comma.join(shown)


def _few(times: Sequence[Iterable[Event]]) -> Sequence[Iterable[Event]]:
    return times if len(times) <= MOST_TIMES else [*times[:2], times[-1]]


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers as ranges: 12–14, 17."""
    known = set(numbers)
    firsts = [n for n in numbers if n and n - 1 not in known]
    lasts = [n for n in numbers if n and n + 1 not in known]
    pairs = zip(firsts, lasts, strict=True)
    return ", ".join(f"{a}–{b}" if b > a else str(a) for a, b in pairs)


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
    """Return events by what they follow from, as far as they are neighbours.

    A note stands with what it follows.
    """
    found: list[list[Event]] = []
    root_of: dict[int, int] = {}
    latest: int | str | None = None
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
        if band != latest:
            found.append([])
        latest = band
        found[-1].append(event)
    return found


def _rows(events: Iterable[Event]) -> tuple[Row, ...]:
    """Return the rows of a band."""
    rows: list[list[Event]] = []
    for event in events:
        before = rows[-1][-1] if rows else None
        if before is not None and _in_one_row(before, event):
            rows[-1].append(event)
        else:
            rows.append([event])
    return tuple(tuple(row) for row in rows)


def _in_one_row(before: Event, event: Event) -> bool:
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
    return tuple(map(_look, chain.from_iterable(rows)))


def _losses(rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Return who lost something in a band, and for which reason."""
    return {(e.target, e.reason) for row in rows for e in row if e.is_lost}
