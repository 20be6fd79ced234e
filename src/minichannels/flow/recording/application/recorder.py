"""The recorder: an ASGI application that writes down what another one sees.

How it works: an application has one seam to the world, the ``receive`` and
``send`` that it is called with. The recorder calls the application with its
own, which pass everything on. Nothing is patched: what is recorded is the
code that the learner wrote, and any ASGI application will do.

Rule 1: what an application sends is written down *before* it is sent, so that
whoever has the answer finds it in the journal.

Source: ASGI specification, "Applications".
"""

import asyncio
import contextlib
from typing import Any

from minichannels.flow.journal.journal import Journal
from minichannels.flow.journal.kinds import KINDS
from minichannels.flow.journal.payloads import FIXED, kept, words
from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    TracedMessage,
    handed,
)
from minichannels.flow.recording.application.clients import (
    Address,
    ClientEnd,
    ClientNames,
)
from minichannels.flow.recording.application.connection import (
    CLIENT,
    Connection,
)
from minichannels.flow.recording.application.settling import Settling
from minichannels.flow.recording.application.tracebacks import describe
from minichannels.flow.recording.fates import did_not_arrive
from minichannels.types import (
    OBSERVER,
    ASGIApp,
    Message,
    Receive,
    Scope,
    Send,
)

# Headers and addresses differ from machine to machine, and a path is shown
# where the connection begins.
_LEFT_OUT = frozenset({"type", "headers", "trailers", "more_body"})


class Recorder:
    """An application around another one, with a journal of what passes.

    Args:
        application: the application to record.
        journal: where to write; a new one by default.

    Attributes:
        journal: what happened.
        names: of its clients and its consumers.
        settling: for waiting until all of it is handled.
    """

    def __init__(
        self, application: ASGIApp, journal: Journal | None = None
    ) -> None:
        self.application = application
        self.journal = Journal() if journal is None else journal
        self.names = ClientNames()
        self.settling = Settling(self.unfinished)
        self._open: list[Connection] = []

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Run the application and write down its events (ASGI application).

        Raises:
            Exception: whatever the application raises.
        """
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
            return
        connection = self._opened(scope)
        token, no_cause = CURRENT.set(connection), CAUSE.set(None)
        try:
            await self.application(
                _observed(scope, connection),
                _receiving(connection, receive, scope),
                _sending(connection, send, scope),
            )
        except (Exception, asyncio.CancelledError) as error:
            # Only the server knew that the client was gone, or it stops: no
            # crash. A task of the application's own may be cancelled, too.
            if error is not connection.undelivered and not stopped(error):
                self._add_crash(error, connection, _where(scope))
            raise
        finally:
            # Not if this is collected as garbage, by whomever.
            with contextlib.suppress(ValueError):
                CURRENT.reset(token)
                CAUSE.reset(no_cause)
            self._open.remove(connection)
            connection.ends()

    # Clients

    def expect(self, address: Address, name: str = "") -> ClientEnd:
        """Announce a client of ours, before it sends its request.

        Args:
            address: its socket's own address.
            name: its name; ``browser#1``, … by default.
        """
        return self.names.expect(address, name)

    def forget(self, link: ClientEnd) -> None:
        """Take back an announcement, if it was not made use of."""
        self.names.forget(link)

    # Connections

    def _opened(self, scope: Scope) -> Connection:
        link = self.names.link(scope)
        name = getattr(self.application, "__name__", "application")
        connection = self._connection(link, f"{name}#{self.names.number(name)}")
        connection.consumer = getattr(self.application, "consumer_class", None)
        link.changed = connection.changed
        self._open.append(connection)
        return connection

    def _connection(self, link: ClientEnd, application: str) -> Connection:
        lane = self.journal.open_lane(link.name, application)
        changed = self.settling.changed
        return Connection(self.journal, lane, link, changed, self.names.number)

    def add_task_crash(
        self, error: BaseException, who: str = "background task"
    ) -> None:
        """Write down that something raised outside of all connections."""
        self._add_crash(error, self._connection(ClientEnd(""), who), {})

    def _add_crash(
        self,
        error: BaseException,
        connection: Connection,
        where: dict[str, Any],
    ) -> None:
        kind = type(error).__name__
        payload = dict(describe(error))
        connection.link.failure = f"{kind}: {payload['text']}"
        # Nothing else in the flow would say whose request it was.
        if connection.silent and where:
            payload |= {"client": connection.lane.client, **where}
        crash = connection.add("crash", kind, payload)
        crash.reason, crash.cause = "raised", connection.crashes(error)

    def unfinished(self) -> list[str]:
        """Say what the applications still have to do."""
        return [
            sentence
            for connection in list(self._open)
            for sentence in connection.unfinished()
        ]


def stopped(error: BaseException) -> bool:
    """Return whether an error is the server's own cancellation."""
    task = asyncio.current_task()
    return (
        isinstance(error, asyncio.CancelledError)
        and task is not None
        and task.cancelling() > 0
    )


def _observed(scope: Scope, connection: Connection) -> Scope:
    """Return a scope whose consumer reports to the connection."""
    # Copies: the server's own dicts are not ours to change.
    extensions = dict(scope.get("extensions") or {})
    extensions[OBSERVER] = connection.observer
    return {**scope, "extensions": extensions}


def _receiving(
    connection: Connection, receive: Receive, scope: Scope
) -> Receive:
    where = _where(scope)

    async def recorded_receive() -> Message:
        nonlocal where
        connection.asks(CLIENT)
        CAUSE.set(None)  # whoever asks for the next is done with the last
        message = await receive()
        if (
            isinstance(message, TracedMessage)
            and KINDS[message.entry.kind].at_layer
        ):
            message.entry.target = connection.lane  # by way of a worker
            connection.gets(CLIENT, message)
            return message
        payload = _payload(message)
        if where:  # the first event of a connection says where it goes
            payload, where = {**where, **payload}, {}
        kind = words(message.get("type", ""))
        entry = connection.add("receive", kind, payload, _id(message))
        event = handed(message, entry)
        connection.gets(CLIENT, event)
        event.begin()
        return event

    return recorded_receive


def _sending(connection: Connection, send: Send, scope: Scope) -> Send:
    async def recorded_send(message: Message) -> None:
        if not isinstance(message, dict):
            await send(message)  # which says what is wrong
            return
        kind = words(message.get("type", ""))
        # To a request that needs no reading: the answer says to which.
        where = _where(scope) if connection.silent else {}
        entry = connection.add("send", kind, {**where, **_payload(message)})
        if kind == "http.response.body":
            entry.ends = not message.get("more_body", False)
        connection.sends(entry)
        try:
            await send(message)
        except Exception as error:
            did_not_arrive(entry)
            if isinstance(error, OSError):
                connection.undelivered = error
            raise

    return recorded_send


def _payload(message: Message) -> dict[str, Any]:
    # At every event: in one go, past the usual values.
    payload = {}
    for key, value in message.items():
        if value is not None and key not in _LEFT_OUT:
            key = key if type(key) is str else words(key)
            payload[key] = value if type(value) in FIXED else kept(value)
    return payload


def _id(message: Message) -> int:
    """Return an event's id in the journal of a recorder around this one."""
    return message.entry.id if isinstance(message, TracedMessage) else 0


def _where(scope: Scope) -> dict[str, Any]:
    query = scope.get("query_string", b"").decode("latin-1")
    path = scope.get("path", "") + (f"?{query}" if query else "")
    method = scope.get("method", "")
    return {"method": method, "path": path} if method else {"path": path}
