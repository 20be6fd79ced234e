"""What the parts of the lanes drawing share: a pen, and everything's place."""

from dataclasses import dataclass

from minichannels.flow.drawings.lanes.columns import Columns
from minichannels.flow.drawings.lanes.layout import Layout
from minichannels.flow.drawings.pen import Pen


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

    def edge(self, connection: int) -> float:
        """Return where an arrow to the layer leaves a lane.

        It is the edge of its scope; of what has none, such as a notebook's
        cell, its line.
        """
        pair = self.columns.of[connection]
        return pair.right if connection in self.layout.begun else pair.middle
