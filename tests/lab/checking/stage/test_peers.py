"""Peers beyond the web: an exercise plays what their servers would do."""

from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.lab.checking.sandbox.threads import Crew
from minichannels.lab.checking.stage.clients import MOST_SENT, Flood
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.stage import Stage
from minichannels.types import ASGIApp, Message, Receive, Scope, Send


class Bot(AsyncConsumer):
    """Says again what it is told; ``bye`` ends the conversation."""

    async def chat_connect(self, event: Message) -> None: ...

    async def chat_received_message(self, event: Message) -> None:
        if event["text"] == "bye":
            await self.send({"type": "chat.close"})
        else:
            answer = {"type": "chat.send_message", "text": event["text"]}
            await self.send(answer)

    async def chat_disconnect(self, event: Message) -> None:
        raise StopConsumer


def on_stage(app: ASGIApp) -> Stage:
    stage = Stage(Crew())
    stage.put_on(app)
    return stage


async def test_peer_is_told_of_its_beginning_its_messages_and_its_end() -> None:
    stage = on_stage(Bot.as_asgi())

    ada = await stage.meet("chat", "ada")
    await stage.tell("ada said hi", ada, "received_message", text="hi")
    await stage.part(ada, "has quit")

    assert ada.sent == [{"type": "chat.send_message", "text": "hi"}]
    assert [(e.source, e.type) for e in stage.events] == [
        ("ada", "chat.connect"),
        ("ada", "chat.received_message"),
        ("Bot#1", "chat.send_message"),
        ("ada", "chat.disconnect"),
    ]
    assert ada.over
    assert ada.left
    assert stage.steps.told() == (
        "A scope of the type `chat` began, with `ada`. Then ada said hi."
        " Then the scope of `ada` ended: has quit."
    )


async def test_application_that_closes_is_told_of_the_end() -> None:
    stage = on_stage(Bot.as_asgi())
    ada = await stage.meet("chat", "ada")

    await stage.tell("ada said bye", ada, "received_message", text="bye")

    assert stage.events[-1].payload == {"reason": "closed"}
    assert ada.over


async def test_application_that_asks_for_more_than_the_end_is_cancelled() -> (
    None
):
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await receive()

    stage = on_stage(app)
    ada = await stage.meet("mqtt", "broker")

    await stage.part(ada, "the connection was lost")
    await stage.end()

    assert ada.over
    assert [event.kind for event in stage.events] == ["receive", "receive"]


async def test_peers_leave_when_the_scenario_ends() -> None:
    stage = on_stage(Bot.as_asgi())
    ada = await stage.meet("chat", "ada")

    await stage.end()

    assert ada.over


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("aprs", {"station": "N0CALL-1"}),
        ("chat", {"server": "irc://127.0.0.1:6667"}),
        ("mqtt", {"version": "3.1.1"}),
    ],
)
async def test_scope_says_what_its_server_says(
    kind: str, scope: dict[str, Any]
) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    await on_stage(app).meet(kind, "ada")

    common = {"type": kind, "asgi": {"version": "3.0"}, "peer": "ada"}
    assert seen == [common | scope]


async def test_what_the_protocol_cannot_send_is_an_error() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.send", "text": "hi"})

    with pytest.raises(Unsolved) as raised:
        await on_stage(app).meet("chat", "ada")

    assert str(raised.value.raised) == (
        "cannot send 'websocket.send' in a scope of the type 'chat'; send"
        " 'chat.send_message' or 'chat.close'"
    )


async def test_sending_without_end_is_stopped() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for _ in range(MOST_SENT + 1):
            await send({"type": "mqtt.publish", "topic": "a", "payload": ""})

    with pytest.raises(Unsolved) as raised:
        await on_stage(app).meet("mqtt", "broker")

    assert raised.value.key == "flood"
    assert isinstance(raised.value.raised, Flood)
