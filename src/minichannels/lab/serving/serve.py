"""The servers of this process, by name: ``serve()`` and ``stop_all()``.

Serving under a name again replaces the former server: a cell may be run
twice, and all cells too.
"""

import contextlib
import functools
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from minichannels.flow.processes.naming import require_process_name
from minichannels.flow.servable import require_servable
from minichannels.flow.web.listening import at_once, listen, require_place
from minichannels.flow.web.origin import is_loopback
from minichannels.lab.keeping.files import room_for_files
from minichannels.lab.serving.server import Server
from minichannels.lab.transport.kernel import wake_on_interrupt
from minichannels.lab.transport.memory import MemoryWire
from minichannels.lab.transport.sockets import SocketWire
from minichannels.lab.transport.timeouts import LIMIT, require_seconds
from minichannels.lab.transport.transport import ServerHooks, Transport, chosen
from minichannels.types import ASGIApp

# Those that run, in the order in which they were started.
_servers: dict[Server, None] = {}
_lock = threading.RLock()


def serve(  # noqa: PLR0913  # most are for rare cases
    application: ASGIApp,
    name: str = "default",
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    timeout: float = LIMIT,
    wire: Literal["socket", "memory"] | None = None,
    save: str | Path | None = None,
) -> Server:
    """Serve an ASGI application in this process, until ``server.stop()``.

    Args:
        application: the application.
        name: the server's name; a running server of that name is stopped.
        host: the address to listen on.
        port: the port to listen on; 0 for a free one.
        timeout: how many seconds the application's start-up may take.
        wire: ``"socket"`` serves from a thread, on a port; ``"memory"`` in
            the cell's own event loop, for clients made by
            ``server.connect()`` and ``server.get()`` alone. By default what
            the environment variable ``MINICHANNELS_WIRE`` says, or else
            sockets, where there are sockets and threads. In memory the start
            goes on after this call, so a failed one is told by the first
            ``await server.…``.
        save: the folder in which each of several processes writes its journal,
            under its server's name; ``Flow.merge()`` joins them.

    Raises:
        TypeError: not an ASGI application; or a name or a host that is no
            text, or a port or a timeout that is no number.
        ValueError: there is no such wire, or no such port; or a port for one
            in memory; or the name cannot be that of a file; or the timeout is
            less than 0.
        OSError: the port is in use, or not to be had; or nothing can be
            written in the folder.
        RuntimeError: the application failed to start; says why. Or something
            else stands in the place of threads, as gevent's.
        TimeoutError: the application did not start in time.
    """
    require_servable(application)
    _require_name(name)
    if save is not None:
        require_process_name(name)
    kind = chosen(wire)
    require_place(host, port)
    require_seconds(timeout)
    if kind == "socket" and not is_loopback(host):
        warnings.warn(
            f"{host} can be reached from other machines: whoever does may use"
            " the application",
            stacklevel=2,
        )
    wake_on_interrupt()
    with _lock, room_for_files(), contextlib.ExitStack() as unused:
        make_wire = _wiring_instead_of(name, kind, host, port, unused)
        server = Server(application, name, make_wire, _forget)
        # First: if its start is interrupted, it can be stopped all the same.
        _servers[server] = None
        unused.pop_all()
        server.start(timeout, None if save is None else Path(save))
    return server


def _require_name(name: Any) -> None:
    if not isinstance(name, str):
        port = isinstance(name, int)
        hint = f"; for a port, write port={name}" if port else ""
        raise TypeError(f"name is a text such as 'chat', not {name!r}{hint}")


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


def _wiring_instead_of(
    name: str, kind: str, host: str, port: int, unused: contextlib.ExitStack
) -> Callable[[ServerHooks], Transport]:
    """Return what makes a wire; then the former server of a name has stopped.

    Where there is none to be had it goes on, unless the port is its own. What
    is unused closes what the wire would use, also where stopping the former one
    takes long, and is interrupted.
    """
    former = [server for server in _servers if server.name == name]
    for server in former:
        if server.uses(port):
            server.stop()
    make_wire = _wiring(kind, host, port, unused)
    for server in former:
        server.stop()
    return make_wire


def _wiring(
    kind: str, host: str, port: int, unused: contextlib.ExitStack
) -> Callable[[ServerHooks], Transport]:
    if kind == "socket":
        listener = unused.enter_context(at_once(listen(host, port)))
        return functools.partial(SocketWire, listener=listener)
    if port:
        raise ValueError(
            f"a server in memory has no port; got {port}: leave it out"
        )
    return MemoryWire
