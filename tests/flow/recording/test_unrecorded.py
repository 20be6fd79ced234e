import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from minichannels.flow import record
from minichannels.flow.recording import unrecorded
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer, get_channel_layer
from minichannels.testing import WebsocketCommunicator


@pytest.fixture(autouse=True)
def nothing_was_said() -> Iterator[None]:
    unrecorded._say.cache_clear()
    yield
    unrecorded._say.cache_clear()


class Own(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.channel_layer = InMemoryChannelLayer()
        await self.accept()


class Other(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        layer = get_channel_layer()
        assert layer is not None
        self.channel_layer = layer
        await self.accept()


async def talk(app: Any) -> None:
    client = WebsocketCommunicator(app, "/")
    await client.connect()
    await client.disconnect()


async def test_layer_that_a_consumer_brings_is_said_to_be_unrecorded_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with record(Own.as_asgi()) as flow:
        await talk(flow.app)
        await talk(flow.app)

    (said,) = caplog.messages
    assert (
        "layer of Own, of class InMemoryChannelLayer, is not recorded" in said
    )


async def test_layer_beside_the_one_that_is_recorded_is_said_to_be_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with record(Own.as_asgi(), InMemoryChannelLayer()) as flow:
        await talk(flow.app)

    assert len(caplog.messages) == 1


@pytest.mark.parametrize("consumer", [Other, AsyncWebsocketConsumer])
async def test_nothing_is_said_of_layers_that_are_recorded(
    consumer: type[AsyncWebsocketConsumer], caplog: pytest.LogCaptureFixture
) -> None:
    with record(consumer.as_asgi()) as flow:
        await talk(flow.app)

    assert caplog.messages == []


LAYER = """
class Layer:
    def new_channel(self): ...
    def group_send(self): ...
"""
ASK = "def get_channel_layer(alias): ..."
THEIRS = "from minichannels.layers import BaseChannelLayer, get_channel_layer"


def planted(patch: pytest.MonkeyPatch, source: str) -> None:
    module = ModuleType("fast.layers")
    exec(source, vars(module))
    patch.setitem(sys.modules, module.__name__, module)


def test_registry_of_another_package_is_said_to_be_unrecorded_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    planted(monkeypatch, LAYER + ASK)
    for _ in range(2):
        with record(Other.as_asgi()):
            pass

    (said,) = caplog.messages
    assert "the channel layers of fast are not recorded" in said


def test_registry_that_comes_while_recording_is_found_at_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with record(Other.as_asgi()):
        planted(monkeypatch, LAYER + ASK)
        assert caplog.messages == []

    assert len(caplog.messages) == 1


@pytest.mark.parametrize("source", ["", LAYER, ASK, THEIRS, LAYER + THEIRS])
def test_module_without_a_registry_of_its_own_is_no_registry(
    source: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    planted(monkeypatch, source)
    with record(Other.as_asgi()):
        pass

    assert caplog.messages == []
