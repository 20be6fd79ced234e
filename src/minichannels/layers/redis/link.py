"""A link to Redis: commands, and whether the server lives.

A server that stands still breaks no connection. So it is asked now and then
whether it lives; if nothing is heard, that counts as broken.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis.hosts import Host
from minichannels.layers.redis.requirements import redis_py, sentinel
from minichannels.layers.redis.wire import Pushed, Wire, Words
from minichannels.layers.remote.link import RemoteLink

# Several looks, not a long one: if this process itself stood still, a single
# wait would be over before what came meanwhile is read.
_LOOKS = 4

# Of the time limit, how long making a connection may take: it says better what
# is wrong than who waits for it.
_SOONER = 0.9

# A server that has no room says so, and is gone: what it said is lost if it is
# still being written to. Others say nothing, for they understand nothing. These
# are redis-py's words, and better ones.
_UNSAID = ("while writing to socket", "closed by server", "reset by peer")
_UNWELCOME = (
    "it closed the connection at once, as a server does that has no room for"
    " one more (its maxclients), that wants TLS (an address with 'rediss://'),"
    " or that is no Redis"
)
# To a server that has no TLS, how TLS begins is the start of a line: it waits
# for the rest. Others answer in plain text.
_NO_TLS = (
    "it does not answer by TLS, as a server that has none: the address of one"
    " begins with 'redis://', not with 'rediss://'"
)
_PLAIN = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
_NOBODY_KNOWS = "no Sentinel says where it is"
_NONE_IS_UP = "those that answer know none of this name that is up"


class Link(RemoteLink[Wire]):
    """A connection to one host, on one event loop.

    Args:
        host: the host.
        timeout: seconds after which a caller is told that it is away.
        pushed: takes what comes, if that is not replies.
        greet: tells a new connection what the last one knew.
        lost: is called when a connection breaks.

    Attributes:
        host: the host.
    """

    def __init__(
        self,
        host: Host,
        timeout: float,
        *,
        pushed: Pushed | None = None,
        greet: Callable[[Wire], None] | None = None,
        lost: Callable[[], None] | None = None,
    ) -> None:
        server = f"Redis at {host.address}"
        super().__init__(server, timeout, greet=greet, lost=lost)
        self.host = host
        self._pushed = pushed

    async def call(self, *words: Any) -> Any:
        """Send a command and return the reply; see :meth:`calls`."""
        return (await self.calls(words))[0]

    async def calls(self, *commands: Words) -> list[Any]:
        """Send commands in one go and return their replies.

        Raises:
            LayerUnavailable: the server cannot be reached, or refuses one.
        """
        wire = self.up or await self.wire()
        replies = await wire.calls(*commands)
        for words, reply in zip(commands, replies, strict=True):
            if isinstance(reply, Exception):
                raise LayerUnavailable(
                    f"{self.server} refuses {words[0]}: {reply}"
                )
        return replies

    async def connect(self) -> Wire:
        """Make a connection to what answers as Redis does."""
        connection = self.host.connection()
        try:
            async with asyncio.timeout(_SOONER * self.timeout):
                try:
                    await connection.connect()
                finally:
                    await self.host.hang_up(connection)
                await connection.send_command("PING")
                reply = await connection.read_response()
            if reply != b"PONG":
                raise redis_py.ConnectionError(f"it answers {reply!r:.60}")
        except BaseException as error:
            await connection.disconnect(nowait=True)
            tls = hasattr(connection, "ssl_context")
            if words := (tls and _about_tls(error)) or _better(error):
                raise redis_py.ConnectionError(words) from error
            raise
        return Wire(connection, self._pushed)

    async def watch(self, wire: Wire) -> str:
        """Wait until a connection breaks, or seems to; return why."""
        half = self.timeout / 2
        while True:
            await asyncio.wait([wire.ended], timeout=half)
            heard = wire.heard
            wire.ping()
            for _ in range(_LOOKS):
                if wire.ended.done():
                    return f"lost {self.server}: {wire.ended.result()}"
                await asyncio.wait([wire.ended], timeout=half / _LOOKS)
                if wire.heard != heard:
                    break
            else:
                return f"{self.server} has not answered for {half:g} s"


def _about_tls(error: BaseException) -> str:
    """Return words for a server that does not speak TLS; else, nothing."""
    late = isinstance(error, TimeoutError | redis_py.TimeoutError)
    plain = any(words in str(error) for words in _PLAIN)
    return _NO_TLS if late or plain else ""


def _better(error: BaseException) -> str:
    """Return better words for what redis-py says; empty, if there are none."""
    if any(words in str(error) for words in _UNSAID):
        return _UNWELCOME
    if not isinstance(error, sentinel.MasterNotFoundError):
        return ""
    # It shows all that it knows of each, and then what went wrong there.
    reasons = re.findall(r">\)> - (.+?)(?=, <redis\.|$)", str(error))
    told = "; ".join(dict.fromkeys(reasons))
    return f"{_NOBODY_KNOWS}: {told or _NONE_IS_UP}"
