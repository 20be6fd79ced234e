"""Two flows side by side: where is their first difference?"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from minichannels.flow.journal.events import Event
from minichannels.flow.journal.serializing import untimed
from minichannels.flow.text.formatting import cells, count, shortened
from minichannels.flow.text.table import what
from minichannels.flow.text.wording import result

SHOWN = 8
"""How many events are shown, from the first difference on."""

WIDTH = 48
"""How wide each of the two columns is."""

_LOUD = "|"  # as the tool "diff" marks lines that differ


class Diff:
    """Two flows side by side, from their first difference on.

    Attributes:
        at: the number of the first event that differs; None if none does.
    """

    def __init__(self, ours: Sequence[Event], theirs: Sequence[Event]) -> None:
        left, right = comparable(ours), comparable(theirs)
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
        lines.append(_row("       this", "       other"))
        rows = list(zip_longest(_told(self._ours), _told(self._theirs)))
        lines += [_row(*row) for row in rows[:SHOWN]]
        if len(rows) > SHOWN:
            lines.append(f"    …  and {len(rows) - SHOWN} more")
        return "\n".join(lines)


def _told(events: Sequence[Event]) -> list[str]:
    """Return each event in one line, and where they end."""
    return [*map(_line, events), "    (end)"]


def _line(event: Event) -> str:
    words = event.source, event.target, what(event)[0], result(event)
    number = event.seq or "note"
    line = f"{number:>5}  {' '.join(filter(None, words))}"
    return shortened(line, WIDTH)


def _row(this: str | None, other: str | None) -> str:
    this, other = this or "", other or ""
    left = this + " " * (WIDTH - cells(this))
    mark = " " if this == other else _LOUD
    return f"{left} {mark} {other}".rstrip()


def comparable(events: Sequence[Event]) -> list[Event]:
    """Return events without what differs from run to run.

    On which thread a handler ran, and for how long, and which ran meanwhile, is
    no difference in what happened.
    """
    return [
        replace(untimed(event), arrival=0, thread="", began=0, ended=0)
        for event in events
    ]
