"""The communicator for any application: it gives events and takes events.

How it works: the application runs as a task of its own. What it receives
comes from one queue and what it sends goes into another, with the test at
the other end of both. The task starts with the first event.

Source: Channels, "Testing"; ``asgiref.testing``.
"""

import asyncio
import contextlib
import contextvars
import functools
from types import TracebackType
from typing import Any, Self

from asgiref.testing import (
    ApplicationCommunicator as BaseApplicationCommunicator,
)

from minichannels._asgi import application_name, require_application
from minichannels._masking import short
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

# How long an application may take to end once it was cancelled.
CANCEL_TIMEOUT = 5


class ApplicationCommunicator(BaseApplicationCommunicator):
    """Runs an application for one scope, for a test to talk to.

    Also an asynchronous context manager: entering it does nothing. Leaving
    it ends the application in whatever state it is, as a server does that
    stops: by cancelling it, without an event. An error of the application
    that the test has not seen yet is raised there, if nothing else is.

    Attributes:
        application: the application under test.
        scope: what it is called with.
        input_queue: events that the application has not received yet.
        output_queue: events of the application not taken yet.

    Raises:
        TypeError: ``application`` is not an ASGI application.
    """

    _minichannels_seen = False

    def __init__(self, application: ASGIApp, scope: Scope) -> None:
        require_application(application, "the application under test")
        self.application = application
        self.scope = scope
        self._future: asyncio.Task[Any] | None = None

    # Not made by __init__: a class may call that of asgiref instead.

    @functools.cached_property
    def input_queue(self) -> asyncio.Queue[Message]:
        """Events that the application has not received yet."""
        return asyncio.Queue()

    @functools.cached_property
    def output_queue(self) -> asyncio.Queue[Message]:
        """Events of the application not taken yet."""
        # An application that sends without end has to wait, as under a server.
        return asyncio.Queue(10_000)

    @property
    def future(self) -> asyncio.Task[Any]:
        """The application's task; asking for it starts the application.

        Its result is what the application returned.
        """
        if self._future is None:
            # An empty context, as under a server: the application must not
            # see context variables that the test has set.
            receive, send = self.input_queue.get, self.output_queue.put
            self._future = asyncio.create_task(
                _run(self.application, self.scope, receive, send),
                context=contextvars.Context(),
            )
        return self._future

    async def send_input(self, message: Message) -> None:
        """Give the application an event.

        Raises:
            AssertionError: the application was stopped.
            Exception: what the application raised, if it did.
        """
        # An application of one's own may take what is no dict.
        kind = message.get("type") if isinstance(message, dict) else message
        _check(self, f"take {short(kind)}")
        await self.input_queue.put(message)

    async def receive_output(self, timeout: float = 1) -> Message:
        """Wait for the next event from the application.

        When the time is over the application is stopped.

        Raises:
            TimeoutError: there was none within ``timeout`` seconds.
            AssertionError: the application was stopped before.
            Exception: what the application raised, if it did.
        """
        _check(self, "send an event")
        if not self.output_queue.empty():
            return self.output_queue.get_nowait()
        try:
            async with asyncio.timeout(timeout) as limit:
                return await _next_output(self, limit)
        except TimeoutError:
            if not self.output_queue.empty():  # while the loop was held up
                return self.output_queue.get_nowait()
            _check(self, "send an event")
            await _cancel(self)
            _raise_error(self)
            raise TimeoutError(
                f"{_name(self)} sent no event within {timeout} s"
            ) from None

    async def receive_nothing(
        self, timeout: float = 0.1, interval: float = 0.01
    ) -> bool:
        """Return whether no event comes for a while.

        Args:
            timeout: how long to wait for one, in seconds.
            interval: how long to wait between two looks.

        Raises:
            AssertionError: the application was stopped.
            Exception: what the application raised, if it did.
        """
        _check(self, "send nothing")
        end = asyncio.get_running_loop().time() + timeout
        # A loop that looks, for that is what "interval" is documented to be.
        while self.output_queue.empty() and (  # noqa: ASYNC110
            asyncio.get_running_loop().time() < end
        ):
            await asyncio.sleep(interval)
        return self.output_queue.empty()

    async def wait(self, timeout: float = 1) -> None:
        """Wait for the application to end; stop it when the time is over.

        Raises:
            Exception: what the application raised, if it did.
        """
        await asyncio.wait((self.future,), timeout=timeout)
        await _cancel(self)
        _raise_error(self)

    def stop(self, exceptions: bool = True) -> None:
        """Stop the application, without waiting until it has ended.

        Args:
            exceptions: whether to raise what the application raised, if it
                has ended by itself.
        """
        task = self._future
        if task is None:
            return
        if exceptions:
            _raise_error(self)
        task.cancel()  # nothing happens if it has ended

    def __del__(self) -> None:
        # Of a test that has left it where it was, no application is to stay.
        task = getattr(self, "_future", None)
        with contextlib.suppress(RuntimeError):  # its event loop was closed
            if task is not None:
                task.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._future is None:
            return
        await _cancel(self)
        if self._minichannels_seen or self._future.cancelled():
            return
        unseen = self._future.exception()
        if unseen is not None and error is None:
            raise unseen


async def _run(
    application: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> Any:
    # No method: its task would keep the communicator, which nobody could leave.
    return await application(scope, receive, send)


async def _next_output(
    communicator: ApplicationCommunicator, limit: asyncio.Timeout
) -> Message:
    """Wait for an event; if the application fails, time is over."""

    def end(task: asyncio.Task[Any]) -> None:
        # After an error nothing more will come, but otherwise a task that
        # it started may still send something.
        if task.cancelled() or task.exception() is not None:
            with contextlib.suppress(RuntimeError):  # no one waits any more
                limit.reschedule(0)

    communicator.future.add_done_callback(end)
    try:
        return await communicator.output_queue.get()
    finally:
        communicator.future.remove_done_callback(end)


def _check(communicator: ApplicationCommunicator, what: str) -> None:
    """Start the application, if need be; raise if it has gone wrong."""
    if communicator.future.cancelled():
        raise AssertionError(
            f"{_name(communicator)} was stopped and can no longer {what}"
        )
    _raise_error(communicator)


def _raise_error(communicator: ApplicationCommunicator) -> None:
    """Raise what the application raised, if it has ended with an error."""
    if communicator.future.done() and not communicator.future.cancelled():
        communicator._minichannels_seen = True
        communicator.future.result()


async def _cancel(communicator: ApplicationCommunicator) -> None:
    communicator.future.cancel()
    await asyncio.wait((communicator.future,), timeout=CANCEL_TIMEOUT)
    if not communicator.future.done():
        raise AssertionError(
            f"{_name(communicator)} did not end when it was cancelled"
        )


def _name(communicator: ApplicationCommunicator) -> str:
    # Like those above no method: a derived class may have any name of its own.
    return f"the application {application_name(communicator.application)}"
