"""``record --reload``: the application is served again when its code changes.

How it works: this process serves nothing. It has the same command run in
another one, on the same port, looks twice a second whether a ``.py`` file is
new or other than it was, and then ends that process as Ctrl-C would, and
begins it anew. So nothing of the former run is left, in no module and in no
thread. The page notices that its server is gone, and asks until it is back.

Rule 1: whatever ends the command (a signal) ends both.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from minichannels.cli.leaving import handled
from minichannels.cli.saying import say

INTERVAL = 0.5
"""How many seconds pass from look to look."""

# What is nobody's own code, and large.
_FOREIGN = frozenset({"__pycache__", "node_modules", "site-packages"})

# What has a value, and is the same for each process that serves.
_PASSED_ON = (
    *("app_dir", "path", "host", "uds", "keep", "save"),
    *("editor", "name_from"),
)

Modified = Mapping[str, float]


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
            if name.endswith(".py") and os.path.exists(path):
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


def record_and_reload(options: argparse.Namespace) -> int:
    """Serve an application until a signal comes, whatever becomes of it.

    Returns:
        The exit status of the process that served it last.
    """
    server = _Server(options)
    with handled(server.end):
        while not server.ending:
            server.run()
    return server.status


class _Server:
    """The process that serves, one after another."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.ending = False
        self.status = 0
        self._options = options
        self._port = options.port or _free_port(options.host)
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
                process.send_signal(_END)  # nothing, if it has ended
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


def _free_port(host: str) -> int:
    """Return a port that nobody listens on: each process takes the same."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as asking:
        asking.bind((host, 0))
        port: int = asking.getsockname()[1]
        return port
