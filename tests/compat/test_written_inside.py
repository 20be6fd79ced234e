"""Programs that reach into Channels: its parts replaced, or used alone."""

import asyncio
import contextlib
import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from minichannels.types import Message, Receive, Scope, Send

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs

# mypy: disable-error-code="name-defined, misc, valid-type, untyped-decorator"

pytestmark = pytest.mark.usefixtures("layers")


@contextlib.asynccontextmanager
async def visit(package: Load, app: Any, **options: Any) -> Any:
    """Give a client that is connected, and leaves at the end."""
    client = package("testing").WebsocketCommunicator(app, "/", **options)
    assert (await client.connect(LIMIT))[0]
    yield client
    await client.disconnect(timeout=LIMIT)


async def test_a_call_of_ones_own_may_read_a_third_source(
    package: Load,
) -> None:
    layers, exceptions = package("layers"), package("exceptions")
    together = package("utils").await_many_dispatch

    class Notifier(package("generic.websocket").AsyncWebsocketConsumer):
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> None:
            self.scope, self.base_send = scope, send
            self.channel_layer = layers.get_channel_layer()
            self.channel_name = await self.channel_layer.new_channel()
            read = self.channel_layer.receive
            own = functools.partial(read, self.channel_name)
            shared = functools.partial(read, "broadcast")
            with contextlib.suppress(exceptions.StopConsumer):
                await together([receive, own, shared], self.dispatch)

        async def websocket_connect(self, message: Message) -> None:
            self.groups = ["all"]
            await super().websocket_connect(message)

        async def broadcast_group(self, event: Message) -> None:
            await self.channel_layer.group_send("all", event["message"])

        async def send_text(self, event: Message) -> None:
            await self.send(event["text"])

    async with visit(package, Notifier.as_asgi()) as client:
        inner = {"type": "send.text", "text": "hello"}
        outer = {"type": "broadcast.group", "message": inner}
        await layers.get_channel_layer().send("broadcast", outer)
        assert await client.receive_from(LIMIT) == "hello"


async def test_a_sync_dispatch_of_ones_own_may_hop_twice(
    package: Load,
) -> None:
    database_sync_to_async = package("db").database_sync_to_async

    class Timer(package("generic.websocket").JsonWebsocketConsumer):
        groups = ["timers"]

        @database_sync_to_async
        def dispatch(self, message: Message) -> None:
            if message["type"] == "state":
                self.send_json(message["state"])
            else:
                async_to_sync(super().dispatch)(message)

        def receive_json(self, content: Any) -> None:
            event = {"type": "state", "state": content}
            async_to_sync(self.channel_layer.group_send)("timers", event)
            async_to_sync(self.dispatch)({**event, "state": "at once"})

    async with visit(package, Timer.as_asgi()) as client:
        await client.send_json_to("later")
        assert await client.receive_json_from(LIMIT) == "at once"
        assert await client.receive_json_from(LIMIT) == "later"


