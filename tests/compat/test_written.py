"""Programs as people write them, found in public code: alike on both."""

import asyncio
import base64
import datetime
import decimal
import json
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.dispatch import Signal
from django.urls import path, re_path, register_converter
from django.urls.converters import get_converters

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs

# mypy: disable-error-code="name-defined, misc"

pytestmark = pytest.mark.usefixtures("layers")


def client_of(package: Load, app: Any, path: str = "/", **options: Any) -> Any:
    return package("testing").WebsocketCommunicator(app, path, **options)


async def test_json_may_be_written_and_read_in_ones_own_way(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Prices(web.AsyncJsonWebsocketConsumer):
        @classmethod
        async def encode_json(cls, content: Any) -> str:
            return json.dumps(content, default=str, sort_keys=True)

        @classmethod
        async def decode_json(cls, text_data: str) -> Any:
            return json.loads(text_data, parse_float=decimal.Decimal)

        async def receive_json(self, content: Any) -> None:
            day = datetime.date(2026, 1, 2)
            await self.send_json({"twice": content["price"] * 2, "day": day})

    client = client_of(package, Prices.as_asgi())
    await client.connect(LIMIT)
    await client.send_to(text_data='{"price": 0.1}')
    assert await client.receive_json_from(LIMIT) == {
        "day": "2026-01-02",
        "twice": "0.2",
    }
    await client.disconnect(timeout=LIMIT)


async def test_frames_may_be_packed_by_an_override_of_send(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Packed(web.AsyncWebsocketConsumer):
        async def send(
            self, text_data: Any = None, bytes_data: Any = None, **more: Any
        ) -> None:
            packed = zlib.compress((text_data or "").encode())
            await super().send(bytes_data=packed, **more)

        async def receive(self, text_data: Any = None, **_: Any) -> None:
            await self.send(text_data * 3, close=4000)

    client = client_of(package, Packed.as_asgi())
    await client.connect(LIMIT)
    await client.send_to(text_data="ab")
    assert zlib.decompress(await client.receive_from(LIMIT)) == b"ababab"
    closed = {"type": "websocket.close", "code": 4000}
    assert await client.receive_output(LIMIT) == closed
    await client.disconnect(timeout=LIMIT)


async def test_a_signal_tells_a_group_from_a_thread(package: Load) -> None:
    web, layers = package("generic.websocket"), package("layers")
    saved = Signal()

    def tell(sender: Any, pk: int, **_: Any) -> None:
        message = {"type": "row.saved", "pk": pk}
        async_to_sync(layers.get_channel_layer().group_send)("rows", message)

    saved.connect(tell)

    class Rows(web.AsyncJsonWebsocketConsumer):
        groups = ["rows"]

        async def receive_json(self, content: Any) -> None:
            await sync_to_async(saved.send)(sender=None, pk=content["pk"])

        async def row_saved(self, event: Any) -> None:
            await self.send_json(event)

    ada, bob = (client_of(package, Rows.as_asgi()) for _ in range(2))
    await ada.connect(LIMIT)
    await bob.connect(LIMIT)
    await ada.send_json_to({"pk": 7})
    for client in (ada, bob):
        told = await client.receive_json_from(LIMIT)
        assert told == {"type": "row.saved", "pk": 7}
        await client.disconnect(timeout=LIMIT)


class Slug:
    regex = "[a-z]+-[0-9]+"

    def to_python(self, value: str) -> tuple[str, int]:
        name, _, number = value.partition("-")
        if number == "0":
            raise ValueError
        return name, int(number)

    def to_url(self, value: Any) -> str:
        return "-".join(map(str, value))


async def test_routes_below_routes_take_converters_and_values(
    package: Load,
) -> None:
    web, routing = package("generic.websocket"), package("routing")
    if "slug2" not in get_converters():
        register_converter(Slug, "slug2")

    class Shown(web.AsyncJsonWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            route = self.scope["url_route"]
            await self.send_json([*route["args"], route["kwargs"]])

    inner = routing.URLRouter(
        [
            re_path(r"^live/(\d+)/$", Shown.as_asgi()),
            path("<slug2:who>/<int:n>/", Shown.as_asgi(), {"mode": "fast"}),
            path("", Shown.as_asgi(), name="root"),
        ]
    )
    app = routing.URLRouter([path("api/<str:version>/", inner)])

    for url, shown in (
        (
            "api/v1/ada-3/4/",
            [{"version": "v1", "who": ["ada", 3], "n": 4, "mode": "fast"}],
        ),
        ("api/v1/", [{"version": "v1"}]),
        ("api/v1/live/12/", ["12", {"version": "v1"}]),
    ):
        client = client_of(package, app, url)
        await client.connect(LIMIT)
        assert await client.receive_json_from(LIMIT) == shown
        await client.disconnect(timeout=LIMIT)
    with pytest.raises(ValueError, match="No route found for path"):
        await client_of(package, app, "api/v1/ada-0/4/").connect(0.1)


async def test_a_token_of_the_query_or_a_subprotocol_names_the_user(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Token(package("middleware").BaseMiddleware):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
            query = parse_qs(scope["query_string"].decode())
            tokens = [*query.get("token", []), *scope["subprotocols"][1:]]
            if not tokens:
                await send({"type": "websocket.close", "code": 4401})
                return None
            scope = dict(scope, user=base64.b64decode(tokens[0]).decode())
            return await super().__call__(scope, receive, send)

    class Who(web.AsyncWebsocketConsumer):
        async def connect(self) -> None:
            offered = self.scope["subprotocols"]
            await self.accept(subprotocol=offered[0] if offered else None)
            await self.send(self.scope["user"])

    app = Token(Who.as_asgi())
    ada = base64.b64encode(b"ada").decode()
    for url, offered, chosen in (
        (f"/?token={ada}", [], None),
        ("/", ["access_token", ada], "access_token"),
    ):
        client = client_of(package, app, url, subprotocols=offered)
        assert await client.connect(LIMIT) == (True, chosen)
        assert await client.receive_from(LIMIT) == "ada"
        await client.disconnect(timeout=LIMIT)
    nobody = client_of(package, app)
    assert await nobody.connect(LIMIT) == (False, 4401)
    await nobody.wait(LIMIT)


async def test_a_protocol_without_an_application_is_an_error(
    package: Load,
) -> None:
    web, testing = package("generic.websocket"), package("testing")
    app = package("routing").ProtocolTypeRouter(
        {"websocket": web.AsyncWebsocketConsumer.as_asgi()}
    )

    client = testing.HttpCommunicator(app, "GET", "/")
    with pytest.raises(ValueError, match="No application configured for scope"):
        await client.get_response(0.1)


async def test_a_consumer_of_a_channel_takes_what_a_worker_gives(
    package: Load,
) -> None:
    consumer, testing = package("consumer"), package("testing")
    done = []

    class Thumbnails(consumer.SyncConsumer):
        def make_thumbnail(self, message: Any) -> None:
            done.append((self.scope["channel"], message["id"]))
            answer = {"type": "thumbnail.made", "id": message["id"]}
            async_to_sync(self.channel_layer.send)("answers", answer)

    scope = {"type": "channel", "channel": "thumbnails"}
    worker = testing.ApplicationCommunicator(Thumbnails.as_asgi(), scope)
    await worker.send_input({"type": "make.thumbnail", "id": 5})

    layer = package("layers").get_channel_layer()
    answer = await asyncio.wait_for(layer.receive("answers"), LIMIT)
    assert answer == {"type": "thumbnail.made", "id": 5}
    assert done == [("thumbnails", 5)]
    worker.stop()


async def test_arguments_of_as_asgi_reach_each_instance(package: Load) -> None:
    web = package("generic.websocket")

    class Greets(web.AsyncWebsocketConsumer):
        def __init__(self, *args: Any, greeting: str, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.greeting = greeting

        async def connect(self) -> None:
            await self.accept()
            await self.send(self.greeting)

    app = Greets.as_asgi(greeting="hello")
    assert app.consumer_class is Greets
    assert app.consumer_initkwargs == {"greeting": "hello"}
    client = client_of(package, app)
    await client.connect(LIMIT)
    assert await client.receive_from(LIMIT) == "hello"
    await client.disconnect(timeout=LIMIT)


async def test_a_call_may_prepare_the_consumer_for_its_scope(
    package: Load,
) -> None:
    web = package("generic.websocket")
    seen = []

    class Prepared(web.AsyncWebsocketConsumer):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
            self.room = scope["path"].strip("/")
            return await super().__call__(scope, receive, send)

        async def dispatch(self, message: Any) -> None:
            seen.append(message["type"])
            await super().dispatch(message)

        async def receive(self, text_data: str) -> None:
            await self.channel_layer.send(
                self.channel_name, {"type": "say_it", "text": self.room}
            )

        async def say_it(self, event: Any) -> None:
            await self.send(event["text"])

    client = client_of(package, Prepared.as_asgi(), "/lobby/")
    await client.connect(LIMIT)
    await client.send_to(text_data="?")
    assert await client.receive_from(LIMIT) == "lobby"
    await client.disconnect(timeout=LIMIT)
    assert seen == [
        "websocket.connect",
        "websocket.receive",
        "say_it",
        "websocket.disconnect",
    ]


async def test_members_may_be_kept_in_a_list_of_the_class(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Room(web.AsyncWebsocketConsumer):
        members: list[Any] = []
        lock = asyncio.Lock()

        async def connect(self) -> None:
            async with self.lock:
                self.members.append(self)
            await self.accept()

        async def receive(self, text_data: str) -> None:
            for member in self.members:
                await member.send(text_data)

        async def disconnect(self, code: int) -> None:
            self.members.remove(self)

    ada, bob = (client_of(package, Room.as_asgi()) for _ in range(2))
    await ada.connect(LIMIT)
    await bob.connect(LIMIT)
    await ada.send_to(text_data="hi")
    assert await ada.receive_from(LIMIT) == await bob.receive_from(LIMIT)
    await bob.disconnect(timeout=LIMIT)
    await ada.send_to(text_data="still there?")
    assert await ada.receive_from(LIMIT) == "still there?"
    await ada.disconnect(timeout=LIMIT)
    assert Room.members == []
