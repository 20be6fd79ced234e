"""How clients come to a server.

How it works: a client's line is opened first, and its own address announced
to the recorder. So the flow knows who is speaking, and nothing had to be added
to the request.
"""

import asyncio
from collections.abc import (
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from typing import Any, NoReturn, TypedDict
from weakref import WeakSet

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.http11 import Request
from websockets.protocol import State
from websockets.typing import BytesLike
from websockets.uri import parse_uri

from minichannels.flow.recording.application.recorder import Recorder
from minichannels.flow.recording.clients.names import ClientEnd
from minichannels.lab.clients.arguments import (
    Pair,
    headers_of,
    require_names,
    require_readable,
)
from minichannels.lab.clients.websocket import Client, Refused
from minichannels.lab.transport.timeouts import limited, require_seconds
from minichannels.lab.transport.transport import ClientChannel, Connector

_MOMENT = 1.0  # how long an application that has refused may take to end

_MAX_SIZE = 2**24  # as uvicorn's own limit

_everyone: WeakSet[Client] = WeakSet()


class Options(TypedDict):
    """How a client connects.

    Attributes:
        headers: further headers of its request.
        subprotocols: those that it offers, the preferred one first.
        timeout: how many seconds each of its waits may take.
    """

    headers: Mapping[str, str] | None
    subprotocols: Sequence[str] | None
    timeout: float


class Connecting:
    """A client on its way: await it, or use it in ``async with``.

    Args:
        opening: connects it.
    """

    def __init__(self, opening: Callable[[], Awaitable[Client]]) -> None:
        self._opening = opening
        self._client: Client | None = None

    def __repr__(self) -> str:
        return "<a client on its way; write 'await' to have it connected>"

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            "the client is not connected yet; write 'ada = await"
            f" server.connect(…)' before 'ada.{name}'"
        )

    def __await__(self) -> Generator[Any, None, Client]:
        return self._opening().__await__()

    async def __aenter__(self) -> Client:
        self._client = await self
        return self._client

    async def __aexit__(self, *error: object) -> None:
        if self._client is not None:
            await self._client.close()


class Clients:
    """The WebSocket clients of one server.

    Args:
        recorder: where to announce them.
        connector: what clients come to the server by.
    """

    def __init__(self, recorder: Recorder, connector: Connector) -> None:
        self._recorder = recorder
        self._connector = connector
        self._all: list[Client] = []

    def connected(self) -> list[Client]:
        """Return the clients whose connections have not ended."""
        self._all = [c for c in self._all if c.state is not State.CLOSED]
        return list(self._all)

    async def open(
        self, url: str, name: str | None, options: Options
    ) -> Client:
        """Connect a client; one of the same name is closed before.

        Raises:
            TypeError, ValueError: see ``clients.arguments``.
            Refused: the application did not accept it.
            TimeoutError: it neither accepted nor refused.
            ConnectionError: there is no whole answer, or one that fits no
                WebSocket; says why.
        """
        require_names(name, options["subprotocols"])
        require_seconds(options["timeout"])
        headers = headers_of(options["headers"])
        await self._close_former(name)
        line = await self._connector.dial()
        try:
            with announced(self._recorder, line, name or "") as link:
                client = await limited(
                    _handshake(url, line, link, options, headers),
                    options["timeout"],
                    f"{link.name} waited {{}} to be accepted, and was neither"
                    " accepted nor refused; to wait longer, use"
                    " connect(…, timeout=…)",
                )
                self._all.append(client)
                _everyone.add(client)
                return client
        except InvalidStatus as error:
            await _application_ended(link)
            raise Refused(error.response, link) from None
        except InvalidHandshake as error:
            await _application_ended(link)
            raise ConnectionError(_unconnected(error, link)) from error

    async def _close_former(self, name: str | None) -> None:
        loop = asyncio.get_running_loop()
        for client in self.connected():
            if client.link.name == name and client.loop is loop:
                await client.close()


