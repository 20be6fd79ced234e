"""The mailboxes and the topology as they change: each part is drawn once.

How it works: after each step both are drawn, by the same code as the figures.
Most of a drawing is as it was; a part that is new is kept with the step at
which it came, one that is gone with the last step at which it was there. So
any step is shown by taking the parts of that step.

What holds after a step is the same for both: they share one fold, which the
mailboxes play, and the topology is drawn of it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from minichannels.flow.drawings.mailbox_parts import LEFT, RIGHT
from minichannels.flow.drawings.mailbox_timeline import Grid
from minichannels.flow.drawings.mailboxes import WIDTH, MailboxesDrawing
from minichannels.flow.drawings.palette import EDGE
from minichannels.flow.drawings.pen import Pen
from minichannels.flow.drawings.topology import WIDTH as TOPOLOGY_WIDTH
from minichannels.flow.drawings.topology import TopologyDrawing
from minichannels.flow.journal.events import LOST, Event
from minichannels.flow.live.pieces import Piece, smaller
from minichannels.flow.model.fold import Fold
from minichannels.flow.model.mailboxes import Act, Mailboxes

MOST_COLUMNS, PAGE = 10, 5
"""How many acts are shown, and how many leave together."""

Change = tuple[Event, Event]
"""An event as it was known, and as it is known now."""


class Parts:
    """The parts of one drawing, and when each is to be seen."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._shown: dict[str, Piece] = {}
        self._news: dict[int, Piece] = {}
        self._ids = 0

    def show(self, step: int, pen: Pen, bottom: float) -> None:
        """Note what is seen from this step on."""
        places = {f"{bottom:g}": 0}
        places |= {part: place for place, part in enumerate(pen.parts)}
        for part in [part for part in self._shown if part not in places]:
            piece = self._shown.pop(part)
            piece["l"] = step - 1
            self._news[piece["i"]] = piece
        for part, place in places.items():
            if part not in self._shown:
                self._add(step, part, place)

    def _add(self, step: int, part: str, place: int) -> None:
        self._ids += 1
        z, p = _above(part) + place, smaller(part)
        piece = {"i": self._ids, "f": step, "l": None, "z": z, "p": p}
        self._shown[part] = self._news[self._ids] = piece

    def news(self) -> list[Piece]:
        """Return the parts that came, or went, since last asked."""
        news, self._news = list(self._news.values()), {}
        return news


class TopologyPanel:
    """Who is in which group, step by step.

    Args:
        played: what holds; others have played each step when it comes here.

    Attributes:
        is_empty: whether nothing has concerned a layer yet.
    """

    def __init__(self, played: Fold) -> None:
        self.is_empty = True
        self.parts = Parts(TOPOLOGY_WIDTH)
        self._played = played
        self._last: Sequence[Event] = ()

    def play(
        self, step: int, events: Sequence[Event], drawn: bool = True
    ) -> None:
        """Take in one more step, and show it if it is to be drawn."""
        for event in events:
            self.is_empty &= not event.traits.at_layer
        if events and events[-1].seq:  # a note is after another event
            self._last = events
        if not drawn:
            return
        drawing = TopologyDrawing(self._last, self._played)
        bottom = drawing.draw()
        self.parts.show(step, drawing.pen, bottom)

    def amend(self, changed: Sequence[Change]) -> None:
        """Take in what became known of events later: it has been played."""


class MailboxesPanel:
    """What waits in each mailbox, step by step: the newest acts.

    Args:
        fold: says what holds; each step is played here.
    """

    def __init__(self, fold: Fold) -> None:
        self.parts = Parts(WIDTH)
        self._boxes = Mailboxes(fold)
        self._acts: list[Act] = []
        self._lost: Counter[str] = Counter()
        self._left_out = 0
        self._is_drawn = False

    @property
    def is_empty(self) -> bool:
        """Whether no mailbox was touched yet."""
        return not self._acts

    def play(
        self, step: int, events: Sequence[Event], drawn: bool = True
    ) -> None:
        """Take in one more step; show it if it is the first, or touched one."""
        for event in events:
            self._boxes.play(event)
        touching = [event for event in events if event.traits.at_mailbox]
        self._lost.update(e.status for e in touching if e.status in LOST)
        row = tuple(event for event in touching if event.seq)  # no ghost
        if row:
            if len(self._acts) == MOST_COLUMNS:
                self._leave_out()
            self._acts.append(Act([row]))
            self._boxes.end_act()
        if drawn and ((touching and self._acts) or not self._is_drawn):
            self._is_drawn = True
            self._draw(step)

    def amend(self, changed: Sequence[Change]) -> None:
        """Take in what became known of events later."""
        for old, event in changed:
            self._boxes.amend(old, event)
            self._lost[event.status] += event.status in LOST
            self._lost[old.status] -= old.status in LOST
        known = {event.seq: event for _, event in changed}
        rows = [
            tuple(known.get(event.seq, event) for event in act.row)
            for act in self._acts
        ]
        self._acts = [Act([row]) for row in rows]

    def _leave_out(self) -> None:
        """Leave out the oldest acts."""
        del self._acts[:PAGE]
        self._left_out += PAGE
        self._boxes.leave_out(self._left_out, self._acts[0].row[0].seq)

    def _draw(self, step: int) -> None:
        wide = (RIGHT - LEFT) / MOST_COLUMNS
        grid = Grid(self._acts, self._left_out, wide)
        boxes = dict(sorted(self._boxes.of.items()))
        drawing = MailboxesDrawing(self._lost, grid, boxes)
        bottom = drawing.draw()
        self.parts.show(step, drawing.pen, bottom)


Panel = MailboxesPanel | TopologyPanel

PANELS: Mapping[str, Callable[[Fold], Panel]] = {
    "mailboxes": MailboxesPanel,
    "groups": TopologyPanel,
}
"""What makes the panels of drawings that change as a whole; the first plays."""


def _above(part: str) -> int:
    """Return what lies above what, also among parts of several steps."""
    if part[0] != "<":  # it is the height of all
        return -1
    if f'stroke="{EDGE}"' in part:  # a line between columns
        return 0
    shape = part[1:5]
    return {"rect": 10_000, "text": 30_000}.get(shape, 20_000)
