"""Rows of the table of differences that projects' programs brought to light."""

import asyncio
import importlib
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.both import CONNECT, GONE, PACKAGES, WEBSOCKET, play, text
from support.bridge import bridged
from support.loops import ticks
from support.spies import Spy

pytestmark = pytest.mark.usefixtures("layers")


def both(module: str) -> list[Any]:
    return [importlib.import_module(f"{name}.{module}") for name in PACKAGES]


def outcomes(module: str, call: Callable[[Any], Any]) -> list[Any]:
    """Return what a call gives on both, or the name of what it raises."""
    found = []
    for one in both(module):
        try:
            found.append(call(one))
        except Exception as error:
            found.append(type(error).__name__)
    return found


async def test_a_channel_that_joins_again_is_the_last_member() -> None:
    orders = []
    for module in both("layers"):
        layer = module.InMemoryChannelLayer()
        for channel in ("a", "b", "a"):
            await layer.group_add("room", channel)
        orders.append(list(layer.groups["room"]))

    assert orders == [["a", "b"], ["b", "a"]]


async def test_a_handler_gets_the_next_message_of_its_own_mailbox() -> None:
    said = []
    for module in both("generic.websocket"):
        base: Any = module.AsyncWebsocketConsumer

        class Reader(base):  # type: ignore[misc]
            async def receive(self, text_data: str) -> None:
                for word in ("first", "second"):
                    event = {"type": "late", "word": word}
                    await self.channel_layer.send(self.channel_name, event)
                read = await asyncio.create_task(self.channel_receive())
                await self.send(f"read {read['word']}")

            async def late(self, event: Message) -> None:
                await self.send(event["word"])

        steps: list[Any] = [CONNECT, 1, text("go"), 3, GONE]
        outcome = await play(Reader.as_asgi(), WEBSOCKET, steps, [])
        said.append([event.get("text") for event in outcome.events[1:]])

    assert said == [["read second", "first"], ["read first", "second"]]


async def test_a_busy_consumer_takes_no_message_ahead() -> None:
    said = []
    for sockets, layers in zip(
        both("generic.websocket"), both("layers"), strict=True
    ):
        base: Any = sockets.AsyncWebsocketConsumer
        full: type[Exception] = layers.ChannelFull
        layers.get_channel_layer().capacity = 1

        class Busy(base):  # type: ignore[misc]
            async def receive(
                self, text_data: str, full: type[Exception] = full
            ) -> None:
                for word in ("first", "second"):
                    event = {"type": "later", "word": word}
                    try:
                        await self.channel_layer.send(self.channel_name, event)
                    except full:
                        await self.send("full")
                    await ticks(10)

            async def later(self, event: Message) -> None:
                await self.send(event["word"])

        steps: list[Any] = [CONNECT, 1, text("go"), 3, GONE]
        outcome = await play(Busy.as_asgi(), WEBSOCKET, steps, [])
        said.append([event.get("text") for event in outcome.events[1:]])

    assert said == [["first", "second"], ["full", "first"]]


@pytest.mark.parametrize("limit", [{"capacity": 0}, {"expiry": 0}])
def test_a_limit_that_is_not_above_0_is_an_error(limit: Any) -> None:
    def call(layers: Any) -> bool:
        return bool(layers.InMemoryChannelLayer(**limit))

    assert outcomes("layers", call) == [True, "ValueError"]


async def test_what_is_no_dict_cannot_be_sent() -> None:
    names = []
    for module in both("layers"):
        with pytest.raises((AssertionError, TypeError)) as caught:
            await module.InMemoryChannelLayer().send("a", "no dict")
        names.append(isinstance(caught.value, TypeError))

    assert names == [False, True]


def test_a_layer_put_in_place_as_none_is_made_anew() -> None:
    def call(layers: Any) -> bool:
        layers.channel_layers.set("default", None)
        return layers.get_channel_layer() is None

    assert outcomes("layers", call) == [True, False]


def test_a_project_without_layers_has_one_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = importlib.import_module("django.conf").settings
    monkeypatch.delattr(settings, "CHANNEL_LAYERS")
    theirs, ours = both("layers")
    # As a project that starts has them: nothing is made yet.
    monkeypatch.setattr(theirs, "channel_layers", theirs.ChannelLayerManager())
    ours.channel_layers.configure(None)

    with bridged():
        found = [module.get_channel_layer() for module in (theirs, ours)]

    assert found[0] is None
    assert type(found[1]) is ours.InMemoryChannelLayer


