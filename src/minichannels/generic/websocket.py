"""Consumers for WebSockets, sync and async, with and without JSON.

How it works: the handlers ``websocket_connect``, ``websocket_receive`` and
``websocket_disconnect`` take the events of the protocol and call the methods
that you override: ``connect``, ``receive`` and ``disconnect``. The async
class is the one to read; the sync one is the same without ``await``.

Source: Channels, "WebsocketConsumer"; ASGI specification, "WebSocket".
"""

import json
from typing import Any

from asgiref.sync import async_to_sync

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.consumer.calls import (
    call_async,
    call_sync,
    explain_call,
    run_sync,
)
from minichannels.consumer.lifecycle import life_of
from minichannels.db import aclose_old_connections
from minichannels.exceptions import (
    AcceptConnection,
    DenyConnection,
    InvalidChannelLayerError,
    StopConsumer,
)
from minichannels.generic._base import (
    NO_STATUS,
    WebsocketBase,
    decide,
    is_undecided,
    own_groups,
    undecided_error,
)
from minichannels.generic._frames import (
    accept_event,
    close_event,
    denial_events,
    parse_json,
    send_event,
    text_of,
)
from minichannels.generic._headers import Headers
from minichannels.protocol import State
from minichannels.types import Message

# Some are from elsewhere: consumers of Channels import them from here, too.
__all__ = [
    "AcceptConnection",
    "AsyncConsumer",
    "AsyncJsonWebsocketConsumer",
    "AsyncWebsocketConsumer",
    "DenyConnection",
    "InvalidChannelLayerError",
    "JsonWebsocketConsumer",
    "StopConsumer",
    "SyncConsumer",
    "WebsocketConsumer",
    "aclose_old_connections",
    "async_to_sync",
]


_SEND = AsyncConsumer.send  # as it was made: a test may patch it


class AsyncWebsocketConsumer(WebsocketBase):
    """A consumer for one WebSocket; its methods are coroutines."""

    async def websocket_connect(self, message: Message) -> None:
        """Join ``groups`` and call ``connect()``.

        Raises:
            RuntimeError: ``connect()`` neither accepted nor closed; the
                client is refused.
        """
        life = life_of(self)
        # A mixin may have a send() between this class and the consumer.
        if super(AsyncWebsocketConsumer, self.__class__).send is _SEND:
            life.passed_by = _SEND
        for group in own_groups(self):
            # First: a call that fails, or is cancelled, may have been at work.
            life.joined += (group,)
            await self.channel_layer.group_add(group, self.channel_name)
        try:
            await call_async(self.connect)
        except AcceptConnection:
            await self.accept()
        except DenyConnection:
            await self.close()
        if is_undecided(self):
            await self.close()
            raise undecided_error(self)

    async def connect(self) -> None:
        """Accept the connection; override to decide otherwise."""
        await self.accept()

    async def accept(
        self,
        subprotocol: str | None = None,
        headers: Headers | None = None,
    ) -> None:
        """Accept the connection.

        Args:
            subprotocol: the one chosen of ``scope["subprotocols"]``.
            headers: for the handshake's answer; str or bytes.
        """
        await super().send(accept_event(subprotocol, headers))
        decide(self)

    async def deny(
        self,
        status: int = 403,
        body: bytes = b"",
        headers: Headers | None = None,
    ) -> None:
        """Refuse the connection with an HTTP response (ours).

        A server without the extension ``websocket.http.response`` sends a
        plain 403 instead.

        Raises:
            TypeError: the body is not bytes, or a header of the wrong type.
            ValueError: a status or a header that cannot be sent.
        """
        for event in denial_events(self.scope, status, body, headers):
            await super().send(event)
        decide(self)

    async def websocket_receive(self, message: Message) -> None:
        """Call ``receive()`` with the frame's text or bytes."""
        text = message.get("text")
        try:
            if text is not None:
                await self.receive(text_data=text)
            else:
                await self.receive(bytes_data=message["bytes"])
        except TypeError as error:
            frame = "bytes_data" if text is None else "text_data"
            explain_call(error, self.receive, **{frame: text})
            raise

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        """Do something with a frame; override. One argument is not None."""

    async def send(  # type: ignore[override]  # Channels' signature
        self,
        text_data: str | None = None,
        bytes_data: bytes | None = None,
        close: bool | int = False,
    ) -> None:
        """Send a frame to the client.

        Args:
            text_data: the text, or
            bytes_data: the bytes of the frame.
            close: True or a code, to close afterwards.

        Raises:
            ValueError: neither text nor bytes.
            ProtocolError: before ``accept()``, or after ``close()``.
        """
        # A send() further up that does no more is passed by.
        send = self.base_send if _is_direct(self) else super().send
        await send(send_event(text_data, bytes_data))
        if close:
            await self.close(close)

    async def close(
        self, code: int | bool | None = None, reason: str | None = None
    ) -> None:
        """Close the connection; before ``accept()``, refuse it (403).

        Of a client that has left nothing is to be closed: in
        ``disconnect()`` this does nothing.

        Args:
            code: a close code, 1000 if not given; who is refused gets none.
            reason: a text for the client, at most 123 bytes as UTF-8.

        Raises:
            ValueError: a code or a reason that cannot be sent.
        """
        refuses = life_of(self).state is State.CONNECTING
        await super().send(close_event(code, reason, refuses=refuses))
        decide(self)

    async def websocket_disconnect(self, message: Message) -> None:
        """Leave ``groups``, call ``disconnect()``, and end."""
        for group in own_groups(self):
            await self.channel_layer.group_discard(group, self.channel_name)
        life_of(self).joined = ()
        await call_async(self.disconnect, message.get("code", NO_STATUS))
        raise StopConsumer

    async def disconnect(self, code: int) -> None:
        """Do something when the connection is over; override.

        Args:
            code: the close code.
        """


