"""Routers by path: which route is taken, and what the inner one sees."""

from typing import Any, ClassVar

import pytest

from minichannels.middleware import BaseMiddleware
from minichannels.routing import (
    URLRouter,
    path,
    re_path,
)
from minichannels.routing.url_router import _entries
from minichannels.security.websocket import OriginValidator
from minichannels.types import ASGIApp, Receive, Scope, Send
from support.spies import Chat, Spy, call

# URLRouter: which route


async def test_url_router_takes_the_first_route_that_matches() -> None:
    first, second, third = Spy(), Spy(), Spy()
    router = URLRouter(
        [
            path("other/", first),
            path("<word>/", second),
            path("chat/", third),
        ]
    )

    await call(router, "/chat/")

    assert [len(spy.scopes) for spy in (first, second, third)] == [0, 1, 0]


async def test_url_router_adds_its_match_to_a_copy_of_the_scope() -> None:
    spy = Spy()
    scope: Scope = {"type": "websocket", "path": "/chat/lobby/"}

    await URLRouter([path("chat/<room>/", spy)])(
        scope,
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
    )

    assert scope == {"type": "websocket", "path": "/chat/lobby/"}
    assert spy.scopes == [
        {
            "type": "websocket",
            "path": "/chat/lobby/",
            "path_remaining": "",
            "url_route": {"args": (), "kwargs": {"room": "lobby"}},
        }
    ]


async def test_url_router_without_a_match_names_what_it_tried() -> None:
    router = URLRouter([path("ws/chat/<room>/", Spy()), path("echo/", Spy())])

    with pytest.raises(
        ValueError,
        match=r"^No route found for path '/x'; tried"
        r" 'ws/chat/<room>/', 'echo/'$",
    ):
        await call(router, "/x")


async def test_url_router_without_routes_says_so() -> None:
    with pytest.raises(ValueError, match=r"path '/'; tried no route at all$"):
        await call(URLRouter([]))


async def test_url_router_needs_a_path() -> None:
    with pytest.raises(ValueError, match="no path in a scope of type 'chat'"):
        await URLRouter([])(
            {"type": "chat"},
            None,  # type: ignore[arg-type]
            None,  # type: ignore[arg-type]
        )


async def test_url_router_adds_default_kwargs_which_win() -> None:
    spy = Spy()
    router = URLRouter([path("<a>/<b>/", spy, {"b": "set", "c": 3}, "name")])

    await call(router, "/1/2/")

    assert spy.kwargs == [{"a": "1", "b": "set", "c": 3}]


async def test_url_router_does_not_hide_a_value_error_of_an_app() -> None:
    fallback = Spy()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("from the application")

    inner = URLRouter([path("b/", app)])
    router = URLRouter([path("a/", inner), path("a/b/", fallback)])

    with pytest.raises(ValueError, match=r"^from the application$"):
        await call(router, "/a/b/")
    assert fallback.scopes == []


def test_url_router_keeps_its_routes_as_they_were() -> None:
    routes = [path("a/", URLRouter([])), path("b/", Spy())]

    router = URLRouter(routes)

    assert router.routes is routes
    # Still an endpoint: only the router's own copy is a prefix.
    assert routes[0].pattern.match("a/b/") is None


def test_url_router_looks_at_its_routes_once() -> None:
    router = URLRouter([path("a/", Spy())])

    assert _entries(router) is _entries(router)


# URLRouter: the path and where the application is mounted


@pytest.mark.parametrize(
    ("root_path", "full_path"),
    [
        ("", "/chat/"),
        (None, "/chat/"),
        ("", "chat/"),
        ("", "//chat/"),
        ("/", "/chat/"),
        ("/app", "/app/chat/"),
        ("/app/", "/app/chat/"),
        ("/app/v1", "/app/v1/chat/"),
    ],
)
async def test_url_router_takes_off_the_root_path(
    root_path: str | None, full_path: str
) -> None:
    spy = Spy()

    await call(URLRouter([path("chat/", spy)]), full_path, root_path=root_path)

    assert len(spy.scopes) == 1


async def test_url_router_finds_the_root_of_its_root_path() -> None:
    spy = Spy()

    await call(URLRouter([path("", spy)]), "/app", root_path="/app")

    assert len(spy.scopes) == 1


@pytest.mark.parametrize("full_path", ["/applepie", "/ap", "/x/app/lepie"])
async def test_url_router_knows_where_a_root_path_ends(full_path: str) -> None:
    router = URLRouter([path("lepie", Spy()), re_path("", Spy())])

    with pytest.raises(
        ValueError,
        match=f"No route found for path '{full_path}'; the application is at"
        " '/app'",
    ):
        await call(router, full_path, root_path="/app")


# URLRouter: one below the other


async def test_url_router_nests_and_merges_what_was_captured() -> None:
    spy = Spy()
    inner = URLRouter([re_path(r"^(\w+)-(\w+)/$", spy)])
    middle = URLRouter([path("<a>/<int:b>/", inner, {"c": 3})])
    outer = URLRouter([path("<a>/", middle)])

    await call(outer, "/1/2/3/x-y/")

    assert spy.kwargs == [{"a": "2", "b": 3, "c": 3}]
    assert spy.args == [("x", "y")]
    assert spy.scopes[0]["path_remaining"] == ""


async def test_url_router_joins_positional_parameters_outer_first() -> None:
    spy = Spy()
    inner = URLRouter([re_path(r"^(\w+)/$", spy)])

    await call(URLRouter([re_path(r"^(\w+)/", inner)]), "/a/b/")

    assert spy.args == [("a", "b")]


