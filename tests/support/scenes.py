"""Scenes that are played on both wires, and what was seen in each.

A scene is an application and what its clients do. What clients saw, what the
application saw and the flow's text have to be the same on both wires.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import async_to_sync
from websockets.exceptions import ConnectionClosed

from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.lab import Client, Refused, Server, serve
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

# What differs between two connections of one wire, too.
PORTS = ("client", "server")
HOST = b"host"
KEY = b"sec-websocket-key"


@dataclass
class Seen:
    """What was seen in a scene."""

    by_clients: list[Any] = field(default_factory=list)
    by_application: list[Any] = field(default_factory=list)
    in_flow: str = ""


class Watched:
    """An application whose scopes and events are written down."""

    def __init__(self, application: ASGIApp, seen: list[Any]) -> None:
        self._application = application
        self._seen = seen

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        mine: list[Any] = [comparable(scope)]
        if scope["type"] != "lifespan":
            self._seen.append(mine)

        async def watched_receive() -> Message:
            message = await receive()
            mine.append(dict(message))
            return message

        async def watched_send(message: Message) -> None:
            try:
                await send(message)
            except (Exception, asyncio.CancelledError) as error:
                mine.append((type(error).__mro__[:-2], str(error)))
                raise

        await self._application(scope, watched_receive, watched_send)


def comparable(scope: Scope) -> dict[str, Any]:
    """Return a scope without what no two connections share."""
    known = {key: scope[key] for key in scope if key != "extensions"}
    for key in PORTS:
        if key in known:
            host, port = known[key]
            known[key] = (host, type(port))
    if "headers" in known:
        known["headers"] = [
            (name, b"" if name in (HOST, KEY) else value)
            for name, value in known["headers"]
        ]
    # The recorder's own stands among them.
    known["extensions"] = "websocket.http.response" in scope.get(
        "extensions", {}
    )
    return known


@dataclass(frozen=True)
class Scene:
    """An application, and what its clients do."""

    application: ASGIApp
    play: Callable[[Server, list[Any]], Awaitable[None]]


async def seen_on(wire: Any, scene: Scene) -> Seen:
    """Play a scene on a wire."""
    seen = Seen()
    application = Watched(scene.application, seen.by_application)
    server = serve(application, wire=wire)
    try:
        await scene.play(server, seen.by_clients)
        await server.settle()
        seen.in_flow = str(server.flow)
    finally:
        server.stop()
        await server.settle()
    return seen


async def end_of(client: Client) -> Any:
    """Return how a connection ends."""
    try:
        return ("message", await client.recv())
    except ConnectionClosed as closed:
        return (
            type(closed).__name__,
            str(closed),
            client.close_code,
            client.close_reason,
        )


class Echo(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data=text_data, bytes_data=bytes_data)


async def echoes(server: Server, saw: list[Any]) -> None:
    ada = await server.connect(
        "/é/a b?x=1", "ada", headers={"X-A": "b"}, subprotocols=["chat"]
    )
    for message in ("hi", "", b"\x00\xff", "é" * 400_000, b"x" * 3_000_000):
        await ada.send(message)
        saw.append(await ada.recv() == message)
    bob = await server.connect()
    await bob.send(["frag", "ments"])
    saw.append(await bob.recv())
    saw += [ada.name, bob.name, ada.subprotocol, len(server.clients)]
    saw += sorted(ada.response.headers) if ada.response else []
    async with server.connect("/", "ada") as second:
        saw += [await end_of(ada), repr(ada), repr(second)]
    await bob.close()
    saw.append(len(server.clients))


class Chat(AsyncWebsocketConsumer):
    groups = ["chat"]

    async def receive(self, text_data: str = "") -> None:  # type: ignore[override]  # as in a lesson
        event = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("chat", event)

    async def chat_message(self, event: Message) -> None:
        await self.send(event["text"])


class SyncChat(WebsocketConsumer):
    groups = ["chat"]

    def connect(self) -> None:
        self.accept()

    def receive(self, text_data: str = "") -> None:  # type: ignore[override]  # as in a lesson
        event = {"type": "chat.message", "text": text_data}
        async_to_sync(self.channel_layer.group_send)("chat", event)

    def chat_message(self, event: Message) -> None:
        self.send(event["text"])


async def chats(server: Server, saw: list[Any]) -> None:
    clients = [
        await server.connect(name=name) for name in ("ada", "bob", "eve")
    ]
    for speaker in clients:
        await speaker.send(f"I am {speaker.name}")
        saw.append([await client.recv() for client in clients])
        await server.settle()
    clients[1].transport.abort()
    await server.settle()
    await clients[0].send("bye")
    saw += [await clients[0].recv(), await clients[2].recv()]


class Doorkeeper(AsyncWebsocketConsumer):
    """Does what the path says."""

    async def connect(self) -> None:
        match self.scope["path"]:
            case "/closes":
                await self.close()
            case "/answers":
                start = {"type": "websocket.http.response.start"}
                body = {"type": "websocket.http.response.body"}
                await self.base_send(
                    {**start, "status": 429, "headers": [(b"x-a", b"b")]}
                )
                await self.base_send({**body, "body": b"not ", **MORE})
                await self.base_send({**body, "body": b"now"})
            case "/raises":
                raise ValueError("no")
            case "/forgets":
                pass
            case "/accepts-late":
                await self.close()
                await self.accept()
            case "/leaves":
                await self.accept("chat", {"x-b": "c"})
                await self.close(4001, "enough")
            case "/invalid":
                await self.accept()
                await self.base_send({"type": "websocket.close", "code": 1})


MORE = {"more_body": True}


async def knocks(server: Server, saw: list[Any]) -> None:
    for path in (
        "closes", "answers", "raises", "forgets", "accepts-late"
    ):  # fmt: skip
        try:
            await server.connect(f"/{path}", path)
        except Refused as refused:
            response = refused.response
            saw.append((str(refused), response.status_code, response.body))
        await server.settle()
    for path in ("leaves", "invalid"):
        ada = await server.connect(f"/{path}", path, subprotocols=["chat"])
        saw.append(await end_of(ada))
        await server.settle()


async def sends_on(scope: Scope, receive: Receive, send: Send) -> None:
    """Send, and go on sending for whatever comes."""
    if scope["type"] == "lifespan":
        return
    await send({"type": "websocket.accept"})
    while True:
        await send({"type": "websocket.send", "text": "on"})
        await receive()


async def leaves(server: Server, saw: list[Any]) -> None:
    for way in ("close", "abort"):
        ada = await server.connect(name="ada")
        saw.append(await ada.recv())
        if way == "close":
            await ada.close(3000, "tired")
        else:
            ada.transport.abort()
        await server.settle()


async def ends(server: Server, saw: list[Any]) -> None:
    for code, reason in ((1000, ""), (1001, "x"), (4999, "é")):
        ada = await server.connect(name="ada")
        await ada.close(code, reason)
        await server.settle()
        saw.append((ada.close_code, ada.close_reason))


class Pages(AsyncHttpConsumer):
    """Does what the path says."""

    async def handle(self, body: bytes) -> None:
        if self.scope["path"] == "/raises":
            raise ValueError("no")
        if self.scope["path"] == "/big":
            await self.send_response(200, b"x" * 2_000_000)
        elif self.scope["path"] == "/stream":
            await self.send_headers(headers={"Content-Type": "text/plain"})
            for number in range(3):
                await self.send_body(b"%d" % number, more_body=True)
            await self.send_body(b"")
        elif self.scope["path"] == "/events":
            headers = {"Content-Type": "text/event-stream"}
            await self.send_headers(headers=headers)
            await self.send_body(b"data: tick\n\n", more_body=True)
            await asyncio.Event().wait()
        else:
            said = {"body": body.decode(), "method": self.scope["method"]}
            await self.send_response(
                201, json.dumps(said).encode(), headers={"X-A": "b"}
            )


async def asks(server: Server, saw: list[Any]) -> None:
    for response in (
        await server.get("/a%20b?x=é"),
        await server.post("/", json={"a": 1}),
        await server.post("/", data=b"x" * 10_000),
        await server.request("DELETE", "/", headers={"X-C": "d"}, name="ada"),
        await server.request("HEAD", "/"),
        await server.get("/raises"),
        await server.get("/big"),
        await server.get("/stream"),
    ):
        saw.append((response.status, response.headers, response.body))
        await server.settle()
    async with await server.get("/events", stream=True) as response:
        async for piece in response:
            saw.append(piece)
            break
    await server.settle()


async def lives(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand state from the start-up to the connections."""
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["word"] = "hello"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": scope["state"]["word"]})
    scope["state"]["word"] = "mine alone"
    await receive()


