"""Which lines of own code are said to have sent something."""

import asyncio
import importlib
import linecache
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from minichannels.flow import Flow
from minichannels.flow.journal.events import Event
from minichannels.flow.record import (
    Recording,
    RecordingOptions,
    record_everywhere,
)
from minichannels.flow.recording import calls as looking
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.middleware import BaseMiddleware
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Receive, Scope, Send
from support import django_settings
from support.layers import fresh_layer

_channels: Any = importlib.import_module("channels.generic.websocket")

ASYNC = {
    "ours": AsyncWebsocketConsumer,
    "Channels": _channels.AsyncWebsocketConsumer,
}
SYNC = {"ours": WebsocketConsumer, "Channels": _channels.WebsocketConsumer}


class Idle(BaseMiddleware):
    """A middleware of one's own: it only hands on."""


@contextmanager
def noted(
    application: ASGIApp, save: Path | None = None
) -> Iterator[Recording]:
    """Record an application, and the lines of code that send."""
    options = RecordingOptions(calls=looking.calls)
    with record_everywhere(
        application, pytest.fail, save=save, options=options
    ) as flow:
        yield flow


def said(event: Event) -> list[tuple[str, str]]:
    """Return the lines and the functions that an event names."""
    return [
        (linecache.getline(file, line).strip(), name)
        for file, line, name in event.calls
    ]


async def told(application: ASGIApp) -> dict[str, list[tuple[str, str]]]:
    """Return who sent what while a client says hi, by kind and type."""
    django_settings.set_up()
    with noted(application) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        assert (await ada.connect())[0]
        await ada.send_to("hi")
        assert await ada.receive_from() == "hi"
        await ada.disconnect()
    return {f"{e.kind} {e.type}": said(e) for e in flow.events}


async def test_line_of_a_plain_application_and_of_its_helper() -> None:
    async def tell(send: Send, text: str) -> None:
        await send({"type": "websocket.send", "text": text})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await tell(send, (await receive())["text"])
        await receive()

    found = await told(Idle(app))

    accepts = 'await send({"type": "websocket.accept"})'
    assert found["send websocket.accept"] == [(accepts, "app")]
    assert found["send websocket.send"] == [
        ('await send({"type": "websocket.send", "text": text})', "tell"),
        ('await tell(send, (await receive())["text"])', "app"),
    ]
    assert found["receive websocket.receive"] == []


async def test_line_of_an_endpoint_of_starlette() -> None:
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())

    found = await told(Idle(Starlette(routes=[WebSocketRoute("/", chat)])))

    line = "await websocket.send_text(await websocket.receive_text())"
    assert found["send websocket.send"] == [(line, "chat")]


@pytest.mark.parametrize("base", ASYNC.values(), ids=ASYNC)
async def test_line_of_an_async_consumer(base: Any) -> None:
    class Chat(base):  # type: ignore[misc]
        async def receive(self, text_data: Any, bytes_data: Any = None) -> None:
            await self.send(text_data=text_data)

    found = await told(Chat.as_asgi())

    line = "await self.send(text_data=text_data)"
    assert found["send websocket.send"] == [(line, "Chat.receive")]
    assert found["send websocket.accept"] == []  # the base class's own


@pytest.mark.parametrize("base", SYNC.values(), ids=SYNC)
async def test_line_of_a_sync_consumer_and_of_its_layer(base: Any) -> None:
    class Chat(base):  # type: ignore[misc]
        groups = ["all"]

        def receive(self, text_data: Any, bytes_data: Any = None) -> None:
            message = {"type": "chat.said", "text": text_data}
            async_to_sync(self.channel_layer.group_send)("all", message)

        def chat_said(self, event: Any) -> None:
            self.send(text_data=event["text"])

    with fresh_layer():
        found = await told(Chat.as_asgi())

    line = 'async_to_sync(self.channel_layer.group_send)("all", message)'
    if base is WebsocketConsumer:  # Channels' own layer is another one
        assert found["group_send chat.said"] == [(line, "Chat.receive")]
        assert found["deliver chat.said"] == []
    line = 'self.send(text_data=event["text"])'
    assert found["send websocket.send"] == [(line, "Chat.chat_said")]


