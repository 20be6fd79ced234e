"""Django's own routes in our router, and our patterns beside Django's."""

import contextlib
import importlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minichannels.middleware import BaseMiddleware
from minichannels.routing import URLRouter, patterns
from minichannels.types import Receive, Scope, Send

urls: Any = importlib.import_module("django.urls")
resolvers: Any = importlib.import_module("django.urls.resolvers")


class Spy:
    def __init__(self) -> None:
        self.routes: list[dict[str, Any]] = []

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self.routes.append(scope["url_route"])


async def call(app: Any, path: str) -> None:
    await app({"type": "websocket", "path": path}, None, None)


async def test_url_router_takes_routes_of_django() -> None:
    spy = Spy()
    router = URLRouter(
        [
            urls.path("a/<int:pk>/", spy, {"b": 2}, name="a"),
            urls.re_path(r"^b/(\w+)/$", spy),
        ]
    )

    await call(router, "/a/7/")
    await call(router, "/b/x/")

    assert spy.routes == [
        {"args": (), "kwargs": {"pk": 7, "b": 2}},
        {"args": ("x",), "kwargs": {}},
    ]


async def test_url_router_nests_with_routes_of_django() -> None:
    spy = Spy()
    inner = URLRouter([urls.path("<room>/", spy)])
    router = URLRouter(
        [
            urls.re_path(r"^(?P<site>\w+)/re/", inner),
            urls.path("<site>/", BaseMiddleware(inner)),
        ]
    )

    await call(router, "/a/re/lobby/")
    await call(router, "/b/lobby/")

    assert [route["kwargs"] for route in spy.routes] == [
        {"site": "a", "room": "lobby"},
        {"site": "b", "room": "lobby"},
    ]


async def test_url_router_does_not_modify_routes_of_django() -> None:
    route = urls.path("a/", URLRouter([urls.path("b/", Spy())]), name="a")
    pattern = route.pattern

    await call(URLRouter([route]), "/a/b/")

    assert route.pattern is pattern
    assert pattern.match("a/b/") is None
    assert pattern.match("a/") == ("", (), {})


async def test_url_router_names_routes_of_django_that_it_tried() -> None:
    router = URLRouter(
        [urls.path("a/<int:b>/", Spy()), urls.re_path("^c$", Spy())]
    )

    with pytest.raises(ValueError, match=r"tried 'a/<int:b>/', '\^c\$'$"):
        await call(router, "/x")


def test_url_router_refuses_an_include_of_django() -> None:
    route = urls.path("a/", urls.include([urls.path("b/", Spy())]))

    with pytest.raises(ValueError, match="nest a URLRouter"):
        URLRouter([route])


def either_of(routers: list[Any]) -> Any:
    """Return an application that tries routers, as one may on Channels."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        for router in routers:
            with contextlib.suppress(urls.Resolver404):
                await router(scope, receive, send)
                return

    return either


@pytest.mark.usefixtures("project")
async def test_a_router_below_another_raises_what_django_does(
    package: Callable[[str], Any],
) -> None:
    spy = Spy()
    router_of = package("routing").URLRouter
    either = either_of(
        [router_of([urls.path(f"{name}/", spy)]) for name in "ab"]
    )
    outer = router_of([urls.re_path("^(x)/", either)])

    await call(outer, "/x/b/")
    await call(outer, "/x/c/")

    assert len(spy.routes) == 1
    with pytest.raises(ValueError, match="No route found"):
        await call(outer, "/y/")


@pytest.mark.usefixtures("project")
async def test_a_path_that_no_router_below_knows_is_still_a_value_error() -> (
    None
):
    router = URLRouter([urls.path("a/", Spy())])
    scope = {"type": "websocket", "path": "/x/b/", "path_remaining": "b/"}

    with pytest.raises(ValueError, match=r"'b/'; tried 'a/'") as raised:
        await router(scope, None, None)  # type: ignore[arg-type]
    assert isinstance(raised.value, urls.Resolver404)


async def test_without_a_bridge_no_route_below_is_a_value_error_alone() -> None:
    router = URLRouter([urls.path("a/", Spy())])
    scope = {"type": "websocket", "path": "/x/b/", "path_remaining": "b/"}

    with pytest.raises(ValueError, match=r"'b/'; tried 'a/'") as raised:
        await router(scope, None, None)  # type: ignore[arg-type]
    assert type(raised.value) is ValueError


# Ours and Django's patterns, side by side.

words = st.text("ab1-/.\n<> é", max_size=4)
parameters = st.sampled_from(["", "int:", "str:", "slug:", "uuid:", "path:"])
an_id = "12345678-1234-5678-1234-567812345678"
pieces = st.one_of(
    words.filter(lambda word: not set("<>") & set(word)),
    parameters.map(lambda converter: f"<{converter}NAME>"),
)
routes = st.lists(pieces, max_size=4).map("".join)
paths = st.lists(
    st.sampled_from(["a", "b", "1", "-", "/", ".", "\n", "é", " ", an_id]),
    max_size=6,
).map("".join)


@settings(deadline=None)
@given(routes, paths, st.booleans())
def test_route_patterns_match_as_those_of_django(
    route: str, path: str, is_endpoint: bool
) -> None:
    while "NAME" in route:
        route = route.replace("NAME", f"p{route.count('NAME')}", 1)
    route = route.lstrip("/")

    theirs = resolvers.RoutePattern(route, is_endpoint=is_endpoint)
    ours = patterns.RoutePattern(route, is_endpoint=is_endpoint)

    assert ours.match(path) == theirs.match(path)
    assert str(ours) == str(theirs)


expressions = st.lists(
    st.sampled_from(
        [
            "^",
            "a",
            "b/",
            r"\w+",
            r"(\d+)",
            "(a)?",
            "NAMED",
            "NAMED?",
            "$",
            r"\$",
        ]
    ),
    max_size=5,
).map("".join)


@settings(deadline=None)
@given(expressions, paths, st.booleans())
def test_regex_patterns_match_as_those_of_django(
    regex: str, path: str, is_endpoint: bool
) -> None:
    while "NAMED" in regex:
        name = f"(?P<p{regex.count('NAMED')}>[ab])"
        regex = regex.replace("NAMED", name, 1)
    # A repeated anchor is no expression in all versions of Python.
    regex = regex.replace("$?", "$").replace("^?", "^")

    theirs = resolvers.RegexPattern(regex, is_endpoint=is_endpoint)
    ours = patterns.RegexPattern(regex, is_endpoint=is_endpoint)

    assert ours.match(path) == theirs.match(path)
    assert str(ours) == str(theirs)


async def test_a_number_too_long_for_python_is_no_match() -> None:
    ours = patterns.RoutePattern("<int:pk>", is_endpoint=True)
    theirs = resolvers.RoutePattern("<int:pk>", is_endpoint=True)

    assert ours.match("1" * 5000) is theirs.match("1" * 5000) is None
