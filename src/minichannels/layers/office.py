"""What the layer in memory keeps, beside itself: mailboxes, groups and times.

How it works: whoever makes a class of a layer may give methods any name. So
the layer has what Channels promises, and what else it knows stands here.

Rule: all but ``take()`` is called with the lock held, which is the layer's.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from minichannels.layers.expiry import Expiry
from minichannels.layers.forking import new_lock
from minichannels.layers.freezing import Frozen
from minichannels.layers.mailbox import NOTHING, Mailbox, Reader, Waiting
from minichannels.layers.membership import Membership

# As it waits in a mailbox: one reader's own copy, or what makes each one.
Stored = dict[str, Any] | Frozen

# In how many channels a call looks for what expired: a millisecond's work.
_SWEPT_AT_ONCE = 500


class PostOffice:
    """The mailboxes of a layer, and who is in which group.

    Args:
        clock: gives the time in seconds; or what stands at ``time.time`` then.
        names: gives the random part of channel names.
        group_expiry: seconds after which a membership ends by itself.

    Attributes:
        clock: the same.
        names: the same.
        lock: guards all of it.
        mailboxes: by the names of their channels; some are empty.
        membership: who is in which group.
        expiry: when to look at which mailbox.
        losses: what the observer is to be told once the lock is free again.
        lost: how many messages were lost, by the reason.
        observer: a recorder that is told of them, too.
        most_kept: with more mailboxes none is kept empty.
    """

    def __init__(
        self,
        clock: Callable[[], float] | None,
        names: Callable[[], str],
        group_expiry: float,
    ) -> None:
        self.clock = clock
        self.names = names
        self.lock = new_lock()
        self.mailboxes: dict[str, Mailbox] = {}
        self.membership = Membership(group_expiry)
        self.expiry = Expiry()
        self.losses: deque[tuple[str, Stored, str]] = deque()
        self.lost: Counter[str] = Counter()
        self.observer: Any = None
        # Not the class's: that takes longer, each time it is looked up.
        self.most_kept = 20_000  # each takes nearly a kilobyte

    def take(self, channel: str) -> Stored | None:
        """Take the oldest message out, without the lock; None if in doubt."""
        # What is no str may be equal to one.
        mailbox = self.mailboxes.get(channel) if type(channel) is str else None
        if (
            not mailbox
            or not (messages := mailbox.messages)
            or self.expiry.next < (self.clock or time.time)()
            or len(self.mailboxes) > self.most_kept
        ):
            return None
        try:
            return messages.popleft()[1]
        except IndexError:  # another thread was quicker
            return None

    def open(self, channel: str, capacity: int) -> Mailbox:
        """Return a new mailbox."""
        mailbox = self.mailboxes[channel] = Mailbox(capacity)
        return mailbox

    def put(self, mailbox: Mailbox, channel: str, waiting: Waiting) -> bool:
        """Add a message if there is room for it; return whether there was."""
        if len(mailbox.messages) >= mailbox.capacity:
            return False
        if mailbox.messages is NOTHING:  # the first, and so the first to expire
            mailbox.messages = deque((waiting,))
            self.expiry.schedule(channel, waiting[0])
        else:
            mailbox.messages.append(waiting)
        if mailbox.readers:
            mailbox.wake()
        return True

    def tidy(self, channel: str, mailbox: Mailbox) -> None:
        """Delete a mailbox in which nothing waits."""
        if not mailbox.messages:
            mailbox.messages = NOTHING
            if not mailbox.readers:
                del self.mailboxes[channel]

    def stop_waiting(self, channel: str, reader: Reader) -> None:
        """Have a reader wait no more."""
        mailbox = self.mailboxes.get(channel)
        if mailbox is None:
            return
        mailbox.readers = tuple(r for r in mailbox.readers if r is not reader)
        # It may have been woken for a message that it now does not take.
        if mailbox.messages:
            mailbox.wake()
        self.tidy(channel, mailbox)

    def sweep(self, now: float, used: list[str]) -> int:
        """Drop what has expired: of the channels used, and some others.

        Returns:
            How many messages were dropped.
        """
        if self.expiry.next >= now:  # nothing is due: the clock was set back
            self.expiry.hasten(now)
        expired = sum(self.expire(channel, now) for channel in used)
        # A hundred thousand may expire at once: the next calls go on.
        for _ in range(_SWEPT_AT_ONCE):
            if self.expiry.next >= now:
                break
            expired += self.expire(self.expiry.pop(), now)
        return expired

    def expire(self, channel: str, now: float) -> int:
        """Drop what has expired in one channel; return how many that were."""
        mailbox, expired = self.mailboxes.get(channel), 0
        if not mailbox:
            return 0
        while mailbox.messages:
            # It may be read at any time: then the next one is the first.
            with suppress(IndexError, ValueError):
                first = mailbox.messages[0]
                if first[0] >= now:
                    self.expiry.schedule(channel, first[0])
                    return expired
                mailbox.messages.remove(first)
                expired += 1
                self.losses.append((channel, first[1], "expired"))
                self.membership.discard_channel(channel)
        self.tidy(channel, mailbox)
        return expired
