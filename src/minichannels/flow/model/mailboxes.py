"""What happened in each mailbox, act by act.

How it works: all events are played in order. After each act that touches a
mailbox it is written down what waits in which; a message that was there
before and is not there after has ended in this act.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from minichannels.flow.journal.events import FULL, Event
from minichannels.flow.journal.events import LOST as LOST_STATUSES
from minichannels.flow.model.acts import Row, bands
from minichannels.flow.text.wording import payload

TOUCHING = frozenset({"deliver", "read", "loss", "ghost"})


@dataclass(slots=True)
class Act:
    """One act that touches mailboxes: its events, and how often it came.

    Attributes:
        row: its events, the first time.
        last: its events, the last time.
        times: how often.
    """

    row: Row
    last: Row
    times: int

    @property
    def number(self) -> str:
        """Its number, or the range of its numbers."""
        first, last = self.row[0].seq, self.last[-1].seq
        return str(first) if last == first else f"{first}–{last}"


@dataclass(slots=True)
class Run:
    """A handler's run, in numbers of events."""

    name: str
    start: int
    end: int
    raised: bool = False


@dataclass(slots=True)
class Mailbox:
    """What happened to one mailbox.

    Attributes:
        name: of its reader.
        client: of its reader's client.
        capacity: how many messages it holds; None if unknown.
        fates: how many messages ended how.
        cells: what waits after each act: numbers and words.
        ends: how each message that waited ended.
        runs: of handlers, by the number of what triggered them.
        ghost: the act since which nobody reads it.
        first: the act in which the first message came.
    """

    name: str
    client: str
    capacity: int | None = None
    fates: Counter[str] = field(default_factory=Counter)
    waiting: dict[int, str] = field(default_factory=dict)
    cells: list[dict[int, str]] = field(default_factory=list)
    ends: dict[int, str] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    ghost: int | None = None
    first: int = 0

    @property
    def unread(self) -> bool:
        """Whether it is not known that anybody ever read it.

        A name that a layer made up, and whose consumer is not known any more,
        is shown as a number.
        """
        made_up = self.name.startswith("channel#")
        return made_up and not self.runs and not self.fates["read"]

    @property
    def most(self) -> int:
        """How many messages waited at most."""
        return max(map(len, self.cells), default=0)


def find_acts(events: Sequence[Event]) -> list[Act]:
    """Return the acts that touch a mailbox, or end its reader."""
    readers = {e.connection for e in events if e.kind in TOUCHING}
    acts: list[Act] = []
    for band in bands(events):
        for row, last in zip(band.rows, band.last, strict=True):
            first = row[0]
            ends = first.ends and first.connection in readers
            if first.kind == "ghost" and acts and acts[-1].row[0].ends:
                continue  # it stands in the act that made it a ghost
            if first.kind in TOUCHING or ends:
                acts.append(Act(row, last, band.times))
    return acts


def play(events: Sequence[Event], acts: Sequence[Act]) -> dict[int, Mailbox]:
    """Return each connection's mailbox, after all acts."""
    boxes = {
        event.connection: Mailbox(event.application, event.client)
        for event in events
        if event.kind in TOUCHING
    }
    # A folded act stands for all its times: what waits is looked at after
    # the last of them.
    until = {id(act.last[-1]): index for index, act in enumerate(acts)}
    index = -1
    for event in events:
        if event.connection in boxes:
            _play(boxes[event.connection], event, index)
        if id(event) in until:
            index = until[id(event)]
            for box in boxes.values():
                box.cells.append(dict(box.waiting))
    return boxes


def _play(box: Mailbox, event: Event, index: int) -> None:
    cause = event.cause or 0
    if event.kind == "ghost":
        box.ghost = max(index, 0)
    elif event.kind == "deliver":
        _arrive(box, event, index + 1)
    elif event.kind in ("read", "loss"):
        fate = "read" if event.kind == "read" else event.status
        box.fates[fate] += 1
        box.waiting.pop(cause, None)
        box.ends[cause] = fate
    elif cause in box.runs:
        box.runs[cause].end = event.seq
        box.runs[cause].raised |= event.kind == "crash"
    if event.handler and event.kind in ("deliver", "read"):
        run = Run(event.handler, event.seq, event.seq)
        box.runs[event.seq] = run


def _arrive(box: Mailbox, event: Event, index: int) -> None:
    if not box.fates and not box.waiting:
        box.first = index
    if event.capacity is not None:
        box.capacity = event.capacity
    if event.status == "waiting":
        box.waiting[event.seq] = payload(event, 16)
    else:
        box.fates["read" if event.status == "delivered" else event.status] += 1


def present(box: Mailbox) -> Iterator[list[int]]:
    """Yield for each act what is there: who was before, then who comes."""
    before: dict[int, str] = {}
    for cell in box.cells:
        yield [*before, *(seq for seq in cell if seq not in before)]
        before = cell


def at_once(row: Row, connection: int) -> Iterator[str]:
    """Yield what became of messages that did not wait: read, or a reason."""
    for event in row:
        if event.connection == connection and event.kind == "deliver":
            if event.status in LOST_STATUSES:
                yield "full" if event.status in FULL else event.status
            elif event.status == "delivered":
                yield "read"


def stretches(box: Mailbox, first: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield where a message stays at one level: who, level, from act, to.

    Args:
        box: the mailbox.
        first: the first act that is shown.
    """
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for index, there in enumerate(present(box)):
        for level, seq in enumerate(there):
            # It never comes back to a level: it only moves down.
            start, _ = found.get((seq, level), (index, index))
            found[seq, level] = max(start, first), index
    for (seq, level), (start, end) in found.items():
        if end >= first:
            yield seq, level, start, end


def endings(box: Mailbox) -> Iterator[list[tuple[int, str]]]:
    """Yield for each act which messages end in it: from what level, how."""
    before: list[int] = []
    for cell in box.cells:
        yield [
            (level, box.ends.get(seq, "read"))
            for level, seq in enumerate(before)
            if seq not in cell
        ]
        before = list(cell)
