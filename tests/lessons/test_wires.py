"""Lessons on the other wire, and in a process that is as bare as a browser."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT
from support.notebooks import LESSONS, name, write_notebook

# By their numbers. Those that are not written yet are found when they are.
ON_BOTH_WIRES = ("00", "01", "04", "07")

# These have no sync consumers, which need threads.
ASYNCHRONOUS = ("00", "01")


def lessons(numbers: tuple[str, ...]) -> list[Path]:
    return [path for path in LESSONS if path.name.startswith(numbers)]


def run(path: Path, home: Path, *options: str, wire: str = "") -> list[str]:
    """Return what the cells show, and the flows in the end."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
        "PYTHONWARNINGS": "error",
        "PYTHONIOENCODING": "utf-8",
        "MINICHANNELS_HOME": str(home),
    }
    environment.pop("MINICHANNELS_WIRE", None)
    if wire:
        environment["MINICHANNELS_WIRE"] = wire
    done = subprocess.run(
        [sys.executable, "-m", "support.cells", str(path), *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown: list[str] = json.loads(done.stdout)
    table = "kernel  "  # the doctor's
    return [text for text in shown if table not in text]


def flows(shown: list[str]) -> list[str]:
    return [text for text in shown if "Flow: " in text]


@pytest.mark.parametrize("lesson", lessons(ON_BOTH_WIRES), ids=name)
def test_lesson_shows_the_same_on_both_wires(
    lesson: Path, tmp_path: Path
) -> None:
    over_sockets = run(lesson, tmp_path / "1", wire="socket")
    in_memory = run(lesson, tmp_path / "2", wire="memory")

    assert flows(over_sockets)
    assert in_memory == over_sockets


@pytest.mark.parametrize("lesson", lessons(ASYNCHRONOUS), ids=name)
def test_lesson_needs_neither_threads_nor_sockets(
    lesson: Path, tmp_path: Path
) -> None:
    bare = run(lesson, tmp_path / "1", "--bare")

    assert flows(bare)
    assert bare == run(lesson, tmp_path / "2", wire="memory")


def test_bare_is_without_threads_and_sockets(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "bare.ipynb",
        "import socket, threading",
        "try:\n    threading.Thread().start()\n"
        "except RuntimeError as error:\n    print(error)",
        "try:\n    socket.create_server(('127.0.0.1', 0))\n"
        "except OSError as error:\n    print(error.args[1])",
        "from minichannels.lab import serve\n"
        "async def app(scope, receive, send):\n    pass\n"
        "serve(app)._wire.public",
    )

    assert run(path, tmp_path, "--bare")[1:4] == [
        "can't start new thread\n",
        "Not supported\n",
        "False\n",
    ]
