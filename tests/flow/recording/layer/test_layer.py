import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from minichannels.flow.journal.journal import Journal
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.layers import (
    InMemoryChannelLayer,
)
from support.connections import connect


@pytest.fixture
def connection() -> Iterator[Connection]:
    connection = connect(Journal())
    token = CURRENT.set(connection)
    yield connection
    CURRENT.reset(token)


async def test_recorded_layer_does_what_the_layer_does() -> None:
    inner = InMemoryChannelLayer()
    layer = RecordedLayer(inner)
    channel = await layer.new_channel()
    assert channel.startswith("specific.")
    assert (await layer.new_channel("mine")).startswith("mine.")

    await layer.group_add("chat", channel)
    await layer.group_send("chat", {"type": "a"})
    await layer.send(channel, {"type": "b"})

    assert await layer.receive(channel) == {"type": "a"}
    assert await layer.receive(channel) == {"type": "b"}
    await layer.group_discard("chat", channel)
    assert inner.groups == {}


async def test_recorded_layer_passes_on_all_else() -> None:
    inner = InMemoryChannelLayer(capacity=3)
    layer: Any = RecordedLayer(inner)

    layer.capacity = 2

    assert inner.capacity == layer.capacity == 2
    assert layer.extensions == ["groups", "flush", "release"]
    assert repr(layer) == repr(inner)
    await layer.group_add("chat", "a")
    await layer.release("a")
    assert inner.groups == {}
    with pytest.raises(AttributeError):
        _ = layer.nothing


async def test_a_reader_is_at_work_until_it_asks_again(
    connection: Connection,
) -> None:
    layer = RecordedLayer(InMemoryChannelLayer())
    await layer.send("a", {"type": "chat.message"})

    await layer.receive("a")
    assert connection.unfinished() == [
        "app of ada (for ada) is still at work on 'chat.message'"
    ]
    again = asyncio.create_task(layer.receive("a"))
    await asyncio.sleep(0)

    assert connection.unfinished() == []
    again.cancel()


async def test_messages_in_a_mailbox_that_is_read_are_unfinished(
    connection: Connection,
) -> None:
    layer = RecordedLayer(InMemoryChannelLayer())
    reading = asyncio.create_task(layer.receive("a"))
    await asyncio.sleep(0)
    reading.cancel()

    await layer.send("a", {"type": "x"})
    await layer.send("b", {"type": "x"})

    assert connection.unfinished() == [
        "the mailbox of app of ada (for ada) holds 1 message"
    ]
    await layer.send("a", {"type": "x"})
    assert connection.unfinished() == [
        "the mailbox of app of ada (for ada) holds 2 messages"
    ]


async def test_a_layer_that_does_not_tell_what_waits_is_believed(
    connection: Connection,
) -> None:
    class Foreign:
        async def receive(self, channel: str) -> dict[str, Any]:
            return {"type": channel}

    layer = RecordedLayer(Foreign())

    await layer.receive("a")
    connection.asks(("a", layer.inner))

    assert connection.unfinished() == []


async def test_error_of_a_call_names_the_method_and_no_class_of_ours() -> None:
    layer: Any = RecordedLayer(InMemoryChannelLayer())

    with pytest.raises(TypeError, match=r"^group_add\(\) missing 1"):
        await layer.group_add("news")
