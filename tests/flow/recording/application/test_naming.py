"""What a connection is called whose consumer stands behind others."""

import asyncio
import functools
import importlib
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from quart import Blueprint, Quart
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from minichannels.flow import Flow, record
from minichannels.flow.journal.events import Lane
from minichannels.flow.recording.application.naming import (
    DEEPEST,
    Naming,
)
from minichannels.flow.recording.application.recorder import Recorder
from minichannels.flow.recording.endpoints.scopes import MOST_AROUND, called
from minichannels.flow.recording.tasks import Home
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.middleware import BaseMiddleware
from minichannels.routing import ProtocolTypeRouter, URLRouter, path
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send
from support import django_settings
from support.libraries import framework
from support.limit import LIMIT
from support.loops import FACTORIES, tasks_made_by

_channels: Any = importlib.import_module("channels.generic.websocket")
_handlers: Any = importlib.import_module("django.core.handlers.asgi")
_http: Any = importlib.import_module("django.http")
_test: Any = importlib.import_module("django.test")
_urls: Any = importlib.import_module("django.urls")
_views: Any = importlib.import_module("django.views")

BASES = {
    "async": AsyncWebsocketConsumer,
    "sync": WebsocketConsumer,
    "async of Channels": _channels.AsyncWebsocketConsumer,
    "sync of Channels": _channels.WebsocketConsumer,
}


async def function(scope: Scope, receive: Receive, send: Send) -> None: ...


class Site:
    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None: ...


@pytest.mark.parametrize(
    ("application", "name"),
    [
        (function, "function"),
        (Site(), "Site"),
        (functools.partial(function), "function"),
        (functools.partial(Site()), "Site"),
        (Starlette(), "Starlette"),
        (Recorder(Starlette()), "Starlette"),
    ],
)
def test_an_application_is_called_as_its_function_or_its_class(
    application: object, name: str
) -> None:
    assert called(application) == name


async def visited(application: ASGIApp, times: int = 1) -> Flow:
    django_settings.set_up()
    with record(application) as flow:
        for _ in range(times):
            ada = WebsocketCommunicator(flow.app, "/chat/")
            assert (await ada.connect())[0]
            await ada.disconnect()
    return Flow(flow.events)


def names(flow: Flow) -> list[str]:
    return list(dict.fromkeys(event.application for event in flow))


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
@pytest.mark.parametrize("factory", FACTORIES)
async def test_consumer_is_named_behind_routers_and_a_middleware(
    base: Any, factory: Any
) -> None:
    class Chat(base):  # type: ignore[misc]
        pass

    routes = URLRouter([path("chat/", BaseMiddleware(Chat.as_asgi()))])

    with tasks_made_by(factory):
        flow = await visited(ProtocolTypeRouter({"websocket": routes}), times=2)

    assert names(flow) == ["Chat#1", "Chat#2"]
    assert [e.handler for e in flow if e.kind == "receive"] == [
        *("connect", "disconnect") * 2
    ]


async def in_its_own(application: Awaitable[None]) -> None:
    await asyncio.ensure_future(application)