async def _application_ended(link: ClientEnd) -> None:
    """Wait a moment: an application may refuse first, and raise then."""
    ended = asyncio.wrap_future(link.over)
    await asyncio.wait([ended], timeout=_MOMENT)


def _unconnected(error: InvalidHandshake, link: ClientEnd) -> str:
    """Return why nobody is connected, though nobody was refused."""
    reason = error.__cause__ or error
    if link.failure:
        why = f"the application raised {link.failure}"
    elif isinstance(reason, EOFError):
        why = (
            f"the answer broke off ({reason}); if the server was stopped or"
            " replaced, connect again"
        )
    else:
        why = f"the answer fits no WebSocket: {reason}"
    return f"{link.name} was not connected: {why}"


def connected_here() -> list[Client]:
    """Return this event loop's clients whose connections have not ended.

    Those of a server that was stopped are among them, until they notice.
    """
    loop = asyncio.get_running_loop()
    return [
        client
        for client in list(_everyone)
        if client.loop is loop and client.state is not State.CLOSED
    ]


@contextmanager
def announced(
    recorder: Recorder, line: ClientChannel, name: str
) -> Iterator[ClientEnd]:
    """Tell the recorder whose line it is that is used in a block.

    If the block fails, or is interrupted, nobody has the line: it is broken.

    Args:
        recorder: the server's.
        line: a line to the server.
        name: the client's name; empty if the recorder is to give it one.

    Yields:
        What the recorder knows of whoever is at the line's end.
    """
    try:
        link = recorder.expect(line.address, name)
        try:
            yield link
        finally:
            recorder.forget(link)
    except BaseException:
        line.abort()
        raise


async def _handshake(
    url: str,
    line: ClientChannel,
    link: ClientEnd,
    options: Options,
    headers: list[Pair],
) -> Client:
    subprotocols: Any = options["subprotocols"]
    protocol = _Protocol(
        parse_uri(url),
        subprotocols=list(subprotocols) if subprotocols else None,
        max_size=_MAX_SIZE,
    )
    protocol.link = link
    protocol.hosts = [value for name, value in headers if _is_host(name)]
    others = [pair for pair in headers if not _is_host(pair[0])]
    # The same as the client will send, which has no line so far.
    request = protocol.connect()
    request.headers.update(others)
    require_readable(request)

    def make() -> Client:
        client = Client(
            protocol,
            # The limits are ours; and a cell may block longer than a ping.
            close_timeout=options["timeout"],
            ping_interval=None,
            max_queue=None,  # its limit is ours, too
        )
        client.link, client.limit = link, options["timeout"]
        return client

    _, client = await line.use(make)
    await client.handshake(others)
    return client


class _Protocol(ClientProtocol):
    """Asks for the host that it is told, in place of the one of the line.

    And it notes what its client does, where that is handed over to the line:
    it gets there, though whoever waits for room is interrupted.

    Attributes:
        hosts: what is told: one, or none.
        link: the client's end of its connection.
    """

    hosts: list[str]
    link: ClientEnd

    def send_text(self, data: BytesLike, fin: bool = True) -> None:
        super().send_text(data, fin)
        self.link.sends()

    def send_binary(self, data: BytesLike, fin: bool = True) -> None:
        super().send_binary(data, fin)
        self.link.sends()

    def send_close(self, code: int | None = None, reason: str = "") -> None:
        super().send_close(code, reason)
        self._leaves()

    def fail(self, code: int, reason: str = "") -> None:
        super().fail(code, reason)
        self._leaves()

    def _leaves(self) -> None:
        self.link.leaves()
        self.link.acts()

    def connect(self) -> Request:
        request = super().connect()
        if self.hosts:  # servers refuse a second one
            del request.headers["Host"]
        for host in self.hosts:
            request.headers["Host"] = host
        return request


def _is_host(name: str) -> bool:
    return name.lower() == "host"
