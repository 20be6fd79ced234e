"""Classes, applications and tests of people, on Channels and on minichannels.

What cannot be seen in a play: how classes are related, what may be given
where, and consumers that a unit test calls without any application.
"""
# mypy: disallow-subclassing-any=False

import gc
import importlib
import threading
import weakref
from collections.abc import Iterator
from typing import Any, ClassVar
from unittest.mock import AsyncMock, MagicMock, call

import pytest

from minichannels.flow import record
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.testing import WebsocketCommunicator
from support.both import PACKAGES, fresh_layers
from support.servers import LIMIT
from support.wild import ACCEPT, path

ON_BOTH = pytest.mark.parametrize("package", PACKAGES)


@pytest.fixture(autouse=True)
def layers() -> Iterator[dict[str, Any]]:
    with fresh_layers() as layers:
        yield layers


def use(package: str, module: str) -> Any:
    """Return a module of a package; Channels has no types."""
    return importlib.import_module(f"{package}.{module}")


def echo_class(package: str) -> Any:
    base: Any = use(package, "generic.websocket").AsyncWebsocketConsumer

    class Echo(base):
        async def receive(self, text_data: str) -> None:
            await self.send(text_data)

    return Echo


async def echoes(package: str, app: Any, where: str = "/") -> None:
    """Have an application echo one frame."""
    client = use(package, "testing").WebsocketCommunicator(app, where)
    assert await client.connect(LIMIT) == (True, None)
    await client.send_to(text_data="hi")
    assert await client.receive_from(LIMIT) == "hi"
    await client.disconnect(timeout=LIMIT)


# Classes


@ON_BOTH
def test_classes_are_related_in_the_same_way(package: str) -> None:
    consumer = use(package, "consumer")
    socket = use(package, "generic.websocket")
    http = use(package, "generic.http")
    assert issubclass(consumer.SyncConsumer, consumer.AsyncConsumer)
    assert issubclass(socket.WebsocketConsumer, consumer.SyncConsumer)
    assert issubclass(socket.JsonWebsocketConsumer, socket.WebsocketConsumer)
    assert issubclass(
        socket.AsyncJsonWebsocketConsumer, socket.AsyncWebsocketConsumer
    )
    for unrelated in (socket.WebsocketConsumer, consumer.SyncConsumer):
        assert not issubclass(socket.AsyncWebsocketConsumer, unrelated)
    assert issubclass(http.AsyncHttpConsumer, consumer.AsyncConsumer)
    assert isinstance(socket.WebsocketConsumer(), consumer.AsyncConsumer)


@ON_BOTH
def test_a_new_object_has_its_attributes_and_takes_any_argument(
    package: str,
) -> None:
    socket = use(package, "generic.websocket")
    http = use(package, "generic.http")
    assert socket.WebsocketConsumer(1, scope={}).groups == []
    assert socket.AsyncWebsocketConsumer.groups is None
    assert http.AsyncHttpConsumer("x", y=1).body == []
    assert socket.WebsocketConsumer.channel_layer_alias == "default"
    assert not hasattr(socket.WebsocketConsumer(), "scope")
    assert not hasattr(socket.WebsocketConsumer(), "channel_name")
    with pytest.raises(TypeError):
        use(package, "consumer").AsyncConsumer(1)


@ON_BOTH
def test_an_application_says_what_it_is_made_of(package: str) -> None:
    echo = echo_class(package)
    echo.__doc__ = "Echoes."
    app = echo.as_asgi(room="a")
    assert app.consumer_class is echo
    assert app.consumer_initkwargs == {"room": "a"}
    assert (app.__name__, app.__doc__) == ("Echo", "Echoes.")
    assert app.__qualname__ == echo.__qualname__
    assert app.__module__ == echo.__module__