async def test_url_router_goes_on_where_a_nested_router_has_no_match() -> None:
    spy = Spy()
    inner = URLRouter([path("b/", Spy())])
    router = URLRouter([path("a/", inner), path("a/c/", spy)])

    await call(router, "/a/c/")

    assert spy.scopes[0]["url_route"] == {"args": (), "kwargs": {}}


async def test_url_router_names_nested_routes_in_full() -> None:
    deepest = URLRouter([path("x/", Spy()), re_path("^y/$", Spy())])
    inner = URLRouter([path("b/", deepest), path("", Spy())])
    router = URLRouter([path("a/", BaseMiddleware(inner))])

    with pytest.raises(
        ValueError,
        match=r"for path '/a/z/'; tried 'a/b/x/', 'a/b/\^y/\$', 'a/'$",
    ):
        await call(router, "/a/z/")


class StarletteStyle:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        await self.app(scope, receive, send)


async def test_url_router_routes_through_middleware() -> None:
    spy = Spy()
    inner = URLRouter([path("<room>/", spy)])
    wrapped = StarletteStyle(BaseMiddleware(OriginValidator(inner, ["*"])))

    await call(URLRouter([path("chat/", wrapped)]), "/chat/lobby/")

    assert spy.kwargs == [{"room": "lobby"}]


async def test_url_router_skips_middleware_whose_router_has_no_match() -> None:
    class Refuse(BaseMiddleware):
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> None:
            raise PermissionError

    spy = Spy()
    router = URLRouter(
        [path("", Refuse(URLRouter([path("a/", Spy())]))), path("b/", spy)]
    )

    await call(router, "/b/")

    assert len(spy.scopes) == 1


async def test_url_router_wants_the_whole_path_for_wrapped_apps() -> None:
    router = URLRouter([path("chat/", BaseMiddleware(Spy()))])

    with pytest.raises(
        ValueError, match="No route found for path '/chat/lobby/'"
    ):
        await call(router, "/chat/lobby/")


async def test_url_router_below_an_unknown_wrapper_gets_the_rest() -> None:
    spy = Spy()
    inner = URLRouter([path("b/", spy)])

    async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)

    router = URLRouter([re_path("^a/", wrapper)])

    await call(router, "/a/b/")
    with pytest.raises(ValueError, match="for path 'c/'; tried 'b/'"):
        await call(router, "/a/c/")
    assert len(spy.scopes) == 1


@pytest.mark.parametrize("length", [1, 3])
async def test_url_router_ends_where_wrappers_form_a_ring(length: int) -> None:
    class Ring(Spy):
        app: ASGIApp

        __hash__ = None  # type: ignore[assignment]

    ring = [Ring() for _ in range(length)]
    for number, wrapper in enumerate(ring):
        wrapper.app = ring[number - 1]

    await call(URLRouter([path("a/", ring[0])]), "/a/")

    assert len(ring[0].scopes) == 1


async def test_url_router_does_not_see_what_a_function_wraps() -> None:
    spy = Spy()
    inner = URLRouter([path("b/", spy)])

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapper(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, send)

        return wrapper

    with pytest.raises(ValueError, match="No route found for path '/a/b/'"):
        await call(URLRouter([path("a/", wrap(inner))]), "/a/b/")

    await call(URLRouter([re_path("^a/", wrap(inner))]), "/a/b/")
    assert len(spy.scopes) == 1


async def test_url_router_takes_only_true_for_a_hidden_router() -> None:
    class Odd(Spy):
        def __getattr__(self, name: str) -> str:
            if name != "_path_routing":
                raise AttributeError(name)
            return "has any attribute, as a mock"

    spy = Odd()
    router = URLRouter([path("a/", spy)])

    await call(router, "/a/")
    with pytest.raises(ValueError, match="No route found for path '/a/b/'"):
        await call(router, "/a/b/")
    assert len(spy.scopes) == 1


# URLRouter: wrong routes


@pytest.mark.parametrize("bad", [None, "routes", path("x", Spy())], ids=type)
def test_url_router_refuses_what_is_no_list(bad: Any) -> None:
    with pytest.raises(TypeError, match="takes a list of routes, not"):
        URLRouter(bad)


def test_url_router_refuses_what_is_no_route() -> None:
    with pytest.raises(TypeError, match=r"path\(\) or re_path\(\), not 'a/'"):
        URLRouter(["a/"])  # type: ignore[list-item]


def test_url_router_refuses_an_include() -> None:
    class Include:
        pattern = path("a/", Spy()).pattern
        callback = None
        default_args: ClassVar[dict[str, Any]] = {}

    with pytest.raises(
        ValueError,
        match=r"application of route 'a/' is missing: include\(\) is not for",
    ):
        URLRouter([Include()])


def test_path_refuses_a_consumer_class() -> None:
    with pytest.raises(
        TypeError,
        match=r"the application of route 'a/' is the consumer class Chat; "
        r"use Chat\.as_asgi\(\)",
    ):
        path("a/", Chat)  # type: ignore[arg-type]


def test_path_refuses_what_cannot_be_called() -> None:
    with pytest.raises(TypeError, match="application of route 'a/' is 'chat'"):
        path("a/", "chat")  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [path, re_path])
def test_path_refuses_an_include(make: Any) -> None:
    with pytest.raises(TypeError, match=r"'a/': include\(\) .* URLRouter"):
        make("a/", ([], None, None))


def test_path_refuses_kwargs_that_are_no_dict() -> None:
    with pytest.raises(TypeError, match="kwargs of route 'a/' is 'b', not a"):
        path("a/", Spy(), "b")  # type: ignore[arg-type]
