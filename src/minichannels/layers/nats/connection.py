"""A connection of nats-py, with an end that comes at once, and TLS if asked.

nats-py itself writes first what it still has to write, and says then that it
has ended. A server that stands still takes none of that, and if one is gone,
that fails: nobody was told then, and all went on to use the connection.

It uses TLS if the server wants that, and tells any other its password as it
is: one that stands between could read it. Here that is not told.
"""

import asyncio
import contextlib
from typing import Any

from minichannels.layers.nats.requirements import client, errors


class NatsConnection(client.Client):  # type: ignore[misc]  # has no types
    """A connection to NATS.

    What it overrides is not public: whatever ends a connection ends it by
    ``_close``, and ``_connect_command`` is the first that it tells a server.

    Args:
        secret: whether it has to be one with TLS.

    Attributes:
        ended: says why, when it has ended.
    """

    def __init__(self, *, secret: bool = False) -> None:
        super().__init__()
        self._transport: Any = None
        self._secret = secret
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = loop.create_future()

    def _connect_command(self) -> bytes:
        if self._secret and not self._writer().get_extra_info("sslcontext"):
            raise errors.Error(
                "it does not use TLS, which 'tls://' and the option 'tls' ask"
                " for"
            )
        command: bytes = super()._connect_command()
        return command

    def require_open(self) -> None:
        """Raise an error if the server has closed it, and has not said why."""
        if not self.is_connected:
            raise errors.Error("it closed the connection at once")

    async def want_no_more(self, subscription: Any) -> None:
        """Tell the server so; and take what it sends all the same.

        nats-py throws that away.
        """
        await self._send_unsubscribe(subscription._id)

    async def _close(self, status: int, do_cbs: bool = True) -> None:
        if not self.ended.done():
            why = self.last_error or "the server closed it"
            self.ended.set_result(str(why))
        # AssertionError: there was no connection yet.
        with contextlib.suppress(OSError, AssertionError):
            await super()._close(status, do_cbs)

    def abort(self) -> None:
        """End it now, whatever is still to be written."""
        if (writer := self._writer()) is not None:
            writer.transport.abort()
            self._transport = None  # nobody waits for it any more

    def _writer(self) -> Any:
        """Return what writes to a socket; None, if there is none."""
        return getattr(self._transport, "_io_writer", None)
