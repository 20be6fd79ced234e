"""The same applications with minichannels, Starlette, and with nothing.

Those with Channels stand in ``contestants_channels``, as they set Django up.
"""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.types import Message, Receive, Scope, Send


class _Alone(AsyncWebsocketConsumer):
    channel_layer_alias = "none"  # is not configured


def echoing(base: Any) -> Any:
    """Return an async consumer that echoes, on either package's base."""

    class Echo(base):  # type: ignore[misc]  # either base
        async def receive(self, text_data=None, bytes_data=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            await self.send(text_data=text_data)

    return Echo.as_asgi()


def echoing_sync(base: Any) -> Any:
    """Return a sync consumer that echoes."""

    class Echo(base):  # type: ignore[misc]  # either base
        def receive(self, text_data=None, bytes_data=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            self.send(text_data=text_data)

    return Echo.as_asgi()


def listening_sync(base: Any) -> Any:
    """Return a sync consumer that answers nothing but "last"."""

    class Listener(base):  # type: ignore[misc]  # either base
        def receive(self, text_data=None, bytes_data=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            if text_data == "last":
                self.send(text_data=text_data)

    return Listener.as_asgi()


def chatting(base: Any) -> Any:
    """Return a consumer that sends what it receives to everybody."""

    class Chat(base):  # type: ignore[misc]  # either base
        groups = ["room"]

        async def receive(self, text_data=None, bytes_data=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            await self.channel_layer.group_send(
                "room", {"type": "chat.message", "text": text_data}
            )

        async def chat_message(self, event: Message) -> None:
            await self.send(text_data=event["text"])

    return Chat.as_asgi()


echo = echoing(AsyncWebsocketConsumer)
echo_alone = echoing(_Alone)
echo_sync = echoing_sync(WebsocketConsumer)
listener_sync = listening_sync(WebsocketConsumer)
chat = chatting(AsyncWebsocketConsumer)


async def bare_echo(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        raise ValueError("no lifespan")
    while True:
        message = await receive()
        if message["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        elif message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            return


async def bare_site(scope: Scope, receive: Receive, send: Send) -> None:
    """Say hello over HTTP, and echo over a WebSocket."""
    if scope["type"] != "http":
        await bare_echo(scope, receive, send)
        return
    headers = [(b"content-length", b"5"), (b"content-type", b"text/plain")]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": b"hello"})


_members: set[Send] = set()


async def bare_chat(scope: Scope, receive: Receive, send: Send) -> None:
    """Send each message to everybody, each with a message of its own."""
    if scope["type"] == "lifespan":
        raise ValueError("no lifespan")
    _members.add(send)
    try:
        while True:
            message = await receive()
            if message["type"] == "websocket.receive":
                text = json.dumps({"text": message["text"]})
                for member in list(_members):
                    copy = json.loads(text)["text"]
                    await member({"type": "websocket.send", "text": copy})
            elif message["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
            else:
                return
    finally:
        _members.discard(send)


async def _hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


class _StarletteEcho(WebSocketEndpoint):
    encoding = "text"

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        await websocket.send_text(data)


async def starlette_echo(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        raise ValueError("no lifespan")
    await _StarletteEcho(scope, receive, send)


starlette_site = Starlette(
    routes=[Route("/hello", _hello), WebSocketRoute("/", _StarletteEcho)]
)
