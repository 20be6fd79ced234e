"""Clients that leave while a handler's thread has yet to say it is done."""

import threading

import pytest
from asgiref.sync import async_to_sync

from minichannels.generic.websocket import WebsocketConsumer
from minichannels.lab import Client, serve
from support.lab import both_wires
from support.limit import LIMIT


class Kept(WebsocketConsumer):
    """Accepts bob, and is not done with that until eve has left."""

    eve_left = threading.Event()
    joins = False

    def connect(self) -> None:
        self.accept()
        if self.scope["path"] == "/bob":
            assert self.eve_left.wait(LIMIT)
            if self.joins:
                layer = self.channel_layer
                async_to_sync(layer.group_add)("late", self.channel_name)

    def disconnect(self, code: int) -> None:
        self.eve_left.set()


async def close(client: Client) -> None:
    await client.close()


async def abort(client: Client) -> None:
    client.transport.abort()
    await client.wait_closed()


async def who_left(
    consumer: type[Kept], monkeypatch: pytest.MonkeyPatch, first: bool
) -> tuple[list[str], list[str]]:
    """Have two clients leave, bob first; return who left, as it is told.

    Args:
        consumer: what is served.
        monkeypatch: gives it an event of its own.
        first: whether it is bob who closes, and eve whose line breaks.

    Returns:
        Who left, in the flow's order and in that of arrival.
    """
    monkeypatch.setattr(consumer, "eve_left", threading.Event())
    server = serve(consumer.as_asgi())
    bob = await server.connect("/bob", name="bob")
    eve = await server.connect("/eve", name="eve")

    await (close if first else abort)(bob)
    await (abort if first else close)(eve)
    await server.settle()

    left = [e for e in server.flow if e.type == "websocket.disconnect"]
    arrived = sorted(left, key=lambda event: event.arrival)
    return [e.client for e in left], [e.client for e in arrived]


@both_wires
@pytest.mark.parametrize("first", [True, False], ids=["closes", "breaks"])
async def test_who_left_first_stands_first_though_its_thread_was_not_done(
    monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    told, arrived = await who_left(Kept, monkeypatch, first)

    assert arrived == ["eve", "bob"]  # so it was, whatever else is told
    assert told == ["bob", "eve"]


class Joining(Kept):
    joins = True


@both_wires
async def test_who_left_while_its_handler_went_on_stands_after_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, arrived = await who_left(Joining, monkeypatch, True)

    assert told == arrived == ["eve", "bob"]
