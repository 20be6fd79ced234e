"""Shapes that are met in projects do the same on Channels and here."""

import asyncio
import gc
import importlib
from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

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
)
from support.spies import Spy

Load = Callable[[str], Any]


pytestmark = pytest.mark.usefixtures("layers")


@pytest.fixture
def shapes(package: Load) -> Any:
    return specimens(package("layers").__name__.partition(".")[0], "shapes")


async def alike(name: str, steps: list[Step], **scope: Any) -> Outcome:
    """Play a script on both; both have to do the same, and do it."""
    theirs, ours = await on_both(name, {**WEBSOCKET, **scope}, steps, "shapes")
    assert ours == theirs
    return ours


# Consumers


@pytest.mark.parametrize("close", [0, "", {}])
async def test_a_close_that_is_false_closes_nothing(
    package: Load, close: Any
) -> None:
    class Sends(package("generic.websocket").AsyncWebsocketConsumer):  # type: ignore[misc]
        async def connect(self) -> None:
            await self.accept()
            await self.send("hi", close=close)

    outcome = await play(Sends.as_asgi(), WEBSOCKET, [CONNECT, 2, GONE], [])

    sent = {"type": "websocket.send", "text": "hi"}
    assert outcome == Outcome([ACCEPTED, sent], "", [])


async def test_the_alias_of_the_layer_may_depend_on_the_scope() -> None:
    outcome = await alike("AliasOfTheScope", [CONNECT, 1, GONE], layer="none")

    assert outcome == Outcome([ACCEPTED], "", [None])


async def test_an_application_returns_what_its_consumer_returns(
    package: Load,
) -> None:
    class Answer(package("consumer").AsyncConsumer):  # type: ignore[misc]
        async def __call__(self, *args: Any) -> int:
            return 42

    assert await Answer.as_asgi()({}, None, None) == 42


@STYLES
async def test_all_that_is_sent_passes_a_send_further_up(style: str) -> None:
    outcome = await alike(f"{style}Logged", [CONNECT, 1, text("a"), 3, GONE])

    assert outcome.notes == [event["type"] for event in outcome.events]
    assert len(outcome.notes) == 3


