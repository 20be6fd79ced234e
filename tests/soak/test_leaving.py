"""A thousand clients that leave in every way, under uvicorn with its pings on.

Consumers are told of it once each, whatever they do at that moment: messages
of a group come all the time, so many a client leaves while it is sent one.
Only a consumer whose own handler has raised is told nothing, as in Channels.
"""

import asyncio
import contextlib
import logging
import socket
import struct
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvicorn

from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer, get_channel_layer
from minichannels.routing import URLRouter, path
from minichannels.types import Message, Receive, Scope, Send
from support.layers import fresh_layer

ROUNDS, OF_EACH = 20, 2  # of each way, for each of two consumers
LIMIT = 60
ASK = (
    "GET /{}/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
MASK = b"\0\0\0\0"
NEWS = {"type": "news", "text": "something that goes to everybody"}


class Count:
    """What consumers were told: who came, and how often each left."""

    def __init__(self) -> None:
        self.came: list[object] = []
        self.left: Counter[object] = Counter()
        self.raised: Counter[str] = Counter()
        self.open = 0


class Failure(Exception):
    """What a handler raises on purpose."""


class Chat(AsyncWebsocketConsumer):
    groups = ["all"]

    async def connect(self) -> None:
        self.scope["count"].came.append(self)
        await self.accept()

    async def receive(self, text_data: str) -> None:  # type: ignore[override]
        if text_data == "close me":
            await self.close()
        elif text_data == "fail":
            raise Failure

    async def news(self, event: Message) -> None:
        await self.send(event["text"])

    async def disconnect(self, code: int) -> None:
        self.scope["count"].left[self] += 1


class SyncChat(WebsocketConsumer):
    groups = ["all"]

    def connect(self) -> None:
        self.scope["count"].came.append(self)
        self.accept()

    def receive(self, text_data: str) -> None:  # type: ignore[override]
        if text_data == "close me":
            self.close()
        elif text_data == "fail":
            raise Failure

    def news(self, event: Message) -> None:
        self.send(event["text"])

    def disconnect(self, code: int) -> None:
        self.scope["count"].left[self] += 1


def counted(count: Count) -> Any:
    """Return the chat, and count what runs there and what it raises."""
    router = URLRouter(
        [path("async/", Chat.as_asgi()), path("sync/", SyncChat.as_asgi())]
    )

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        count.open += 1
        try:
            await router({**scope, "count": count}, receive, send)
        except Exception as error:
            count.raised[type(error).__name__] += 1
            raise
        finally:
            count.open -= 1

    return application


# The ways


class Client:
    """The raw end of a WebSocket."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader, self.writer = reader, writer

    def frame(self, code: int, payload: bytes) -> None:
        head = bytes([code, 0x80 | len(payload)])
        self.writer.write(head + MASK + payload)

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        at_once = "hh" if sys.platform == "win32" else "ii"
        linger = struct.pack(at_once, 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


def closes(client: Client) -> None:
    client.frame(0x88, struct.pack(">H", 1000))


def closes_twice(client: Client) -> None:
    closes(client)
    closes(client)


def resets(client: Client) -> None:
    client.reset()


def vanishes(client: Client) -> None:
    """Say nothing any more, and answer no ping."""


def falls_silent_and_resets(client: Client) -> None:
    """Read nothing, so that the server has to wait, and break off then."""
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    asyncio.get_running_loop().call_later(0.3, client.reset)


def hangs_up(client: Client) -> None:
    client.writer.close()


def ends_its_half(client: Client) -> None:
    client.writer.write_eof()


def breaks_off_a_frame(client: Client) -> None:
    client.writer.write(bytes([0x81, 0xFE]))
    client.writer.close()


def breaks_off_a_message(client: Client) -> None:
    client.frame(0x01, b"the first fragment")
    client.reset()


def breaks_the_protocol(client: Client) -> None:
    client.writer.write(bytes([0x81, 0x02]) + b"hi")  # not masked


def has_itself_closed(client: Client) -> None:
    client.frame(0x81, b"close me")


def has_its_consumer_fail(client: Client) -> None:
    client.frame(0x81, b"fail")


def says_something_and_resets(client: Client) -> None:
    client.frame(0x81, b"hi")
    client.frame(0x81, b"close me")
    client.reset()


WAYS = [
    closes,
    closes_twice,
    resets,
    vanishes,
    falls_silent_and_resets,
    hangs_up,
    ends_its_half,
    breaks_off_a_frame,
    breaks_off_a_message,
    breaks_the_protocol,
    has_itself_closed,
    has_its_consumer_fail,
    says_something_and_resets,
]


# The rounds


@contextlib.asynccontextmanager
async def served(application: Any) -> AsyncIterator[int]:
    """Serve an application, with pings that are soon given up."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=500)
    config = uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        ws_ping_interval=0.5,
        ws_ping_timeout=0.5,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()


async def enter(port: int, room: str) -> Client:
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    client.writer.write(ASK.format(room).encode())
    await client.reader.readuntil(b"\r\n\r\n")
    return client


async def tell_everybody() -> None:
    layer: Any = get_channel_layer()
    while True:
        await layer.group_send("all", NEWS)
        await asyncio.sleep(0.002)


async def visit(port: int, room: str, way: Callable[[Client], None]) -> None:
    """Come, leave, and wait until the server has let go of the socket."""
    client = await enter(port, room)
    way(client)
    with contextlib.suppress(OSError):
        if way is falls_silent_and_resets:
            await client.writer.wait_closed()
        while data := await client.reader.read(2**16):
            if way is has_itself_closed and b"\x88" in data:
                closes(client)  # the answer
    client.writer.close()
    with contextlib.suppress(OSError):
        await client.writer.wait_closed()


async def ended(count: Count) -> None:
    async with asyncio.timeout(LIMIT):
        while count.open:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def round_of_all(port: int) -> None:
    """Have clients come and leave, in all ways at once."""
    everybody = [
        visit(port, room, way)
        for way in WAYS
        for room in ("async", "sync")
        for _ in range(OF_EACH)
    ]
    async with asyncio.timeout(LIMIT):
        await asyncio.gather(*everybody)


@pytest.mark.timeout(600)
async def test_disconnect_is_called_once_for_each_of_a_thousand_clients(
    record_property: Callable[[str, object], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL)
    count = Count()
    with fresh_layer() as layer:
        assert isinstance(layer, InMemoryChannelLayer)
        async with served(counted(count)) as port:
            before = len(asyncio.all_tasks())
            news = asyncio.create_task(tell_everybody())
            for _ in range(ROUNDS):
                await round_of_all(port)
            await ended(count)
            news.cancel()
            await asyncio.wait([news])
            tasks = len(asyncio.all_tasks()) - before

    times = Counter(count.left[consumer] for consumer in count.came)
    record_property(
        "measured",
        f"leaving: {len(count.came):,} clients in {len(WAYS)} ways;"
        f" disconnect() {times[1]:,} times once, {times[0]} times never;"
        f" raised {dict(count.raised)}; {tasks:+} tasks,"
        f" {len(layer.channels)} mailboxes, {len(layer.groups)} groups",
    )
    assert len(count.came) == ROUNDS * OF_EACH * 2 * len(WAYS) > 1_000
    failed = ROUNDS * OF_EACH * 2
    assert count.raised == {"Failure": failed}
    assert times == {1: len(count.came) - failed, 0: failed}
    assert (layer.channels, layer.groups, tasks) == ({}, {}, 0)
