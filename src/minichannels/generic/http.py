"""A consumer for HTTP requests: plain, streamed, or answered much later.

How it works: the chunks of the request's body are collected, then ``handle``
runs. If it ends with the response unfinished, the consumer lives on: a later
handler, called by a message from the channel layer, may finish it (long
polling). If the client leaves an unfinished response, ``handle`` is cancelled
(so an endless stream really ends). ``disconnect`` runs once, in every case.

Source: Channels, "AsyncHttpConsumer"; ASGI specification, "HTTP".
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from minichannels.consumer import AsyncConsumer
from minichannels.consumer.calls import call_async
from minichannels.consumer.handlers import is_ours
from minichannels.consumer.lifecycle import MOMENT, Life, life_of
from minichannels.db import aclose_old_connections
from minichannels.exceptions import StopConsumer
from minichannels.generic._headers import (
    Headers,
    encode_headers,
    require_bytes,
    require_status,
)
from minichannels.protocol import State
from minichannels.types import Message, Receive, Scope, Send

# Some are from elsewhere: consumers of Channels import them from here, too.
__all__ = [
    "AsyncConsumer",
    "AsyncHttpConsumer",
    "StopConsumer",
    "aclose_old_connections",
]


class AsyncHttpConsumer(AsyncConsumer):
    """A consumer for one HTTP request.

    Attributes:
        body: the chunks of the request's body, as they came.
    """

    # Whether handle() has left the end of the response to a later handler.
    _minichannels_later: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.body: list[bytes] = []

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handle the request's events (ASGI application)."""
        # Channels' own handlers call it, and so do those that people wrote
        # in their place; it runs in any case, and yet once.
        if scope.get("type") != "websocket":  # a class may serve these, too
            object.__setattr__(self, "disconnect", _once(self.disconnect))
        await super().__call__(scope, receive, send)

    async def handle(self, body: bytes) -> None:
        """Answer the request; override.

        Args:
            body: the request's body, whole.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no handle(); define"
            " 'async def handle(self, body)' and call send_response() in it"
        )

    async def disconnect(self) -> None:
        """Clean up; override. Runs once, however the request ends.

        Nothing can be sent from here.
        """

    async def send_headers(
        self, *, status: int = 200, headers: Headers | None = None
    ) -> None:
        """Start the response.

        The server sends nothing before the first call of ``send_body()``.

        Args:
            status: the HTTP status.
            headers: a mapping or pairs, of str or bytes.

        Raises:
            ValueError: the status is no number of three digits.
        """
        require_status(status)
        await self.send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": encode_headers(headers),
            }
        )

    async def send_body(self, body: bytes, *, more_body: bool = False) -> None:
        """Send a part of the response's body.

        Args:
            body: the bytes.
            more_body: True if more will follow; otherwise this ends the
                response.

        Raises:
            TypeError: the body is not bytes.
            ProtocolError: before ``send_headers()``, or after the end.
        """
        require_bytes(body)
        await self.send(
            {"type": "http.response.body", "body": body, "more_body": more_body}
        )
        if more_body:
            # A server may drop what is for a client that has left, without
            # ever waiting: let handle() be cancelled, or a loop never ends.
            await asyncio.sleep(0)

    async def send_response(
        self, status: int, body: bytes, **kwargs: Any
    ) -> None:
        """Send a whole response; ``kwargs`` are those of send_headers()."""
        require_bytes(body)  # before anything has left
        await self.send_headers(status=status, **kwargs)
        await self.send_body(body)

    async def http_request(self, message: Message) -> None:
        """Collect the body; once it is complete, run ``handle()``.

        Raises:
            StopConsumer: the response is complete.
            RuntimeError: ``handle()`` ended without starting a response.
        """
        self.body += [message["body"]] if "body" in message else []
        if message.get("more_body"):
            return
        try:
            later = await self._minichannels_answer()
            object.__setattr__(self, "_minichannels_later", later)
        finally:
            # Here, as in Channels: whoever has written a method around this
            # one goes on when all is cleaned up.
            if not self._minichannels_later:
                await self._minichannels_clean_up()
        if not self._minichannels_later:
            raise StopConsumer

    async def _minichannels_answer(self) -> bool:
        """Run ``handle()``; return whether a later handler is to finish.

        Raises:
            StopConsumer: the client has left.
            RuntimeError: ``handle()`` ended without starting a response.
        """
        life = life_of(self)
        async with _while_client_stays(life) as watcher:
            try:
                await call_async(self.handle, b"".join(self.body))
            except Exception as error:
                if not await _says_the_end(error, life, watcher):
                    raise
        if life.state is State.REQUESTED and not life.lent:
            raise RuntimeError(
                f"{type(self).__name__}.handle() ended without a response;"
                " call send_response(), or send_headers() and send_body() if"
                " a later handler is to finish it"
            )
        if life.state is not State.RESPONDING:
            return False
        await asyncio.wait([watcher])  # it has asked for the next event, too
        return True

    async def _minichannels_clean_up(self) -> None:
        with contextlib.suppress(StopConsumer):  # it hides no error
            await self.disconnect()

    async def http_disconnect(self, message: Message) -> None:
        """Call ``disconnect()`` and end, since the client has left."""
        await self._minichannels_clean_up()
        raise StopConsumer

    async def dispatch(self, message: Message) -> None:
        """Handle an event; end when a later handler completes the response.

        An ``http_request()`` of somebody's own that does not end the consumer
        leaves that to ``http_disconnect()``, as in Channels.
        """
        await super().dispatch(message)
        if self._minichannels_later and life_of(self).state is State.COMPLETE:
            raise StopConsumer

    async def _minichannels_end(self, life: Life) -> None:
        try:
            once = self.__dict__.pop("disconnect", None)
            # It may have cleared all attributes, or be one for WebSockets.
            if is_ours(once):
                with contextlib.suppress(StopConsumer):  # it ends in any case
                    await once()
        finally:
            await super()._minichannels_end(life)


def _once(method: Callable[[], Any]) -> Callable[[], Any]:
    """Return a coroutine function that calls a method, and once only."""
    left = [method]

    async def call() -> None:
        while left:
            await call_async(left.pop())

    return call


async def _says_the_end(
    error: Exception, life: Life, watcher: asyncio.Task[bool]
) -> bool:
    """Return whether ``handle()`` has failed because its client has left.

    A server may refuse to send by any error, once it gave the client up. Then
    the client's end is under way.
    """
    if not life.refused(error):
        return False
    life.undelivered = None  # to be asked once
    await asyncio.wait([watcher], timeout=MOMENT)
    return watcher.done() and watcher.result()


@contextlib.asynccontextmanager
async def _while_client_stays(
    life: Life,
) -> AsyncIterator[asyncio.Task[bool]]:
    """Run a block, and cancel it when the client leaves an unfinished response.

    asyncio can cancel a part of a task when its time is over. So the block
    has all the time in the world, until the client leaves: then it has none.

    Args:
        life: gives the client's events; its request was read in full.

    Yields:
        The task that looks whether it does, and returns that. It is cancelled
        after the block, and not waited for: as in Channels, all is cleaned up
        before whoever has got the response goes on.

    Raises:
        StopConsumer: the client has left.
    """

    async def watch() -> bool:
        with contextlib.suppress(Exception):  # it is no handler's
            # One event is enough: after a whole request only this can come.
            gone = (await life.receive())["type"] == "http.disconnect"
            # It comes behind a whole response, too: handle() may go on there.
            if gone and life.state is not State.COMPLETE:
                time_left.reschedule(asyncio.get_running_loop().time())
                return True
        return False

    try:
        async with asyncio.timeout(None) as time_left:
            watcher = asyncio.create_task(watch())
            try:
                yield watcher
            finally:
                watcher.cancel()
    # A group of tasks may have left the task one request to cancel it, of which
    # nobody knows whose it is (Python 3.11).
    except (TimeoutError, asyncio.CancelledError) as error:
        if not time_left.expired():  # one of the block's own
            raise
        # What has cancelled the block holds where it passed, and that holds it.
        (error.__cause__ or error).__traceback__ = None
    if time_left.when() is not None:
        raise StopConsumer
