"""A link to NATS.

nats-py would connect again by itself, and write then what it was asked to
write meanwhile. Here whoever sends is told that the server is away.
"""

import asyncio
import random
from collections.abc import Callable
from functools import partial

from minichannels.layers.nats.connection import NatsConnection
from minichannels.layers.nats.requirements import errors
from minichannels.layers.nats.settings import (
    NatsSettings,
    login_of,
    without_secrets,
)
from minichannels.layers.nats.wire import NatsWire, Pushed, RequestRefused
from minichannels.layers.remote.link import RemoteLink

_AT_MOST = 1  # times that it connects again, before it says why it cannot

# Nothing waits before it is written: there a wait cannot be cancelled. Whoever
# sends waits for the server's answer.
_AT_ONCE = 0


class NatsLink(RemoteLink[NatsWire]):
    """A connection to one of several servers, on one event loop.

    Args:
        settings: what the layer was told.
        pushed: takes what is published.
        heard: the subjects that each new connection hears at once.
        greet: is called with a new connection, when it is ready.
        lost: is called when a connection breaks.
    """

    def __init__(
        self,
        settings: NatsSettings,
        *,
        pushed: Pushed,
        heard: set[str],
        greet: Callable[[NatsWire], None],
        lost: Callable[[], None],
    ) -> None:
        at = ", ".join(map(without_secrets, settings.servers))
        super().__init__(
            f"NATS at {at}", settings.timeout, greet=greet, lost=lost
        )
        self._servers = list(settings.servers)
        self._names = settings.names
        self._options = settings.options
        self._pushed = pushed
        self._heard = heard
        self._problem: Exception | None = None

    async def connect(self) -> NatsWire:
        """Make a connection that hears what the last one heard."""
        servers = list(self._servers)
        if not self._options.get("dont_randomize"):
            random.shuffle(servers)
        problem = Exception()
        for server in servers:  # if not this one, another may do
            try:
                return await self._connected(server)
            except errors.NoServersError as error:
                problem = self._problem or error  # said before: why
            except Exception as error:
                problem = error
        raise problem

    async def _connected(self, server: str) -> NatsWire:
        options = {**login_of(server, self._options), **self._options}
        tls = server.startswith("tls:") or "tls" in self._options
        connection = NatsConnection(secret=tls and not server.startswith("ws"))
        wire = NatsWire(connection, self.server, self.timeout, self._pushed)
        patience = self.timeout / len(self._servers)
        try:
            async with asyncio.timeout(patience):
                await connection.connect(
                    [server],
                    error_cb=partial(self._note, wire),
                    allow_reconnect=False,
                    max_reconnect_attempts=_AT_MOST,
                    reconnect_time_wait=0,
                    connect_timeout=patience,
                    ping_interval=self.timeout / 4,
                    max_outstanding_pings=_AT_MOST,
                    pending_size=_AT_ONCE,
                    flusher_queue_size=_AT_ONCE,
                    **options,
                )
                connection.require_open()
            await self._hear_again(wire)
        except BaseException:
            connection.abort()
            await wire.close("it could not be made")
            raise
        return wire

    async def _hear_again(self, wire: NatsWire) -> None:
        """Hear what the last connection heard.

        A group that is refused now is heard no more, until somebody joins it:
        all else goes on.
        """
        while True:
            heard = list(self._heard)
            try:
                await wire.subscribe(*heard)
                return
            except RequestRefused:
                lost = [each for each in heard if not wire.hears(each)]
                kinds = {self._names.subject(each)[0] for each in lost}
                if kinds != {"group"}:
                    raise
                self._heard.difference_update(lost)

    async def watch(self, connection: NatsWire) -> str:
        """Wait until a connection breaks, or seems to; return why."""
        return f"lost {self.server}: {await connection.ended}"

    async def _note(self, wire: NatsWire, error: Exception) -> None:
        self._problem = error
        wire.says(error)
