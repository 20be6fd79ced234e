"""When to look at which channel for messages whose time is over.

All messages of a layer live equally long, so the first one in a mailbox is
the first of it to expire. One entry for each channel is enough, then, however
many messages pass through it: a heap has the time at which its first message
was to expire when the entry was made. The message may have been read since
then. That is found out when the time has come, by looking into the mailbox,
and if another message waits there the channel gets a new entry.

So an entry may be too early, which costs one look, and is never too late.
"""

import heapq
import math


class Expiry:
    """The channels to be looked at, the next one first.

    Attributes:
        next: when to look at the next channel; infinity if there is none.
    """

    __slots__ = ("_due", "_scheduled", "next")

    def __init__(self) -> None:
        self._due: list[tuple[float, str]] = []
        self._scheduled: set[str] = set()
        self.next = math.inf

    def schedule(self, channel: str, when: float) -> None:
        """Have a channel looked at, at that time or before it."""
        if channel not in self._scheduled:
            self._scheduled.add(channel)
            heapq.heappush(self._due, (when, channel))
            self.next = self._due[0][0]

    def pop(self) -> str:
        """Return the channel that is next, which has no entry any more."""
        _, channel = heapq.heappop(self._due)
        self._scheduled.remove(channel)
        self.next = self._due[0][0] if self._due else math.inf
        return channel

    def clear(self) -> None:
        """Have no channel looked at."""
        self._due.clear()
        self._scheduled.clear()
        self.next = math.inf
