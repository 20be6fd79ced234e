"""A simulation of Valkey, for Windows, where it does not run.

It is fakeredis, in a thread of the first kernel, on a port of this machine: it
says what Valkey says, but it is slow, whoever uses this machine can reach it,
and it ends with that kernel, not with the last one.
"""

import contextlib
import socket
import threading
from typing import Any

from minichannels.lab.engine.engine import Engine, answers


class SimulatedValkey(Engine):
    """fakeredis, as a server; its place is its port."""

    kind = "simulated by fakeredis, and open to all users of this computer"

    @classmethod
    def require(cls) -> Any:
        """Return the class of fakeredis' server."""
        try:
            from fakeredis import TcpFakeServer
        except ImportError:
            raise ImportError(
                "valkey() is simulated on Windows, by fakeredis; run"
                ' pip install "minichannels[lab,valkey]"'
            ) from None
        return TcpFakeServer

    def __init__(self, known: str) -> None:
        self._server: Any = None
        self._connections: list[socket.socket] = []
        runs = known.isdecimal() and answers(_url(known))
        self.place = known if runs else _free_port()
        self.url = _url(self.place)

    def start(self) -> None:
        """Have it run."""
        if self.running:
            return
        self._server = server = self.require()(("127.0.0.1", int(self.place)))
        server.daemon_threads = True
        accept = server.get_request

        def get_request() -> Any:
            connection, address = accept()
            self._connections.append(connection)
            return connection, address

        server.get_request = get_request
        threading.Thread(
            target=server.serve_forever,
            args=[0.05],
            name="minichannels_valkey",
            daemon=True,
        ).start()

    def stop(self) -> None:
        """Have it not run; only the kernel that has started it can do that."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            while self._connections:  # it would leave those open that wait
                with contextlib.suppress(OSError):
                    self._connections.pop().shutdown(socket.SHUT_RDWR)
        elif self.running:
            raise ConnectionError(
                "this Valkey is simulated by another notebook's kernel; stop it"
                " there"
            )

    def let_go(self) -> None:
        """Use it no more."""
        if self._server is not None:
            self.stop()


def _url(port: str) -> str:
    return f"redis://127.0.0.1:{port}"


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])
