import asyncio
import copy
import importlib
import inspect
from collections import UserDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest

from minichannels.exceptions import (
    InvalidChannelLayerError,
    MessageTooLarge,
)
from minichannels.flow import Flow, Journal, record
from minichannels.flow.journal.cause_key import KEY
from minichannels.flow.recording.application.causes import CURRENT
from minichannels.flow.recording.application.connection import Connection
from minichannels.flow.recording.application.settling import unfinished
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import (
    InMemoryChannelLayer,
)
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Receive, Scope, Send
from support.apart import apart
from support.connections import connect
from support.layers import LayerWithoutGroups

# By its name: Channels has no types.
CHANNELS: Any = importlib.import_module("channels.layers")


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


def test_a_recorded_layer_may_be_copied() -> None:
    inner = InMemoryChannelLayer()
    layer = RecordedLayer(inner)

    assert copy.copy(layer)._minichannels_inner is inner
    assert not hasattr(layer, "__wrapped__")
    layer._minichannels_unwatch()


@pytest.mark.parametrize(
    "name", ["group_add", "group_discard", "group_send", "flush"]
)
def test_a_recorded_layer_lacks_what_the_layer_lacks(name: str) -> None:
    layer = RecordedLayer(LayerWithoutGroups())

    with pytest.raises(AttributeError, match=f"Groups' .* '{name}'"):
        getattr(layer, name)
    assert not hasattr(copy.copy(layer), name)
    layer._minichannels_unwatch()


async def test_what_a_layer_lacks_may_be_put_there() -> None:
    layer: Any = RecordedLayer(LayerWithoutGroups())

    layer.flush = AsyncMock(return_value=1)

    assert await layer.flush() == 1
    del layer.flush
    assert not hasattr(layer, "flush")
    layer._minichannels_unwatch()


def test_a_layer_that_does_not_say_what_it_has_lacks_nothing() -> None:
    class Bound(LayerWithoutGroups):
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("there is no event loop")

    layer = RecordedLayer(Bound())

    assert hasattr(layer, "group_send")
    layer._minichannels_unwatch()


async def test_that_a_layer_has_no_groups_is_said_as_without_recording() -> (
    None
):
    class Room(AsyncWebsocketConsumer):
        groups = ("room",)

    bare: Any = LayerWithoutGroups()
    with record(Room.as_asgi(), bare) as flow:
        client = WebsocketCommunicator(flow.app, "/")
        with pytest.raises(InvalidChannelLayerError):
            await client.connect()


