"""Plays: what clients do to an application, and what they hear of it.

A shape (a file in ``tests/wild/shapes``) is an application as people write
them, with a play and with what each client hears. Stages perform the play: by
a library's communicators, or over a wire with real clients.
"""

import asyncio
import importlib
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from minichannels import lab
from minichannels.flow import record
from minichannels.lab.transport.memory import all_ended
from minichannels.types import ASGIApp, Message
from support import django_settings
from support.both import with_imports_of
from support.servers import LIMIT, running

django_settings.set_up()
path: Any = importlib.import_module("django.urls").path

SHAPES = Path(__file__).parents[1] / "wild" / "shapes"
_CHANNEL_NAME = re.compile(r"specific\.[\w.!]+")

ACCEPT: Message = {"type": "websocket.accept", "subprotocol": None}


@dataclass(frozen=True)
class Connect:
    """A client asks for a WebSocket."""

    name: str
    path: str = "/"
    subprotocols: Sequence[str] = ()


@dataclass(frozen=True)
class Say:
    """A client sends a frame: text, bytes, or anything else as JSON."""

    name: str
    what: Any

    @property
    def frame(self) -> str | bytes:
        plain = isinstance(self.what, str | bytes)
        return self.what if plain else json.dumps(self.what)


@dataclass(frozen=True)
class Ask:
    """A client sends an HTTP request, and waits for nothing."""

    name: str
    path: str = "/"
    body: bytes = b""


@dataclass(frozen=True)
class Hear:
    """Clients wait for as many further events as is said, each of them."""

    names: str
    count: int = 1


@dataclass(frozen=True)
class Leave:
    """A client goes."""

    name: str
    code: int = 1000


Step = Connect | Say | Ask | Hear | Leave


def shape(package: str, name: str) -> Any:
    """Return what a shape's file defines, with the imports of a package."""
    return with_imports_of(package, SHAPES / f"{name}.py")


def said(what: Any) -> Message:
    """Return the event that sends a frame."""
    key = "bytes" if isinstance(what, bytes) else "text"
    return {"type": "websocket.send", key: Say("", what).frame}


def closed(code: int | None = None, reason: str = "") -> Message:
    """Return the event that closes a connection."""
    event: Message = {"type": "websocket.close"}
    if code is not None:
        event["code"] = code
    if reason:
        event["reason"] = reason
    return event


