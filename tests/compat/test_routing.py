import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from minichannels.types import Receive, Scope, Send
from support.spies import Spy

Load = Callable[[str], Any]


class Kit(NamedTuple):
    """A routing module, and what makes routes for it."""

    routing: Any
    middleware: Any
    path: Any
    re_path: Any


@pytest.fixture(params=["channels", "minichannels", "mixed"])
def kit(request: pytest.FixtureRequest) -> Kit:
    name = "channels" if request.param == "channels" else "minichannels"
    routing = importlib.import_module(f"{name}.routing")
    middleware = importlib.import_module(f"{name}.middleware")
    urls = routing
    if request.param != "minichannels":
        urls = importlib.import_module("django.urls")
    return Kit(routing, middleware, urls.path, urls.re_path)


async def call(app: Any, path: str = "/", **scope: Any) -> None:
    await app({"type": "websocket", "path": path, **scope}, None, None)


async def test_protocol_type_router(kit: Kit) -> None:
    spy = Spy()
    router = kit.routing.ProtocolTypeRouter({"websocket": spy})

    await call(router, "/x")

    assert spy.scopes == [{"type": "websocket", "path": "/x"}]
    assert router.application_mapping == {"websocket": spy}
    with pytest.raises(ValueError, match=r"(?i)no application.* 'http'"):
        await call(router, type="http")


async def test_channel_name_router(kit: Kit) -> None:
    spy = Spy()
    router = kit.routing.ChannelNameRouter({"mails": spy})

    await call(router, type="channel", channel="mails")

    assert len(spy.scopes) == 1
    assert router.application_mapping == {"mails": spy}
    with pytest.raises(ValueError, match=r"(?i)no application.* 'x'"):
        await call(router, type="channel", channel="x")
    with pytest.raises(ValueError, match="channel"):
        await call(router)


@pytest.mark.parametrize(
    ("route", "url", "remaining", "args", "kwargs"),
    [
        ("chat/<room>/", "/chat/a b/", "", (), {"room": "a b"}),
        ("<int:pk>", "/007", "", (), {"pk": 7}),
        ("<path:p>", "/a/b/", "", (), {"p": "a/b/"}),
        ("", "/", "", (), {}),
        ("", "", "", (), {}),
        ("chat/", "//chat/", "", (), {}),
        ("^chat/", "/chat/a/b", "a/b", (), {}),
        ("chat/", "/chat/", "", (), {}),
        (r"^(\w+)/(\w+)/$", "/a/b/", "", ("a", "b"), {}),
        (r"^(?P<a>\w+)/(\w+)/$", "/a/b/", "", (), {"a": "a"}),
        (r"^(?P<a>x)?(?P<b>\w+)/$", "/b/", "", (), {"b": "b"}),
        (r"(b)/", "/a/b/c", "c", ("b",), {}),
    ],
)
async def test_url_router_matches(
    kit: Kit,
    route: str,
    url: str,
    remaining: str,
    args: tuple[str, ...],
    kwargs: dict[str, Any],
) -> None:
    spy = Spy()
    make = kit.re_path if set("^(") & set(route) else kit.path

    await call(kit.routing.URLRouter([make(route, spy)]), url)

    assert spy.scopes == [
        {
            "type": "websocket",
            "path": url,
            "path_remaining": remaining,
            "url_route": {"args": args, "kwargs": kwargs},
        }
    ]


async def test_url_router_without_a_match(kit: Kit) -> None:
    router = kit.routing.URLRouter([kit.path("a/", Spy())])

    with pytest.raises(ValueError, match=r"(?i)no route"):
        await call(router, "/b/")


async def test_url_router_without_a_path(kit: Kit) -> None:
    with pytest.raises(ValueError, match=r"(?i)no '?path"):
        await kit.routing.URLRouter([])({"type": "chat"}, None, None)


@pytest.mark.parametrize(
    "scope", [{}, {"path": None}, {"path": "/None", "path_remaining": None}]
)
async def test_routers_say_what_a_scope_lacks(kit: Kit, scope: Any) -> None:
    routers = (
        kit.routing.URLRouter([kit.path("None", Spy())]),
        kit.routing.ChannelNameRouter({}),
    )
    for router in routers:
        with pytest.raises(ValueError, match=r"(?i)path|channel"):
            await router(scope, None, None)


async def test_protocol_type_router_says_that_a_type_is_missing(
    kit: Kit,
) -> None:
    router = kit.routing.ProtocolTypeRouter({"http": Spy()})
    with pytest.raises(KeyError, match="type"):
        await router({"path": "/"}, None, None)


async def test_url_router_takes_off_the_root_path(kit: Kit) -> None:
    spy = Spy()
    router = kit.routing.URLRouter([kit.path("a/", spy)])

    await call(router, "/app/a/", root_path="/app")

    assert len(spy.scopes) == 1
    with pytest.raises(ValueError, match=r"(?i)no route"):
        await call(router, "/other/a/", root_path="/app")


