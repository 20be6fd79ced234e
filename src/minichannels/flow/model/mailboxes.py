"""What happened in each mailbox, act by act.

How it works: all events are played in order (``model.fold``), and what that
changes in a mailbox is noted with the number of the act. Acts that touch no
mailbox are not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from minichannels.flow.journal.events import FULL, Event
from minichannels.flow.journal.events import LOST as LOST_STATUSES
from minichannels.flow.model.acts import Row, bands
from minichannels.flow.model.fold import Fold
from minichannels.flow.model.mailbox_history import MailboxHistory


@dataclass(slots=True, eq=False)
class Act:
    """One act that touches mailboxes: its events, and how often it came.

    Attributes:
        row: its events, the first time.
        last: its events, the last time.
        times: how often.
        at_once: what became of messages that did not wait, by their readers.
    """

    row: Row
    last: Row
    times: int = 1
    at_once: dict[int, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.at_once = {}
        for event in self.row:
            if event.kind == "deliver" and event.status != "waiting":
                words = self.at_once.setdefault(event.connection, [])
                words.append(_became(event))

    @property
    def number(self) -> str:
        """Its number, or the range of its numbers."""
        first, last = self.row[0].seq, self.last[-1].seq
        return str(first) if last == first else f"{first}–{last}"


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
            self.of[number] = MailboxHistory(reader, first=self._acts)
        box = self.of.get(number)
        if box is not None:
            box.count(event)
            if event.capacity is not None:
                box.capacity = event.capacity
            if event.kind == "ghost":
                box.ghost = max(self._acts - 1, 0)
            box.note(self._acts, spans)

    def amend(self, old: Event, event: Event) -> None:
        """Take in what became known later of an event."""
        spans = self._fold.amend(event, event.seq)
        box = self.of.get(event.connection)
        if box is not None:
            box.count(old, -1)
            box.count(event)
            box.fates = +box.fates  # without zeros
            box.note(self._acts, spans)

    def end_act(self) -> None:
        """Note that what comes belongs to the next act."""
        self._acts += 1

    def leave_out(self, acts: int, first: int) -> None:
        """Forget the first acts.

        Args:
            acts: how many.
            first: the number of the first event that is still shown.
        """
        for box in self.of.values():
            box.leave_out(acts)
            box.runs = {r: None for r in box.runs if r.last >= first}


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


def _became(event: Event) -> str:
    """Return what became of a message that did not wait."""
    if event.status in LOST_STATUSES:
        return "full" if event.status in FULL else event.status
    return "read"


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
