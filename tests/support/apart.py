"""Processes that are none: recorded each on its own, over one layer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from minichannels.consumer import AsyncConsumer
from minichannels.flow import Journal, Recorder
from minichannels.flow.processes.writing import JournalFile
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.testing import WebsocketCommunicator
from minichannels.types import ASGIApp
from minichannels.worker import Worker
from support.limit import LIMIT


class Apart:
    """What is recorded as one process.

    Attributes:
        app: the application, recorded.
        layer: the layer, recorded.
        journal: what happened here.
    """

    def __init__(self, app: ASGIApp, layer: Any, name: str) -> None:
        self.journal = Journal()
        self.app = Recorder(app, self.journal)
        self.layer: Any = RecordedLayer(layer, journals=lambda: (self.journal,))
        self.name = name

    def client(self, name: str) -> WebsocketCommunicator:
        """Return a client of that name."""
        made = WebsocketCommunicator(self.app, "/")
        made.scope["client"] = [name, 1]
        self.app.expect((name, 1), name)
        return made


@contextmanager
def apart(app: ASGIApp, layer: Any, name: str, folder: Path) -> Iterator[Apart]:
    """Record an application and a layer as if they were a process.

    The layer stands in the registry as ``name`` until the end: a consumer with
    that ``channel_layer_alias`` uses it.
    """
    one = Apart(app, layer, name)
    file = JournalFile(one.journal, folder, name)
    channel_layers.set(name, one.layer)
    try:
        yield one
    finally:
        channel_layers.backends.pop(name)
        one.layer._minichannels_mail.finish(one.journal)
        one.layer._minichannels_unwatch()
        file.close()


# A story of three


class Shop(AsyncWebsocketConsumer):
    groups = ("lobby",)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.channel_layer.send(
            "pictures",
            {"type": "make", "of": text_data, "to": self.channel_name},
        )

    async def made(self, event: dict[str, Any]) -> None:
        await self.channel_layer.group_send(
            "lobby", {"type": "tell", "text": event["of"]}
        )

    async def tell(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


class Shop1(Shop):
    channel_layer_alias = "web-1"


class Shop2(Shop):
    channel_layer_alias = "web-2"


class Pictures(AsyncConsumer):
    channel_layer_alias = "worker-1"

    async def make(self, event: dict[str, Any]) -> None:
        await self.channel_layer.send(
            event["to"], {"type": "made", "of": event["of"]}
        )


@asynccontextmanager
async def working(one: Apart) -> AsyncIterator[None]:
    worker = Worker(one.app, ["pictures"], one.layer)
    task = asyncio.create_task(worker.handle())
    try:
        async with asyncio.timeout(LIMIT):
            yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def tell(folder: Path, *others: str) -> None:
    """Have a picture made for ada, bob and others, in three processes."""
    layer = InMemoryChannelLayer()
    with (
        apart(Shop1.as_asgi(), layer, "web-1", folder) as web1,
        apart(Shop2.as_asgi(), layer, "web-2", folder) as web2,
        apart(Pictures.as_asgi(), layer, "worker-1", folder) as work,
    ):
        async with working(work):
            ada, bob = web1.client("ada"), web2.client("bob")
            clients = [ada, bob, *map(web1.client, others)]
            for client in clients:
                await client.connect()
            await ada.send_to(text_data="cat")
            for client in clients:
                assert await client.receive_from() == "cat"
            for client in reversed(clients):
                await client.disconnect()