async def test_url_router_nested(kit: Kit) -> None:
    spy = Spy()
    inner = kit.routing.URLRouter([kit.re_path(r"^(\w)-(\w)/$", spy, {"d": 4})])
    middle = kit.routing.URLRouter([kit.path("<a>/<b>/", inner, {"c": 3})])
    outer = kit.routing.URLRouter([kit.path("<a>/", middle)])

    await call(outer, "/1/2/3/x-y/")

    assert spy.scopes[0]["url_route"] == {
        "args": ("x", "y"),
        "kwargs": {"a": "2", "b": "3", "c": 3, "d": 4},
    }


async def test_url_router_goes_on_after_a_nested_router(kit: Kit) -> None:
    spy = Spy()
    inner = kit.routing.URLRouter([kit.path("b/", Spy())])
    outer = kit.routing.URLRouter(
        [kit.path("<x>/", inner), kit.path("<y>/c/", spy)]
    )

    await call(outer, "/a/c/")

    assert spy.scopes[0]["url_route"]["kwargs"] == {"y": "a"}


async def test_url_router_nested_without_any_match(kit: Kit) -> None:
    inner = kit.routing.URLRouter([kit.path("b/", Spy())])
    outer = kit.routing.URLRouter([kit.path("a/", inner)])

    with pytest.raises(ValueError, match=r"(?i)no route"):
        await call(outer, "/a/c/")


async def test_url_router_default_kwargs_win(kit: Kit) -> None:
    spy = Spy()

    await call(
        kit.routing.URLRouter([kit.path("<a>/", spy, {"a": "set"})]), "/x/"
    )

    assert spy.scopes[0]["url_route"]["kwargs"] == {"a": "set"}


async def test_middleware_below_a_router_that_ends_there(kit: Kit) -> None:
    spy = Spy()
    wrapped = kit.middleware.BaseMiddleware(spy)

    await call(kit.routing.URLRouter([kit.path("a/", wrapped)]), "/a/")

    assert spy.scopes[0]["path"] == "/a/"


@pytest.mark.parametrize("regex", [False, True])
async def test_function_around_a_router_says_so(kit: Kit, regex: bool) -> None:
    spy = Spy()
    inner = kit.routing.URLRouter([kit.path("<int:page>/", spy)])

    def wrap(app: Any) -> Any:
        async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, send)

        wrapper._path_routing = app._path_routing  # type: ignore[attr-defined]
        return wrapper

    outer = (
        kit.re_path(r"^(?P<n>\d+)/", wrap(inner))
        if regex
        else kit.path("<n>/", wrap(inner))
    )
    router = kit.routing.URLRouter([outer])

    await call(router, "/42/3/")

    kwargs = {"n": "42", "page": 3}
    assert spy.scopes[0]["url_route"] == {"args": (), "kwargs": kwargs}
    for path in "/42/3/more/", "/42/more/":
        with pytest.raises(ValueError, match=r"(?i)no route"):
            await call(router, path)


# Where they differ, on purpose


def route_through_middleware(name: str, path: Any) -> Any:
    routing = importlib.import_module(f"{name}.routing")
    middleware = importlib.import_module(f"{name}.middleware")
    inner = routing.URLRouter([path("b/", Spy())])
    return routing.URLRouter([path("a/", middleware.BaseMiddleware(inner))])


async def test_difference_middleware_between_nested_routers() -> None:
    path = importlib.import_module("django.urls").path
    with pytest.raises(ValueError, match="No route found for path 'a/b/'"):
        await call(route_through_middleware("channels", path), "/a/b/")

    await call(route_through_middleware("minichannels", path), "/a/b/")


async def test_difference_root_path_ends_with_a_segment() -> None:
    path = importlib.import_module("django.urls").path
    theirs, ours = Spy(), Spy()
    channels = importlib.import_module("channels.routing")
    minichannels = importlib.import_module("minichannels.routing")

    router = channels.URLRouter([path("lepie", theirs)])
    await call(router, "/applepie", root_path="/app")
    router = minichannels.URLRouter([path("lepie", ours)])
    with pytest.raises(ValueError, match="the application is at '/app'"):
        await call(router, "/applepie", root_path="/app")

    assert [len(theirs.scopes), len(ours.scopes)] == [1, 0]


async def test_difference_routes_are_not_modified() -> None:
    path = importlib.import_module("django.urls").path
    changed = []
    for name in ("channels", "minichannels"):
        routing = importlib.import_module(f"{name}.routing")
        route = path("a/", routing.URLRouter([]))
        before = route.pattern
        routing.URLRouter([route])
        changed.append(route.pattern is not before)

    assert changed == [True, False]


async def test_difference_an_application_may_raise_resolver404() -> None:
    path = importlib.import_module("django.urls").path
    error = importlib.import_module("django.urls").Resolver404

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    def routes(name: str, fallback: Spy) -> Any:
        routing = importlib.import_module(f"{name}.routing")
        return routing.URLRouter([path("a/", app), path("<x>/", fallback)])

    theirs, ours = Spy(), Spy()
    await call(routes("channels", theirs), "/a/")
    with pytest.raises(error):
        await call(routes("minichannels", ours), "/a/")

    assert [len(theirs.scopes), len(ours.scopes)] == [1, 0]
