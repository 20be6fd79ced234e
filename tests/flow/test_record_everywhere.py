import importlib
import sys
from typing import Any

import pytest

from minichannels.flow import record
from minichannels.flow.record import record_everywhere
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.layers import InMemoryChannelLayer, get_channel_layer
from minichannels.types import Receive, Scope, Send
from support import django_settings

django_settings.set_up()
_channels: Any = importlib.import_module("channels.layers")
_settings: Any = importlib.import_module("django.conf").settings


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    pass


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Any:
    manager = _channels.ChannelLayerManager()
    monkeypatch.setattr(_channels, "channel_layers", manager)
    return manager


async def test_record_everywhere_records_all_layers(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    memory = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    monkeypatch.setattr(
        _settings, "CHANNEL_LAYERS", {"default": memory, "other": memory}
    )

    with record_everywhere(nothing, warnings.append) as flow:
        for alias in ("default", "other"):
            layer = _channels.get_channel_layer(alias)
            assert isinstance(layer, RecordedLayer)
            await layer.group_send(alias, {"type": "of.channels"})
        ours: Any = get_channel_layer()
        await ours.group_send("ours", {"type": "of.ours"})

    said = [(event.group, event.type) for event in flow]
    assert sorted(said) == [
        ("default", "of.channels"),
        ("other", "of.channels"),
        ("ours", "of.ours"),
    ]
    assert warnings == []
    for alias in ("default", "other"):
        layer = _channels.get_channel_layer(alias)
        assert not isinstance(layer, RecordedLayer)


def test_record_everywhere_warns_of_a_layer_that_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    layers = {"broken": {"BACKEND": "nowhere.Layer"}}
    monkeypatch.setattr(_settings, "CHANNEL_LAYERS", layers)

    with record_everywhere(nothing, warnings.append) as flow:
        assert len(flow) == 0

    assert len(warnings) == 1
    assert warnings[0].startswith(
        "layer 'broken' is not recorded: InvalidChannelLayerError: "
    )


def test_record_everywhere_warns_of_settings_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    class Unconfigured:
        @property
        def configs(self) -> Any:
            raise ValueError("no\nsettings")

    monkeypatch.setattr(_channels, "channel_layers", Unconfigured())

    with record_everywhere(nothing, warnings.append):
        pass

    assert warnings == [
        "Channels' layers are not recorded: ValueError: no settings"
    ]


def test_record_everywhere_does_not_need_channels(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    monkeypatch.delitem(sys.modules, "channels.layers")

    with record_everywhere(nothing, warnings.append) as flow:
        assert len(flow) == 0

    assert warnings == []


async def test_record_puts_a_layer_in_place_without_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "channels.layers")

    with record(nothing, InMemoryChannelLayer()) as flow:
        ours: Any = get_channel_layer()
        await ours.group_send("ours", {"type": "of.ours"})

    assert [event.type for event in flow] == ["of.ours"]
