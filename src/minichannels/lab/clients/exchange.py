"""One request and its answer, on one line.

How it works: ``h11`` knows the protocol and does no I/O, ``asyncio`` streams
do the I/O.

Source: RFC 9110 and RFC 9112; the documentation of ``h11``.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any, Self

import h11

from minichannels.lab.transport.timeouts import limited
from minichannels.lab.transport.transport import ClientChannel

_READ = 65536


class Response:
    """An answer to a request; one that is streamed, in ``async with``.

    Attributes:
        status: the status code.
        headers: name, in lower case, to value; repeated ones joined by ", ".
    """

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers = headers
        self._body = bytearray()
        self._exchange: Exchange | None = None

    def __repr__(self) -> str:
        known = self.status in HTTPStatus.__members__.values()
        phrase = f" {HTTPStatus(self.status).phrase}" if known else ""
        size = len(self._body)
        return f"<{self.status}{phrase}, {size} byte{'s' * (size != 1)}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    @property
    def body(self) -> bytes:
        """What has been read of the body."""
        return bytes(self._body)

    @property
    def text(self) -> str:
        """The body as text, taken to be UTF-8."""
        return self._body.decode(errors="replace")

    def json(self) -> Any:
        """Return what the body says as JSON.

        Raises:
            ValueError: it is not JSON.
        """
        return json.loads(self._body)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Read the body piece by piece, as it arrives."""
        while self._exchange is not None:
            piece = await self._exchange.read()
            if piece is None:
                await self.close()
                return
            self._body += piece
            yield piece

    async def close(self) -> None:
        """Leave, whether or not the body has ended."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            await exchange.close()


class Exchange:
    """A request and its answer on one line.

    Args:
        streams: the line.
        timeout: how many seconds each wait may take.
        who: the client's name.
    """

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        timeout: float,
        who: str,
    ) -> None:
        self._reader, self._writer = streams
        self._timeout = timeout
        self._who = who
        self._protocol = h11.Connection(h11.CLIENT)

    async def ask(self, request: h11.Request, body: bytes) -> Response:
        """Send a request and return the answer without its body.

        Raises:
            TimeoutError: no answer came.
            ConnectionError: the server went away.
        """
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            self._writer.write(self._protocol.send(event) or b"")
        head = await self._event()
        while isinstance(head, h11.InformationalResponse):
            head = await self._event()
        headers: dict[str, str] = {}
        for raw_name, raw_value in head.headers:
            name, value = raw_name.decode(), raw_value.decode("latin-1")
            headers[name] = ", ".join(filter(None, (headers.get(name), value)))
        response = Response(head.status_code, headers)
        response._exchange = self
        return response

    async def read(self) -> bytes | None:
        """Return the next piece of the answer's body, None at its end."""
        event = await self._event()
        return bytes(event.data) if isinstance(event, h11.Data) else None

    async def read_all(self, response: Response) -> None:
        """Read the answer's body to its end.

        Raises:
            TimeoutError: it does not end.
        """

        async def read() -> None:
            async for _ in response:
                pass

        await limited(
            read(),
            self._timeout,
            f"{self._who} read for {{}} and the answer does not end; to read"
            " it piece by piece, use stream=True",
        )

    async def close(self) -> None:
        """Close the line, and return when it is closed."""
        self.abort()
        with contextlib.suppress(OSError):  # it had broken before
            await self._writer.wait_closed()

    def abort(self) -> None:
        """Close the line: waits for nothing, raises nothing."""
        self._writer.transport.abort()

    async def _event(self) -> Any:
        while True:
            try:
                event = self._protocol.next_event()
            except h11.RemoteProtocolError as error:
                raise ConnectionError(
                    f"{self._who} got no whole answer: {error}"
                ) from None
            if event is not h11.NEED_DATA:
                return event
            piece = await self._piece()
            if not piece and self._protocol.their_state is h11.SEND_RESPONSE:
                raise self._broken_off("the server closed it")
            self._protocol.receive_data(piece)

    async def _piece(self) -> bytes:
        """Return what comes next; nothing at the line's end."""
        problem = f"{self._who} waited {{}} for an answer and none came"
        try:
            return await limited(
                self._reader.read(_READ),
                self._timeout,
                f"{problem}; to wait longer, use timeout=…",
            )
        except ConnectionError as error:
            raise self._broken_off(error.strerror or str(error)) from None

    def _broken_off(self, why: str) -> ConnectionError:
        return ConnectionError(
            f"{self._who} got no whole answer: the connection broke off"
            f" ({why}); if the server was stopped or replaced, ask again"
        )


async def opened(line: ClientChannel, timeout: float, who: str) -> Exchange:
    """Return the exchange that a line is good for."""
    # As asyncio.open_connection() does it.
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    transport, protocol = await line.use(
        lambda: asyncio.StreamReaderProtocol(reader, loop=loop)
    )
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    return Exchange((reader, writer), timeout, who)
