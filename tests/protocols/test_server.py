import asyncio
import gc
import logging
import weakref
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.protocols.server import ScopeServer
from minichannels.types import Message, Receive, Scope, Send
from support.held_clock import HeldClock, turns

SCOPE = {"type": "chat", "peer": "ada"}


class Heard:
    """An application that writes down what it is told, scope by scope."""

    def __init__(self) -> None:
        self.scopes: list[list[Message]] = []
        self.running = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        events: list[Message] = []
        self.scopes.append(events)
        self.running += 1
        try:
            while not events or not events[-1]["type"].endswith(".disconnect"):
                await self.go_on.wait()
                events.append(await receive())
        finally:
            self.running -= 1

    def texts(self) -> list[list[str]]:
        """What was said in each scope, or why it ended."""
        return [
            [e.get("text") or e.get("reason") or "" for e in events]
            for events in self.scopes
        ]


async def discard(key: str, message: Message) -> None:
    """Send nowhere."""


def said(text: str) -> Message:
    return {"type": "chat.received_message", "text": text}


async def test_scope_hears_its_beginning_its_messages_and_its_end() -> None:
    heard = Heard()
    server = ScopeServer(heard)
    server.open("ada", SCOPE, discard)
    server.hand("ada", said("hi"))

    server.end("ada", "has quit")
    await server.stop()

    assert heard.scopes == [
        [
            {"type": "chat.connect"},
            said("hi"),
            {"type": "chat.disconnect", "reason": "has quit"},
        ]
    ]


async def test_inbox_is_bounded_and_what_is_dropped_is_counted() -> None:
    heard = Heard()
    heard.go_on.clear()
    server = ScopeServer(heard)
    server.open("ada", SCOPE, discard)

    taken = [server.hand("ada", said(f"{n}")) for n in range(150)]

    assert taken == [True] * 100 + [False] * 50
    assert server.dropped == 50
    heard.go_on.set()
    await server.stop()
    assert heard.texts() == [["", *map(str, range(100)), "the server stops"]]


async def test_server_says_whether_one_of_its_scopes_is_behind() -> None:
    heard = Heard()
    heard.go_on.clear()
    server = ScopeServer(heard, capacity=4)
    server.open("ada", SCOPE, discard)
    server.open("bob", SCOPE, discard)

    behind = []
    server.hand("bob", said("hi"))
    for number in range(3):
        server.hand("ada", said(f"{number}"))
        behind.append(server.is_behind())

    assert behind == [False, False, True]
    heard.go_on.set()
    await turns()
    assert not server.is_behind()
    await server.stop()


async def test_message_after_an_end_is_for_no_dead_scope() -> None:
    server: ScopeServer
    taken: list[bool] = []

    async def short(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        # Runs in the very turn of the loop in which this ends.
        loop.call_soon(lambda: taken.append(server.hand("ada", said("hi"))))

    loop = asyncio.get_running_loop()
    server = ScopeServer(short)
    server.open("ada", SCOPE, discard)
    await turns()

    assert taken == [False]
    assert "ada" not in server
    await server.stop()


async def test_scope_that_raises_ends_alone_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Fragile(AsyncConsumer):
        heard: list[str] = []

        async def chat_connect(self, event: Message) -> None: ...

        async def chat_received_message(self, event: Message) -> None:
            self.heard.append(event["text"])
            if event["text"] == "break":
                raise ArithmeticError("broken")

        async def chat_disconnect(self, event: Message) -> None:
            raise StopConsumer

    server = ScopeServer(Fragile.as_asgi())
    server.open("ada", SCOPE, discard)
    server.open("bob", SCOPE, discard)

    server.hand("ada", said("break"))
    server.hand("bob", said("hi"))
    await turns()

    assert ("ada" in server, "bob" in server) == (False, True)
    assert Fragile.heard == ["break", "hi"]
    assert caplog.record_tuples[0][:2] == ("minichannels", logging.ERROR)
    assert "ArithmeticError: broken" in caplog.text
    await server.stop()


async def test_open_again_replaces_the_former_scope() -> None:
    heard = Heard()
    server = ScopeServer(heard)
    server.open("ada", SCOPE, discard)
    server.open("ada", SCOPE, discard)

    server.hand("ada", said("hi"))
    await server.stop()

    assert heard.texts() == [
        ["", "another one has begun"],
        ["", "hi", "the server stops"],
    ]


async def test_too_many_scopes_evict_the_one_silent_longest() -> None:
    heard = Heard()
    server = ScopeServer(heard, most=2)
    server.open("ada", SCOPE, discard)
    server.open("bob", SCOPE, discard)
    server.hand("ada", said("hi"))

    server.open("eve", SCOPE, discard)
    await turns()

    assert len(server) == 2
    assert "bob" not in server
    assert heard.texts() == [["", "hi"], ["", "too many conversations"], [""]]
    await server.stop()


async def test_rename_keeps_the_scope_and_its_place_in_line() -> None:
    heard = Heard()
    server = ScopeServer(heard, most=2)
    server.open("ada", SCOPE, discard)
    server.open("bob", SCOPE, discard)

    server.rename("ada", "ada")
    server.rename("ada", "countess")
    server.rename("nobody", "somebody")
    server.hand("countess", said("hi"))
    server.rename("countess", "bob")
    await server.stop()

    assert heard.texts() == [
        ["", "hi", "the server stops"],
        ["", "another one has its name"],
    ]


async def test_close_ends_the_scope_and_nothing_can_be_sent_after_it() -> None:
    failed: list[OSError] = []
    sent: list[Message] = []

    async def closes(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "chat.send_message", "text": "bye"})
        await send({"type": "chat.close"})
        try:
            await send({"type": "chat.send_message", "text": "too late"})
        except OSError as error:
            failed.append(error)
        events.extend([await receive(), await receive()])

    async def transmit(key: str, message: Message) -> None:
        sent.append(message)

    events: list[Message] = []
    server = ScopeServer(closes)
    server.open("ada", SCOPE, transmit)
    await turns()

    assert "ada" not in server
    assert [message["text"] for message in sent] == ["bye"]
    assert str(failed[0]) == "the conversation has ended"
    assert events[1] == {"type": "chat.disconnect", "reason": "closed"}
    await server.stop()


