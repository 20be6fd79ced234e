"""A consumer for HTTP requests: plain, streamed, or answered much later.

How it works: the chunks of the request's body are collected, then ``handle``
runs. If it ends with the response unfinished, the consumer lives on: a later
handler, called by a message from the channel layer, may finish it (long
polling). If the client leaves while ``handle`` runs, ``handle`` is cancelled
(so an endless stream really ends). ``disconnect`` runs once, in every case.

Source: Channels, "AsyncHttpConsumer"; ASGI specification, "HTTP".
"""

import asyncio
import contextlib
from typing import Any

from minichannels.consumer import AsyncConsumer
from minichannels.consumer.calls import call_async
from minichannels.exceptions import StopConsumer
from minichannels.generic._base import ClientGone
from minichannels.generic._headers import Headers, encode_headers
from minichannels.protocol import State
from minichannels.types import Message


class AsyncHttpConsumer(AsyncConsumer):
    """A consumer for one HTTP request.

    Attributes:
        body: the chunks of the request's body, as they came.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.body: list[bytes] = []

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
        _require_status(status)
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
        _require_bytes(body)
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
        _require_bytes(body)  # before anything has left
        await self.send_headers(status=status, **kwargs)
        await self.send_body(body)

    async def send(self, message: Message) -> None:
        """Send an event; if the client is gone, end the consumer.

        Raises:
            OSError: there is nobody left to send to.
        """
        try:
            await super().send(message)
        except OSError as gone:  # ASGI 2.4: how a server says so
            raise ClientGone() from gone

    async def http_request(self, message: Message) -> None:
        """Collect the body; once it is complete, run ``handle()``.

        Raises:
            RuntimeError: ``handle()`` ended without starting a response.
        """
        self.body.append(message.get("body", b""))
        if message.get("more_body"):
            return
        await self._handle_until_client_leaves(b"".join(self.body))
        if self._state is State.REQUESTED:
            raise RuntimeError(
                f"{type(self).__name__}.handle() ended without a response;"
                " call send_response(), or send_headers() and send_body() if"
                " a later handler is to finish it"
            )

    async def http_disconnect(self, message: Message) -> None:
        """End, since the client has left."""
        raise StopConsumer

    async def dispatch(self, message: Message) -> None:
        """Handle an event; end when the response is complete."""
        await super().dispatch(message)
        if self._state is State.COMPLETE:
            raise StopConsumer

    async def _handle_until_client_leaves(self, body: bytes) -> None:
        gone = False

        async def watch() -> None:
            # One event is enough: after a whole request only this can come.
            nonlocal gone
            gone = (await self._receive())["type"] == "http.disconnect"
            if gone:
                limit.reschedule(asyncio.get_running_loop().time())

        try:
            # A time limit that the watcher sets when the client leaves:
            # asyncio's own way to cancel a part of the current task.
            async with asyncio.timeout(None) as limit:
                watcher = asyncio.create_task(watch())
                try:
                    await call_async(self.handle, body)
                finally:
                    watcher.cancel()
                    await asyncio.gather(watcher, return_exceptions=True)
        except TimeoutError:
            if not limit.expired():  # one of the handler's own
                raise
        if gone:
            raise StopConsumer

    async def _leave(self) -> None:
        try:
            with contextlib.suppress(StopConsumer):  # it ends in any case
                await call_async(self.disconnect)
        finally:
            await super()._leave()


def _require_bytes(body: Any) -> None:
    if not isinstance(body, bytes):
        raise TypeError(
            f"body is bytes, not {type(body).__name__}; encode a text with"
            " .encode()"
        )


def _require_status(status: Any) -> None:
    if not isinstance(status, int) or not 100 <= status <= 999:
        raise ValueError(f"status is a number such as 404, not {status!r}")
