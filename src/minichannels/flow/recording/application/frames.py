"""The short way of a frame, of what a WebSocket carries while it is open.

How it works: on a busy connection most events are frames, and a frame begins
nothing, ends nothing and refuses nothing. So it is asked none of the questions
that every other event is asked (``receive_send``), and is written down in few
calls. Whatever is not as usual takes the long way: a client of ours, a cell of
a notebook, an application that was told of the end, a message that has more to
it. Both write down the same.
"""

import asyncio
from typing import Any

from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.keeping import HEAVY
from minichannels.flow.journal.masking import masked_text
from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    Reading,
    TracedMessage,
    handed,
)
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.clients.shown import without

RECEIVE, SEND = "websocket.receive", "websocket.send"
"""The types of frames."""

_KEYS = 2
"""How many keys a frame has: its type, and its text or its bytes."""

_VALUES = (str, bytes)
"""What a frame carries; what is of another class takes the long way."""

_OURS = 4
"""How many calls of the recorder's own stand before whoever sends."""


def received(
    message: Any, connection: Connection, task: asyncio.Task[Any] | None
) -> TracedMessage | None:
    """Write down a frame that came; return it as an event.

    Args:
        message: what came.
        connection: whose application gets it.
        task: the one that runs here.

    Returns:
        None if it takes the long way: then nothing is written down.
    """
    entry = _entry("receive", RECEIVE, message, connection)
    if entry is None:
        return None
    connection.look_at_user()
    connection.journal.note(entry)
    event = handed(message, entry)
    connection.gets_frame(event)
    # A consumer of ours reads it where its handler runs.
    running = None if connection.observer.reported else CURRENT.get()
    if running is not None:
        CAUSE.set(Reading(event, running, task))
    return event


def sent(message: Any, connection: Connection) -> Entry | None:
    """Write down a frame that is to be sent; None if it takes the long way."""
    entry = _entry("send", SEND, message, connection)
    if entry is not None:
        note_sent(entry, connection)
    return entry


def note_sent(
    entry: Entry,
    connection: Connection,
    *,
    asks: bool = True,
    holds: bool = False,
) -> None:
    """Write down what is to be sent, with its cause and who sends it.

    Args:
        entry: what is kept of it.
        connection: whose application sends it.
        asks: whether it is asked which lines of code do.
        holds: whether it may say that the connection is there, or is over.
    """
    reading = CAUSE.get()
    mine = CURRENT.get() is connection
    if reading is None:
        known = mine and connection.request is None  # nothing was read here
    else:
        known = mine and reading.connection is connection
        known = known and reading.is_read_by(connection.home.task_here())
        entry.cause = reading.message.entry.id if known else None
    if not known:
        connection.is_sent(entry)
    journal = connection.journal
    if asks and journal.calls is not None:
        entry.calls = found = journal.calls(_OURS)
        connection.lane.own = bool(found)
    journal.note(entry, holds=holds)


def _entry(
    kind: str, type_: str, message: Any, connection: Connection
) -> Entry | None:
    """Return what is kept of a frame; None if it takes the long way.

    Args:
        kind: the kind of its event.
        type_: the type that a frame has.
        message: what was received, or is to be sent.
        connection: whose it is.
    """
    if type(message) is not dict or len(message) != _KEYS:
        return None
    key = "text" if type(message.get("text")) is str else "bytes"
    value: Any = message.get(key)
    usual = type(value) in _VALUES and len(value) <= HEAVY
    if not usual or message.get("type") != type_:
        return None
    # Most have no secret in it, which is quick to see of a text.
    if key == "bytes" or ":" in value or "=" in value:
        value = masked_text(value)
    size = len(type_) + len(key) + len(value)
    if connection.secrets:
        value = without(connection.secrets, value)
    lane = connection.lane
    entry = Entry(kind, lane, type_, {key: value}, lane)
    entry.size = size
    connection.last_entry = entry
    return entry
