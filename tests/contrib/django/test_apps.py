from typing import Any
from urllib.parse import urlparse

import pytest
from django.apps import AppConfig, apps
from django.conf import settings
from django.test import override_settings

from minichannels.apps import ChannelsConfig
from minichannels.consumer import SyncConsumer
from minichannels.contrib.django import apps as bridge
from minichannels.exceptions import UndecidedError
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import (
    ChannelLayerManager,
    channel_layers,
    get_channel_layer,
)
from minichannels.security.websocket import AllowedHostsOriginValidator
from minichannels.testing import WebsocketCommunicator

IN_MEMORY = "minichannels.layers.InMemoryChannelLayer"


def layers(capacity: int) -> dict[str, Any]:
    config = {"capacity": capacity}
    return {"default": {"BACKEND": IN_MEMORY, "CONFIG": config}}


def test_name_of_the_library_is_enough_in_installed_apps() -> None:
    names = ["minichannels", "minichannels.contrib.django"]

    found = [
        AppConfig.create(name)
        for name in [*names, "minichannels.apps.ChannelsConfig"]
    ]

    assert {type(app) for app in found} == {ChannelsConfig}
    assert {app.name for app in found} == {"minichannels.contrib.django"}
    assert not apps.is_installed("minichannels.contrib.django")


def test_sync_consumers_share_a_thread_unless_their_class_says_no() -> None:
    class Parallel(SyncConsumer):
        thread_sensitive = False

    assert SyncConsumer.thread_sensitive
    assert not Parallel.thread_sensitive


async def test_connect_has_to_decide_if_its_class_says_so() -> None:
    class Undecided(AsyncWebsocketConsumer):
        accept_later = False

        async def connect(self) -> None:
            """Decide nothing."""

    client = WebsocketCommunicator(Undecided.as_asgi(), "/")
    assert await client.connect() == (False, 1000)
    with pytest.raises(UndecidedError):
        await client.wait()


@override_settings(CHANNEL_LAYERS=layers(7))
def test_setting_configures_the_layers() -> None:
    AppConfig.create("minichannels").ready()

    assert getattr(get_channel_layer(), "capacity", None) == 7


@override_settings(CHANNEL_LAYERS=layers(7))
def test_setting_counts_for_a_registry_of_ones_own() -> None:
    own = ChannelLayerManager()

    assert own["default"].capacity == 7
    assert own["default"] is not get_channel_layer()


@override_settings(CHANNEL_LAYERS=layers(7))
def test_models_that_ask_for_a_layer_when_imported_get_the_projects() -> None:
    channel_layers.configure(None)
    app = AppConfig.create("minichannels")  # then come models, then ready()

    layer = get_channel_layer()
    app.ready()

    assert getattr(layer, "capacity", None) == 7
    assert get_channel_layer() is layer


def test_setting_that_a_test_changes_counts_as_long_as_the_test() -> None:
    before = channel_layers.configs

    with override_settings(CHANNEL_LAYERS=layers(8)):
        assert getattr(get_channel_layer(), "capacity", None) == 8

    assert channel_layers.configs == before


def test_setting_that_is_assigned_counts_for_layers_not_made_yet() -> None:
    with override_settings(CHANNEL_LAYERS=layers(7)):
        from django.conf import settings

        settings.CHANNEL_LAYERS = {**layers(8), "more": layers(9)["default"]}

        assert getattr(get_channel_layer(), "capacity", None) == 8
        assert getattr(get_channel_layer("more"), "capacity", None) == 9
        assert list(channel_layers.configs) == ["default", "more"]
        assert len(channel_layers.configs) == 2
        settings.CHANNEL_LAYERS = layers(10)
        assert getattr(get_channel_layer(), "capacity", None) == 8


def test_setting_of_another_type_is_told_what_to_be() -> None:
    with pytest.raises(TypeError, match="a configuration is a dict of aliases"):
        override_settings(CHANNEL_LAYERS=["default"]).enable()


def test_without_the_setting_a_project_configures_its_layers_itself() -> None:
    with override_settings():
        from django.conf import settings

        del settings.CHANNEL_LAYERS
        channel_layers.configure(layers(9))
        AppConfig.create("minichannels").ready()

        assert getattr(get_channel_layer(), "capacity", None) == 9


@override_settings(ROOT_URLCONF="elsewhere")
def test_other_settings_change_no_layers() -> None:
    layer = get_channel_layer()

    with override_settings(ROOT_URLCONF="urls"):
        assert get_channel_layer() is layer


ORIGINS = {
    b"http://a.example": True,
    b"http://localhost:8000": False,
    b"http://elsewhere.org": False,
}


async def allowed() -> dict[bytes, bool]:
    """Return which pages may connect."""
    app = AllowedHostsOriginValidator(Open.as_asgi())
    found = {}
    for origin in ORIGINS:
        client = WebsocketCommunicator(app, "/", [(b"origin", origin)])
        found[origin] = (await client.connect())[0]
        await client.disconnect()
    return found


class Open(AsyncWebsocketConsumer):
    """Accepts whoever comes."""


@override_settings(ALLOWED_HOSTS=[".example"])
async def test_setting_says_which_pages_may_connect() -> None:
    assert await allowed() == ORIGINS


@override_settings(ALLOWED_HOSTS=[], DEBUG=True)
async def test_pages_of_this_machine_may_connect_while_debugging() -> None:
    assert await allowed() == {
        origin: b"localhost" in origin for origin in ORIGINS
    }


@override_settings(ALLOWED_HOSTS=["", ".example", "example:8000"])
async def test_host_that_no_page_can_be_of_is_told_of_and_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await allowed() == ORIGINS

    told = [record.getMessage() for record in caplog.records]
    told = [text for text in told if text.startswith("ALLOWED_HOSTS")]
    assert len(told) == 2
    assert "'' names no host" in told[0]
    assert "'example:8000' has no scheme" in told[1]


@override_settings(ALLOWED_HOSTS=[])
async def test_host_that_is_added_to_the_setting_counts_from_then_on() -> None:
    validator = AllowedHostsOriginValidator(Open.as_asgi())
    settings.ALLOWED_HOSTS.append("example")

    assert "example" in validator.allowed_origins


@override_settings(ALLOWED_HOSTS=["", "example"])
async def test_a_useless_host_is_told_of_once_and_others_may_be_added(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, two = (AllowedHostsOriginValidator(Open.as_asgi()) for _ in "12")
    settings.ALLOWED_HOSTS.append("http://")

    assert one.allowed_origins is two.allowed_origins is settings.ALLOWED_HOSTS
    assert one.valid_origin(urlparse("http://example"))
    assert not one.valid_origin(urlparse("http://elsewhere"))
    assert [r.name for r in caplog.records] == [bridge.__name__]


@override_settings(ALLOWED_HOSTS=[])
async def test_no_page_may_connect_if_no_host_is_allowed() -> None:
    assert not any((await allowed()).values())
