"""The wire of memory: uvicorn on the cell's own event loop, without a socket.

How it works: uvicorn and the clients are protocols of ``asyncio``, and do not
care what carries their bytes. Here a pipe (``transport.pipe``) does. Nothing
needs a socket or a thread; what an application sees, and how the server
answers its mistakes, is uvicorn's own doing.

What follows from sharing the cell's loop: ``serve()`` and ``stop()`` return at
once, and what they began goes on when a cell next awaits something. A failed
start is told by the first ``await server.…``. An application that blocks,
blocks the kernel.

Rule 1: the application runs in a context of its own, as it does in a thread.
So nothing of a cell leaks into it, and its tasks can be told from others.
(Below which cell its output appears, each message says:
``recording.clients.cells``.)
"""

import asyncio
import itertools
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

from minichannels.flow.recording.clients.asked import Address
from minichannels.flow.recording.ending import cancelled, going_on
from minichannels.lab.transport import uvicorn_thread
from minichannels.lab.transport.pipe import End, pipe
from minichannels.lab.transport.task_owner import OWNER, crashes_told, tasks_of
from minichannels.lab.transport.timeouts import awake
from minichannels.lab.transport.transport import Beside, P, ServerHooks

_HOST, _PORT = "127.0.0.1", 80  # what an application is told

# No two clients of a process have the same address.
_ports = itertools.count(49152)

# Those that have begun and not ended.
_wires: set["MemoryWire"] = set()


class MemoryLine:
    """A way into a server of this process."""

    def __init__(
        self, server: Address, context: Context, answer: Callable[[], Any]
    ) -> None:
        self.address: Address = (_HOST, next(_ports))
        self._server = (server, context)
        self._answer = answer
        self._near: End | None = None

    async def use(self, make: Callable[[], P]) -> tuple[asyncio.Transport, P]:
        """Put a protocol on the line."""
        protocol, theirs = make(), self._answer()
        near, far = pipe((self.address, copy_context()), self._server)
        near.attach(protocol)
        far.attach(theirs)
        self._near = near
        await asyncio.sleep(0)  # now both are told that they are connected
        return near, protocol

    def abort(self) -> None:
        """Close the line at once, whoever uses it."""
        if self._near is not None:
            self._near.abort()


class MemoryWire:
    """A server in memory.

    Args:
        site: what to serve.
    """

    def __init__(self, site: ServerHooks) -> None:
        self.address: Address = (_HOST, _PORT)
        self.public = False
        self.started = False
        self._site = site
        self._uvicorn = uvicorn_thread.Uvicorn(
            site.application, self._has_started
        )
        self._stopped = False
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: asyncio.Future[None]
        self._main: asyncio.Task[None]

    def start(self, timeout: float) -> None:
        """Begin to serve on the running event loop; returns at once.

        Raises:
            RuntimeError: no event loop runs here.
        """
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                "a server in memory lives on the event loop of the cell that"
                " starts it, and here runs none; call serve() in a cell, or"
                " in a coroutine"
            ) from None
        self._site.on_loop(self._loop)
        self._ready = self._loop.create_future()
        self._main = self._loop.create_task(
            self._run(timeout), name="minichannels server", context=_own(self)
        )
        _wires.add(self)

    async def ready(self) -> None:
        """Wait until the application has started; or, if stopped, has ended.

        Raises:
            TimeoutError: it did not start in time.
            RuntimeError: its start-up failed, or this is another event loop.
        """
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(
                "a server in memory is used on the event loop that it was"
                " started on; start it here, or take wire='socket'"
            )
        with awake():
            await asyncio.wait({self._main if self._stopped else self._ready})
        if self._failure is not None:
            raise self._failure

    async def dial(self) -> MemoryLine:
        """Return a new line.

        Raises:
            ConnectionError: the server is stopped.
        """
        if self._stopped:
            raise ConnectionError("the server does not run any more")
        return MemoryLine(self.address, _own(self), self._answer)

    def _answer(self) -> Any:
        """Return uvicorn's end of a new connection."""
        protocol_class: Any = self._uvicorn.config.http_protocol_class
        return protocol_class(
            config=self._uvicorn.config,
            server_state=self._uvicorn.server_state,
            app_state=self._uvicorn.lifespan.state,
        )

    def also(self, serve: Beside) -> None:
        """Have something run on the server's event loop, until its end.

        Raises:
            ConnectionError: the server is stopped.
        """
        if self._stopped or self._loop is None:
            raise ConnectionError("the server does not run any more")
        self._loop.call_soon_threadsafe(
            self._uvicorn.also, serve, context=_own(self)
        )

    def stop(self) -> None:
        """Have the server end its connections and itself."""
        self._stopped = True
        if self._loop is None:  # it was never begun
            self._site.on_end()
            return
        try:
            self._loop.call_soon_threadsafe(self._ask_to_stop)
        except RuntimeError:  # the loop is closed: all of it has ended
            self._end()

    # On the loop

    def _has_started(self) -> None:
        self.started = True
        self._ready.set_result(None)

    def _ask_to_stop(self) -> None:
        if self.started:
            self._uvicorn.stopping.set()
        else:
            self._main.cancel()

    async def _run(self, timeout: float) -> None:
        """Serve, from the end of former servers to one's own."""
        try:
            await all_ended()
            with crashes_told(self, self._site.on_error):
                await self._serve(timeout)
        except Exception as error:
            self._failure = error
        finally:
            self._end()
            if not self._ready.done():
                self._ready.cancel()

    async def _serve(self, timeout: float) -> None:
        serving = asyncio.create_task(self._uvicorn_serves())
        try:
            await asyncio.wait(
                {serving, self._ready},
                timeout=timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if serving.done():
                await serving  # raises why
            if not self.started:
                raise TimeoutError
            await self._uvicorn.stopping.wait()
            await asyncio.wait({serving}, timeout=uvicorn_thread.PATIENCE)
        finally:
            await self._clear_up()

    async def _uvicorn_serves(self) -> None:
        try:
            await self._uvicorn.serve(sockets=[])
        except SystemExit as error:  # it would end the kernel
            raise RuntimeError("the application failed to start") from error

    async def _clear_up(self) -> None:
        """Cut what is still connected, and cancel what still runs."""
        self._uvicorn.cut()
        left = await cancelled(tasks_of(self), uvicorn_thread.GRACE)
        if left:
            self._site.on_error(RuntimeError(going_on(left)))

    def _end(self) -> None:
        if self not in _wires:
            return
        _wires.discard(self)
        self._stopped = True
        self._site.on_end()


def _own(wire: MemoryWire) -> Context:
    """Return an empty context, but for whose it is."""
    context = Context()
    context.run(OWNER.set, wire)
    return context


async def all_ended() -> None:
    """Wait until the servers in memory that were stopped have ended."""
    loop = asyncio.get_running_loop()
    mains = {w._main for w in _wires if w._stopped and w._loop is loop}
    if mains:
        await asyncio.wait(mains)
