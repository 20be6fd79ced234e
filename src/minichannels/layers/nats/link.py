"""A link to NATS.

nats-py would connect again by itself, and write then what it was asked to
write meanwhile. Here whoever sends is told that the server is away.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from minichannels.layers.nats.requirements import client, errors
from minichannels.layers.nats.settings import NatsSettings
from minichannels.layers.nats.wire import NatsWire, Pushed
from minichannels.layers.remote.link import RemoteLink

_AT_MOST = 1  # times that it connects again, before it says why it cannot

# What is told nats-py in any case.
_OWN = frozenset(
    {
        "servers",
        "error_cb",
        "closed_cb",
        "allow_reconnect",
        "max_reconnect_attempts",
        "reconnect_time_wait",
        "connect_timeout",
        "ping_interval",
        "max_outstanding_pings",
    }
)


class NatsLink(RemoteLink[NatsWire]):
    """A connection to one of several servers, on one event loop.

    Args:
        layer: the layer.
        pushed: takes what is published.
        heard: the subjects that each new connection hears at once.
        greet: is called with a new connection, when it is ready.
        lost: is called when a connection breaks.
    """

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
                error_cb=partial(self._note, wire),
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

    async def _note(self, wire: NatsWire, error: Exception) -> None:
        self._problem = error
        wire.says(error)


def options_of(options: Any) -> dict[str, Any]:
    """Return what else nats-py is told.

    Raises:
        ValueError: it is no dict, or nats-py cannot be told so.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise ValueError(
            "options is a dict of what nats-py is told, such as {'token': '…'};"
            f" not {type(options).__name__}"
        )
    known = set(inspect.signature(client.Client.connect).parameters) - _OWN
    for name in options:
        if name not in known:
            why = "is set here" if name in _OWN else "nats-py does not know"
            raise ValueError(f"options has {name!r:.60}, which {why}")
    return dict(options)


def without_secrets(url: str) -> str:
    """Return a server's URL without user, password or token."""
    return re.sub(r"//.*@", "//•••@", url)
