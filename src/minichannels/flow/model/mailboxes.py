"""What happened in each mailbox, act by act.

How it works: all events are played in order (``model.fold``), and what that
changes in a mailbox is noted with the number of the act. Acts that touch no
mailbox are not counted.
"""

from collections.abc import (
    Callable,
    Container,
    Iterable,
    Iterator,
    Sequence,
)
from dataclasses import dataclass, field

from minichannels.flow.journal.events import FULL, Event
from minichannels.flow.journal.events import LOST as LOST_STATUSES
from minichannels.flow.model.acts import Band, Row, bands
from minichannels.flow.model.fold import Fold
from minichannels.flow.model.mailbox_history import MailboxHistory

Ended = tuple[str, bool]
"""What became of a message, and whether its mailbox was full."""


@dataclass(slots=True, eq=False)
class Act:
    """One act that touches mailboxes: its events, each time that it came.

    Attributes:
        each: its events, for each time.
        at_once: what became of messages that did not wait, and whether the
            mailbox was full, by their readers.
    """

    each: Sequence[Row]
    at_once: dict[int, list[Ended]] = field(init=False)

    def __post_init__(self) -> None:
        self.at_once = {}
        for event in self.row:
            if event.kind == "deliver" and event.status != "waiting":
                ends = self.at_once.setdefault(event.connection, [])
                ends.append(_ended(event))

    @property
    def row(self) -> Row:
        """Its events, the first time."""
        return self.each[0]

    @property
    def last(self) -> Row:
        """Its events, the last time."""
        return self.each[-1]

    @property
    def times(self) -> int:
        """How often it came."""
        return len(self.each)


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


def find_acts(events: Sequence[Event], most: int) -> list[Act]:
    """Return the acts that touch a mailbox, or end its reader.

    Those that repeat are folded only if there are too many: first those that
    leave as many waiting as before, then all.

    Args:
        events: what has happened.
        most: how many acts need not be folded.
    """
    folded = bands(events)
    readers = {e.connection for e in events if e.traits.at_mailbox}
    acts: list[Act] = []
    for unfold in (lambda band: True, _moves, lambda band: False):
        acts = _acts(_unfolded(folded, unfold), readers)
        if len(acts) <= most:
            break
    return acts


def _unfolded(
    found: Sequence[Band], unfold: Callable[[Band], bool]
) -> Iterator[Band]:
    """Yield bands; of some each time is one of its own."""
    for band in found:
        if unfold(band):
            yield from (Band([rows]) for rows in band.each)
        else:
            yield band


def _moves(band: Band) -> bool:
    """Return whether other messages wait after a band than before it."""
    return any(
        event.status == "waiting" or event.traits.ends_wait
        for row in band.rows
        for event in row
    )


def _acts(found: Iterable[Band], readers: Container[int]) -> list[Act]:
    acts: list[Act] = []
    for band in found:
        for each in zip(*band.each, strict=True):
            first = each[0][0]
            ends = first.ends and first.connection in readers
            if first.kind == "ghost" and acts and acts[-1].row[0].ends:
                continue  # it stands in the act that made it a ghost
            if first.traits.at_mailbox or ends:
                acts.append(Act(each))
    return acts


def _ended(event: Event) -> Ended:
    """Return what became of a message that did not wait."""
    lost = event.status in LOST_STATUSES
    return (event.status if lost else "read"), event.status in FULL


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
