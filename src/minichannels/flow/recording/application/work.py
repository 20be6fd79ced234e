"""What the application of one connection is at work on.

A connection has *sources*: its client, and each mailbox that its consumer
reads. An application that was handed an event by a source is at work on it
until it asks the same source for the next one, or ends.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Any

from minichannels.flow.recording.application.causes import TracedMessage
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
    """

    def __init__(
        self,
        observer: ConsumerObserver,
        changed: Callable[[], None],
        reader: asyncio.Task[Any] | None,
    ) -> None:
        self.frames = 0
        self._observer, self._changed = observer, changed
        self._reader = reader
        self._now: dict[Hashable, TracedMessage] = {}
        # For each source, what it handed out last.
        self._latest: dict[Hashable, int] = {}

    def now(self) -> list[TracedMessage]:
        """Return the events that it is at work on, as far as is known."""
        return list(self._now.values())

    def is_on(self, message: TracedMessage) -> bool:
        """Return whether it is at work on an event, as far as is known."""
        return any(other is message for other in self._now.values())

    def is_latest(self, id_: int | None) -> bool:
        """Return whether a source has handed out nothing since an event."""
        return id_ in self._latest.values()

    def asks(self, source: Hashable) -> None:
        """Note that it asks a source for the next event."""
        if self._now:
            self._changed()
            self._now.pop(source, None)

    def asks_client(
        self, task: asyncio.Task[Any] | None
    ) -> TracedMessage | None:
        """Note that a task of its asks the client for the next event.

        Returns:
            The event that it was at work on.
        """
        if former := self._now.pop(CLIENT, None):
            self._changed()
            # A consumer of ours says itself how long it is at work on it.
            if not former.entry.begun:
                former.left = self._reader is not task
        self._reader = task
        return former

    def gives_up(self, source: Hashable, former: TracedMessage | None) -> None:
        """Note that it asked in vain, and goes on with what it had before."""
        if former is not None:
            self._now[source] = former

    def begins(self, source: Hashable, message: TracedMessage) -> None:
        """Note that a source hands it an event."""
        if source == CLIENT or self._is_for_a_handler(source):
            self._now[source] = message
        self._latest[source] = message.entry.id

    def _is_for_a_handler(self, source: Hashable) -> bool:
        """Return whether it is known who deals with what a source gives.

        A consumer of ours says which handlers run. What one of them, or a task
        of its, reads from another mailbox has no handler of its own.
        """
        match source:
            case (str(channel), _) if self._observer.reported:
                return channel == self._observer.channel
        return True

    def begins_frame(self, message: TracedMessage) -> None:
        """Note that its client hands it a frame."""
        self._now[CLIENT] = message
        self._latest[CLIENT] = message.entry.id
        self.frames += 1

    def is_unread(self, id_: int) -> None:
        """Note that its client's request is there, though it is not read."""
        self._latest[CLIENT] = id_

    def ends(self) -> None:
        """Forget what was handed out: nobody is at work any more."""
        self._now.clear()
        self._latest.clear()
