import asyncio
from typing import Any

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.flow import Flow, Recorder
from minichannels.protocols.server import ScopeServer
from minichannels.types import Message, Receive, Scope, Send
from support.held_clock import turns

SCOPE = {"type": "chat", "peer": "ada"}


async def discard(key: str, message: Message) -> None:
    """Send nowhere."""


def said(text: str) -> Message:
    return {"type": "chat.received_message", "text": text}


def fates(recorder: Recorder) -> list[tuple[Any, str, str]]:
    return [
        (event.payload.get("text"), event.status, event.reason)
        for event in Flow(recorder.journal).events
    ]


async def test_conversation_is_drawn_with_the_name_of_its_peer() -> None:
    class Bot(AsyncConsumer):
        async def chat_connect(self, event: Message) -> None: ...

        async def chat_received_message(self, event: Message) -> None:
            await self.send({"type": "chat.send_message", "text": "hello"})

        async def chat_disconnect(self, event: Message) -> None:
            raise StopConsumer

    recorder = Recorder(Bot.as_asgi())
    server = ScopeServer(recorder)
    server.open("ada", SCOPE, discard)
    server.hand("ada", said("hi"))
    await turns()
    await server.stop()

    events = Flow(recorder.journal).events
    assert [(e.source, e.type, e.target) for e in events] == [
        ("ada", "chat.connect", "Bot#1"),
        ("ada", "chat.received_message", "Bot#1"),
        ("Bot#1", "chat.send_message", "ada"),
        ("ada", "chat.disconnect", "Bot#1"),
    ]
    assert events[0].payload == {}
    assert [event.ends for event in events] == [False, False, False, True]


async def test_message_without_room_is_drawn_as_dropped() -> None:
    go_on = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await go_on.wait()
        await receive()

    recorder = Recorder(slow)
    server = ScopeServer(recorder, capacity=1)
    server.open("ada", SCOPE, discard)
    await turns()

    server.hand("ada", said("kept"))
    server.hand("ada", said("dropped"))
    go_on.set()
    await server.stop()

    assert fates(recorder) == [
        (None, "delivered", ""),
        ("dropped", "dropped", "full 1/1"),
        ("kept", "delivered", ""),
    ]
    assert "full 1/1" in Flow(recorder.journal).lanes().svg


async def test_message_that_finds_its_application_ended_is_undelivered() -> (
    None
):
    async def short(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    recorder = Recorder(short)
    server = ScopeServer(recorder)
    server.open("ada", SCOPE, discard)
    server.hand("ada", said("too late"))
    await server.stop()

    assert fates(recorder) == [
        (None, "delivered", ""),
        ("too late", "undelivered", "undelivered"),
    ]


async def test_settle_waits_until_an_inbox_is_empty() -> None:
    go_on = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await go_on.wait()
            await receive()

    recorder = Recorder(slow)
    recorder.settling.start(asyncio.get_running_loop())
    server = ScopeServer(recorder)
    server.open("ada", SCOPE, discard)
    server.hand("ada", said("hi"))
    await turns()

    left = recorder.unfinished()
    go_on.set()
    await recorder.settling.wait(10)

    assert left == ["the mailbox of slow#1 (for ada) holds 1 message"]
    await server.stop()


async def test_crash_of_a_conversation_is_in_the_flow_and_not_logged(
    caplog: Any,
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise ArithmeticError("broken")

    recorder = Recorder(broken)
    server = ScopeServer(recorder)
    server.open("ada", SCOPE, discard)
    await server.stop()

    (crash,) = Flow(recorder.journal).events
    assert (crash.kind, crash.type) == ("crash", "ArithmeticError")
    assert caplog.text == ""
