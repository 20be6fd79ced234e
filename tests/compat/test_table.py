"""Rows of the README's table of differences that no other test asserts.

And differences that the table does not have: the last part.
"""

import asyncio
import importlib
import logging
from collections import OrderedDict
from enum import IntEnum, StrEnum
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels import routing
from minichannels.exceptions import type_name
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.both import (
    ACCEPTED,
    CONNECT,
    GONE,
    PACKAGES,
    STYLES,
    WEBSOCKET,
    Outcome,
    Step,
    on_both,
    play,
    specimens,
    text,
    vanishing,
)
from support.clock import Clock
from support.layers import LayerWithoutExtensions
from support.loops import ticks

LIMIT = 5


pytestmark = pytest.mark.usefixtures("layers")


async def differ(name: str, steps: list[Step]) -> tuple[Outcome, Outcome]:
    return await on_both(name, WEBSOCKET, steps, "documented")


def of_both(module: str) -> list[Any]:
    """Return a module of Channels, and ours."""
    return [importlib.import_module(f"{name}.{module}") for name in PACKAGES]


async def outcome(call: Any) -> Any:
    """Return what a call gives, or the name of what it raises."""
    try:
        return await call
    except Exception as error:
        return type_name(error)


# "a layer message that names one of the library's own methods … the others
# live"


async def test_forged_message_ends_its_receiver_alone(
    layers: dict[str, Any],
) -> None:
    module = specimens("minichannels")
    layer = layers["minichannels"]
    room, bystander = (
        ApplicationCommunicator(app.as_asgi(), dict(WEBSOCKET))
        for app in (module.AsyncRoom, module.AsyncEcho)
    )
    for client in (room, bystander):
        await client.send_input(CONNECT)
        await client.receive_output()

    await layer.group_send("room", {"type": "close"})

    with pytest.raises(ValueError, match="library's own"):
        await room.wait()
    await bystander.send_input(text("still here"))
    heard = await bystander.receive_output()
    assert heard == {"type": "websocket.send", "text": "still here"}
    await bystander.send_input(GONE)
    await bystander.wait()


# "a consumer that ends … its mailbox is freed"


async def test_mailbox_of_a_consumer_that_ends_is_freed(
    layers: dict[str, Any],
) -> None:
    theirs, ours = await differ("Unread", [CONNECT, 1, text("hi")])

    assert theirs == ours == Outcome([ACCEPTED], "LookupError", [])
    assert [len(layers[name].channels) for name in PACKAGES] == [1, 0]


# "group_send to a full mailbox … tells an observer"


async def test_drop_at_a_full_member_is_told_to_an_observer(
    layers: dict[str, Any],
) -> None:
    told: list[Any] = []
    observer = SimpleNamespace(message_lost=lambda *loss: told.append(loss))
    for module in of_both("layers"):
        layer = module.InMemoryChannelLayer(capacity=1)
        layer.observer = observer
        await layer.group_add("g", "a")
        for number in range(2):
            await layer.group_send("g", {"n": number})

    assert told == [("a", {"n": 1}, "full 1/1")]  # once, so by ours


# "a frame, or a message of the layer, that arrives after" closing


@STYLES
async def test_frame_after_close_is_not_handled(style: str) -> None:
    steps: list[Step] = [CONNECT, 1, text("a"), text("b"), GONE]

    theirs, ours = await differ(f"{style}Closing", steps)

    closed: Message = {"type": "websocket.close"}
    assert theirs == Outcome([ACCEPTED, closed, closed], "", ["a", "b", 4002])
    assert ours == Outcome([ACCEPTED, closed], "", ["a", 4002])


@STYLES
async def test_message_after_close_is_not_handled(style: str) -> None:
    steps: list[Step] = [CONNECT, text("hi"), 2, GONE]

    theirs, ours = await differ(f"{style}Late", steps)

    events: list[Message] = [ACCEPTED, {"type": "websocket.close"}]
    assert theirs == Outcome(events, "", ["late"])
    assert ours == Outcome(events, "", [])


