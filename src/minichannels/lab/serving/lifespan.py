"""What the lab does for an application before it meets the server.

How it works: two wrappers around ``receive`` and ``send``. In the scope of the
lifespan, one watches start-up and end, so that a failure is told in the cell
that made it, and answers for an application that knows nothing of it. In any
other scope, one sees to it that an application that never waits leaves the
server time for others.

Source: ASGI specification, "Lifespan Protocol".
"""

import asyncio
import inspect
from typing import NoReturn

from minichannels.exceptions import ProtocolError, type_name
from minichannels.flow.recording.application.recorder import stopped
from minichannels.lab.transport.kernel import BrokenOff
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

_PATIENCE = 0.1  # seconds between one disconnect and being told it again


class NotAsyncError(TypeError):
    """The application is a plain function."""


class SupervisedApp:
    """An application whose start-up and end are watched.

    An application that raises before it has received ``lifespan.startup``
    has no start-up work; one that raises later has failed.

    Args:
        application: the application.

    Attributes:
        failure: why it did not start, or did not stop well, if so.
    """

    def __init__(self, application: ASGIApp) -> None:
        self.application = application
        self.failure: BaseException | None = None
        self.__name__ = getattr(application, "__name__", "application")
        self.consumer_class = getattr(application, "consumer_class", None)
        self._asked = False

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Run the application (ASGI application).

        Raises:
            Exception: whatever the application raises.
        """
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self._call(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        patient = _Patient(receive, send)
        awaitable = self.application(scope, patient.receive, patient.send)
        if not inspect.isawaitable(awaitable):
            raise NotAsyncError(
                f"{self.__name__} is not an ASGI application: it returned"
                f" {awaitable!r} at once; define it with 'async def'"
            )
        try:
            await awaitable
        except (SystemExit, KeyboardInterrupt, BrokenOff) as error:
            # In a task the first two would end the whole server, and none of
            # them is told. What is raised instead has the same name.
            kind = type(type(error).__name__, (RuntimeError,), {})
            raise kind(str(error)) from error

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        lifespan = _Lifespan(receive, send)
        # Ours say at once that they have no lifespan. Channels' consumers read
        # the event before they find that they have no handler for it.
        consumer = getattr(self.application, "consumer_class", None)
        if consumer and not hasattr(consumer, "lifespan_startup"):
            await lifespan.live_alone()
        try:
            await self._call(scope, lifespan.receive, lifespan.send)
        except (Exception, asyncio.CancelledError) as error:
            if not stopped(error):
                await self._note_failure(error, lifespan)
            raise
        finally:
            if lifespan.failure:
                self.failure = RuntimeError(lifespan.failure)

    async def _note_failure(
        self, error: BaseException, lifespan: "_Lifespan"
    ) -> None:
        if not lifespan.begun and not isinstance(error, NotAsyncError):
            await lifespan.live_alone()
        self.failure = error


class _Patient:
    """A ``receive`` and a ``send`` that let the others have their turn.

    An application that does not look for the disconnect gets one each time
    it asks, and a server takes what it sends without waiting. A loop of either
    would keep the whole server busy, and could not even be cancelled. The first
    answer to an event is no loop yet: who sends it goes on, as on any server.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._gone = False
        self._answered = False

    async def receive(self) -> Message:
        if self._gone:
            await asyncio.sleep(_PATIENCE)
        message = await self._receive()
        self._answered = False
        self._gone = message["type"].endswith(".disconnect")
        return message

    async def send(self, message: Message) -> None:
        answered, self._answered = self._answered, True
        try:
            await self._send(message)
        finally:
            if answered:
                await asyncio.sleep(0)


class _Lifespan:
    """The lifespan protocol, with an answer for an application without one.

    Attributes:
        begun: whether the application has received ``lifespan.startup``.
        failure: why it failed, if it said so.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self.begun = False
        self.failure = ""
        self._receive = receive
        self._send = send
        self._unanswered = ""

    async def receive(self) -> Message:
        """Hand the application its next event."""
        # A loop over receive() that knows nothing of lifespan asks again
        # without an answer, and would leave the server waiting for ever.
        if self._unanswered:
            await self.send({"type": f"{self._unanswered}.complete"})
        message = await self._receive()
        self.begun = True
        self._unanswered = message["type"]
        return message

    async def send(self, message: Message) -> None:
        """Pass on what the application answers.

        Raises:
            ProtocolError: it answers as if a client had connected.
        """
        kind = str(message.get("type"))
        if not kind.startswith("lifespan."):
            raise ProtocolError(
                f"cannot send {kind!r} in a scope of type 'lifespan', with"
                " which a server starts; begin with: if scope['type'] !="
                " 'websocket': raise ValueError(scope['type'])"
            )
        self._unanswered = ""
        if message["type"].endswith(".failed"):
            self.failure = message.get("message") or message["type"]
        await self._send(message)

    async def live_alone(self) -> NoReturn:
        """Take the application's place, until the server stops."""
        while True:
            await self.receive()


def explained(
    error: BaseException, failure: BaseException | None, timeout: float
) -> BaseException:
    """Return what to raise for a server that did not start.

    Args:
        error: what its wire raised.
        failure: what the application raised, if it did.
        timeout: how many seconds it had.
    """
    if isinstance(failure, NotAsyncError):
        return TypeError(str(failure))
    if failure is not None:
        why = f"{type_name(failure)}: {failure}"
        return RuntimeError(f"the application failed to start: {why}")
    if isinstance(error, TimeoutError):
        return TimeoutError(
            f"the application did not start within {timeout:g} s: it has not"
            " answered 'lifespan.startup'; to wait longer, use"
            " serve(…, timeout=…)"
        )
    return error