def started(headers: dict[str, str], status: int = 200) -> Message:
    """Return the event that starts a response."""
    pairs = [(n.encode(), v.encode()) for n, v in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def body(data: bytes = b"", *, more_body: bool = False) -> Message:
    """Return the event that sends a part of a response's body."""
    return {"type": "http.response.body", "body": data, "more_body": more_body}


@dataclass
class _Played:
    """One client of a communicator's stage."""

    communicator: Any
    leaving: str
    events: list[Message] = field(default_factory=list)

    async def hear(self, count: int) -> None:
        for _ in range(count):
            self.events.append(await self.communicator.receive_output(LIMIT))

    async def leave(self, code: int) -> None:
        event: Message = {"type": self.leaving}
        if self.leaving == "websocket.disconnect":
            event["code"] = code
        await self.communicator.send_input(event)
        await self.end()

    async def end(self) -> None:
        await self.communicator.wait(LIMIT)
        queue = self.communicator.output_queue
        self.events += [queue.get_nowait() for _ in range(queue.qsize())]


async def in_communicators(
    app: ASGIApp, play: Sequence[Step], package: str
) -> dict[str, list[Message]]:
    """Perform a play by a library's communicators; return what was sent."""
    testing: Any = importlib.import_module(f"{package}.testing")
    clients: dict[str, _Played] = {}
    for step in play:
        match step:
            case Connect(name, path, subprotocols):
                client = testing.WebsocketCommunicator(
                    app, path, subprotocols=list(subprotocols)
                )
                clients[name] = _Played(client, "websocket.disconnect")
                await client.send_input({"type": "websocket.connect"})
            case Ask(name, path, data):
                client = testing.HttpCommunicator(app, "POST", path)
                clients[name] = _Played(client, "http.disconnect")
                await client.send_input({"type": "http.request", "body": data})
            case Say(name):
                key = "bytes" if isinstance(step.frame, bytes) else "text"
                event = {"type": "websocket.receive", key: step.frame}
                await clients[name].communicator.send_input(event)
            case Hear(names, count):
                for name in [names] if names in clients else names.split():
                    await clients[name].hear(count)
            case Leave(name, code):
                await clients[name].leave(code)
    for client in clients.values():
        if not client.communicator.future.done():
            await client.leave(1001)
        await client.end()
    return {name: _nameless(each.events) for name, each in clients.items()}


def _nameless(events: list[Message]) -> list[Message]:
    """Number the names of channels, which are random, as they appear."""
    known: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return known.setdefault(match[0], f"<channel {len(known) + 1}>")

    return [
        {**event, "text": _CHANNEL_NAME.sub(number, event["text"])}
        if isinstance(event.get("text"), str)
        else event
        for event in events
    ]


# Over a wire


@dataclass
class _Wired:
    """One client over a wire, and what it has heard so far."""

    client: ClientConnection | None = None
    asking: asyncio.Task[tuple[int, bytes]] | None = None
    heard: list[Any] = field(default_factory=list)
    wanted: int = 0

    async def hear(self, count: int) -> None:
        if self.asking is not None:
            self.heard = [await self.asking]
            return
        self.wanted += count
        while len(self.heard) < self.wanted:
            await self.read()

    async def read(self) -> None:
        assert self.client is not None
        try:
            async with asyncio.timeout(LIMIT):
                self.heard.append(await self.client.recv())
        except ConnectionClosed:
            code, reason = self.client.close_code, self.client.close_reason
            self.heard.append(("closed", code, reason))


Connecting = Any
"""A function of path and subprotocols that connects."""


async def over_a_wire(
    play: Sequence[Step], connect: Connecting, post: Any
) -> dict[str, list[Any]]:
    """Perform a play with real clients; return what they heard."""
    clients: dict[str, _Wired] = {}
    for step in play:
        match step:
            case Connect(name):
                clients[name] = await _connected(connect, step)
            case Ask(name, path, data):
                asking = asyncio.create_task(post(path, data))
                clients[name] = _Wired(asking=asking)
            case Say(name):
                client = clients[name].client
                assert client is not None
                await client.send(step.frame)
            case Hear(names, count):
                for name in [names] if names in clients else names.split():
                    await clients[name].hear(count)
            case Leave(name, code):
                if (client := clients[name].client) is not None:
                    await client.close(code)
    for wired in clients.values():
        if wired.client is not None:
            await wired.client.close()
    return {name: wired.heard for name, wired in clients.items()}


async def _connected(connect: Connecting, step: Connect) -> _Wired:
    try:
        client = await connect(step.path, list(step.subprotocols) or None)
    except InvalidStatus as refused:
        return _Wired(heard=[("refused", refused.response.status_code)])
    return _Wired(client, heard=[("accepted", client.subprotocol)])


def as_heard(events: Sequence[Message]) -> list[Any]:
    """Return what a client over a wire hears of an application's events."""
    heard: list[Any] = []
    for event in events:
        match event:
            case {"type": "websocket.accept"}:
                heard.append(("accepted", event.get("subprotocol")))
            case {"type": "websocket.send", "text": text}:
                heard.append(text)
            case {"type": "websocket.send", "bytes": data}:
                heard.append(data)
            case {"type": "websocket.close"} if not heard:
                heard.append(("refused", 403))
            case {"type": "websocket.close"}:
                code, reason = event.get("code", 1000), event.get("reason", "")
                heard.append(("closed", code, reason))
            case {"type": "http.response.start", "status": status}:
                heard.append((status, b""))
            case {"type": "http.response.body", "body": data}:
                status, before = heard[-1]
                heard[-1] = (status, before + data)
    return heard


async def under_uvicorn(app: ASGIApp, play: Sequence[Step]) -> Any:
    """Perform a play with real clients of uvicorn, unrecorded."""
    with running(app) as server:

        async def connect(
            path: str, subprotocols: list[str] | None
        ) -> ClientConnection:
            return await server.connect(path, subprotocols=subprotocols)

        async def post(path: str, data: bytes) -> tuple[int, bytes]:
            async with server.client() as client:
                response: httpx.Response = await client.post(path, content=data)
                return response.status_code, response.content

        return await over_a_wire(play, connect, post)


async def under_the_lab(app: ASGIApp, play: Sequence[Step]) -> Any:
    """Perform a play with the lab's clients, in memory and recorded."""
    async with _serving(app) as server:

        async def connect(path: str, subprotocols: list[str] | None) -> Any:
            return await server.connect(path, subprotocols=subprotocols)

        async def post(path: str, data: bytes) -> tuple[int, bytes]:
            response = await server.post(path, data=data)
            return response.status, response.body

        return await over_a_wire(play, connect, post)


@asynccontextmanager
async def _serving(app: ASGIApp) -> AsyncIterator[Any]:
    server = lab.serve(app, wire="memory")
    try:
        yield server
    finally:
        server.stop()
        await all_ended()


async def recorded(
    app: ASGIApp, play: Sequence[Step]
) -> dict[str, list[Message]]:
    """Perform a play by our communicators, under ``record()``."""
    with record(app) as flow:
        return await in_communicators(flow.app, play, "minichannels")
