"""What Channels' documentation says and no other test of this folder runs.

In the order of its pages: consumers, channel layers, routing, testing, worker.
"""

import asyncio
import contextlib
import importlib
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.testing import ApplicationCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
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
)
from support.layers import LayerWithoutGroups
from support.spies import Spy

Load = Callable[[str], Any]
LIMIT = 5


pytestmark = pytest.mark.usefixtures("layers")


@pytest.fixture
def package_name(package: Load) -> str:
    return str(package("layers").__name__.partition(".")[0])


@pytest.fixture
def documented(package_name: str) -> Any:
    return specimens(package_name, "documented")


async def played_alike(name: str, steps: list[Step], **scope: Any) -> Outcome:
    """Play a script on both; both have to do the same, and do it."""
    scope = {**WEBSOCKET, **scope}
    theirs, ours = await on_both(name, scope, steps, "documented")
    assert ours == theirs
    return ours


def other_layers(monkeypatch: pytest.MonkeyPatch, make: Any) -> dict[str, Any]:
    """Give both packages a layer with the alias ``other``."""
    made = {}
    for name in PACKAGES:
        module = importlib.import_module(f"{name}.layers")
        made[name] = make(module)
        monkeypatch.setitem(module.channel_layers.backends, "other", made[name])
    return made


# Consumers: basic layout


@STYLES
async def test_plain_consumer_handles_the_events_of_a_websocket(
    style: str,
) -> None:
    steps: list[Step] = [CONNECT, text("hi"), 2, GONE]

    outcome = await played_alike(f"{style}PlainEcho", steps)

    echo = {"type": "websocket.send", "text": "hi"}
    assert outcome == Outcome([{"type": "websocket.accept"}, echo], "", [])


@STYLES
async def test_plain_consumer_needs_a_handler_for_the_disconnect(
    style: str,
) -> None:
    outcome = await played_alike(f"{style}AcceptOnly", [CONNECT, 1, GONE])

    assert outcome.error == "ValueError"


async def test_sync_consumer_runs_outside_of_the_main_thread() -> None:
    outcome = await played_alike("Threads", [{"type": "note"}], type="test")

    assert outcome.notes == [False]


@STYLES
async def test_consumer_handles_one_event_at_a_time(style: str) -> None:
    steps: list[Step] = [{"type": "client.event"}]

    outcome = await played_alike(f"{style}Turns", steps, type="test")

    assert outcome.notes == ["begin", "end", "other"]


@pytest.mark.parametrize("name", ["AsyncDefault", "SyncDefault", "AsyncBare"])
async def test_consumer_has_no_lifespan(name: str) -> None:
    startup: Step = {"type": "lifespan.startup"}

    theirs, ours = await on_both(name, {"type": "lifespan"}, [startup])

    assert theirs == ours == Outcome([], "ValueError", [])


@STYLES
async def test_consumer_sees_the_scope_that_it_was_called_with(
    documented: Any, style: str
) -> None:
    keeper = getattr(documented, f"{style}Keeper")()
    scope = {"type": "test"}

    async def receive() -> Message:
        return {"type": "stop"}

    async def send(message: Message) -> None: ...

    await keeper(scope, receive, send)

    assert keeper.scope is scope


# Consumers: one instance for each scope


@STYLES
async def test_as_asgi_makes_an_instance_for_each_scope(
    documented: Any, style: str
) -> None:
    app = getattr(documented, f"{style}Keeper").as_asgi()
    steps: list[Step] = [{"type": "note", "text": "a"}, 1, {"type": "stop"}]

    outcomes = [await play(app, {"type": "test"}, steps, []) for _ in range(2)]

    assert [outcome.events for outcome in outcomes] == [
        [{"type": "seen", "seen": ["nobody", "a"]}]
    ] * 2


@STYLES
async def test_as_asgi_gives_its_arguments_to_each_instance(
    documented: Any, style: str
) -> None:
    app = getattr(documented, f"{style}Keeper").as_asgi(name="ada")
    steps: list[Step] = [{"type": "note", "text": "a"}, 1, {"type": "stop"}]

    outcome = await play(app, {"type": "test"}, steps, [])

    assert outcome.events == [{"type": "seen", "seen": ["ada", "a"]}]


