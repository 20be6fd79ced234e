"""The boards beside the lanes: the panels, and what of them is kept.

How it works: a panel is told of every step, so that it knows what holds; it is
drawn only where somebody may look. A board changes as a whole with each step,
and to draw a thousand of them takes longer than all the rest.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from minichannels.flow.drawings import DRAWINGS
from minichannels.flow.journal.events import Event
from minichannels.flow.live.panels import PANELS, Change
from minichannels.flow.live.pieces import Gathered, Piece
from minichannels.flow.model.fold import MOST_KEPT, Fold


class Boards:
    """The panels of a replay.

    Args:
        drawn: whether somebody may look at what is there before all steps.
    """

    def __init__(self, drawn: bool = True) -> None:
        fold = Fold(MOST_KEPT)
        self._panels = {name: make(fold) for name, make in PANELS.items()}
        self._parts = {name: Gathered() for name in PANELS}
        self._expected: set[str] = set()
        self.play(0, (), drawn)

    def expect(self, events: Iterable[Event]) -> None:
        """Have a tab for what will be seen of events that come later."""
        for event in events:
            if event.traits.at_layer:
                self._expected.add("groups")
            if event.traits.at_mailbox and event.seq:
                self._expected.add("mailboxes")

    def play(
        self, step: int, events: Sequence[Event], drawn: bool = True
    ) -> None:
        """Take in one more step; draw it, or do not."""
        for panel in self._panels.values():
            panel.play(step, events, drawn)

    def amend(self, changes: Sequence[Change]) -> None:
        """Take in what became known of events later."""
        for panel in self._panels.values():
            panel.amend(changes)

    def gather(self, first: int) -> dict[str, list[Piece]]:
        """Keep what was drawn, from a first step on, and return it."""
        news = {n: panel.parts.news() for n, panel in self._panels.items()}
        for name, parts in news.items():
            self._parts[name].add(parts, first)
        return news

    def state(self) -> dict[str, Any]:
        """Return everything."""
        return {
            name: {
                "width": panel.parts.width,
                "parts": list(self._parts[name]),
            }
            for name, panel in self._panels.items()
        }

    def tabs(self) -> dict[str, str]:
        """Return the drawings that have something to show."""
        empty = [name for name, p in self._panels.items() if p.is_empty]
        empty = [name for name in empty if name not in self._expected]
        shown = [d for d in DRAWINGS.values() if d.panel not in ["", *empty]]
        return {d.panel: d.heading for d in shown} | {"list": "List"}
