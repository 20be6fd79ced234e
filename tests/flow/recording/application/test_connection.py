import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.flow import Flow, record
from minichannels.flow.journal.journal import Journal
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.connections import connect
from support.loops import ticks


def test_whoever_asked_twice_to_be_told_of_the_end_is_told_once() -> None:
    connection = connect(Journal())
    told: list[str] = []
    for word in ("first", "second"):
        connection.on_end["layer", "a"] = partial(told.append, word)

    connection.ends()

    assert told == ["second"]
    assert connection.on_end == {}


class Closing(AsyncWebsocketConsumer):
    """Runs a handler until told, while other events come."""

    running: asyncio.Event
    go_on: asyncio.Event

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.running.set()
        await self.go_on.wait()
        if text_data == "crash":
            raise ValueError("broken")
        raise StopConsumer


class ReadAhead(InMemoryChannelLayer):
    """A layer of which a message is read before its handler's turn."""

    async def receive(self, channel: str) -> dict[str, Any]:
        return await super().receive(channel)


async def busy(
    text: str, app: Any, kind: type[InMemoryChannelLayer] = ReadAhead
) -> Flow:
    """Have a handler end its consumer while a message of the layer waits."""
    Closing.running, Closing.go_on = asyncio.Event(), asyncio.Event()
    layer = kind(names=lambda: "it")
    with record(app, layer) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        await client.send_to(text_data=text)
        await asyncio.wait_for(Closing.running.wait(), 5)
        assert flow.layer is not None
        await flow.layer.send("specific..inmemory!it", {"type": "chat.message"})
        await ticks(5)  # so that the consumer has read it
        Closing.go_on.set()
        await asyncio.wait([client.future], timeout=5)
        with suppress(ValueError):
            await client.wait()
    return flow


def copying(app: Any) -> Any:
    """A middleware that hands plain copies on."""

    async def copied(scope: Scope, receive: Receive, send: Send) -> None:
        async def copy() -> Message:
            return dict(await receive())

        await app(scope, copy, send)

    return copied


def of_layer(flow: Flow) -> list[tuple[str, str]]:
    return [
        (event.status, event.reason)
        for event in flow
        if event.kind == "deliver"
    ]


@pytest.mark.parametrize("text", ["stop", "crash"])
async def test_what_was_read_but_not_begun_is_undelivered(text: str) -> None:
    flow = await busy(text, Closing.as_asgi())

    assert of_layer(flow) == [("undelivered", "undelivered")]
    crashes = [event for event in flow if event.kind == "crash"]
    causes = [flow.events[(event.cause or 0) - 1] for event in crashes]
    assert [event.type for event in causes] == (
        ["websocket.receive"] if text == "crash" else []
    )


async def test_what_was_not_taken_before_the_end_is_lost() -> None:
    flow = await busy("stop", Closing.as_asgi(), InMemoryChannelLayer)

    assert of_layer(flow) == [("waiting", "waits 1/100")]
    losses = [event.status for event in flow if event.kind == "loss"]
    assert losses == ["undelivered"]


async def test_what_a_copy_hides_is_not_said_to_be_lost() -> None:
    flow = await busy("stop", copying(Closing.as_asgi()))

    received = [event for event in flow if event.type == "websocket.receive"]
    assert [event.status for event in received] == ["delivered"]
    assert of_layer(flow) == [("delivered", "")]


@pytest.mark.parametrize("type_", ["accept", "websocket.receive", "", "_x"])
async def test_a_message_that_is_refused_is_the_crashs_cause(
    type_: str,
) -> None:
    layer = InMemoryChannelLayer(names=lambda: "it")
    with record(AsyncWebsocketConsumer.as_asgi(), layer) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect()
        await flow.layer.send("specific..inmemory!it", {"type": type_})  # type: ignore[union-attr]  # there is one
        with pytest.raises(ValueError, match="type"):
            await client.wait()

    delivery = next(event for event in flow if event.kind == "deliver")
    crash = next(event for event in flow if event.kind == "crash")
    assert (delivery.status, delivery.reason) == ("unhandled", "no handler")
    assert crash.cause == delivery.seq
    assert "LOST no handler" in repr(flow)


