"""A server may refuse to send by any error, once it gave a client up."""

import asyncio
from typing import Any, ClassVar

import pytest
from asgiref.sync import async_to_sync

from minichannels.consumer import AsyncConsumer, SyncConsumer, lifecycle
from minichannels.exceptions import (
    ClientGone,
    SessionUnavailable,
    StopConsumer,
    UnserializableError,
)
from minichannels.flow import record
from minichannels.generic import http
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import WebsocketCommunicator
from minichannels.types import ASGIApp, Message

LIMIT = 10  # seconds that nothing takes, unless it hangs
CONNECT: Message = {"type": "websocket.connect"}
SAID: Message = {"type": "websocket.receive", "text": "hi"}
GONE: Message = {"type": "websocket.disconnect", "code": 1011}

styles = pytest.mark.parametrize("style", ["async", "sync"])
errors = pytest.mark.parametrize(
    "error",
    [RuntimeError("sent after close"), OSError("gone"), KeyError("gone")],
    ids=lambda error: type(error).__name__,
)


class Server:
    """A server that gives some events, and refuses all that is sent but one.

    Args:
        error: what it raises.
        then: the events that follow when it has refused something.
    """

    def __init__(self, error: Exception, *then: Message) -> None:
        self.error = error
        self.then = then
        self.events: asyncio.Queue[Message] = asyncio.Queue()
        self.events.put_nowait(CONNECT)
        self.accepted = asyncio.Event()

    async def send(self, event: Message) -> None:
        if event["type"] == "websocket.accept":
            self.accepted.set()
            return
        for following in self.then:
            self.events.put_nowait(following)
        self.then = ()
        raise self.error

    async def serve(self, consumer: type[AsyncConsumer]) -> None:
        async with asyncio.timeout(LIMIT):
            scope = {"type": "websocket"}
            await consumer.as_asgi()(scope, self.events.get, self.send)


def chat(style: str, notes: list[Any]) -> type[AsyncConsumer]:
    """Return a class that answers frames and messages, and notes its end."""

    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def receive(  # type: ignore[override]
            self, **frame: Any
        ) -> None:
            await self.say({})

        async def say(self, event: Message) -> None:
            await self.base_send({"type": "websocket.send", "text": "hi"})
            notes.append("sent")

        async def disconnect(self, code: int) -> None:
            notes.append(code)

    class Chat(WebsocketConsumer):
        groups = ("room",)

        def receive(  # type: ignore[override]
            self, **frame: Any
        ) -> None:
            self.send("hi")
            notes.append("sent")

        def say(self, event: Message) -> None:
            self.receive()

        def disconnect(self, code: int) -> None:
            notes.append(code)

    return AsyncChat if style == "async" else Chat


@styles
@errors
async def test_a_frame_is_answered_to_a_client_that_is_gone(
    style: str, error: Exception
) -> None:
    notes: list[Any] = []
    server = Server(error, GONE)
    server.events.put_nowait(SAID)
    await server.serve(chat(style, notes))
    assert notes == [1011]


@styles
@errors
async def test_a_groups_message_is_for_a_client_that_is_gone(
    style: str, error: Exception, layer: InMemoryChannelLayer
) -> None:
    notes: list[Any] = []
    server = Server(error, GONE)
    served = asyncio.create_task(server.serve(chat(style, notes)))
    await server.accepted.wait()
    for _ in range(3):
        await layer.group_send("room", {"type": "say"})
    await served
    assert notes == [1011]
    assert layer.groups == {}


@styles
@errors
async def test_a_consumer_of_ones_own_is_told_that_its_client_is_gone(
    style: str, error: Exception
) -> None:
    notes: list[Any] = []
    said: Message = {"type": "websocket.send", "text": "hi"}

    class AsyncOwn(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.send({"type": "websocket.accept"})

        async def websocket_receive(self, event: Message) -> None:
            await self.send(said)

        async def websocket_disconnect(self, event: Message) -> None:
            notes.append(event["code"])
            raise StopConsumer

    class Own(SyncConsumer):
        def websocket_connect(self, event: Message) -> None:
            self.send({"type": "websocket.accept"})

        def websocket_receive(self, event: Message) -> None:
            self.send(said)

        def websocket_disconnect(self, event: Message) -> None:
            notes.append(event["code"])
            raise StopConsumer

    server = Server(error, GONE)
    server.events.put_nowait(SAID)
    await server.serve(AsyncOwn if style == "async" else Own)
    assert notes == [1011]


class Together(AsyncWebsocketConsumer):
    """Sends two frames at once, in tasks of a group; one task fails itself."""

    notes: ClassVar[list[int]]
    own: ClassVar[Exception | None] = None

    async def fail(self) -> None:
        if self.own is not None:
            raise self.own

    async def receive(  # type: ignore[override]
        self, text_data: str
    ) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self.send("a"))
            both.create_task(self.fail())
            async with asyncio.TaskGroup() as inner:
                inner.create_task(self.send("b"))

    async def disconnect(self, code: int) -> None:
        self.notes.append(code)


