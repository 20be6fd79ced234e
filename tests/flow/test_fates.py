"""Every way for a message to be lost: its words, and that they are drawn."""

import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from minichannels.exceptions import ChannelFull
from minichannels.flow import Flow, Recording, record
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Receive, Scope, Send
from support.clock import Clock

Scene = Callable[[Recording, Any], Coroutine[Any, Any, None]]


class Member(AsyncWebsocketConsumer):
    groups = ("lobby",)

    async def connect(self) -> None:
        await (self.close() if self.scope["path"] == "/no" else self.accept())

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


async def connected(flow: Recording, path: str = "/") -> WebsocketCommunicator:
    client = WebsocketCommunicator(flow.app, path)
    client.scope["client"] = ["ada", 1]
    flow.app.expect(("ada", 1), "ada")
    await client.connect()
    return client


async def dropped(flow: Recording, clock: Clock) -> None:
    layer: Any = flow.layer
    await layer.group_add("lobby", "notes")
    for _ in range(3):
        await layer.group_send("lobby", {"type": "chat.message"})


async def expired(flow: Recording, clock: Clock) -> None:
    layer: Any = flow.layer
    await layer.send("notes", {"type": "chat.message"})
    clock.now += 61
    await layer.send("other", {"type": "x"})  # time is looked at


async def unhandled(flow: Recording, clock: Clock) -> None:
    client = await connected(flow)
    layer: Any = flow.layer
    await layer.group_send("lobby", {"type": "chat.massage"})
    with contextlib.suppress(ValueError):
        await client.wait()


async def refused(flow: Recording, clock: Clock) -> None:
    layer: Any = flow.layer
    for _ in range(2):
        await layer.send("notes", {"type": "chat.message"})
    with pytest.raises(ChannelFull):
        await layer.send("notes", {"type": "chat.message"})


async def turned_away(flow: Recording, clock: Clock) -> None:
    client = await connected(flow, "/no")
    await client.wait()


async def undelivered(flow: Recording, clock: Clock) -> None:
    layer: Any = flow.layer
    await layer.send("notes", {"type": "chat.message"})


async def played(scene: Scene) -> Flow:
    clock = Clock()
    layer = InMemoryChannelLayer(capacity=2, clock=clock)
    with record(Member.as_asgi(), layer) as flow:
        await scene(flow, clock)
    return flow


@pytest.mark.parametrize(
    ("scene", "reason", "words", "count"),
    [
        (dropped, "full 2/2", "LOST dropped, full 2/2", "dropped"),
        (expired, "expired 60 s", "LOST expired 60 s", "expired"),
        (unhandled, "no handler", "LOST no handler", "no handler"),
        (refused, "full 2/2", "LOST refused, full 2/2", "refused"),
        (turned_away, "refused 403", "REFUSED 403", "refused"),
        (undelivered, "undelivered", "LOST undelivered", "undelivered"),
    ],
)
async def test_what_is_lost_has_its_reason_and_is_drawn(
    scene: Scene, reason: str, words: str, count: str
) -> None:
    flow = await played(scene)

    status = "refused" if scene is turned_away else scene.__name__
    lost = [event for event in flow if event.status == status]
    assert {event.reason for event in lost} == {reason}
    lines = repr(flow).splitlines()
    assert any(line.endswith(words) for line in lines)
    assert f"{len(lost)} {count}" in lines[0]
    assert reason in flow.lanes().svg
    assert words in flow.table().html
    # One word for it: in the head, the rows and the legend.
    assert flow.lanes().svg.count(count) >= 3


async def test_a_ghost_is_drawn_with_its_group() -> None:
    async def forgetful(scope: Scope, receive: Receive, send: Send) -> None:
        layer: Any = flow.layer
        await receive()
        await layer.group_add("lobby", await layer.new_channel())
        await send({"type": "websocket.accept"})
        await receive()

    with record(forgetful, InMemoryChannelLayer()) as flow:
        client = await connected(flow)
        await client.disconnect()

    assert "GHOST" in repr(flow)
    assert "1 ghost" in repr(flow).splitlines()[0]
    assert "ghost" in flow.lanes().svg


async def test_a_refusal_with_an_answer_of_its_own_says_its_status() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        start = {"type": "websocket.http.response.start", "status": 401}
        await send({**start, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"who?"})

    with record(app) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.send_input({"type": "websocket.connect"})
        await client.wait()

    reasons = [(e.status, e.reason) for e in flow if e.kind == "send"]
    assert reasons == [("refused", "refused 401"), ("delivered", "")]


async def test_a_close_after_the_client_has_left_refuses_nobody() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()
        await send({"type": "websocket.close"})

    with record(app) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        await client.send_input({"type": "websocket.connect"})
        await client.send_input({"type": "websocket.disconnect", "code": 1000})
        await client.wait()

    assert [event.status for event in flow] == ["delivered"] * 3


async def test_a_close_after_accept_refuses_nobody() -> None:
    class Short(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            await self.close()

    with record(Short.as_asgi(), InMemoryChannelLayer()) as flow:
        client = await connected(flow)
        await client.disconnect()

    assert {event.status for event in flow} == {"delivered"}


async def test_what_is_left_out_is_said_everywhere() -> None:
    with record(Member.as_asgi(), InMemoryChannelLayer(), kept=3) as flow:
        client = await connected(flow)
        await client.disconnect()

    assert (len(flow), flow.left_out) == (3, 2)
    said = "2 older events left out"
    figures = [flow.lanes(), flow.mailboxes(), flow.topology(), flow.table()]
    for figure in figures:
        assert said in figure._repr_mimebundle_()["text/html"]
        assert said in figure._repr_mimebundle_()["text/plain"]
    assert said in repr(flow)
    assert said in flow.mermaid()
    assert Flow.from_json(flow.to_json()).left_out == 2


async def test_a_quiet_member_is_in_the_picture_however_much_others_say() -> (
    None
):
    class Echo(Member):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.send(text_data)

    with record(Echo.as_asgi(), InMemoryChannelLayer(), kept=50) as flow:
        await connected(flow)
        busy = WebsocketCommunicator(flow.app, "/")
        await busy.connect()
        for _ in range(40):
            await busy.send_to("hi")
            await busy.receive_from()

        groups = flow.topology().svg

    assert len(flow) == 50
    assert flow.left_out > 30
    assert "lobby" in groups
    assert "ada" in groups
