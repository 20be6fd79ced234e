"""A layer of one's own may use the names that only our layers have."""

from collections.abc import Callable
from typing import Any
from unittest.mock import NonCallableMock, create_autospec

import pytest

from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.testing import WebsocketCommunicator
from support.both import fresh_layers

Load = Callable[[str], Any]
LIMIT = 20  # seconds that nothing takes, unless it hangs

NAMES = ["dropped", "expired", "observer", "reader", "release", "undelivered"]
# Which Channels' layers have, and nothing of Channels looks at.
NAMES += ["extensions"]


# mypy: disable-error-code="name-defined, misc"


def method(self: Any, word: str) -> str:
    return f"own {word}"


def with_own(base: Any, name: str, what: str) -> Any:
    """Return a class in which a name stands for something of its own."""
    if what == "nothing":
        return type("Own", (base,), {name: None})
    if what == "method":
        return type("Own", (base,), {name: method})
    if what == "property":
        return type("Own", (base,), {name: property(lambda self: "own")})

    class Own(base):
        def __init__(self, **config: Any) -> None:
            if what == "set before":
                setattr(self, name, [])
            super().__init__(**config)
            if what == "set after":
                setattr(self, name, [])

    return Own


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "what", ["nothing", "method", "property", "set before", "set after"]
)
async def test_a_layer_may_use_a_name_of_ours(
    package: Load, name: str, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    own = with_own(package("layers").InMemoryChannelLayer, name, what)
    web = package("generic.websocket")

    class Chat(web.AsyncWebsocketConsumer):
        groups = ["chat"]

        async def said(self, event: Any) -> None:
            await self.send("heard")

    with fresh_layers():
        layer = own(capacity=1, expiry=60)
        package("layers").channel_layers.set("default", layer)
        await layer.group_add("full", "a")
        for _ in range(2):
            await layer.group_send("full", {"type": "x"})
        client = package("testing").WebsocketCommunicator(Chat.as_asgi(), "/")
        await client.connect(LIMIT)
        await layer.group_send("chat", {"type": "said"})
        assert await client.receive_from(LIMIT) == "heard"
        await client.disconnect(timeout=LIMIT)
    assert "chat" not in layer.groups
    assert caplog.records == []
    values: dict[str, Any] = {"nothing": None, "property": "own"}
    if what == "method":
        assert getattr(layer, name)("word") == "own word"
    else:
        assert getattr(layer, name) == values.get(what, [])


@pytest.mark.parametrize("is_recorded", [False, True])
@pytest.mark.parametrize("name", NAMES)
async def test_a_layer_with_such_a_name_forgets_who_has_left(
    name: str, is_recorded: bool
) -> None:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.channel_layer.group_add("chat", self.channel_name)
            await self.accept()

    layer = with_own(InMemoryChannelLayer, name, "method")()
    with fresh_layers():
        used = RecordedLayer(layer) if is_recorded else layer
        channel_layers.set("default", used)
        client = WebsocketCommunicator(Chat.as_asgi(), "/")
        await client.connect(LIMIT)
        assert layer.groups
        await client.disconnect(timeout=LIMIT)
    assert layer.groups == {}


def test_a_count_may_be_asked_of_the_class() -> None:
    mocked = create_autospec(InMemoryChannelLayer)

    assert isinstance(mocked.dropped, NonCallableMock)
    assert InMemoryChannelLayer.dropped == 0


async def test_a_recorder_leaves_such_names_alone(package: Load) -> None:
    own = with_own(package("layers").InMemoryChannelLayer, "observer", "set")
    layer = own()
    layer.observer = "own"

    recorded = RecordedLayer(layer)
    assert recorded.observer == "own"
    recorded._minichannels_unwatch()

    assert layer.observer == "own"


@pytest.mark.parametrize("name", ["inner", "mail", "unwatch", "_parts"])
async def test_a_recorded_layer_keeps_such_names(
    package: Load, name: str
) -> None:
    own = with_own(package("layers").InMemoryChannelLayer, name, "set")
    layer = own()
    setattr(layer, name, "own")

    recorded = RecordedLayer(layer)

    assert getattr(recorded, name) == "own"
    recorded._minichannels_unwatch()


@pytest.mark.parametrize("name", ["reader", "release"])
def test_a_recorded_layer_keeps_a_method_of_such_a_name(
    package: Load, name: str
) -> None:
    own = with_own(package("layers").InMemoryChannelLayer, name, "method")

    recorded = RecordedLayer(own())

    assert getattr(recorded, name)("word") == "own word"
    recorded._minichannels_unwatch()


@pytest.mark.parametrize("name", ["reader", "release"])
def test_a_recorded_layer_has_what_ours_have_and_channels_have_not(
    package: Load, name: str
) -> None:
    layer = package("layers").InMemoryChannelLayer()

    recorded = RecordedLayer(layer)

    assert hasattr(recorded, name) is hasattr(layer, name)
    recorded._minichannels_unwatch()


def test_what_records_a_layer_has_no_name_that_could_be_anybody_elses() -> None:
    layer = InMemoryChannelLayer()
    recorded = RecordedLayer(layer)
    names = {*vars(RecordedLayer), *vars(recorded)} - {*dir(layer)}
    recorded._minichannels_unwatch()

    prefixes = ("_minichannels_", "__")
    assert [name for name in names if not name.startswith(prefixes)] == []
