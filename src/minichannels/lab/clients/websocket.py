"""A WebSocket client for cells: the ``websockets`` library's, with limits.

How it works: :class:`Client` *is* that library's connection. Each of its waits
has a time limit, and says what it waited for; what nobody reads has a limit,
too (``clients.unread``).

Source: the documentation of ``websockets``, "asyncio: client".
"""

import asyncio
import contextlib
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Collection,
    Iterable,
    Mapping,
)
from typing import Any, cast

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import DATA_OPCODES, Frame
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import DataLike

from minichannels.flow.recording.clients.names import ClientEnd
from minichannels.lab.clients.arguments import (
    require_characters,
    require_closing,
)
from minichannels.lab.clients.unread import Unread
from minichannels.lab.transport.timeouts import LIMIT, limited

_BYTES = (bytes, bytearray, memoryview)
_SERVICE_RESTART = 1012  # what uvicorn closes with when it stops
_INTERNAL_ERROR = 1011
_HALFWAY = "a message was interrupted halfway"


class Refused(InvalidStatus):
    """The application did not accept a client.

    Attributes:
        response: the server's answer, with ``status_code`` and ``body``.
    """

    def __init__(self, response: Response, link: ClientEnd) -> None:
        super().__init__(response)
        status, body = response.status_code, response.body or b""
        if link.failure:
            why = f"the application raised {link.failure}"
        elif status == 403 and not body:
            why = "the application closed before it accepted"
        elif status == 500:
            why = "the application ended before it accepted"
        else:
            why = body.decode(errors="replace")[:200]
        self.args = (f"{link.name} was refused with {status}: {why}",)

    def __str__(self) -> str:
        return str(self.args[0])


class Ended(ConnectionClosedError):
    """A connection has ended otherwise than by an ordinary close.

    Attributes:
        rcvd: the server's close frame, if there was one.
        sent: the client's close frame, if there was one.
    """

    def __init__(self, closed: ConnectionClosedError, link: ClientEnd) -> None:
        super().__init__(closed.rcvd, closed.sent, closed.rcvd_then_sent)
        if link.failure:
            why = (
                f"the application raised {link.failure}; the server's flow"
                " shows where"
            )
        elif closed.rcvd and closed.rcvd.code == _SERVICE_RESTART:
            why = "the server was stopped or replaced; connect again"
        else:
            why = str(closed)
        self.args = (f"{link.name}'s connection has ended: {why}",)

    def __str__(self) -> str:
        return str(self.args[0])


