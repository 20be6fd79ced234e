import asyncio
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minichannels.__main__ import main
from minichannels.cli import CommandError
from minichannels.cli.beyond import find_server, run
from minichannels.flow import Flow
from minichannels.lab.beyond.irc_server import irc_server
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.protocols.bot import IrcBot
from minichannels.types import Receive, Scope, Send
from support.irc_servers import user
from support.limit import LIMIT

Write = Callable[[str], None]
Capture = pytest.CaptureFixture[str]

BOT = """
from minichannels.consumer import AsyncConsumer

class Bot(AsyncConsumer):
    async def chat_connect(self, event):
        pass

    async def chat_received_message(self, event):
        await self.send({"type": "chat.send_message", "text": "hello"})

    async def chat_disconnect(self, event):
        pass

app = Bot.as_asgi()
"""


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def talked() -> Iterator[tuple[str, list[str]]]:
    """A chat server where ada greets the bot, and then presses Ctrl-C."""
    heard: list[str] = []
    there = threading.Event()

    async def talk(url: str) -> None:
        async with user(url, "ada", "#lobby") as ada:
            there.set()
            bot = await ada.next("JOIN")
            ada.say("hi", bot.nick)
            heard.append(await ada.heard())
        press_ctrl_c()

    with irc_server() as irc:
        thread = threading.Thread(target=asyncio.run, args=[talk(irc.url)])
        thread.start()
        there.wait(LIMIT)
        yield f"{irc.url}/lobby", heard
        thread.join()


def test_serve_answers_until_ctrl_c_and_saves_its_flow(
    project: Write,
    tmp_path: Path,
    talked: tuple[str, list[str]],
    capsys: Capture,
) -> None:
    project(BOT)
    url, heard = talked
    saved = tmp_path / "flow.json"

    command = ["serve", "their_module:app", url, f"--app-dir={tmp_path}"]

    status = main([*command, f"--save={saved}"])

    assert (status, heard) == (0, ["hello"])
    flow = Flow.from_json(saved.read_text(encoding="utf-8"))
    assert [event.type for event in flow] == [
        "chat.connect",
        "chat.received_message",
        "chat.send_message",
        "chat.disconnect",
    ]
    first, second, last = capsys.readouterr().out.splitlines()
    place = url.removesuffix("/lobby")
    assert first == f"Serving their_module:app at {place} (Ctrl-C stops)"
    assert second == f"4 events saved in {saved}"
    assert last == "The servers have ended"


def test_serve_answers_without_a_record(
    project: Write, tmp_path: Path, talked: tuple[str, list[str]]
) -> None:
    project(BOT)
    url, heard = talked

    status = main(["serve", "their_module:app", url, f"--app-dir={tmp_path}"])

    assert (status, heard) == (0, ["hello"])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (
            "http://127.0.0.1",
            "no address to serve at: aprsis://…, irc://…, kis",
        ),
        ("irc://irc.example.org", "is another machine; .* add --allow-remote"),
        ("kiss://SEVENLT@127.0.0.1", "the callsign 'SEVENLT'"),
    ],
)
def test_serve_refuses(url: str, says: str, capsys: Capture) -> None:
    status = main(["serve", "their_module:app", url])

    assert status == 2
    said = capsys.readouterr().err.replace("\n", " ")
    assert re.search(says, said)


@pytest.mark.parametrize("scheme", ["aprsis", "irc", "kiss", "mqtt"])
def test_another_machine_is_served_if_one_says_so(scheme: str) -> None:
    url = f"{scheme}://example.org"

    with pytest.raises(CommandError, match="another machine"):
        find_server(url, allow_remote=False)
    made = find_server(url, allow_remote=True)

    assert (made.scheme, made.place.host) == (scheme, "example.org")


def test_serve_says_what_an_address_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setitem(sys.modules, "aiomqtt", None)
    ours = "minichannels.protocols.mqtt"
    for name in [n for n in sys.modules if n.startswith(ours)]:
        monkeypatch.delitem(sys.modules, name)

    status = main(["serve", "their_module:app", "mqtt://127.0.0.1"])

    assert status == 1
    assert '"minichannels[mqtt]"' in capsys.readouterr().err


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("nobody writes")


def test_run_tells_of_what_goes_wrong_outside_of_all_scopes(
    capsys: Capture,
) -> None:
    with irc_server() as irc:
        pass
    reported: list[str] = []

    def report(error: BaseException, who: str) -> None:
        reported.append(who)
        press_ctrl_c()

    run(nothing, [IrcBot(irc.url)], report)

    assert reported == ["IrcBot"]
    assert "warning: IrcBot: ConnectionRefused" in capsys.readouterr().err


def test_run_ends_what_hangs_at_the_second_signal() -> None:
    ended: list[str] = []

    class Stubborn(IrcBot):
        async def serve(self) -> None:
            press_ctrl_c()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asyncio.get_running_loop().call_soon(press_ctrl_c)
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.append("broken off")

    run(nothing, [Stubborn("irc://127.0.0.1")], lambda error, who: None)

    assert ended == ["broken off"]


def test_run_ends_the_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    class Closing(InMemoryChannelLayer):
        async def close(self) -> None:
            closed.append("closed")

    class Short(IrcBot):
        async def serve(self) -> None:
            press_ctrl_c()

    monkeypatch.setattr(channel_layers, "backends", {"default": Closing()})

    run(nothing, [Short("irc://127.0.0.1")], lambda error, who: None)

    assert closed == ["closed"]
