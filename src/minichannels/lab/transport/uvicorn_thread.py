"""uvicorn in a daemon thread, from its start to its end.

How it works: the thread has an event loop of its own, so a cell may block, or
be interrupted, without the server noticing. The listening socket is opened
before, in the caller's thread: a port in use is an ordinary error there, and
the port is known at once. A failed start-up comes back through a future.

Rule 1: :meth:`ServerThread.stop` returns, whatever the application does.
"""

import asyncio
import concurrent.futures
import contextlib
import os
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any

import uvicorn

from minichannels.flow.recording.ending import (
    Tasks,
    all_cancelled,
    cancelled,
    going_on,
    run_last,
)
from minichannels.flow.recording.tasks import FailedTasks, tell_as
from minichannels.flow.web.listening import accept_no_more, is_of_a_listener
from minichannels.lab.transport.transport import Beside
from minichannels.types import ASGIApp

GRACE = 1
"""How many seconds an application has to end when its server stops."""

PATIENCE = 2.0
"""How many seconds stop() waits before it uses force, and after that."""


class Uvicorn(uvicorn.Server):
    """uvicorn, waiting for a signal instead of looking ten times a second.

    Args:
        application: the application.
        started: called when the application has started.

    Attributes:
        stopping: set it to have the server end.
    """

    def __init__(
        self, application: ASGIApp, started: Callable[[], None]
    ) -> None:
        super().__init__(_config(application))
        self.stopping = asyncio.Event()
        self._started = started
        self._beside: set[asyncio.Task[None]] = set()

    async def main_loop(self) -> None:
        """Serve until ``stopping`` is set."""
        self._started()
        await self.stopping.wait()

    def also(self, serve: Beside) -> None:
        """Have something run beside this, until the application stops."""
        task = asyncio.get_running_loop().create_task(serve())
        self._beside.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._beside.discard(task)
        if not task.cancelled() and (error := task.exception()):
            context = {"exception": error, "future": task, "message": ""}
            task.get_loop().call_exception_handler(context)

    async def shutdown(
        self, sockets: list[socket.socket] | None = None
    ) -> None:
        """End what runs beside this, and then the application."""
        await cancelled(self._beside, PATIENCE)
        for listener in sockets or ():
            await accept_no_more(listener)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: Ctrl-C is the kernel's."""
        yield

    def cut(self) -> None:
        """Abort the connections that there still are."""
        for connection in list(self.server_state.connections):
            transport: Any = connection.transport
            transport.abort()


def _config(application: ASGIApp) -> uvicorn.Config:
    options: dict[str, Any] = {
        "interface": "asgi3",
        "http": "h11",
        "ws": "websockets-sansio",
        "lifespan": "on",
        # Nothing is printed: what happens is in the flow.
        "log_config": None,
        "log_level": "critical",
        "access_log": False,
        # Answers are the same at all times, and on all versions.
        "server_header": False,
        "date_header": False,
        # A client is known by its own address.
        "proxy_headers": False,
        # A cell may block for longer than a ping may take.
        "ws_ping_interval": None,
        "timeout_graceful_shutdown": GRACE,
    }
    return uvicorn.Config(application, **options)


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return a new event loop.

    Raises:
        OSError: too many files are open.
    """
    # Asked first: a loop that finds no third one cannot be closed, and prints
    # a traceback of its own about that.
    with contextlib.ExitStack() as asked:
        for _ in range(3):
            asked.enter_context(open(os.devnull, "rb", buffering=0))
    return asyncio.new_event_loop()


class ServerThread:
    """A thread that serves an application on a listening socket.

    Args:
        application: the application.
        listener: the socket to accept connections on; closed at the end.
        on_loop: called at once with the thread's event loop.
        on_error: called with an exception that no task of the application
            has handled.
    """

    def __init__(
        self,
        application: ASGIApp,
        listener: socket.socket,
        on_loop: Callable[[asyncio.AbstractEventLoop], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        self._listener = listener
        self._on_error = on_error
        self._started: concurrent.futures.Future[None]
        self._started = concurrent.futures.Future()
        self._uvicorn = Uvicorn(
            application, lambda: self._started.set_result(None)
        )
        self._failed = FailedTasks()
        self._left: Tasks = set()
        # Not Thread.join(): interrupted, it takes the thread for ended.
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="minichannels server", daemon=True
        )
        # From here on Ctrl-C would leave something open.
        with contextlib.ExitStack() as unused:
            self._loop = _new_loop()
            unused.callback(self._loop.close)
            self._loop.set_exception_handler(self._handle_error)
            self._loop.set_task_factory(self._failed)
            on_loop(self._loop)
            # It begins when the loop does, and can be cancelled before that.
            serving = self._uvicorn.serve(sockets=[listener])
            unused.callback(serving.close)
            # Of the cell that starts it, it knows nothing: as elsewhere.
            self._main = self._loop.create_task(serving, context=Context())
            unused.pop_all()

    def start(self, timeout: float) -> None:
        """Start to serve, and return once the application has started.

        Raises:
            TimeoutError: it has not within ``timeout`` seconds.
            SystemExit: the application's start-up failed.
        """
        self._thread.start()
        self._started.result(timeout)

    def stop(self) -> None:
        """End the server and its connections; doing so again is fine."""
        if self._thread.ident is None:  # never started
            self._main.cancel()  # before the application is called
            self._thread.start()  # for the loop's own end
        self._call(self._ask_to_stop)
        if threading.current_thread() is self._thread:
            return  # called by the application: it ends after this
        try:
            self._ended.wait(PATIENCE)
        finally:  # also when the cell that waits here is interrupted
            self._call(self._main.cancel)
        if self._ended.wait(PATIENCE):
            self._thread.join()
        self._listener.close()
        self._warn()

    def also(self, serve: Beside) -> None:
        """Have something run beside the server, until its end.

        Raises:
            ConnectionError: the server is stopped.
        """
        try:
            self._loop.call_soon_threadsafe(
                self._uvicorn.also, serve, context=Context()
            )
        except RuntimeError:  # the loop is closed
            raise ConnectionError("the server does not run any more") from None

    def _warn(self) -> None:
        """Tell the caller of stop() if something goes on."""
        problem = ""
        if not self._ended.is_set():
            problem = (
                "the server's thread is blocked by its application and goes"
                " on until that returns; restart the kernel to end it"
            )
        elif self._left:
            problem = (
                f"the server is stopped, but {going_on(self._left)}. Nothing"
                " runs it any more"
            )
            self._left = set()
        if problem:
            warnings.warn(problem, RuntimeWarning, stacklevel=5)

    def _call(self, function: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function)

    def _ask_to_stop(self) -> None:
        if self._started.done():
            self._uvicorn.stopping.set()
        else:
            self._main.cancel()

    # In the thread

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._main)
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
        finally:
            with contextlib.suppress(BaseException):
                run_last(self._loop, self._clear_up())
            self._loop.close()
            self._listener.close()
            self._ended.set()

    async def _clear_up(self) -> None:
        """Cut what is still connected, and cancel what still runs."""
        await accept_no_more(self._listener)  # uvicorn may not have come to it
        self._uvicorn.cut()
        self._left = await all_cancelled(GRACE)
        self._failed.tell()
        # A transport that was closed or aborted lets go of its socket in the
        # loop's next turns; one that was being accepted needs one more.
        for _ in range(3):
            await asyncio.sleep(0)

    def _handle_error(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        if not is_of_a_listener(context):
            tell_as(context, self._on_error)
