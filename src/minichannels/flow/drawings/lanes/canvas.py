"""What the parts of the lanes drawing share: a pen, and everything's place."""

from dataclasses import dataclass

from minichannels.flow.drawings.lanes.columns import Columns, Pair
from minichannels.flow.drawings.lanes.layout import Layout
from minichannels.flow.drawings.pen import Pen
from minichannels.flow.model.spans import Belonging, Scope, Wait


@dataclass(frozen=True, slots=True)
class Canvas:
    """One lanes drawing.

    Attributes:
        pen: draws on it.
        columns: where everybody stands, from left to right.
        layout: where everything stands, from top to bottom.
    """

    pen: Pen
    columns: Columns
    layout: Layout

    def stands(self, pair: Pair, y: float) -> bool:
        """Return whether something of a consumer is drawn at a height."""
        low, of = self.layout.low, self.columns.of
        return pair.start in self.layout.standing or any(
            span.start - 8 <= y <= low(_over(span)) + 8
            for span in self.layout.spans
            if isinstance(span, Scope | Belonging | Wait)
            and of[span.connection] is pair
        )

    def begins(self, pair: Pair) -> float:
        """Return where the first scope in a column begins."""
        starts = [
            scope.start
            for scope in self.layout.of(Scope)
            if self.columns.of[scope.connection] is pair
        ]
        return min(starts, default=self.layout.bottom)

    def edge(self, connection: int) -> float:
        """Return where an arrow to the layer leaves a lane.

        It is the edge of its scope; of what has none, such as a notebook's
        cell, its line.
        """
        pair = self.columns.of[connection]
        return pair.right if connection in self.layout.begun else pair.middle


def _over(span: Scope | Belonging | Wait) -> float | None:
    return span.over if isinstance(span, Belonging) else span.end