@errors
async def test_tasks_of_a_group_send_to_a_client_that_is_gone(
    error: Exception,
) -> None:
    class Chat(Together):
        notes: ClassVar[list[int]] = []

    server = Server(error, GONE)
    server.events.put_nowait(SAID)
    await server.serve(Chat)
    assert Chat.notes == [1011]


@errors
@pytest.mark.parametrize("like_the_servers", [False, True])
async def test_an_error_of_ones_own_among_those_of_a_group_stays_one(
    error: Exception, like_the_servers: bool
) -> None:
    kind = type(error) if like_the_servers else ZeroDivisionError

    class Chat(Together):
        notes: ClassVar[list[int]] = []
        own = kind("own")

    server = Server(error, GONE)
    server.events.put_nowait(SAID)
    with pytest.raises(ExceptionGroup) as raised:
        await server.serve(Chat)
    assert raised.group_contains(kind, match="own")
    assert Chat.notes == []


@styles
@errors
async def test_frames_that_were_under_way_are_still_handled(
    style: str, error: Exception, layer: InMemoryChannelLayer
) -> None:
    # One is read, and waits behind the handler that fails.
    notes: list[Any] = []
    server = Server(error, SAID, SAID, GONE)
    served = asyncio.create_task(server.serve(chat(style, notes)))
    await server.accepted.wait()
    await layer.group_send("room", {"type": "say"})
    await served
    assert notes == [1011]


@styles
@pytest.mark.parametrize("then", [(), (SAID,)])
@pytest.mark.parametrize("by", ["frame", "message"])
async def test_an_error_for_a_client_that_stays_is_an_error(
    style: str,
    then: tuple[Message, ...],
    by: str,
    layer: InMemoryChannelLayer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lifecycle, "MOMENT", 0.01)
    notes: list[Any] = []
    server = Server(KeyError("no such code"), *then)
    served = asyncio.create_task(server.serve(chat(style, notes)))
    await server.accepted.wait()
    if by == "frame":
        server.events.put_nowait(SAID)
    else:
        await layer.group_send("room", {"type": "say"})
    with pytest.raises(KeyError, match="no such code"):
        await served
    assert notes == []


@pytest.mark.parametrize("send", ["send", "base_send"])
async def test_the_error_of_a_client_that_has_left_says_so(send: str) -> None:
    notes: list[str] = []

    class Chat(AsyncWebsocketConsumer):
        async def receive(  # type: ignore[override]
            self, **frame: Any
        ) -> None:
            try:
                if send == "send":
                    await self.send("hi")
                await self.base_send({"type": "websocket.send", "text": "hi"})
            except OSError as error:
                notes.append(str(error))

    server = Server(BrokenPipeError(), GONE)
    server.events.put_nowait(SAID)
    await server.serve(Chat)
    assert notes == ["the client has left, so nothing can be sent to it"]


@styles
async def test_an_error_of_the_handler_stays_an_error(style: str) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def receive(  # type: ignore[override]
            self, **frame: Any
        ) -> None:
            try:
                await self.send("hi")
            except RuntimeError:
                raise KeyError("own") from None

    class Chat(WebsocketConsumer):
        def receive(  # type: ignore[override]
            self, **frame: Any
        ) -> None:
            try:
                self.send("hi")
            except RuntimeError:
                raise KeyError("own") from None

    server = Server(RuntimeError("sent after close"), GONE)
    server.events.put_nowait(SAID)
    with pytest.raises(KeyError, match="own"):
        await server.serve(AsyncChat if style == "async" else Chat)


@styles
@pytest.mark.parametrize("error", [UnserializableError, SessionUnavailable])
async def test_what_a_middleware_of_ours_does_not_take_is_an_error(
    style: str, error: type[Exception]
) -> None:
    # It says why, and no server does: so it is told, though the client leaves.
    server = Server(error("a session is not kept"), GONE)
    server.events.put_nowait(SAID)
    with pytest.raises(error, match="a session is not kept"):
        await server.serve(chat(style, []))


@errors
async def test_a_request_ends_quietly_when_its_client_has_left(
    error: Exception,
) -> None:
    notes, server = page(error, {"type": "http.disconnect"})

    await server

    assert notes == ["disconnect"]


class Ticking(AsyncHttpConsumer):
    """Answers in a later handler, which a message to itself calls."""

    async def handle(self, body: bytes) -> None:
        await self.send_headers()
        await self.channel_layer.send(self.channel_name, {"type": "tick"})

    async def tick(self, event: Message) -> None:
        await self.send_body(b"x", more_body=True)