def test_as_asgi_tells_what_it_was_made_of(documented: Any) -> None:
    app = documented.AsyncKeeper.as_asgi(name="ada")

    assert app.consumer_class is documented.AsyncKeeper
    assert app.consumer_initkwargs == {"name": "ada"}
    assert app.__name__ == "AsyncKeeper"
    assert app.__doc__ == documented.AsyncKeeper.__doc__


async def test_call_may_be_overridden() -> None:
    outcome = await played_alike("OwnCall", [CONNECT, 1, GONE])

    assert outcome == Outcome([ACCEPTED], "", ["begin", "end"])


async def test_handlers_of_a_generic_consumer_may_be_overridden() -> None:
    outcome = await played_alike("OwnHandler", [CONNECT, 1, GONE])

    assert outcome == Outcome([ACCEPTED], "", ["connect", "disconnect"])


# Consumers: channel layers


@STYLES
async def test_channel_layer_alias_chooses_the_layer(
    style: str, layers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    joined: list[tuple[str, str]] = []

    def make(module: Any) -> Any:
        layer = module.InMemoryChannelLayer()
        join = layer.group_add

        async def group_add(group: str, channel: str) -> None:
            joined.append((module.__name__.partition(".")[0], group))
            await join(group, channel)

        layer.group_add = group_add
        return layer

    other_layers(monkeypatch, make)

    await played_alike(f"{style}OtherLayer", [{"type": "join"}], type="test")

    assert joined == [("channels", "room"), ("minichannels", "room")]
    assert [dict(layer.groups) for layer in layers.values()] == [{}, {}]


@STYLES
async def test_consumer_needs_no_layer(style: str) -> None:
    steps: list[Step] = [CONNECT, text("hi"), 2, GONE]

    outcome = await played_alike(f"{style}WithoutLayer", steps)

    assert outcome.events[1] == {"type": "websocket.send", "text": "hi, None"}


@STYLES
async def test_groups_need_a_layer_with_groups(
    style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_layers(monkeypatch, lambda _: LayerWithoutGroups())

    outcome = await played_alike(f"{style}OtherGroups", [CONNECT])

    assert outcome == Outcome([], "InvalidChannelLayerError", [])


@STYLES
async def test_init_has_to_call_the_librarys(style: str) -> None:
    outcome = await played_alike(f"{style}OwnInit", [CONNECT])

    assert outcome == Outcome([], "TypeError", [])


@STYLES
async def test_groups_are_joined_before_connect_and_left_before_disconnect(
    style: str,
) -> None:
    outcome = await played_alike(f"{style}Groups", [CONNECT, 1, GONE])

    assert outcome.notes == [1, 0]


@STYLES
async def test_message_to_a_channel_name_reaches_its_consumer(
    package: Load, documented: Any, style: str
) -> None:
    app = getattr(documented, f"{style}Address").as_asgi()
    clients = [ApplicationCommunicator(app, dict(WEBSOCKET)) for _ in range(2)]
    names = []
    for client in clients:
        await client.send_input(CONNECT)
        await client.receive_output()
        names.append((await client.receive_output())["text"])
    layer = package("layers").get_channel_layer()

    await layer.send(names[1], {"type": "chat.message", "text": "hi"})

    heard = await clients[1].receive_output()
    assert heard == {"type": "websocket.send", "text": "hi"}
    assert clients[0].output_queue.empty()
    assert names[0] != names[1]
    for client in clients:
        await client.send_input(GONE)
        await client.wait()


# Generic consumers


@STYLES
@pytest.mark.parametrize(
    "frame", [{"text": "a", "bytes": None}, {"text": None, "bytes": b"a"}]
)
async def test_frame_may_have_both_keys(
    style: str, frame: dict[str, Any]
) -> None:
    steps: list[Step] = [
        CONNECT,
        1,
        {"type": "websocket.receive", **frame},
        2,
        GONE,
    ]

    theirs, ours = await on_both(f"{style}Echo", WEBSOCKET, steps)

    assert ours == theirs
    assert len(ours.events) == 2


@STYLES
async def test_reason_of_a_disconnect_is_passed_over(style: str) -> None:
    steps: list[Step] = [CONNECT, 1, {**GONE, "reason": "tired"}]

    theirs, ours = await on_both(f"{style}Echo", WEBSOCKET, steps)

    assert ours == theirs == Outcome([ACCEPTED], "", [4002])


@STYLES
async def test_connection_may_be_denied_anywhere_in_connect(
    style: str,
) -> None:
    outcome = await played_alike(f"{style}DeepDenial", [CONNECT, 1, GONE])

    assert outcome == Outcome([{"type": "websocket.close"}], "", [])


@STYLES
async def test_own_send_is_for_what_the_class_itself_sends(style: str) -> None:
    steps: list[Step] = [CONNECT, text("1"), 3, GONE]

    outcome = await played_alike(f"{style}OwnSend", steps)

    # Neither accept() nor send_json() passes through it.
    assert outcome.notes == ["text"]
    assert len(outcome.events) == 3


@STYLES
async def test_send_json_of_what_is_no_json_is_a_type_error(
    style: str,
) -> None:
    outcome = await played_alike(f"{style}NoJson", [CONNECT, text("1")])

    assert outcome == Outcome([ACCEPTED], "TypeError", [])


@STYLES
async def test_send_json_may_close_with_a_code(style: str) -> None:
    steps: list[Step] = [CONNECT, text("1"), 3, GONE]

    outcome = await played_alike(f"{style}JsonClose", steps)

    assert outcome.events[1:] == [
        {"type": "websocket.send", "text": "1"},
        {"type": "websocket.close", "code": 4000},
    ]


async def test_stop_consumer_in_handle_still_disconnects() -> None:
    request: Step = {"type": "http.request"}

    outcome = await played_alike("StoppedPage", [request, 2], type="http")

    assert outcome.notes == ["disconnect"]
    assert outcome.error == ""


# Channel layers: configuration


@pytest.fixture
def configured(
    package: Load, package_name: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], Any]:
    """Return a function that makes a manager with a configuration."""

    def configure(mapping: dict[str, Any]) -> Any:
        manager = package("layers").ChannelLayerManager()
        if package_name == "minichannels":
            manager.configure(mapping)
        else:
            settings = importlib.import_module("django.conf").settings
            monkeypatch.setattr(
                settings, "CHANNEL_LAYERS", mapping, raising=False
            )
        monkeypatch.setattr(package("layers"), "channel_layers", manager)
        # The function looks the manager up where it was defined.
        home = importlib.import_module(
            package("layers").get_channel_layer.__module__
        )
        monkeypatch.setattr(home, "channel_layers", manager)
        return manager

    return configure


Configured = Callable[[dict[str, Any]], Any]


def test_get_channel_layer_gives_the_default_layer(
    package: Load, package_name: str, configured: Configured
) -> None:
    backend = f"{package_name}.layers.InMemoryChannelLayer"
    configured({"default": {"BACKEND": backend}})
    layers = package("layers")

    layer = layers.get_channel_layer()

    assert type(layer) is layers.InMemoryChannelLayer
    assert layers.get_channel_layer("default") is layer


def test_get_channel_layer_without_a_configuration_is_none(
    package: Load, configured: Configured
) -> None:
    configured({})

    assert package("layers").get_channel_layer() is None


def test_config_is_passed_to_the_layer(
    package_name: str, configured: Configured
) -> None:
    backend = f"{package_name}.layers.InMemoryChannelLayer"
    config = {"capacity": 7, "expiry": 8, "group_expiry": 9}
    manager = configured({"x": {"BACKEND": backend, "CONFIG": config}})

    assert {name: getattr(manager["x"], name) for name in config} == config


def test_manager_makes_a_layer_once(
    package_name: str, configured: Configured
) -> None:
    backend = f"{package_name}.layers.InMemoryChannelLayer"
    manager = configured({"x": {"BACKEND": backend}})

    assert manager["x"] is manager["x"]
    assert manager.make_backend("x") is not manager["x"]


def test_manager_knows_its_aliases(
    package_name: str, configured: Configured
) -> None:
    backend = f"{package_name}.layers.InMemoryChannelLayer"
    manager = configured({"x": {"BACKEND": backend}})

    assert "x" in manager
    assert "y" not in manager
    with pytest.raises(KeyError):
        manager["y"]


def test_set_puts_another_layer_in_place(
    package_name: str, configured: Configured
) -> None:
    backend = f"{package_name}.layers.InMemoryChannelLayer"
    manager = configured({"x": {"BACKEND": backend}})
    first, second = manager["x"], object()

    assert manager.set("x", second) is first
    assert manager["x"] is second


def test_set_of_a_new_alias_replaces_nothing(configured: Configured) -> None:
    manager = configured({})

    assert manager.set("x", object()) is None


def test_test_config_is_passed_to_a_test_layer(
    package_name: str, configured: Configured
) -> None:
    backend = f"{package_name}.layers.InMemoryChannelLayer"
    manager = configured(
        {"x": {"BACKEND": backend, "TEST_CONFIG": {"capacity": 7}}}
    )

    assert manager.make_test_backend("x").capacity == 7


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"BACKEND": "no.such.Layer"},
        {"BACKEND": "asyncio.NoSuchLayer"},
        {"BACKEND": "nothing"},
    ],
)
def test_wrong_backend_is_an_invalid_channel_layer_error(
    package: Load, configured: Configured, config: dict[str, str]
) -> None:
    manager = configured({"x": config})

    with pytest.raises(package("exceptions").InvalidChannelLayerError):
        manager["x"]


