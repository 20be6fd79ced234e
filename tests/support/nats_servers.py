"""NATS servers, from their wheel: for tests alone."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

LIMIT = 10.0
"""How many seconds a server may take to start."""

_LISTENS = re.compile(
    r"client connections on 127\.0\.0\.1:(\d+)(?s:.*)is ready"
)


class NatsServer:
    """A NATS server, to be harmed if need be; it keeps nothing on disk.

    Args:
        folder: for its settings and its log.
        settings: lines for its settings.

    Attributes:
        settings: those that it starts with.
        port: where it listens, whenever it is there.
        url: the same as an address.
    """

    def __init__(self, folder: Path, settings: str = "jetstream {}") -> None:
        self.port = -1
        self._folder = folder
        self.settings = settings
        self.start()
        self.url = f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, with nothing in it."""
        shutil.rmtree(self._folder / "store", ignore_errors=True)
        config, log = self._folder / "nats.conf", self._folder / "nats.log"
        store = f'store_dir: "{self._folder / "store"}"'
        lines = self.settings.replace("jetstream {", f"jetstream {{ {store}\n")
        listen = f"listen: 127.0.0.1:{self.port}\nmax_payload: 4MB\n"
        config.write_text(listen + lines)
        log.unlink(missing_ok=True)
        program = Path(sysconfig.get_path("scripts")) / "nats-server"
        self._process = subprocess.Popen(
            [program, "-c", config, "-l", log], stderr=subprocess.DEVNULL
        )
        self.port = self._port(log)

    def _port(self, log: Path) -> int:
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            said = log.read_text() if log.exists() else ""
            if ready := _LISTENS.search(said):
                return int(ready[1])
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"nats-server does not start: {said[-500:]}")

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Have it stand still; it does when this returns."""
        os.kill(self._process.pid, signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def resume(self) -> None:
        """Have it go on."""
        os.kill(self._process.pid, signal.SIGCONT)


@contextlib.contextmanager
def nats_server(folder: Path) -> Iterator[str]:
    """Run NATS; give its URL."""
    server = NatsServer(folder)
    try:
        yield server.url
    finally:
        server.kill()
