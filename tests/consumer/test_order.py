"""The order of events, and the lifespan, which has one of its own."""

import pytest

from minichannels.consumer import (
    AsyncConsumer,
    SyncConsumer,
)
from minichannels.exceptions import ProtocolError, StopConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message
from support.members import AsyncMember, talk
from support.mistakes import error_of

pytestmark = pytest.mark.usefixtures("layer")


# The order of events


@pytest.mark.parametrize("base", [AsyncConsumer, SyncConsumer])
async def test_an_event_out_of_order_is_not_sent(
    base: type[AsyncConsumer],
) -> None:
    class AsyncChat(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.send({"type": "websocket.send", "text": "hi"})

    class SyncChat(SyncConsumer):
        def websocket_connect(self, event: Message) -> None:
            self.send({"type": "websocket.send", "text": "hi"})

    chat = AsyncChat if base is AsyncConsumer else SyncChat
    client = ApplicationCommunicator(chat.as_asgi(), {"type": "websocket"})
    await error_of(
        client, {"type": "websocket.connect"}, ProtocolError, "while CONNECTING"
    )
    assert client.output_queue.empty()


async def test_a_scope_of_an_unknown_protocol_has_no_order() -> None:
    class Bot(AsyncConsumer):
        async def hello(self, event: Message) -> None:
            await self.send({"type": "websocket.send", "text": "hi"})

    async with talk(Bot) as communicator:
        await communicator.send_input({"type": "hello"})
        output = await communicator.receive_output()
    assert output == {"type": "websocket.send", "text": "hi"}


# Lifespan


async def test_a_consumer_without_lifespan_says_so_at_once(
    layer: InMemoryChannelLayer,
) -> None:
    communicator = ApplicationCommunicator(
        AsyncMember.as_asgi(), {"type": "lifespan"}
    )
    with pytest.raises(ValueError, match="AsyncMember has no lifespan"):
        await communicator.wait()
    assert layer.channels == {}


async def test_a_consumer_may_handle_the_lifespan() -> None:
    class Service(AsyncConsumer):
        async def lifespan_startup(self, event: Message) -> None:
            await self.send({"type": "lifespan.startup.complete"})

        async def lifespan_shutdown(self, event: Message) -> None:
            await self.send({"type": "lifespan.shutdown.complete"})
            raise StopConsumer

    communicator = ApplicationCommunicator(
        Service.as_asgi(), {"type": "lifespan"}
    )
    for step in ("startup", "shutdown"):
        await communicator.send_input({"type": f"lifespan.{step}"})
        output = await communicator.receive_output()
        assert output == {"type": f"lifespan.{step}.complete"}
    await communicator.wait()


# The observer


async def test_event_without_a_type_is_out_of_order() -> None:
    class Plain(AsyncConsumer):
        async def websocket_connect(self, event: Message) -> None:
            await self.send({"text": "hello"})

    client = ApplicationCommunicator(
        Plain.as_asgi(), {"type": "websocket", "path": "/"}
    )
    await client.send_input({"type": "websocket.connect"})

    with pytest.raises(ProtocolError, match="cannot send 'None' while"):
        await client.wait()