def test_layer_of_channels_1_is_an_invalid_channel_layer_error(
    package: Load, package_name: str, configured: Configured
) -> None:
    backend = f"{package_name}.layers.InMemoryChannelLayer"
    manager = configured({"x": {"BACKEND": backend, "ROUTING": "app.routes"}})

    with pytest.raises(package("exceptions").InvalidChannelLayerError) as error:
        manager["x"]

    assert "ROUTING" in str(error.value)


def test_missing_test_config_is_an_invalid_channel_layer_error(
    package: Load, package_name: str, configured: Configured
) -> None:
    backend = f"{package_name}.layers.InMemoryChannelLayer"
    manager = configured({"x": {"BACKEND": backend}})

    with pytest.raises(package("exceptions").InvalidChannelLayerError):
        manager.make_test_backend("x")


# Channel layers: use


def test_layer_is_used_from_sync_code_with_async_to_sync(
    package: Load,
) -> None:
    layer = package("layers").InMemoryChannelLayer()

    async_to_sync(layer.group_add)("g", "a")
    async_to_sync(layer.group_send)("g", {"type": "x"})

    assert async_to_sync(layer.receive)("a") == {"type": "x"}


async def test_layer_carries_all_types_that_the_specification_names(
    package: Load,
) -> None:
    layer = package("layers").InMemoryChannelLayer()
    message: dict[str, Any] = {
        "bytes": b"\x00\xff",
        "str": "\x00 é 😀",
        "ints": [-(2**63), -1, 0, 2**63 - 1, 2**64 - 1],
        "floats": [1.7976931348623157e308, 5e-324, -0.0],
        "dict": {"": {"list": [[], {}]}},
        "bools": [True, False],
        "none": None,
    }

    await layer.send("a", message)
    received = await layer.receive("a")

    assert received == message
    assert repr(received) == repr(message)  # as 1 == True