def test_a_path_in_a_test_is_whole() -> None:
    def call(testing: Any) -> Any:
        return testing.WebsocketCommunicator(Spy(), "/a;b=1").scope["path"]

    assert outcomes("testing", call) == ["/a", "/a;b=1"]


def test_the_version_in_a_test_stands_where_servers_say_it() -> None:
    def call(testing: Any) -> Any:
        client = testing.WebsocketCommunicator(Spy(), "/", spec_version="2.3")
        return client.scope.get("asgi", {}).get("spec_version")

    assert outcomes("testing", call) == [None, "2.3"]


async def test_an_application_of_asgi_2_in_a_test_is_a_type_error() -> None:
    def app(scope: Scope) -> Any:
        async def instance(receive: Receive, send: Send) -> None:
            await receive()
            await send({"type": "websocket.accept"})

        return instance

    found: list[Any] = []
    for testing in both("testing"):
        client = testing.WebsocketCommunicator(app, "/")
        try:
            found.append(await client.connect())
            await client.disconnect()
        except TypeError:
            found.append("TypeError")

    assert found == [(True, None), "TypeError"]


def test_events_that_nobody_takes_have_a_limit() -> None:
    def call(testing: Any) -> Any:
        return testing.ApplicationCommunicator(Spy(), {}).output_queue.maxsize

    assert outcomes("testing", call) == [0, 10_000]


def test_a_middleware_around_nothing_is_an_error_at_once() -> None:
    def call(middleware: Any) -> bool:
        return middleware.BaseMiddleware(None).inner is None

    assert outcomes("middleware", call) == [True, "TypeError"]


async def test_a_refused_origin_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loggers = []
    for module in both("security.websocket"):
        caplog.clear()
        testing = importlib.import_module(
            f"{module.__name__.partition('.')[0]}.testing"
        )
        app = module.OriginValidator(Spy(), ["http://a.example"])
        client = testing.WebsocketCommunicator(app, "/")
        with caplog.at_level(logging.WARNING):
            assert await client.connect() == (False, 1000)
        await client.disconnect()
        loggers.append([record.name for record in caplog.records])

    assert loggers == [[], ["minichannels.security.websocket"]]


async def test_a_send_that_comes_below_later_waits_for_the_next_client() -> (
    None
):
    heard = []
    for module, testing in zip(
        both("generic.websocket"), both("testing"), strict=True
    ):
        passed: list[str] = []

        class Below(module.AsyncConsumer):  # type: ignore[misc, name-defined]
            """Has no ``send()`` yet."""

        class Echo(module.AsyncWebsocketConsumer, Below):  # type: ignore[misc, name-defined]
            async def receive(self, text_data: str) -> None:
                await self.send(text_data)

        async def send(
            self: Any,
            event: Message,
            base: Any = Below.send,
            passed: list[str] = passed,
        ) -> None:
            passed.append(event.get("text", ""))
            await base(self, event)

        clients = {}
        for word in ("before", "after"):
            client = testing.WebsocketCommunicator(Echo.as_asgi(), "/")
            await client.connect()
            clients[word] = client
            Below.send = send
        for word, client in clients.items():
            await client.send_to(text_data=word)
            assert await client.receive_from() == word
            await client.disconnect()
        heard.append(passed)

    assert heard == [["", "before", "after"], ["", "after"]]


async def test_a_disconnect_that_handle_has_called_runs_once() -> None:
    runs = []
    for module in both("generic.http"):
        testing = importlib.import_module(
            f"{module.__name__.partition('.')[0]}.testing"
        )
        noted: list[str] = []

        class Answer(module.AsyncHttpConsumer):  # type: ignore[misc, name-defined]
            async def handle(self, body: bytes) -> None:
                await self.send_response(200, b"")
                await self.disconnect()

            async def disconnect(self, noted: list[str] = noted) -> None:
                noted.append("disconnect")

        client = testing.HttpCommunicator(Answer.as_asgi(), "GET", "/")
        await client.get_response()
        await client.wait()
        runs.append(len(noted))

    assert runs == [2, 1]


async def test_a_consumer_that_fails_in_its_own_http_request_disconnects() -> (
    None
):
    runs = []
    for module in both("generic.http"):
        noted: list[str] = []

        class Answer(module.AsyncHttpConsumer):  # type: ignore[misc, name-defined]
            async def http_request(self, message: Message) -> None:
                raise LookupError

            async def disconnect(self, noted: list[str] = noted) -> None:
                noted.append("disconnect")

        client = ApplicationCommunicator(Answer.as_asgi(), {"type": "http"})
        await client.send_input({"type": "http.request"})
        with pytest.raises(LookupError):
            await client.wait()
        runs.append(noted)

    assert runs == [[], ["disconnect"]]


