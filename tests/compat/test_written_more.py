"""More programs as people write them: requests, users, layers, endings."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.urls import path

from support.loops import ticks

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs

# mypy: disable-error-code="name-defined, misc"

pytestmark = pytest.mark.usefixtures("layers")


def client_of(package: Load, app: Any, path: str = "/", **options: Any) -> Any:
    return package("testing").WebsocketCommunicator(app, path, **options)


async def test_server_sent_events_go_on_until_the_client_leaves(
    package: Load,
) -> None:
    http, testing = package("generic.http"), package("testing")
    left = asyncio.Event()

    class Ticks(http.AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            kind = (b"Content-Type", b"text/event-stream")
            await self.send_headers(headers=[kind])
            await self.channel_layer.group_add("ticks", self.channel_name)
            for number in range(2):
                line = f"data: {number}\n\n".encode()
                await self.send_body(line, more_body=True)
            await self.send_body(b"", more_body=False)

        async def disconnect(self) -> None:
            await self.channel_layer.group_discard("ticks", self.channel_name)
            left.set()

    client = testing.HttpCommunicator(Ticks.as_asgi(), "GET", "/ticks")
    response = await client.get_response(LIMIT)
    assert response["status"] == 200
    assert response["body"] == b"data: 0\n\ndata: 1\n\n"
    await client.send_input({"type": "http.disconnect"})
    await asyncio.wait_for(left.wait(), LIMIT)


async def test_work_goes_on_behind_a_whole_response(package: Load) -> None:
    http, testing = package("generic.http"), package("testing")
    steps: list[str] = []
    told = asyncio.Event()

    class Hook(http.AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            await self.send_response(202, b"accepted")
            await told.wait()
            steps.append(f"worked on {body.decode()}")

        async def disconnect(self) -> None:
            steps.append("disconnect")

    client = testing.HttpCommunicator(Hook.as_asgi(), "POST", "/", b"it")
    assert (await client.get_response(LIMIT))["status"] == 202
    # So do servers, of a client that has got all and is still there.
    await client.send_input({"type": "http.disconnect"})
    await ticks(20)
    told.set()
    await client.wait(LIMIT)
    assert steps == ["worked on it", "disconnect"]


async def test_a_small_api_answers_with_json(package: Load) -> None:
    http, testing = package("generic.http"), package("testing")

    class Api(http.AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            if self.scope["method"] != "POST":
                await self.send_response(
                    405, b"", headers=[(b"allow", b"POST")]
                )
                return
            asked = json.loads(body)
            reply = {"got": asked, "query": self.scope["query_string"].decode()}
            kind = (b"content-type", b"application/json")
            await self.send_response(
                201, json.dumps(reply).encode(), headers=[kind]
            )

    app = package("routing").URLRouter([path("api/", Api.as_asgi())])
    client = testing.HttpCommunicator(app, "POST", "/api/?a=1", b'{"b": 2}')
    response = await client.get_response(LIMIT)
    assert response["status"] == 201
    assert json.loads(response["body"]) == {"got": {"b": 2}, "query": "a=1"}
    other = testing.HttpCommunicator(app, "GET", "/api/")
    assert (await other.get_response(LIMIT))["status"] == 405


async def test_each_of_two_layers_has_consumers_of_its_own(
    package: Load,
) -> None:
    web, layers = package("generic.websocket"), package("layers")
    second = layers.InMemoryChannelLayer()

    class Second(web.AsyncWebsocketConsumer):
        channel_layer_alias = "second"
        groups = ["room"]

        async def say(self, event: Any) -> None:
            await self.send(event["text"])

    class First(Second):
        channel_layer_alias = "default"

    layers.channel_layers.set("second", second)
    try:
        clients = [client_of(package, c.as_asgi()) for c in (First, Second)]
        for client in clients:
            await client.connect(LIMIT)
        await second.group_send("room", {"type": "say", "text": "hi"})
        assert await clients[1].receive_from(LIMIT) == "hi"
        assert await clients[0].receive_nothing(0.05)
        for client in clients:
            await client.disconnect(timeout=LIMIT)
    finally:
        del layers.channel_layers.backends["second"]


async def test_a_task_of_the_consumer_ends_with_it(package: Load) -> None:
    web = package("generic.websocket")
    ends: list[Any] = []

    class Feed(web.AsyncJsonWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            self.feed = asyncio.create_task(self.feeding())

        async def feeding(self) -> None:
            try:
                for number in range(1_000_000):
                    await self.send_json({"n": number})
                    await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                ends.append("cancelled")
                raise

        async def disconnect(self, code: int) -> None:
            self.feed.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.feed
            ends.append(code)

    client = client_of(package, Feed.as_asgi())
    await client.connect(LIMIT)
    assert await client.receive_json_from(LIMIT) == {"n": 0}
    assert await client.receive_json_from(LIMIT) == {"n": 1}
    await client.disconnect(code=1001, timeout=LIMIT)
    assert ends == ["cancelled", 1001]


async def test_messages_to_oneself_come_after_the_decision(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Later(web.AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.channel_layer.send(
                self.channel_name, {"type": "welcome.new", "name": "ada"}
            )
            await self.accept()
            await self.send("first")

        async def welcome_new(self, event: Any) -> None:
            await self.send(event["name"])

    client = client_of(package, Later.as_asgi())
    await client.connect(LIMIT)
    heard = [await client.receive_from(LIMIT) for _ in range(2)]
    assert heard == ["first", "ada"]
    await client.disconnect(timeout=LIMIT)


async def test_stop_consumer_in_a_handler_ends_without_disconnect(
    package: Load,
) -> None:
    web, errors = package("generic.websocket"), package("exceptions")
    ran = []

    class Stops(web.AsyncWebsocketConsumer):
        async def receive(self, text_data: str) -> None:
            await self.close(code=4100)
            raise errors.StopConsumer

        async def disconnect(self, code: int) -> None:
            ran.append(code)

    client = client_of(package, Stops.as_asgi())
    await client.connect(LIMIT)
    await client.send_to(text_data="stop")
    closed = {"type": "websocket.close", "code": 4100}
    assert await client.receive_output(LIMIT) == closed
    await client.wait(LIMIT)
    assert ran == []


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_sync_consumer_decides_by_exception_and_joins_by_hand(
    package: Load, allowed: bool
) -> None:
    web, errors = package("generic.websocket"), package("exceptions")

    class Guarded(web.JsonWebsocketConsumer):
        def connect(self) -> None:
            if not self.scope["allowed"]:
                raise errors.DenyConnection
            join = async_to_sync(self.channel_layer.group_add)
            join("guarded", self.channel_name)
            raise errors.AcceptConnection

        def receive_json(self, content: Any, **kwargs: Any) -> None:
            message = {"type": "on.move", "move": content}
            async_to_sync(self.channel_layer.group_send)("guarded", message)

        def on_move(self, event: Any) -> None:
            self.send_json(event["move"], close=True)

    client = client_of(package, Guarded.as_asgi())
    client.scope["allowed"] = allowed
    assert (await client.connect(LIMIT))[0] is allowed
    if allowed:
        await client.send_json_to([1, 2])
        assert await client.receive_json_from(LIMIT) == [1, 2]
        assert (await client.receive_output(LIMIT))["type"] == "websocket.close"
    await client.disconnect(timeout=LIMIT)


async def test_an_error_of_connect_reaches_the_test(package: Load) -> None:
    web = package("generic.websocket")

    class Missing(web.AsyncWebsocketConsumer):
        async def connect(self) -> None:
            self.room = self.scope["url_route"]["kwargs"]["room"]

    with pytest.raises(KeyError, match="url_route"):
        await client_of(package, Missing.as_asgi()).connect(0.1)


async def test_handlers_may_be_found_in_a_table_of_the_consumer(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Commands(web.AsyncJsonWebsocketConsumer):
        async def receive_json(self, content: Any, **kwargs: Any) -> None:
            command = getattr(self, f"cmd_{content['command']}", self.unknown)
            await command(**content.get("args", {}))

        async def cmd_add(self, a: int, b: int) -> None:
            await self.send_json({"sum": a + b})

        async def unknown(self, **_: Any) -> None:
            await self.send_json({"error": "unknown"}, close=4404)

    client = client_of(package, Commands.as_asgi())
    await client.connect(LIMIT)
    await client.send_json_to({"command": "add", "args": {"a": 1, "b": 2}})
    assert await client.receive_json_from(LIMIT) == {"sum": 3}
    await client.send_json_to({"command": "drop"})
    assert await client.receive_json_from(LIMIT) == {"error": "unknown"}
    closed = {"type": "websocket.close", "code": 4404}
    assert await client.receive_output(LIMIT) == closed
    await client.disconnect(timeout=LIMIT)


async def test_a_router_that_wraps_another_tries_the_next_one(
    package: Load,
) -> None:
    """As AWX does, which has a kind of login for each list of routes."""
    web, routing = package("generic.websocket"), package("routing")
    router = routing.URLRouter
    plain = web.AsyncWebsocketConsumer.as_asgi()
    routers = [router([path(f"{name}/", plain)]) for name in ("a", "b")]

    async def either(scope: Any, receive: Any, send: Any) -> Any:
        for one in routers:
            try:
                return await one(scope, receive, send)
            except ValueError as error:
                if not str(error).startswith("No route found for path"):
                    raise
        raise ValueError("nowhere")

    client = client_of(package, either, "/b/")
    assert (await client.connect(LIMIT))[0]
    await client.disconnect(timeout=LIMIT)
    with pytest.raises(ValueError, match="nowhere"):
        await client_of(package, either, "/c/").connect(0.1)


def test_a_fixture_may_have_the_layers_made_anew(package: Load) -> None:
    """By a private name, which suites call before each of their tests."""
    registry = package("layers").channel_layers
    backends = dict(registry.backends)
    before = registry["default"]
    try:
        registry._reset_backends("DATABASES")
        assert registry["default"] is before
        registry._reset_backends("CHANNEL_LAYERS")
        assert registry.backends == {}
    finally:
        registry.backends = backends