async def test_application_that_asks_after_its_end_is_cancelled() -> None:
    events: list[str] = []

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            events.append((await receive())["type"])

    server = ScopeServer(endless)
    server.open("ada", SCOPE, discard)
    server.end("ada", "has quit")
    await turns()

    assert events == ["chat.connect", "chat.disconnect"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_scope_that_is_not_told_hears_its_messages_alone() -> None:
    events: list[str] = []

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            events.append((await receive())["type"])

    server = ScopeServer(endless)
    server.open(0, {"type": "ax25", "peer": "0"}, discard, is_told=False)
    server.hand(0, {"type": "ax25.receive"})
    await server.stop()

    assert events == ["ax25.receive"]


async def test_idle_scope_ends_when_its_time_is_up() -> None:
    heard, clock = Heard(), HeldClock()
    server = ScopeServer(heard, idle=600, clock=clock)
    server.open("ada", SCOPE, discard)
    await clock.advance(599)
    server.hand("ada", said("hi"))
    await clock.advance(1)
    server.open("bob", SCOPE, discard)

    await clock.advance(599)
    left = len(server)
    await clock.advance(1)

    assert (left, len(server)) == (1, 0)
    assert heard.texts() == [
        ["", "hi", "nothing was said for 600 s"],
        ["", "nothing was said for 600 s"],
    ]
    await server.stop()


async def test_scope_lives_on_by_what_its_application_says() -> None:
    clock, sends = HeldClock(), list[Send]()

    async def talks(scope: Scope, receive: Receive, send: Send) -> None:
        sends.append(send)
        while True:
            await receive()

    server = ScopeServer(talks, idle=600, clock=clock)
    server.open("ada", SCOPE, discard)
    await clock.advance(599)

    await sends[0]({"type": "chat.send_message", "text": "still there?"})
    await clock.advance(599)

    assert "ada" in server
    await server.stop()


@pytest.mark.parametrize("message_first", [True, False])
async def test_message_at_the_time_limit_finds_no_scope_whoever_looks_first(
    message_first: bool,
) -> None:
    heard, clock = Heard(), HeldClock()
    server = ScopeServer(heard, idle=600, clock=clock)
    server.open("ada", SCOPE, discard)
    await turns()

    if message_first:
        clock.now = 600.0
    else:
        await clock.advance(600)
    taken = server.hand("ada", said("at the limit"))
    await turns()

    assert not taken
    assert heard.texts() == [["", "nothing was said for 600 s"]]
    await server.stop()


async def test_stop_ends_those_who_do_not_listen() -> None:
    ended: list[str] = []

    async def deaf(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(scope["peer"])

    server = ScopeServer(deaf, idle=600)
    server.open("ada", SCOPE, discard)
    await turns()

    await server.stop()
    await server.stop()

    assert ended == ["ada"]
    assert len(server) == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_ended_scope_is_not_kept() -> None:
    async def short(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    class Kept(dict[str, Any]):
        """A scope that can be looked for."""

    scope = Kept(SCOPE)
    kept = weakref.ref(scope)
    server = ScopeServer(short)
    server.open("ada", scope, discard)
    del scope
    await turns()
    gc.collect()

    assert kept() is None
    await server.stop()


async def test_former_scope_that_ends_late_leaves_the_new_one_alone() -> None:
    heard = Heard()
    heard.go_on.clear()
    server = ScopeServer(heard)
    server.open("ada", SCOPE, discard)
    server.open("ada", SCOPE, discard)
    heard.go_on.set()
    await turns()

    assert server.hand("ada", said("hi"))
    await server.stop()
