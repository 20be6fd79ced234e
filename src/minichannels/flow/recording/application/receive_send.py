"""The receive and the send of an application that is recorded.

How it works: each passes on what it is given, and writes it down.

Rule 1: what an application sends is written down *before* it is sent, so that
whoever has the answer finds it in the journal.
Rule 2: what is handed to the application is written down *after* it came, and
knows its place in the journal, to be the cause of what follows.
Rule 3: whatever is no message is left to the server, which says what is wrong.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from threading import get_ident
from typing import Any, TypeVar
from weakref import ref

from minichannels.exceptions import says_gone
from minichannels.flow.journal.events import Entry
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.masking import masked_text, secrets_are_masked
from minichannels.flow.journal.payloads import FIXED, kept, weight, words
from minichannels.flow.recording.application.causes import (
    CURRENT,
    TracedMessage,
    enter,
    handed,
    leave,
    runs_again,
    runs_nobody,
)
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.application.inboxes import watch_inbox
from minichannels.flow.recording.application.observer import SHORTEST
from minichannels.flow.recording.application.short import answers, frames
from minichannels.flow.recording.application.short.deferred import (
    WHOLE,
    Deferred,
    filled,
)
from minichannels.flow.recording.application.short.handled import handing
from minichannels.flow.recording.application.short.requests import (
    notes_end,
    notes_start,
)
from minichannels.flow.recording.application.work import CLIENT
from minichannels.flow.recording.bodies import OF_BODIES, form_of, part_in
from minichannels.flow.recording.clients.shown import pairs_of
from minichannels.flow.recording.statuses import mark_not_arrived
from minichannels.flow.recording.tasks import task_of
from minichannels.flow.recording.users import user_of_django
from minichannels.types import Message, Receive, Scope, Send

# Headers and addresses differ from machine to machine, and a path is shown
# where the connection begins.
_LEFT_OUT = frozenset(
    {"type", "headers", "trailers", "more_body", "more_trailers"}
)

_Function = TypeVar("_Function")

# A dict first, it is quicker: a Mapping is asked for its bases.
_MAPPINGS = (dict, Mapping)

LOOKS = 2
"""At how many calls of ``receive`` it is looked who runs: some accept a socket
before they find out whose it is."""


def receiving(connection: Any, receive: Receive, scope: Scope) -> Receive:
    """Return a ``receive`` that writes down what the application is handed."""
    looks, first = LOOKS, True
    if type(connection) is not Deferred:  # who is asked on the web has none
        watch_inbox(receive, connection)

    async def recorded_receive() -> Any:
        nonlocal looks, first
        if looks:
            looks -= 1
            connection.is_read(scope)
        task = connection.home.task_here()
        former = connection.asks_client(task)
        try:
            message = await receive()
        except (Exception, asyncio.CancelledError) as error:
            connection.asked_in_vain(former, error)
            former = task = None  # a task holds the error that it ends with
            raise
        # What comes first says where the connection goes.
        where, first = _opening(connection, scope) if first else {}, False
        return _came(message, connection, where, task)

    if scope["type"] != "websocket":
        return _named_as(receive, recorded_receive)
    short = _receiving_frames(connection, receive, recorded_receive)
    return _named_as(receive, short)


def _receiving_frames(
    connection: Connection, receive: Receive, long_way: Receive
) -> Receive:
    """Return a ``receive`` that writes down frames in a short way.

    Args:
        connection: whose application receives them.
        receive: what it was called with.
        long_way: takes all else, and what comes first.
    """
    looks = LOOKS
    # Of those that it has for good, each frame would ask again.
    home = connection.home
    loop, thread = home.loop, home.thread

    async def recorded_receive() -> Message:
        nonlocal looks
        # At first it is looked who runs, and said where it goes.
        if looks or not connection.framed:
            message = await long_way()
            looks = max(looks - 1, 0)
            return message
        # Most often it is there, without a call.
        task = task_of(loop) if thread == get_ident() else None
        task = task or home.task_here()
        former = frames.asked(connection, task)
        try:
            message = await receive()
        except (Exception, asyncio.CancelledError) as error:
            connection.asked_in_vain(former, error)
            former = task = None  # a task holds the error that it ends with
            raise
        event = frames.received(message, connection, task)
        return event or _came(message, connection, {}, task)

    _add_shortest(connection, receive, recorded_receive, long_way)
    return recorded_receive


def _add_shortest(
    connection: Connection, receive: Receive, short: Receive, long_way: Receive
) -> None:
    """Give a ``receive`` another one, for who alone gets to see its frames.

    There a consumer's observer finds it, once there is one that reads. It does
    not know where it is found: that were a circle, for the collector.

    Args:
        connection: whose application receives them.
        receive: what it was called with.
        short: what is given another one.
        long_way: takes all that is no frame.
    """

    def came(message: Message) -> Any:
        return _came(message, connection, {}, None)

    shortest = handing(connection, receive, long_way, came)
    vars(short)[SHORTEST] = _named_as(receive, shortest), ref(short)


def _opening(connection: Connection, scope: Scope) -> dict[str, Any]:
    return {**connection.where(), **form_of(scope)}


def _came(
    message: Any,
    connection: Connection,
    where: dict[str, Any],
    task: asyncio.Task[Any] | None,
) -> Any:
    """Write down what came, if it is new; return it as an event."""
    if not isinstance(message, _MAPPINGS):
        return message  # an application of one's own may take it
    if (
        isinstance(message, TracedMessage)
        and KINDS[message.entry.kind].at_layer
    ):
        return _by_way_of_a_worker(message, connection)
    return _handed_over(message, connection, where, task)


def _by_way_of_a_worker(
    message: TracedMessage, connection: Connection
) -> TracedMessage:
    """Note whose message it is that was read before its consumer was there."""
    entry = message.entry
    entry.target = connection.lane
    if entry.kind == "deliver":  # and did not wait elsewhere
        entry.lane = connection.lane
    connection.gets(CLIENT, message)
    return message


def _handed_over(
    message: Any,
    connection: Connection,
    where: dict[str, Any],
    task: asyncio.Task[Any] | None,
) -> TracedMessage:
    """Write down what came; return it as an event."""
    type_ = words(message.get("type", ""))
    payload, size = _payload(message)
    if where:
        payload, size = {**where, **payload}, 0
    if isinstance(message, TracedMessage):  # by a recorder around this one
        id_, cell, acted = message.entry.id, message.cell, message.entry.acted
    else:
        id_, (cell, acted) = 0, connection.link.act_of(type_)
    if type_ in OF_BODIES:
        add, bodies = connection.add, connection.bodies
        entry = bodies.add(add, "receive", type_, payload, message, id_)
    else:
        entry = connection.add("receive", type_, payload, id_, size)
    entry.acted = acted
    event = handed(message, entry, cell)
    connection.gets(CLIENT, event)
    # A consumer of ours reads it once more, where its handler runs. But who
    # asks on after the end is the one that was told of it.
    if connection.parting.told or not connection.observer.reported:
        event.begin(task)
    return event


def sending(
    connection: Connection | Deferred,
    send: Callable[[Any], Any],
    scope: Scope,
) -> Send:
    """Return a ``send`` that writes down what the application sends."""
    if isinstance(connection, Deferred):
        return _named_as(send, _sending_deferred(connection, send, scope))
    recorded_send = _sending_any(connection, send, scope)
    if scope["type"] == "websocket":
        recorded_send = _sending_frames(connection, send, recorded_send)
    return _named_as(send, recorded_send)


def _sending_any(
    connection: Connection, send: Callable[[Any], Any], scope: Scope
) -> Send:
    """Return a ``send`` that writes down whatever the application sends."""

    async def recorded_send(message: Any) -> Any:
        entry = answers.ends(message, connection) if connection.short else None
        if entry is None:
            if not isinstance(message, _MAPPINGS):
                return await send(message)  # which says what is wrong
            message = _readable(message)
            entry = _written(message, connection, scope)
        try:
            alone = entry.ends and not connection.nested
            return await (_as_nobody(send, message) if alone else send(message))
        except Exception as error:
            _failed(connection, entry, error)
            raise

    return recorded_send


def _sending_deferred(
    connection: Any, send: Callable[[Any], Any], scope: Scope
) -> Send:
    """Return a ``send`` that notes as little as it may.

    Args:
        connection: whose application sends; deferred so far.
        send: what it was called with.
        scope: its scope.
    """
    long_way: Send | None = None

    async def recorded_send(message: Any) -> Any:
        nonlocal long_way
        # Others' code may send it, too.
        mine = type(connection) is Deferred and CURRENT.get() is connection
        note = notes_end if mine and connection.sent else notes_start
        if not (mine and note(connection, message)):
            # It may be filled in just now: all of it.
            long_way = long_way or _sending_any(filled(connection), send, scope)
            return await long_way(message)
        # Of this one: when it fails, there may be another, or none any more.
        entry, last = connection.last_entry, connection.sent == WHOLE
        former = runs_nobody() if last else None  # as _as_nobody(), but quicker
        try:
            return await send(message)
        except Exception as error:
            _failed(filled(connection), entry, error)
            raise
        finally:
            if former is not None:
                runs_again(former)

    return recorded_send


def _sending_frames(
    connection: Connection, send: Callable[[Any], Any], long_way: Send
) -> Send:
    """Return a ``send`` that writes down frames in a short way.

    Args:
        connection: whose application sends them.
        send: what it was called with.
        long_way: takes all else.
    """

    async def recorded_send(message: Any) -> Any:
        entry = frames.sent(message, connection) if connection.framed else None
        if entry is None:
            return await long_way(message)
        try:
            return await send(message)
        except Exception as error:
            _failed(connection, entry, error)
            raise

    return recorded_send


async def _as_nobody(send: Callable[[Any], Any], message: Any) -> Any:
    """Send the last that a client is owed, where no connection is known.

    What a server begins with it goes on when the connection is over, such as
    the time that an idle socket has. Begun by the application, it would hold
    all that is known of a request, each of the next hundred requests long.
    """
    entered = enter(None, None)
    try:
        return await send(message)
    finally:
        leave(entered)


def _named_as(function: Any, recorded: _Function) -> _Function:
    """Return a function with another's name, which tasks and warnings tell."""
    known: Any = recorded
    try:
        known.__qualname__ = function.__qualname__
    except (AttributeError, TypeError):  # it has none, or that is no text
        known.__qualname__ = known.__name__
    return recorded


