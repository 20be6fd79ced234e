from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.lab import serve
from minichannels.types import Receive, Scope, Send


class Consumer(AsyncConsumer):
    pass


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
