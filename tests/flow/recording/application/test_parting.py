"""An application that returns too early, or goes on after the end.

That is told of those who do it, and of nobody else.
"""

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.flow import Event, Flow, Recorder
from minichannels.flow.recording.clients.asked import Address
from minichannels.flow.text.wording import fate
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support import django_settings

django_settings.set_up()
_channels: Any = importlib.import_module("channels.generic.websocket")
_consumer: Any = importlib.import_module("channels.consumer")
_stop: Any = importlib.import_module("channels.exceptions").StopConsumer

ADA: Address = ("127.0.0.1", 5000)
CONNECT = {"type": "websocket.connect"}
HI = {"type": "websocket.receive", "text": "hi"}
LEAVE = {"type": "websocket.disconnect", "code": 1001}
ASK = {"type": "http.request", "body": b"", "more_body": False}
LEFT = {"type": "http.disconnect"}
ACCEPT = {"type": "websocket.accept"}
START = {"type": "http.response.start", "status": 200, "headers": []}
MORE = {"type": "http.response.body", "body": b"hi", "more_body": True}
LAST = {"type": "http.response.body", "body": b""}
DENIAL = {"type": "websocket.http.response.start", "status": 401}


def given(*events: Message) -> Receive:
    """Return a ``receive`` that gives some events, and the last for ever."""
    left: Iterator[Message] = iter(events)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return next(left, events[-1])

    return receive


async def nowhere(message: Message) -> None:
    """Take what is sent."""
    await asyncio.sleep(0)


async def told(
    app: ASGIApp, *events: Message, send: Send = nowhere, **scope: Any
) -> list[Event]:
    """Return what the flow says of how an application ended."""
    written = await flow_of(app, *events, send=send, **scope)
    return [event for event in written if event.traits.fails]


async def flow_of(
    app: ASGIApp, *events: Message, send: Send = nowhere, **scope: Any
) -> list[Event]:
    """Return what is written down of an application that gets some events."""
    kind = events[0]["type"].partition(".")[0]
    where = {"type": kind, "path": "/", "client": ADA, "headers": []}
    where |= {"extensions": {"websocket.http.response": {}}, **scope}
    recorder = Recorder(app)
    with contextlib.suppress(Exception):
        await recorder(where, given(*events), send)
    return list(Flow(recorder.journal))


def says(events: list[Event]) -> list[tuple[str, str, str, int | None]]:
    return [(e.kind, e.type, e.reason, e.cause) for e in events]


