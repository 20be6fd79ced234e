"""Embedded servers: which run, and kernels that use one."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from support.limit import LIMIT

KERNEL = """
from minichannels.lab.engine.valkey import valkey
print(valkey().place, flush=True)
input()
"""


def processes_in(folder: Path | str) -> list[psutil.Process]:
    """Return the guards and servers that have a folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(folder) in " ".join(process.cmdline()):
                found.append(process)
    return found


def servers_in(folder: Path | str) -> list[int]:
    """Return the servers that have a folder."""
    return [p.pid for p in processes_in(f"unixsocket:{folder}/")]


def wait_until_none_in(folder: Path | str) -> None:
    """Wait for the end of all that has a folder.

    Raises:
        TimeoutError: some of it is there yet.
    """
    end = time.monotonic() + LIMIT
    while left := processes_in(folder):
        if time.monotonic() > end:
            raise TimeoutError(f"{left} run after {LIMIT} s")


def kill_all_in(folder: Path | str, spare: int = 0) -> None:
    """Kill all that has a folder, and wait until it is gone.

    Args:
        folder: the folder.
        spare: a process that has to end by itself.
    """
    for process in processes_in(folder):
        # Each of them ends soon after it has lost another.
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.pid != spare:
                process.kill()
    wait_until_none_in(folder)


@contextmanager
def kernel() -> Iterator["subprocess.Popen[str]"]:
    """A process that uses Valkey until it ends, and has printed where it is."""
    with subprocess.Popen(
        [sys.executable, "-c", KERNEL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
