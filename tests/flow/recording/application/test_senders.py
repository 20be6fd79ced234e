"""Whose code sends: where one has a list of sockets, that of another one."""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from minichannels.flow import Flow, record
from minichannels.flow.journal.events import Event
from minichannels.flow.live.telling import told
from minichannels.flow.recording.logged import logged_errors
from minichannels.flow.text.wording import details, result, sentence
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.loops import FACTORIES, tasks_made_by

sends: dict[str, Send] = {}
consumers: list[Any] = []


async def room(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    sends[scope["path"]] = send
    while (message := await receive())["type"] == "websocket.receive":
        for other in sends.values():
            await other({"type": "websocket.send", "text": message["text"]})
    del sends[scope["path"]]


class Room(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        consumers.append(self)
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        for consumer in consumers:
            await consumer.send(text_data)

    async def disconnect(self, code: int) -> None:
        consumers.remove(self)


async def flow_of(app: Any, **options: Any) -> Flow:
    """Return the flow of two in a room, of whom the second says something."""
    with record(app, **options) as flow:
        clients = [WebsocketCommunicator(flow.app, f"/{n}") for n in "ab"]
        for client in clients:
            await client.connect()
        await clients[1].send_to("hello")
        for client in clients:
            assert await client.receive_from() == "hello"
        for client in clients:
            await client.disconnect()
    return flow


def said(flow: Flow) -> list[Event]:
    return [event for event in flow if event.type == "websocket.send"]


@pytest.mark.parametrize("app", [room, Room.as_asgi()], ids=["bare", "ours"])
async def test_sender_is_whoever_sends_over_the_socket_of_another(
    app: Any,
) -> None:
    flow = await flow_of(app)
    to_a, to_b = said(flow)
    assert (to_a.sender, to_b.sender) == (to_b.source, "")
    assert to_a.source != to_b.source


async def crowd(scope: Scope, receive: Receive, send: Send) -> None:
    """Send to all at once."""
    await receive()
    await send({"type": "websocket.accept"})
    sends[scope["path"]] = send
    while (message := await receive())["type"] == "websocket.receive":
        said = {"type": "websocket.send", "text": message["text"]}
        async with asyncio.TaskGroup() as group:
            for other in sends.values():
                group.create_task(other(said))  # type: ignore[arg-type]
    del sends[scope["path"]]


@pytest.mark.parametrize("factory", FACTORIES)
async def test_tasks_that_send_at_once_are_those_of_who_has_begun_them(
    factory: Any,
) -> None:
    with tasks_made_by(factory):
        flow = await flow_of(crowd)

    (question,) = [e for e in flow if e.type == "websocket.receive"]
    assert [event.cause for event in said(flow)] == [question.seq] * 2
    assert [event.sender for event in said(flow)] == ["crowd#2", ""]


async def test_nobody_else_sends_what_is_no_broadcast() -> None:
    flow = await flow_of(room)
    assert [e.type for e in flow if e.sender] == ["websocket.send"]


async def test_words_tell_who_sends_and_over_whose_socket() -> None:
    to_a, to_b = said(await flow_of(room))
    assert [(sentence(e), details(e), result(e)) for e in (to_a, to_b)] == [
        (
            "room#2 sends websocket.send to browser#1",
            '"hello", over the socket of room#1',
            "by room#2",
        ),
        ("room#2 sends websocket.send to browser#2", '"hello"', ""),
    ]


async def test_rows_of_the_live_view_come_from_who_sends() -> None:
    rows = [told(event) for event in said(await flow_of(room))]
    assert [(row["from"], row["to"]) for row in rows] == [
        ("room#2", "browser#1"),
        ("room#2", "browser#2"),
    ]


async def test_tables_and_lanes_say_by_whom() -> None:
    flow = await flow_of(room)
    assert "by room#2" in repr(flow)
    assert "by room#2" in flow.lanes().svg


async def test_sender_is_kept_in_a_file() -> None:
    flow = await flow_of(room)
    assert Flow.from_json(flow.to_json()) == flow


async def test_sender_is_kept_in_a_journal_that_is_written(
    tmp_path: Path,
) -> None:
    file = tmp_path / "flow.jsonl"
    flow = await flow_of(room, save=file)
    assert [e.sender for e in said(Flow.merge(file))] == ["room#2", ""]
    assert Flow.merge(file) == flow


def to_all(what_then: str) -> Any:
    """Return an application that sends to all, of whom the last is gone."""

    async def tell() -> None:
        for send in sends.values():
            await send({"type": "websocket.send", "text": "news"})

    async def teller(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        sends[scope["path"]] = send
        while (await receive())["type"] == "websocket.receive":
            try:
                await tell()
            except ConnectionError:
                if what_then == "crash":
                    raise
                if what_then == "return":
                    return
                logging.getLogger("site").exception("nobody is there")

    return teller


def without_b(app: Any) -> Any:
    """Return what a server calls, for which nothing more reaches b."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if scope["path"] == "/b" and message["type"] == "websocket.send":
                raise ConnectionError
            await send(message)

        await app(scope, receive, sent)

    return served


@pytest.mark.parametrize("what_then", ["crash", "return", "logged"])
async def test_a_send_that_fails_stands_before_what_it_leads_to(
    what_then: str,
) -> None:
    sends.clear()
    app = to_all(what_then)
    with record(app) as flow, logged_errors(flow.app.note_logged):
        served = without_b(flow.app)
        ada, bob = (WebsocketCommunicator(served, f"/{n}") for n in "ab")
        await ada.connect()
        await bob.connect()
        await ada.send_to("hello")
        await ada.receive_output()
        with suppress(ConnectionError):
            await ada.disconnect()
        await bob.disconnect()

    found = Flow(flow.events)
    failing = next(e for e in found if e.status == "undelivered")
    (led_to,) = [e for e in found if e.kind == what_then]
    assert led_to.connection < failing.connection
    assert led_to.seq == failing.seq + 1


async def test_error_of_a_task_is_not_sent_by_who_began_it() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        flow.app.add_task_crash(ValueError("in the background"))
        await send({"type": "websocket.close"})

    with record(failing) as flow:
        await WebsocketCommunicator(flow.app, "/").connect()
    assert [e.source for e in flow if e.kind == "crash"] == ["background task"]
