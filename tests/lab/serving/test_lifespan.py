import asyncio
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.lab import serve
from minichannels.lab.serving.lifespan import SupervisedApp
from minichannels.types import Message, Receive, Scope, Send


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


async def test_only_who_answers_again_and_again_gives_up_a_turn() -> None:
    turns: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asyncio.get_running_loop().call_soon(turns.append, "another")
        for number in range(2):
            await receive()
            for which in "first", "second":
                await send({"type": "test"})
                turns.append(f"{which} answer to {number}")

    async def receive() -> Message:
        return {"type": "test"}

    async def send(message: Message) -> None:
        pass

    await SupervisedApp(app)({"type": "test"}, receive, send)

    assert turns == [
        "first answer to 0",
        "another",
        "second answer to 0",
        "first answer to 1",
        "second answer to 1",
    ]