async def test_routes_behind_a_function_around_a_router_are_not_tried() -> None:
    path = importlib.import_module("django.urls").path
    found: list[Any] = []
    for module in both("routing"):
        late = Spy()
        inner = module.URLRouter([path("known/", Spy())])
        routes = [path("a/", _around(inner)), path("a/late/", late)]
        scope = {"type": "websocket", "path": "/a/late/"}
        try:
            await module.URLRouter(routes)(scope, None, None)
        except ValueError:
            found.append("ValueError")
        else:
            found.append(len(late.scopes))

    assert found == [1, "ValueError"]


def _around(inner: Any) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)

    app._path_routing = True  # type: ignore[attr-defined]  # Channels' mark
    return app


async def test_a_middlewares_own_way_to_know_the_user_is_asked_again() -> None:
    calls = []
    for name in PACKAGES:
        auth, sessions = (
            importlib.import_module(f"{name}.{m}") for m in ("auth", "sessions")
        )
        asked: list[str] = []

        class ByToken(auth.AuthMiddleware):  # type: ignore[misc, name-defined]
            async def resolve_scope(
                self, scope: Scope, asked: list[str] = asked
            ) -> None:
                asked.append("who")
                scope["user"] = SimpleNamespace(pk=1, is_authenticated=True)

        session = _session(name, sessions)
        scope = {"type": "websocket", "session": session}
        await ByToken(Spy())(scope, None, None)
        calls.append(len(asked))

    assert calls == [1, 2]


def _session(package: str, sessions: Any) -> Any:
    if package == "minichannels":
        return sessions.SessionDict(sessions.MemoryStore(), "")
    engine: Any = importlib.import_module(
        "django.contrib.sessions.backends.cache"
    )
    return engine.SessionStore()


async def test_an_end_in_disconnect_hides_an_error_on_channels_alone() -> None:
    errors = []
    for module in both("generic.http"):

        class Page(module.AsyncHttpConsumer):  # type: ignore[misc, name-defined]
            stop = module.StopConsumer

            async def handle(self, body: bytes) -> None:
                raise LookupError

            async def disconnect(self) -> None:
                raise self.stop

        request: Message = {"type": "http.request", "body": b""}
        app = Page.as_asgi()
        errors.append((await play(app, {"type": "http"}, [request], [])).error)

    assert errors == ["", "LookupError"]


async def test_a_handler_with_a_yield_runs_on_neither_and_is_told_here() -> (
    None
):
    errors = []
    for module in both("generic.websocket"):

        class Feed(module.WebsocketConsumer):  # type: ignore[misc, name-defined]
            def receive(self, text_data: str) -> Any:
                yield self.send(text_data)

        client = ApplicationCommunicator(Feed.as_asgi(), WEBSOCKET)
        try:
            for event in (CONNECT, text("hi"), GONE):
                await client.send_input(event)
            await client.wait()
        except TypeError:
            errors.append("TypeError")
        else:
            errors.append("")
        assert client.output_queue.qsize() == 1

    assert errors == ["", "TypeError"]


async def test_a_piece_of_a_response_lets_others_run() -> None:
    turns = []
    for module in both("generic.http"):
        seen: list[str] = []

        class Page(module.AsyncHttpConsumer):  # type: ignore[misc, name-defined]
            async def handle(self, body: bytes, seen: list[str] = seen) -> None:
                await self.send_headers()
                other = asyncio.create_task(note(seen))
                await self.send_body(b"a", more_body=True)
                seen.append("sent")
                await self.send_body(b"b")
                await other

        request: Message = {"type": "http.request", "body": b""}
        await play(Page.as_asgi(), {"type": "http"}, [request], [])
        turns.append(seen)

    assert turns == [["sent", "other"], ["other", "sent"]]


async def note(seen: list[str]) -> None:
    seen.append("other")


@pytest.mark.usefixtures("project")
async def test_cookies_are_not_shown_and_why_one_is_nobody_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shown, logged = [], []
    for name in PACKAGES:
        auth = importlib.import_module(f"{name}.auth")
        caplog.clear()
        app = Spy()
        headers = [(b"cookie", b"sessionid=12345678")]
        scope: Scope = {"type": "websocket", "headers": headers}
        with caplog.at_level(logging.INFO):
            await auth.AuthMiddlewareStack(app)(scope, None, None)
        shown.append(str(app.scopes[0]["cookies"]))
        logged.append([r.name for r in caplog.records])

    assert shown == ["{'sessionid': '12345678'}", "<Cookies •••>"]
    assert logged == [[], ["minichannels"]]
