"""One script, one line-up: in every run, on every wire, under load."""

import inspect
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.flow import Flow
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.lab import serve
from minichannels.types import Message
from support.layers import fresh_layer

RUNS = 50
NAMES = ("ada", "bob", "eve")

# In process, as soon as serve() can: the same line-up as over sockets.
WIRES: list[dict[str, Any]] = [
    {},
    *(
        [{"wire": "memory"}]
        if "wire" in inspect.signature(serve).parameters
        else []
    ),
]


class Chat(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add("lobby", self.channel_name)
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("lobby", message)

    async def chat_message(self, event: Message) -> None:
        await self.send(event["text"])


class SyncChat(WebsocketConsumer):
    groups = ("lobby",)

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "chat.message", "text": text_data}
        async_to_sync(self.channel_layer.group_send)("lobby", message)

    def chat_message(self, event: Message) -> None:
        self.send(event["text"])


async def waiting_for_answers(server: Any) -> None:
    """Take turns; after each word everybody has heard it."""
    clients = [await server.connect("/", name=name) for name in NAMES]
    for number, one in enumerate(clients * 2):
        await one.send(f"word {number}")
        for other in clients:
            assert await other.recv() == f"word {number}"
    for one in clients:
        await one.close()
        await server.settle()


async def settling(server: Any) -> None:
    """Take turns; wait for all that follows, and read it at the end."""
    clients = []
    for name in NAMES:
        clients.append(await server.connect("/", name=name))
        await server.settle()
    for number, one in enumerate(clients * 2):
        await one.send(f"word {number}")
        await server.settle()
    for one in clients:
        assert [await one.recv() for _ in range(6)] == [
            f"word {number}" for number in range(6)
        ]
        await one.close()
        await server.settle()


async def line_up(
    app: Any, script: Callable[[Any], Any], wire: dict[str, Any]
) -> Flow:
    with fresh_layer():
        server = serve(app, **wire)
        try:
            await script(server)
        finally:
            server.stop()
        return Flow(server.flow.events)


@pytest.mark.timeout(0)  # each wait has a limit of its own
@pytest.mark.usefixtures("load")
@pytest.mark.parametrize("chat", [Chat, SyncChat])
@pytest.mark.parametrize("script", [waiting_for_answers, settling])
async def test_one_script_has_one_line_up(
    chat: Any,
    script: Callable[[Any], Any],
    record_property: Callable[[str, object], None],
) -> None:
    found: Counter[str] = Counter()
    arrivals = set()
    first: Flow | None = None
    difference = ""
    for wire, _ in itertools.product(WIRES, range(RUNS)):
        flow = await line_up(chat.as_asgi(), script, wire)
        first = flow if first is None else first
        if not difference and first.diff(flow):
            difference = f"{wire}: {first.diff(flow)}"
        found[flow.to_json()] += 1
        numbers = sorted((event.arrival, event.seq) for event in flow)
        arrivals.add(tuple(seq for _, seq in numbers))

    record_property(
        "measured",
        f"{chat.__name__}, {script.__name__}: {found.total()} runs on"
        f" {len(WIRES)} wires, {len(found)} line-ups,"
        f" {len(arrivals)} orders of arrival",
    )
    assert first is not None
    assert len(first) == (60 if chat is Chat else 63)
    assert list(found.values()) == [RUNS * len(WIRES)], difference
