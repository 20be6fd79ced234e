import asyncio
from typing import Any

import pytest

from minichannels.flow import Flow, record
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.lab import serve
from minichannels.lab.faults import ShuffledLayer
from minichannels.lab.faults.shuffled import LONGEST
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.testing import WebsocketCommunicator
from support.loops import ticks

SEEDS = range(20)


class Market(AsyncWebsocketConsumer):
    """A buyer asks all stalls; each stall answers each question."""

    async def connect(self) -> None:
        self.name = self.scope["path"].strip("/")
        if self.name != "ada":
            await self.channel_layer.group_add("stalls", self.channel_name)
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        for what in (text_data or "").split():
            question = {"type": "asked", "what": what, "by": self.channel_name}
            await self.channel_layer.group_send("stalls", question)

    async def asked(self, event: dict[str, Any]) -> None:
        offer = {"type": "offer", "text": f"{self.name}: {event['what']}"}
        await self.channel_layer.send(event["by"], offer)

    async def offer(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


async def heard(layer: InMemoryChannelLayer) -> tuple[list[str], Flow]:
    """Return what ada hears when she has asked for two things, and how."""
    with record(Market.as_asgi(), layer) as flow:
        ada, *stalls = (
            WebsocketCommunicator(flow.app, f"/{name}")
            for name in ("ada", "bob", "eve")
        )
        for client in (ada, *stalls):
            await client.connect()
        await ada.send_to(text_data="tea milk")
        offers = [str(await ada.receive_from()) for _ in range(4)]
        moved = Flow(flow.events)
        for client in (ada, *stalls):
            await client.disconnect()
    return offers, moved


async def test_the_same_seed_gives_the_same_flow() -> None:
    for seed in SEEDS:
        first, second = [await heard(ShuffledLayer(seed=seed)) for _ in "12"]

        assert first[0] == second[0]
        assert not first[1].diff(second[1]), str(first[1].diff(second[1]))


async def test_seeds_give_each_order_that_there_may_be() -> None:
    orders = {tuple((await heard(ShuffledLayer(seed=s)))[0]) for s in SEEDS}

    # Two stalls, two answers each: six orders keep what is in one channel.
    assert len(orders) == 6
    for order in orders:
        for stall in ("bob", "eve"):
            answers = [a for a in order if a.startswith(stall)]
            assert answers == [f"{stall}: tea", f"{stall}: milk"]


async def test_the_same_seed_gives_the_same_order_on_a_server() -> None:
    orders = []
    for _ in range(3):
        former = channel_layers.set("default", ShuffledLayer(seed=1))
        server = serve(Market.as_asgi())
        ada, *_ = [
            await server.connect(f"/{name}", name=name)
            for name in ("ada", "bob", "eve")
        ]
        await ada.send("tea milk")
        orders.append([await ada.recv() for _ in range(4)])
        server.stop()
        channel_layers.set("default", former)

    assert orders[0] == orders[1] == orders[2]


def reading(layer: ShuffledLayer) -> tuple[Any, list[str]]:
    """Return what takes the messages of a channel, and each ring."""
    rung: list[str] = []
    take = layer.reader("a", lambda: rung.append("ring"))
    assert take() is None
    return take, rung


async def turns_until_it_rings(seed: int) -> int:
    """Return after how many turns a reader hears of a message."""
    layer, turns = ShuffledLayer(seed=seed), 0
    take, rung = reading(layer)
    await layer.send("a", {"type": "x"})
    while not rung:
        assert len(layer.channels["a"].messages) == 1  # where it counts
        await ticks(1)
        turns += 1
    assert take() == {"type": "x"}
    return turns


async def test_a_message_stays_in_its_mailbox_until_it_is_heard_of() -> None:
    turns = {await turns_until_it_rings(seed) for seed in range(100)}

    assert turns == set(range(LONGEST))


async def test_a_bell_that_rings_when_the_reader_has_gone_does_no_harm() -> (
    None
):
    layer = ShuffledLayer(seed=1)
    _, rung = reading(layer)
    await layer.send("a", {"type": "x"})

    await layer.release("a")

    await ticks(LONGEST)
    assert rung in (["ring"], [])
    assert layer.undelivered == 1


async def test_it_takes_what_a_layer_takes() -> None:
    layer = ShuffledLayer(seed=1, capacity=3, expiry=5)

    assert (layer.capacity, layer.expiry) == (3, 5)
    with pytest.raises(TypeError):
        ShuffledLayer(seed=1, capasity=3)
    await layer.send("a", {"type": "x"})
    assert await asyncio.wait_for(layer.receive("a"), 10) == {"type": "x"}


def test_layer_shows_its_seed() -> None:
    assert repr(ShuffledLayer(seed=7)) == "<ShuffledLayer, seed 7>"
