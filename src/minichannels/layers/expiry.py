"""When to look at which channel for messages whose time is over.

All messages of a layer live equally long, so the first one in a mailbox is
the first of it to expire. One entry for each channel is enough, then, however
many messages pass through it: for the time at which its first message was to
expire when the entry was made. The message may have been read since then. That
is found out when the time has come, by looking into the mailbox, and if
another message waits there the channel gets a new entry.

So an entry may be too early, which costs one look, and is never too late; if
somebody sets the clock back, all are looked at anew. A heap has the times only,
as what is sent to a group has one time for all.
"""

import heapq
import math


class Expiry:
    """The channels to be looked at, the next one first.

    Attributes:
        next: when to look at the next channel; infinity if there is none.
        last: when to look at the last one, so far; then minus infinity.
    """

    __slots__ = ("_due", "_scheduled", "_times", "last", "next")

    def __init__(self) -> None:
        self._times: list[float] = []
        self._due: dict[float, list[str]] = {}  # the channels of each time
        self._scheduled: set[str] = set()
        self.next, self.last = math.inf, -math.inf

    def schedule(self, channel: str, when: float) -> None:
        """Have a channel looked at, at that time or before it."""
        if channel not in self._scheduled:
            self._scheduled.add(channel)
            due = self._due.setdefault(when, [])
            if not due:
                heapq.heappush(self._times, when)
                self.next, self.last = self._times[0], max(when, self.last)
            due.append(channel)

    def hasten(self, when: float) -> None:
        """Have all channels looked at by then."""
        self.next = self.last = when
        self._times, self._due = [when], {when: list(self._scheduled)}

    def pop(self) -> str:
        """Return the channel that is next, which has no entry any more."""
        due = self._due[self.next]
        channel = due.pop()
        self._scheduled.remove(channel)
        if not due:
            del self._due[heapq.heappop(self._times)]
            if self._times:
                self.next = self._times[0]
            else:
                self.clear()
        return channel

    def clear(self) -> None:
        """Have no channel looked at."""
        self._due.clear()
        self._times.clear()
        self._scheduled.clear()
        self.next, self.last = math.inf, -math.inf
