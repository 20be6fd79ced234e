"""Routers by the type of a scope, and by the name of a channel."""

from typing import Any

import pytest

from minichannels.routing import (
    ChannelNameRouter,
    ProtocolTypeRouter,
    URLRouter,
    path,
    re_path,
)
from minichannels.types import Receive, Scope, Send
from support.spies import Chat, Spy, call


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
        match=r"^No application configured for scope type 'http'; "
        r"configured: 'websocket', 'channel'$",
    ):
        await call(router, type="http")


async def test_protocol_type_router_has_no_application_for_a_list() -> None:
    with pytest.raises(ValueError, match=r"scope type \['http'\]; configured:"):
        await call(ProtocolTypeRouter({"http": Spy()}), type=["http"])


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


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("send mail", r"'send mail': ' ' at index 4"),
        ("büro", "'ü' at index 1"),
        ("", "at least one character"),
        ("x" * 100, "100 characters long; the limit is 99"),
    ],
)
def test_channel_name_router_refuses_what_no_channel_can_be_called(
    name: str, why: str
) -> None:
    with pytest.raises(TypeError, match=why):
        ChannelNameRouter({"mails": Spy(), name: Spy()})


async def test_channel_name_router_names_the_channels_it_has() -> None:
    router = ChannelNameRouter({"mails": Spy()})

    with pytest.raises(
        ValueError,
        match=r"^No application configured for channel name 'x'; "
        r"configured: 'mails'$",
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


@pytest.mark.parametrize("value", [None, b"http", 5])
def test_a_value_that_no_scope_can_have_is_a_type_error(value: Any) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None: ...

    with pytest.raises(TypeError, match=f"a scope type is a text, not {value}"):
        ProtocolTypeRouter({value: app})
