"""An HTTP client for cells, on the caller's event loop.

How it works: one request, one line; the flow knows by its address who asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import h11

from minichannels.flow.recording.application.recorder import Recorder
from minichannels.lab.clients.arguments import (
    Pair,
    body_of,
    headers_of,
    require_method,
)
from minichannels.lab.clients.connecting import announced
from minichannels.lab.clients.exchange import Response, opened
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
    headers: Mapping[str, str] | Iterable[Pair] | None = None
    name: str = "notebook"
    timeout: float = LIMIT
    stream: bool = False

    def prepared(self, host: str) -> tuple[h11.Request, bytes]:
        """Return the request and its body.

        Raises:
            TypeError, ValueError: see ``clients.arguments``.
        """
        require_method(self.method)
        usual = {"host": host, "connection": "close"}
        body = body_of(self.data, self.json)
        if self.json is not None:
            usual["content-type"] = "application/json"
        if body or self.method not in ("GET", "HEAD"):
            usual["content-length"] = str(len(body))
        own = [
            (name.lower(), value) for name, value in headers_of(self.headers)
        ]
        for name, _ in own:
            usual.pop(name, None)
        request = h11.Request(
            method=self.method,
            target=self.target,
            # As in a response; of a str, h11 would take ASCII alone.
            headers=[
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in [*usual.items(), *own]
            ],
        )
        return request, body


OPTIONS = tuple(each.name for each in fields(Asking))[2:]
"""What of a request may be told besides its method and its target."""


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
    line = await connector.dial()
    with announced(recorder, line, asking.name) as link:
        exchange = await opened(line, asking.timeout, link.name)
        response = await exchange.ask(*prepared)
        if not asking.stream:
            await exchange.read_all(response)
        return response