async def test_layer_carries_a_message_of_a_megabyte(package: Load) -> None:
    layer = package("layers").InMemoryChannelLayer()
    message = {"a": "x" * (1_000_000 - len('{"a":""}'))}

    await layer.send("a", message)

    assert await layer.receive("a") == message


async def test_group_expiry_is_a_day(package: Load) -> None:
    assert package("layers").InMemoryChannelLayer().group_expiry == 86400


@pytest.mark.parametrize("channel", ["!a", "a!b!c", "!"])
async def test_channel_name_has_one_mark_and_something_before_it(
    package: Load, channel: str
) -> None:
    layer = package("layers").InMemoryChannelLayer()

    with pytest.raises(TypeError):
        await layer.send(channel, {"type": "x"})


async def test_group_name_has_no_mark(package: Load) -> None:
    layer = package("layers").InMemoryChannelLayer()

    with pytest.raises(TypeError):
        await layer.group_add("a!b", "a")


async def test_each_channel_of_a_process_has_its_own_capacity(
    package: Load,
) -> None:
    layer = package("layers").InMemoryChannelLayer(capacity=1)

    await layer.send("a!b", {"n": 1})
    await layer.send("a!c", {"n": 2})

    assert [await layer.receive(f"a!{c}") for c in "bc"] == [
        {"n": 1},
        {"n": 2},
    ]


