"""Columns in which those who come later find their room.

How it works: room for three clients is kept from the beginning, and the
layer's column stands behind it. So the first three may come whenever they
like, and nothing that was drawn has to move.
"""

from minichannels.flow.drawings.lanes.columns import (
    MOST_PAIRS,
    Columns,
    Pair,
)
from minichannels.flow.journal.events import Event

SPARE, WIDE = 3, 150.0
"""For how many pairs there is room, and how much."""


class GrowingColumns(Columns):
    """The columns of a drawing that is not finished."""

    def __init__(self) -> None:
        self._ended: set[int] = set()
        self._last_of: dict[str, int] = {}
        self._classes: set[str] = set()
        self._sharing = 0
        super().__init__(())
        self.layers = {"layer": 0.0}
        self._digits = 4
        self._set()

    def _set(self) -> bool:
        """Put everything in its place; return whether that has changed."""
        before = self.text
        end = self._place()
        self.layers = {n: end + 76 * i for i, n in enumerate(self.layers)}
        room = 13 * (self._digits - 3)  # for a range of long numbers
        self.text = end + 76 * len(self.layers) + room
        self.width = self.text + 338
        return self.text != before

    def _place(self) -> float:
        spare = max(SPARE - len(self.pairs), 0)
        return super()._place() + spare * WIDE

    def add(self, event: Event) -> bool:
        """Find room for an event; return whether others had to move."""
        number, moved = event.connection, False
        if number not in self.of:
            moved = self._open(event)
            self._last_of[event.client] = number
        if event.traits.at_layer:
            moved |= self._add_layer(event)
        if len(str(event.seq)) > self._digits:
            self._digits = len(str(event.seq))
            moved |= self._set()
        if event.ends:
            self._ended.add(number)
        self._classes.add(event.application.rpartition("#")[0])
        self._one_class = len(self._classes - {""}) == 1
        return moved

    def _open(self, event: Event) -> bool:
        former = self._last_of.get(event.client, 0)
        if event.client and former in self._ended:
            pair = self.of[former]
        elif self._sharing:
            pair = self.pairs[-1]
        else:
            pair = Pair(event.client)
            self.pairs.append(pair)
        self.of[event.connection] = pair
        if self._sharing and pair is self.pairs[-1]:
            self._sharing += 1
            pair.applications = [f"{self._sharing} more"]
            return False
        pair.applications.append(event.application)
        if len(self.pairs) > MOST_PAIRS:
            self._share_last()
        return self._set()

    def _add_layer(self, event: Event) -> bool:
        name = "layer"
        if event.target.partition(" ")[0] == name:
            name = event.target
        # A delivery's layer is that of its send.
        name = self._layer_of.get(event.cause or 0, name)
        self._layer_of[event.seq] = name
        if name in self.layers:
            return False
        self.layers[name] = 0.0
        return self._set()

    def _share_last(self) -> None:
        """Let the last two pairs share one, and all who come later."""
        rest = self.pairs[MOST_PAIRS - 1 :]
        self._sharing = len(rest)
        shared = Pair("", [f"{self._sharing} more"])
        for number, pair in self.of.items():
            if pair in rest:
                self.of[number] = shared
        self.pairs = [*self.pairs[: MOST_PAIRS - 1], shared]
