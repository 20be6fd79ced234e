"""What is said of a check when nothing of its process moves any more."""

import contextlib
import faulthandler
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from minichannels.lab.checking.sandbox import watchdog
from minichannels.lab.checking.sandbox.watchdog import watched
from support.interrupts import interrupts
from support.servers import LIMIT

CALLS = {
    "a pattern without an end": 're.match(r"(a+)+$", "a" * 40 + "b")',
    "a sum without an end": "sum(itertools.count())",
    "a number without an end": "10 ** 10 ** 9",
}
PROGRAM = """
import asyncio, itertools, re
from minichannels.generic.websocket import {base}
from minichannels.lab import check

class ChatConsumer({base}):
    {define} connect(self):
        {call}

asyncio.run(check("4.2", ChatConsumer, limit=0.2)._run())
"""
BASES = {"AsyncWebsocketConsumer": "async def", "WebsocketConsumer": "def"}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("call", CALLS)
def test_check_that_holds_up_all_names_its_line_on_the_terminal(
    tmp_path: Path, call: str, base: str
) -> None:
    program = tmp_path / "program.py"
    text = PROGRAM.format(base=base, define=BASES[base], call=CALLS[call])
    program.write_text(text, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(program)],
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        timer = threading.Timer(4 * LIMIT, process.kill)
        timer.start()
        said = process.stderr.readline()
        process.kill()
        timer.cancel()

    assert said.startswith("The check hangs at line 8, in connect: ")
    assert "Restart the kernel" in said


def test_watched_is_of_no_harm_where_no_process_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    watchdog._pipe.cache_clear()
    before = os.listdir("/dev/fd") if os.path.isdir("/dev/fd") else []

    with watched(60):
        assert watchdog._pipe() is None

    watchdog._pipe.cache_clear()
    assert before == (os.listdir("/dev/fd") if before else [])


def test_nothing_is_told_any_more_whenever_watching_is_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timer: list[float] = []

    def begin(seconds: float, **_: object) -> None:
        timer[:] = [seconds]

    def act() -> None:
        with watched(60):
            pass

    act()  # the watchman is there from now on
    monkeypatch.setattr(faulthandler, "dump_traceback_later", begin)
    monkeypatch.setattr(
        faulthandler, "cancel_dump_traceback_later", timer.clear
    )
    for _ in interrupts(act, watchdog, contextlib):
        assert not timer


def test_a_watchman_whose_start_is_interrupted_leaves_no_file_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    watchdog._pipe.cache_clear()
    before = os.listdir("/dev/fd") if os.path.isdir("/dev/fd") else []

    with pytest.raises(KeyboardInterrupt):
        watchdog._pipe()

    assert before == (os.listdir("/dev/fd") if before else [])