def _readable(message: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return a message whose headers can be read twice, as Sanic's cannot."""
    headers = message.get("headers")
    # A list first, it is quicker: an Iterator is asked for its bases.
    if headers is None or type(headers) is list:
        return message
    if type(message) is dict and isinstance(headers, Iterator):
        return {**message, "headers": list(headers)}
    return message


def _written(
    message: Mapping[Any, Any], connection: Connection, scope: Scope
) -> Entry:
    """Write down what is to be sent."""
    if not connection.begun:  # what is sent first says who runs
        connection.look_who_runs(scope, sends=True)
        connection.begun = True
        if (
            scope["type"] == "websocket"
            and connection.is_usual
            and secrets_are_masked()  # of frames it is found out late
        ):
            connection.carries_frames()
    entry = answers.begins(message, connection)
    return entry or _sent(message, connection)


def _sent(message: Mapping[Any, Any], connection: Connection) -> Entry:
    """Write down the long way what is to be sent."""
    type_ = words(message.get("type", ""))
    payload, size = _payload(message)
    # To a request that needs no reading: the answer says to which.
    if connection.silent:
        payload, size = {**connection.where(), **payload}, 0
    if type_ in OF_BODIES:
        add, bodies = connection.add, connection.bodies
        entry = bodies.add(add, "send", type_, payload, message)
        entry.ends = not message.get("more_body")
    else:
        if (headers := message.get("headers")) is not None:
            headers = pairs_of(headers)
            connection.gives(headers)
            payload, size = {**payload, **part_in(message, headers)}, 0
        entry = connection.add("send", type_, payload, 0, size)
        if type_ == "http.response.start":
            connection.answers(headers or [])
            connection.is_of(user_of_django())
    connection.sends(entry, message)
    return entry


def _failed(connection: Connection, entry: Entry, error: Exception) -> None:
    """Note that the server did not take what was sent."""
    gone = says_gone(error)
    # A goodbye to somebody who has gone says nothing new.
    if not (gone and entry.type == "websocket.close"):
        mark_not_arrived(entry)
    if gone and not connection.over:  # it would be kept, with all its frames
        connection.undelivered = error


def _payload(message: Mapping[Any, Any]) -> tuple[dict[str, Any], int]:
    """Return what is kept of a message, and how much it weighs."""
    # At every event: in one go, past the usual values.
    payload, size = {}, 0
    for key, value in message.items():
        if value is None or key in _LEFT_OUT:
            continue
        kind = type(value)
        if type(key) is not str:
            key = words(key)
        if kind is str or kind is bytes:
            value = masked_text(value)
        else:
            value = value if kind in FIXED else kept(value)
            kind = type(value)
        payload[key] = value
        is_text = kind is str or kind is bytes
        size += len(key) + (len(value) if is_text else weight(value))
    return payload, size
