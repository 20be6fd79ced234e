import importlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from minichannels.__main__ import main
from minichannels.flow import Flow
from minichannels.layers import channel_layers
from support import django_settings

django_settings.set_up()  # Channels is there in the tests' process
channels: Any = importlib.import_module("channels.layers")

Write = Callable[[str], None]
Capture = pytest.CaptureFixture[str]

WORKS = """
import asyncio, signal
from minichannels.consumer import AsyncConsumer
from minichannels.layers import InMemoryChannelLayer, channel_layers


class Shared:
    '''It only looks as if it reached over processes.'''
    memory = InMemoryChannelLayer()
    new_channel = memory.new_channel
    sent = [{"type": "picture.make", "id": number} for number in (1, 2, 3)]

    async def receive(self, channel):
        if "!" in channel:
            return await self.memory.receive(channel)
        if not self.sent:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.Event().wait()
        return self.sent.pop(0) | {"channel": channel}


class Thumbs(AsyncConsumer):
    async def picture_make(self, event):
        print("made", event["id"], "of", event["channel"])
        if event["id"] == 2:
            raise LookupError("no such picture")


app = Thumbs.as_asgi()
channel_layers.set("default", Shared())
"""

OWN = """
import asyncio, signal
from minichannels.layers import InMemoryChannelLayer, channel_layers


class Own(InMemoryChannelLayer):
    async def receive(self, channel):
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()


async def app(scope, receive, send): ...


# There is one of Channels' as well, in memory, which nobody has meant.
channel_layers.set("default", Own())
"""


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """Put the registry back as it was."""
    former = dict(channel_layers.backends)
    yield
    channel_layers.configure(None)
    channel_layers.backends.update(former)


def work(folder: Path, *more: str) -> int:
    return main(
        ["worker", "their_module:app", "pictures", *more, f"--app-dir={folder}"]
    )


def test_worker_serves_until_a_signal_and_lives_through_a_crash(
    project: Write, tmp_path: Path, capsys: Capture
) -> None:
    project(WORKS)

    status = work(tmp_path)

    assert status == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "Serving pictures with their_module:app (Ctrl-C stops)",
        "made 1 of pictures",
        "made 2 of pictures",
        "made 3 of pictures",
        "The worker has ended",
    ]
    first, *traceback, last = said.err.splitlines()
    assert first.startswith("Traceback")
    assert "their_module.py" in traceback[0]
    assert traceback[-1] == "LookupError: no such picture"
    assert last == (
        "python -m minichannels: application of channel 'pictures' failed with"
        " LookupError; a channel layer delivers a message once, so this one is"
        " gone, and the worker goes on with the next"
    )


def test_worker_warns_of_a_layer_that_no_other_process_reaches(
    project: Write, tmp_path: Path, capsys: Capture
) -> None:
    project(OWN)

    status = work(tmp_path)

    assert status == 0
    assert "layer 'default' is in the memory of this process, where no" in (
        capsys.readouterr().err
    )


def test_layer_may_tell_nothing_of_itself_outside_of_an_event_loop(
    project: Write, tmp_path: Path, capsys: Capture
) -> None:
    bound = """
    def __getattr__(self, name):
        asyncio.get_running_loop()  # as channels_redis' Pub/Sub
        raise AttributeError(name)

    async def receive"""
    project(WORKS.replace("\n    async def receive", bound))

    status = work(tmp_path)

    assert status == 0
    assert capsys.readouterr().out.endswith("The worker has ended\n")


def test_worker_says_what_the_layer_raised(
    project: Write, tmp_path: Path, capsys: Capture
) -> None:
    project(
        WORKS.replace("return self.sent.pop(0)", "raise OSError('no server')#")
    )

    status = work(tmp_path)

    assert status == 1
    assert capsys.readouterr().err.endswith(
        "error: the channel layer raised OSError: no server\n"
    )


@pytest.mark.parametrize(
    ("alias", "problem", "status"),
    [
        ("b", "no channel layer 'b' is configured; there are 'default'", 2),
        ("a", "channel layer 'a' raised InvalidChannelLayerError: cannot", 1),
    ],
)
def test_worker_says_which_layer_it_cannot_have(
    project: Write,
    tmp_path: Path,
    capsys: Capture,
    alias: str,
    problem: str,
    status: int,
) -> None:
    project(
        "from minichannels.layers import channel_layers as layers\n"
        "layers.configure({**layers.configs, 'a': {'BACKEND': 'a.B'}})\n"
        "async def app(scope, receive, send): ...\n"
    )

    assert work(tmp_path, f"--layer={alias}") == status
    assert problem in capsys.readouterr().err


def test_worker_says_that_there_are_no_layers(
    project: Write, tmp_path: Path, capsys: Capture
) -> None:
    project(
        "from minichannels.layers import channel_layers\n"
        "channel_layers.configure({})\n"
        "async def app(scope, receive, send): ...\n"
    )

    assert work(tmp_path, "--layer=b") == 2
    assert "'b' is configured; there are none" in capsys.readouterr().err


def test_worker_takes_the_layer_of_channels_settings(
    project: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    text = WORKS.replace("channel_layers.set", "theirs.set")
    project(f"from channels.layers import channel_layers as theirs\n{text}")
    monkeypatch.setattr(channels.channel_layers, "backends", {})

    status = work(tmp_path)

    assert status == 0
    assert "made 3 of pictures" in capsys.readouterr().out


def test_worker_does_without_channels_where_django_has_no_settings(
    project: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    def configs(self: object) -> None:
        raise RuntimeError("settings are not configured")

    project(OWN)
    monkeypatch.setattr(
        channels.ChannelLayerManager, "configs", property(configs)
    )
    signals = signal.getsignal(signal.SIGTERM)

    assert work(tmp_path) == 0
    assert "The worker has ended" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGTERM) is signals


def test_worker_may_be_recorded(
    project: Write, tmp_path: Path, capsys: Capture
) -> None:
    project(WORKS)
    folder = tmp_path / "flows"

    status = work(tmp_path, "--as=worker-1", f"--save={folder}")

    assert status == 0
    said = capsys.readouterr().out
    assert said.endswith(f"4 events saved in {folder}\nThe worker has ended\n")
    flow = Flow.merge(folder)
    assert [e.target for e in flow if e.kind == "deliver"] == [
        "Thumbs#1@worker-1",
        "Thumbs#1@worker-1",
        "Thumbs#2@worker-1",
    ]
    (crash,) = [e for e in flow if e.kind == "crash"]
    assert crash.type == "LookupError"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--save=flows"], "--save FOLDER needs a name: add --as NAME"),
        (["--as=a"], "--as a needs a folder: add --save FOLDER"),
    ],
)
def test_worker_needs_both_a_name_and_a_folder(
    options: list[str], problem: str, tmp_path: Path, capsys: Capture
) -> None:
    assert work(tmp_path, *options) == 2
    assert problem in capsys.readouterr().err
