"""An hour's worth of chat, compressed.

200 clients in ten rooms, one of them served by sync consumers. In each round
everybody says one thing, and everybody who is still there has to hear all of
it: once, in each speaker's order, and nothing from another room. Between the
rounds some leave, in every way a client can, and others take their places.
"""

import asyncio
import base64
import gc
import os
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
import uvicorn
from asgiref.sync import async_to_sync

from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer
from minichannels.routing import URLRouter, path
from minichannels.types import Message, Receive, Scope, Send
from support.layers import fresh_layer

ROOMS, SEATS = 10, 20
DELIVERIES = 1_000_000
WARM_ROUNDS = 10
LIMIT = 60
MEMORY = 30e6  # bytes that Python and malloc may keep for themselves
POOLS = ("minichannels", "asyncio")  # threads that wait for more work
WAYS = ("close", "reset", "half-open", "mid-message")
MASK = b"\0\0\0\0"


class Chat(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.room = self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send(self.room, message)

    async def chat_message(self, event: Message) -> None:
        await self.send(event["text"])


class SyncChat(WebsocketConsumer):
    def connect(self) -> None:
        self.room = self.scope["url_route"]["kwargs"]["room"]
        self.in_layer("group_add", self.room, self.channel_name)
        self.accept()

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        message = {"type": "chat.message", "text": text_data}
        self.in_layer("group_send", self.room, message)

    def chat_message(self, event: Message) -> None:
        self.send(event["text"])

    def in_layer(self, method: str, *args: Any) -> None:
        async_to_sync(getattr(self.channel_layer, method))(*args)


class Served:
    """The chat under uvicorn in a thread, and what is open there."""

    def __init__(self) -> None:
        self.open = 0
        self.idle = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._app = URLRouter(
            [
                path("sync/<str:room>/", SyncChat.as_asgi()),
                path("<str:room>/", Chat.as_asgi()),
            ]
        )
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=SEATS * 2)
        config = uvicorn.Config(
            self,
            lifespan="off",
            log_config=None,
            ws_ping_interval=1,  # so that a half-open client is found out
            ws_ping_timeout=5,
        )
        self.server = uvicorn.Server(config)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.open += 1
        self.idle.clear()
        try:
            await self._app(scope, receive, send)
        finally:
            self.open -= 1
            if not self.open:
                self.idle.set()


@contextmanager
def served() -> Iterator[Served]:
    chat = Served()
    thread = threading.Thread(target=chat.server.run, args=([chat.socket],))
    thread.start()
    try:
        yield chat
    finally:
        chat.server.should_exit = True
        thread.join(LIMIT)
        chat.socket.close()
        assert not thread.is_alive()


