"""What happened in one mailbox: what came and went, act by act.

How it works: each message that begins or ends to wait is noted with the act in
which it does so. No list is kept of what waits after an act: how many do is a
sum, and which ones they are is worked out for the few acts that are shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from minichannels.flow.journal.events import Event
from minichannels.flow.model.connections import ConnectionState
from minichannels.flow.model.spans import Run, Span, Wait


@dataclass(slots=True)
class Change:
    """What an act changes in a mailbox.

    Attributes:
        came: the messages that wait from now on, by their numbers.
        went: those that waited before and do no more.
    """

    came: dict[int, Wait] = field(default_factory=dict)
    went: dict[int, Wait] = field(default_factory=dict)

    def take_in(self, wait: Wait) -> None:
        """Note that a message begins to wait, or that it has ended."""
        seq = wait.event.seq
        if wait.end is None:
            self.came[seq] = wait
        elif not self.came.pop(seq, None):  # it came and went: nothing is seen
            self.went[seq] = wait

    @property
    def growth(self) -> int:
        """How many more wait."""
        return len(self.came) - len(self.went)


@dataclass(slots=True)
class MailboxHistory:
    """What happened to one mailbox.

    Attributes:
        reader: whose it is, and what waits in it now.
        capacity: how many messages it holds; None if unknown.
        fates: how many messages ended how.
        before: what waited before the first of the changes.
        changes: what changed, by the numbers of the acts.
        runs: of the reader's handlers, on messages out of it.
        ghost: the act since which nobody reads it.
        first: the act in which the first message came.
    """

    reader: ConnectionState
    capacity: int | None = None
    fates: Counter[str] = field(default_factory=Counter)
    before: dict[int, Wait] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)
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
    def is_ghost(self) -> bool:
        """Whether it is a member of a group, and nobody reads it."""
        member = self.unread and bool(self.reader.groups)
        return self.ghost is not None or member

    @property
    def most(self) -> int:
        """How many messages waited at most."""
        growths = (change.growth for change in self.changes.values())
        return max(accumulate(growths, initial=len(self.before)))

    def count(self, event: Event, times: int = 1) -> None:
        """Count how a message has ended."""
        counts = event.traits.at_mailbox and event.traits.numbered
        if counts and event.status != "waiting":
            read = event.kind == "read" or event.status == "delivered"
            self.fates["read" if read else event.status] += times

    def note(self, act: int, spans: Iterable[Span]) -> None:
        """Note what an act changes: messages that wait, a run on one."""
        for span in spans:
            if span.void:
                self._take_back(span.event.seq)
            elif isinstance(span, Wait):
                self.changes.setdefault(act, Change()).take_in(span)
            elif isinstance(span, Run) and _is_reading(span):
                self.runs[span] = None

    def _take_back(self, seq: int) -> None:
        self.before.pop(seq, None)
        for change in self.changes.values():
            change.came.pop(seq, None)

    def leave_out(self, acts: int) -> None:
        """Forget what changed in the first acts."""
        for act in [act for act in self.changes if act < acts]:
            _apply(self.changes.pop(act), self.before)

    # What waits, act by act

    def change(self, act: int) -> Change:
        """Return what an act changes."""
        return self.changes.get(act, NOTHING)

    def numbers(self, acts: range) -> Iterator[int]:
        """Yield how many messages wait after each act."""
        changes = self.changes
        older = [change for act, change in changes.items() if act < acts.start]
        number = len(self.before) + sum(change.growth for change in older)
        for act in acts:
            if act in changes:
                number += changes[act].growth
            yield number

    def present(self, acts: range) -> Iterator[list[Wait]]:
        """Yield what is there in each act.

        What was there before stands first, then what comes. What ends in the
        act is still there, and is not in the next.
        """
        there = dict(self.before)
        for act, change in self.changes.items():
            if act < acts.start:
                _apply(change, there)
        for act in acts:
            change = self.change(act)
            yield [*there.values(), *change.came.values()]
            _apply(change, there)


NOTHING = Change()
"""What an act changes in a mailbox that it does not touch."""


def _apply(change: Change, there: dict[int, Wait]) -> None:
    there |= change.came
    for seq in change.went:
        del there[seq]


def _is_reading(run: Run) -> bool:
    """Return whether a handler runs on a message out of the mailbox."""
    return run.event.traits.at_mailbox and run.event.handler != ""
