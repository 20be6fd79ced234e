"""A name that a module of Channels has only imported is importable here, too.

The table of names (API.md) lists what modules define. People import what a
module imports as well, as ``StopConsumer`` from ``channels.consumer``.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from support import django_settings

django_settings.set_up()

# Of Channels' own names, and of asgiref's, those that nobody should miss.
LEFT_OUT = {
    "channels.testing.application:no_op": "Channels' own patch of Django",
    "channels.testing.live:TEST_DATABASE_PREFIX": "Django's",
    "channels.testing.live:make_application": "of a server in a process",
    "channels.testing.live:set_database_connection": "the same",
}


# What is looked up when it is asked for, as it imports Django.
WHEN_ASKED = {
    "channels.routing:get_default_application",
    "channels.testing:ChannelsLiveServerTestCase",
}


def pairs() -> Iterator[tuple[str, ModuleType, ModuleType]]:
    """Give each module of Channels that we have, and ours."""
    channels = importlib.import_module("channels")
    found = pkgutil.walk_packages(channels.__path__, "channels.")
    for name in ["channels", *(module.name for module in found)]:
        try:
            ours = importlib.import_module(f"mini{name}")
        except ModuleNotFoundError:
            continue
        yield name, importlib.import_module(name), ours


def is_of_channels(value: Any) -> bool:
    """Tell what is Channels' or asgiref's from Python's and Django's."""
    if isinstance(value, ModuleType):
        return False
    home = getattr(value, "__module__", "channels").partition(".")[0]
    return home in {"channels", "asgiref"}


def names() -> Iterator[str]:
    for name, theirs, _ in pairs():
        for public, value in vars(theirs).items():
            if not public.startswith("_") and is_of_channels(value):
                yield f"{name}:{public}"


@pytest.mark.parametrize("name", sorted(set(names()) - set(LEFT_OUT)))
def test_a_name_of_a_module_is_importable_from_ours(name: str) -> None:
    module, _, public = name.partition(":")
    ours = sys.modules[f"mini{module}"]
    assert hasattr(ours, public)
    # Also in the eyes of a type checker, and with "import *".
    declared = getattr(ours, "__all__", None)
    assert declared is None or (public in declared) != (name in WHEN_ASKED)


# Of Python's and of Django's, what programs for Channels take from there.
TAKEN = [
    "auth:get_user_model",
    "auth:load_backend",
    "auth:user_logged_in",
    "auth:user_logged_out",
    "layers:asyncio",
    "layers:settings",
    "layers:time",
]


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_from_a_module_of_channels_is_in_ours(name: str) -> None:
    module, _, public = name.partition(":")
    theirs, ours = (
        getattr(importlib.import_module(f"{package}.{module}"), public)
        for package in ("channels", "minichannels")
    )
    assert ours is theirs


@pytest.mark.parametrize("module", ["auth", "layers"])
def test_other_names_are_unknown(module: str) -> None:
    with pytest.raises(ImportError, match="'get_user_modle'"):
        exec(f"from minichannels.{module} import get_user_modle")


def test_what_is_left_out_is_there_and_not_here() -> None:
    missing = {
        f"{module}:{public}"
        for module, theirs, ours in pairs()
        for public, value in vars(theirs).items()
        if not public.startswith("_")
        and is_of_channels(value)
        and not hasattr(ours, public)
    }
    assert missing == set(LEFT_OUT)