@pytest.mark.parametrize("name", ["AsyncDispatching", "SyncDispatching"])
async def test_what_comes_after_close_does_not_reach_an_own_dispatch(
    name: str,
) -> None:
    steps: list[Step] = [CONNECT, 1, text("a"), text("b"), GONE]

    theirs, ours = await differ(name, steps)

    closed: Message = {"type": "websocket.close"}
    kinds = ["connect", "receive", "receive", "disconnect"]
    assert theirs == Outcome([ACCEPTED, closed, closed], "", kinds)
    assert ours == Outcome(
        [ACCEPTED, closed], "", ["connect", "receive", "disconnect"]
    )


# Flushing "while somebody waits for a message"


async def test_flush_lets_readers_go_on_waiting() -> None:
    received = []
    for module in of_both("layers"):
        layer = module.InMemoryChannelLayer()
        reader = asyncio.create_task(layer.receive("a"))
        await ticks(5)
        await layer.flush()
        await layer.send("a", {"type": "x"})
        await ticks(5)
        received.append(reader.done())
        reader.cancel()

    assert received == [False, True]


# "two readers of one channel, of which one gets a message"


async def test_two_readers_of_a_channel_take_turns() -> None:
    takers = []
    for module in of_both("layers"):
        layer = module.InMemoryChannelLayer()
        got: list[str] = []

        async def read(name: str, layer: Any = layer, got: Any = got) -> None:
            while await layer.receive("a"):
                got.append(name)

        readers = [asyncio.create_task(read(name)) for name in "ab"]
        await ticks(5)
        for _ in range(4):
            await layer.send("a", {"type": "x"})
            await ticks(5)
        for reader in readers:
            reader.cancel()
        takers.append("".join(got))

    assert takers == ["aaaa", "abab"]


# "sending to a client that has left", from a sync consumer


async def test_sync_consumer_whose_client_has_left_disconnects() -> None:
    outcomes = {}
    for name in PACKAGES:
        module = specimens(name, "documented")
        app = vanishing(module.SyncVanished.as_asgi())
        steps: list[Step] = [CONNECT, 1, text("hi"), GONE]
        outcomes[name] = await play(app, WEBSOCKET, steps, module.NOTES)

    assert outcomes["channels"] == Outcome([ACCEPTED], "BrokenPipeError", [])
    assert outcomes["minichannels"] == Outcome([ACCEPTED], "", [4002])


# "`def` for `async def`, and the reverse; other parameters"


@STYLES
async def test_method_with_other_parameters_says_what_to_write(
    style: str,
) -> None:
    messages = {}
    for name in PACKAGES:
        module = specimens(name, "documented")
        app = getattr(module, f"{style}OtherParameters").as_asgi()
        client = ApplicationCommunicator(app, dict(WEBSOCKET))
        await client.send_input(CONNECT)
        await client.send_input(text("hi"))
        with pytest.raises(TypeError) as raised:
            await client.wait()
        messages[name] = str(raised.value)

    right = "receive(self, text_data=None, bytes_data=None)"
    assert "unexpected keyword argument 'text_data'" in messages["channels"]
    assert right not in messages["channels"]
    assert right in messages["minichannels"]


# "a route's own mistakes … are errors where the route is defined"


async def test_route_to_a_consumer_class_is_an_error_at_once() -> None:
    theirs, ours = (specimens(name).AsyncEcho for name in PACKAGES)
    path = importlib.import_module("django.urls").path
    channels = importlib.import_module("channels.routing")
    router = channels.URLRouter([path("a/", theirs)])
    with pytest.raises(TypeError, match="await"):
        await router({"type": "websocket", "path": "/a/"}, None, None)

    with pytest.raises(TypeError, match=r"use AsyncEcho\.as_asgi\(\)"):
        routing.path("a/", ours)


