"""A consumer is its writer's: any name may be used, and any may be cleared."""

import importlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from minichannels import testing
from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    JsonWebsocketConsumer,
)

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs
REQUEST = {"type": "http", "method": "GET", "path": "/", "headers": []}


pytestmark = pytest.mark.usefixtures("layers")


@pytest.mark.parametrize(
    "consumer",
    [
        AsyncConsumer,
        SyncConsumer,
        AsyncHttpConsumer,
        AsyncJsonWebsocketConsumer,
        JsonWebsocketConsumer,
    ],
)
async def test_no_private_name_of_ours_could_be_anybody_elses(
    consumer: type[AsyncConsumer],
) -> None:
    async def receive() -> Any:
        raise EOFError

    async def send(event: Any) -> None: ...

    served = consumer()
    with pytest.raises(EOFError):
        await served({"type": "websocket"}, receive, send)

    names = [name for name in dir(served) if not name.startswith("__")]
    private = {name for name in names if name.startswith("_")}
    private.remove("_sync")  # Channels' own, which nothing here reads
    assert "_minichannels" in private
    assert all(name.startswith("_minichannels") for name in private)


class Strict:
    """Has the attributes that Channels says it has, and no other one."""

    def __setattr__(self, name: str, value: object) -> None:
        known = ["scope", "groups", "body", "base_send"]
        assert name in known or name.startswith("channel_"), name
        super().__setattr__(name, value)


async def test_a_class_may_refuse_names(package: Load) -> None:
    web: Any = package("generic.websocket").AsyncWebsocketConsumer
    http: Any = package("generic.http").AsyncHttpConsumer

    class Page(Strict, http):  # type: ignore[misc]
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, b"page")

    class Chat(Strict, web):  # type: ignore[misc]
        async def receive(self, text_data: str) -> None:
            part = Part()
            part.base_send = self.base_send
            await part.send(text_data)

    class Part(Strict, web):  # type: ignore[misc]
        pass

    kinds = package("testing")
    client = kinds.WebsocketCommunicator(Chat.as_asgi(), "/")
    await client.connect(LIMIT)
    await client.send_to(text_data="hi")

    assert await client.receive_from(LIMIT) == "hi"
    await client.disconnect(timeout=LIMIT)
    asking = kinds.HttpCommunicator(Page.as_asgi(), "GET", "/")
    assert (await asking.get_response(LIMIT))["body"] == b"page"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ApplicationCommunicator", [{}]),
        ("HttpCommunicator", ["GET", "/"]),
        ("WebsocketCommunicator", ["/"]),
    ],
)
def test_a_communicator_has_few_private_names(
    name: str, arguments: list[Any]
) -> None:
    async def nothing(scope: Any, receive: Any, send: Any) -> None: ...

    made: Any = getattr(testing, name)
    client = made(nothing, *arguments)

    private = {n for n in dir(client) if re.match(r"_[^_]", n)}
    # The first is asgiref's own.
    assert private == {"_future", "_minichannels_seen"}


async def test_a_communicator_may_keep_a_name(
    package: Load, layers: dict[str, Any]
) -> None:
    class Named(package("testing").WebsocketCommunicator):  # type: ignore[misc]
        _name = _check = _cancel = "ada"

    consumer = package("generic.websocket").AsyncWebsocketConsumer
    client = Named(consumer.as_asgi(), "/")
    await client.connect(LIMIT)
    with pytest.raises(TimeoutError):
        await client.receive_from(0.01)


@pytest.mark.parametrize("base", ["asgiref.testing", "testing"])
async def test_a_communicator_may_be_made_by_the_base_alone(
    package: Load, base: str
) -> None:
    load = importlib.import_module if base == "asgiref.testing" else package
    made_by = load(base).ApplicationCommunicator

    class Logged(package("testing").WebsocketCommunicator):  # type: ignore[misc]
        def __init__(self, application: Any, user: str) -> None:
            self.scope = {"type": "websocket", "path": "/", "user": user}
            made_by.__init__(self, application, self.scope)

    class Greets(package("generic.websocket").AsyncWebsocketConsumer):  # type: ignore[misc]
        async def connect(self) -> None:
            await self.accept()
            await self.send(self.scope["user"])

    client = Logged(Greets.as_asgi(), "ada")
    assert isinstance(client, made_by)
    assert await client.connect(LIMIT) == (True, None)
    assert await client.receive_from(LIMIT) == "ada"
    await client.disconnect(timeout=LIMIT)


# What was private here once, and what others use for themselves.
NAMES = [
    *("_check_order", "_checked", "_emit", "_ended", "_find_handler"),
    *("_handle", "_joined", "_leave", "_observe", "_observer", "_receive"),
    *("_run", "_sender", "_sending", "_signature", "_state", "_undecided"),
    *("_life", "_task", "_user"),
]


