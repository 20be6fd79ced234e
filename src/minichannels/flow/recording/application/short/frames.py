"""The short way of a frame, of what a WebSocket carries while it is open.

How it works: on a busy connection most events are frames, and a frame begins
nothing, ends nothing and refuses nothing. So it is asked none of the questions
that every other event is asked (``receive_send``), and is written down in few
calls. Whatever is not as usual takes the long way: a client of ours, a cell of
a notebook, an application that was told of the end, a message that has more to
it. Both write down the same.
"""

import asyncio
from collections.abc import Mapping
from threading import get_ident
from typing import Any

from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.keeping import HEAVY
from minichannels.flow.journal.masking import masked_text
from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    Event,
    TracedFrame,
)
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.clients.shown import without
from minichannels.flow.recording.tasks import task_of

RECEIVE, SEND = "websocket.receive", "websocket.send"
"""The types of frames."""

RECEIVED, _SENT = len(RECEIVE) + len("text"), len(SEND) + len("text")
"""What a frame weighs besides its text."""

_MORE = len("bytes") - len("text")
"""What it weighs more if it has bytes."""

_KEYS = 2
"""How many keys a frame has: its type, and its text or its bytes."""

_OURS = 3
"""How many calls of the recorder's own stand before whoever sends."""


# To look them up, at each frame, takes as long as what they do.
_cause, _is_caused_by, _running = CAUSE.get, CAUSE.set, CURRENT.get


class Frame(Entry):
    """A frame in the journal, where it takes little room.

    What of it is a secret is found out when it is asked for: where no page is
    open most frames are forgotten before that.

    Attributes:
        value: its text, or its bytes; once that was asked, what may be kept.
        asked: whether it was.
        secrets: what its client had shown or was given, and no journal keeps.
    """

    # One class for both: Python is quick where it finds the same each time.
    kind, type = "receive", RECEIVE
    plain, is_http, light, asked = True, False, True, False
    secrets: tuple[str, ...]
    value: str | bytes

    # Made without a further call: whoever makes it sets what it knows.
    __init__ = object.__init__

    @property
    def payload(self) -> Mapping[str, Any]:
        """What may be kept of the message."""
        if not self.asked:
            self.payload = {"": without(self.secrets, masked_text(self.value))}
        return {"text" if type(self.value) is str else "bytes": self.value}

    @payload.setter
    def payload(self, payload: Mapping[str, Any]) -> None:
        (self.value,), self.asked = payload.values(), True


def asked(
    connection: Connection, task: asyncio.Task[Any] | None
) -> Event | None:
    """Note that a task asks for the next frame.

    It is what ``Connection.asks_client`` does, of a client that is there.

    Returns:
        The event that the application was at work on.
    """
    reading, work = _cause(), connection.work
    if reading is not None:
        if reading.task is task:
            reading.over = True  # another one is its cause, at once
        else:
            _is_caused_by(None)
    former: Event | None = work.event
    if former is not None:
        work.event = None
        if connection.waiters:
            connection.changed()
        if work.reader is not task:
            former.left = former.left or not former.entry.begun
    work.reader = task
    return former


def received(
    message: Any, connection: Connection, task: asyncio.Task[Any] | None
) -> TracedFrame | None:
    """Write down a frame that came; return it as an event.

    Args:
        message: what came.
        connection: whose application gets it.
        task: the one that runs here.

    Returns:
        None if it takes the long way: then nothing is written down.
    """
    entry = frame_of(RECEIVE, RECEIVED, message, connection)
    if entry is None:
        _is_caused_by(None)
        return None
    user = connection.user
    for scope in user.scopes:
        if scope.get("user") is not user.known:
            connection.look_at_user()
    connection.journal.note(entry)
    work = connection.work
    event = TracedFrame(message)
    event.entry = entry
    event.left = event.over = False
    work.event, work.latest = event, entry.id
    # A consumer of ours says itself which handler it calls, and reads it there.
    if connection.observer.reported:
        event.connection = None
        return event
    entry.handler = connection.frame_handler
    event.connection = running = _running()
    if running is not None:
        event.task = task
        _is_caused_by(event)
    return event


def sent(message: Any, connection: Connection) -> Frame | None:
    """Write down a frame that is to be sent; None if it takes the long way."""
    entry = frame_of(SEND, _SENT, message, connection)
    if entry is None:
        return None
    entry.kind, entry.type = "send", SEND
    reading, home = _cause(), connection.home
    # Whoever reads frames is in no request, and answers with no stream.
    if (
        reading is not None
        and reading.connection is connection
        and not (reading.over or reading.left)
        and home.thread == get_ident()
        and task_of(home.loop) is reading.task is not None
    ):
        entry.cause = reading.entry.id
    elif reading is not None or _running() is not connection:
        connection.is_sent(entry)
    journal = connection.journal
    calls = journal.calls
    if calls is not None:
        entry.calls = calls(_OURS, connection)
    journal.note(entry)
    return entry


def frame_of(
    type_: str, size: int, message: Any, connection: Connection
) -> Frame | None:
    """Return what is kept of a frame; None if it takes the long way.

    Args:
        type_: the type that it has to have.
        size: what it weighs besides its text.
        message: what was received, or is to be sent.
        connection: whose it is.
    """
    if type(message) is not dict or len(message) != _KEYS:
        return None
    value: Any = message.get("text")
    if type(value) is not str:
        value = message.get("bytes")
        if type(value) is not bytes:
            return None
        size += _MORE
    size += len(value)
    if size > HEAVY or message.get("type") != type_:
        return None
    entry: Frame = Frame()
    connection.last_entry = entry
    entry.lane = connection.lane
    entry.value = value
    entry.size = size
    entry.secrets = connection.secrets
    return entry