def test_a_recorded_layer_is_of_the_class_that_it_records() -> None:
    class Own(InMemoryChannelLayer):
        pass

    layer = RecordedLayer(Own())

    assert isinstance(layer, Own)
    assert isinstance(layer, RecordedLayer)
    assert not isinstance(layer, dict)
    layer._minichannels_unwatch()


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
    assert unfinished(connection) == [
        "app of ada (for ada) is still at work on 'chat.message'"
    ]
    again = asyncio.create_task(layer.receive("a"))
    await asyncio.sleep(0)

    assert unfinished(connection) == []
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

    assert unfinished(connection) == [
        "the mailbox of app of ada (for ada) holds 1 message"
    ]
    await layer.send("a", {"type": "x"})
    assert unfinished(connection) == [
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
    connection.asks(("a", id(layer._minichannels_inner)))

    assert unfinished(connection) == []


async def test_error_of_a_call_names_the_method_and_no_class_of_ours() -> None:
    layer: Any = RecordedLayer(InMemoryChannelLayer())

    with pytest.raises(TypeError, match=r"^group_add\(\) missing 1"):
        await layer.group_add("news")


class Elsewhere:
    """A layer whose methods take, and return, more than Channels' own do."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    async def send(self, channel: str, message: Any, delay: int = 0) -> str:
        self.waiting.append(message)
        return f"sent {channel} {delay}"

    async def group_send(
        self, group: str, message: Any, *, exclude: str = ""
    ) -> str:
        return f"sent {group} without {exclude}"

    async def receive(self, channel: str, timeout: float = 5) -> Any:
        return self.waiting.pop() if self.waiting else f"none in {timeout}"

    async def new_channel(self, prefix: str = "x", *, size: int = 1) -> str:
        return f"{prefix}!{size}"

    async def group_add(self, group: Any, channel: Any, ttl: int = 0) -> str:
        return f"{channel} in {group} for {ttl}"

    async def group_discard(
        self, group: Any, channel: Any, *, quiet: bool = False
    ) -> str:
        return f"{channel} out of {group}, {quiet}"

    async def flush(self, only: str = "") -> str:
        return f"flushed {only}"


@pytest.mark.parametrize(
    ("call", "given", "named", "result"),
    [
        ("send", ("a", {"type": "x"}, 3), {}, "sent a 3"),
        (
            *("send", (), {"channel": "a", "message": {"type": "x"}}),
            "sent a 0",
        ),
        ("send", (5, {"type": "x"}), {"delay": 1}, "sent 5 1"),
        (
            *("group_send", ("g", {"type": "x"}), {"exclude": "a"}),
            "sent g without a",
        ),
        ("receive", ("a", 2), {}, "none in 2"),
        ("receive", (), {"channel": "a", "timeout": 2}, "none in 2"),
        ("new_channel", (), {"prefix": "ada"}, "ada!1"),
        ("new_channel", ("ada",), {"size": 2}, "ada!2"),
        ("group_add", ("g", "a", 9), {}, "a in g for 9"),
        ("group_add", ("g", 5), {"ttl": 9}, "5 in g for 9"),
        ("group_discard", ("g", "a"), {"quiet": True}, "a out of g, True"),
        ("group_discard", ("g", 5), {}, "5 out of g, False"),
        ("flush", ("a",), {}, "flushed a"),
    ],
)
async def test_every_parameter_and_result_of_a_layer_passes(
    connection: Connection,
    call: str,
    given: Any,
    named: Any,
    result: str,
) -> None:
    layer = RecordedLayer(Elsewhere())

    assert await getattr(layer, call)(*given, **named) == result


async def test_a_layer_that_hands_out_other_mappings_is_recorded() -> None:
    journal, inner = Journal(), Elsewhere()
    layer = RecordedLayer(inner, journals=lambda: (journal,))
    inner.waiting.append(UserDict(type="x", a=1))

    assert await layer.receive("a") == {"type": "x", "a": 1}

    assert [event.type for event in Flow(journal)] == ["x"]


# The key that travels in messages


async def test_a_key_is_in_the_layer_alone(tmp_path: Path) -> None:
    layer = InMemoryChannelLayer()
    with apart(silent, layer, "web-1", tmp_path) as web:
        await web.layer.send("a", {"type": "x"})
        await web.layer.send("a", {"type": "x"})
        assert await web.layer.receive("a") == {"type": "x"}
        assert list(await layer.receive("a")) == ["type", KEY]


async def test_without_a_name_there_is_no_key() -> None:
    layer = InMemoryChannelLayer()
    with record(silent, layer) as flow:
        recorded: Any = flow.layer
        await recorded.send("a", {"type": "x"})
        assert await layer.receive("a") == {"type": "x"}


async def test_a_key_makes_no_message_too_large(tmp_path: Path) -> None:
    layer = InMemoryChannelLayer()
    message = {"type": "x", "text": "a" * (1_000_000 - 22)}
    await layer.send("a", message)
    with pytest.raises(MessageTooLarge):
        await layer.send("a", {**message, "b": ""})

    with apart(silent, layer, "web-1", tmp_path) as web:
        await web.layer.send("b", message)
        assert await web.layer.receive("b") == message
        with pytest.raises(MessageTooLarge):
            await web.layer.send("b", {**message, "b": ""})


async def test_a_key_that_is_sent_on_is_not_that_of_the_new_send(
    tmp_path: Path,
) -> None:
    layer = InMemoryChannelLayer()
    with apart(silent, layer, "web-1", tmp_path) as web:
        await web.layer.send("a", {"type": "x"})
        event = await layer.receive("a")  # by whoever got the layer before
        await web.layer.send("a", event)
        again = await layer.receive("a")
    with record(silent, layer) as flow:
        recorded: Any = flow.layer
        await recorded.send("a", again)
        assert await recorded.receive("a") == {"type": "x"}

    assert again[KEY] != event[KEY]
    assert [e.status for e in flow] == ["delivered"] * 2


async def test_a_dict_of_another_class_stays_one(tmp_path: Path) -> None:
    class Message(dict[str, Any]):
        pass

    class Looking(InMemoryChannelLayer):
        async def send(self, channel: str, message: dict[str, Any]) -> None:
            assert type(message) is Message
            await super().send(channel, message)

    with apart(silent, Looking(), "web-1", tmp_path) as web:
        await web.layer.send("a", Message(type="x"))
        assert await web.layer.receive("a") == {"type": "x"}


async def silent(scope: Scope, receive: Receive, send: Send) -> None: ...


async def test_a_layer_that_cannot_be_hashed_is_recorded() -> None:
    @dataclass
    class Stub:
        message: dict[str, Any]

        async def new_channel(self) -> str:
            return "a"

        async def receive(self, channel: str) -> dict[str, Any]:
            return self.message

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        channel = await layer.new_channel()
        assert await layer.receive(channel) == {"type": "x"}

    stub: Any = Stub({"type": "x"})
    with record(reading, stub) as flow:
        layer: Any = flow.layer
        await flow.app({"type": "websocket"}, none, silent_send)

    assert [event.type for event in flow if event.kind == "deliver"] == ["x"]


@pytest.mark.parametrize(
    "spec", [None, InMemoryChannelLayer, CHANNELS.InMemoryChannelLayer]
)
async def test_a_mock_of_a_layer_is_recorded(spec: Any) -> None:
    mock = AsyncMock(spec=spec)
    mock.receive.return_value = {"type": "x"}
    with record(silent, mock) as flow:
        layer: Any = flow.layer
        await layer.group_add("chat", "a")
        await layer.group_send("chat", {"type": "x"})
        assert await layer.receive("a") == {"type": "x"}

    (delivery,) = [event for event in flow if event.kind == "deliver"]
    assert (delivery.status, delivery.capacity) == ("delivered", None)


async def none() -> Any: ...


async def silent_send(event: Any) -> None: ...


@pytest.mark.parametrize("name", ["reader", "release"])
def test_what_consumers_ask_for_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(RecordedLayer, name))
