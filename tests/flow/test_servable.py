import re
from typing import Any

import pytest

from minichannels.flow.servable import require_servable
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.types import Receive, Scope, Send


class Chat(AsyncWebsocketConsumer):
    pass


class Instance:
    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        pass


class Endpoint:
    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pass


async def two(scope: Scope, receive: Receive) -> None:
    pass


async def three(scope: Scope, receive: Receive, send: Send) -> None:
    pass


@pytest.mark.parametrize(
    "application",
    [three, Chat.as_asgi(), Instance(), Endpoint, type],
)
def test_require_servable_lets_applications_pass(application: Any) -> None:
    require_servable(application)


@pytest.mark.parametrize(
    ("application", "problem"),
    [
        (
            Chat,
            "the served application is the consumer class Chat; use"
            " Chat.as_asgi()",
        ),
        (
            5,
            "the served application is 5; an ASGI application is a coroutine"
            " function of scope, receive and send",
        ),
        (
            two,
            "is not an ASGI application; it is called with three arguments:"
            " scope, receive, send",
        ),
    ],
)
def test_require_servable_says_what_is_wrong(
    application: Any, problem: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(problem)):
        require_servable(application)
