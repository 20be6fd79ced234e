"""Which handlers ran at the same time, and on which threads.

How it works: consumers of ours tell when a handler begins and when it ends, and
the line-up makes steps of that: two handlers ran at the same time if they share
a step. Here each gets a *row*: a place on its thread where no other one runs in
the same step.

On an event loop several rows are one thread: its handlers take turns, and each
goes on where it waited. In a pool each row is a thread, for two that run at the
same time cannot share one. Which of the free ones gets a handler is chance, and
makes no difference: here it is the first.
"""

import bisect
import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from minichannels.flow.journal.events import Event

POOL = "pool"


@dataclass(frozen=True, slots=True)
class Handled:
    """A handler's run on its thread.

    Attributes:
        event: what it began with.
        first: the step in which it began, counted from 1.
        last: the step in which it ended; None if it still runs.
        row: its row among those of the same kind of thread, from 0.
        raised: whether it ended with an exception.
    """

    event: Event
    first: int
    last: int | None
    row: int
    raised: bool

    @property
    def name(self) -> str:
        """The handler's name; of what has none, the application's."""
        return self.event.handler or self.event.application.rpartition("#")[0]

    @property
    def thread(self) -> str:
        """The name of its thread, for readers."""
        if self.event.thread == POOL:
            return f"thread {self.row + 1}"
        return self.event.thread


def handlers(events: Sequence[Event]) -> list[Handled]:
    """Return the handlers of which is known when they ran, in their order."""
    known = [event for event in events if event.thread and event.began]
    known.sort(key=lambda event: (event.began, event.connection, event.seq))
    # Of a part of a flow, only the steps count in which it has a beginning.
    steps = sorted({event.began for event in known})
    raised = {
        (event.cause, event.connection)
        for event in events
        if event.kind == "crash"
    }
    rows = defaultdict[str, _Rows](_Rows)
    found = []
    for event in known:
        first = bisect.bisect(steps, event.began)
        last = max(first, bisect.bisect(steps, event.ended))
        end = last if event.ended else None
        row = rows[event.thread].take(first, end)
        failed = (event.seq, event.connection) in raised
        found.append(Handled(event, first, end, row, failed))
    return found


class _Rows:
    """The rows of one kind of thread, taken by one handler after another."""

    def __init__(self) -> None:
        self._busy: list[tuple[float, int]] = []
        self._free: list[int] = []

    def take(self, first: int, last: int | None) -> int:
        """Return the first row that is free, for a handler of some steps."""
        while self._busy and self._busy[0][0] < first:
            heapq.heappush(self._free, heapq.heappop(self._busy)[1])
        row = heapq.heappop(self._free) if self._free else len(self._busy)
        end = math.inf if last is None else last
        heapq.heappush(self._busy, (end, row))
        return row


def most_at_once(found: Sequence[Handled]) -> int:
    """Return how many ran at the same time, at most."""
    changes = Counter(handled.first for handled in found)
    changes.subtract(h.last + 1 for h in found if h.last is not None)
    return max(accumulate(changes[step] for step in sorted(changes)), default=0)
