"""What an application is given, sends and reads is the same while recorded."""

import asyncio
import copy
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.flow import record
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer, get_channel_layer
from minichannels.routing import ChannelNameRouter, ProtocolTypeRouter
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Receive, Scope, Send
from minichannels.worker import Worker
from support.layers import fresh_layer

LIMIT = 5

SENT: dict[str, list[Any]] = {
    "websocket": [
        {"type": "websocket.accept"},
        {"type": "websocket.send", "text": "a"},
        {"type": "websocket.send", "text": "b"},
        {"type": "websocket.close"},
    ],
    "http": [
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.body", "body": b""},
    ],
    "own": [{"type": "own.said"}, "no message"],
}
"""What an application sends, by the type of its scope."""


class Page(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        keys = sorted(copy.deepcopy(self.scope))
        await self.send_response(200, " ".join(keys).encode())


class Echo(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        await self.send(" ".join(sorted(copy.deepcopy(self.scope))))


def copied(inner: ASGIApp) -> ASGIApp:
    """Return an application that gets a deep copy, as some proxies' do."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(copy.deepcopy(scope), receive, send)

    return middleware


async def keys(application: ASGIApp) -> tuple[str, str]:
    """Return what keys the scopes of a request and of a WebSocket have."""
    asking = HttpCommunicator(application, "GET", "/")
    body = (await asking.get_response(LIMIT))["body"]
    client = WebsocketCommunicator(application, "/")
    assert await client.connect(LIMIT) == (True, None)
    text = await client.receive_from(LIMIT)
    await client.disconnect(timeout=LIMIT)
    return body.decode(), str(text)


@pytest.mark.parametrize("around", [lambda app: app, copied])
async def test_a_scope_may_be_copied_and_has_nothing_of_ours(
    around: Any,
) -> None:
    chat = {"http": Page.as_asgi(), "websocket": Echo.as_asgi()}
    application = around(ProtocolTypeRouter(chat))
    plain = await keys(application)

    with record(application) as flow:
        assert await keys(flow.app) == plain

    # Who is behind the copy is known all the same.
    assert [lane for lane in ("Page#1", "Echo#1") if lane in repr(flow)] == [
        "Page#1",
        "Echo#1",
    ]


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_what_an_application_returns_is_returned(kind: str) -> None:
    async def application(*_: Any) -> str:
        return "returned"

    with record(application) as flow:
        app: Any = flow.app
        assert await app({"type": kind}, None, None) == "returned"


@pytest.mark.parametrize("kind", list(SENT))
async def test_what_a_servers_send_returns_is_returned(kind: str) -> None:
    returned = []

    async def application(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        returned.extend([await send(event) for event in SENT[kind]])

    async def receive() -> Any:
        return {"type": "begun"}

    async def send(event: Any) -> str:
        return "sent"

    with record(application) as flow:
        scope = {"type": kind, "path": "/", "method": "GET", "headers": []}
        await flow.app(scope, receive, send)

    assert returned == ["sent"] * len(SENT[kind])


@pytest.mark.parametrize("kind", ["websocket", "http", "own"])
async def test_what_is_no_message_is_handed_on(kind: str) -> None:
    events = [b"raw", "text", 5, None]
    got = []

    async def application(_: Scope, receive: Receive, send: Send) -> None:
        got.extend([await receive() for _ in events])

    incoming: asyncio.Queue[Any] = asyncio.Queue()
    for event in events:
        incoming.put_nowait(event)
    with record(application) as flow:
        app: Any = flow.app
        scope = {"type": kind, "path": "/", "method": "GET", "headers": []}
        await app(scope, incoming.get, None)

    assert got == events


async def test_an_event_may_be_sent_on_by_a_layer_got_before() -> None:
    with fresh_layer():
        layer: Any = get_channel_layer()

        class Relay(AsyncWebsocketConsumer):
            groups = ("room",)

            async def said(self, event: Any) -> None:
                message = {"type": "quoted", "quote": event}
                await layer.group_send("room", message)

            async def quoted(self, event: Any) -> None:
                await self.send(repr(event["quote"]))

        with record(Relay.as_asgi()) as flow:
            client = WebsocketCommunicator(flow.app, "/")
            await client.connect(LIMIT)
            said = {"type": "said", "text": "hi"}
            recorded: Any = get_channel_layer()
            assert recorded is not layer
            await recorded.group_send("room", said)
            assert await client.receive_from(LIMIT) == repr(said)
            await client.disconnect(timeout=LIMIT)


async def test_a_worker_made_before_hands_on_what_was_sent() -> None:
    cooked: asyncio.Queue[Any] = asyncio.Queue()

    class Cook(AsyncConsumer):
        async def order(self, event: Any) -> None:
            cooked.put_nowait(event)

    with fresh_layer():
        layer: Any = get_channel_layer()
        kitchen = ChannelNameRouter({"kitchen": Cook.as_asgi()})
        working = asyncio.create_task(
            Worker(kitchen, ["kitchen"], layer).handle()
        )
        order = {"type": "order", "dish": "soup"}

        with record(Page.as_asgi()):
            recorded: Any = get_channel_layer()
            assert recorded is not layer
            await recorded.send("kitchen", order)
            async with asyncio.timeout(LIMIT):
                assert await cooked.get() == order

        working.cancel()
        await asyncio.wait([working])


async def test_a_channel_may_have_a_prefix_by_position_or_by_name() -> None:
    with record(Page.as_asgi(), InMemoryChannelLayer()) as flow:
        layer: Any = flow.layer

        assert (await layer.new_channel("ada")).startswith("ada.")
        assert (await layer.new_channel(prefix="ada")).startswith("ada.")