async def test_channels_of_two_layers_have_nothing_in_common(
    package: Load,
) -> None:
    one, other = (package("layers").InMemoryChannelLayer() for _ in range(2))
    await one.group_add("g", "a")
    await other.group_add("g", "a")

    await one.group_send("g", {"type": "x"})

    assert len(one.channels) == 1
    assert len(other.channels) == 0


# Routing


def urls_of(package: Load) -> Any:
    """Return the module that ``path`` and ``re_path`` come from."""
    routing = package("routing")
    if hasattr(routing, "re_path"):
        return routing
    return importlib.import_module("django.urls")


async def test_empty_expression_takes_all_that_is_left(package: Load) -> None:
    re_path = urls_of(package).re_path
    first, last = Spy(), Spy()
    router = package("routing").URLRouter(
        [re_path(r"^longpoll/$", first), re_path(r"", last)]
    )

    await router({"type": "http", "path": "/a/b"}, None, None)

    assert first.scopes == []
    assert last.scopes[0]["path_remaining"] == "a/b"


async def test_first_route_that_matches_is_taken(package: Load) -> None:
    path = urls_of(package).path
    spies = [Spy(), Spy()]
    router = package("routing").URLRouter(
        [path("<str:a>/", spies[0]), path("b/", spies[1])]
    )

    await router({"type": "websocket", "path": "/b/"}, None, None)

    assert [len(spy.scopes) for spy in spies] == [1, 0]


async def test_query_string_has_no_part_in_routing(package: Load) -> None:
    spy = Spy()
    router = package("routing").URLRouter([urls_of(package).path("a/", spy)])

    await router(
        {"type": "websocket", "path": "/a/", "query_string": b"b=c"},
        None,
        None,
    )

    assert spy.scopes[0]["query_string"] == b"b=c"


async def test_router_does_not_change_the_scope(package: Load) -> None:
    router = package("routing").URLRouter([urls_of(package).path("a/", Spy())])
    scope = {"type": "websocket", "path": "/a/"}

    await router(scope, None, None)

    assert scope == {"type": "websocket", "path": "/a/"}


@STYLES
async def test_whole_stack_leads_to_a_consumer(
    package: Load, documented: Any, style: str
) -> None:
    routing, testing = package("routing"), package("testing")
    consumer = getattr(documented, f"{style}Parameters")
    route = urls_of(package).re_path(
        r"^testws/(?P<message>\w+)/$", consumer.as_asgi()
    )
    validator = package("security.websocket").OriginValidator
    app = routing.ProtocolTypeRouter(
        {"websocket": validator(routing.URLRouter([route]), ["a.org"])}
    )
    client = testing.WebsocketCommunicator(
        app, "/testws/test/", headers=[(b"origin", b"http://a.org")]
    )

    assert await client.connect() == (True, None)
    assert await client.receive_from() == "test"
    await client.disconnect()


@STYLES
async def test_middleware_adds_to_the_scope_of_a_consumer(
    package: Load, documented: Any, style: str
) -> None:
    class Authentication:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> None:
            await self.app(dict(scope, user="ada"), receive, send)

    app = Authentication(getattr(documented, f"{style}User").as_asgi())
    client = package("testing").WebsocketCommunicator(app, "/")

    await client.connect()

    assert await client.receive_from() == "ada"
    await client.disconnect()


# Testing


async def test_scope_of_a_communicator_may_be_added_to(
    package: Load, documented: Any
) -> None:
    app = documented.AsyncUser.as_asgi()
    client = package("testing").WebsocketCommunicator(app, "/")
    client.scope["user"] = "ada"

    await client.connect()

    assert await client.receive_from() == "ada"
    await client.disconnect()


async def test_http_communicator_asks_a_consumer(
    package: Load, documented: Any
) -> None:
    app = documented.Page.as_asgi()
    client = package("testing").HttpCommunicator(app, "put", "/a/", b"in")

    response = await client.get_response()

    assert response == {
        "status": 200,
        "headers": [],
        "body": b"PUT /a/ b'in'",
    }
    await client.wait()


async def test_http_communicator_joins_the_parts_of_a_body(
    package: Load, documented: Any
) -> None:
    app = documented.PageOfParts.as_asgi()
    client = package("testing").HttpCommunicator(app, "GET", "/")

    assert (await client.get_response())["body"] == b"ab"
    await client.wait()


