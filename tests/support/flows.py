"""Flows of every shape, recorded from real consumers: for the drawings."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from minichannels.flow import Flow, record
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.routing import ChannelNameRouter
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import Message, Receive, Scope, Send
from minichannels.worker import Worker
from support import apart
from support.layers import LayerWithoutExtensions

PATIENCE = 30.0
"""Seconds: hundreds of clients enter a room while other tests run."""


class Room(AsyncWebsocketConsumer):
    """A chat in one group; ``slow`` is a handler's wait, if somebody's."""

    group = "chat_lobby"
    slow = ""
    go_on = asyncio.Event()

    async def connect(self) -> None:
        await self._layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "chat.message", "message": text_data or bytes_data}
        await self._layer.group_send(self.group, message)

    async def chat_message(self, event: dict[str, Any]) -> None:
        if self.scope["client"][0] == self.slow:
            await self.go_on.wait()
        value = event["message"]
        if isinstance(value, bytes):
            await self.send(bytes_data=value)
        else:
            await self.send(value)

    @property
    def _layer(self) -> Any:
        return self.channel_layer


async def chat(
    names: Sequence[str],
    texts: Sequence[str | bytes],
    *,
    room: type[Room] = Room,
    layer: Any = None,
    slow: str = "",
) -> Flow:
    """Let the first of some clients say something to the room."""
    layer = layer or InMemoryChannelLayer(capacity=100)
    values = {"slow": slow, "go_on": asyncio.Event()}
    here: type[Room] = type(room.__name__, (room,), values)
    with record(here.as_asgi(), layer) as flow:
        clients = [await _enter(flow, name) for name in names]
        readers = [c for c in clients if c.scope["client"][0] != slow]
        for text in texts:
            binary = isinstance(text, bytes)
            field = "bytes_data" if binary else "text_data"
            await clients[0].send_to(**{field: text})  # type: ignore[arg-type]  # one of both
            for client in readers:
                await client.receive_from(PATIENCE)
        here.go_on.set()
        for client in clients:
            await client.disconnect(timeout=PATIENCE)
    return flow


async def _enter(flow: Any, name: str) -> WebsocketCommunicator:
    client = WebsocketCommunicator(flow.app, "/ws/chat/lobby/")
    client.scope["client"] = [name, 1]
    flow.app.expect((name, 1), name)
    await client.connect(PATIENCE)
    return client


class LongNamedAnnouncementConsumerOfTheHouse(Room):
    group = "the_group_of_all_who_hear_announcements_in_the_house"

    async def chat_message(self, event: dict[str, Any]) -> None:
        await super().chat_message(event)


async def stream() -> Flow:
    """Get two pages, one in pieces."""

    class Pages(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            if self.scope["path"] == "/plain":
                await self.send_response(200, b"hello")
                return
            await self.send_headers()
            for number in range(4):
                await self.send_body(b"%d" % number, more_body=number < 3)

    with record(Pages.as_asgi()) as flow:
        for path in ("/plain", "/stream?of=numbers"):
            await HttpCommunicator(flow.app, "GET", path).get_response()
    return flow


async def work() -> Flow:
    """Send a worker two jobs."""
    done: asyncio.Queue[int] = asyncio.Queue()

    class Thumbnails(AsyncWebsocketConsumer):
        async def make(self, message: dict[str, Any]) -> None:
            done.put_nowait(1)

    app = ChannelNameRouter({"thumbnails": Thumbnails.as_asgi()})
    with record(app, InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer
        handle = Worker(flow.app, ["thumbnails"], layer).handle()
        worker = asyncio.create_task(handle)
        for job in (5, {"of": [5, {"a": None}]}):
            await layer.send("thumbnails", {"type": "make", "id": job})
            await asyncio.wait_for(done.get(), 5)
        worker.cancel()
        await asyncio.wait([worker])
    return flow


async def two_layers() -> Flow:
    """Send over two layers of the registry."""

    class Both(AsyncJsonWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            for alias in ("default", "chat"):
                layer: Any = channel_layers[alias]
                await layer.group_add(f"of_{alias}", self.channel_name)
                await layer.group_send(f"of_{alias}", {"type": "hear"})

        async def hear(self, event: dict[str, Any]) -> None:
            await self.send_json({"heard": True})

    with _layers("default", "chat"), record(Both.as_asgi()) as flow:
        ada = await _enter(flow, "ada")
        await ada.receive_from()
        await ada.disconnect()
    return flow


@contextmanager
def _layers(*aliases: str) -> Iterator[None]:
    former = {
        alias: channel_layers.set(alias, InMemoryChannelLayer())
        for alias in aliases
    }
    try:
        yield
    finally:
        for alias, layer in former.items():
            channel_layers.set(alias, layer)


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        answer: Message = {**event, "type": "websocket.send"}
        await send(answer)


async def echo() -> Flow:
    """Use an application without any layer."""
    with record(_echo) as flow:
        ada = await _enter(flow, "ada")
        for text in ("hi", '{"a":{"b":[1,2,{"c":null}]}}', ""):
            await ada.send_to(text_data=text)
            await ada.receive_from()
        await ada.send_to(bytes_data=b"\x00\xff" * 40)
        await ada.receive_from()
        await ada.disconnect()
    return flow


async def processes() -> Flow:
    """Join three processes; in one of them several share a column."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        await apart.tell(path, "eve", "dan", "joe")
        layer = InMemoryChannelLayer()
        with apart.apart(_echo, layer, "a-long-process-name", path) as other:
            message = {"type": "make", "of": "a picture that nobody makes"}
            await other.layer.send("pictures", message)
        return Flow.merge(path)


def people(number: int) -> list[str]:
    return [f"client{who}" for who in range(1, number + 1)]


TEXTS = [f"text number {number}" for number in range(1, 8)]

SHAPES: dict[str, Callable[[], Awaitable[Flow]]] = {
    "processes": processes,
    "six-lanes": lambda: chat(["ada", "bob", "eve"], ["a", "b", "c"]),
    "long-names": lambda: chat(
        [f"somebody with a long name {who}" for who in "abc"],
        ["a rather long text, of some sixty characters and a few more"] * 2,
        room=LongNamedAnnouncementConsumerOfTheHouse,
    ),
    "many-waits": lambda: chat(["ada", "bob"], TEXTS, slow="bob"),
    "full": lambda: chat(
        ["ada", "bob"],
        TEXTS,
        slow="bob",
        layer=InMemoryChannelLayer(capacity=3),
    ),
    "unknown-capacity": lambda: chat(
        ["ada", "bob"], TEXTS, slow="bob", layer=LayerWithoutExtensions()
    ),
    "binary": lambda: chat(["ada", "bob"], [b"\x00" * 30, '{"a":[1]}']),
    "http": stream,
    "worker": work,
    "two-layers": two_layers,
    "no-layer": echo,
    "hundred-members": lambda: chat(people(100), ["hi"]),
    "200-lanes": lambda: chat(people(200), []),
    "5000-events": lambda: chat(["ada", "bob"], ["x", "yy"] * 420),
}
"""What makes each flow, by its name."""
