import asyncio
import threading
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from minichannels.consumer import AsyncConsumer
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.servers import LIMIT, closing, next_frame, running

styles = pytest.mark.parametrize("style", ["async", "sync"])


def either(
    style: str, of_async: type[AsyncConsumer], of_sync: type[AsyncConsumer]
) -> ASGIApp:
    return (of_async if style == "async" else of_sync).as_asgi()


# HTTP


async def test_http_plain_response() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            method = self.scope["method"]
            await self.send_response(
                201,
                f"{method} {self.scope['path']}".encode(),
                headers={"Content-Type": "text/plain", "X-Id": "7"},
            )

    with running(View.as_asgi()) as server:
        async with server.client() as http:
            response = await http.get("/x/")
        assert await server.next_end() is None
    assert response.status_code == 201
    assert response.text == "GET /x/"
    assert response.headers["x-id"] == "7"


async def test_http_request_body_in_chunks() -> None:
    chunks = [bytes([n]) * 70_000 for n in range(5)]

    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            several = len(self.body) > 1
            whole = body == b"".join(chunks)
            await self.send_response(200, f"{several} {whole}".encode())

    async def body() -> Any:
        for chunk in chunks:
            yield chunk

    with running(View.as_asgi()) as server:
        async with server.client() as http:
            response = await http.post("/", content=body())
    assert response.text == "True True"


async def test_http_streaming_sends_each_part_at_once() -> None:
    go_on = threading.Event()

    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_headers()
            await self.send_body(b"one", more_body=True)
            # Ends only when the client has received the first part.
            await asyncio.to_thread(go_on.wait, LIMIT)
            await self.send_body(b"two")

    with running(View.as_asgi()) as server:
        async with server.client() as http, http.stream("GET", "/") as response:
            parts = response.aiter_raw()
            assert await anext(parts) == b"one"
            go_on.set()
            assert await anext(parts) == b"two"
        assert await server.next_end() is None


