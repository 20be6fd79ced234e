"""Consumers that join a group, and clients that talk to them."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.consumer import (
    AsyncConsumer,
    SyncConsumer,
)
from minichannels.exceptions import StopConsumer
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message

LIMIT = 5


def talk(
    consumer: type[AsyncConsumer], **scope: Any
) -> ApplicationCommunicator:
    """Return a communicator for a scope that no protocol watches over."""
    return ApplicationCommunicator(
        consumer.as_asgi(), {"type": "test", **scope}
    )


class AsyncMember(AsyncConsumer):
    """Joins a group, and ends in the ways that a client asks for."""

    async def join(self, event: Message) -> None:
        await self.channel_layer.group_add("room", self.channel_name)
        await self.send({"type": "joined", "name": self.channel_name})

    async def fail(self, event: Message) -> None:
        raise LookupError("in a handler")

    async def leave(self, event: Message) -> None:
        raise StopConsumer

    async def say(self, event: Message) -> None:
        await self.send({"type": "said"})


class SyncMember(SyncConsumer):
    """The same, in sync style."""

    def join(self, event: Message) -> None:
        async_to_sync(self.channel_layer.group_add)("room", self.channel_name)
        self.send({"type": "joined", "name": self.channel_name})

    def fail(self, event: Message) -> None:
        raise LookupError("in a handler")

    def leave(self, event: Message) -> None:
        raise StopConsumer

    def say(self, event: Message) -> None:
        self.send({"type": "said"})


both_styles = pytest.mark.parametrize("member", [AsyncMember, SyncMember])


async def joined(member: type[AsyncConsumer]) -> ApplicationCommunicator:
    communicator = talk(member)
    await communicator.send_input({"type": "join"})
    await communicator.receive_output()
    return communicator