@pytest.mark.parametrize("name", NAMES)
async def test_an_attribute_may_have_any_name(package: Load, name: str) -> None:
    web = package("generic.websocket")

    class Game(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            setattr(self, name, "lobby")
            await self.accept()

        async def receive(self, text_data: str) -> None:
            before = getattr(self, name)
            setattr(self, name, text_data)
            await self.send(before)

    client = package("testing").WebsocketCommunicator(Game.as_asgi(), "/")
    await client.connect(LIMIT)
    await client.send_to(text_data="playing")
    assert await client.receive_from(LIMIT) == "lobby"
    await client.send_to(text_data="over")
    assert await client.receive_from(LIMIT) == "playing"
    await client.disconnect(timeout=LIMIT)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("style", ["Async", ""])
async def test_a_method_may_have_any_name(
    package: Load, style: str, name: str
) -> None:
    web = package("generic.websocket")
    base = getattr(web, f"{style}WebsocketConsumer")

    def own(self: Any, topic: str) -> str:
        return f"left {topic}"

    if style:

        async def receive(self: Any, text_data: str) -> None:
            await self.send(getattr(self, name)(text_data))

        methods: dict[str, Any] = {"receive": receive, name: own}
    else:

        def receive_sync(self: Any, text_data: str) -> None:
            self.send(getattr(self, name)(text_data))

        methods = {"receive": receive_sync, name: own}
    chat: Any = type("Chat", (base,), methods)
    client = package("testing").WebsocketCommunicator(chat.as_asgi(), "/")
    await client.connect(LIMIT)
    await client.send_to(text_data="news")
    assert await client.receive_from(LIMIT) == "left news"
    await client.disconnect(timeout=LIMIT)


@pytest.mark.parametrize("style", ["Async", ""])
async def test_disconnect_may_clear_every_attribute(
    package: Load, style: str, layers: dict[str, Any]
) -> None:
    web = package("generic.websocket")
    cleared = []

    def clear(self: Any) -> None:
        for name in list(vars(self)):
            setattr(self, name, None)
            cleared.append(name)

    class AsyncTidy(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        groups = ("room",)

        async def disconnect(self, code: int) -> None:
            clear(self)

    class Tidy(web.WebsocketConsumer):  # type: ignore[name-defined, misc]
        groups = ("room",)

        def disconnect(self, code: int) -> None:
            clear(self)

    chat = AsyncTidy if style else Tidy
    client = package("testing").WebsocketCommunicator(chat.as_asgi(), "/")
    await client.connect(LIMIT)
    assert any(layer.groups for layer in layers.values())
    await client.disconnect(timeout=LIMIT)
    assert {"scope", "channel_layer", "base_send"} <= set(cleared)
    assert [layer.groups for layer in layers.values()] == [{}, {}]


@pytest.mark.parametrize("calls_it", [True, False])
async def test_disconnect_of_a_request_may_clear_every_attribute(
    package: Load, calls_it: bool
) -> None:
    http, stop = package("generic.http"), package("exceptions").StopConsumer

    class Tidy(http.AsyncHttpConsumer):  # type: ignore[name-defined, misc]
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, b"")

        async def disconnect(self) -> None:
            for name in list(vars(self)):
                setattr(self, name, None)

    async def http_request(self: Any, message: Any) -> None:
        await self.handle(message["body"])
        await self.disconnect()
        raise stop

    if calls_it:
        Tidy.http_request = http_request
    testing = package("testing")
    client = testing.HttpCommunicator(Tidy.as_asgi(), "GET", "/")
    assert (await client.get_response(LIMIT))["status"] == 200
    await client.wait(LIMIT)


# A name that only we define is free for the handlers of others


@pytest.mark.parametrize("name", ["deny", "receive_invalid"])
async def test_a_handler_may_have_a_name_that_channels_does_not_define(
    package: Load, layers: dict[str, Any], name: str
) -> None:
    web = package("generic.websocket")

    async def own(self: Any, event: Any) -> None:
        await self.send(f"no, says {event['by']}")

    friends: Any = type(
        "Friends",
        (web.AsyncWebsocketConsumer,),
        {"groups": ["requests"], name: own},
    )
    client = package("testing").WebsocketCommunicator(friends.as_asgi(), "/")
    await client.connect(LIMIT)
    for layer in layers.values():
        await layer.group_send("requests", {"type": name, "by": "ada"})
    assert await client.receive_from(LIMIT) == "no, says ada"
    await client.disconnect(timeout=LIMIT)


@pytest.mark.parametrize("by", ["class", "instance"])
async def test_a_handler_of_such_a_name_may_be_defined_late(
    package: Load, layers: dict[str, Any], by: str
) -> None:
    class Friends(package("generic.websocket").AsyncWebsocketConsumer):  # type: ignore[misc]
        groups = ("requests",)

        async def connect(self) -> None:
            if by == "instance":
                self.deny = self.refuse
            await self.accept()

        async def ask(self, event: Any) -> None:
            await self.send("asked")

        async def refuse(self, event: Any) -> None:
            await self.send(f"no, says {event['by']}")

    client = package("testing").WebsocketCommunicator(Friends.as_asgi(), "/")
    await client.connect(LIMIT)
    for layer in layers.values():
        await layer.group_send("requests", {"type": "ask"})
    assert await client.receive_from(LIMIT) == "asked"
    if by == "class":
        Friends.deny = Friends.refuse  # type: ignore[assignment]
    for layer in layers.values():
        await layer.group_send("requests", {"type": "deny", "by": "ada"})
    assert await client.receive_from(LIMIT) == "no, says ada"
    await client.disconnect(timeout=LIMIT)


async def test_what_is_ours_alone_is_no_handler_unless_it_is_defined(
    package: Load, layers: dict[str, Any]
) -> None:
    web = package("generic.websocket")

    class Friends(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        groups = ("requests",)

    client = package("testing").WebsocketCommunicator(Friends.as_asgi(), "/")
    await client.connect(LIMIT)
    for layer in layers.values():
        await layer.group_send("requests", {"type": "deny"})
    with pytest.raises(ValueError, match="deny"):
        await client.wait(LIMIT)


@pytest.mark.parametrize("style", ["Async", ""])
@pytest.mark.parametrize(
    "own", [None, "own", property(lambda self: "own")], ids=type
)
async def test_what_is_called_receive_invalid_may_be_no_method(
    package: Load, style: str, own: Any
) -> None:
    base = getattr(
        package("generic.websocket"), f"{style}JsonWebsocketConsumer"
    )
    named: Any = type("Named", (base,), {"receive_invalid": own})
    client = package("testing").WebsocketCommunicator(named.as_asgi(), "/")
    await client.connect(LIMIT)
    await client.send_to("no JSON")
    with pytest.raises(json.JSONDecodeError):
        await client.wait(LIMIT)


async def test_difference_a_method_receive_invalid_gets_what_is_no_json(
    package: Load,
) -> None:
    web = package("generic.websocket")

    class Refusing(web.AsyncJsonWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def receive_invalid(self, event: Any) -> None:
            await self.send_json(type(event).__name__)

    client = package("testing").WebsocketCommunicator(Refusing.as_asgi(), "/")
    await client.connect(LIMIT)
    await client.send_to("no JSON")
    if web.__name__.startswith("channels."):
        with pytest.raises(json.JSONDecodeError):
            await client.wait(LIMIT)
    else:
        assert await client.receive_json_from(LIMIT) == "JSONDecodeError"
        await client.disconnect(timeout=LIMIT)


@pytest.mark.parametrize(
    "own", [None, "own", lambda self: "own"], ids=["none", "text", "method"]
)
@pytest.mark.parametrize("style", ["Async", ""])
async def test_what_a_class_calls_channel_receive_is_hidden(
    package: Load, style: str, own: Any
) -> None:
    base = getattr(package("generic.websocket"), f"{style}WebsocketConsumer")
    taken = []

    def take(self: Any) -> Any:
        taken.append((self.channel_name, *self.channel_receive.args))
        return self.accept()

    async def take_async(self: Any) -> None:
        await take(self)

    connect = take_async if style else take
    named: Any = type(
        "Named", (base,), {"channel_receive": own, "connect": connect}
    )
    client = package("testing").WebsocketCommunicator(named.as_asgi(), "/")
    await client.connect(LIMIT)
    await client.disconnect(timeout=LIMIT)

    ((name, argument),) = taken
    assert name == argument


# disconnect() of a request


@pytest.mark.parametrize(
    "overridden", [(), ("http_disconnect",), ("http_request",), ("both",)]
)
@pytest.mark.parametrize("leaves", [True, False])
async def test_disconnect_of_a_request_runs_once(
    package: Load, overridden: tuple[str, ...], leaves: bool
) -> None:
    http, stop = package("generic.http"), package("exceptions").StopConsumer
    calls = []

    async def http_disconnect(self: Any, message: Any) -> None:
        await self.disconnect()
        raise stop

    async def http_request(self: Any, message: Any) -> None:
        try:
            await self.handle(message["body"])
        finally:
            await self.disconnect()
        raise stop

    class Stream(http.AsyncHttpConsumer):  # type: ignore[name-defined, misc]
        async def handle(self, body: bytes) -> None:
            await self.send_headers()
            await self.send_body(b"1", more_body=leaves)

        async def disconnect(self) -> None:
            calls.append("disconnect")

    if overridden in {("http_disconnect",), ("both",)}:
        Stream.http_disconnect = http_disconnect
    if overridden in {("http_request",), ("both",)}:
        Stream.http_request = http_request

    testing = package("testing")
    client = testing.ApplicationCommunicator(Stream.as_asgi(), REQUEST)
    await client.send_input({"type": "http.request", "body": b""})
    await client.receive_output(LIMIT)
    await client.receive_output(LIMIT)
    client.input_queue.put_nowait({"type": "http.disconnect"})
    await client.wait(LIMIT)
    assert calls == ["disconnect"]
