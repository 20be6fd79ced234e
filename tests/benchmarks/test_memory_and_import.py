"""What idle consumers cost, and what an import costs, in fresh processes."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from support import ROOT
from support.measuring import OURS, Row, interleaved

ROUNDS = 3
Record = Callable[[list[Row]], None]

CONNECT = """
import asyncio, gc, sys, psutil
from importlib import import_module
module, name, count = sys.argv[1:]
app = getattr(import_module(module), name)

def used():
    gc.collect()
    return psutil.Process().memory_info().rss

async def connected():
    events = asyncio.Queue()
    events.put_nowait({"type": "websocket.connect"})
    accepted = asyncio.get_running_loop().create_future()

    async def send(event):
        accepted.set_result(event["type"])

    scope = {"type": "websocket", "path": "/", "headers": []}
    task = asyncio.create_task(app(scope, events.get, send))
    assert await accepted == "websocket.accept"
    return task

async def main():
    warm = [await connected() for _ in range(100)]
    before = used()
    idle = [await connected() for _ in range(int(count))]
    print((used() - before) / len(idle) / 1000)
    for task in warm + idle:
        task.cancel()
    await asyncio.gather(*warm, *idle, return_exceptions=True)

asyncio.run(main())
"""

IMPORT = """
import time
begun = time.perf_counter()
{}
print((time.perf_counter() - begun) * 1000)
"""
NEEDED = "generic.websocket", "generic.http", "layers", "routing"


def run(code: str, *args: str, compiled: str = "") -> float:
    """Run code in a new interpreter; return the number that it prints.

    Args:
        code: what it runs.
        args: what the code finds in ``sys.argv``.
        compiled: the folder for compiled modules; each run that is not the
            first reads them there, as it would from an installed package.
    """
    bytecode = {
        "PYTHONPYCACHEPREFIX": compiled,
        "PYTHONDONTWRITEBYTECODE": "",
    }
    paths = [str(ROOT / "src"), str(ROOT / "tests")]
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(paths)}
        | (bytecode if compiled else {}),
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def test_memory_of_idle_consumers(record: Record) -> None:
    apps = {
        "bare": ("support.contestants", "bare_echo", "10000"),
        OURS: ("support.contestants", "chat", "10000"),
        # Each of its consumers looks at all channels, again and again: with
        # 10,000 of them, connecting takes minutes.
        "Channels": ("support.contestants_channels", "chat", "2000"),
    }
    figures = interleaved(
        ROUNDS,
        {
            name: partial(run, CONNECT, *app, count)
            for name, (*app, count) in apps.items()
        },
    )
    above = {
        name: [
            figure - bare
            for figure, bare in zip(values, figures["bare"], strict=True)
        ]
        for name, values in figures.items()
    }
    what = "memory of an idle consumer above a bare application"
    budget = Row(
        what, "kB", above[OURS], "the budget", [1.0], 7, 5, at_most=True
    )
    record(
        [budget, Row(what, "kB", above[OURS], "Channels", above["Channels"])]
    )


def test_import(record: Record, tmp_path: Path) -> None:
    def imports(package: str) -> str:
        names = ", ".join(f"{package}.{module}" for module in NEEDED)
        return IMPORT.format(f"import {names}")

    codes = {
        OURS: imports("minichannels"),
        "Channels": imports("channels"),
        "asgiref alone": IMPORT.format("import asgiref.sync"),
    }
    runs = {
        name: partial(run, code, compiled=str(tmp_path))
        for name, code in codes.items()
    }
    figures = interleaved(7, runs)
    ours, what = figures[OURS], "import"
    record([Row(what, "ms", ours, "the budget", [1.0], 80, 60, at_most=True)])
    record(
        [
            Row(what, "ms", ours, peer, figures[peer])
            for peer in ("Channels", "asgiref alone")
        ]
    )