async def in_a_group(application: Awaitable[None]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(in_its_own(application))


async def in_time(application: Awaitable[None]) -> None:
    await asyncio.wait_for(application, LIMIT)


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
@pytest.mark.parametrize("run", [in_its_own, in_a_group, in_time])
async def test_consumer_is_named_that_a_middleware_runs_in_a_task(
    base: Any, run: Callable[[Awaitable[None]], Awaitable[None]]
) -> None:
    class Chat(base):  # type: ignore[misc]
        pass

    inner: Any = URLRouter([path("chat/", Chat.as_asgi())])

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        await run(inner(scope, receive, send))

    flow = await visited(middleware)

    assert names(flow) == ["Chat#1"]
    handlers = [e.handler for e in flow if e.kind == "receive"]
    assert handlers[1:] == ["disconnect"]


async def test_who_is_sent_something_is_not_named_after_who_sends_it() -> None:
    sockets: asyncio.Queue[Send] = asyncio.Queue()
    over = asyncio.Event()

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        sockets.put_nowait(send)
        await over.wait()

    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await (await sockets.get())({"type": "websocket.accept"})
            await self.accept()

    routes: Any = URLRouter(
        [path("first/", waits), path("chat/", Chat.as_asgi())]
    )

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        await in_its_own(routes(scope, receive, send))

    with record(middleware) as flow:
        first = WebsocketCommunicator(flow.app, "/first/")
        ada = WebsocketCommunicator(flow.app, "/chat/")
        await asyncio.gather(first.connect(), ada.connect())
        over.set()
        await ada.disconnect()

    assert names(Flow(flow.events)) == ["middleware#1", "Chat#1"]


async def endpoint(socket: WebSocket) -> None:
    await socket.accept()
    await socket.receive()


class Greeting(HTTPEndpoint):
    async def get(self, request: Request) -> Response:
        return Response("hello")


async def test_endpoint_is_named_that_a_framework_found() -> None:
    site = Starlette(
        routes=[WebSocketRoute("/chat/", endpoint), Route("/", Greeting)]
    )

    flow = await visited(site)
    with record(site) as other:
        await HttpCommunicator(other.app, "GET", "/").get_response()

    assert names(flow) == ["endpoint#1"]
    assert names(Flow(other.events)) == ["Greeting#1"]


class Hall:
    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await endpoint(WebSocket(scope, receive, send))


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
@pytest.mark.parametrize("routed", [False, True])
async def test_consumer_is_named_that_is_mounted_in_a_framework(
    base: Any, routed: bool
) -> None:
    class Chat(base):  # type: ignore[misc]
        pass

    chat: Any = Chat.as_asgi()
    inner = URLRouter([path("", chat)]) if routed else chat

    flow = await visited(Starlette(routes=[Mount("/chat", inner)]))

    assert names(flow) == ["Chat#1"]
    assert [e.handler for e in flow if e.kind == "receive"] == [
        *("connect", "disconnect")
    ]


async def test_application_that_is_mounted_is_named_by_its_class() -> None:
    flow = await visited(Starlette(routes=[Mount("/chat", Hall())]))

    assert names(flow) == ["Hall#1"]


@pytest.mark.parametrize("own", [False, True])
async def test_application_of_ones_own_is_named_behind_a_router(
    own: bool,
) -> None:
    class Passing(BaseMiddleware):
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> None:
            await self.inner(scope, receive, send)

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await endpoint(WebSocket(scope, receive, send))

    middleware = Passing if own else BaseMiddleware
    routes = URLRouter([path("chat/", middleware(site))])
    house = ProtocolTypeRouter({"websocket": middleware(routes)})

    assert names(await visited(house)) == ["site#1"]
    # What the recorder was given itself is named by whoever runs it.
    alone = "Passing#1" if own else "site#1"
    assert names(await visited(middleware(site))) == [alone]


async def test_endpoint_without_a_name_is_called_after_its_class() -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = Greeting({"type": "http"}, receive, send)
        await endpoint(WebSocket(scope, receive, send))

    assert names(await visited(site)) == ["Greeting#1"]


async def test_endpoint_is_named_that_a_handler_of_the_scope_keeps() -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route_handler"] = SimpleNamespace(fn=endpoint)  # as Litestar
        await endpoint(WebSocket(scope, receive, send))

    assert names(await visited(site)) == ["endpoint#1"]


def lobby_of(socket: WebSocket) -> None: ...


class Listener:
    """Hears what comes over a socket, as Litestar's."""

    def on_receive(self, data: str) -> None: ...


def decorated(function: Any) -> Any:
    """Return a function that has not been given the name of another one."""

    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


def of_sockets(function: Any) -> Any:
    """Return a function that only its developer knows to be around another."""

    def inner(socket: WebSocket) -> Any:
        return function(socket)

    return inner


class Around:
    """What is called in place of a function, as Litestar's for a thread."""

    def __init__(self, function: Any) -> None:
        self.func = function

    def __call__(self, *given: Any) -> Any:
        return self.func(*given)


def in_many(function: Any, times: int) -> Any:
    for _ in range(times):
        function = Around(function)
    return function


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (functools.partial(endpoint), "endpoint#1"),
        (SimpleNamespace(func=endpoint), "endpoint#1"),
        (SimpleNamespace(_fn=endpoint), "endpoint#1"),
        (SimpleNamespace(_fn=Listener().on_receive), "Listener#1"),
        (in_many(Listener().on_receive, 2), "Listener#1"),
        (in_many(endpoint, 2 * MOST_AROUND), "Around#1"),
        (Hall().__call__, "__call__#1"),
        (decorated(decorated(endpoint)), "endpoint#1"),
        (of_sockets(endpoint), "inner#1"),
        (functools.wraps(endpoint)(decorated(Hall())), "endpoint#1"),
        (functools.wraps(lobby_of)(decorated(endpoint)), "lobby_of#1"),
    ],
)
async def test_what_stands_around_an_endpoint_is_passed_over(
    found: Any, name: str
) -> None:
    assert names(await visited(site_with(found))) == [name]


def site_with(found: Any) -> ASGIApp:
    """Return an application in which a framework has found an endpoint."""

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = found
        await endpoint(WebSocket(scope, receive, send))

    return site