def sending(*messages: Message) -> ASGIApp:
    """Return an application that reads one event, sends some, and returns."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for message in messages:
            await send(message)

    return app


# Too early

EARLY = [
    ((), CONNECT, "websocket.accept", "client sees 500"),
    ((ACCEPT,), CONNECT, "websocket.close", "client sees 1006"),
    ((), ASK, "http.response.start", "client sees 500"),
    ((START,), ASK, "http.response.body", "client sees a part"),
    ((START, MORE), ASK, "http.response.body", "client sees a part"),
    (
        (DENIAL,),
        CONNECT,
        "websocket.http.response.body",
        "client sees a part",
    ),
]
DONE = [
    ((ACCEPT, {"type": "websocket.close"}), CONNECT),
    (({"type": "websocket.close"},), CONNECT),
    ((DENIAL, {"type": "websocket.http.response.body"}), CONNECT),
    ((START, MORE, LAST), ASK),
    ((START, {"type": "http.response.pathsend", "path": "/a"}), ASK),
    ((START, {"type": "http.response.zerocopysend", "file": 1}), ASK),
]


@pytest.mark.parametrize(("sent", "event", "missing", "seen"), EARLY)
async def test_a_return_too_early_says_what_the_client_is_owed(
    sent: tuple[Message, ...], event: Message, missing: str, seen: str
) -> None:
    (early,) = await told(sending(*sent), event)

    assert says([early]) == [("return", missing, seen, 1)]
    assert early.ends


@pytest.mark.parametrize(("sent", "event"), DONE)
async def test_whoever_owes_nothing_may_return(
    sent: tuple[Message, ...], event: Message
) -> None:
    assert await told(sending(*sent), event) == []


async def test_a_return_without_an_event_says_whose_request_it_was() -> None:
    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = swallows

    (early,) = await told(nothing, ASK, method="GET", path="/a")

    assert early.source == "swallows#1"
    assert early.payload == {
        "client": "browser#1",
        "method": "GET",
        "path": "/a",
    }


async def test_whoever_is_told_of_the_end_may_return() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.request"
        await receive()

    assert await told(app, ASK, LEFT) == []


async def test_whoever_cannot_send_any_more_may_return() -> None:
    async def gone(message: Message) -> None:
        raise ConnectionResetError

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(OSError):
            await send(ACCEPT)

    assert await told(app, CONNECT, send=gone) == []


async def test_a_client_of_ours_that_has_left_is_owed_nothing() -> None:
    recorder = Recorder(sending(ACCEPT))
    recorder.expect(ADA).closed = True

    scope = {"type": "websocket", "path": "/", "client": ADA}
    await recorder(scope, given(CONNECT), nowhere)

    assert not any(event.traits.fails for event in Flow(recorder.journal))


async def test_what_a_browser_asks_by_itself_may_stay_unanswered() -> None:
    assert await told(sending(), ASK, path="/favicon.ico") == []


async def test_an_application_that_is_cancelled_may_return() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        serving.cancel()

    recorder = Recorder(app)
    scope = {"type": "websocket", "path": "/", "client": ADA}
    serving = asyncio.create_task(recorder(scope, given(CONNECT), nowhere))
    await asyncio.wait({serving})

    assert list(Flow(recorder.journal)) == []


async def test_what_is_no_connection_of_the_web_owes_nothing() -> None:
    assert await told(sending(), {"type": "mqtt.connect"}) == []


# Not at all


async def swallows(scope: Scope, receive: Receive, send: Send) -> None:
    """Ask for more, whatever it was told."""
    for _ in range(6):
        await receive()


async def tells_on(scope: Scope, receive: Receive, send: Send) -> None:
    """Send to a client that has left."""
    while (await receive())["type"] != LEAVE["type"]:
        await send(ACCEPT)
    await send({"type": "websocket.send", "text": "one"})
    await send({"type": "websocket.send", "text": "two"})


async def streams_on(scope: Scope, receive: Receive, send: Send) -> None:
    """Send more of a response that nobody reads any more."""
    await send(START)
    while (await receive())["type"] != LEFT["type"]:
        pass
    await send(MORE)
    await send(LAST)


class Deaf(AsyncConsumer):
    """Is told of the end as often as it asks."""

    async def websocket_disconnect(self, event: Message) -> None:
        self.told = getattr(self, "told", 0) + 1
        if self.told > 2:
            raise StopConsumer


class DeafOfChannels(_consumer.AsyncConsumer):  # type: ignore[misc]  # Any
    """The same, with Channels."""

    told = 0

    async def websocket_disconnect(self, event: Message) -> None:
        self.told += 1
        if self.told > 2:
            raise _stop


ASKS = ("linger", "websocket.disconnect", "calls receive()")
TELLS = ("linger", "websocket.disconnect", "sends websocket.send")
STREAMS = ("linger", "http.disconnect", "sends http.response.body")


@pytest.mark.parametrize(
    ("app", "events", "said"),
    [
        (swallows, (CONNECT, LEAVE), (*ASKS, 2)),
        (swallows, (ASK, LEFT), ("linger", "http.disconnect", ASKS[2], 2)),
        (tells_on, (CONNECT, LEAVE), (*TELLS, 3)),
        (streams_on, (ASK, LEFT), (*STREAMS, 3)),
        (Deaf.as_asgi(), (LEAVE,), (*ASKS, 1)),
        (DeafOfChannels.as_asgi(), (LEAVE,), (*ASKS, 1)),
    ],
)
async def test_whoever_goes_on_after_the_end_is_told_of_once(
    app: ASGIApp, events: tuple[Message, ...], said: tuple[object, ...]
) -> None:
    assert says(await told(app, *events)) == [said]


async def test_whoever_reads_beside_who_was_told_goes_on_for_a_reason() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):  # each task is told by itself
            await asyncio.gather(receive())
        await send({"type": "websocket.send", "text": "not told yet"})

    assert await told(app, LEAVE) == []


async def test_stream_of_who_has_left_is_over_with_its_application() -> None:
    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        await send(MORE)
        await receive()

    *earlier, left = await flow_of(streams, ASK, LEFT)

    assert left.type == "http.disconnect"
    assert (left.reason, fate(left)) == ("client left", "client left")
    assert [event.ends for event in (*earlier, left)] == [False] * 3 + [True]


async def test_who_leaves_with_the_whole_answer_has_not_left_early() -> None:
    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        await send(LAST)
        await receive()

    *_, last, left = await flow_of(answers, ASK, LEFT)

    assert (last.ends, left.type, fate(left)) == (True, "http.disconnect", "")


async def test_whoever_has_answered_may_ask_on() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(LAST)
        for _ in range(3):
            assert (await receive())["type"]

    assert await told(app, ASK, LEFT) == []


# As one usually ends


class Echo(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data or "")


class SyncEcho(WebsocketConsumer):
    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.send(text_data or "")


class EchoOfChannels(_channels.AsyncWebsocketConsumer):  # type: ignore[misc]  # Any
    async def disconnect(self, code: int) -> None:
        await self.send("bye")


class Page(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_response(200, b"hello")


class Endpoint(WebSocketEndpoint):
    encoding = "text"

    async def on_receive(self, websocket: WebSocket, data: str) -> None:
        await websocket.send_text(data)


async def chat(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def tidy(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        await websocket.close()


async def denied(websocket: WebSocket) -> None:
    await websocket.send_denial_response(PlainTextResponse("no", 401))


async def pumped(websocket: WebSocket) -> None:
    await websocket.accept()

    async def pump() -> None:
        while True:
            await websocket.send_text("tick")

    pumping = asyncio.create_task(pump())
    async for _ in websocket.iter_text():
        pass
    await asyncio.sleep(0)
    pumping.cancel()


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse((await request.body()).decode())


async def polled(request: Request) -> StreamingResponse:
    async def until_left() -> AsyncIterator[str]:
        while not await request.is_disconnected():
            yield "x"

    return StreamingResponse(until_left())


def of_starlette(endpoint: Callable[[Any], Awaitable[Any]]) -> ASGIApp:
    async def passed(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    around = [Middleware(BaseHTTPMiddleware, dispatch=passed)]
    route = WebSocketRoute if endpoint in SOCKETS else Route
    app = Starlette(routes=[route("/", endpoint)], middleware=around)
    found: ASGIApp = app
    return found


SOCKETS: list[Any] = [Endpoint, chat, tidy, denied, pumped]
SPOKEN = (CONNECT, HI, LEAVE)


@pytest.mark.parametrize(
    ("app", "events"),
    [
        *((c.as_asgi(), SPOKEN) for c in (Echo, SyncEcho, EchoOfChannels)),
        *((of_starlette(endpoint), SPOKEN) for endpoint in SOCKETS),
        *(
            (of_starlette(endpoint), (ASK, LEFT))
            for endpoint in (hello, polled)
        ),
        (Page.as_asgi(), (ASK, LEFT)),
        (Page.as_asgi(), (LEFT,)),
    ],
)
async def test_the_usual_endings_are_no_failures(
    app: ASGIApp, events: tuple[Message, ...]
) -> None:
    assert await told(app, *events, method="GET") == []


class Unspeakable:
    def __str__(self) -> str:
        raise LookupError("no word for it")

    __repr__ = __str__


@pytest.mark.parametrize(
    "value", [10**5_000, Unspeakable(), None], ids=["huge", "odd", "none"]
)
@pytest.mark.parametrize(
    "message",
    [
        {"type": "http.response.start", "status": 0, "headers": []},
        {"type": "websocket.http.response.start", "status": 0, "headers": []},
        {"type": "websocket.close", "code": 0},
    ],
)
async def test_a_status_of_which_nothing_can_be_said_is_for_the_server(
    message: Message, value: Any
) -> None:
    sent = {**message, "status" if "status" in message else "code": value}
    arrived: list[Message] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(sent)

    async def send(message: Message) -> None:
        arrived.append(message)

    recorder = Recorder(application)
    scope = {"type": sent["type"].partition(".")[0], "method": "GET"}
    first = ASK if scope["type"] == "http" else CONNECT
    await recorder({**scope, "path": "/", "headers": []}, given(first), send)

    assert arrived == [sent]
    assert "RAISED" not in str(Flow(recorder.journal))