async def test_parts_behind_queues_may_be_dispatched_to(package: Load) -> None:
    web = package("generic.websocket")
    name_of = package("consumer").get_handler_name

    class Part(web.AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.send(f"{self.scope['part']} {text_data}")

    class Switch(web.AsyncWebsocketConsumer):
        async def connect(self) -> None:
            self.parts: dict[str, Any] = {}
            self.is_open = False
            for name in ("a", "b"):
                events: asyncio.Queue[Message] = asyncio.Queue()
                part = Part()
                scope = {**self.scope, "part": name}
                task = asyncio.create_task(part(scope, events.get, self.up))
                self.parts[name] = part, events, task
                events.put_nowait({"type": "websocket.connect"})

        async def up(self, event: Message) -> None:
            if name_of(event) != "websocket_accept":
                await self.base_send(event)
            elif not self.is_open:
                self.is_open = True
                await self.base_send(event)

        async def receive(self, text_data: str) -> None:
            event = {"type": "websocket.receive", "text": "says"}
            await self.parts[text_data][0].dispatch(event)

        async def disconnect(self, code: int) -> None:
            for _, events, task in self.parts.values():
                events.put_nowait({"type": "websocket.disconnect", "code": 1})
                await task

        accept_later = True  # a part accepts; on Channels it says nothing

    async with visit(package, Switch.as_asgi()) as client:
        for name in ("b", "a"):
            await client.send_to(text_data=name)
            assert await client.receive_from(LIMIT) == f"{name} says"


async def test_a_response_may_be_kept_open_by_overriding_its_parts(
    package: Load,
) -> None:
    stop = package("exceptions").StopConsumer
    ends: list[str] = []

    class Open(package("generic.http").AsyncHttpConsumer):
        is_kept = False

        async def send_body(
            self, body: bytes, *, more_body: bool = False
        ) -> None:
            self.is_kept = self.is_kept or more_body
            event = {"type": "http.response.body", "body": body}
            await self.send({**event, "more_body": more_body})

        async def http_request(self, message: Message) -> None:
            self.body.append(message.get("body", b""))
            if not message.get("more_body"):
                try:
                    await self.handle(b"".join(self.body))
                finally:
                    if not self.is_kept:
                        await self.disconnect()
                        raise stop

        async def handle(self, body: bytes) -> None:
            await self.send_headers(headers=[(b"x-kind", b"events")])
            await self.send_body(body, more_body=True)
            await self.channel_layer.send(self.channel_name, {"type": "tick"})

        async def tick(self, event: Message) -> None:
            await self.send_body(b"tick", more_body=True)

        async def disconnect(self) -> None:
            ends.append("left")

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    client = package("testing").ApplicationCommunicator(Open.as_asgi(), scope)
    for part in ({"body": b"a", "more_body": True}, {"body": b"b"}):
        await client.send_input({"type": "http.request", **part})
    start = await client.receive_output(LIMIT)
    bodies = [(await client.receive_output(LIMIT))["body"] for _ in range(2)]
    await client.send_input({"type": "http.disconnect"})
    await client.wait(LIMIT)

    assert start["headers"] == [(b"x-kind", b"events")]
    assert bodies == [b"ab", b"tick"]
    assert ends == ["left"]


async def test_what_calls_a_function_in_a_thread_may_be_extended(
    package: Load,
) -> None:
    seen: list[str] = []

    class ForTenant(package("db").DatabaseSyncToAsync):
        def __init__(self, func: Any) -> None:
            super().__init__(func)
            self.tenant = "acme"

        def thread_handler(self, loop: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(self.tenant)
            return super().thread_handler(loop, *args, **kwargs)

    class Rows(package("generic.websocket").AsyncWebsocketConsumer):
        @ForTenant
        def count(self, word: str) -> int:
            return len(word)

        async def receive(self, text_data: str) -> None:
            await self.send(str(await self.count(text_data)))

    async with visit(package, Rows.as_asgi()) as client:
        await client.send_to(text_data="four")
        assert await client.receive_from(LIMIT) == "4"
    assert seen == ["acme"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://ours.org", True),
        ("http://theirs.org", True),
        ("http://x", False),
    ],
)
async def test_a_validator_may_have_a_call_of_its_own(
    package: Load, origin: str, allowed: bool
) -> None:
    security = package("security.websocket")

    class OfProjects(security.OriginValidator):
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> Any:
            value = dict(scope["headers"])[b"origin"].decode("latin1")
            if not (fine := self.valid_origin(urlparse(value))):
                fine = await sync_to_async(value.endswith)("theirs.org")
            if fine:
                return await self.application(scope, receive, send)
            return await security.WebsocketDenier()(scope, receive, send)

    inner = package("generic.websocket").AsyncWebsocketConsumer.as_asgi()
    client = package("testing").WebsocketCommunicator(
        OfProjects(inner, ["http://ours.org"]),
        "/",
        headers=[(b"origin", origin.encode())],
    )

    assert (await client.connect(LIMIT))[0] is allowed
    await client.disconnect(timeout=LIMIT)


@pytest.mark.parametrize("style", ["Async", ""])
async def test_an_event_may_go_past_the_class_of_websockets(
    package: Load, style: str
) -> None:
    web = package("generic.websocket")
    base: Any = getattr(web, f"{style}WebsocketConsumer")
    accept = {"type": "websocket.accept", "headers": [(b"x-own", b"1")]}

    class Past(base):
        def connect(self) -> Any:
            return super(base, self).send(accept)

    class AsyncPast(base):
        async def connect(self) -> None:
            await super(base, self).send(accept)

    app = (AsyncPast if style else Past).as_asgi()
    scope = {"type": "websocket", "path": "/", "headers": []}
    client = package("testing").ApplicationCommunicator(app, scope)
    await client.send_input({"type": "websocket.connect"})

    assert await client.receive_output(LIMIT) == accept
    await client.send_input({"type": "websocket.disconnect", "code": 1000})
    await client.wait(LIMIT)