@ON_BOTH
@pytest.mark.parametrize("recording", [False, True])
async def test_no_consumer_is_kept_alive_after_its_end(
    package: str, recording: bool
) -> None:
    living: weakref.WeakSet[Any] = weakref.WeakSet()

    base: Any = echo_class(package)

    class Counted(base):
        async def connect(self) -> None:
            living.add(self)
            await self.accept()

    app = Counted.as_asgi()
    if recording:
        with record(app) as flow:
            await echoes(package, flow.app)
            gc.collect()
            assert not living
    else:
        await echoes(package, app)
        gc.collect()
        assert not living


@ON_BOTH
@pytest.mark.parametrize("recording", [False, True])
async def test_no_class_is_kept_alive_after_its_consumers(
    package: str, recording: bool
) -> None:
    # As a cell or a test leaves it behind, which defines it anew.
    base: Any = use(package, "generic.websocket").AsyncWebsocketConsumer

    class Telling(base):
        groups = ("all",)

        async def receive(self, text_data: str) -> None:
            message = {"type": "tell", "text": text_data}
            await self.channel_layer.group_send("all", message)

        async def tell(self, event: dict[str, Any]) -> None:
            await self.send(event["text"])

    living, app = weakref.ref(Telling), Telling.as_asgi()
    if recording:
        with record(app) as flow:
            await echoes(package, flow.app)
        del flow
    else:
        await echoes(package, app)
    del Telling, app
    gc.collect()
    assert living() is None


async def test_of_ours_a_thread_of_its_own_may_send() -> None:
    # With Channels send() runs on another event loop there, and what it
    # gives may be seen late, or never.
    class Ticking(WebsocketConsumer):
        def connect(self) -> None:
            self.accept()
            self.thread = threading.Thread(target=self.tick)
            self.thread.start()

        def tick(self) -> None:
            for number in range(3):
                self.send(str(number))

        def disconnect(self, code: int) -> None:
            self.thread.join()

    client = WebsocketCommunicator(Ticking.as_asgi(), "/")
    await client.connect(LIMIT)
    heard = [await client.receive_from(LIMIT) for _ in range(3)]
    assert heard == ["0", "1", "2"]
    await client.disconnect(timeout=LIMIT)


# An object where an application is wanted


@ON_BOTH
async def test_a_communicator_takes_an_instance(package: str) -> None:
    await echoes(package, echo_class(package)())


@ON_BOTH
async def test_http_communicator_takes_an_instance(package: str) -> None:
    base: Any = use(package, "generic.http").AsyncHttpConsumer

    class Page(base):
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, body)

    testing = use(package, "testing")
    client = testing.HttpCommunicator(Page(), "POST", "/", body=b"hi")
    assert await client.get_response(LIMIT) == {
        "status": 200,
        "headers": [],
        "body": b"hi",
    }


@ON_BOTH
async def test_application_communicator_takes_an_instance(package: str) -> None:
    base: Any = use(package, "consumer").AsyncConsumer

    class Task(base):
        async def work(self, event: Any) -> None:
            await self.send({"type": "worked", "at": event["at"]})

    testing = use(package, "testing")
    client = testing.ApplicationCommunicator(Task(), {"type": "test"})
    await client.send_input({"type": "work", "at": 1})
    assert await client.receive_output(LIMIT) == {"type": "worked", "at": 1}
    await client.wait(0)


@ON_BOTH
async def test_a_validator_takes_an_instance(package: str) -> None:
    security = use(package, "security.websocket")
    app = security.OriginValidator(echo_class(package)(), ["*"])
    await echoes(package, app)


@ON_BOTH
async def test_a_middleware_takes_an_instance(package: str) -> None:
    middleware = use(package, "middleware")
    await echoes(package, middleware.BaseMiddleware(echo_class(package)()))


@ON_BOTH
@pytest.mark.filterwarnings("ignore")  # that all connections share it
async def test_routers_take_an_instance(package: str) -> None:
    routing = use(package, "routing")
    inner = routing.URLRouter([path("a", echo_class(package)())])
    app = routing.ProtocolTypeRouter({"websocket": inner})
    await echoes(package, app, "/a")


