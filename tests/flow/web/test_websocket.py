import asyncio
import json
import math
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.flow import Flow, Recorder
from minichannels.flow.journal.events import Event
from minichannels.flow.live.feed import Feed
from minichannels.flow.web import websocket
from minichannels.flow.web.app import FlowPage
from minichannels.flow.web.websocket import stream
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.servers import LIMIT
from support.story import GOLDEN

STORY = Flow.from_json((GOLDEN / "flow.json").read_text(encoding="utf-8"))
HOST = (b"host", b"127.0.0.1:8000")


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def browser(
    flow: Flow, path: str = "/live", origin: bytes = b"http://127.0.0.1:8000"
) -> WebsocketCommunicator:
    headers = [HOST, (b"origin", origin)]
    page = FlowPage(flow, "chat")
    return WebsocketCommunicator(page, path, headers=headers)


async def read(page: FlowPage) -> str:
    asks = HttpCommunicator(page, "GET", "/", headers=[HOST])
    body: bytes = (await asks.get_response(LIMIT))["body"]
    return body.decode()


async def told(client: WebsocketCommunicator) -> Any:
    return await client.receive_json_from(LIMIT)


async def test_stream_tells_the_state_and_then_what_is_new() -> None:
    recorder = Recorder(hello)
    client = browser(Flow(recorder.journal))
    assert (await client.connect())[0]

    first = await told(client)
    await HttpCommunicator(recorder, "GET", "/greet/").get_response()
    seen: list[str] = []
    while "http.response.body" not in seen:
        update = await told(client)
        events = update.get("state", update)["events"]
        seen += [event["type"] for event in events]
    await client.disconnect()

    assert first["state"]["events"] == []
    assert "http.request" in seen


async def test_stream_tells_all_of_a_saved_flow() -> None:
    client = browser(STORY)
    await client.connect()

    update = await told(client)
    await client.disconnect()

    assert update["state"]["grows"] is False
    numbers = [event["no"] for event in update["state"]["events"]]
    assert [n for n in numbers if n > 0] == [e.seq for e in STORY if e.seq]


async def test_stream_tells_the_state_again_to_who_does_not_know_it() -> None:
    client = browser(STORY)
    await client.connect()
    update = await told(client)
    known = {"type": "hello", "version": update["version"]}

    await client.send_to(text_data=json.dumps(known))
    answers = []
    deep = "[" * 100_000
    for unknown in ('{"version": -1}', "{}", "[]", "no JSON", '"text"', deep):
        await client.send_to(text_data=unknown)
        answers.append(await told(client))
    await client.send_to(bytes_data=b"\xff")
    answers.append(await told(client))
    await client.disconnect()

    assert answers == [update] * 7
    assert await client.receive_nothing()


async def test_stream_gives_columns_to_who_is_chosen() -> None:
    client = browser(STORY)
    await client.connect()
    before = await told(client)

    await client.send_to(text_data='{"type": "choose", "choose": [2]}')
    update = await told(client)
    await client.disconnect()

    assert update["version"] == before["version"] + 1
    heads = [u["state"]["strip"]["heads"] for u in (before, update)]
    assert [">ada<" in head for head in heads] == [True, False]


@pytest.mark.parametrize(
    "value",
    [{}, {"a": []}, {"a": [1, {"b": [None]}], 'c"': {"d": "é"}}, "x", [True]],
)
def test_written_is_json(value: Any) -> None:
    assert json.loads(websocket.written(value)) == value


@pytest.mark.parametrize("size", [999, 50_000, 10_000_000])
async def test_stream_sends_what_is_long_in_pieces(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    text = websocket.written(Feed(STORY.events).hear(None))
    monkeypatch.setattr(websocket, "PIECE", size)
    client = browser(STORY)
    await client.connect()

    pieces = [str(await client.receive_from(LIMIT))]
    while pieces[-1][0] == "+":
        pieces.append(str(await client.receive_from(LIMIT)))
    await client.disconnect()

    assert len(pieces) == max(math.ceil(len(text) / size), 1)
    if size < len(text):
        assert max(map(len, pieces)) == size + 1
        assert [piece[0] for piece in pieces] == [*"+" * (len(pieces) - 1), "."]
        pieces = [piece[1:] for piece in pieces]
    assert "".join(pieces) == text


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/live", b"http://evil.example"),
        ("/live", b"null"),
        ("/", b"http://127.0.0.1:8000"),
        ("/lives", b"http://127.0.0.1:8000"),
    ],
)
async def test_stream_is_not_for_others(path: str, origin: bytes) -> None:
    client = browser(STORY, path, origin)

    accepted, _ = await client.connect()

    assert not accepted


