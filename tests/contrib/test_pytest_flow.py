"""pytest --flow, run by pytest on tests of its own."""

import importlib
import stat
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

HEAD = """
import pytest
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import WebsocketCommunicator

class Chat(AsyncWebsocketConsumer):
    groups = ["room"]

    async def receive(self, text_data):
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("room", message)

    async def chat_message(self, event):
        await self.send(event["text"])

async def talk(communicator=WebsocketCommunicator, app=None):
    client = communicator(app or Chat.as_asgi(), "/ws")
    assert (await client.connect())[0]
    await client.send_to(text_data="hi")
    return await client.receive_from()
"""
FAILS = f"""{HEAD}
async def test_fails():
    assert await talk() == "bye"

async def test_passes():
    assert await talk() == "hi"
"""


@pytest.fixture
def run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    # Some plugins take seconds to load.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini(
        "[pytest]\naddopts = -p pytest_asyncio.plugin -p minichannels_pytest\n"
        "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    return pytester


def test_pytest_finds_the_plugin_by_itself() -> None:
    (plugin,) = entry_points(group="pytest11", name="minichannels")

    assert plugin.load().__name__ == "minichannels_pytest"


def told(run: pytest.Pytester, text: str, *options: str) -> str:
    """Run tests; return what was said of flows."""
    run.makepyfile(text)
    result = run.runpytest_inprocess("--flow", *options)
    lines = "\n".join(result.outlines)
    return lines if "- flow -" in lines else ""


def test_a_test_that_fails_shows_its_flow(run: pytest.Pytester) -> None:
    text = told(run, FAILS, "--flow-dir=flows")

    assert text.count("- flow -") == 1
    for said in ("group_add room", 'websocket.receive "hi"', "to 1 member"):
        assert said in text
    (picture,) = Path("flows").iterdir()
    assert f"The picture is {picture.absolute()}" in text
    assert "test_fails" in picture.name
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert stat.S_IMODE(picture.stat().st_mode) == 0o600


def test_without_the_option_nothing_is_shown(run: pytest.Pytester) -> None:
    run.makepyfile(FAILS)

    result = run.runpytest_inprocess()

    result.assert_outcomes(failed=1, passed=1)
    assert "- flow -" not in "\n".join(result.outlines)


def test_communicators_of_channels_are_recorded(run: pytest.Pytester) -> None:
    text = f"""{HEAD}
from channels.testing import WebsocketCommunicator as OfChannels

class Old:
    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        await receive()
        await send({{"type": "websocket.accept"}})
        await send({{"type": "websocket.send", "text": "old"}})
        await receive()

async def test_fails():
    assert await talk(OfChannels) == await talk(OfChannels, Old)
"""

    shown = told(run, text)

    assert 'websocket.send "hi"' in shown
    assert 'websocket.send "old"' in shown
    assert "browser#2" in shown
    assert ".pytest_cache" in shown


def test_a_server_and_a_recording_are_shown(run: pytest.Pytester) -> None:
    text = f"""{HEAD}
from minichannels.flow import record
from minichannels.lab import serve

@pytest.fixture(scope="module")
def server():
    server = serve(Chat.as_asgi(), "chat")
    yield server
    server.stop()

async def test_first(server):
    ada = await server.connect("/", name="ada")
    await ada.send("first")
    await ada.recv()
    await ada.close()

async def test_fails(server):
    with record(Chat.as_asgi(), InMemoryChannelLayer()) as flow:
        assert await talk(app=flow.app) == "hi"
    eve = await server.connect("/", name="eve")
    await eve.close()
    assert False
"""

    shown = told(run, text)

    assert shown.count("- flow -") == 2
    assert "eve" in shown
    assert 'websocket.receive "hi"' in shown


def test_what_failed_before_or_used_nothing_shows_nothing(
    run: pytest.Pytester,
) -> None:
    text = f"""{HEAD}
@pytest.fixture
def broken():
    yield
    assert False

async def test_teardown(broken):
    await talk()

def test_nothing():
    assert False

def test_no_application():
    WebsocketCommunicator("no application", "/")

@pytest.fixture(scope="session", autouse=True)
def nothing():
    yield
"""

    assert told(run, text, "-p", "no:cacheprovider") == ""


def test_a_long_flow_is_cut(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("minichannels.contrib.pytest_flow")
    monkeypatch.setattr(module, "MOST_LINES", 3)

    text = told(run, FAILS)

    shown = text.partition("- flow -")[2]
    assert "Flow: " in shown
    assert "websocket.send" in shown
    assert "websocket.connect" not in shown


def test_an_application_outside_of_tests_is_left_alone(
    run: pytest.Pytester,
) -> None:
    text = f"""{HEAD}
EARLY = WebsocketCommunicator(Chat.as_asgi(), "/")

async def test_fails():
    assert (await EARLY.connect())[0] == 7
"""

    assert "websocket.connect" not in told(run, text)


def test_a_communicator_takes_its_arguments_by_name(
    run: pytest.Pytester,
) -> None:
    run.makepyfile(
        f"""{HEAD}
from minichannels.testing import ApplicationCommunicator

async def test_passes():
    scope = {{"type": "websocket", "path": "/", "headers": []}}
    client = ApplicationCommunicator(application=Chat.as_asgi(), scope=scope)
    await client.send_input({{"type": "websocket.connect"}})
    assert (await client.receive_output())["type"] == "websocket.accept"
    client.stop()
"""
    )

    run.runpytest_inprocess("--flow").assert_outcomes(passed=1)
