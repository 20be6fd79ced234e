"""Sync style, async style and a mixture of both in one application."""

import threading
from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer
from minichannels.routing import ProtocolTypeRouter, URLRouter, path
from minichannels.types import ASGIApp, Message
from support.layers import fresh_layer
from support.servers import LIMIT, next_frame, running


@pytest.fixture(autouse=True)
def layer() -> Iterator[InMemoryChannelLayer]:
    with fresh_layer() as layer:
        yield layer


class SyncChat(WebsocketConsumer):
    """A chat in synchronous style."""

    groups = ("chat",)

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        send = async_to_sync(self.channel_layer.group_send)
        send("chat", {"type": "chat.message", "text": f"sync: {text_data}"})

    def chat_message(self, event: Message) -> None:
        self.send(event["text"])


class AsyncChat(AsyncWebsocketConsumer):
    """The same chat in asynchronous style."""

    groups = ("chat",)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        text = f"async: {text_data}"
        await self.channel_layer.group_send(
            "chat", {"type": "chat.message", "text": text}
        )

    async def chat_message(self, event: Message) -> None:
        await self.send(event["text"])


class MixedChat(AsyncChat):
    """Asynchronous, with a part that blocks and so runs in a thread."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        text = await sync_to_async(self.look_up)(text_data)
        await self.channel_layer.group_send(
            "chat", {"type": "chat.message", "text": text}
        )

    def look_up(self, text: str | None) -> str:
        return f"mixed: {text}"


class Announce(AsyncHttpConsumer):
    """An HTTP request that speaks to all of them."""

    async def handle(self, body: bytes) -> None:
        await self.channel_layer.group_send(
            "chat", {"type": "chat.message", "text": body.decode()}
        )
        await self.send_response(204, b"")


def application() -> ASGIApp:
    return ProtocolTypeRouter(
        {
            "http": URLRouter([path("announce/", Announce.as_asgi())]),
            "websocket": URLRouter(
                [
                    path("ws/sync/", SyncChat.as_asgi()),
                    path("ws/async/", AsyncChat.as_asgi()),
                    path("ws/mixed/", MixedChat.as_asgi()),
                ]
            ),
        }
    )


async def test_styles_share_a_group(layer: InMemoryChannelLayer) -> None:
    with running(application()) as server:
        async with (
            server.connect("/ws/sync/") as in_sync,
            server.connect("/ws/async/") as in_async,
            server.connect("/ws/mixed/") as mixed,
            server.client() as http,
        ):
            clients = (in_sync, in_async, mixed)
            for client, style in zip(
                clients, ("sync", "async", "mixed"), strict=True
            ):
                await client.send("hello")
                for each in clients:
                    assert await next_frame(each) == f"{style}: hello"
            response = await http.post("/announce/", content=b"to all")
            assert response.status_code == 204
            for each in clients:
                assert await next_frame(each) == "to all"
        for _ in range(4):
            assert await server.next_end() is None
    assert (layer.groups, layer.channels) == ({}, {})


async def test_a_cell_may_send_to_consumers_of_both_styles(
    layer: InMemoryChannelLayer,
) -> None:
    with running(application()) as server:
        async with (
            server.connect("/ws/sync/") as in_sync,
            server.connect("/ws/async/") as in_async,
        ):
            # This test's loop is not the server's: they are two threads.
            await layer.group_send(
                "chat", {"type": "chat.message", "text": "from outside"}
            )
            assert await next_frame(in_sync) == "from outside"
            assert await next_frame(in_async) == "from outside"


async def test_blocking_code_of_one_style_does_not_hold_up_the_other() -> None:
    go_on = threading.Event()

    class Blocking(WebsocketConsumer):
        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            assert go_on.wait(LIMIT)
            self.send("at last")

    class Quick(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.send("at once")

    routes = [
        path("ws/blocking/", Blocking.as_asgi()),
        path("ws/quick/", Quick.as_asgi()),
    ]
    with running(URLRouter(routes)) as server:
        async with (
            server.connect("/ws/blocking/") as blocking,
            server.connect("/ws/quick/") as quick,
        ):
            await blocking.send("")
            await quick.send("")
            assert await next_frame(quick) == "at once"
            go_on.set()
            assert await next_frame(blocking) == "at last"
