"""Inboxes: what waits for an application, and what is lost there.

How it works: a server of a protocol without connections keeps a bounded line of
messages for each scope, and that is the ``receive`` which it calls the
application with. Such a ``receive`` says how many wait, for whoever waits until
nothing is left to do, and tells of each message that nobody will read. It tells
as well that no ack has come for what the application sent, where there are
acks: in a task that was begun when that was sent, so it is known what it was.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from minichannels.flow.journal.payloads import kept, words
from minichannels.flow.recording.application.causes import SENT
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.application.work import CLIENT
from minichannels.flow.recording.statuses import (
    mark_not_arrived,
    mark_unanswered,
    mark_without_room,
)
from minichannels.types import Message


@runtime_checkable
class WatchedInbox(Protocol):
    """A ``receive`` that can be watched.

    Attributes:
        lost: is called with each message that nobody will read, and the
            capacity of the inbox if that was full, or else 0.
        unanswered: is called if no ack has come for what was sent, with whether
            it is sent again.
    """

    lost: Callable[[Message, int], None]
    unanswered: Callable[[bool], None]

    def __len__(self) -> int:
        """How many messages wait."""
        ...


def watch_inbox(receive: Any, connection: Connection) -> None:
    """Write down what is lost on its way to an application, or from it."""
    # First what a web server's has not: a protocol is asked for slowly.
    if not hasattr(receive, "__len__") or not isinstance(receive, WatchedInbox):
        return
    connection.mailboxes[CLIENT] = receive.__len__

    def lost(message: Message, capacity: int) -> None:
        payload = {k: kept(v) for k, v in message.items() if k != "type"}
        entry = connection.add("receive", words(message["type"]), payload)
        if capacity:
            mark_without_room(entry, "dropped", capacity)
        else:
            mark_not_arrived(entry)

    def unanswered(again: bool) -> None:
        former = SENT.get()
        mark_unanswered(former)
        if again:
            entry = connection.add("repeat", former.type, dict(former.payload))
            entry.cause, entry.begun_in = former.id, None
            SENT.set(entry)
        connection.journal.changed()

    receive.lost, receive.unanswered = lost, unanswered
