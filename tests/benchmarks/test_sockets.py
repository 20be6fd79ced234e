"""Echo and chat over real sockets: server and clients in two processes."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest

from support import ROOT
from support.load import SPEAKERS, allow_many_sockets
from support.measuring import OURS, Row, compared, interleaved
from support.processes import ServerProcess, serving

ROUNDS = 3
Record = Callable[[list[Row]], None]

APPLICATIONS = {
    "echo": {
        OURS: ("uvicorn", "support.contestants:echo"),
        "bare": ("uvicorn", "support.contestants:bare_echo"),
        "Starlette": ("uvicorn", "support.contestants:starlette_echo"),
        "Channels": ("uvicorn", "support.contestants_channels:echo"),
        "Channels, daphne": ("daphne", "support.contestants_channels:echo"),
    },
    "chat": {
        OURS: ("uvicorn", "support.contestants:chat"),
        "bare": ("uvicorn", "support.contestants:bare_chat"),
        "Channels": ("uvicorn", "support.contestants_channels:chat"),
        "Channels, daphne": ("daphne", "support.contestants_channels:chat"),
    },
}


def load(server: ServerProcess, kind: str, clients: int, frames: int) -> float:
    """Return microseconds for each frame that a client received."""
    host, _, port = server.address.partition(":")
    words = [host, port, kind, str(clients), str(frames)]
    done = subprocess.run(
        [sys.executable, "-m", "support.load", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
        check=True,
        capture_output=True,
        text=True,
    )
    heard = frames * clients
    if kind == "chat":
        heard *= min(clients, SPEAKERS)
    return float(done.stdout) / heard * 1e6


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "clients", "frames", "floor", "goal"),
    [
        ("echo", 1, 2000, None, None),
        ("echo", 10, 400, None, None),
        ("echo", 100, 40, 0.7, 0.85),
        ("echo", 1000, 4, None, None),
        ("chat", 1, 2000, None, None),
        ("chat", 10, 40, None, None),
        ("chat", 100, 5, 0.25, 0.4),
        ("chat", 1000, 1, None, None),
    ],
)
def test_over_sockets(
    record: Record,
    kind: str,
    clients: int,
    frames: int,
    floor: float | None,
    goal: float | None,
) -> None:
    allow_many_sockets()  # the servers inherit it
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serving(*what))
            for name, what in APPLICATIONS[kind].items()
        }
        figures = interleaved(
            ROUNDS,
            {
                name: partial(load, server, kind, clients, frames)
                for name, server in servers.items()
            },
        )
    bounds = {"bare": (floor, goal)} if floor and goal else None
    what = f"{kind} over sockets, {clients:,} clients, for each frame"
    record(compared(what, "µs", figures, bounds))