async def test_route_with_a_slash_at_its_start_is_an_error_at_once() -> None:
    app = specimens("channels").AsyncEcho.as_asgi()
    path = importlib.import_module("django.urls").path
    channels = importlib.import_module("channels.routing")
    router = channels.URLRouter([path("/a/", app)])
    with pytest.raises(ValueError, match="No route found"):
        await router({"type": "websocket", "path": "/a/"}, None, None)

    with pytest.raises(ValueError, match="never matches"):
        routing.path("/a/", app)


async def test_route_to_as_asgi_itself_is_an_error_at_once() -> None:
    theirs, ours = (specimens(name).AsyncEcho for name in PACKAGES)
    path = importlib.import_module("django.urls").path
    channels = importlib.import_module("channels.routing")
    router = channels.URLRouter([path("a/", theirs.as_asgi)])
    with pytest.raises(TypeError, match="positional argument"):
        await router({"type": "websocket", "path": "/a/"}, None, None)

    with pytest.raises(TypeError, match=r"AsyncEcho\.as_asgi itself; call it"):
        routing.path("a/", ours.as_asgi)


@pytest.mark.parametrize("route", [r"(?P<room>\w+)/", "^a/"])
async def test_path_with_a_regular_expression_is_an_error_at_once(
    route: str,
) -> None:
    app = specimens("channels").AsyncEcho.as_asgi()
    path = importlib.import_module("django.urls").path
    channels = importlib.import_module("channels.routing")
    router = channels.URLRouter([path(route, app)])
    with pytest.raises(ValueError, match="No route found"):
        await router({"type": "websocket", "path": "/a/"}, None, None)

    with pytest.raises(ValueError, match=r"use re_path\(\)"):
        routing.path(route, app)


def test_include_is_an_error_of_django_on_channels_alone() -> None:
    urls: Any = importlib.import_module("django.urls")
    errors: Any = importlib.import_module("django.core.exceptions")
    theirs, ours = of_both("routing")
    route = urls.path("a/", urls.include([]))

    with pytest.raises(errors.ImproperlyConfigured, match="not supported"):
        theirs.URLRouter([route])
    with pytest.raises(ValueError, match="nest a URLRouter"):
        ours.URLRouter([route])


# "a worker's message without a type"


async def test_message_without_a_type_does_not_end_a_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    theirs, ours = of_both("layers")
    workers = [module.Worker for module in of_both("worker")]
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            await seen.put((await receive())["n"])

    layer = theirs.InMemoryChannelLayer()
    await layer.send("a", {"n": 1})
    await layer.send("a", {"type": "x", "n": 2})
    async with asyncio.timeout(LIMIT):
        with pytest.raises(ValueError, match="message with no type"):
            await workers[0](app, ["a"], layer).handle()
    assert seen.empty()

    layer = ours.InMemoryChannelLayer()
    await layer.send("a", {"n": 1})
    await layer.send("a", {"type": "x", "n": 2})
    with caplog.at_level(logging.ERROR, "minichannels.worker"):
        task = asyncio.create_task(workers[1](app, ["a"], layer).handle())
        async with asyncio.timeout(LIMIT):
            assert await seen.get() == 2
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert "no type in {'n': 1}" in caplog.text


# "database_sync_to_async … closes old database connections"


async def test_database_sync_to_async_closes_no_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[None] = []
    theirs, ours = of_both("db")
    monkeypatch.setattr(
        theirs, "close_old_connections", lambda: closed.append(None)
    )

    await theirs.database_sync_to_async(str)()
    assert len(closed) == 2

    await ours.database_sync_to_async(str)()
    await ours.aclose_old_connections()
    assert len(closed) == 2


# "what expired in the in-memory layer … also when somebody sends"


async def test_send_removes_what_expired_in_other_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    theirs, ours = of_both("layers")
    monkeypatch.setattr(theirs, "time", SimpleNamespace(time=clock))
    layers = [
        theirs.InMemoryChannelLayer(expiry=10),
        ours.InMemoryChannelLayer(expiry=10, clock=clock),
    ]
    for layer in layers:
        await layer.send("a", {"n": 1})
    clock.now += 11
    for layer in layers:
        await layer.send("b", {"n": 2})

    assert [list(layer.channels) for layer in layers] == [["a", "b"], ["b"]]