async def test_a_send_that_is_patched_later_gets_what_is_sent(
    package: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = package("consumer").AsyncConsumer
    sent = AsyncMock()

    class Patched(package("generic.websocket").AsyncWebsocketConsumer):  # type: ignore[misc]
        async def receive(self, text_data: str) -> None:
            monkeypatch.setattr(consumer, "send", sent)
            await self.send(text_data)
            monkeypatch.undo()

    steps: list[Step] = [CONNECT, 1, text("a"), GONE]
    outcome = await play(Patched.as_asgi(), WEBSOCKET, steps, [])

    assert outcome.events == [ACCEPTED]
    sent.assert_awaited_once_with({"type": "websocket.send", "text": "a"})


async def test_a_send_further_up_that_is_a_property_is_not_read_early(
    package: Load,
) -> None:
    ready: list[bool] = []

    class Mixin(package("consumer").AsyncConsumer):  # type: ignore[misc]
        @property
        def send(self) -> Any:
            assert ready
            return super().send

    class Late(package("generic.websocket").AsyncWebsocketConsumer, Mixin):  # type: ignore[misc]
        async def connect(self) -> None:
            ready.append(True)
            await self.accept()
            await self.send("hi")

    outcome = await play(Late.as_asgi(), WEBSOCKET, [CONNECT, 2, GONE], [])

    assert outcome.events == [
        ACCEPTED,
        {"type": "websocket.send", "text": "hi"},
    ]


@STYLES
async def test_an_empty_text_is_not_decoded(style: str) -> None:
    outcome = await alike(f"{style}OwnDecoder", [CONNECT, 1, text("")])

    assert outcome == Outcome([ACCEPTED], "ValueError", [])


async def test_an_empty_subprotocol_is_passed_on() -> None:
    steps: list[Step] = [CONNECT, 1, GONE]
    outcome = await alike("NoSubprotocol", steps, subprotocols=[])

    assert outcome.events == [{**ACCEPTED, "subprotocol": ""}]


@STYLES
async def test_a_consumer_may_be_served_by_code_of_its_own(style: str) -> None:
    outcome = await alike(f"{style}OwnCall", [CONNECT, 1, text("a"), 2, GONE])

    told = {"type": "websocket.send", "text": "told"}
    assert outcome == Outcome([ACCEPTED, told], "", ["stopped"])


@STYLES
async def test_a_client_may_be_refused_with_a_status_of_http(
    style: str,
) -> None:
    outcome = await alike(f"{style}Unknown", [CONNECT, 1, GONE])

    assert outcome.events == [{"type": "websocket.close", "code": 401}]


async def test_a_piece_without_a_body_is_none_of_its_chunks() -> None:
    request: Message = {"type": "http.request"}
    first: Message = {**request, "body": b"a", "more_body": True}
    outcome = await alike("Chunks", [first, request], type="http")

    assert outcome.notes == [b"a"]


async def test_a_middleware_may_translate_events_of_another_name() -> None:
    outcomes = []
    for name in PACKAGES:
        module = specimens(name, "shapes")
        app = _translated(module.Says.as_asgi())
        steps: list[Step] = [CONNECT, 2, GONE]
        outcomes.append(await play(app, WEBSOCKET, steps, module.NOTES))

    says = {"type": "websocket.send", "text": "hi"}
    assert outcomes[0] == Outcome([{"type": "websocket.accept"}, says], "", [])
    assert outcomes[1] == outcomes[0]


def _translated(inner: Any) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def translate(event: Message) -> None:
            if event["type"] == "chat.says":
                event = {**event, "type": "websocket.send"}
            await send(event)

        await inner(scope, receive, translate)

    return app


# Tests that people write


@STYLES
async def test_methods_may_be_called_by_hand_with_mocks(
    shapes: Any, style: str
) -> None:
    consumer = getattr(shapes, f"{style}Logged")()
    consumer.channel_receive = None
    sent = consumer.base_send = AsyncMock() if style == "Async" else Mock()

    for method, args in (("accept", ()), ("close", (4000, "why"))):
        result = getattr(consumer, method)(*args)
        if style == "Async":
            await result

    events = [call.args[0] for call in sent.call_args_list]
    closed = {"type": "websocket.close", "code": 4000, "reason": "why"}
    assert events == [ACCEPTED, closed]


async def test_a_layer_may_be_a_mock(
    package: Load, layers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing_comes(channel: str) -> None:
        await asyncio.Event().wait()

    mock = AsyncMock()
    mock.new_channel.return_value = "mine"
    mock.receive = nothing_comes
    registry = package("layers").channel_layers
    monkeypatch.setitem(registry.backends, "mock", mock)

    class Member(package("generic.websocket").AsyncWebsocketConsumer):  # type: ignore[misc]
        channel_layer_alias = "mock"
        groups = ("room",)

    outcome = await play(Member.as_asgi(), WEBSOCKET, [CONNECT, 1, GONE], [])

    assert outcome == Outcome([ACCEPTED], "", [])
    mock.group_add.assert_awaited_once_with("room", "mine")
    mock.group_discard.assert_awaited_once_with("room", "mine")


async def test_where_consumers_ask_for_their_layer_may_be_patched(
    package: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stub:
        async def new_channel(self) -> str:
            return "mine"

        async def receive(self, channel: str) -> None:
            await asyncio.Event().wait()

        async def group_add(self, group: str, channel: str) -> None:
            raise ConnectionError("down")

    class Member(package("generic.websocket").AsyncWebsocketConsumer):  # type: ignore[misc]
        channel_layer_alias = "ours"

        async def connect(self) -> None:
            try:
                await self.channel_layer.group_add("room", self.channel_name)
            except ConnectionError:
                await self.close(1013)

    asked: list[str] = []

    def stub(alias: str) -> Stub:
        asked.append(alias)
        return Stub()

    monkeypatch.setattr(package("consumer"), "get_channel_layer", stub)

    outcome = await play(Member.as_asgi(), WEBSOCKET, [CONNECT, 1, GONE], [])

    assert outcome.events == [{"type": "websocket.close", "code": 1013}]
    assert asked == ["ours"]


async def test_an_application_ends_with_a_forgotten_communicator(
    package: Load,
) -> None:
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await receive()
        finally:
            ended.set()

    communicator = package("testing").ApplicationCommunicator(app, {})
    assert await communicator.receive_nothing(timeout=0)
    assert not communicator.future.done()
    await asyncio.sleep(0)
    del communicator
    gc.collect()

    await asyncio.wait_for(ended.wait(), 5)


@pytest.mark.parametrize("given", [("a", b""), ("", b"a")])
async def test_an_empty_frame_beside_another_one_is_none(
    package: Load, given: tuple[str, bytes]
) -> None:
    client = package("testing").WebsocketCommunicator(Spy(), "/")

    await client.send_to(*given)

    event = client.input_queue.get_nowait()
    assert event in ({"text": "a", **_RECEIVED}, {"bytes": b"a", **_RECEIVED})
    client.stop()


_RECEIVED = {"type": "websocket.receive"}


# Lists that a project adds to later


async def test_routes_may_be_added_to_a_list_later(package: Load) -> None:
    routes: list[Any] = []
    router = package("routing").URLRouter(routes)
    spy = Spy()
    path = importlib.import_module("django.urls").path

    routes.append(path("late/", spy))
    await router({"type": "websocket", "path": "/late/"}, None, None)

    assert len(spy.scopes) == 1
    assert router.routes is routes


async def test_a_router_may_set_its_routes_for_each_request(
    package: Load,
) -> None:
    base: Any = package("routing").URLRouter
    path = importlib.import_module("django.urls").path
    spy = Spy()

    class OfTenant(base):  # type: ignore[misc]
        def __init__(self) -> None:
            self.routes: list[Any] = []

        async def __call__(self, scope: Scope, *args: Any) -> None:
            self.routes = [path(scope["tenant"], spy)]
            await super().__call__(scope, *args)

    router = OfTenant()
    outer = base([path("never/", spy), path("at/", router), path("at/b/", spy)])
    for tenant in ("ada", "bob"):
        scope = {"type": "websocket", "path": tenant, "tenant": tenant}
        await router(scope, None, None)
        await outer(scope | {"path": f"/at/{tenant}"}, None, None)
        await outer(scope | {"path": "/at/b/"}, None, None)
        with pytest.raises(ValueError, match="oute"):
            await outer(scope | {"path": "/at/nobody"}, None, None)

    assert len(spy.scopes) == 6


async def test_the_words_for_no_route_begin_alike(package: Load) -> None:
    router = package("routing").URLRouter([])

    # A project that tries one router after the other goes by these.
    with pytest.raises(ValueError, match=r"^No route found for path 'a/'"):
        await router({"type": "websocket", "path": "a/"}, None, None)


async def test_origins_may_be_added_to_a_list_later(package: Load) -> None:
    origins: list[str] = []
    module = package("security.websocket")
    spy = Spy()
    validator = module.OriginValidator(spy, origins)

    origins.append("http://late.example")
    headers = [(b"origin", b"http://late.example")]
    await validator({"type": "websocket", "headers": headers}, None, None)

    assert len(spy.scopes) == 1


async def test_a_star_alone_allows_any_origin(package: Load) -> None:
    spy = Spy()
    validator = package("security.websocket").OriginValidator(spy, "*")

    await validator({"type": "websocket", "headers": []}, None, None)

    assert len(spy.scopes) == 1


@pytest.mark.parametrize("args", [(), ("a",), ("a", "b")])
def test_channel_full_takes_what_exceptions_take(
    package: Load, args: tuple[str, ...]
) -> None:
    assert package("exceptions").ChannelFull(*args).args == args