async def test_http_consumer_has_cleaned_up_once_its_response_is_there(
    package: Load,
) -> None:
    cleaned = []

    class Tidy(package("generic.http").AsyncHttpConsumer):  # type: ignore[misc]  # either one
        async def handle(self, body: bytes) -> None:
            await self.send_response(200, body)

        async def disconnect(self) -> None:
            cleaned.append("all")

    client = package("testing").HttpCommunicator(Tidy.as_asgi(), "GET", "/")

    await client.get_response()

    assert cleaned == ["all"]
    await client.wait()


async def ends(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "last"})


async def test_event_of_an_application_that_has_ended_can_be_received(
    package: Load,
) -> None:
    client = package("testing").ApplicationCommunicator(ends, {"type": "test"})
    await client.wait()

    assert await client.receive_output() == {"type": "last"}


async def fails_late(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "last"})
    raise LookupError("after the last event")


async def test_error_comes_before_the_events_that_came_before_it(
    package: Load,
) -> None:
    testing = package("testing")
    client = testing.ApplicationCommunicator(fails_late, {"type": "test"})
    with pytest.raises(LookupError):
        await client.wait()

    with pytest.raises(LookupError):
        await client.receive_output()


async def test_disconnect_after_an_error_raises_it(package: Load) -> None:
    client = package("testing").WebsocketCommunicator(fails_late, "/")
    with pytest.raises(LookupError):
        await client.wait()

    # The documentation says that it returns; Channels itself does not.
    with pytest.raises(LookupError):
        await client.disconnect()


@pytest.mark.parametrize("method", ["receive_from", "receive_json_from"])
async def test_receiving_takes_a_timeout(package: Load, method: str) -> None:
    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    client = package("testing").WebsocketCommunicator(waits, "/")

    with pytest.raises(TimeoutError):
        await getattr(client, method)(timeout=0.001)


# Worker


@contextlib.asynccontextmanager
async def serving(worker: Any) -> Any:
    """Let a worker listen, and end it with the block."""
    task = asyncio.create_task(worker.handle())
    try:
        async with asyncio.timeout(LIMIT):
            yield
    finally:
        running = [i["future"] for i in _instances(worker)]
        for each in (task, *running):
            each.cancel()
        await asyncio.gather(task, *running, return_exceptions=True)


def _instances(worker: Any) -> Any:
    # Channels' worker leaves them to the end of the process.
    return getattr(worker, "application_instances", {}).values()


# Channels' worker gives a lambda for a coroutine function to send() with.
@pytest.mark.filterwarnings("ignore:async_to_sync was passed a non-async")
@STYLES
async def test_worker_gives_its_messages_to_a_consumer(
    package: Load,
    package_name: str,
    layers: dict[str, Any],
    documented: Any,
    style: str,
) -> None:
    routing, layer = package("routing"), layers[package_name]
    task = getattr(documented, f"{style}Task").as_asgi()
    app = routing.ProtocolTypeRouter(
        {"channel": routing.ChannelNameRouter({"tasks": task})}
    )

    async with serving(package("worker").Worker(app, ["tasks"], layer)):
        await layer.send("tasks", {"type": "test.print", "text": "hi"})
        answer = await layer.receive("answers")

    assert answer == {
        "text": "hi",
        "scope": {"type": "channel", "channel": "tasks"},
    }


async def test_worker_listens_to_its_channels_alone(
    package: Load, package_name: str, layers: dict[str, Any], documented: Any
) -> None:
    layer = layers[package_name]
    app = documented.AsyncTask.as_asgi()
    await layer.send("other", {"type": "test.print", "text": "unread"})

    async with serving(package("worker").Worker(app, ["tasks"], layer)):
        await layer.send("tasks", {"type": "test.print", "text": "hi"})
        await layer.receive("answers")

        message = await layer.receive("other")

    assert message["text"] == "unread"


async def test_worker_keeps_one_instance_for_a_channel(
    package: Load, package_name: str, layers: dict[str, Any]
) -> None:
    layer = layers[package_name]
    numbers = itertools.count()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        number = next(numbers)
        while True:
            await receive()
            await layer.send("answers", {"number": number})

    async with serving(package("worker").Worker(app, ["tasks"], layer)):
        for _ in range(2):
            await layer.send("tasks", {"type": "x"})
            assert await layer.receive("answers") == {"number": 0}
