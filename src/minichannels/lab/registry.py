"""The servers of this process, by name: ``serve()`` and ``stop_all()``.

Serving under a name again replaces the former server: a cell may be run
twice, and all cells too.
"""

import errno
import socket
import threading

from minichannels._applications import require_servable
from minichannels.lab.server import Server
from minichannels.lab.waiting import LIMIT
from minichannels.types import ASGIApp

# Those that run, in the order in which they were started.
_servers: dict[Server, None] = {}
_lock = threading.RLock()


def serve(
    application: ASGIApp,
    name: str = "default",
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    timeout: float = LIMIT,
) -> Server:
    """Serve an ASGI application in this process, until ``server.stop()``.

    Args:
        application: the application.
        name: the server's name; a running server of that name is stopped.
        host: the address to listen on.
        port: the port to listen on; 0 for a free one.
        timeout: how many seconds the application's start-up may take.

    Raises:
        TypeError: not an ASGI application.
        OSError: the port is in use, or not to be had.
        RuntimeError: the application failed to start; says why.
        TimeoutError: the application did not start in time.
    """
    require_servable(application)
    with _lock:
        for former in list(_servers):
            if former.name == name:
                former.stop()
        server = Server(application, name, _listen(host, port), _forget)
        server.start(timeout)
        _servers[server] = None
    return server


def stop_all() -> list[Server]:
    """Stop all servers of this process; return those that were running."""
    with _lock:
        servers = list(_servers)
    for server in servers:
        server.stop()
    return servers


def _forget(server: Server) -> None:
    # In one step and without the lock, which serve() may hold while it waits
    # for an application that stops a server. What has stopped is not kept
    # alive: its journal may be large.
    _servers.pop(server, None)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise OSError(
            error.errno,
            f"port {port} of {host} is in use; stop what uses it, or leave"
            " out 'port' to have a free one chosen",
        ) from None