async def test_response_that_a_framework_sends_has_no_line() -> None:
    async def hello(request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Idle(Starlette(routes=[Route("/", hello)]))
    with noted(app) as flow:
        await HttpCommunicator(flow.app, "GET", "/").get_response()

    assert len(flow.events) > 1
    assert {event.calls for event in flow.events} == {()}


async def test_crash_has_the_line_that_raised() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("on purpose")

    with noted(app) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        with pytest.raises(ValueError, match="on purpose"):
            await client.connect()
        flow.app.add_task_crash(ValueError("never raised"))

    ours, nobodys = flow.events
    assert said(ours)[0][0] == 'raise ValueError("on purpose")'
    assert nobodys.calls == ()


async def test_flow_that_is_saved_has_no_lines(tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.close"})

    saved = tmp_path / "flow.jsonl"
    with noted(app, save=saved) as flow:
        await WebsocketCommunicator(flow.app, "/").connect()

    assert any(event.calls for event in flow.events)
    text = flow.to_json(times=True)
    assert __file__ not in text + saved.read_text(encoding="utf-8")
    assert len(Flow.merge(saved)) == len(flow)
    again = Flow.from_json(text)
    assert again.events[0].calls == ()
    assert [replaced(e) for e in again] == [replaced(e) for e in flow.events]


def replaced(event: Event) -> tuple[Any, ...]:
    return event.seq, event.kind, event.source, event.type, event.payload


async def test_few_lines_are_noted_of_many() -> None:
    async def deeper(send: Send, by: int) -> None:
        if by:
            await deeper(send, by - 1)
        else:
            await send({"type": "websocket.close"})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await deeper(send, 2 * looking.MOST)

    with noted(app) as flow:
        await WebsocketCommunicator(flow.app, "/").connect()

    assert len(flow.events[0].calls) == looking.MOST


@pytest.mark.parametrize("deep", [3, looking.DEEPEST + 50])
def test_calls_ends_where_nobodys_code_is(
    deep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "is_learners", lambda file: False)

    def deeper(by: int) -> Any:
        return deeper(by - 1) if by else looking.calls()

    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(deeper(deep)))
    thread.start()
    thread.join()

    assert found == [()]


async def test_task_for_a_thread_that_is_gone_has_no_line() -> None:
    async def begun(look: Callable[[], Any]) -> Any:
        return look()

    def deep(by: int) -> Any:
        return deep(by - 1) if by else gone.wait()

    begun.__qualname__ = "_deliver"  # as the task of a thread is called
    gone = threading.Event()
    other = threading.Thread(target=deep, args=(2 * looking.WAITS,))
    other.start()
    task = asyncio.create_task(begun(looking.waiting_thread))

    assert await task is None
    gone.set()
    other.join()


async def test_lines_are_found_however_many_functions_there_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking, "REMEMBERED", 1)
    for known in ("_known", "_passed", "_lines", "_rows"):
        monkeypatch.setattr(looking, known, {})

    async def tell(send: Send) -> None:
        await send({"type": "websocket.close"})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await tell(send)

    with noted(app) as flow:
        await WebsocketCommunicator(flow.app, "/").connect()

    assert [name for _, name in said(flow.events[0])] == ["tell", "app"]
    assert len(looking._known) == 1
    # What is no longer kept may be another's by its id.
    assert looking._passed.keys() <= looking._known.keys()
    assert {of for of, _ in looking._lines} <= looking._known.keys()


def site(name: str, text: str = "await send()") -> Any:
    """Return an application, as a cell of a notebook would make it."""
    lines = ["async def app(scope, receive, send):", *text.splitlines()]
    made: dict[str, Any] = {}
    exec(compile("\n    ".join(lines), f"<{name}>", "exec"), made)
    return made["app"]


