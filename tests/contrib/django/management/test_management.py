from importlib import import_module
from pathlib import Path

from django.core.management import find_commands

from minichannels.apps import ChannelsConfig


def test_django_finds_the_commands() -> None:
    folder = Path(str(import_module(ChannelsConfig.name).__file__)).parent

    assert find_commands(str(folder / "management")) == ["runworker"]
