import importlib
import sys
from types import ModuleType
from typing import Any

import pytest

from minichannels.flow import record
from minichannels.flow.record import record_everywhere
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.layers import (
    InMemoryChannelLayer,
    channel_layers,
    get_channel_layer,
)
from minichannels.types import Receive, Scope, Send
from support import django_settings

django_settings.set_up()
_channels: Any = importlib.import_module("channels.layers")
_settings: Any = importlib.import_module("django.conf").settings
override_settings: Any = importlib.import_module(
    "django.test"
).override_settings


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


def test_a_project_may_have_a_package_with_the_name_of_channels(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    monkeypatch.setitem(
        sys.modules, "channels.layers", ModuleType("channels.layers")
    )

    with (
        record_everywhere(nothing, warnings.append) as flow,
        record(nothing, InMemoryChannelLayer()),
    ):
        assert len(flow) == 0

    assert warnings == []


def test_record_everywhere_warns_of_settings_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    class Unconfigured(_channels.ChannelLayerManager):  # type: ignore[misc]
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


def of_capacity(number: int) -> dict[str, Any]:
    backend = "channels.layers.InMemoryChannelLayer"
    config = {"BACKEND": backend, "CONFIG": {"capacity": number}}
    return {"CHANNEL_LAYERS": {"default": config}}


async def test_layers_of_settings_that_change_meanwhile_are_recorded(
    warnings: list[str],
) -> None:
    with record_everywhere(nothing, warnings.append) as flow:
        with override_settings(**of_capacity(3)):
            layer = _channels.get_channel_layer()
            await layer.group_send("room", {"type": "in.between"})
            inner = layer._minichannels_inner
        with (
            record_everywhere(nothing, warnings.append) as second,
            override_settings(**of_capacity(4)),
        ):
            layer = _channels.get_channel_layer()
            await layer.group_send("room", {"type": "of.both"})

    assert inner.capacity == 3
    assert [event.type for event in flow] == ["in.between", "of.both"]
    assert [event.type for event in second] == ["of.both"]
    assert warnings == []


def test_settings_that_change_meanwhile_stay_in_force(
    fresh: Any, warnings: list[str]
) -> None:
    with override_settings(**of_capacity(5)):
        fresh["default"]
        with record_everywhere(nothing, warnings.append):
            # As a class of tests does, and ends it after its last one.
            changed = override_settings(**of_capacity(3))
            changed.enable()
            first = fresh["default"]._minichannels_inner
        second = fresh["default"]
        with record_everywhere(nothing, warnings.append):
            third = fresh["default"]._minichannels_inner
        changed.disable()

        assert first is second
        assert second is third
        assert second.capacity == 3
        assert fresh["default"].capacity == 5
        assert "make_backend" not in vars(fresh)


def test_what_is_configured_during_a_recording_stays() -> None:
    backend = "minichannels.layers.InMemoryChannelLayer"
    config = {"BACKEND": backend, "CONFIG": {"capacity": 3}}

    with record(nothing, InMemoryChannelLayer()):
        channel_layers.configure({"default": config})

    layer: Any = get_channel_layer()
    channel_layers.configure(None)
    assert layer.capacity == 3


async def test_record_puts_a_layer_in_place_without_channels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "channels.layers")

    with record(nothing, InMemoryChannelLayer()) as flow:
        ours: Any = get_channel_layer()
        await ours.group_send("ours", {"type": "of.ours"})

    assert [event.type for event in flow] == ["of.ours"]
