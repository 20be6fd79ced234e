"""A consumer's own ``__call__()`` may answer by the server's own ``send``."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from minichannels.types import Message

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs
ACCEPT: Message = {"type": "websocket.accept"}

pytestmark = pytest.mark.usefixtures("layers")


async def echoes(package: Load, consumer: Any) -> None:
    """Try a consumer that is to accept, and to send what it gets."""
    client = package("testing").WebsocketCommunicator(consumer.as_asgi(), "/")
    assert await client.connect(LIMIT) == (True, None)
    await client.send_to(text_data="hi")
    assert await client.receive_from(LIMIT) == "hi"
    await client.disconnect(timeout=LIMIT)


def echo_of(package: Load) -> Any:
    """Return a consumer that keeps the server's ``send``, and echoes."""
    web = package("generic.websocket")

    class Echo(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            self.to_server = send
            await super().__call__(scope, receive, send)

        async def receive(self, text_data: str) -> None:
            await self.send(text_data)

    return Echo


async def test_connect_may_accept_by_a_send_that_was_kept(
    package: Load,
) -> None:
    class Echo(echo_of(package)):  # type: ignore[misc]
        async def connect(self) -> None:
            await self.to_server(ACCEPT)

    await echoes(package, Echo)


async def test_a_task_may_accept_by_a_send_that_was_kept(
    package: Load,
) -> None:
    class Echo(echo_of(package)):  # type: ignore[misc]
        async def connect(self) -> None:
            self.task = asyncio.create_task(self.to_server(ACCEPT))

    await echoes(package, Echo)


async def test_a_call_of_ones_own_may_accept_before_all_else(
    package: Load,
) -> None:
    class Echo(echo_of(package)):  # type: ignore[misc]
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send(ACCEPT)
            await super().__call__(scope, receive, send)

    await echoes(package, Echo)