def _is_direct(consumer: AsyncWebsocketConsumer) -> bool:
    """Return whether nothing is between its ``send()`` and ``base_send``."""
    life = consumer._minichannels
    return life is not None and life.passed_by is AsyncConsumer.send


class AsyncJsonWebsocketConsumer(AsyncWebsocketConsumer):
    """A WebSocket consumer whose frames are JSON texts."""

    async def receive(
        self,
        text_data: str | None = None,
        bytes_data: bytes | None = None,
        **kwargs: Any,
    ) -> None:
        """Decode a frame and call ``receive_json()``."""
        try:
            text = text_of(text_data, bytes_data)
            content = await call_async(self.decode_json, text)
        except ValueError as error:
            if not callable(self.receive_invalid):  # it is something else
                raise
            await call_async(self.receive_invalid, error)
        else:
            await call_async(self.receive_json, content, **kwargs)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Do something with the decoded content; override."""

    async def receive_invalid(self, error: ValueError) -> None:
        """Decide about a frame that holds no JSON (ours).

        Raises the error, which ends the connection, as in Channels. Override
        it, for example to answer, and the connection lives on.
        """
        raise error

    async def send_json(self, content: Any, close: bool | int = False) -> None:
        """Send content as JSON."""
        # As in Channels: past an override of send(), which may call this.
        text = await call_async(self.encode_json, content)
        await super().send(text_data=text, close=close)

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """Return what a JSON text says; override for another encoding."""
        return parse_json(text_data)

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        """Return content as JSON text; override for another encoding."""
        return json.dumps(content)


class WebsocketConsumer(WebsocketBase, SyncConsumer):
    """A consumer for one WebSocket; its methods are plain functions."""

    def websocket_connect(self, message: Message) -> None:
        """Join ``groups`` and call ``connect()``.

        Raises:
            RuntimeError: ``connect()`` neither accepted nor closed; the
                client is refused.
        """
        for group in own_groups(self):
            life_of(self).joined += (group,)  # first, as in the async class
            async_to_sync(self.channel_layer.group_add)(
                group, self.channel_name
            )
        try:
            run_sync(self.connect)
        except AcceptConnection:
            self.accept()
        except DenyConnection:
            self.close()
        if is_undecided(self):
            self.close()
            raise undecided_error(self)

    def connect(self) -> None:
        """Accept the connection; override to decide otherwise."""
        self.accept()

    def accept(
        self,
        subprotocol: str | None = None,
        headers: Headers | None = None,
    ) -> None:
        """Accept the connection; see the async class."""
        super().send(accept_event(subprotocol, headers))
        decide(self)

    def deny(
        self,
        status: int = 403,
        body: bytes = b"",
        headers: Headers | None = None,
    ) -> None:
        """Refuse the connection with an HTTP response (ours)."""
        for event in denial_events(self.scope, status, body, headers):
            super().send(event)
        decide(self)

    def websocket_receive(self, message: Message) -> None:
        """Call ``receive()`` with the frame's text or bytes."""
        text = message.get("text")
        if text is not None:
            run_sync(self.receive, text_data=text)
        else:
            run_sync(self.receive, bytes_data=message["bytes"])

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        """Do something with a frame; override. One argument is not None."""

    def send(  # type: ignore[override]  # Channels' signature
        self,
        text_data: str | None = None,
        bytes_data: bytes | None = None,
        close: bool | int = False,
    ) -> None:
        """Send a frame to the client; see the async class."""
        super().send(send_event(text_data, bytes_data))
        if close:
            self.close(close)

    def close(
        self, code: int | bool | None = None, reason: str | None = None
    ) -> None:
        """Close the connection; see the async class."""
        refuses = life_of(self).state is State.CONNECTING
        super().send(close_event(code, reason, refuses=refuses))
        decide(self)

    def websocket_disconnect(self, message: Message) -> None:
        """Leave ``groups``, call ``disconnect()``, and end."""
        for group in own_groups(self):
            async_to_sync(self.channel_layer.group_discard)(
                group, self.channel_name
            )
        life_of(self).joined = ()
        run_sync(self.disconnect, message.get("code", NO_STATUS))
        raise StopConsumer

    def disconnect(self, code: int) -> None:
        """Do something when the connection is over; override."""


class JsonWebsocketConsumer(WebsocketConsumer):
    """A WebSocket consumer whose frames are JSON texts."""

    def receive(
        self,
        text_data: str | None = None,
        bytes_data: bytes | None = None,
        **kwargs: Any,
    ) -> None:
        """Decode a frame and call ``receive_json()``."""
        try:
            text = text_of(text_data, bytes_data)
            content = call_sync(self.decode_json, text)
        except ValueError as error:
            if not callable(self.receive_invalid):
                raise
            run_sync(self.receive_invalid, error)
        else:
            run_sync(self.receive_json, content, **kwargs)

    def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Do something with the decoded content; override."""

    def receive_invalid(self, error: ValueError) -> None:
        """Decide about a frame that holds no JSON; see the async class."""
        raise error

    def send_json(self, content: Any, close: bool | int = False) -> None:
        """Send content as JSON."""
        text = call_sync(self.encode_json, content)
        super().send(text_data=text, close=close)

    @classmethod
    def decode_json(cls, text_data: str) -> Any:
        """Return what a JSON text says; override for another encoding."""
        return parse_json(text_data)

    @classmethod
    def encode_json(cls, content: Any) -> str:
        """Return content as JSON text; override for another encoding."""
        return json.dumps(content)