async def says_hello(server: Server, saw: list[Any]) -> None:
    for name in ("ada", "bob"):
        async with server.connect(name=name) as client:
            saw.append(await client.recv())
        await server.settle()


async def errs(scope: Scope, receive: Receive, send: Send) -> None:
    """Send out of order, as the path says."""
    if scope["type"] == "lifespan":
        return
    await receive()
    order: dict[str, list[Message]] = {
        "/early": [{"type": "websocket.send", "text": "x"}],
        "/twice": [{"type": "websocket.accept"}, {"type": "websocket.accept"}],
        "/after": [
            {"type": "websocket.accept"},
            {"type": "websocket.close"},
            {"type": "websocket.send", "text": "x"},
        ],
        "/http": [{"type": "http.response.start", "status": 200}],
        "/body": [{"type": "http.response.body", "body": b"x"}],
    }
    for message in order[scope["path"]]:
        await send(message)


async def misleads(server: Server, saw: list[Any]) -> None:
    for path in ("/early", "/twice", "/after", "/http"):
        try:
            saw.append(await end_of(await server.connect(path, "ada")))
        except Refused as refused:
            saw.append(str(refused))
        await server.settle()
    response = await server.get("/body")
    saw.append((response.status, response.body))


async def gone(scope: Scope, receive: Receive, send: Send) -> None:
    """Send to a client that is gone."""
    if scope["type"] == "lifespan":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass
    await send({"type": "websocket.send", "text": "still there?"})


async def goes(server: Server, saw: list[Any]) -> None:
    ada = await server.connect(name="ada")
    await ada.close()
    await server.settle()
    bob = await server.connect(name="bob")
    bob.transport.abort()
    await server.settle()


SCENES = {
    "echo": Scene(Echo.as_asgi(), echoes),
    "chat": Scene(Chat.as_asgi(), chats),
    "sync chat": Scene(SyncChat.as_asgi(), chats),
    "refusal": Scene(Doorkeeper.as_asgi(), knocks),
    "client leaves": Scene(sends_on, leaves),
    "close codes": Scene(Echo.as_asgi(), ends),
    "http": Scene(Pages.as_asgi(), asks),
    "lifespan": Scene(lives, says_hello),
    "out of order": Scene(errs, misleads),
    "sent too late": Scene(gone, goes),
}
