"""What servers beyond the web have in common: they connect to one.

How it works: a bot, a sensor's application and a radio station are servers to
an application, and clients to somebody else: a chat server, a broker, a modem.
:meth:`Uplink.run` connects there, hands on what comes (``ScopeServer``), and if
the line breaks it ends all scopes and connects again, after a pause that
doubles with each try, up to half a minute. A connection that was over sooner
than the pause before it was long is no success: the next pause doubles, too.

Rule 1: what is wrong with one message ends that message, and no more. It is
reported; in a flow, a report is drawn.
"""

import abc
import asyncio
import concurrent.futures
import logging
import math
from collections.abc import Callable
from typing import ClassVar

from minichannels.protocols.clock import Clock
from minichannels.protocols.places import Place, find
from minichannels.protocols.server import ScopeServer
from minichannels.protocols.tcp import PATIENCE
from minichannels.types import ASGIApp

Report = Callable[[BaseException, str], None]
"""Is called with what went wrong outside of all scopes, and where."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""How many seconds to wait before connecting again, at first and at most."""

CANCEL_AGAIN = 3.0
"""After how many seconds to cancel again: ``wait_for`` of Python 3.11 may lose
it, if it comes as what is waited for ends."""

logger = logging.getLogger("minichannels")


def log(error: BaseException, who: str) -> None:
    """Report to the log."""
    logger.warning("%s: %s: %s", who, type(error).__name__, error)


class Uplink(abc.ABC):
    """A server that is a client of somebody else.

    Args:
        url: whose.
        allow_remote: whether that may be another machine.
        idle: seconds without a message after which a scope ends.
        clock: gives the time (for tests).

    Attributes:
        place: where it connects to.
        application: what it serves.
        scopes: those of its application.

    Raises:
        ValueError: the address is none, or another machine's.
    """

    scheme: ClassVar[str]
    port: ClassVar[int]
    no_path: ClassVar[str] = ""
    """Why there is nothing behind the port in such an address, if so."""

    def __init__(
        self,
        url: str,
        *,
        allow_remote: bool = False,
        idle: float = math.inf,
        clock: Clock | None = None,
    ) -> None:
        self.place: Place = find(
            url, self.scheme, self.port, allow_remote=allow_remote
        )
        if self.no_path and self.place.path:
            raise ValueError(
                f"leave out what stands behind {self.scheme}://{self.place},"
                f" {'/' + self.place.path!r}: {self.no_path}"
            )
        self.clock = clock or Clock()
        self.application: ASGIApp
        self.scopes: ScopeServer
        self._idle = idle
        self._serving: asyncio.Task[None] | None = None
        self._report: Report = log
        self._problem = ""
        self._pause = 0.0
        self._since = 0.0
        self._connected = concurrent.futures.Future[None]()

    def __repr__(self) -> str:
        state = "connected" if self._connected.done() else "not connected"
        return f"<{type(self).__name__} {self.scheme}://{self.place}, {state}>"

    async def run(self, application: ASGIApp, report: Report = log) -> None:
        """Serve an application, until this is cancelled.

        Args:
            application: is run once for each scope.
            report: is called with what goes wrong outside of all scopes.

        Raises:
            RuntimeError: it serves one already.
        """
        if self._serving is not None and not self._serving.done():
            raise RuntimeError(f"{self!r} serves already; make another one")
        self._report = report
        self.application = application
        self.scopes = ScopeServer(
            application, idle=self._idle, clock=self.clock
        )
        serving = asyncio.create_task(self._serve_for_ever())
        self._serving = serving
        try:
            await asyncio.wait({serving})
            serving.result()  # raises why
        finally:
            # First, so that what is in hand can still be sent.
            await self.scopes.stop()
            while not serving.done():
                serving.cancel()
                await asyncio.wait({serving}, timeout=CANCEL_AGAIN)
            self._connected, self._problem = concurrent.futures.Future(), ""
            self._pause = 0.0

    async def _serve_for_ever(self) -> None:
        while True:
            await self.clock.sleep(self._lost(await self._serve_once()))

    def _lost(self, problem: Exception) -> float:
        """Note that there is no connection; return for how long to wait."""
        self.scopes.end_all("the connection was lost")
        if self._connected.done():
            if self.clock.time() - self._since > self._pause:
                self._pause = 0.0
            self._connected, self._problem = concurrent.futures.Future(), ""
        if not self._problem:  # a report for each try would say nothing new
            self.report(problem)
        self._problem = f"{type(problem).__name__}: {problem}"
        self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
        return self._pause

    async def _serve_once(self) -> Exception:
        """Connect and serve; return why that came to an end."""
        try:
            await self.serve()
        except (OSError, EOFError, ValueError) as error:
            return error
        return ConnectionError(f"{self.place} has closed the connection")

    @abc.abstractmethod
    async def serve(self) -> None:
        """Connect, serve until the connection ends, and put all away.

        Raises:
            OSError: there is no connection any more, or never was.
            EOFError: the same.
            ValueError: what comes is not what was to come.
        """

    def report(self, error: BaseException) -> None:
        """Tell of something that went wrong outside of all scopes."""
        self._report(error, type(self).__name__)

    def connected(self) -> None:
        """Let those go on who wait for the connection."""
        if not self._connected.done():
            self._since = self.clock.time()
            self._connected.set_result(None)

    async def ready(self, timeout: float = PATIENCE) -> None:
        """Wait until it is connected; on any event loop.

        Raises:
            TimeoutError: it is not; says why.
        """
        waiting = asyncio.wrap_future(self._connected)
        try:
            async with asyncio.timeout(timeout):
                await asyncio.shield(waiting)
        except TimeoutError:
            why = f": {self._problem}" if self._problem else ""
            raise TimeoutError(
                f"not connected to {self.place} after {timeout:g} s{why}"
            ) from None