class Wire:
    """A browser's connection, held still by the test."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        self.coming: asyncio.Queue[Message] = asyncio.Queue()
        self.coming.put_nowait({"type": "websocket.connect"})
        self.free = asyncio.Event()
        self.broken = False

    async def receive(self) -> Message:
        return await self.coming.get()

    async def send(self, message: Message) -> None:
        await self.sent.put(message)
        if message["type"] == "websocket.send":
            await self.free.wait()
            if self.broken:
                raise ConnectionResetError

    async def text(self) -> str:
        async with asyncio.timeout(LIMIT):
            message = await self.sent.get()
        return str(message["text"])


class StillFeed:
    """A feed that tells what the test says."""

    made: "StillFeed"

    def __init__(self, flow: Flow) -> None:
        StillFeed.made = self
        self.listeners: list[Callable[[Any], None]] = []
        self.closed = False

    def hear(self, content: Any) -> Any:
        return {"version": 0}

    def subscribe(self, listener: Callable[[Any], None]) -> Any:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    monkeypatch.setattr(websocket, "Feed", StillFeed)
    monkeypatch.setattr(websocket, "MOST_WAITING", 3)
    return Wire()


@pytest.mark.parametrize(
    ("updates", "got"),
    [
        ([{"n": n} for n in range(5)], [{"n": 3}, {"n": 4}]),
        # What has all in it takes the place of all before it.
        ([{"n": 0}, {"state": 1}, {"n": 2}], [{"state": 1}, {"n": 2}]),
    ],
)
async def test_stream_leaves_out_what_a_slow_browser_cannot_take(
    wire: Wire, updates: list[Any], got: list[Any]
) -> None:
    task = asyncio.create_task(stream(STORY, wire.receive, wire.send))
    async with asyncio.timeout(LIMIT):
        assert (await wire.sent.get())["type"] == "websocket.accept"
    await wire.text()  # the state, on its way as long as the test wants

    for update in updates:
        StillFeed.made.listeners[0](update)
    await asyncio.sleep(0)
    wire.free.set()

    assert [json.loads(await wire.text()) for _ in got] == got
    wire.coming.put_nowait({"type": "websocket.disconnect", "code": 1001})
    async with asyncio.timeout(LIMIT):
        await task
    assert wire.sent.empty()


async def test_others_have_a_turn_between_two_pieces(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PIECE", 4)
    wire.free.set()  # a server may take all that it gets, and wait for nothing
    task = asyncio.create_task(stream(STORY, wire.receive, wire.send))
    async with asyncio.timeout(LIMIT):
        assert (await wire.sent.get())["type"] == "websocket.accept"
        turns = set()
        while wire.sent.qsize() < 4:
            await asyncio.sleep(0)
            turns.add(wire.sent.qsize())

        pieces = [await wire.text() for _ in range(4)]
        wire.coming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await task

    assert pieces == ['+{"ve', "+rsio", '+n":0', ".}"]
    assert turns >= {1, 2, 3}


@pytest.mark.parametrize("broken", [False, True])
async def test_stream_lets_go_of_the_feed_when_the_browser_leaves(
    wire: Wire, broken: bool
) -> None:
    wire.broken = broken
    wire.free.set()
    wire.coming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async with asyncio.timeout(LIMIT):
        await stream(STORY, wire.receive, wire.send)

    assert StillFeed.made.listeners == []
    assert StillFeed.made.closed


async def test_stream_has_done_what_the_page_may_ask_for() -> None:
    done: list[int] = []

    def resend(event: Event) -> str:
        done.append(event.seq)
        return f"sent {event.seq}"

    page = FlowPage(STORY, "chat", resend=resend)
    text = await read(page)
    (token,) = re.findall(r'name="flow-token" content="([^"]+)"', text)
    headers = [HOST, (b"origin", b"http://127.0.0.1:8000")]
    client = WebsocketCommunicator(page, "/live", headers=headers)
    await client.connect()
    await told(client)

    async def asks(no: object, key: object) -> Any:
        await client.send_json_to({"type": "resend", "no": no, "token": key})
        return (await told(client))["said"]

    assert await asks(5, token) == "sent 5"
    assert "load this page again" in await asks(5, "other\ud800")
    assert "load this page again" in await asks(5, None)
    for number in (0, -1, 9_999, "5", None, [5]):
        assert "is not kept any more" in await asks(number, token)
    await client.disconnect()
    assert done == [5]


async def test_the_loop_does_nothing_for_which_a_feed_that_draws_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: dict[str, int] = {}

    def noted(name: str) -> Callable[..., Any]:
        method = getattr(Feed, name)

        def call(*args: Any) -> Any:
            threads[name] = threading.get_ident()
            return method(*args)

        return call

    names = ("__init__", "subscribe", "hear", "find")
    for name in names:
        monkeypatch.setattr(Feed, name, noted(name))
    page = FlowPage(STORY, "chat", resend=lambda event: "sent")
    (token,) = re.findall('flow-token" content="([^"]+)', await read(page))
    client = WebsocketCommunicator(page, "/live", headers=[HOST])
    await client.connect()
    await told(client)
    await client.send_json_to({"type": "resend", "no": 5, "token": token})

    assert await told(client) == {"said": "sent"}
    assert sorted(threads) == sorted(names)
    assert threading.get_ident() not in threads.values()
    await client.disconnect()


async def test_page_of_what_is_over_may_do_nothing() -> None:
    text = await read(FlowPage(STORY, "chat"))
    client = browser(STORY)
    await client.connect()
    version = (await told(client))["version"]
    asks = {"type": "resend", "no": 5, "token": "", "version": version}
    await client.send_json_to(asks)

    assert await client.receive_nothing()
    await client.disconnect()
    assert "flow-token" not in text