@ON_BOTH
@pytest.mark.parametrize("kind", ["type", "url", "channel", "middleware"])
async def test_what_an_application_returns_is_returned(
    package: str, kind: str
) -> None:
    async def inner(scope: Any, receive: Any, send: Any) -> str:
        return "returned"

    routing = use(package, "routing")
    app = {
        "type": lambda: routing.ProtocolTypeRouter({"websocket": inner}),
        "url": lambda: routing.URLRouter([path("", inner)]),
        "channel": lambda: routing.ChannelNameRouter({"tasks": inner}),
        "middleware": lambda: use(package, "middleware").BaseMiddleware(inner),
    }[kind]()
    scope = {"type": "websocket", "path": "/", "channel": "tasks"}
    assert await app(scope, AsyncMock(), AsyncMock()) == "returned"


# Consumers called by a unit test, without an application


@ON_BOTH
async def test_a_unit_test_calls_methods_on_an_object(package: str) -> None:
    base: Any = use(package, "generic.websocket").AsyncJsonWebsocketConsumer

    class Chat(base):
        async def connect(self) -> None:
            self.room = self.scope["url_route"]["kwargs"]["room"]
            await self.channel_layer.group_add(self.room, self.channel_name)
            await self.accept()

        async def receive_json(self, content: Any) -> None:
            message = {"type": "chat.message", **content}
            await self.channel_layer.group_send(self.room, message)

        async def chat_message(self, event: Any) -> None:
            await self.send_json({"text": event["text"]}, close=True)

    chat = Chat()
    chat.scope = {"type": "websocket", "url_route": {"kwargs": {"room": "a"}}}
    chat.channel_layer, chat.channel_name = AsyncMock(), "me"
    chat.base_send = AsyncMock()
    await chat.websocket_connect({"type": "websocket.connect"})
    await chat.websocket_receive({"type": "websocket.receive", "text": "{}"})
    await chat.dispatch({"type": "chat.message", "text": "hi"})
    with pytest.raises(use(package, "exceptions").StopConsumer):
        await chat.websocket_disconnect({"type": "…", "code": 1000})

    chat.channel_layer.group_add.assert_awaited_once_with("a", "me")
    chat.channel_layer.group_send.assert_awaited_once_with(
        "a", {"type": "chat.message"}
    )
    assert chat.base_send.await_args_list == [
        call(ACCEPT),
        call({"type": "websocket.send", "text": '{"text": "hi"}'}),
        call({"type": "websocket.close"}),
    ]


@ON_BOTH
async def test_a_unit_test_replaces_methods_of_an_object(package: str) -> None:
    chat = echo_class(package)()
    chat.accept, chat.send, chat.close = AsyncMock(), AsyncMock(), AsyncMock()
    await chat.connect()
    await chat.websocket_receive({"type": "websocket.receive", "text": "hi"})
    chat.accept.assert_awaited_once_with()
    chat.send.assert_awaited_once_with("hi")
    chat.close.assert_not_awaited()


@ON_BOTH
def test_a_unit_test_calls_a_sync_object(package: str) -> None:
    chat = use(package, "generic.websocket").JsonWebsocketConsumer()
    chat.base_send = MagicMock()
    chat.websocket_connect({"type": "websocket.connect"})
    chat.send_json([1], close=4000)
    assert chat.base_send.call_args_list == [
        call(ACCEPT),
        call({"type": "websocket.send", "text": "[1]"}),
        call({"type": "websocket.close", "code": 4000}),
    ]


@ON_BOTH
async def test_an_object_is_called_as_an_application(package: str) -> None:
    events = iter(
        [
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": "hi"},
            {"type": "websocket.disconnect", "code": 1000},
        ]
    )

    async def receive() -> Any:
        return next(events)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    echo = echo_class(package)()
    scope = {"type": "websocket", "path": "/"}
    assert await echo(scope, receive, send) is None
    assert sent == [ACCEPT, {"type": "websocket.send", "text": "hi"}]
    assert echo.scope is scope


