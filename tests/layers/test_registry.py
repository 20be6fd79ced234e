import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.exceptions import InvalidChannelLayerError
from minichannels.layers import (
    ChannelLayerManager,
    InMemoryChannelLayer,
    channel_layers,
    get_channel_layer,
)

IN_MEMORY = "minichannels.layers.InMemoryChannelLayer"


@pytest.fixture(autouse=True)
def registry_as_before() -> Iterator[None]:
    configs, backends = channel_layers.configs, channel_layers.backends
    channel_layers.configure(None)
    yield
    channel_layers.configure(configs)
    channel_layers.backends.update(backends)


def test_get_channel_layer_needs_no_configuration() -> None:
    assert isinstance(get_channel_layer(), InMemoryChannelLayer)


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Play the settings of a Django project; return them."""
    layers = {"default": {"BACKEND": IN_MEMORY}}
    settings = SimpleNamespace(configured=True, CHANNEL_LAYERS=layers)
    django = SimpleNamespace(settings=settings)
    monkeypatch.setitem(sys.modules, "django.conf", django)
    return settings


def test_layers_of_a_project_that_nobody_has_read_are_an_error(
    project: SimpleNamespace,
) -> None:
    with pytest.raises(
        InvalidChannelLayerError, match=r"put 'minichannels' into its INSTALLED"
    ):
        ChannelLayerManager()["default"]


@pytest.mark.parametrize(
    "other",
    [
        {"configured": False},
        {"CHANNEL_LAYERS": {"default": {"BACKEND": "channels.layers.Other"}}},
        {"CHANNEL_LAYERS": None},
    ],
)
def test_settings_that_name_no_layers_of_ours_are_no_error(
    project: SimpleNamespace, other: dict[str, Any]
) -> None:
    vars(project).update(other)

    assert isinstance(ChannelLayerManager()["default"], InMemoryChannelLayer)


def test_layers_that_a_program_configures_are_its_own_beside_a_project(
    project: SimpleNamespace,
) -> None:
    manager = ChannelLayerManager()
    manager.configure(None)

    assert isinstance(manager["default"], InMemoryChannelLayer)


def test_get_channel_layer_returns_the_same_layer_each_time() -> None:
    assert get_channel_layer() is get_channel_layer("default")


def test_get_channel_layer_of_an_unknown_alias_is_none() -> None:
    assert get_channel_layer("other") is None


def test_get_channel_layer_without_a_default_is_none() -> None:
    channel_layers.configure({})

    assert get_channel_layer() is None


def test_get_channel_layer_finds_one_that_was_set_without_configuration() -> (
    None
):
    layer = InMemoryChannelLayer()
    channel_layers.set("other", layer)

    assert get_channel_layer("other") is layer


def test_configure_makes_layers_with_their_arguments() -> None:
    channel_layers.configure(
        {
            "default": {"BACKEND": IN_MEMORY, "CONFIG": {"capacity": 7}},
            "other": {"BACKEND": IN_MEMORY},
        }
    )

    default, other = get_channel_layer(), get_channel_layer("other")

    assert isinstance(default, InMemoryChannelLayer)
    assert isinstance(other, InMemoryChannelLayer)
    assert (default.capacity, other.capacity) == (7, 100)


def test_configure_forgets_the_layers_made_before() -> None:
    before = get_channel_layer()
    channel_layers.configure({"default": {"BACKEND": IN_MEMORY}})

    assert get_channel_layer() is not before


def test_configure_with_none_is_one_layer_in_memory() -> None:
    channel_layers.configure({})
    channel_layers.configure(None)

    assert list(channel_layers.configs) == ["default"]
    assert isinstance(get_channel_layer(), InMemoryChannelLayer)


def test_configs_is_the_mapping_in_force() -> None:
    mapping = {"other": {"BACKEND": IN_MEMORY}}
    manager = ChannelLayerManager()
    manager.configure(mapping)

    assert manager.configs is mapping
    assert "other" in manager
    assert "default" not in manager


def test_make_backend_makes_a_new_layer_each_time() -> None:
    manager = ChannelLayerManager()

    assert manager.make_backend("default") is not manager["default"]


def test_make_backend_of_an_unknown_alias_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="other"):
        ChannelLayerManager().make_backend("other")


def test_make_test_backend_takes_test_config() -> None:
    manager = ChannelLayerManager()
    manager.configure(
        {
            "default": {
                "BACKEND": IN_MEMORY,
                "CONFIG": {"expiry": 1},
                "TEST_CONFIG": {"expiry": 2},
            }
        }
    )

    assert manager.make_test_backend("default").expiry == 2


def test_make_test_backend_without_test_config_is_an_error() -> None:
    with pytest.raises(
        InvalidChannelLayerError,
        match="channel layer 'default' has no TEST_CONFIG",
    ):
        ChannelLayerManager().make_test_backend("default")


def test_make_test_backend_of_an_unknown_alias_says_so() -> None:
    with pytest.raises(
        InvalidChannelLayerError, match="no channel layer 'nope' is configured"
    ):
        ChannelLayerManager().make_test_backend("nope")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (None, "the TEST_CONFIG of channel layer 'default' is a dict"),
        ({"capasity": 3}, "'default' does not take its TEST_CONFIG"),
    ],
)
def test_make_test_backend_says_that_its_test_config_is_wrong(
    config: Any, problem: str
) -> None:
    manager = ChannelLayerManager()
    manager.configure(
        {"default": {"BACKEND": IN_MEMORY, "TEST_CONFIG": config}}
    )

    with pytest.raises(InvalidChannelLayerError, match=problem):
        manager.make_test_backend("default")


def test_layer_with_routing_is_an_error_that_says_where_to_route() -> None:
    channel_layers.configure({"default": {"BACKEND": IN_MEMORY, "ROUTING": 1}})

    with pytest.raises(InvalidChannelLayerError, match="ProtocolTypeRouter"):
        get_channel_layer()


def test_layer_without_backend_is_an_error_that_names_one() -> None:
    channel_layers.configure({"default": {"CONFIG": {}}})

    with pytest.raises(InvalidChannelLayerError) as caught:
        get_channel_layer()

    assert str(caught.value) == (
        "channel layer 'default' has no BACKEND; give the dotted name of a"
        f" class, such as '{IN_MEMORY}'"
    )


@pytest.mark.parametrize(
    ("backend", "problem"),
    [
        ("minichannels.nowhere.Layer", "No module named"),
        ("minichannels.layers.NoSuchLayer", "has no attribute 'NoSuchLayer'"),
        (
            "InMemoryChannelLayer",
            f"the dotted name of a class, such as '{IN_MEMORY}'",
        ),
        (".layers.InMemoryChannelLayer", "relative import"),
        ("fails_to_begin.Layer", "a setting is missing"),
        (None, "give the dotted name of a class"),
    ],
)
def test_backend_that_cannot_be_imported_is_an_error_that_says_why(
    backend: str | None,
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = tmp_path / "fails_to_begin.py"
    module.write_text("raise ValueError('a setting is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    channel_layers.configure({"default": {"BACKEND": backend}})

    with pytest.raises(InvalidChannelLayerError) as caught:
        get_channel_layer()

    assert str(caught.value).startswith(
        f"cannot import BACKEND {backend!r} of channel layer 'default': "
    )
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ("default", r"is a dict of aliases, .*, not 'default'"),
        ([IN_MEMORY], "is a dict of aliases, "),
        ({"default": IN_MEMORY}, "'default' is configured by a dict with a"),
        ({"default": None}, "'default' is .* a BACKEND, not by None"),
    ],
)
def test_configure_refuses_what_configures_nothing(
    mapping: Any, problem: str
) -> None:
    with pytest.raises(TypeError, match=problem):
        channel_layers.configure(mapping)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"BACKEND": IN_MEMORY, "CONFIG": None}, "dict of arguments, not None"),
        ({"BACKEND": "minichannels.layers"}, "'default' is no class"),
        (
            {"BACKEND": IN_MEMORY, "CONFIG": {"capasity": 3}},
            "'default' does not take its CONFIG: .*'capasity'",
        ),
        (
            {"BACKEND": IN_MEMORY, "CONFIG": {"capacity": 0}},
            "'default' .* CONFIG: capacity must be a number above 0, not 0",
        ),
        ({"BACKEND": IN_MEMORY, "CONFIG": {1: 2}}, "must be strings"),
    ],
)
def test_wrong_config_of_a_layer_is_an_error_that_says_why(
    config: dict[str, Any], problem: str
) -> None:
    channel_layers.configure({"default": config})

    with pytest.raises(InvalidChannelLayerError, match=problem):
        get_channel_layer()


def test_invalid_channel_layer_error_is_a_value_error() -> None:
    assert issubclass(InvalidChannelLayerError, ValueError)


def test_set_returns_the_layer_that_it_replaces() -> None:
    first, second = InMemoryChannelLayer(), InMemoryChannelLayer()

    assert channel_layers.set("default", first) is None
    assert channel_layers.set("default", second) is first
    assert get_channel_layer() is second


def test_set_none_has_the_layer_made_anew() -> None:
    layer = InMemoryChannelLayer()
    channel_layers.set("default", layer)

    assert channel_layers.set("default", None) is layer
    assert channel_layers.set("default", None) is None
    assert get_channel_layer() not in (None, layer)


def test_wrap_hands_layers_out_in_a_wrapper() -> None:
    manager = ChannelLayerManager()
    manager.wrap(lambda alias, layer: (alias, layer))

    later, before = InMemoryChannelLayer(), manager["default"][1]
    manager.set("other", later)

    assert manager["default"] == ("default", before)
    assert manager["other"] == ("other", later)
    assert manager.backends == {"default": before, "other": later}


def test_wrap_with_none_hands_out_the_layers_themselves() -> None:
    manager = ChannelLayerManager()
    layer = manager["default"]
    manager.wrap(lambda alias, layer: None)

    manager.wrap(None)

    assert manager["default"] is layer


class SlowLayer:
    """Takes long enough to make for another thread to ask as well."""

    both = threading.Barrier(2)
    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        # Broken: nobody else is here, as it should be.
        with contextlib.suppress(threading.BrokenBarrierError):
            self.both.wait(0.2)


def test_two_threads_that_ask_at_once_get_the_same_layer() -> None:
    manager = ChannelLayerManager()
    manager.configure({"default": {"BACKEND": f"{__name__}.SlowLayer"}})
    got: list[Any] = []
    threads = [
        threading.Thread(target=lambda: got.append(manager["default"]))
        for _ in range(2)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert SlowLayer.made == 1
    assert got[0] is got[1]
