"""A test case with a real server, for browsers and WebSocket clients.

How it works: the project's application is served by uvicorn, in a thread. So
it has the tests' database and settings, and what a test patches is patched.

Rule 1: the server starts and ends in a while, whatever the application does.

Source: Channels, "Testing", "ChannelsLiveServerTestCase".
"""

import asyncio
import contextlib
import socket
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import TransactionTestCase, modify_settings

from minichannels.contrib.django.applications import get_default_application
from minichannels.flow.recording.ending import (
    Tasks,
    all_cancelled,
    going_on,
    run_last,
)

try:
    import uvicorn
except ImportError as error:
    raise ImportError(
        'a live server needs uvicorn; pip install "minichannels[django]"'
    ) from error

Listening = list[socket.socket] | None
Wrapper = Callable[[Any], Any]

START = 60.0
"""How many seconds an application has to start."""

GRACE = 3.0
"""How many seconds it has to end, then when cancelled, and then its tasks."""


class LiveServer(uvicorn.Server):
    """uvicorn, in a thread until it is told to end.

    Args:
        application: the application.
        host: where it listens, at a free port.
    """

    def __init__(self, application: Any, host: str) -> None:
        config = uvicorn.Config(
            application, ws="websockets-sansio", log_config=None
        )
        super().__init__(config)
        self._socket = socket.create_server((host, 0))
        self._ready: Future[None] = Future()
        self._loop = (config.get_loop_factory() or asyncio.new_event_loop)()
        self._serving: asyncio.Task[None]
        self._left: Tasks = set()
        self._is_held = False
        self._thread = threading.Thread(target=self._in_thread, daemon=True)
        self.port = self._socket.getsockname()[1]

    def begin(self) -> None:
        """Serve.

        Raises:
            RuntimeError: the application has not started.
        """
        self._thread.start()
        try:
            self._ready.result(START)
        except TimeoutError:
            self.end()
            raise RuntimeError(
                f"the application has not started in {START:g} seconds; once"
                " it gets 'lifespan.startup', it has to send"
                " 'lifespan.startup.complete'"
            ) from None

    def end(self) -> None:
        """Close all connections, and wait until it has ended.

        What does not end is told as a warning.
        """
        self.should_exit = self.force_exit = True
        self._thread.join(GRACE)
        with contextlib.suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(self._break_off)
        self._thread.join(3 * GRACE)  # each of two steps may take one
        if self._thread.is_alive():
            _warn("the application blocks its thread, and goes on")
        elif self._left:
            _warn(going_on(self._left))
        elif self._is_held:
            _warn("sync code has not returned, and Python's exit waits for it")

    # In the thread

    def _break_off(self) -> None:
        self._serving.cancel()

    def _in_thread(self) -> None:
        # Of a failed start, uvicorn has told why, through the log.
        known = contextlib.suppress(SystemExit, asyncio.CancelledError)
        try:
            with self._socket, known:
                serving = self.serve(sockets=[self._socket])
                self._serving = self._loop.create_task(serving)
                self._loop.run_until_complete(self._serving)
        finally:
            # asyncio.run() would wait until its tasks agree.
            self._left = run_last(self._loop, all_cancelled(GRACE))
            self._loop.close()
            if not self._ready.done():
                error = RuntimeError("the application has not started")
                self._ready.set_exception(error)

    async def main_loop(self) -> None:
        """Serve until it is told to end."""
        self._ready.set_result(None)
        await super().main_loop()

    async def shutdown(self, sockets: Listening = None) -> None:
        """End the connections, to clients and to databases."""
        await super().shutdown(sockets)
        self._is_held = True  # if sync code still has Django's one thread
        await sync_to_async(connections.close_all)()
        self._is_held = False


class ChannelsLiveServerTestCase(TransactionTestCase):
    """Serves the project's application for the tests of a class.

    Attributes:
        host: where it listens.
        serve_static: whether it serves the static files, too.
        static_wrapper: what does so; None if nothing does.
    """

    host = "localhost"
    serve_static = True
    static_wrapper: ClassVar[Wrapper | None] = ASGIStaticFilesHandler

    _minichannels_server: ClassVar[LiveServer]

    @property
    def live_server_url(self) -> str:
        """The address of the server, for pages."""
        return f"http://{self.host}:{self._minichannels_server.port}"

    @property
    def live_server_ws_url(self) -> str:
        """The address of the server, for WebSockets."""
        return f"ws://{self.host}:{self._minichannels_server.port}"

    @classmethod
    def setUpClass(cls) -> None:
        """Start the server.

        Raises:
            ImproperlyConfigured: the database is one that threads of its own
                cannot see.
        """
        if any(map(_is_in_memory, connections.all())):
            raise ImproperlyConfigured(
                "a live server needs a database that its threads can see: in"
                " DATABASES, give SQLite's TEST a NAME, such as 'test.sqlite3'"
            )
        super().setUpClass()
        hosts = modify_settings(ALLOWED_HOSTS={"append": cls.host})
        hosts.enable()
        cls.addClassCleanup(hosts.disable)
        application = get_default_application()
        if cls.serve_static and cls.static_wrapper is not None:
            application = cls.static_wrapper(application)
        cls._minichannels_server = LiveServer(application, cls.host)
        cls._minichannels_server.begin()
        cls.addClassCleanup(cls._minichannels_server.end)


def _warn(what: str) -> None:
    text = f"the live server does not end as it should: {what}"
    warnings.warn(text, RuntimeWarning, stacklevel=3)


def _is_in_memory(connection: Any) -> bool:
    is_sqlite = connection.vendor == "sqlite"
    return is_sqlite and bool(connection.is_in_memory_db())