async def as_it_is(socket: WebSocket) -> None:
    await endpoint(socket)


async def in_a_task(socket: WebSocket) -> None:
    await asyncio.create_task(endpoint(socket))


@pytest.mark.parametrize("run", [as_it_is, in_a_task])
@pytest.mark.parametrize("calls", [1, 2 * DEEPEST])
async def test_function_that_nobody_found_keeps_its_name(
    run: Callable[[WebSocket], Awaitable[None]], calls: int
) -> None:
    async def deep(number: int, socket: WebSocket) -> None:
        if number:
            await deep(number - 1, socket)
        else:
            await run(socket)

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        await deep(calls, WebSocket(scope, receive, send))

    assert names(await visited(site)) == ["site#1"]


def test_what_runs_in_no_task_keeps_its_name() -> None:
    lane = Lane(1, "ada", "site#1")

    naming = Naming(lane, lambda name: 1, Home())
    assert naming.look({"type": "websocket"}) is None
    assert lane.application == "site#1"


async def test_view_of_quart_is_named_also_in_a_blueprint() -> None:
    quart, blueprint = Quart(__name__), Blueprint("rooms", __name__)

    @blueprint.get("/rooms")
    async def listed() -> str:
        return "none"

    quart.register_blueprint(blueprint)
    site: Any = quart

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        known = {"scheme": "http", "http_version": "1.1"}
        await site({**known, **scope}, receive, send)

    with record(application) as flow:
        for where in ("/rooms", "/nowhere"):
            asking = HttpCommunicator(flow.app, "GET", where)
            await asking.get_response()

    assert names(Flow(flow.events)) == ["listed#1", "application#2"]


def listing(request: Any) -> Any:
    return _http.HttpResponse("none")


class Room(_views.View):  # type: ignore[misc]
    def get(self, request: Any) -> Any:
        return _http.HttpResponse("one")


def of_ninja(request: Any) -> Any:
    return _http.HttpResponse("added")


of_ninja.__module__ = "ninja.operation"


class Door:
    def __call__(self, request: Any) -> Any:
        return _http.HttpResponse("open")


class Urls:
    """What Django's ROOT_URLCONF is."""

    urlpatterns = (
        _urls.path("rooms/", listing),
        _urls.path("room/", Room.as_view()),
        _urls.path("add/", of_ninja, name="add"),
        _urls.path("docs/", functools.partial(listing), name="docs"),
        _urls.path("partial/", functools.partial(listing)),
        _urls.path("door/", Door()),
        _urls.path("decorated/", decorated(listing)),
        _urls.path("around/", decorated(decorated(Room.as_view()))),
    )


async def test_view_of_django_is_named_by_its_function_or_class() -> None:
    django_settings.set_up()
    with (
        _test.override_settings(ROOT_URLCONF=Urls, ALLOWED_HOSTS=["*"]),
        record(_handlers.ASGIHandler()) as flow,
    ):
        for where in (
            *("rooms", "room", "add", "docs"),
            *("partial", "door", "decorated", "around", "nowhere"),
        ):
            asking = HttpCommunicator(flow.app, "GET", f"/{where}/")
            await asking.get_response()
            await asking.wait(LIMIT)  # until it has closed its files

    assert names(Flow(flow.events)) == [
        *("listing#1", "Room#1", "add#1", "docs#1"),
        *("listing#2", "Door#1", "listing#3", "Room#2", "ASGIHandler#9"),
    ]


class FalconApp:
    """Knows the resource of a request, as Falcon's application does."""

    __module__ = "falcon.asgi.app"

    def __init__(self, resource: object) -> None:
        self.resource = resource

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await receive()
        resource = self.resource  # found after the first event has come
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})
        del resource


class SanicRequest:
    """Has an endpoint once it is routed, as Sanic's."""

    __module__ = "sanic.request.types"
    endpoint: str | None = None


class SanicApp:
    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        request = SanicRequest()
        await self.found(request, receive)

    async def found(self, request: SanicRequest, receive: Receive) -> None:
        request.endpoint = "site.feed"
        await receive()


@pytest.mark.parametrize(
    ("resource", "name"), [(Greeting, "type#1"), (None, "FalconApp#1")]
)
async def test_resource_of_falcon_is_named(resource: Any, name: str) -> None:
    with record(FalconApp(resource)) as flow:
        await HttpCommunicator(flow.app, "GET", "/").get_response()

    assert names(Flow(flow.events)) == [name]


async def test_handler_is_named_that_is_found_behind_the_acceptance() -> None:
    assert names(await visited(SanicApp())) == ["feed#1"]


