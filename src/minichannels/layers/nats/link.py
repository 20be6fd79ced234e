"""A link to NATS.

nats-py would connect again by itself, and write then what it was asked to
write meanwhile. Here whoever sends is told that the server is away.
"""

import re
from collections.abc import Callable, Iterable

from minichannels.layers.nats.requirements import client, errors
from minichannels.layers.nats.settings import NatsSettings
from minichannels.layers.nats.wire import NatsWire, Pushed
from minichannels.layers.remote.link import RemoteLink

_AT_MOST = 1  # times that it connects again, before it says why it cannot


class NatsLink(RemoteLink[NatsWire]):
    """A connection to one of several servers, on one event loop.

    Args:
        layer: the layer.
        pushed: takes what is published.
        heard: the subjects that each new connection hears at once.
        greet: is called with a new connection, when it is ready.
        lost: is called when a connection breaks.
    """

    breaks = (errors.Error, OSError)

    def __init__(
        self,
        layer: NatsSettings,
        *,
        pushed: Pushed,
        heard: Iterable[str],
        greet: Callable[[NatsWire], None],
        lost: Callable[[], None],
    ) -> None:
        at = ", ".join(map(without_secrets, layer.servers))
        super().__init__(f"NATS at {at}", layer.timeout, greet=greet, lost=lost)
        self._servers = list(layer.servers)
        self._options = layer.options
        self._pushed = pushed
        self._heard = heard
        self._problem: Exception | None = None

    async def connect(self) -> NatsWire:
        """Make a connection that hears what the last one heard."""
        connection = client.Client()
        wire = NatsWire(connection, self.server, self.timeout, self._pushed)
        try:
            await connection.connect(
                self._servers,
                error_cb=self._note,
                closed_cb=wire.has_ended,
                allow_reconnect=False,
                max_reconnect_attempts=_AT_MOST,
                reconnect_time_wait=0,
                connect_timeout=self.timeout,
                ping_interval=self.timeout / 4,
                max_outstanding_pings=_AT_MOST,
                **self._options,
            )
            await wire.subscribe(*self._heard)
        except BaseException as error:
            await wire.close("it could not be made")
            if isinstance(error, errors.NoServersError):
                raise self._problem or error from error  # said before: why
            raise
        return wire

    async def watch(self, connection: NatsWire) -> str:
        """Wait until a connection breaks, or seems to; return why."""
        return f"lost {self.server}: {await connection.ended}"

    async def _note(self, error: Exception) -> None:
        self._problem = error


def without_secrets(url: str) -> str:
    """Return a server's URL without user, password or token."""
    return re.sub(r"//[^@/]*@", "//•••@", url)
