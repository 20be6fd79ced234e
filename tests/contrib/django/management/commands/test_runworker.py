import asyncio
import signal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from minichannels.contrib.django.management.commands.runworker import Command
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.worker import Worker


class Shared:
    """Looks as if it reached over processes; ends the worker at the end."""

    def __init__(self) -> None:
        memory = InMemoryChannelLayer()
        self.new_channel = memory.new_channel
        self.inside = memory.receive
        self.made: list[int] = []
        self.sent = [{"type": "picture.make", "id": n} for n in (1, 2)]

    async def receive(self, channel: str) -> Any:
        if "!" in channel:
            return await self.inside(channel)
        if not self.sent:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.Event().wait()
        return self.sent.pop(0)


@pytest.fixture(autouse=True)
def project() -> Any:
    name = "support.django_project.application"
    with override_settings(ASGI_APPLICATION=name):
        yield


def test_runworker_serves_channels_until_a_signal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    layer = Shared()
    channel_layers.set("default", layer)

    call_command(Command(), "pictures")

    assert layer.made == [1, 2]
    assert capsys.readouterr().out.splitlines() == [
        "Serving pictures with support.django_project.application"
        " (Ctrl-C stops)"
    ]


def test_runworker_may_have_a_worker_of_the_projects_own() -> None:
    class Own(Worker):
        """Is told from the library's by its class."""

    class Ours(Command):
        worker_class = Own
        made: Any = None

    made = []

    class Noting(Own):
        async def handle(self) -> None:
            made.append(self.channels)

    Ours.worker_class = Noting
    channel_layers.set("default", Shared())
    call_command(Ours(), "pictures", "words", layer="default")

    assert made == [["pictures", "words"]]


def test_runworker_needs_a_layer() -> None:
    with pytest.raises(CommandError, match="no channel layer 'other'"):
        call_command(Command(), "pictures", layer="other")
