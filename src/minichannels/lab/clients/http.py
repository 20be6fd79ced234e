"""An HTTP client for cells, on the caller's event loop.

How it works: one request, one line; the flow knows by its address who asked.
"""

import json as json_module
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import h11

from minichannels.flow.recording.application.recorder import Recorder
from minichannels.lab.clients.connecting import announced
from minichannels.lab.clients.exchange import Exchange, Response, opened
from minichannels.lab.transport.timeouts import LIMIT
from minichannels.lab.transport.transport import Connector


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a request asks for; ``Server.request`` tells the rest.

    Attributes:
        method: the method, such as ``GET``.
        target: the path with its query string, percent-encoded.
    """

    method: str
    target: str
    data: str | bytes = b""
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = "notebook"
    timeout: float = LIMIT
    stream: bool = False

    def prepared(self, host: str) -> tuple[h11.Request, bytes]:
        """Return the request and its body."""
        headers = {"host": host, "connection": "close"}
        data = self.data
        if self.json is not None:
            data = json_module.dumps(self.json)
            headers["content-type"] = "application/json"
        body = data.encode() if isinstance(data, str) else data
        if body or self.method not in ("GET", "HEAD"):
            headers["content-length"] = str(len(body))
        for name, value in self.headers.items():
            headers[name.lower()] = value
        request = h11.Request(
            method=self.method,
            target=self.target,
            # As in a response; of a str, h11 would take ASCII alone.
            headers=[
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in headers.items()
            ],
        )
        return request, body


async def request(
    recorder: Recorder, connector: Connector, asking: Asking
) -> Response:
    """Make a request.

    Raises:
        TimeoutError: no answer came in time.
        ConnectionError: the server is stopped, or broke off.
    """
    host, port = connector.address
    prepared = asking.prepared(f"{host}:{port}")
    line, link = await announced(recorder, connector, asking.name)
    try:
        exchange = await opened(line, asking.timeout, link.name)
        return await _answer(exchange, prepared, asking.stream)
    finally:
        recorder.forget(link)


async def _answer(
    exchange: Exchange, prepared: tuple[h11.Request, bytes], stream: bool
) -> Response:
    try:
        response = await exchange.ask(*prepared)
        if not stream:
            await exchange.read_all(response)
    except BaseException:
        exchange.abort()
        raise
    return response
