"""``irc_server()``: a chat server in this kernel, from the package ``irc``.

How it works: that package has a small server, with a thread for each client.
It looks at its clients without a pause, as each can always be written to; ours
looks for that only if there is something to write.
"""

import importlib
import select
import socket
import threading
from contextlib import suppress
from typing import Any

from minichannels.lab.beyond.held import HeldServer

_PAUSE = 0.02  # how long something to write may wait


class IrcServer(HeldServer):
    """A chat server; made by ``irc_server()``."""

    def __init__(self, server: Any) -> None:
        super().__init__()
        self._server = server
        self.url = f"irc://127.0.0.1:{server.server_address[1]}"
        self._thread = threading.Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": _PAUSE},
            name="minichannels irc server",
            daemon=True,
        )
        self._thread.start()

    def end(self) -> None:
        """End it, and its connections."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for thread, request in self._server.requests:
            with suppress(OSError):  # gone already
                request.shutdown(socket.SHUT_RDWR)
            thread.join()


def irc_server(port: int = 0) -> IrcServer:
    """Start a chat server on this machine, for this machine.

    Args:
        port: the port to listen on; 0 for a free one.

    Raises:
        ImportError: there is none; says how to get it.
        OSError: the port is in use.
    """
    try:
        others: Any = importlib.import_module("irc.server")
    except ImportError as error:
        raise ImportError(
            f"irc_server() needs {error.name}; run"
            ' pip install "minichannels[beyond]"'
        ) from None
    server = _quiet(others)(("127.0.0.1", port), _patient(others))
    server.requests = []
    return IrcServer(server)


def _quiet(others: Any) -> Any:
    def handle_error(self: Any, request: Any, client_address: Any) -> None:
        """Print nothing: who sends nonsense is cut off, and that is all."""

    return type("Quiet", (others.IRCServer,), {"handle_error": handle_error})


def _patient(others: Any) -> Any:
    def handle(self: Any) -> None:
        self.server.requests.append((threading.current_thread(), self.request))
        others.IRCClient.handle(self)

    def handle_one(self: Any) -> None:
        wanted = [self.request] if self.send_queue else []
        ready, _, _ = select.select([self.request], wanted, [], _PAUSE)
        while self.send_queue:
            self._send(self.send_queue.pop(0))
        if ready:
            self._handle_incoming()

    methods = {"handle": handle, "_handle_one": handle_one}
    return type("Patient", (others.IRCClient,), methods)
