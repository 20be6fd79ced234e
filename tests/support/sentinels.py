"""A Redis with a copy, and a Sentinel that puts one in the other's place."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.irc_servers import free_port, wait_for_port

_CONF = """
port {port}
dir {folder}
sentinel monitor mymaster 127.0.0.1 {master} 1
sentinel down-after-milliseconds mymaster 500
sentinel failover-timeout mymaster 3000
"""


class Watched:
    """Two servers and who watches them.

    Attributes:
        host: what stands in ``hosts`` for them.
    """

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self._folder, self._stack = folder, stack
        port, self._port = free_port(), free_port()
        self._master = self._run("--port", str(port), "--save", "")
        wait_for_port(port)
        copy = free_port()
        self._run(
            *("--port", str(copy), "--save", ""),
            *("--replicaof", "127.0.0.1", str(port)),
        )
        wait_for_port(copy)
        conf = folder / "sentinel.conf"
        conf.write_text(
            _CONF.format(port=self._port, folder=folder, master=port)
        )
        self._run(str(conf), "--sentinel")
        wait_for_port(self._port)
        self.host: dict[str, Any] = {
            "sentinels": [("127.0.0.1", self._port)],
            "master_name": "mymaster",
        }

    def _run(self, *args: str) -> "subprocess.Popen[bytes]":
        command = shutil.which("redis-server")
        if command is None:
            pytest.skip("there is no redis-server on the PATH")
        process = subprocess.Popen(
            [command, *args, "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def copies(self) -> int:
        """Return how many copies Sentinel knows that are up to date."""
        import redis  # not everybody who tests has it

        with redis.Redis(port=self._port) as client:
            known: Any = client.sentinel_slaves("mymaster")
        return sum(one["master-link-status"] == "ok" for one in known)

    def kill_the_master(self) -> None:
        """End it as a crash does."""
        self._master.kill()


@contextlib.contextmanager
def watched(folder: Path) -> Iterator[Watched]:
    """Run them."""
    with contextlib.ExitStack() as stack:
        yield Watched(folder, stack)
