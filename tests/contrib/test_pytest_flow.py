"""pytest --flow, run by pytest on tests of its own."""

import importlib
import re
import stat
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

import pluggy
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


def test_a_pluggy_that_is_too_old_is_told(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pluggy, "__version__", "1.0.0")

    result = run.runpytest_inprocess("--flow")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.errlines[0].startswith("ERROR: --flow needs pluggy 1.2 or")


def test_several_processes_show_their_flows(run: pytest.Pytester) -> None:
    run.makepyfile(FAILS)

    result = run.runpytest_subprocess("--flow", "-p", "xdist", "-n1")

    result.assert_outcomes(failed=1, passed=1)
    assert result.stdout.str().count("- flow -") == 1


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


SERVED = f"""{HEAD}
from minichannels.lab import serve

@pytest.fixture(scope="module")
def server():
    server = serve(Chat.as_asgi(), "chat")
    yield server
    server.stop()

async def test_first(server):
    ada = await server.connect("/", name="ada")
    await ada.send("first")
    assert await ada.recv() == "first"
    await ada.close()
"""


def test_a_test_shows_its_own_part_of_a_servers_flow(
    run: pytest.Pytester,
) -> None:
    text = f"""{SERVED}
async def test_fails(server):
    eve = await server.connect("/", name="eve")
    await eve.send("second")
    assert await eve.recv() == "second"
    await eve.close()
    assert False
"""

    shown = told(run, text)

    assert re.search(r"Flow: \d+ events; \d older events left out", shown)
    assert '"second"' in shown
    assert '"first"' not in shown


def test_a_server_and_a_communicator_are_one_flow(
    run: pytest.Pytester,
) -> None:
    text = f"""{SERVED}
from minichannels.layers import get_channel_layer

class Named(Chat):
    async def receive(self, text_data):
        await super().receive(f"{{self.channel_name}} says {{text_data}}")

Named.__name__ = "Chat"

async def test_fails(server):
    layer = get_channel_layer()
    ada = await server.connect("/")
    client = WebsocketCommunicator(Named.as_asgi(), "/")
    await client.connect()
    await ada.send("hello")
    assert await ada.recv() == await client.receive_from() == "hello"
    await client.send_to(text_data="hi")
    assert await ada.recv() == await client.receive_from()
    await layer.group_send("room", {{"type": "chat.message", "text": "both"}})
    assert await ada.recv() == await client.receive_from() == "both"
    await layer.group_add("room", "elsewhere")
    await layer.send("elsewhere", {{"type": "nobody.reads"}})
    await layer.flush()
    await client.disconnect()
    await ada.close()
    assert False
"""

    shown = told(run, text)

    lines = [line.split()[1:] for line in shown.splitlines()]
    said = [" ".join(line[:4]) for line in lines]
    assert shown.count("- flow -") == 1
    for once in (
        'browser#1 Chat#2 websocket.receive "hello"',
        'room Chat#2 chat.message "hello"',
        'room Chat#3 chat.message "hello"',
        'Chat#2 browser#1 websocket.send "hello"',
        'Chat#3 browser#2 websocket.send "hello"',
        'browser#2 Chat#3 websocket.receive "hi"',
    ):
        assert once in said
    assert shown.count('websocket.send "Chat#3 says hi"') == 2
    # What the test did itself is in both journals.
    assert said.count("notebook layer group_send room") == 1
    assert said.count("notebook layer group_add room") == 1
    assert said.count("notebook layer send elsewhere") == 1
    assert len([line for line in lines if "undelivered" in line]) == 1


def test_two_of_one_name_are_told_apart(run: pytest.Pytester) -> None:
    text = f"""{SERVED}
from minichannels.flow import record

async def test_fails(server):
    other = serve(Chat.as_asgi(), "other")
    for each in (server, other, other):
        ada = await each.connect("/", name="ada")
        await ada.close()
        await ada.wait_closed()
    with record(Chat.as_asgi(), clock=iter(range(100)).__next__) as flow:
        await talk(app=flow.app)
    other.stop()
    assert False
"""

    shown = told(run, text)

    heads = re.findall(r"(\S+) +(\S+) +websocket.connect", shown)
    assert heads == [
        ("ada", "Chat#2"),
        ("ada#2", "Chat#3"),
        ("ada#2", "Chat#4"),
        ("browser#1", "Chat#5"),
    ]


def test_a_server_and_a_recording_are_shown(run: pytest.Pytester) -> None:
    text = f"""{SERVED}
from minichannels.flow import record

async def test_fails(server):
    with record(Chat.as_asgi(), InMemoryChannelLayer()) as flow:
        assert await talk(app=flow.app) == "hi"
    eve = await server.connect("/", name="eve")
    await eve.close()
    assert False
"""

    shown = told(run, text)

    assert shown.count("- flow -") == 1
    assert "eve" in shown
    assert 'websocket.receive "hi"' in shown


def test_what_used_nothing_shows_nothing(run: pytest.Pytester) -> None:
    text = f"""{HEAD}
async def test_passes():
    await talk()

def test_nothing():
    assert False

def test_no_application():
    WebsocketCommunicator("no application", "/")

@pytest.fixture(scope="session", autouse=True)
def nothing():
    yield
"""

    assert told(run, text) == ""
    assert not Path(".pytest_cache", "d", "flow").exists()


