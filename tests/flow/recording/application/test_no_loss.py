"""What looks like a loss, or like a failure, and is none.

A page that loads as it should draws no cross: neither for the end of what has
ended, nor for what a browser asks by itself.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.flow import Event, Flow, Recorder, record
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.routing import ProtocolTypeRouter, URLRouter, path
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.layers import fresh_layer

BROWSER = ("127.0.0.1", 5000)
ASK = {"type": "http.request", "body": b"", "more_body": False}
LEAVE = {"type": "http.disconnect"}
ICONS = [
    "/favicon.ico",
    "/apple-touch-icon.png",
    "/.well-known/appspecific/com.chrome.devtools.json",
]


class Page(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_response(200, b"hello")


class Broken(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        raise LookupError("no icon")


async def reads_on(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, and ask for what comes after it."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})
    await receive()


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve WebSockets alone, without looking what it got."""
    event = await receive()
    await send({"type": "websocket.send", "text": event["text"]})


async def only_websockets(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "websocket"


ROUTED = ProtocolTypeRouter({"http": URLRouter([path("", Page.as_asgi())])})


def given(*events: Message) -> Receive:
    """Return a ``receive`` that gives some events, and no more."""
    left: Iterator[Message] = iter(events)

    async def receive() -> Message:
        return next(left, LEAVE)

    return receive


async def nowhere(message: Message) -> None:
    """Take what is sent."""


async def flow_of(
    app: ASGIApp, where: str, *events: Message, **client: Any
) -> list[Event]:
    """Return what a request leads to."""
    recorder = Recorder(app)
    if client:
        recorder.expect(BROWSER, **client)
    scope = {"type": "http", "path": where, "method": "GET", "client": BROWSER}
    with contextlib.suppress(Exception):
        await recorder(scope, given(*events), nowhere)
    return list(Flow(recorder.journal))


@pytest.mark.parametrize("app", [Page.as_asgi(), reads_on, ROUTED])
async def test_the_end_after_a_whole_response_is_no_loss(app: ASGIApp) -> None:
    events = await flow_of(app, "/", ASK, LEAVE)

    assert len(events) >= 3
    assert not any(event.is_lost for event in events)


@pytest.mark.parametrize("where", ICONS)
@pytest.mark.parametrize("app", [ROUTED, echo, only_websockets])
async def test_what_a_browser_asks_by_itself_crashes_nothing(
    app: ASGIApp, where: str
) -> None:
    events = await flow_of(app, where, ASK, LEAVE)

    assert not any(event.is_lost for event in events)


async def test_what_a_page_names_may_crash() -> None:
    events = await flow_of(ROUTED, "/icon.png", ASK, LEAVE)

    assert [event.kind for event in events] == ["crash"]


async def test_an_icon_that_a_client_of_ours_asks_for_may_crash() -> None:
    events = await flow_of(ROUTED, "/favicon.ico", ASK, LEAVE, name="ada")

    assert [event.kind for event in events] == ["crash"]


async def test_a_consumer_for_an_icon_may_crash() -> None:
    route = path("favicon.ico", Broken.as_asgi())

    events = await flow_of(URLRouter([route]), "/favicon.ico", ASK, LEAVE)

    assert events[-1].kind == "crash"


async def test_an_icon_without_a_client_address_crashes_nothing() -> None:
    recorder = Recorder(only_websockets)
    scope = {"type": "http", "path": "/favicon.ico"}

    with pytest.raises(AssertionError):
        await recorder(scope, given(ASK), nowhere)

    assert len(Flow(recorder.journal)) == 0


@pytest.mark.parametrize(
    ("last", "status"),
    [
        ({"type": "websocket.close", "code": 1000}, "delivered"),
        ({"type": "websocket.send", "text": "late"}, "undelivered"),
    ],
)
async def test_a_goodbye_to_somebody_who_is_gone_is_no_loss(
    last: Message, status: str
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        await send(last)

    async def send(message: Message) -> None:
        if message["type"] != "websocket.accept":
            raise ConnectionError("gone")

    recorder = Recorder(app)
    scope = {"type": "websocket", "path": "/", "client": BROWSER}

    with pytest.raises(ConnectionError):
        await recorder(scope, given(), send)

    assert [event.status for event in Flow(recorder.journal)][-1] == status


class Asks(AsyncWebsocketConsumer):
    """Reads its own mailbox by hand: in a handler, or in a task of one."""

    how = "await"

    async def connect(self) -> None:
        self.asked, self.done = asyncio.Event(), asyncio.Event()
        self.pump = asyncio.create_task(self.reads_when_asked())
        await self.accept()

    async def reads_when_asked(self) -> None:
        await self.asked.wait()
        await self.reads()
        self.done.set()

    async def reads(self) -> None:
        for _ in range(2):
            await self.channel_layer.receive(self.channel_name)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        for _ in range(2):
            answer = {"type": "chat.answer"}
            await self.channel_layer.send(self.channel_name, answer)
        if self.how == "await":
            await self.reads()
        elif self.how == "wait_for":
            await asyncio.wait_for(self.reads(), 5)
        else:
            self.asked.set()
            await self.done.wait()

    async def disconnect(self, code: int) -> None:
        self.pump.cancel()


@pytest.mark.parametrize("how", ["await", "wait_for", "an older task"])
async def test_what_a_consumer_has_read_by_hand_is_no_loss(how: str) -> None:
    app = type("Asks", (Asks,), {"how": how}).as_asgi()  # type: ignore[attr-defined]
    with fresh_layer(), record(app) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        await client.send_to(text_data="go")
        await client.disconnect()

    assert [e.type for e in flow if e.kind == "read"] == ["chat.answer"] * 2
    assert not any(event.is_lost for event in flow)


class LongPoll(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        answer = {"type": "chat.answer"}
        await self.channel_layer.send(self.channel_name, answer)
        await self.channel_layer.receive(self.channel_name)
        await self.send_response(200, body)


async def test_what_is_read_behind_a_body_in_pieces_is_no_loss() -> None:
    with fresh_layer(), record(LongPoll.as_asgi()) as flow:
        client = HttpCommunicator(flow.app, "POST", "/")
        piece = {"type": "http.request", "body": b"x", "more_body": True}
        await client.send_input(piece)
        response = await client.get_response()
        await client.wait()

    assert response["status"] == 200
    assert not any(event.is_lost for event in flow)
