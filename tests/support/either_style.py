"""WebSocket consumers of either style, and clients that talk to them."""

from collections.abc import Mapping
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator
from minichannels.types import Message

ACCEPTED = {"type": "websocket.accept", "subprotocol": None}
REFUSED = {"type": "websocket.close"}

styles = pytest.mark.parametrize("style", ["async", "sync"])


def either(
    style: str, of_async: type[AsyncConsumer], of_sync: type[AsyncConsumer]
) -> type[AsyncConsumer]:
    return of_async if style == "async" else of_sync


def talk(
    consumer: type[AsyncConsumer], extensions: Mapping[str, Any] | None = None
) -> WebsocketCommunicator:
    communicator = WebsocketCommunicator(consumer.as_asgi(), "/")
    communicator.scope["extensions"] = extensions
    return communicator


async def connecting(consumer: type[AsyncConsumer]) -> WebsocketCommunicator:
    """Return a communicator that has asked for a connection."""
    client = talk(consumer)
    await client.send_input({"type": "websocket.connect"})
    return client


async def connected(consumer: type[AsyncConsumer]) -> WebsocketCommunicator:
    client = talk(consumer)
    assert await client.connect() == (True, None)
    return client


def sent(client: ApplicationCommunicator) -> list[Message]:
    """Return the events that nobody has taken yet."""
    queue = client.output_queue
    return [queue.get_nowait() for _ in range(queue.qsize())]
