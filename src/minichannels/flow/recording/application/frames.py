"""The short way of a frame, of what a WebSocket carries while it is open.

How it works: on a busy connection most events are frames, and a frame begins
nothing, ends nothing and refuses nothing. So it is asked none of the questions
that every other event is asked (``receive_send``), and is written down in few
calls. Whatever is not as usual takes the long way: a secret that the client has
shown, a client of ours, a cell of a notebook, an application that was told of
the end, a message that has more to it. Both write down the same.
"""

import asyncio
from typing import Any

from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.masking import masked_text
from minichannels.flow.recording.application.causes import (
    TracedMessage,
    handed,
)
from minichannels.flow.recording.application.connection import (
    CLIENT,
    Connection,
)
from minichannels.types import Message

RECEIVE, SEND = "websocket.receive", "websocket.send"
"""The types of frames."""

_KEYS = 2
"""How many keys a frame has: its type, and its text or its bytes."""


Carried = tuple[str, str | bytes]
"""What a frame carries: ``text`` or ``bytes``, and it."""


def frame_of(message: Any, type_: str) -> Carried | None:
    """Return what is kept of a frame; None if it takes the long way.

    Args:
        message: what was received, or is to be sent.
        type_: the type that a frame has.
    """
    if type(message) is not dict or len(message) != _KEYS:
        return None
    if message.get("type") != type_:
        return None
    text = message.get("text")
    if type(text) is str:
        # Most have no secret in it, which is quick to see.
        named = ":" in text or "=" in text
        return "text", masked_text(text) if named else text
    data = message.get("bytes")
    return ("bytes", masked_text(data)) if type(data) is bytes else None


def received(
    message: Message,
    carried: Carried,
    connection: Connection,
    task: asyncio.Task[Any] | None,
) -> TracedMessage:
    """Write down a frame that came; return it as an event."""
    entry = _entry("receive", RECEIVE, carried, connection)
    connection.look_at_user()
    connection.journal.add(entry)
    event = handed(message, entry)
    connection.gets(CLIENT, event)
    # A consumer of ours reads it where its handler runs.
    if not connection.observer.reported:
        event.begin(task)
    return event


def sent(carried: Carried, connection: Connection) -> Entry:
    """Write down a frame that is to be sent."""
    entry = _entry("send", SEND, carried, connection)
    connection.is_sent(entry)
    connection.journal.add(entry)
    return entry


def _entry(
    kind: str, type_: str, carried: Carried, connection: Connection
) -> Entry:
    key, value = carried
    lane = connection.lane
    entry = Entry(kind, lane, type_, {key: value}, lane)
    entry.size = len(type_) + len(key) + len(value)
    connection.last_entry = entry
    return entry
