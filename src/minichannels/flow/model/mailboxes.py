"""What happened in each mailbox, act by act.

How it works: all events are played in order (``model.fold``). After each act
that touches a mailbox it is written down what waits in which; a message that
was there before and is not there after has ended in this act.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from minichannels.flow.journal.events import FULL, Event
from minichannels.flow.journal.events import LOST as LOST_STATUSES
from minichannels.flow.model.acts import Row, bands
from minichannels.flow.model.connections import ConnectionState
from minichannels.flow.model.fold import Fold
from minichannels.flow.model.spans import Run, Span, Wait


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
class MailboxHistory:
    """What happened to one mailbox.

    Attributes:
        reader: whose it is, and what waits in it now.
        capacity: how many messages it holds; None if unknown.
        fates: how many messages ended how.
        cells: what waits after each act, by the messages' numbers.
        runs: of the reader's handlers, on messages out of it.
        ghost: the act since which nobody reads it.
        first: the act in which the first message came.
    """

    reader: ConnectionState
    capacity: int | None = None
    fates: Counter[str] = field(default_factory=Counter)
    cells: list[dict[int, Wait]] = field(default_factory=list)
    runs: dict[Run, None] = field(default_factory=dict)
    ghost: int | None = None
    first: int = 0

    @property
    def unread(self) -> bool:
        """Whether it is not known that anybody ever read it.

        A name that a layer made up, and whose consumer is not known any more,
        is shown as a number.
        """
        return self.reader.unread and not self.fates["read"]

    @property
    def most(self) -> int:
        """How many messages waited at most."""
        return max(map(len, self.cells), default=0)

    def count(self, event: Event, times: int = 1) -> None:
        """Count how a message has ended."""
        counts = event.traits.at_mailbox and event.traits.numbered
        if counts and event.status != "waiting":
            read = event.kind == "read" or event.status == "delivered"
            self.fates["read" if read else event.status] += times


class Mailboxes:
    """What happened in each mailbox, while events are played.

    Args:
        fold: plays them.

    Attributes:
        of: the mailboxes, by the numbers of their readers.
    """

    def __init__(self, fold: Fold) -> None:
        self.of: dict[int, MailboxHistory] = {}
        self._fold = fold
        self._acts = 0

    def play(self, event: Event) -> None:
        """Take in one more event."""
        spans = self._fold.play(event, event.seq)
        number = event.connection
        if event.traits.at_mailbox and number not in self.of:
            reader = self._fold.connections[number]
            cells: list[dict[int, Wait]] = [{} for _ in range(self._acts)]
            self.of[number] = MailboxHistory(
                reader, cells=cells, first=self._acts
            )
        box = self.of.get(number)
        if box is not None:
            box.count(event)
            if event.capacity is not None:
                box.capacity = event.capacity
            if event.kind == "ghost":
                box.ghost = max(self._acts - 1, 0)
            self._note(box, spans)

    def amend(self, old: Event, event: Event) -> None:
        """Take in what became known later of an event."""
        spans = self._fold.amend(event, event.seq)
        box = self.of.get(event.connection)
        if box is not None:
            box.count(old, -1)
            box.count(event)
            box.fates = +box.fates  # without zeros
            self._note(box, spans)

    def _note(self, box: MailboxHistory, spans: Iterable[Span]) -> None:
        for span in spans:
            if span.void:
                for cell in box.cells:
                    cell.pop(span.event.seq, None)
            elif isinstance(span, Run) and _reads(span.event):
                box.runs[span] = None

    def end_act(self) -> None:
        """Write down what waits now."""
        self._acts += 1
        for box in self.of.values():
            box.cells.append(dict(box.reader.waits))

    def leave_out(self, acts: int, first: int) -> None:
        """Forget the oldest acts.

        Args:
            acts: how many.
            first: the number of the first event that is still shown.
        """
        self._acts -= acts
        for box in self.of.values():
            del box.cells[:acts]
            box.runs = {r: None for r in box.runs if r.last >= first}
            box.first = max(box.first - acts, 0)
            if box.ghost is not None:
                box.ghost = max(box.ghost - acts, 0)


def find_acts(events: Sequence[Event]) -> list[Act]:
    """Return the acts that touch a mailbox, or end its reader."""
    readers = {e.connection for e in events if e.traits.at_mailbox}
    acts: list[Act] = []
    for band in bands(events):
        for row, last in zip(band.rows, band.last, strict=True):
            first = row[0]
            ends = first.ends and first.connection in readers
            if first.kind == "ghost" and acts and acts[-1].row[0].ends:
                continue  # it stands in the act that made it a ghost
            if first.traits.at_mailbox or ends:
                acts.append(Act(row, last, band.times))
    return acts


def _reads(event: Event) -> bool:
    return event.traits.at_mailbox and event.handler != ""


def play(
    events: Sequence[Event], acts: Sequence[Act]
) -> dict[int, MailboxHistory]:
    """Return each connection's mailbox, after all acts."""
    # A folded act stands for all its times: what waits is looked at after
    # the last of them.
    lasts = {id(act.last[-1]) for act in acts}
    boxes = Mailboxes(Fold())
    for event in events:
        boxes.play(event)
        if id(event) in lasts:
            boxes.end_act()
    return boxes.of


def present(box: MailboxHistory) -> Iterator[dict[int, Wait]]:
    """Yield for each act what is there: who was before, then who comes."""
    before: dict[int, Wait] = {}
    for cell in box.cells:
        yield before | cell
        before = cell


def at_once(row: Row, connection: int) -> Iterator[str]:
    """Yield what became of messages that did not wait: read, or a reason."""
    for event in row:
        if event.connection == connection and event.kind == "deliver":
            if event.status in LOST_STATUSES:
                yield "full" if event.status in FULL else event.status
            elif event.status == "delivered":
                yield "read"


def stretches(
    box: MailboxHistory, first: int
) -> Iterator[tuple[int, int, int, int]]:
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


def endings(box: MailboxHistory) -> Iterator[list[tuple[int, str]]]:
    """Yield for each act which messages end in it: from what level, how."""
    before: dict[int, Wait] = {}
    for cell in box.cells:
        yield [
            (level, wait.fate)
            for level, (seq, wait) in enumerate(before.items())
            if seq not in cell
        ]
        before = cell
