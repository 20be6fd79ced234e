"""The wire of sockets: uvicorn in a thread, on a port of this machine.

Whatever can speak HTTP reaches it: a cell that blocks, a page in the notebook,
a browser's tab, a program in a terminal.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from minichannels.flow.recording.clients.asked import Address
from minichannels.lab.transport.addresses import reachable
from minichannels.lab.transport.transport import Beside, P, ServerHooks
from minichannels.lab.transport.uvicorn_thread import ServerThread


class SocketLine:
    """A socket that is connected to a server."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._transport: asyncio.Transport | None = None
        self.address: Address = sock.getsockname()[:2]

    async def use(self, make: Callable[[], P]) -> tuple[asyncio.Transport, P]:
        """Put a protocol on the line."""
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(
            make, sock=self._sock
        )
        self._transport = transport
        return transport, protocol

    def abort(self) -> None:
        """Close the line at once, whoever uses it."""
        if self._transport is None:
            self._sock.close()
        else:
            self._transport.abort()


class SocketDialer:
    """Connects sockets to an address."""

    def __init__(self, address: Address) -> None:
        self.address = address

    async def dial(self) -> SocketLine:
        """Return a connected socket.

        Raises:
            ConnectionError: there is no connection; says why.
        """
        family = socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET
        with _told_apart(), ExitStack() as unused:
            # Named, so that asyncio has nothing wait for acknowledgements.
            sock = unused.enter_context(
                socket.socket(family, proto=socket.IPPROTO_TCP)
            )
            sock.setblocking(False)
            # Its other end takes a descriptor, too, and is of this process: if
            # there is none, who waits for the server would not learn why.
            sock.dup().close()
            loop = asyncio.get_running_loop()
            await loop.sock_connect(sock, self.address)
            line = SocketLine(sock)
            unused.pop_all()
            return line


@contextmanager
def _told_apart() -> Iterator[None]:
    """Say that the server has gone only if nobody listens there."""
    try:
        yield
    except ConnectionRefusedError as error:
        raise ConnectionError("the server does not run any more") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise ConnectionError(f"no connection to the server: {why}") from error


class SocketWire(SocketDialer):
    """A server on a port.

    Args:
        site: what to serve.
        listener: the socket to accept connections on.
    """

    def __init__(self, site: ServerHooks, listener: socket.socket) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__((reachable(host), port))
        self.public = True
        self.started = False
        self._on_end = site.on_end
        self._thread = ServerThread(
            site.application,
            listener,
            on_loop=site.on_loop,
            on_error=site.on_error,
        )

    def start(self, timeout: float) -> None:
        """Start to serve, and return once the application has started.

        Raises:
            TimeoutError: it has not within ``timeout`` seconds.
            SystemExit: the application's start-up failed.
        """
        self._thread.start(timeout)
        self.started = True

    async def ready(self) -> None:
        """Return at once: ``start()`` has waited."""

    def also(self, serve: Beside) -> None:
        """Have something run on the server's event loop, until its end.

        Raises:
            ConnectionError: the server is stopped.
        """
        self._thread.also(serve)

    def stop(self) -> None:
        """End the server and its connections."""
        try:
            self._thread.stop()
        finally:  # also when the cell that waits here is interrupted
            self._on_end()
