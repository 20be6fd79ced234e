"""The shortest way of a frame: to a consumer that alone gets to see it.

How it works: of what an application is handed it has to be found out who reads
it, and when (``causes``). A consumer of ours says so itself, before and after
each handler (``observer``). Where nobody but the library's own code sees a
frame on its way there, it is handed on as it came, and nothing is noticed but
what the consumer says.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from minichannels.flow.recording.application.causes import CAUSE, HandledFrame
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.application.short.frames import (
    RECEIVE,
    RECEIVED,
    asked,
    frame_of,
)
from minichannels.types import Message, Receive

# To look them up, at each frame, takes as long as what they do.
_cause, _is_caused_by = CAUSE.get, CAUSE.set


def handing(
    connection: Connection,
    receive: Receive,
    long_way: Receive,
    came: Callable[[Message], Message],
) -> Receive:
    """Return a ``receive`` for a consumer that alone gets to see its frames.

    Args:
        connection: whose consumer calls it.
        receive: what its application was called with.
        long_way: what it was called with instead; takes all that comes first.
        came: writes down what is no frame; returns it as an event.
    """
    home, work = connection.home, connection.work

    async def recorded_receive() -> Message:
        if not connection.framed:
            return await long_way()
        if _cause() is None:  # in a task that does nothing but read
            former, work.event = work.event, None
            if former is not None and connection.waiters:
                connection.changed()
        else:
            former = asked(connection, home.task_here())
        try:
            message = await receive()
        except (Exception, asyncio.CancelledError) as error:
            connection.asked_in_vain(former, error)
            former = None  # its task holds the error that it ends with
            raise
        return message if _handed(message, connection) else came(message)

    return recorded_receive


def _handed(message: Any, connection: Connection) -> bool:
    """Write down a frame that its consumer alone gets to see.

    Args:
        message: what came, and is handed out as it is.
        connection: whose application gets it.

    Returns:
        Whether it is written down; if not, it takes the long way.
    """
    observer, entry = connection.observer, None
    # One that was read ahead is handled later: of one alone is known which.
    if observer.frame is None:
        entry = frame_of(RECEIVE, RECEIVED, message, connection)
    if entry is None:
        _is_caused_by(None)
        return False
    user = connection.user
    for scope in user.scopes:
        if scope.get("user") is not user.known:
            connection.look_at_user()
    connection.journal.note(entry)
    work = connection.work
    reading = HandledFrame()
    reading.entry, reading.connection = entry, connection
    reading.task = observer.task
    reading.left = reading.over = False
    work.event, work.latest = reading, entry.id
    observer.frame, observer.reading = message, reading
    return True
