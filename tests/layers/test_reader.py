"""A reader takes what is in a mailbox, and its bell rings for the next."""

import asyncio
import threading
from typing import Any

import pytest

from minichannels.layers import InMemoryChannelLayer

LIMIT = 10  # seconds that nothing takes, unless it hangs


def reading(layer: InMemoryChannelLayer) -> tuple[Any, asyncio.Event]:
    """Return a reader of the channel "a", and its bell."""
    bell = asyncio.Event()
    take = layer.reader("a", bell.set)
    assert take is not None
    return take, bell


async def heard(bell: asyncio.Event) -> None:
    await asyncio.wait_for(bell.wait(), LIMIT)
    bell.clear()


async def test_a_reader_of_nothing_is_rung_when_something_comes() -> None:
    layer = InMemoryChannelLayer()
    take, bell = reading(layer)
    assert take() is None
    await layer.send("a", {"type": "x"})
    assert bell.is_set()
    assert take() == {"type": "x"}


async def test_the_bell_rings_for_each_message_that_waits() -> None:
    layer = InMemoryChannelLayer()
    take, bell = reading(layer)
    for number in range(3):
        await layer.send("a", {"type": "x", "number": number})
    taken = [take()]
    for _ in range(2):
        await heard(bell)
        taken.append(take())
    assert [message["number"] for message in taken] == [0, 1, 2]
    await asyncio.sleep(0)
    assert not bell.is_set()


async def test_looking_twice_rings_once() -> None:
    layer = InMemoryChannelLayer()
    rung = []
    take = layer.reader("a", lambda: rung.append("ding"))
    assert take is not None
    assert (take(), take()) == (None, None)
    await layer.send("a", {"type": "x"})
    assert rung == ["ding"]


async def test_a_message_of_a_group_is_a_copy_of_its_own() -> None:
    layer = InMemoryChannelLayer()
    take, bell = reading(layer)
    take()
    await layer.group_add("room", "a")
    sent = {"type": "x", "tags": ["a"]}
    await layer.group_send("room", sent)
    await heard(bell)
    message = take()
    assert message == sent
    assert message["tags"] is not sent["tags"]


async def test_a_bell_rings_on_its_own_loop() -> None:
    layer = InMemoryChannelLayer()
    rung_in: list[int] = []
    bell = asyncio.Event()

    def ring() -> None:
        rung_in.append(threading.get_ident())
        bell.set()

    take = layer.reader("a", ring)
    assert take is not None
    take()
    await asyncio.to_thread(asyncio.run, layer.send("a", {"type": "x"}))
    await heard(bell)
    assert rung_in == [threading.get_ident()]
    assert take() == {"type": "x"}


async def test_a_bell_whose_loop_is_closed_loses_no_message() -> None:
    layer = InMemoryChannelLayer()

    async def look() -> None:
        reading(layer)[0]()

    await asyncio.to_thread(asyncio.run, look())
    await layer.send("a", {"type": "x"})
    assert await asyncio.wait_for(layer.receive("a"), LIMIT) == {"type": "x"}


async def test_a_channel_that_is_released_rings_no_more() -> None:
    layer = InMemoryChannelLayer()
    take, bell = reading(layer)
    take()
    await layer.release("a")
    assert layer.channels == {}
    await layer.send("a", {"type": "x"})
    assert not bell.is_set()


@pytest.mark.parametrize("where", ["class", "object"])
async def test_no_reader_passes_by_a_receive_of_somebodys_own(
    where: str,
) -> None:
    class Logged(InMemoryChannelLayer):
        async def receive(self, channel: str) -> dict[str, Any]:
            return {"type": "logged"}

    layer = Logged() if where == "class" else InMemoryChannelLayer()
    if where == "object":
        layer.receive = Logged().receive  # type: ignore[method-assign]
    assert layer.reader("a", lambda: None) is None
