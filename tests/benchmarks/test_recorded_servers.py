"""``record`` beside plain uvicorn, with the page closed and open.

The load comes from this machine, too, and so does whoever reads the page: what
counts is the time that the server's process is at work. In turns, medians. The
bounds are for uvicorn as it comes, and are printed for uvicorn with the options
that ``record`` gives it and without its log, too: a harder measure.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread

import pytest
from websockets.sync.client import connect

from support import ROOT
from support.measuring import OURS, Row, compared, interleaved
from support.processes import ServerProcess, serving

ROUNDS = 5
CLIENTS = 10
Record = Callable[[list[Row]], None]

# What sends the load, and how much each client sends: with the page open more,
# so that it is told of it several times.
LOADS = {
    "HTTP": ("support.http_load", 300),
    "WebSocket": ("support.load", 800),
}
TOLD = 16
APPLICATIONS = {
    "Starlette": "support.contestants:starlette_site",
    "bare": "support.contestants:bare_site",
}


def run(server: ServerProcess, kind: str, *, page: bool) -> float:
    """Return the microseconds that a server works for a request or frame."""
    module, times = LOADS[kind]
    times *= TOLD if page else 1
    host, _, port = server.address.partition(":")
    what = ["echo"] if kind == "WebSocket" else []
    numbers = map(str, (CLIENTS, times, server.process.pid))
    with open_page(server) if page else nobody():
        done = subprocess.run(
            [sys.executable, "-m", module, host, port, *what, *numbers],
            env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
            check=True,
            capture_output=True,
            text=True,
        )
    return float(done.stdout.split()[1]) / times / CLIENTS * 1e6


@contextmanager
def nobody() -> Iterator[None]:
    yield


@contextmanager
def open_page(server: ServerProcess) -> Iterator[None]:
    """Read all that the page is told, as a browser does.

    The block runs once the page has all that was there before: of a full
    journal first the newest, then the rest, at the latest with what is new.
    What happens in the block is told at least once while it happens.
    """
    there = Event()
    told = 0

    def read() -> None:
        nonlocal told
        for text in socket:
            if text[0] == "+":  # a piece: more of it follows
                continue
            told += 1
            if told == 1:  # it may have been all
                with connect(f"ws://{server.address}/", proxy=None):
                    pass
            elif told == 2:
                there.set()

    address = f"ws://{server.address}/.flow/live"
    with connect(address, proxy=None, max_size=None) as socket:
        reading = Thread(target=read)
        reading.start()
        assert there.wait(60)
        yield
        socket.close()
        reading.join()
        assert told > 2


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", APPLICATIONS)
@pytest.mark.parametrize(
    ("kind", "page", "floor"),
    [
        ("HTTP", False, 0.75),
        ("WebSocket", False, 0.7),
        ("HTTP", True, 0.5),
        ("WebSocket", True, 0.5),
    ],
)
def test_recorded_server(
    record: Record, name: str, kind: str, page: bool, floor: float
) -> None:
    application = APPLICATIONS[name]
    with (
        serving("recorded", application) as recorded,
        serving("plain", application) as plain,
        serving("uvicorn", application) as usual,
    ):
        run(recorded, "WebSocket", page=False)  # the journal is full from here
        figures = interleaved(
            ROUNDS,
            {
                OURS: partial(run, recorded, kind, page=page),
                # What somebody runs who does not record: with its access log,
                # in the place of which `record` has the flow.
                "uvicorn as it comes": partial(run, usual, kind, page=False),
                "uvicorn without a log": partial(run, plain, kind, page=False),
            },
        )
    state = "page open" if page else "page closed"
    what = f"{name} over {kind}, recorded, {state}: the server's work"
    bounds = dict.fromkeys(figures.keys() - {OURS}, (floor, floor))
    record(compared(what, "µs", figures, bounds))
