"""What Channels' layer in memory drops, and does not tell."""

import asyncio
import importlib
from typing import Any

import pytest

from minichannels.flow import Flow, Journal
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.layers import InMemoryChannelLayer

_channels: Any = importlib.import_module("channels.layers")

LAYERS = [InMemoryChannelLayer, _channels.InMemoryChannelLayer]


async def in_group(make: Any, journal: Journal, *names: str) -> Any:
    layer = RecordedLayer(make(capacity=2), journals=lambda: (journal,))
    for name in names:
        await layer.group_add("chat", name)
    return layer


def fates(journal: Journal) -> list[tuple[str, str, str]]:
    return [
        (event.target, event.status, event.reason)
        for event in Flow(journal)
        if event.kind == "deliver"
    ]


@pytest.mark.parametrize("make", LAYERS)
async def test_message_to_a_group_is_dropped_where_a_mailbox_is_full(
    make: Any,
) -> None:
    journal = Journal()
    layer = await in_group(make, journal, "slow", "quick")
    for _ in range(3):  # all alike, as ticks are
        await layer.group_send("chat", {"type": "tick"})
        await layer.receive("quick")

    await layer.receive("slow")
    await layer.group_send("chat", {"type": "tick"})

    assert [fate for fate in fates(journal) if fate[0] == "slow"] == [
        ("slow", "delivered", ""),
        ("slow", "waiting", "waits 2/2"),
        ("slow", "dropped", "full 2/2"),
        ("slow", "waiting", "waits 2/2"),
    ]


class Roomy(_channels.InMemoryChannelLayer):  # type: ignore[misc]
    """Makes room by itself."""

    async def group_send(self, group: str, message: Any) -> None:
        self.channels["a"].get_nowait()
        await super().group_send(group, message)


async def test_layer_with_a_send_of_its_own_is_not_judged() -> None:
    journal = Journal()
    layer = await in_group(Roomy, journal, "a")
    await layer.send("a", {"type": "old"})
    await layer.send("a", {"type": "old"})

    await layer.group_send("chat", {"type": "new"})

    assert [status for _, status, _ in fates(journal)] == ["waiting"] * 3


async def test_mailbox_that_is_read_meanwhile_has_dropped_nothing() -> None:
    journal = Journal()
    layer = await in_group(_channels.InMemoryChannelLayer, journal, "a")
    for _ in range(2):
        await layer.send("a", {"type": "old"})
    later = asyncio.ensure_future(layer.group_send("chat", {"type": "new"}))
    await asyncio.sleep(0)  # it is posted, and has not come to the queue

    await layer.receive("a")
    await later

    assert [fate for fate in fates(journal) if fate[1] == "dropped"] == []
    assert layer._minichannels_inner.channels["a"].full()


async def test_what_is_refused_is_not_dropped_as_well() -> None:
    journal = Journal()
    layer = await in_group(_channels.InMemoryChannelLayer, journal, "a")
    for _ in range(2):
        await layer.send("a", {"type": "old"})

    with pytest.raises(_channels.ChannelFull):
        await layer.send("a", {"type": "new"})

    assert fates(journal)[-1] == ("a", "refused", "full 2/2")