class Sender:
    """Whoever sends from an application, and notes from where."""

    def __init__(self) -> None:
        self.rows: tuple[looking.Row, ...] = ()
        self.found: list[tuple[tuple[str, int, str], ...]] = []

    async def send(self) -> None:
        # Without this function of its own.
        self.found.append(looking.calls(1, self)[1:])

    async def runs(self, *apps: Any) -> Any:
        """Return the lines that these applications send from."""
        self.found = []
        for app in apps:
            await app(None, None, self.send)
        return self.found


async def test_same_code_in_two_places_has_the_lines_of_each() -> None:
    one, other = site("one"), site("other")

    found = await Sender().runs(one, other, one, other)

    assert found == [(("<one>", 2, "app"),), (("<other>", 2, "app"),)] * 2


async def test_each_line_of_a_function_is_told_the_second_time_too() -> None:
    app = site("app", "for _ in range(2):\n        await send()\nawait send()")

    sender = Sender()

    first, second, third = await sender.runs(app)

    assert first == second == (("<app>", 3, "app"),)
    assert third == (("<app>", 4, "app"),)
    assert len(sender.rows) == 1  # which has both lines


async def test_who_sends_by_a_row_of_calls_that_others_know_shares_it() -> None:
    app, one, other = site("app"), Sender(), Sender()
    await one.runs(app)
    await other.runs(app, app)

    assert one.rows == other.rows
    assert one.rows[0] is other.rows[0]


def test_row_of_calls_that_no_application_is_in_is_not_remembered() -> None:
    sender = Sender()
    found: list[Any] = []
    thread = threading.Thread(
        target=lambda: found.append(looking.calls(1, sender))
    )
    thread.start()
    thread.join()

    assert [name for *_, name in found[0]] == ["<lambda>"]
    assert sender.rows == ()


async def test_rows_that_are_remembered_are_the_last() -> None:
    apps = [site(str(n)) for n in range(looking.MOST_ROWS + 2)]
    sender = Sender()

    found = await sender.runs(*apps, *apps)

    assert found == [((f"<{n}>", 2, "app"),) for n in range(len(apps))] * 2
    codes = [row[0][-1].co_filename for row in sender.rows]
    assert codes == [f"<{n}>" for n in (5, 4, 3, 2)]


async def test_rows_and_their_lines_are_remembered_up_to_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, sender = site("app", "await send()\n" * 3), Sender()
    await sender.runs(app)  # so that what the calls are is known
    monkeypatch.setattr(looking, "_rows", {})
    monkeypatch.setattr(looking, "_known", dict(looking._known))
    monkeypatch.setattr(looking, "REMEMBERED", 2)
    other = Sender()

    found = await other.runs(app, site("b"), site("c"), app)

    lines = [line for ((_, line, _),) in found]
    assert lines == [2, 3, 4, 2, 2, 2, 3, 4]
    assert len(looking._rows) <= 2
    assert all(len(row[2]) <= 2 for row in looking._rows.values())


def test_who_runs_the_event_loop_is_not_who_sends() -> None:
    async def main() -> tuple[tuple[str, int, str], ...]:
        return looking.calls(1)

    assert [name for *_, name in asyncio.run(main())] == ["main"]


@pytest.mark.parametrize("base", SYNC.values(), ids=SYNC)
async def test_line_of_a_sync_consumer_is_told_the_second_time_too(
    base: Any,
) -> None:
    class Chat(base):  # type: ignore[misc]
        def receive(self, text_data: Any, bytes_data: Any = None) -> None:
            for _ in range(3):
                self.send(text_data=text_data)

    django_settings.set_up()
    with noted(Chat.as_asgi()) as flow:
        ada = WebsocketCommunicator(flow.app, "/")
        await ada.connect()
        await ada.send_to("hi")
        for _ in range(3):
            await ada.receive_from()
        await ada.disconnect()

    sent = [said(e) for e in flow.events if e.type == "websocket.send"]
    assert sent == [[("self.send(text_data=text_data)", "Chat.receive")]] * 3
