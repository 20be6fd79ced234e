"""A learner's page: what a browser would do at the other end of the socket.

As it opens, it asks for all that was said after the last number that it has
seen. When its line breaks, it opens again; the server may notice late that the
old connection is gone.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from minichannels.lab.checking.stage import scopes
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.server import StageServer


class LearnerPage:
    """One page, which may have several connections, one after another.

    Args:
        server: what serves the classroom.
        name: whose page it is.

    Attributes:
        name: the same.
        seen: the highest number that it has seen.
    """

    def __init__(self, server: StageServer, name: str) -> None:
        self.name = name
        self.seen = 0
        self._server = server
        self._client = self._connected()

    @property
    def is_open(self) -> bool:
        """Whether it is connected."""
        return self._client.accepted and not self._client.over

    def send(self, content: Any) -> None:
        """Send something as JSON; a text is sent as it is."""
        if self.is_open:
            text = content if isinstance(content, str) else json.dumps(content)
            self._client.link.sent += 1
            self._client.hand({"type": "websocket.receive", "text": text})

    def pause(self) -> None:
        """Read nothing for a while."""
        self._client.pause()

    def sip(self) -> None:
        """Read one thing."""
        self._client.sip()

    def resume(self) -> None:
        """Read on."""
        self._client.resume()

    def leave(self) -> None:
        """Close the connection."""
        _end(self._client, 1000)

    def reconnect(self) -> Callable[[], None]:
        """Open anew, because the line broke.

        Returns:
            Lets the server notice that the old connection is gone.
        """
        former = self._client
        self.seen = max([self.seen, *_numbers(former)])
        self._client = self._connected()
        return lambda: _end(former, 1006)

    def _connected(self) -> ScenarioClient:
        scope = scopes.websocket(f"/{self.name}", self._server.free_port())
        client = self._server.call(self.name, scope)
        client.hand({"type": "websocket.connect"})
        return client


def _numbers(client: ScenarioClient) -> Iterator[int]:
    for it in client.read:
        number = it.get("number") if isinstance(it, dict) else None
        if isinstance(number, int):
            yield number


def _end(client: ScenarioClient, code: int) -> None:
    if not client.over:
        client.link.closed = True
        client.hand({"type": "websocket.disconnect", "code": code})
