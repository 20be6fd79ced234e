"""``record --reload``: the application is served again when its code changes.

How it works: this process serves nothing. It has the same command run in
another one, on the same port, looks twice a second whether a ``.py`` file is
new or other than it was, and then ends that process as Ctrl-C would, and
begins it anew. So nothing of the former run is left, in no module and in no
thread. The page notices that its server is gone, and asks until it is back.

Rule 1: whatever ends the command (a signal) ends both.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from minichannels.cli.leaving import handled
from minichannels.cli.saying import say

INTERVAL = 0.5
"""How many seconds pass from look to look."""

PATIENCE = 5.0
"""How many seconds a process that is to begin anew has to end."""

# What is nobody's own code, and large.
_FOREIGN = frozenset({"__pycache__", "node_modules", "site-packages"})

# What has a value, and is the same for each process that serves.
_PASSED_ON = (
    *("app_dir", "path", "host", "uds", "keep", "save"),
    *("editor", "name_from"),
)

Modified = Mapping[str, float]
Listen = Callable[[str, int], socket.socket]


def modified(folder: Path) -> Modified:
    """Return when each file with code below a folder was written last."""
    found: dict[str, float] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in _FOREIGN and not name.startswith(".")
        ]
        for name in names:
            path = os.path.join(place, name)
            # It may be gone by now, as a draft that an editor has renamed.
            with contextlib.suppress(OSError):
                if name.endswith(".py"):
                    found[path] = os.stat(path).st_mtime
    return found


def changes(before: Modified, now: Modified) -> list[str]:
    """Return the names of the files that have changed, came or went."""
    other = set(before.items()) ^ set(now.items())
    return sorted({Path(path).name for path, _ in other})


def arguments(options: argparse.Namespace, port: int, first: bool) -> list[str]:
    """Return the command line of the process that serves.

    Args:
        options: those of this process.
        port: the one that is taken each time.
        first: whether it is the first such process.
    """
    made = ["record", options.application, f"--port={port}"]
    for name in _PASSED_ON:
        value = getattr(options, name)
        made += [f"--{name.replace('_', '-')}={value}"] * bool(value)
    made += [f"--as={options.name}"] * bool(options.name)
    made += ["--factory"] * options.factory
    made += ["--show-secrets"] * options.show_secrets
    made += ["--wait-if-broken"]
    return [*made, *["--open"] * (options.open and first)]


def record_and_reload(options: argparse.Namespace, listen: Listen) -> int:
    """Serve an application until a signal comes, whatever becomes of it.

    Args:
        options: those of the command.
        listen: opens a socket on a host and a port.

    Returns:
        The exit status of the process that served it last.

    Raises:
        CommandError: there is no such host, or the port is not to be had.
    """
    # Each process takes the same port; that it can is known before the first.
    with listen(options.host, options.port) as free:
        port: int = free.getsockname()[1]
    server = _Server(options, port)
    with handled(server.end):
        while not server.ending:
            server.run()
    return server.status


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process as Ctrl-C would; after a while, as the second one would."""
    process.send_signal(_END)  # nothing, if it has ended
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        say("The application does not end, and is broken off")
        process.send_signal(_END)


class _Server:
    """The process that serves, one after another."""

    def __init__(self, options: argparse.Namespace, port: int) -> None:
        self.ending = False
        self.status = 0
        self._options = options
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._runs = 0

    def run(self) -> None:
        """Serve until something has changed, or a signal comes."""
        folder = self._options.app_dir.resolve()
        before = modified(folder)
        line = arguments(self._options, self._port, first=not self._runs)
        self._runs += 1
        command = [sys.executable, "-m", "minichannels", *line]
        with subprocess.Popen(command) as process:
            self._process = process
            if self.ending:  # the signal has come just before
                process.send_signal(_END)
            changed = self._changed(before, folder)
            if changed:
                say(f"{', '.join(changed[:3])} changed: once more")
                end(process)
            self.status = process.wait()

    def _changed(self, before: Modified, folder: Path) -> list[str]:
        """Wait until something has changed; nothing, if it is to end."""
        told = False
        while not self.ending:
            if changed := changes(before, modified(folder)):
                return changed
            if not told and self._process and self._process.poll() is not None:
                told = True
                say(f"It has ended; a change in {folder} begins it again")
            time.sleep(INTERVAL)
        return []

    def end(self, number: int, frame: FrameType | None) -> None:
        """End both; a terminal has told the other process itself."""
        self.ending = True
        told = number == signal.SIGINT and sys.stdin and sys.stdin.isatty()
        if self._process and not told:
            self._process.send_signal(number)


# Ctrl-C, as far as one process can press it for another.
_END = signal.SIGTERM if sys.platform == "win32" else signal.SIGINT