async def test_http_long_polling_is_answered_by_a_layer_message(
    layer: InMemoryChannelLayer,
) -> None:
    class Poll(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.channel_layer.group_add("news", self.channel_name)
            await self.send_headers()
            await self.send_body(b"", more_body=True)

        async def news_item(self, event: Message) -> None:
            await self.send_body(event["text"].encode())

    class Publish(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.channel_layer.group_send(
                "news", {"type": "news.item", "text": body.decode()}
            )
            await self.send_response(204, b"")

    poll, publish = Poll.as_asgi(), Publish.as_asgi()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = poll if scope["method"] == "GET" else publish
        await chosen(scope, receive, send)

    with running(app) as server:
        async with server.client() as http, http.stream("GET", "/") as response:
            await http.post("/", content=b"rain")  # the poll has begun
            assert await response.aread() == b"rain"
        for _ in range(2):
            assert await server.next_end() is None
    assert (layer.groups, layer.channels) == ({}, {})


async def test_http_server_sent_events_end_when_the_client_leaves(
    layer: InMemoryChannelLayer,
) -> None:
    steps: list[str] = []

    class Events(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.channel_layer.group_add("news", self.channel_name)
            await self.send_headers(
                headers={"Content-Type": "text/event-stream"}
            )
            await self.send_body(b"data: hello\n\n", more_body=True)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                steps.append("cancelled")
                raise

        async def disconnect(self) -> None:
            steps.append("disconnect")

    with running(Events.as_asgi()) as server:
        async with server.client() as http:
            async with http.stream("GET", "/") as response:
                assert await anext(response.aiter_raw()) == b"data: hello\n\n"
                assert list(layer.groups) == ["news"]
            # The stream is closed: the client is gone.
            assert await server.next_end() is None
    assert steps == ["cancelled", "disconnect"]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_http_long_polling_ends_when_the_client_leaves(
    layer: InMemoryChannelLayer,
) -> None:
    steps: list[str] = []

    class Poll(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.channel_layer.group_add("news", self.channel_name)
            await self.send_headers()
            await self.send_body(b"wait", more_body=True)

        async def disconnect(self) -> None:
            steps.append("disconnect")

    with running(Poll.as_asgi()) as server:
        async with server.client() as http:
            async with http.stream("GET", "/") as response:
                assert await anext(response.aiter_raw()) == b"wait"
            assert await server.next_end() is None
    assert steps == ["disconnect"]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_http_client_that_leaves_during_a_stream_ends_the_consumer() -> (
    None
):
    steps: list[str] = []

    class Stream(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_headers()
            while True:
                await self.send_body(b"." * 10_000, more_body=True)

        async def disconnect(self) -> None:
            steps.append("disconnect")

    with running(Stream.as_asgi()) as server:
        async with server.client() as http:
            async with http.stream("GET", "/") as response:
                await anext(response.aiter_raw())
            assert await server.next_end() is None
    assert steps == ["disconnect"]


async def test_http_error_in_handle_is_a_500() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            raise LookupError("in handle")

    with running(View.as_asgi()) as server:
        async with server.client() as http:
            response = await http.get("/")
        assert isinstance(await server.next_end(), LookupError)
    assert response.status_code == 500


async def test_http_handle_without_an_answer_is_a_500() -> None:
    class View(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            """Forget to answer."""

    with running(View.as_asgi()) as server:
        async with server.client() as http:
            response = await http.get("/")
        assert isinstance(await server.next_end(), RuntimeError)
    assert response.status_code == 500


# WebSocket


@styles
async def test_websocket_carries_text_binary_and_empty_frames(
    style: str,
) -> None:
    class AsyncEcho(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.send(text_data, bytes_data)

    class SyncEcho(WebsocketConsumer):
        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.send(text_data, bytes_data)

    with running(either(style, AsyncEcho, SyncEcho)) as server:
        async with server.connect() as client:
            for frame in ("hi ü€", "", b"\x00\xff", b""):
                await client.send(frame)
                assert await next_frame(client) == frame
        assert await server.next_end() is None


async def test_websocket_subprotocol_and_accept_headers() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            chosen = self.scope["subprotocols"][-1]
            await self.accept(chosen, {"X-Room": "lobby"})

    with running(Chat.as_asgi()) as server:
        async with server.connect(subprotocols=["a", "b"]) as client:
            assert client.subprotocol == "b"
            assert client.response is not None
            assert client.response.headers["x-room"] == "lobby"


@styles
async def test_websocket_is_closed_by_the_consumer(style: str) -> None:
    codes: list[int] = []

    class AsyncChat(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.close(4001, "kicked")

        async def disconnect(self, code: int) -> None:
            codes.append(code)

    class SyncChat(WebsocketConsumer):
        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.close(4001, "kicked")

        def disconnect(self, code: int) -> None:
            codes.append(code)

    with running(either(style, AsyncChat, SyncChat)) as server:
        async with server.connect() as client:
            await client.send("")
            assert await closing(client) == (4001, "kicked")
        assert await server.next_end() is None
    assert codes == [4001]


async def test_websocket_close_without_a_code_is_1000() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            await self.close()

    with running(Chat.as_asgi()) as server:
        async with server.connect() as client:
            assert await closing(client) == (1000, "")


async def test_websocket_is_closed_by_the_client() -> None:
    seen: list[Any] = []

    class Chat(AsyncWebsocketConsumer):
        async def websocket_disconnect(self, message: Message) -> None:
            seen.append(message["reason"])
            await super().websocket_disconnect(message)

        async def disconnect(self, code: int) -> None:
            seen.append(code)

    with running(Chat.as_asgi()) as server:
        async with server.connect() as client:
            await client.close(4002, "tired")
        assert await server.next_end() is None
    assert seen == ["tired", 4002]


@styles
async def test_websocket_client_that_vanishes_is_disconnected(
    style: str, layer: InMemoryChannelLayer
) -> None:
    codes: list[int] = []

    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def disconnect(self, code: int) -> None:
            codes.append(code)

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

        def disconnect(self, code: int) -> None:
            codes.append(code)

    with running(either(style, AsyncChat, SyncChat)) as server:
        client = await server.connect()
        client.transport.abort()  # no close frame
        assert await server.next_end() is None
    assert codes == [1005]
    assert (layer.groups, layer.channels) == ({}, {})


async def test_websocket_send_to_a_vanished_client_ends_an_async_handler() -> (
    None
):
    steps: list[str] = []

    class Chat(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            while True:  # the server says when the client is gone
                await self.send("hello?")
                await asyncio.sleep(0)

        async def disconnect(self, code: int) -> None:
            steps.append("disconnect")

    with running(Chat.as_asgi()) as server:
        client = await server.connect()
        await client.send("hi")
        client.transport.abort()
        assert await server.next_end() is None
    assert steps == ["disconnect"]


async def test_websocket_send_to_a_vanished_client_ends_a_sync_handler() -> (
    None
):
    steps: list[str] = []

    class Chat(WebsocketConsumer):
        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            while True:  # the server says when the client is gone
                self.send("hello?")

        def disconnect(self, code: int) -> None:
            steps.append("disconnect")

    with running(Chat.as_asgi()) as server:
        client = await server.connect()
        await client.send("hi")
        client.transport.abort()
        assert await server.next_end() is None
    assert steps == ["disconnect"]


async def refusal(server: Any) -> httpx.Response:
    """Ask for a WebSocket; return the HTTP response that refuses it."""
    with pytest.raises(InvalidStatus) as raised:
        await server.connect()
    response = raised.value.response
    return httpx.Response(
        response.status_code,
        headers=list(response.headers.raw_items()),
        content=bytes(response.body),
    )


@styles
async def test_websocket_close_before_accept_is_a_403(style: str) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.close()

    class SyncChat(WebsocketConsumer):
        def connect(self) -> None:
            self.close()

    with running(either(style, AsyncChat, SyncChat)) as server:
        response = await refusal(server)
        assert await server.next_end() is None
    assert response.status_code == 403


async def test_websocket_deny_sends_a_response() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.deny(401, b"log in", {"X-Why": "login"})

    with running(Chat.as_asgi()) as server:
        response = await refusal(server)
        assert await server.next_end() is None
    assert response.status_code == 401
    assert response.text == "log in"
    assert response.headers["x-why"] == "login"


async def test_websocket_deny_is_a_403_where_the_server_cannot() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.deny(401, b"log in")

    chat = Chat.as_asgi()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await chat({**scope, "extensions": {}}, receive, send)

    with running(app) as server:
        response = await refusal(server)
        assert await server.next_end() is None
    assert response.status_code == 403


async def test_websocket_connect_that_decides_nothing_is_a_403() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            """Decide nothing."""

    with running(Chat.as_asgi()) as server:
        response = await refusal(server)
        error = await server.next_end()
    assert response.status_code == 403
    assert isinstance(error, RuntimeError)
    assert "Chat.connect() ended without a decision" in str(error)


async def test_websocket_error_in_connect_is_a_500() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            raise LookupError("no such room")

    with running(Chat.as_asgi()) as server:
        response = await refusal(server)
        assert isinstance(await server.next_end(), LookupError)
    assert response.status_code == 500


@styles
async def test_websocket_error_in_a_handler_leaves_the_others_alive(
    style: str, layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            raise LookupError("in receive")

        async def chat_message(self, event: Message) -> None:
            await self.send(event["text"])

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            raise LookupError("in receive")

        def chat_message(self, event: Message) -> None:
            self.send(event["text"])

    with running(either(style, AsyncChat, SyncChat)) as server:
        async with server.connect() as victim, server.connect() as other:
            await victim.send("")
            code, _ = await closing(victim)
            assert code in (1006, 1011)  # how a server says "it crashed"
            assert isinstance(await server.next_end(), LookupError)
            assert len(layer.groups["room"]) == 1
            await layer.group_send(
                "room", {"type": "chat.message", "text": "still here"}
            )
            assert await next_frame(other) == "still here"
    assert (layer.groups, layer.channels) == ({}, {})


@styles
async def test_a_server_that_stops_frees_its_consumers(
    style: str, layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

    with running(either(style, AsyncChat, SyncChat)) as server:
        client = await server.connect()
        assert list(layer.groups) == ["room"]
    assert (layer.groups, layer.channels) == ({}, {})
    await closing(client)