@ON_BOTH
async def test_a_communicator_of_ones_own_is_derived(package: str) -> None:
    base: Any = use(package, "testing").WebsocketCommunicator

    class Client(base):
        log: ClassVar[list[Any]] = []

        def __init__(self, *args: Any, user: str, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.scope["user"] = user
            self.scope["url_route"] = {"args": (), "kwargs": {"room": "a"}}

        async def receive_output(self, timeout: float = LIMIT) -> Any:
            event = await super().receive_output(timeout)
            self.log.append(event["type"])
            return event

    echo: Any = echo_class(package)

    class Greeter(echo):
        async def connect(self) -> None:
            await super().connect()
            room = self.scope["url_route"]["kwargs"]["room"]
            await self.send(f"{self.scope['user']} {room}")

    client = Client(Greeter.as_asgi(), "/ws/?a=b", user="ada")
    assert await client.connect() == (True, None)
    assert await client.receive_from() == "ada a"
    assert client.output_queue.empty()
    await client.disconnect(timeout=LIMIT)
    assert client.log == ["websocket.accept", "websocket.send"]


# Cleaning up


@ON_BOTH
async def test_a_consumer_may_use_channel_name_for_a_name_of_its_own(
    package: str, layers: dict[str, Any]
) -> None:
    base: Any = echo_class(package)

    class Renamed(base):
        async def connect(self) -> None:
            self.channel_name = "inbox-of-ada"
            await self.channel_layer.group_add("news", self.channel_name)
            await self.accept()

    await echoes(package, Renamed.as_asgi())
    layer = layers[package]
    await layer.group_send("news", {"type": "news"})
    assert "inbox-of-ada" in layer.channels
    assert await layer.receive("inbox-of-ada") == {"type": "news"}


# Names with an underscore, as users give them


_NAMES = """
_accept _actions _active _alive _authenticate _broadcast _buffer _cache
_call _channel _check _cleanup _client _close _closed _closing _code
_connect _connected _connection _data _disconnect _dispatch _end _ended
_error _events _game _group _groups _handle _handler _handlers _history _id
_init _join _joined _leave _listen _lock _loop _message _messages _method
_name _notify _observer _on_message _parse _path _ping _player _process
_queue _receive _release _reply _room _run _scope _send _sender _sending
_session _signature _start _started _state _stop _stream _subscribe
_subscriptions _sync _task _tasks _thread _timer _token _undecided _update
_user _users _validate _watch _write
"""
NAMES = _NAMES.split()


@pytest.mark.parametrize("kind", ["attribute", "method", "sync method"])
async def test_a_user_may_have_names_with_an_underscore(kind: str) -> None:
    base: Any = AsyncWebsocketConsumer
    sync_base: Any = WebsocketConsumer

    class Attributes(base):
        async def connect(self) -> None:
            for name in NAMES:
                setattr(self, name, name)
            await self.accept()

        async def receive(self, **frame: Any) -> None:
            lost = [name for name in NAMES if getattr(self, name) != name]
            await self.send(str(lost or "hi"))

    def called(self: Any) -> str:
        lost = [n for n in NAMES if getattr(self, n)("h", then="i") != "hi"]
        return str(lost or "hi")

    class Methods(base):
        async def receive(self, **frame: Any) -> None:
            await self.send(called(self))

    class SyncMethods(sync_base):
        def receive(self, **frame: Any) -> None:
            self.send(called(self))

    def method(self: Any, first: str, *, then: str) -> str:
        return first + then

    own: Any = Attributes
    if kind != "attribute":
        kept = Methods if kind == "method" else SyncMethods
        own = type("Own", (kept,), dict.fromkeys(NAMES, method))
    await echoes("minichannels", own.as_asgi())
