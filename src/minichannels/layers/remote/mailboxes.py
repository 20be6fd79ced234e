"""The mailboxes of one event loop, and what is under way to them.

How it works: once a message has arrived in this process, all is as in memory:
mailboxes, groups, copies for each reader, expiry. So they are those of the
layer in memory. What is published does not ask whether there is room. But of
the messages that this process sends to its own mailboxes it is known which
have not arrived yet; counted together with what waits, they tell that there
will be no room.
"""

import contextlib
import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.freezing import Frozen
from minichannels.layers.mailbox import NOTHING, Reader, Waiting
from minichannels.layers.memory import InMemoryChannelLayer, opened, report
from minichannels.layers.office import PostOffice


class LocalMailboxes(InMemoryChannelLayer):
    """Mailboxes that are filled by what arrives.

    What is lost is told to the layer, which observes them, and counts it.
    """

    @property
    def take(self) -> Callable[[str], dict[str, Any] | None]:
        """Takes a channel's oldest message; gives None if in doubt."""
        return functools.partial(_take, self._minichannels)

    def arrives(
        self, channel: str, message: dict[str, Any], expires: float
    ) -> bool:
        """Put a message into a mailbox, or note that it is dropped.

        Returns:
            Whether the mailbox is crowded: its reader should run soon.
        """
        with self._minichannels.lock:
            self._sweep_if_due([channel])
            crowded = self._put_or_drop(channel, (expires, message))
        if self._minichannels.losses:
            report(self)
        return crowded

    def arrives_in_group(
        self, group: str, frozen: Frozen, expires: float
    ) -> bool:
        """Put a message into the mailbox of each member; as above."""
        waiting, crowded, office = (expires, frozen), False, self._minichannels
        with office.lock:
            now = self._sweep_if_due(list(self.groups.get(group, ())))
            for channel in office.membership.members(group, now):
                mailbox = office.mailboxes.get(channel) or opened(self, channel)
                messages, room = mailbox.messages, mailbox.capacity
                if (
                    messages is NOTHING
                    or mailbox.readers
                    or 2 * len(messages) + 2 > room
                ):
                    crowded |= self._put_or_drop(channel, waiting)
                else:  # nobody to wake, nothing to watch: no call
                    messages.append(waiting)
        if office.losses:
            report(self)
        return crowded

    def room(self, channel: str) -> int:
        """Return how many messages a mailbox has room for."""
        with self._minichannels.lock:
            self._sweep_if_due([channel])
            mailbox = self._minichannels.mailboxes.get(channel)
            waiting = len(mailbox.messages) if mailbox else 0
        report(self)
        return self.get_capacity(channel) - waiting

    def refuse_readers(self) -> None:
        """Raise an error wherever somebody waits in receive().

        Bells are left alone: whoever has one does not wait.
        """
        with self._minichannels.lock:
            boxes = list(self._minichannels.mailboxes.values())
            waiting = [reader for box in boxes for reader in box.readers]
        for reader in waiting:
            if isinstance(reader, Reader):
                with contextlib.suppress(RuntimeError):  # its loop was closed
                    reader.loop.call_soon_threadsafe(_refuse, reader)

    def groups_of(self, channel: str) -> list[str]:
        """Return the groups that a channel is a member of."""
        with self._minichannels.lock:
            return self._minichannels.membership.groups_of(channel)

    def in_use(self) -> set[str]:
        """Return the channels that are read, hold something, or are members."""
        used = self.channels
        with self._minichannels.lock:
            members = (c for joined in self.groups.values() for c in joined)
            return {*used, *members}

    def _sweep_if_due(self, used: list[str]) -> float:
        office = self._minichannels
        now = (office.clock or time.time)()
        if office.expiry.next < now:
            office.sweep(now, used)
        return now

    def _put_or_drop(self, channel: str, waiting: Waiting) -> bool:
        office = self._minichannels
        mailbox = office.mailboxes.get(channel) or opened(self, channel)
        if office.put(mailbox, channel, waiting):
            return len(mailbox.messages) * 2 > mailbox.capacity
        full = f"full {mailbox.capacity}/{mailbox.capacity}"
        office.losses.append((channel, waiting[1], full))
        return False


def _refuse(reader: Reader) -> None:
    if not reader.future.done():
        closed = LayerUnavailable("the channel layer was closed")
        reader.future.set_exception(closed)


class UnderWay:
    """Messages of this process to its own mailboxes that have not arrived."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: dict[str, dict[int, dict[str, Any]]] = {}
        self._last = 0

    def begin(self, channel: str, message: dict[str, Any], room: int) -> int:
        """Note a message; return its ticket, or 0 if there is no room."""
        with self._lock:
            messages = self._messages.setdefault(channel, {})
            if len(messages) >= room:
                if not messages:
                    del self._messages[channel]
                return 0
            self._last += 1
            messages[self._last] = message
            return self._last

    def end(self, channel: str, ticket: int) -> bool:
        """Note that a message is under way no more; False if it was not."""
        with self._lock:
            messages = self._messages.get(channel, {})
            known = messages.pop(ticket, None) is not None
            if known and not messages:
                del self._messages[channel]
            return known

    def clear(self) -> list[tuple[str, dict[str, Any]]]:
        """Forget all; return what will not arrive."""
        with self._lock:
            lost = [
                (channel, message)
                for channel, messages in self._messages.items()
                for message in messages.values()
            ]
            self._messages.clear()
            return lost


def _take(office: PostOffice, channel: str) -> dict[str, Any] | None:
    stored = office.take(channel)
    return stored() if callable(stored) else stored
