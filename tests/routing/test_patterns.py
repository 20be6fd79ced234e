"""Patterns of paths: what they match, and what they find."""

import uuid
from typing import Any

import pytest

from minichannels.routing import (
    URLRouter,
    path,
    re_path,
)
from support.spies import Spy, call

# path(): what matches


def test_path_keeps_its_name() -> None:
    route = path("chat/", Spy(), name="chat")

    assert route.name == route.pattern.name == "chat"


@pytest.mark.parametrize(
    ("route", "url", "kwargs"),
    [
        ("chat/<room>/", "chat/café/", {"room": "café"}),
        ("chat/<str:room>/", "chat/a b/", {"room": "a b"}),
        ("<int:pk>", "007", {"pk": 7}),
        ("<slug:s>.html", "a-B_9.html", {"s": "a-B_9"}),
        ("f/<path:p>", "f/a/b.txt", {"p": "a/b.txt"}),
        ("<int:a>-<int:b>", "1-2", {"a": 1, "b": 2}),
        (
            "<uuid:u>/",
            "12345678-1234-5678-1234-567812345678/",
            {"u": uuid.UUID("12345678-1234-5678-1234-567812345678")},
        ),
        ("", "", {}),
        ("a.b+c", "a.b+c", {}),
    ],
)
async def test_path_converts_what_it_captures(
    route: str, url: str, kwargs: dict[str, Any]
) -> None:
    spy = Spy()

    await call(URLRouter([path(route, spy)]), f"/{url}")

    assert spy.kwargs == [kwargs]


@pytest.mark.parametrize(
    ("route", "url"),
    [
        ("chat/", "chat"),
        ("chat/", "chat/x"),
        ("chat/", "Chat/"),
        ("chat", "chat\n"),
        ("a.b", "aXb"),
        ("chat/<room>/", "chat//"),
        ("chat/<room>/", "chat/a/b/"),
        ("<int:pk>", "-1"),
        ("<int:pk>", "1x"),
        ("<int:pk>", "٣"),
        ("<int:pk>", "1" * 5000),
        ("<slug:s>", "é"),
        ("<path:p>", ""),
        ("<uuid:u>", "12345678-1234-5678-1234-56781234567G"),
        ("<uuid:u>", "12345678123456781234567812345678"),
    ],
)
async def test_path_does_not_match(route: str, url: str) -> None:
    router = URLRouter([path(route, Spy())])

    with pytest.raises(ValueError, match="No route found for path"):
        await call(router, f"/{url}")


@pytest.mark.parametrize(
    ("route", "problem"),
    [
        ("/chat/", r"'/chat/' never matches: .*; write 'chat/'"),
        (r"(?P<x>\w+)/", r"is a regular expression; use re_path\(\) for it"),
        ("^chat/$", "is a regular expression"),
        ("<float:x>", "uses the converter 'float'; there are 'int', 'path'"),
        ("<int :x>", "uses the converter 'int '"),
        ("<a>/<int:a>", "'<a>/<int:a>' names two parameters 'a'"),
        ("<a-b>", "names a parameter 'a-b', which is no Python identifier"),
        ("<int: a>", "' a', .* with a converter '<int:name>', without a"),
        ("<int:>", "names a parameter '', which is no Python identifier"),
        ("<:a>", "uses the converter ''"),
        ("< a >", "names a parameter ' a '"),
        ("chat/<room/", "has an unmatched '<'"),
        ("chat/room>/", "has an unmatched '>'"),
        ("<>", "has an unmatched '<'"),
    ],
)
def test_path_refuses_a_bad_route(route: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        path(route, Spy())


@pytest.mark.parametrize("make", [path, re_path])
def test_path_refuses_a_route_that_is_no_string(make: Any) -> None:
    with pytest.raises(TypeError, match="a route is a string, not 5"):
        make(5, Spy())


# re_path(): what matches


@pytest.mark.parametrize(
    ("regex", "url", "args", "kwargs"),
    [
        (r"^chat/(?P<room>\w+)/$", "chat/a/", (), {"room": "a"}),
        (r"^(\w+)/(\w+)/$", "a/b/", ("a", "b"), {}),
        (r"^(?P<a>\w+)/(\w+)/$", "a/b/", (), {"a": "a"}),
        (r"^(?P<a>x)?(?P<b>\w+)$", "bc", (), {"b": "bc"}),
        (r"^a(b)?$", "a", (None,), {}),
        (r"^(?P<a>x)?b$", "b", (), {}),
        (r"chat/", "some/chat/", (), {}),
    ],
)
async def test_re_path_gives_groups_as_parameters(
    regex: str, url: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    spy = Spy()

    await call(URLRouter([re_path(regex, spy)]), f"/{url}")

    assert spy.args == [args]
    assert spy.kwargs == [kwargs]


async def test_re_path_without_an_end_leaves_the_rest() -> None:
    spy = Spy()

    await call(URLRouter([re_path("^chat/", spy)]), "/chat/a/b")

    assert spy.scopes[0]["path_remaining"] == "a/b"


async def test_re_path_above_a_router_is_found_anywhere() -> None:
    spy = Spy()
    inner = URLRouter([path("", spy)])

    await call(URLRouter([re_path("chat/$", inner)]), "/some/chat/")

    assert len(spy.scopes) == 1


async def test_re_path_end_does_not_match_before_a_newline() -> None:
    router = URLRouter([re_path("^chat/$", Spy())])

    with pytest.raises(ValueError, match="No route"):
        await call(router, "/chat/\n")


@pytest.mark.parametrize(
    ("regex", "problem"),
    [
        ("^/chat", r"'\^/chat' never matches: .*; write '\^chat'"),
        ("(", r"'\(' is not a regular expression: missing \)"),
    ],
)
def test_re_path_refuses_a_bad_expression(regex: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        re_path(regex, Spy())


def test_patterns_show_themselves() -> None:
    assert repr(path("a/<b>", Spy()).pattern) == "RoutePattern('a/<b>')"
    assert repr(re_path("^a$", Spy()).pattern) == "RegexPattern('^a$')"
