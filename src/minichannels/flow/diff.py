"""Two flows side by side: where is their first difference?"""

from collections.abc import Sequence
from dataclasses import replace

from minichannels.flow.journal.events import Event
from minichannels.flow.text.table import as_text


class Diff:
    """Two flows side by side, from just before their first difference.

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
        if self.at is None:
            return f"The same {self._same} events in the same order."
        lines = [f"The first {self._same} events are the same. Then:"]
        for name, events in (("this", self._ours), ("other", self._theirs)):
            shown = (
                as_text(events[:1]).splitlines()[-1] if events else "  (end)"
            )
            lines.append(f"{name + ':':7}{shown}")
        return "\n".join(lines)


def comparable(events: Sequence[Event]) -> list[Event]:
    """Return events without what differs from run to run."""
    return [replace(event, arrival=0) for event in events]