class Client(asyncio.Protocol):
    """Speaks, and checks all that it hears."""

    def __init__(self, name: str, room: str) -> None:
        self.name, self.room = name, room
        loop = asyncio.get_running_loop()
        self.opened = loop.create_future()
        self.heard_all: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.heard = 0
        self._wanted = 0
        self._said = 0
        self._deaf = False
        self._last: dict[str, int] = {}
        self._data = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /{self.room}/ HTTP/1.1\r\nHost: localhost\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
            "".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._data += data
        if not self.opened.done():
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head.splitlines()[0], head
            self._data = rest
            self.opened.set_result(None)
        while len(self._data) >= 2 and len(self._data) >= 2 + self._data[1]:
            code, end_of_frame = self._data[0], 2 + self._data[1]
            payload = bytes(self._data[2:end_of_frame])
            del self._data[:end_of_frame]
            if code == 0x81:
                self._hear(payload.decode())
            elif code == 0x89:
                self._write(0x8A, payload)

    def _hear(self, text: str) -> None:
        room, speaker, number = text.split(" ")
        assert room == self.room, f"{self.room} heard {text}"
        assert int(number) > self._last.get(speaker, 0), f"again: {text}"
        self._last[speaker] = int(number)
        self.heard += 1
        if self.heard == self._wanted:
            self.heard_all.set_result(None)

    def _write(self, code: int, payload: bytes) -> None:
        head = bytes([code, 0x80 | len(payload)])
        self.transport.write(head + MASK + payload)

    def say(self) -> None:
        self._said += 1
        self._write(0x81, f"{self.room} {self.name} {self._said}".encode())

    def expect(self, frames: int) -> None:
        self._wanted = self.heard + frames
        self.heard_all = asyncio.get_running_loop().create_future()

    def leave(self, way: str) -> None:
        """Vanish in one of the ways."""
        if way == "close":
            self._write(0x88, struct.pack(">H", 1000))
        elif way == "half-open":
            self._deaf = True  # answers no ping any more, and says nothing
        else:
            if way == "mid-message":
                self.transport.write(bytes([0x81, 0xFE]))
            sock = self.transport.get_extra_info("socket")
            at_once = "hh" if sys.platform == "win32" else "ii"
            linger = struct.pack(at_once, 1, 0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()


async def enter(port: int, name: str, room: str) -> Client:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(
        lambda: Client(name, room), "127.0.0.1", port
    )
    async with asyncio.timeout(LIMIT):
        await client.opened
    return client


def resources(chat: Served) -> dict[str, int]:
    """Count what must not grow."""
    gc.collect()
    assert chat.loop is not None
    process = psutil.Process()
    files = getattr(process, "num_fds", getattr(process, "num_handles", None))
    assert files is not None
    return {
        "tasks": len(asyncio.all_tasks(chat.loop)),
        "threads": sum(
            not thread.name.startswith(POOLS)
            for thread in threading.enumerate()
        ),
        "files": files(),
        "memory": process.memory_info().rss,
    }


class Crowd:
    """The clients, and what became of them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.present: list[Client] = []
        self.left: list[Client] = []
        self.departures: Counter[str] = Counter()
        self._names = 0

    async def fill(self) -> None:
        """Let newcomers take the free seats."""
        taken = Counter(client.room for client in self.present)
        for number in range(ROOMS):
            room = f"sync/room{number}" if number == 0 else f"room{number}"
            for _ in range(SEATS - taken[room]):
                self._names += 1
                client = await enter(self.port, f"c{self._names}", room)
                self.present.append(client)

    async def round(self) -> None:
        """Let everybody speak, until everybody has heard it."""
        for client in self.present:
            client.expect(SEATS)
        for client in self.present:
            client.say()
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*(c.heard_all for c in self.present))

    def part(self, number: int) -> None:
        """Let some leave; others each time, and in all ways."""
        leaving = self.present[number % 7 :: 29]
        for place, client in enumerate(leaving):
            way = WAYS[(number + place) % len(WAYS)]
            client.leave(way)
            self.departures[way] += 1
        self.present = [c for c in self.present if c not in leaving]
        self.left += leaving

    async def empty(self) -> None:
        """Let all leave, and wait until the server has closed every socket."""
        for client in self.present:
            client.leave("close")
        everybody = [*self.present, *self.left]
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*(client.gone for client in everybody))

    @property
    def heard(self) -> int:
        return sum(c.heard for c in [*self.present, *self.left])


async def talk(chat: Served, deliveries: int) -> Crowd:
    """Hold a chat until that many messages were delivered."""
    crowd = Crowd(chat.socket.getsockname()[1])
    number = 0
    while crowd.heard < deliveries:
        await crowd.fill()
        await crowd.round()
        crowd.part(number)
        number += 1
    await crowd.empty()
    assert await asyncio.to_thread(chat.idle.wait, LIMIT)
    return crowd


@pytest.mark.timeout(1200)
async def test_chat_of_a_million_messages_leaves_nothing_behind(
    record_property: Callable[[str, object], None],
) -> None:
    with fresh_layer() as layer, served() as chat:
        assert isinstance(layer, InMemoryChannelLayer)
        await talk(chat, WARM_ROUNDS * ROOMS * SEATS * SEATS)
        before = resources(chat)
        crowd = await talk(chat, DELIVERIES)
        after = resources(chat)

    grown = {name: after[name] - before[name] for name in before}
    ways = ", ".join(f"{n} {way}" for way, n in crowd.departures.items())
    rest = ", ".join(f"{n:+,} {name}" for name, n in grown.items())
    record_property(
        "measured",
        f"chat: {crowd.heard:,} messages heard by {ROOMS * SEATS} clients,"
        f" {ways} on the way; {rest}; {len(layer.channels)} mailboxes,"
        f" {len(layer.groups)} groups; {layer.dropped:,} dropped",
    )
    assert (layer.channels, layer.groups) == ({}, {})
    assert layer._minichannels.membership._of_channel == {}
    assert grown.pop("memory") < MEMORY
    assert grown == {"tasks": 0, "threads": 0, "files": 0}
