from collections.abc import Callable
from typing import Any

import pytest

from minichannels import lab
from minichannels._asgi import require_application
from minichannels.flow import record
from minichannels.flow.servable import require_servable
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.middleware import BaseMiddleware
from minichannels.routing import (
    ChannelNameRouter,
    ProtocolTypeRouter,
    URLRouter,
    path,
)
from minichannels.security.host import HostValidator
from minichannels.security.websocket import OriginValidator
from minichannels.types import ASGIApp
from minichannels.worker import Worker


class Chat(AsyncWebsocketConsumer):
    pass


def test_consumer_class_is_told_to_use_as_asgi() -> None:
    with pytest.raises(
        TypeError,
        match=r"^app is the consumer class Chat; use Chat\.as_asgi\(\)$",
    ):
        require_application(Chat, "app")


def test_consumer_object_is_an_application_of_one_connection() -> None:
    require_application(Chat(), "app")  # and there is no warning


def in_a_worker(app: ASGIApp) -> object:
    return Worker(app, ["a"], InMemoryChannelLayer())


def in_a_record(app: ASGIApp) -> object:
    with record(app) as flow:
        return flow


@pytest.mark.parametrize(
    "share",
    [
        lambda app: URLRouter([path("a", app)]),
        lambda app: ProtocolTypeRouter({"websocket": app}),
        lambda app: ChannelNameRouter({"a": app}),
        in_a_worker,
        in_a_record,
        require_servable,
    ],
)
def test_consumer_object_that_connections_share_is_worth_one_warning(
    share: Callable[[ASGIApp], object],
) -> None:
    with pytest.warns(
        RuntimeWarning,
        match=r"is one Chat object, which all connections share: .*"
        r"; use its class's as_asgi\(\), which makes one for each$",
    ) as warned:
        share(Chat())
    assert len(warned) == 1


@pytest.mark.parametrize(
    "wrap",
    [
        BaseMiddleware,
        lambda app: OriginValidator(app, ["*"]),
        lambda app: BaseMiddleware(HostValidator(app, ["*"])),
    ],
)
def test_consumer_object_is_shared_by_what_is_wrapped_around_it(
    wrap: Callable[[ASGIApp], ASGIApp],
) -> None:
    wrapped = wrap(Chat())  # for one connection that is fine
    with pytest.warns(
        RuntimeWarning,
        match="^the served application is wrapped around one Chat object, ",
    ) as warned:
        require_servable(wrapped)
    assert len(warned) == 1


def test_what_a_consumer_object_holds_is_not_wrapped_by_it() -> None:
    chat: Any = Chat()
    chat.app = Chat()
    with pytest.warns(RuntimeWarning, match="is one Chat object") as warned:
        require_servable(chat)
    assert len(warned) == 1


async def test_serve_takes_a_consumer_object_with_one_warning() -> None:
    with pytest.warns(RuntimeWarning, match="one Chat object") as warned:
        server = lab.serve(Chat(), wire="memory")
    try:
        assert len(warned) == 1
        browser = await server.connect("/")
        await browser.close()
    finally:
        server.stop()


def test_as_asgi_itself_is_told_to_be_called() -> None:
    with pytest.raises(
        TypeError, match=r"^app is Chat\.as_asgi itself; call it: as_asgi\(\)$"
    ):
        require_application(Chat.as_asgi, "app")
