"""Embedded servers: which run, and kernels that use one."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
    _wait_until_none_of(lambda: processes_in(folder))


def _wait_until_none_of(left: Callable[[], list[psutil.Process]]) -> None:
    end = time.monotonic() + LIMIT
    while found := left():
        if time.monotonic() > end:
            raise TimeoutError(f"{found} run after {LIMIT} s")


def kill_all_in(folder: Path | str, spare: int = 0) -> None:
    """Kill all that has a folder, and wait until it is gone.

    Args:
        folder: the folder.
        spare: a process that has to end by itself.
    """
    found = processes_in(folder)
    for process in found:
        # Each of them ends soon after it has lost another.
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.pid != spare:
                process.kill()
    wait_until_none_in(folder)
    # While one ends it has its sockets for a little longer than a command line.
    _wait_until_none_of(lambda: [p for p in found if not _has_ended(p)])


def _has_ended(process: psutil.Process) -> bool:
    try:
        # A first thread that is dead says nothing of the others: with any of
        # them alive, the process has its sockets.
        ended: bool = (
            process.status() == psutil.STATUS_ZOMBIE
            and process.num_threads() <= 1
        )
    except psutil.NoSuchProcess:
        return True
    return ended


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