def served(component: object, module: str) -> Any:
    """Return an endpoint as ReactPy makes one for a component."""

    async def model_stream(socket: WebSocket) -> None:
        assert component is not None
        await endpoint(socket)

    model_stream.__module__ = module
    return model_stream


class Layout:
    """An endpoint of ReactPy that is no function."""

    __module__ = "reactpy.layout"


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (served(Greeting, "reactpy.backend.starlette"), "Greeting#1"),
        (served(Greeting, "somewhere.else"), "model_stream#1"),
        (Layout(), "Layout#1"),
    ],
)
async def test_component_of_reactpy_is_named(found: Any, name: str) -> None:
    assert names(await visited(site_with(found))) == [name]


# Frameworks that say nothing: whatever is no code of the developer's own

CALLING = """
async def made(scope, receive, send):
    async def passing(text):
        await send({"type": text})
    await passed(scope, receive, passing)
async def passed(scope, receive, send):
    await view(Socket(receive, send))
class Socket:
    def __init__(self, receive, send):
        self.receive, self.send = receive, send
    async def accept(self):
        await self.receive()
        await self.send("websocket.accept")
"""


async def lobby(socket: Any) -> None:
    await helper(socket)


async def helper(socket: Any) -> None:
    await socket.accept()


class Lobby:
    async def enter(self, socket: Any) -> None:
        await socket.accept()


@pytest.mark.parametrize(
    ("view", "name"), [(lobby, "lobby#1"), (Lobby().enter, "Lobby#1")]
)
async def test_first_own_call_behind_a_framework_is_named(
    view: Callable[[Any], Awaitable[None]], name: str
) -> None:
    assert names(await visited(framework(CALLING, view=view))) == [name]


async def test_own_middleware_around_a_framework_is_not_named() -> None:
    inner = framework(CALLING, view=Lobby().enter)

    async def read(receive: Receive) -> Message:
        return await receive()

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            await send(message)

        first = await read(receive)

        async def again() -> Message:
            return first

        await inner(scope, again, noting)

    (name,) = names(await visited(middleware))

    assert name == "Lobby#1"


async def test_send_of_an_own_middleware_is_not_named() -> None:
    answering = framework(
        """
        async def made(scope, receive, send):
            await receive()
            await answer(scope, receive, send)
        async def answer(scope, receive, send):
            await send({"type": "websocket.accept"})
        """
    )

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            await send(message)

        await answering(scope, receive, noting)

    assert names(await visited(middleware)) == ["middleware#1"]


def held(**own: Any) -> Any:
    """Return a library's endpoint that keeps some things of its developer's."""
    made = """
    def make(f, g):
        async def endpoint(request):
            return f, g
        if f is None:
            del f
        return endpoint
    made = make(f, g)
    """
    return framework(made, **own)


def socket_of(module: str, **methods: Any) -> type[Any]:
    """Return a class of a module's, as FastHTML makes one for each socket."""
    return type("Socket", (), {"__module__": module, **methods})


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (held(f=lobby, g=1), "lobby#1"),
        (held(f=lobby, g=helper), "endpoint#1"),  # it may be either
        (held(f=None, g=helper), "helper#1"),
        (framework("async def made(request): ..."), "made#1"),
        (socket_of("json", on_receive=held(f=lobby, g=1)), "lobby#1"),
        (socket_of(__name__, on_receive=held(f=lobby, g=1)), "Socket#1"),
        (socket_of("json", on_receive=lobby), "Socket#1"),
        (socket_of("json"), "Socket#1"),
        (socket_of("nowhere"), "Socket#1"),
    ],
)
async def test_own_function_is_named_that_a_librarys_endpoint_calls(
    found: Any, name: str
) -> None:
    assert names(await visited(site_with(found))) == [name]


@pytest.mark.parametrize(
    "handler", [endpoint, SimpleNamespace(fn=endpoint)], ids=["Lilya", "Ravyn"]
)
async def test_endpoint_is_named_that_a_route_of_the_scope_keeps(
    handler: Any,
) -> None:
    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = SimpleNamespace(handler=handler)
        await endpoint(WebSocket(scope, receive, send))

    assert names(await visited(site)) == ["endpoint#1"]


class Odd:
    """What raises, whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


async def test_an_odd_object_on_the_way_disturbs_nobody() -> None:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        scope["endpoint"] = Odd()
        await Response("fine")(scope, receive, send)

    with record(application) as flow:
        response = await HttpCommunicator(flow.app, "GET", "/").get_response()

    assert response["body"] == b"fine"
    assert {event.application for event in flow.events} == {"application#1"}
