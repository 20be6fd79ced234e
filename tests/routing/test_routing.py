import uuid
from typing import Any, ClassVar

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.middleware import BaseMiddleware
from minichannels.routing import (
    ChannelNameRouter,
    ProtocolTypeRouter,
    URLRouter,
    path,
    re_path,
)
from minichannels.security.websocket import OriginValidator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send


class Spy:
    """An application that keeps the scopes it was called with."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self.scopes.append(scope)

    @property
    def kwargs(self) -> list[dict[str, Any]]:
        return [scope["url_route"]["kwargs"] for scope in self.scopes]

    @property
    def args(self) -> list[tuple[Any, ...]]:
        return [scope["url_route"]["args"] for scope in self.scopes]


async def call(app: ASGIApp, path: str = "/", **scope: Any) -> None:
    async def receive() -> Message:
        raise AssertionError("nothing to receive")

    async def send(message: Message) -> None:
        raise AssertionError("nothing to send")

    await app({"type": "websocket", "path": path, **scope}, receive, send)


class Chat(AsyncConsumer):
    pass


# ProtocolTypeRouter and ChannelNameRouter


async def test_protocol_type_router_calls_by_scope_type() -> None:
    http, websocket = Spy(), Spy()
    router = ProtocolTypeRouter({"http": http, "websocket": websocket})

    await call(router, "/x")

    assert http.scopes == []
    assert websocket.scopes == [{"type": "websocket", "path": "/x"}]


async def test_protocol_type_router_names_the_types_it_has() -> None:
    router = ProtocolTypeRouter({"websocket": Spy(), "channel": Spy()})

    with pytest.raises(
        ValueError,
        match=r"^no application for scope type 'http'; "
        r"configured: 'websocket', 'channel'$",
    ):
        await call(router, type="http")


async def test_protocol_type_router_without_applications_says_so() -> None:
    with pytest.raises(ValueError, match=r"'websocket'; configured: none$"):
        await call(ProtocolTypeRouter({}))


def test_protocol_type_router_refuses_a_consumer_class() -> None:
    with pytest.raises(
        TypeError,
        match=r"application for scope type 'websocket' is the consumer class "
        r"Chat; use Chat\.as_asgi\(\)",
    ):
        ProtocolTypeRouter({"websocket": Chat})  # type: ignore[dict-item]


async def test_channel_name_router_calls_by_channel_name() -> None:
    thumbnails, mails = Spy(), Spy()
    router = ChannelNameRouter({"thumbnails": thumbnails, "mails": mails})

    await call(router, type="channel", channel="mails")

    assert thumbnails.scopes == []
    assert [scope["channel"] for scope in mails.scopes] == ["mails"]


async def test_channel_name_router_names_the_channels_it_has() -> None:
    router = ChannelNameRouter({"mails": Spy()})

    with pytest.raises(
        ValueError,
        match=r"^no application for channel name 'x'; configured: 'mails'$",
    ):
        await call(router, type="channel", channel="x")


async def test_channel_name_router_needs_a_channel_name() -> None:
    router = ChannelNameRouter({"mails": Spy()})

    with pytest.raises(
        ValueError, match=r"^no channel name in a scope of type 'websocket'$"
    ):
        await call(router)


@pytest.mark.parametrize("bad", [None, [("http", Spy())], Spy()], ids=type)
def test_protocol_type_router_refuses_what_is_no_mapping(bad: Any) -> None:
    with pytest.raises(TypeError, match="a dict of each scope type and its"):
        ProtocolTypeRouter(bad)


def test_channel_name_router_refuses_a_consumer_class() -> None:
    with pytest.raises(
        TypeError, match=r"for channel name 'mails' is .* use Chat\.as_asgi"
    ):
        ChannelNameRouter({"mails": Chat})  # type: ignore[dict-item]


def test_router_reprs_show_what_they_know() -> None:
    router = URLRouter([path("chat/<room>/", Spy()), re_path("^a$", Spy())])

    assert repr(router) == "URLRouter(chat/<room>/, ^a$)"
    assert repr(ProtocolTypeRouter({"http": router})) == (
        "ProtocolTypeRouter(http)"
    )


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
        match=r"^no route for path '/x'; tried 'ws/chat/<room>/', 'echo/'$",
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


async def test_url_router_keeps_its_routes_as_they_were() -> None:
    routes = [path("a/", URLRouter([])), path("b/", Spy())]
    before = list(routes)

    router = URLRouter(routes)
    routes.clear()

    assert router.routes == before
    # Still an endpoint: only the router's own copy is a prefix.
    assert before[0].pattern.match("a/b/") is None


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
        match=f"no route for path '{full_path}'; the application is at '/app'",
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

    with pytest.raises(ValueError, match="no route for path '/chat/lobby/'"):
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

    with pytest.raises(ValueError, match="no route for path '/a/b/'"):
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
    with pytest.raises(ValueError, match="no route for path '/a/b/'"):
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

    with pytest.raises(ValueError, match="no route for path"):
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


async def test_re_path_end_does_not_match_before_a_newline() -> None:
    router = URLRouter([re_path("^chat/$", Spy())])

    with pytest.raises(ValueError, match="no route"):
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