@errors
async def test_a_later_handler_of_a_request_finds_its_client_gone(
    error: Exception, layer: InMemoryChannelLayer
) -> None:
    notes = []

    class Events(Ticking):
        async def tick(self, event: Message) -> None:
            await super().tick(event)
            notes.append("sent")

        async def disconnect(self) -> None:
            notes.append("disconnect")

    await served_page(Events, error, {"type": "http.disconnect"})

    assert notes == ["disconnect"]


async def test_an_error_for_a_client_that_stays_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "MOMENT", 0.01)
    notes, server = page(KeyError("no such status"))

    with pytest.raises(KeyError, match="no such status"):
        await server

    assert notes == ["disconnect"]


async def test_what_says_that_a_request_is_over_is_read_under_a_recorder(
    layer: InMemoryChannelLayer,
) -> None:
    with record(Ticking.as_asgi(), layer) as flow:
        error = RuntimeError("sent after close")
        await served_app(flow.app, error, {"type": "http.disconnect"})

    read = [e.status for e in flow if e.kind == "receive"]
    assert read == ["delivered", "delivered"]


def page(error: Exception, *then: Message) -> tuple[list[str], Any]:
    """Serve a request: its body is refused by an error, and events follow."""
    notes = []

    class Page(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_headers()
            await self.send_body(b"x", more_body=True)
            notes.append("sent")

        async def disconnect(self) -> None:
            notes.append("disconnect")

    return notes, served_page(Page, error, *then)


async def served_page(
    consumer: type[AsyncHttpConsumer], error: Exception, *then: Message
) -> None:
    """Serve a request, as :func:`page` says."""
    await served_app(consumer.as_asgi(), error, *then)


async def served_app(app: ASGIApp, error: Exception, *then: Message) -> None:
    """Serve a request to an application, as :func:`page` says."""
    events: asyncio.Queue[Message] = asyncio.Queue()
    events.put_nowait({"type": "http.request", "body": b""})

    async def send(event: Message) -> None:
        if event["type"] == "http.response.body":
            for following in then:
                events.put_nowait(following)
            raise error

    async with asyncio.timeout(LIMIT):
        await app({"type": "http"}, events.get, send)


@styles
async def test_close_in_disconnect_does_nothing(style: str) -> None:
    notes = []

    class AsyncChat(AsyncWebsocketConsumer):
        async def disconnect(self, code: int) -> None:
            await self.close()
            notes.append(code)

    class Chat(WebsocketConsumer):
        def disconnect(self, code: int) -> None:
            async_to_sync(asyncio.sleep)(0)
            self.close()
            notes.append(code)

    consumer = AsyncChat if style == "async" else Chat
    client = WebsocketCommunicator(consumer.as_asgi(), "/")
    await client.connect(LIMIT)
    await client.disconnect(1001, timeout=LIMIT)
    assert notes == [1001]
    assert client.output_queue.empty()


@styles
async def test_an_event_that_closes_whom_is_gone_does_nothing(
    style: str,
) -> None:
    notes = []

    class Async(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.send({"type": "websocket.accept"})

        async def websocket_disconnect(self, event: Message) -> None:
            await self.send({"type": "websocket.close", "code": event["code"]})
            notes.append("closed")
            raise StopConsumer

    class Sync(SyncConsumer):
        def websocket_connect(self, event: Message) -> None:
            self.send({"type": "websocket.accept"})

        def websocket_disconnect(self, event: Message) -> None:
            self.send({"type": "websocket.close", "code": event["code"]})
            notes.append("closed")
            raise StopConsumer

    server = Server(OSError("gone"))
    server.events.put_nowait(GONE)

    await server.serve(Async if style == "async" else Sync)

    assert notes == ["closed"]


@styles
async def test_another_client_that_is_gone_holds_up_no_end(style: str) -> None:
    class Async(AsyncWebsocketConsumer):
        async def disconnect(self, code: int) -> None:
            raise ClientGone  # as the send() of another consumer does

    class Sync(WebsocketConsumer):
        def disconnect(self, code: int) -> None:
            raise ClientGone

    server = Server(OSError("gone"))
    server.events.put_nowait(GONE)

    await server.serve(Async if style == "async" else Sync)


class Closed(OSError):
    """An error of a server of which there can be no other kind."""

    def __init_subclass__(cls) -> None:
        raise TypeError("closed")


async def test_an_error_that_cannot_be_derived_from_says_it_all_the_same() -> (
    None
):
    notes: list[Any] = []

    class Chat(AsyncWebsocketConsumer):
        async def receive(  # type: ignore[override]
            self, **frame: Any
        ) -> None:
            try:
                await self.send("hi")
            except ClientGone as gone:
                notes.append((str(gone), type(gone.__cause__)))

    server = Server(Closed(), GONE)
    server.events.put_nowait(SAID)
    await server.serve(Chat)

    why = "the client has left, so nothing can be sent to it"
    assert notes == [(why, Closed)]
