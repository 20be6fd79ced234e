"""uvicorn in the main thread, until somebody stops it.

How it works: what is served is served as uvicorn's own command would do it.
Only signals are ours: the first one ends the server and its connections, and
``run()`` returns as usual, so that there is time to save; the next one breaks
off whatever still hangs. Before the application has started there is nothing
to save, and it may wait for ever: then the first one breaks off.

Rule 1: ``serve()`` returns, whatever the application does.
"""

import asyncio
import contextlib
import gc
import ipaddress
import logging
import socket
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)

from minichannels.cli import CommandError
from minichannels.cli.leaving import handled
from minichannels.cli.stopping import all_ended
from minichannels.flow.recording.ending import going_on, run_last
from minichannels.flow.recording.tasks import FailedTasks, tell_as
from minichannels.flow.web import listening
from minichannels.flow.web.local_socket import local_listener
from minichannels.flow.web.resending import Put
from minichannels.types import ASGIApp, Receive

GRACE = 1
"""How many seconds an application has to end what it does."""

REQUESTS = frozenset({"RequestResponseCycle.run_asgi"})
"""What uvicorn runs an application in for a request: it logs every error."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket to serve on.

    Raises:
        CommandError: it is not to be had; says why.
    """
    try:
        listener = listening.listen(host, port, "take a free one: --port 0")
    except OSError as error:
        raise CommandError(str(error.strerror), 1) from None
    except ValueError as error:
        raise CommandError(f"--{error}") from None
    return listening.at_once(listener)


@contextlib.contextmanager
def listeners(
    host: str, port: int, path: Path | None
) -> Iterator[list[socket.socket]]:
    """Give the sockets to serve on, of which the first has a port.

    Args:
        host: the address to listen on.
        port: the port; 0 for a free one.
        path: where there is to be one for a server in front, if at all.

    Raises:
        CommandError: one is not to be had; says why.
    """
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(listen(host, port))]
        if path is not None:
            try:
                found.append(stack.enter_context(local_listener(path)))
            except OSError as error:
                raise CommandError(str(error.strerror), 1) from None
        yield found


def url_of(listener: socket.socket) -> str:
    """Return the address of a server's root, for this machine."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:  # all of this machine's: any will do
        host = "::1" if address.version == 6 else "127.0.0.1"
    return (
        f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    )


class CommandServer(uvicorn.Server):
    """A server that says when it has started and returns when it is stopped.

    Args:
        application: the application.
        on_start: called in the server's loop, once it is ready.
        on_error: called with what a task has raised and nobody awaited.
        on_signal: called with each signal that ends it.
        on_task: called with each task that is made.

    Attributes:
        failed_tasks: tells of tasks that have failed and are kept.
    """

    def __init__(
        self,
        application: ASGIApp,
        on_start: Callable[[], object],
        on_error: Callable[[BaseException], object] = lambda error: None,
        on_signal: Callable[[int], object] = lambda number: None,
        on_task: Callable[[asyncio.Task[Any]], object] | None = None,
    ) -> None:
        config = uvicorn.Config(
            application,
            ws=WebSocketsSansIOProtocol,
            interface="asgi3",  # it may be no coroutine function
            log_config=None,  # the project's own logging stays as it is
            log_level="warning",
            access_log=False,  # the flow is one, and more
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self.failed_tasks = FailedTasks(note=on_task, unwatched=REQUESTS)
        self._on_start = on_start
        self._on_error = on_error
        self._on_signal = on_signal

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._note)
        loop.set_task_factory(self.failed_tasks)
        await super().startup(sockets)
        if self.should_exit:  # uvicorn, or the application, has caught that
            self.started = False
            raise KeyboardInterrupt
        if not getattr(self.lifespan, "error_occurred", True):
            # It has a lifespan: if that fails from here on, uvicorn is to log
            # it, and not to take it for an application that has none.
            self.config.lifespan = "on"
        # What is there by now stays. To look through it for garbage, again and
        # again beside a journal in which much comes and goes, takes long.
        gc.collect()
        gc.freeze()
        self._on_start()

    def is_over(self) -> None:
        """Tell of tasks that have failed, and look for garbage as before."""
        self.failed_tasks.tell()
        gc.unfreeze()

    def _note(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        if listening.is_of_a_listener(context):
            return
        tell_as(context, self._on_error)
        loop.default_exception_handler(context)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have signals stop the server, and only that."""
        with handled(self.handle_exit):
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at once, if it is the second time or nothing has started."""
        self._on_signal(sig)
        at_once = self.should_exit or not self.started
        self.should_exit = True
        if at_once:
            raise KeyboardInterrupt


def inbox(receive: Receive) -> Put | None:
    """Return what puts an event behind those that wait in uvicorn's socket."""
    known = getattr(receive, "__self__", None)
    waiting: Any = getattr(known, "queue", None)
    is_socket = isinstance(known, WebSocketsSansIOProtocol)
    return waiting.put_nowait if is_socket else None


def serve(server: CommandServer, *sockets: socket.socket) -> str:
    """Serve until a signal comes; return what went wrong, if anything did."""
    loop = (server.config.get_loop_factory() or asyncio.new_event_loop)()
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_is_news)
    try:
        _run(loop, server.serve([*sockets]))
    except KeyboardInterrupt:
        return ""
    except SystemExit:
        # uvicorn has told why, through the log.
        what = "raised SystemExit" if server.started else "failed to start"
        return f"the application {what}"
    except Exception as error:
        # Such as that of a way to make tasks which the application has set.
        # What was recorded until here is saved all the same.
        log.error("the server does not end as it should", exc_info=error)
        return f"the server broke off: {type(error).__name__}: {error}"
    finally:
        # asyncio.run() would wait until its tasks agree.
        left = run_last(loop, all_ended(GRACE))
        server.is_over()
        loop.close()
        if left:
            log.warning(going_on(left))
        log.removeFilter(_is_news)
    return ""


def _run(
    loop: asyncio.AbstractEventLoop, serving: Coroutine[Any, Any, None]
) -> None:
    task = loop.create_task(serving)
    try:
        loop.run_until_complete(task)
    except KeyboardInterrupt:
        task.cancel()  # or it would start, once the application has ended
        raise


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether a record tells of more than of our own breaking off."""
    kind = record.exc_info[0] if record.exc_info else None
    ours = (asyncio.CancelledError, KeyboardInterrupt)
    return kind is None or not issubclass(kind, ours)