def test_what_fails_before_or_after_a_test_shows_its_flow(
    run: pytest.Pytester,
) -> None:
    text = f"""{HEAD}
@pytest.fixture
async def client():
    client = WebsocketCommunicator(Chat.as_asgi(), "/")
    await client.connect()
    yield client
    await client.send_to(text_data="last words")
    assert await client.receive_from() == "none"

async def test_after(client):
    pass

async def test_both(client):
    assert False

@pytest.fixture
async def before(client):
    assert False

async def test_before(before):
    pass
"""

    run.makepyfile(text)
    shown = run.runpytest_inprocess("--flow").stdout.str()

    parts = [
        (name, "- flow -" in part, 'websocket.send "last words"' in part)
        for name, part in re.findall(
            r"\n___+ (.*?) ___+\n(.*?)(?=\n___|\n===)", shown, re.DOTALL
        )
    ]
    assert parts == [
        ("ERROR at teardown of test_after", True, True),
        ("ERROR at teardown of test_both", True, True),
        ("ERROR at setup of test_before", True, False),
        ("ERROR at teardown of test_before", True, True),
        ("test_both", True, False),
    ]


DEBUGGER = """
class Debugger:
    def __init__(self, *args, **options): pass
    def reset(self): pass
    def interaction(self, *args): print("the prompt")
"""


def test_a_debugger_begins_with_the_flow(run: pytest.Pytester) -> None:
    run.makepyfile(debugger=DEBUGGER)
    run.syspathinsert()

    text = told(run, FAILS, "--pdb", "--pdbcls=debugger:Debugger")

    assert text.count("- flow -") == 1
    assert text.index("websocket.receive") < text.index("the prompt")


def test_it_runs_without_a_terminal(run: pytest.Pytester) -> None:
    run.makepyfile(FAILS)

    result = run.runpytest_inprocess("--flow", "-p", "no:terminal")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(list(Path(".pytest_cache", "d", "flow").iterdir())) == 1


def test_what_has_been_shown_is_not_shown_again(run: pytest.Pytester) -> None:
    text = f"""{HEAD}
@pytest.fixture
def broken():
    yield
    assert False

async def test_fails(broken):
    assert await talk() == "bye"
"""

    assert told(run, text).count("- flow -") == 1


AGAIN = """
import pytest
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for log in (False, True):  # as plugins do that run what failed again
        if not log:
            item.ihook.pytest_runtest_logstart(
                nodeid=item.nodeid, location=item.location
            )
        runtestprotocol(item, log=log, nextitem=nextitem)
    return True
"""


def test_each_attempt_of_a_test_has_a_flow_of_its_own(
    run: pytest.Pytester,
) -> None:
    run.makeconftest(AGAIN)

    text = told(run, FAILS)

    assert text.count("websocket.connect /ws") == 1
    assert "browser#2" not in text
    assert len(list(Path(".pytest_cache", "d", "flow").iterdir())) == 2


def test_each_picture_is_of_the_test_that_names_it(
    run: pytest.Pytester,
) -> None:
    long = "\N{CJK UNIFIED IDEOGRAPH-4F60}" * 60
    text = f"""{HEAD}
@pytest.mark.parametrize("text", ["a/b", "a-b", "a b", ""])
async def test_fails(text):
    await talk()
    assert text is None

async def test_Fails():
    await talk()
    assert False

async def test_{long}():
    await talk()
    assert False

def test_parts(subtests):
    with subtests.test(1):
        asyncio.run(talk())
        assert False
    with subtests.test(2):
        asyncio.run(talk())
        assert False
"""

    shown = told(run, f"import asyncio\n{text}")

    names = re.findall(r"The picture is (.*)", shown)
    assert len({name.lower() for name in names}) == len(names) == 8
    for name in names:
        assert Path(name).is_file()
        assert len(Path(name).name.encode()) < 143  # a limit of some disks


def test_a_named_folder_that_cannot_be_made_is_an_error(
    run: pytest.Pytester,
) -> None:
    Path("file").touch()

    result = run.runpytest_inprocess("--flow", "--flow-dir=file/flows")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--flow-dir 'file/flows' is no folder, and" in result.errlines[0]


@pytest.mark.parametrize(
    "options",
    [
        ("-p", "no:cacheprovider"),
        ("-o", "cache_dir=file/cache", "-Wignore::pytest.PytestCacheWarning"),
    ],
)
def test_without_a_cache_pictures_are_elsewhere(
    run: pytest.Pytester, tmp_path: Path, options: tuple[str, ...]
) -> None:
    Path("file").touch()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        shown = told(run, FAILS, *options)

    (name,) = re.findall(r"The picture is (.*)", shown)
    assert Path(name).is_relative_to(tmp_path)
    assert Path(name).is_file()


def test_a_picture_that_cannot_be_saved_is_told(run: pytest.Pytester) -> None:
    text = f"""{FAILS}
import shutil

async def test_removed(request):
    shutil.rmtree("flows")
    open("flows", "w").close()
    await talk()
    assert False
"""

    shown = told(run, text, "--flow-dir=flows", "-k", "removed")

    assert "websocket.connect" in shown
    assert "The picture could not be saved: " in shown


def test_a_terminal_with_few_signs_gets_whole_lines(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.makepyfile(FAILS.replace('"hi"', '"\\u2713"'))
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")

    shown = run.runpytest_subprocess("--flow").outlines

    (line,) = [line for line in shown if "websocket.receive" in line]
    assert line.split()[1:5] == [
        "browser#1",
        "Chat#1",
        "websocket.receive",
        '"\\u2713"',
    ]


def test_what_is_captured_may_be_hidden_and_the_flow_is_not(
    run: pytest.Pytester,
) -> None:
    text = f"""{HEAD}
async def test_fails():
    print("said" + "aside")
    await talk()
    assert False

@pytest.mark.xfail(strict=True)
async def test_passes_against_all_hope():
    await talk()
"""

    shown = told(run, text, "--show-capture=no")

    assert shown.count("- flow -") == 1
    assert "saidaside" not in shown


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
