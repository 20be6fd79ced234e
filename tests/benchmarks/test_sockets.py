"""Echo and chat over real sockets: server and clients in two processes.

What people would notice is the time that it takes; what a change of ours does
is seen in the time that the server's process is at work.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import ExitStack
from functools import partial

import pytest

from support import ROOT
from support.load import SPEAKERS, allow_many_sockets
from support.measuring import OURS, Rounds, Row, compared, interleaved
from support.processes import ServerProcess, serving

ROUNDS = 3
PAIRS = 9
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


def load(
    server: ServerProcess, kind: str, clients: int, frames: int, *, work: bool
) -> float:
    """Return microseconds for each frame that a client received.

    Args:
        work: whether to count those alone that the server was at work.
    """
    host, _, port = server.address.partition(":")
    numbers = map(str, (clients, frames, server.process.pid))
    words = [host, port, kind, *numbers]
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
    return float(done.stdout.split()[work]) / heard * 1e6


def measured(
    names: Collection[str],
    rounds: int,
    kind: str,
    clients: int,
    frames: int,
    *,
    work: bool,
) -> Rounds:
    """Load the servers of an application in turn."""
    allow_many_sockets()  # the servers inherit it
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serving(*what))
            for name, what in APPLICATIONS[kind].items()
            if name in names
        }
        loads = {
            name: partial(load, server, kind, clients, frames, work=work)
            for name, server in servers.items()
        }
        return interleaved(rounds, loads)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "clients", "frames"),
    [
        ("echo", 1, 2000),
        ("echo", 10, 400),
        ("echo", 100, 40),
        ("echo", 1000, 4),
        ("chat", 1, 2000),
        ("chat", 10, 40),
        ("chat", 100, 5),
        ("chat", 1000, 1),
    ],
)
def test_over_sockets(
    record: Record, kind: str, clients: int, frames: int
) -> None:
    names = APPLICATIONS[kind]
    figures = measured(names, ROUNDS, kind, clients, frames, work=False)
    what = f"{kind} over sockets, {clients:,} clients, for each frame"
    record(compared(what, "µs", figures))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "frames", "floor", "goal"),
    [("echo", 200, 0.86, 0.9), ("chat", 15, 0.43, 0.5)],
)
def test_work_over_sockets(
    record: Record, kind: str, frames: int, floor: float, goal: float
) -> None:
    names = (OURS, "bare")
    figures = measured(names, PAIRS, kind, 100, frames, work=True)
    what = f"{kind} over sockets, 100 clients, the server's work for each frame"
    record(compared(what, "µs", figures, {"bare": (floor, goal)}))