@pytest.mark.parametrize("type_", ["chat.message", "groups"])
async def test_a_message_without_a_handler_is_unhandled(type_: str) -> None:
    class Quiet(AsyncConsumer):
        groups = ("lobby",)

    with record(Quiet.as_asgi(), InMemoryChannelLayer()) as flow:
        client = ApplicationCommunicator(flow.app, {"type": "test"})
        await client.send_input({"type": type_})
        with pytest.raises(ValueError, match="no handler"):
            await client.wait()

    received, crash = flow
    assert (received.status, received.reason) == ("unhandled", "no handler")
    assert crash.cause == received.seq


async def test_a_message_refused_unseen_has_no_cause() -> None:
    layer = InMemoryChannelLayer()
    with record(copying(AsyncWebsocketConsumer.as_asgi()), layer) as flow:
        client = ApplicationCommunicator(
            flow.app, {"type": "channel", "channel": "a"}
        )
        await client.send_input({"type": "accept"})
        with pytest.raises(ValueError, match="takes no"):
            await client.wait()

    assert [(e.kind, e.status, e.cause) for e in flow] == [
        ("receive", "delivered", None),
        ("crash", "delivered", None),
    ]


async def test_an_error_of_the_layer_has_no_cause() -> None:
    class Broken(InMemoryChannelLayer):
        async def receive(self, channel: str) -> dict[str, Any]:
            raise ConnectionError("no layer")

    with record(AsyncWebsocketConsumer.as_asgi(), Broken()) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        with pytest.raises(ConnectionError):
            await client.wait()

    assert [(e.kind, e.cause) for e in flow] == [("crash", None)]


async def test_an_error_of_a_task_that_read_on_has_no_cause() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await asyncio.create_task(reads_on(receive))

    async def reads_on(receive: Receive) -> None:
        raise ValueError((await receive())["text"])

    with record(app) as flow:
        client = ApplicationCommunicator(flow.app, {"type": "websocket"})
        await client.send_input({"type": "websocket.connect"})
        await client.send_input({"type": "websocket.receive", "text": "x"})
        with pytest.raises(ValueError, match="x"):
            await client.wait()

    crash = flow.events[-1]
    assert (crash.kind, crash.cause) == ("crash", None)


def test_what_is_to_be_called_at_the_end_may_be_added_meanwhile() -> None:
    connection = connect(Journal())
    called: list[str] = []

    def first() -> None:
        connection.on_end["late"] = lambda: called.append("late")
        del connection.on_end["taken out"]
        called.append("first")

    connection.on_end["first"] = first
    connection.on_end["taken out"] = lambda: called.append("taken out")
    connection.on_end["second"] = lambda: called.append("second")
    connection.ends()

    assert called == ["first", "second"]
    assert list(connection.on_end) == ["late"]  # whoever added it sees: over
    assert connection.over


async def test_what_a_handler_reads_elsewhere_is_its_own_affair() -> None:
    class Asking(AsyncConsumer):
        async def test_ask(self, event: Message) -> None:
            assert self.channel_layer is not None
            await self.channel_layer.send("mine", {"type": "reply"})
            await self.channel_layer.receive("mine")
            await self.send({"type": "test.told"})

    with record(Asking.as_asgi(), InMemoryChannelLayer()) as flow:
        async with ApplicationCommunicator(flow.app, {"type": "test"}) as asked:
            await asked.send_input({"type": "test.ask"})
            await asked.receive_output()
            await ticks(20)
            assert flow.app.unfinished() == []

    assert [event.status for event in flow if event.type == "reply"] == [
        "delivered",
        "delivered",
    ]


def rewriting(application: ASGIApp) -> ASGIApp:
    """Return a middleware that writes another path and method, in place.

    As Litestar does where a path ends with a slash, or is one of a mount; and
    whoever takes a method out of a form.
    """

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        scope["path"], scope["method"] = "/inner", "PUT"
        scope["query_string"] = b""
        await application(scope, receive, send)

    return middleware


async def reads(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await answers(scope, receive, send)


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    await send({"type": "http.response.body"})


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 500, "headers": []})


async def returns(scope: Scope, receive: Receive, send: Send) -> None: ...


async def raises(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError


@pytest.mark.parametrize(
    "application", [reads, answers, fails, returns, raises]
)
async def test_a_request_is_shown_as_it_was_asked(
    application: ASGIApp,
) -> None:
    scope: Scope = {"type": "http", "method": "POST", "path": "/outer"}
    scope["query_string"] = b"a=1"

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None: ...

    with record(rewriting(application)) as flow, suppress(ValueError):
        await flow.app(scope, receive, send)

    first = flow.events[0].payload
    assert (first["method"], first["path"]) == ("POST", "/outer?a=1")
