"""What a flow says of a handler that is not there."""

from contextlib import suppress
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.exceptions import NoHandlerError
from minichannels.flow import Recorder, record
from minichannels.flow.journal.events import Event
from minichannels.flow.live.telling import told
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support.layers import no_layer


class Named(AsyncConsumer):
    pass


async def test_an_event_that_names_no_handler_is_refused_as_unrecorded() -> (
    None
):
    said = []
    for app in (Named.as_asgi(), Recorder(Named.as_asgi())):
        client = ApplicationCommunicator(app, {"type": "test"})
        await client.send_input({"type": "_private"})
        with pytest.raises(ValueError, match="private") as refused:
            await client.wait(10)
        said.append(str(refused.value))

    assert said[0] == said[1]


class Deaf(AsyncWebsocketConsumer):
    groups = ("news",)
    websocket_receive: Any = None


@pytest.mark.parametrize("by_layer", [False, True])
async def test_a_missing_handler_has_not_started(
    by_layer: bool,
) -> None:
    layer = InMemoryChannelLayer()
    with record(Deaf.as_asgi(channel_layer=layer), layer) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect(10)
        if by_layer:
            assert flow.layer
            await flow.layer.group_send("news", {"type": "no.such"})
        else:
            await client.send_to("hi")
        with pytest.raises(NoHandlerError):
            await client.receive_from(10)

    (crash,) = (event for event in flow if event.kind == "crash")
    assert crash.type == "ValueError"  # as Channels raises it
    assert "raises ValueError" in told(crash)["says"]
    # Nothing has started that is not there.
    (lost,) = (event for event in flow if event.status == "unhandled")
    assert "starts" not in told(lost)["more"]
    assert not told(lost)["handler"]


class Echo(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data)


async def frames_of(consumer: type[Echo], *texts: str) -> list[Event]:
    """Return what is said of frames; and leave."""
    with no_layer(), record(consumer.as_asgi()) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect(10)
        for text in texts:
            await client.send_to(text)
        await client.send_input({"type": "websocket.disconnect", "code": 1000})
        with suppress(ValueError):
            await client.wait(10)
    return [event for event in flow if event.type == "websocket.receive"]


@pytest.mark.parametrize("by_class", [False, True])
@pytest.mark.parametrize("instead", [None, "no function"])
async def test_a_handler_that_is_taken_away_is_missing(
    instead: Any, by_class: bool
) -> None:
    class Fickle(Echo):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            owner: Any = type(self) if by_class else self
            owner.websocket_receive = instead

    last = (await frames_of(Fickle, "one", "two"))[-1]

    assert (last.status, last.reason) == ("unhandled", "no handler")
    assert (last.payload, last.thread, last.began) == ({"text": "two"}, "", 0)


async def test_a_handler_is_missing_if_its_attribute_is() -> None:
    class Hidden(Echo):
        @property
        def websocket_receive(self) -> Any:
            raise AttributeError("not today")

    (frame,) = await frames_of(Hidden, "one")

    assert frame.status == "unhandled"


async def test_a_handler_that_another_one_lacks_is_not_missing() -> None:
    class Other(Echo):
        async def hello(self, event: Message) -> None: ...

    class Delegate(Echo):
        async def websocket_receive(self, message: Message) -> None:
            other = Other()
            await other.dispatch({"type": "hello"})
            await other.dispatch({"type": "no.such"})

    (frame,) = await frames_of(Delegate, "one")

    assert (frame.status, frame.thread) == ("delivered", "event loop")


async def test_a_handler_is_missing_only_where_it_was_looked_for() -> None:
    class Knows(Echo):
        async def dispatch(self, message: Message) -> None:
            if message["type"] != "websocket.wonder":
                await super().dispatch(message)

    with no_layer(), record(Knows.as_asgi()) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect(10)
        await client.send_input({"type": "websocket.wonder"})
        await client.disconnect()

    assert {event.status for event in flow} == {"delivered"}


async def test_a_handler_that_a_copy_lacks_is_missing() -> None:
    class Copies(SyncConsumer):
        async def dispatch(self, message: Message) -> None:
            await super().dispatch({**message})

    recorder = Recorder(Copies.as_asgi())
    client = ApplicationCommunicator(recorder, {"type": "test"})
    await client.send_input({"type": "no.such"})
    with pytest.raises(NoHandlerError):
        await client.wait(10)

    received, crash = recorder.journal.line_up()
    assert (received.status, crash.cause) == ("unhandled", received.seq)


async def test_a_copy_without_a_handler_is_not_taken_for_what_came_before() -> (
    None
):
    class Chat(Echo):
        groups = ("news",)

        async def chat_message(self, event: Message) -> None:
            await self.send(event["text"])

    def copied(app: ASGIApp) -> ASGIApp:
        async def outer(scope: Scope, receive: Receive, send: Send) -> None:
            async def copying() -> Message:
                return {**(await receive())}

            await app(scope, copying, send)

        return outer

    layer = InMemoryChannelLayer()
    app = copied(Chat.as_asgi(channel_layer=layer))
    with record(app, layer) as flow:
        assert flow.layer
        client = WebsocketCommunicator(flow.app, "/")
        await client.connect(10)
        await flow.layer.group_send(
            "news", {"type": "chat.message", "text": "a"}
        )
        await client.receive_from(10)
        await client.send_input({"type": "websocket.wonder"})
        with pytest.raises(NoHandlerError):
            await client.wait(10)

    said = next(event for event in flow if event.type == "chat.message")
    assert said.status == "delivered"


async def test_an_attribute_is_asked_for_as_often_as_unrecorded() -> None:
    asked: list[str] = []

    class Counts(Echo):
        @property
        def websocket_receive(self) -> Any:
            asked.append("")
            return super().websocket_receive

    await frames_of(Counts, "one", "two")

    assert len(asked) == 2


async def test_a_dispatch_that_is_replaced_is_for_those_that_come_later() -> (
    None
):
    """As unrecorded, and as on Channels: it was looked up at the beginning."""

    class Replaced(Echo):
        async def connect(self) -> None:
            await self.accept()
            self.dispatch = None  # type: ignore[assignment, method-assign]

    frames = await frames_of(Replaced, "one", "two")

    assert [frame.status for frame in frames] == ["delivered", "delivered"]
