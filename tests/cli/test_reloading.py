"""A command that serves again whenever code has changed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import httpx
import pytest

from minichannels.__main__ import main, parser
from minichannels.cli import commands, reloading
from minichannels.cli.serving import listen
from support.limit import LIMIT, OF_PROCESS

APP = """
async def app(scope, receive, send):
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": b"hello"})
"""


def test_changes_are_of_code_of_ones_own(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "c.txt", ".venv/x.py", "node_modules/y.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    before = reloading.modified(tmp_path)
    (tmp_path / "a.py").unlink()
    (tmp_path / "new.py").write_text("")
    (tmp_path / ".venv" / "z.py").write_text("")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")

    now = reloading.modified(tmp_path)

    assert reloading.changes(before, now) == ["a.py", "new.py"]
    assert reloading.changes(now, now) == []


def test_the_process_that_serves_gets_the_same_command() -> None:
    line = ["record", "a:b", "--factory", "--as=web", "--save=x", "--open"]
    more = [
        "--keep=5",
        "--editor=x:{path}",
        "--show-secrets",
        "--name-from=path:1",
        f"--uds={Path('x.sock').absolute()}",
    ]
    options = parser().parse_args([*line, *more, "--reload"])

    first = reloading.arguments(options, 9, first=True)
    again = reloading.arguments(options, 9, first=False)

    assert set(first) - set(again) == {"--open"}
    assert {*line, *more, "--port=9"} <= set(first)
    assert "--reload" not in first
    assert parser().parse_args(first).app_dir == options.app_dir


def test_record_serves_again_what_has_changed(
    project: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    said: list[str] = []
    answers: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if "It has ended" in text:
            signal.raise_signal(signal.SIGINT)

    def visit() -> None:
        wait_for("hello")
        project("app =")
        wait_for("The code cannot be loaded: their_module raised SyntaxError")
        project("import os; os._exit(3)")

    def wait_for(words: str) -> None:
        address = f"http://127.0.0.1:{port}/"
        end = time.monotonic() + OF_PROCESS
        while words not in answers and time.monotonic() < end:
            try:
                answer = httpx.get(address, trust_env=False, timeout=LIMIT)
            except httpx.TransportError:  # it begins, or ends
                time.sleep(0.05)
            else:
                answers.extend({words} if words in answer.text else ())

    monkeypatch.setattr(reloading, "say", say)
    monkeypatch.setattr(reloading, "INTERVAL", 0.05)
    project(APP)
    Thread(target=visit).start()
    line = ["record", "their_module:app", f"--app-dir={tmp_path}"]

    status = main([*line, f"--port={port}", "--reload"])

    assert status == 3
    assert len(answers) == 2
    assert [text.split()[0] for text in said] == [
        "their_module.py",
        "their_module.py",
        "It",
    ]


def test_what_cannot_be_loaded_is_told_until_a_signal_comes(
    project: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def say(text: str) -> None:
        said.append(text)
        signal.raise_signal(signal.SIGINT)

    said: list[str] = []
    monkeypatch.setattr(commands, "say", say)
    project("app =")
    line = ["record", "their_module:app", f"--app-dir={tmp_path}", "--port=0"]

    status = main([*line, "--wait-if-broken"])

    assert status == 1
    assert said == [
        f"The code cannot be loaded; a change in {tmp_path} begins it again"
    ]
    assert "error: their_module raised SyntaxError" in capsys.readouterr().err


def test_a_file_that_goes_while_it_is_looked_at_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    monkeypatch.setattr(os.path, "exists", lambda path: True)  # just now

    assert reloading.modified(tmp_path) == {}


@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("nohost.invalid", "there is no host 'nohost.invalid'"),
        ("192.0.2.1", "192.0.2.1 is no address of this machine"),
        ("", "--host is an address such as '127.0.0.1'"),
    ],
)
def test_a_host_that_is_none_is_told_and_nothing_is_begun(
    host: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["record", "a:b", f"--host={host}", "--port=0", "--reload"]

    assert main(line)
    assert f"error: {problem}" in capsys.readouterr().err


def test_a_free_port_is_the_same_for_each_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports: list[int] = []

    def run(server: reloading._Server) -> None:
        ports.append(server._port)
        server.ending = True

    monkeypatch.setattr(reloading._Server, "run", run)
    line = ["record", "a:b", "--port=0", "--reload"]

    assert main(line) == 0
    with listen("127.0.0.1", ports[0]) as listener:
        assert listener.getsockname()[1] == ports[0]


@pytest.mark.skipif(
    sys.platform == "win32", reason="a signal ends a process there"
)
def test_a_process_that_does_not_end_is_broken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(reloading, "say", said.append)
    monkeypatch.setattr(reloading, "PATIENCE", 0.05)
    monkeypatch.setattr(reloading, "_END", signal.SIGTERM)
    # After the first signal it does what it would do before.
    stubborn = (
        "import signal, sys, time;"
        "signal.signal(15, lambda *_: signal.signal(15, signal.SIG_DFL));"
        "print('ready', flush=True);"
        "[time.sleep(60) for _ in range(2)]"
    )
    command = [sys.executable, "-c", stubborn]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()

        reloading.end(process)

        assert process.wait(LIMIT) == -signal.SIGTERM
    assert said == ["The application does not end, and is broken off"]


def test_a_signal_ends_the_process_that_serves() -> None:
    line = ["record", "a:b", "--reload"]
    server = reloading._Server(parser().parse_args(line), 9)
    server.end(signal.SIGTERM, None)
    server.run()  # too late to begin
    assert server.status
    sleeps = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleeps) as process:
        server._process = process
        server.end(signal.SIGTERM, None)

        assert process.wait(LIMIT) == -signal.SIGTERM
    server.end(signal.SIGTERM, None)  # it has gone
    assert server.ending
