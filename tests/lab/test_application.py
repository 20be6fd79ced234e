import re
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.lab.application import require_application
from minichannels.types import Receive, Scope, Send


class Consumer(AsyncConsumer):
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
    [three, Consumer.as_asgi(), Instance(), Endpoint, type],
)
def test_require_application_lets_applications_pass(application: Any) -> None:
    require_application(application)


@pytest.mark.parametrize(
    ("application", "problem"),
    [
        (
            Consumer,
            "Consumer is a consumer class, not an application;"
            " serve Consumer.as_asgi()",
        ),
        (
            5,
            "5 is not an ASGI application; serve an async function of (scope,"
            " receive, send), or what a consumer's as_asgi() returns",
        ),
        (
            two,
            "is not an ASGI application; it is called with three arguments:"
            " scope, receive, send",
        ),
    ],
)
def test_require_application_says_what_is_wrong(
    application: Any, problem: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(problem)):
        require_application(application)