# "`layer.channels` … changed or set by hand | is what the layer holds …"


async def test_mailbox_deleted_from_channels_by_hand_stays() -> None:
    for module in of_both("layers"):
        layer = module.InMemoryChannelLayer()
        await layer.send("a", {"n": 1})
        del layer.channels["a"]

        is_copy = module.__name__ != "channels.layers"
        assert ("a" in layer.channels) is is_copy


@pytest.mark.parametrize("name", ["channels", "groups"])
def test_what_a_layer_holds_can_be_set_on_channels_alone(name: str) -> None:
    theirs, ours = (m.InMemoryChannelLayer() for m in of_both("layers"))
    setattr(theirs, name, {})
    with pytest.raises(AttributeError, match=name):
        setattr(ours, name, {})


# A `send()` of a class's own is also called for each member of a group, or not


async def test_send_of_ones_own_is_called_for_groups_on_channels_alone() -> (
    None
):
    called = []
    for module in of_both("layers"):

        class Logged(module.InMemoryChannelLayer):  # type: ignore[misc, name-defined]
            async def send(self, channel: str, message: Any) -> None:
                called.append(self.__class__.__mro__[1].__module__)
                await super().send(channel, message)

        layer = Logged()
        await layer.group_add("g", "a")
        await layer.group_send("g", {"n": 1})
        assert await layer.receive("a") == {"n": 1}
    assert called == ["channels.layers"]


# Not in the table

msgpack: Any = importlib.import_module("msgpack")  # it has no types


class Kind(StrEnum):
    CHAT = "chat.message"


class Number(IntEnum):
    ONE = 1


class SafeText(str):
    """As Django's templates return it."""

    __slots__ = ()


SUBCLASSES = [
    {"type": Kind.CHAT},
    {"type": "x", "html": SafeText("<b>")},
    {"type": "x", "n": Number.ONE},
    {"type": "x", "d": OrderedDict(a=1)},
    OrderedDict(type="x"),
    {"type": "x", "b": bytearray(b"a")},
]


@pytest.mark.parametrize("message", SUBCLASSES)
async def test_subclass_of_an_allowed_type_arrives_as_on_redis(
    message: dict[str, Any],
) -> None:
    on_redis = msgpack.unpackb(msgpack.packb(message))
    for module in of_both("layers"):
        layer = module.InMemoryChannelLayer()
        await layer.send("a", message)
        arrived = await layer.receive("a")

        assert arrived == on_redis
    assert repr(arrived) == repr(on_redis)  # theirs is what was sent


async def test_an_event_may_be_sent_on_inside_another_message() -> None:
    for module in of_both("layers"):
        layer = module.InMemoryChannelLayer()
        await layer.send("a", {"type": "said", "text": "hi"})
        quoted = await layer.receive("a")
        await layer.send("b", {"type": "quote", "of": quoted})

        assert (await layer.receive("b"))["of"] == quoted


async def test_expired_messages_make_room_for_a_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    clock.now = 1_000_000  # Channels takes a membership of time 0 for none
    theirs, ours = of_both("layers")
    monkeypatch.setattr(theirs, "time", SimpleNamespace(time=clock))
    limits = {"capacity": 1, "expiry": 10}
    layers = [
        theirs.InMemoryChannelLayer(**limits),
        ours.InMemoryChannelLayer(**limits, clock=clock),
    ]
    for layer in layers:
        await layer.send("a", {"n": 1})
    clock.now += 11

    results = [await outcome(layer.send("a", {"n": 2})) for layer in layers]

    assert results == ["ChannelFull", None]


@pytest.mark.parametrize("limit", ["capacity", "expiry", "group_expiry"])
def test_limit_of_nothing_is_refused(limit: str) -> None:
    theirs, ours = of_both("layers")

    assert getattr(theirs.InMemoryChannelLayer(**{limit: 0}), limit) == 0
    with pytest.raises(ValueError, match=f"{limit} must be a number above 0"):
        ours.InMemoryChannelLayer(**{limit: 0})


