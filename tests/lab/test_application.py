import re
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.lab import serve
from minichannels.lab.application import require_servable
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
def test_require_servable_lets_applications_pass(application: Any) -> None:
    require_servable(application)


@pytest.mark.parametrize(
    ("application", "problem"),
    [
        (
            Consumer,
            "the served application is the consumer class Consumer; use"
            " Consumer.as_asgi()",
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


@pytest.mark.parametrize("reads", [False, True])
def test_a_consumer_without_lifespan_starts(reads: bool) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if reads:  # as Channels' own consumers do
            await receive()
        raise ValueError("no lifespan")

    application: Any = app
    application.consumer_class = Consumer

    server = serve(application)
    server.stop()

    assert len(server.flow) == 0


async def test_an_application_that_accepts_lifespan_is_told_so() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})

    problem = "cannot send 'websocket.accept' in a scope of type 'lifespan'"
    with pytest.raises(RuntimeError, match=problem):
        serve(app)
