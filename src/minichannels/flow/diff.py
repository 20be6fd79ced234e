"""Two flows side by side: where is their first difference?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from minichannels.flow.journal.events import Event
from minichannels.flow.journal.serializing import json_of, untimed
from minichannels.flow.text.formatting import cells, count, in_lines, visible
from minichannels.flow.text.table import what
from minichannels.flow.text.wording import result

SHOWN = 8
"""How many events are shown, from the first difference on."""

WIDTH = 48
"""How wide each of the two columns is."""

_INDENT = " " * 7  # where the words begin, behind an event's number
_NOTHING: list[str] = []
_LOUD = "|"  # as the tool "diff" marks lines that differ


class Diff:
    """Two flows side by side, from their first difference on.

    Args:
        ours: the events of one.
        theirs: those of the other.
        alike: gives what of an event counts; all of it by default.

    Attributes:
        at: the number of the first event that differs; None if none does.
    """

    def __init__(
        self,
        ours: Sequence[Event],
        theirs: Sequence[Event],
        alike: Callable[[Event], Event] | None = None,
    ) -> None:
        left, right = comparable(ours), comparable(theirs)
        if alike is not None:
            left, right = [*map(alike, left)], [*map(alike, right)]
        same = 0
        for one, other in zip(left, right, strict=False):
            if one != other:
                break
            same += 1
        differs = same < max(len(left), len(right))
        self.at = same + 1 if differs else None
        self._ours, self._theirs = ours[same:], theirs[same:]
        self._same = same

    def __bool__(self) -> bool:
        return self.at is not None

    def __repr__(self) -> str:
        same = count(self._same, "event")
        if self.at is None:
            return f"The same {same} in the same order."
        are = "is" if self._same == 1 else "are"
        lines = [f"The first {same} {are} the same. Then:", ""]
        lines += _rows(["       this"], ["       other"])
        told = _told(self._ours), _told(self._theirs)
        rows = list(zip_longest(*told, fillvalue=_NOTHING))
        lines += chain.from_iterable(_rows(*row) for row in rows[:SHOWN])
        if len(rows) > SHOWN:
            lines.append(f"    …  and {len(rows) - SHOWN} more")
        return "\n".join(lines)


def _told(events: Sequence[Event]) -> list[list[str]]:
    """Return each event in its lines, and where they end."""
    return [*map(_lines, events), ["    (end)"]]


def _lines(event: Event) -> list[str]:
    names = visible(event.source), visible(event.target)
    words = *names, what(event)[0], result(event)
    said = " ".join(filter(None, words))
    lines = in_lines(said, WIDTH - len(_INDENT)) or [""]
    number = f"{event.seq or 'note':>5}  "
    return [f"{number}{lines[0]}", *(f"{_INDENT}{line}" for line in lines[1:])]


def _rows(this: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    mark = " " if this == other else _LOUD
    for ours, theirs in zip_longest(this, other, fillvalue=""):
        left = ours + " " * (WIDTH - cells(ours))
        yield f"{left} {mark} {theirs}".rstrip()


def comparable(events: Sequence[Event]) -> list[Event]:
    """Return events without what differs from run to run.

    On which thread a handler ran, and for how long, and which ran meanwhile, is
    no difference in what happened.
    """
    return [
        replace(
            untimed(event),
            # As it is written: there NaN is the same as NaN.
            payload=json_of(event.payload),
            arrival=0,
            thread="",
            began=0,
            ended=0,
        )
        for event in events
    ]