@STYLES
async def test_groups_that_are_a_string_are_refused(
    style: str, layers: dict[str, Any]
) -> None:
    theirs, ours = await differ(f"{style}GroupOfLetters", [CONNECT, 1, GONE])

    assert theirs == Outcome([ACCEPTED], "", [0, 0])  # in "r", "o", "o", "m"
    assert ours == Outcome([], "TypeError", [])


async def test_header_with_a_line_break_is_refused() -> None:
    theirs, ours = await differ("LineBreak", [CONNECT, GONE])

    assert theirs.events[0]["headers"] == [(b"x-a", b"1\r\nx-b: 2")]
    assert ours == Outcome([], "ValueError", [])


@pytest.mark.parametrize(
    ("name", "error"),
    [("BrokenName", "ValueError"), ("NoSubprotocol", "TypeError")],
)
async def test_acceptance_that_no_client_understands_is_refused(
    name: str, error: str
) -> None:
    theirs, ours = await differ(name, [CONNECT, GONE])

    assert [event["type"] for event in theirs.events] == ["websocket.accept"]
    assert theirs.error == ""
    assert ours == Outcome([], error, [])


async def test_status_that_is_no_number_is_refused() -> None:
    request = {"type": "http.request", "body": b""}
    scope = {"type": "http", "method": "GET", "path": "/"}
    theirs, ours = await on_both("TextStatus", scope, [request], "documented")

    assert theirs.events[0]["status"] == "200"
    assert ours == Outcome([], "ValueError", [])


async def test_handler_with_a_yield_says_so() -> None:
    theirs, ours = await differ("Yielding", [CONNECT, text("hi"), GONE])

    assert theirs == Outcome([ACCEPTED], "", [])  # and nothing was called
    assert ours == Outcome([ACCEPTED], "TypeError", [])


async def test_prefix_of_no_channel_name_is_refused() -> None:
    theirs, ours = [
        await outcome(module.InMemoryChannelLayer().new_channel("a b"))
        for module in of_both("layers")
    ]

    assert theirs.startswith("a b.inmemory!")
    assert ours == "TypeError"


async def test_declared_groups_are_left_after_an_error_on_any_layer() -> None:
    names = {}
    for package in PACKAGES:
        foreign = LayerWithoutExtensions()
        registry = importlib.import_module(f"{package}.layers").channel_layers
        before = registry.set("default", foreign)
        app = specimens(package, "different").Declared.as_asgi()
        client = ApplicationCommunicator(app, dict(WEBSOCKET))
        for event in (CONNECT, text("hi")):
            await client.send_input(event)
        with pytest.raises(LookupError):
            await client.wait()
        registry.set("default", before)
        names[package] = list(foreign.inner.groups)

    assert names == {"channels": ["room"], "minichannels": []}


async def test_piece_of_a_body_may_be_left_out() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    clients = [
        module.HttpCommunicator(app, "GET", "/")
        for module in of_both("testing")
    ]

    with pytest.raises(KeyError, match="body"):
        await clients[0].get_response()
    assert (await clients[1].get_response())["body"] == b""


def nested() -> Any:
    class Inner:
        """A class within a function."""

    return Inner


@pytest.mark.parametrize(
    ("thing", "theirs"), [(nested(), "Inner"), (nested()(), "Inner")]
)
def test_name_of_a_nested_thing_says_where_it_is(
    thing: object, theirs: str
) -> None:
    names = [module.name_that_thing(thing) for module in of_both("utils")]

    assert names == [
        f"{__name__}.{theirs}",
        f"{__name__}.nested.<locals>.{theirs}",
    ]


def test_worker_listens_to_a_channel_once() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None: ...

    channels = [
        worker.Worker(app, ["a", "a"], layers.InMemoryChannelLayer()).channels
        for worker, layers in zip(
            of_both("worker"), of_both("layers"), strict=True
        )
    ]

    assert channels == [["a", "a"], ["a"]]
