"""What the application of one connection is at work on.

A connection has *sources*: its client, and each mailbox that its consumer
reads. An application that was handed an event by a source is at work on it
until it asks the same source for the next one, or ends.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Any

from minichannels.flow.recording.application.causes import (
    CAUSE,
    Event,
    TracedMessage,
)
from minichannels.flow.recording.application.observer import ConsumerObserver

CLIENT = "client"
"""The source that is the connection's own client."""


class Work:
    """The events that the sources of a connection have handed out.

    Args:
        observer: what its consumer reports to.
        changed: called whenever something began or ended.
        reader: the task that its application was called in.

    Attributes:
        frames: how many frames its client has handed out.
        event: the event of its client that it is at work on, if it is.
        latest: the id of what its client handed out last; 0 if nothing.
        reader: the task that has asked its client last; of one that does
            nothing but read it is said once.
    """

    def __init__(
        self,
        observer: ConsumerObserver,
        changed: Callable[[], None],
        reader: asyncio.Task[Any] | None,
    ) -> None:
        self.frames = self.latest = 0
        self.event: Event | None = None
        self.reader = reader
        self._observer, self._changed = observer, changed
        # For each mailbox what it has handed out, as long as that is handled;
        # and the id of the last.
        self._mail: dict[Hashable, TracedMessage] = {}
        self._latest_mail: dict[Hashable, int] = {}

    def now(self) -> list[Event]:
        """Return the events that it is at work on, as far as is known."""
        mail = self._mail.values()
        return [*mail] if self.event is None else [self.event, *mail]

    def is_on(self, message: Event) -> bool:
        """Return whether it is at work on an event, as far as is known."""
        return any(other is message for other in self.now())

    def is_latest(self, id_: int | None) -> bool:
        """Return whether a source has handed out nothing since an event."""
        return id_ == self.latest or id_ in self._latest_mail.values()

    def asks(self, source: Hashable) -> None:
        """Note that it asks a mailbox for the next event."""
        if self._mail or self.event is not None:
            self._changed()
            self._mail.pop(source, None)

    def begins(self, source: Hashable, message: TracedMessage) -> None:
        """Note that a source hands it an event."""
        if source == CLIENT:
            self.event, self.latest = message, message.entry.id
            return
        if self._is_for_a_handler(source):
            self._mail[source] = message
        self._latest_mail[source] = message.entry.id

    def _is_for_a_handler(self, source: Hashable) -> bool:
        """Return whether it is known who deals with what a mailbox gives.

        A consumer of ours says which handlers run. What one of them, or a task
        of its, reads by itself has no handler of its own.
        """
        match source:
            case (str(channel), _) if self._observer.reported:
                own = channel == self._observer.channel
                return own and not _is_read_by_hand()
        return True

    def is_unread(self, id_: int) -> None:
        """Note that its client's request is there, though it is not read."""
        self.latest = id_

    def ends(self) -> None:
        """Forget what was handed out: nobody is at work any more."""
        self.event, self.latest = None, 0
        self._mail.clear()
        self._latest_mail.clear()


def _is_read_by_hand() -> bool:
    """Return whether a handler reads here, or a task that one has begun.

    A consumer itself reads between two handlers; or ahead, by a task that has
    read nothing else.
    """
    reading = CAUSE.get()
    if reading is None:
        return False
    here = reading.connection.home.task_here()
    return here is not reading.task or not reading.entry.ended
