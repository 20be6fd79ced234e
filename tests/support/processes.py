"""Real ASGI servers, each in a process of its own."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from support import ROOT
from support.limit import LIMIT, OF_PROCESS

# How each is started.
COMMANDS: Mapping[str, str] = {
    "uvicorn": "uvicorn --host 127.0.0.1 --port {port} {application}",
    "hypercorn": "hypercorn --bind 127.0.0.1:{port} {application}",
    "daphne": "daphne -b 127.0.0.1 -p {port} {application}",
    "granian": (
        "granian --interface asgi --host 127.0.0.1 --port {port} {application}"
    ),
}


class ServerProcess:
    """A server that runs, with clients for it."""

    def __init__(
        self, name: str, port: int, process: "subprocess.Popen[str]"
    ) -> None:
        self.name = name
        self.process = process
        self.address = f"127.0.0.1:{port}"
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self._lines.extend(self.process.stdout)

    @property
    def output(self) -> str:
        """All that it has printed; complete once it has ended."""
        return "".join(self._lines)

    def wait_until_ready(self) -> None:
        """Knock until it opens: not all say when they listen."""
        host, _, port = self.address.partition(":")
        # Between two knocks, look whether it is still there.
        while not self._has_ended_after(0.02):
            with suppress(ConnectionRefusedError):
                socket.create_connection((host, int(port)), LIMIT).close()
                return
        raise RuntimeError(f"{self.name} did not start:\n{self.output}")

    def _has_ended_after(self, seconds: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.process.poll() is not None

    def connect(self, path: str, **kwargs: Any) -> connect:
        """Return a WebSocket client, to be awaited or entered."""
        return connect(f"ws://{self.address}{path}", proxy=None, **kwargs)

    def client(self) -> httpx.AsyncClient:
        """Return an HTTP client, to be entered."""
        return httpx.AsyncClient(
            base_url=f"http://{self.address}", trust_env=False, timeout=LIMIT
        )

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        try:
            return self.process.wait(OF_PROCESS)
        finally:
            self.process.kill()  # does nothing if it has ended
            self._reader.join(LIMIT)


# The recorder's own server, and the same one without it.
PAIR: Mapping[str, str] = {
    "recorded": "minichannels record --port {port} {application}",
    "plain": (
        "uvicorn --host 127.0.0.1 --port {port} --ws websockets-sansio"
        " --no-access-log --log-level warning {application}"
    ),
}


@contextmanager
def serving(
    name: str, application: str, folder: Path | None = None
) -> Iterator[ServerProcess]:
    """Serve ``module:name`` with one of the servers while the block runs.

    Args:
        name: the server's.
        application: a module's and its own name.
        folder: where the module is, if it is not among the tests.
    """
    command = {**COMMANDS, **PAIR}[name]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # free again when the block ends
    words = command.format(port=port, application=application).split()
    paths = [str(ROOT / "src"), str(ROOT / "tests")]
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"},
    )
    with process:
        server = ServerProcess(name, port, process)
        try:
            server.wait_until_ready()
            yield server
        finally:
            process.terminate()
            server.wait()