class Client(ClientConnection):
    """A client, connected; made by ``server.connect()``.

    It can do whatever a connection of ``websockets`` can: ``send``,
    ``recv``, ``close``, ``async for``, ``close_code``, …
    """

    link: ClientEnd
    unread: Unread
    limit: float = LIMIT

    @property
    def name(self) -> str:
        """The client's name in the flow."""
        return self.link.name

    def __repr__(self) -> str:
        code = self.close_code
        state = "" if code is None else f", closed with {code}"
        return f"<client {self.link.name!r}{state}>"

    async def send(
        self,
        message: DataLike | Iterable[DataLike] | AsyncIterable[DataLike],
        *,
        text: bool | None = None,
        timeout: float | None = None,
    ) -> None:
        """Send a message: a str as text, bytes as binary.

        Args:
            message: the message, or its fragments.
            text: True sends bytes as text, False a str as binary.
            timeout: how many seconds to wait for room.

        Raises:
            TypeError: it is no message.
            ValueError: the text has what cannot be sent.
            ConnectionClosed: the connection is closed.
            TimeoutError: the server did not read for too long.
        """
        _require_data(message)
        try:
            await self._wait(
                super().send(message, text=text),
                timeout,
                "could not send for {}: the server reads nothing",
            )
        except BaseException:
            self._end_if_halfway()
            raise

    async def recv(
        self, decode: bool | None = None, *, timeout: float | None = None
    ) -> Any:
        """Return the next message: a str for text, bytes for binary.

        Args:
            decode: True gives a str, False bytes, whatever came.
            timeout: how many seconds to wait for it.

        Raises:
            ConnectionClosed: the connection is closed.
            TimeoutError: no message came.
        """
        message = await self._wait(
            super().recv(decode),
            timeout,
            "waited {} for a message and none came; to wait longer, use"
            " recv(timeout=…)",
        )
        self.unread.is_read(message, ends=True)
        return message

    async def recv_streaming(
        self, decode: bool | None = None
    ) -> AsyncIterator[Any]:
        """Return the next message, fragment by fragment.

        Args:
            decode: True gives a str, False bytes, whatever came.
        """
        async for fragment in super().recv_streaming(decode):
            self.unread.is_read(fragment, ends=False)
            yield fragment
        self.unread.is_read(b"", ends=True)

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Close the connection; doing so again is fine.

        Args:
            code: the close code; None for none at all.
            reason: a text for the server.

        Raises:
            TypeError: the reason is no text.
            ValueError: no client may send such a code, or so long a reason.
        """
        require_closing(code, reason)  # before anybody is told of it
        self.unread.ends()
        await self._wait(
            super().close(cast("int", code), reason),
            None,
            "waited {} for the connection to close",
        )

    async def wait_closed(self, *, timeout: float | None = None) -> None:
        """Wait until the connection is closed.

        Raises:
            TimeoutError: it was not, for too long.
        """
        await self._wait(
            super().wait_closed(),
            timeout,
            "waited {} for the connection to end, and it is still open; to"
            " wait longer, use wait_closed(timeout=…)",
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a line to read from (called by asyncio)."""
        super().connection_made(transport)
        self.unread = Unread(cast(asyncio.Transport, transport))
        self.link.over.add_done_callback(lambda _: self._hear_the_last())

    def process_event(self, event: Any) -> None:
        """Note what has come (called by websockets)."""
        super().process_event(event)
        if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
            self.unread.comes(len(event.data), ends=event.fin)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone (called by asyncio)."""
        super().connection_lost(exc)
        self.link.leaves()
        self.link.changed()

    def _end_if_halfway(self) -> None:
        """End the connection if a message was begun, and nobody ends it.

        As after an interrupt: whatever comes next would be a part of it.
        """
        begun = self.protocol.expect_continuation_frame
        goes_on = self.send_in_progress is not None  # somebody else's
        if begun and not goes_on and self.state is State.OPEN:
            self.protocol.fail(_INTERNAL_ERROR, _HALFWAY)
            self.send_data()

    def _hear_the_last(self) -> None:
        # In the server's thread: the application has ended.
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(self.unread.ends)

    async def _wait(
        self, awaitable: Any, timeout: float | None, problem: str
    ) -> Any:
        seconds = self.limit if timeout is None else timeout
        problem = f"{self.link.name} {problem}"
        try:
            return await limited(awaitable, seconds, problem)
        except ConnectionClosedError as closed:
            raise Ended(closed, self.link) from None
        except BaseException:
            self.send_data()  # Ctrl-C may come when it is to be written
            raise


def _require_data(message: Any) -> None:
    # A dict is iterable, too: its keys would be sent as fragments.
    fits = isinstance(message, str | bytes | Iterable | AsyncIterable)
    if not fits or isinstance(message, Mapping):
        raise TypeError(
            f"a message is str or bytes, not {type(message).__name__}; use"
            " json.dumps() for data"
        )
    if isinstance(message, str):
        require_characters(message)
    elif isinstance(message, Collection) and not isinstance(message, _BYTES):
        # All before the first: half a message would cost the connection.
        _require_fragments(message)


def _require_fragments(message: Collection[Any]) -> None:
    kind = str if isinstance(next(iter(message), None), str) else _BYTES
    for fragment in message:
        if not isinstance(fragment, kind):
            raise TypeError(
                "a list of fragments has texts alone, or bytes alone, not"
                f" {fragment!r:.60}; use json.dumps() to send a list"
            )
        if isinstance(fragment, str):
            require_characters(fragment)
