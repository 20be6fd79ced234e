"""What the clients of a scenario do, each thing a step that is told.

How it works: an event is put where the application reads it. Then the stage
waits until nothing is left to do, so that what came of it can be looked at.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from minichannels.lab.checking.stage import scopes
from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.steps import ScenarioStep, told_keys
from minichannels.lab.checking.stage.watching import Watching

_GOODBYE = dict.fromkeys(
    ("KeyError: 'text'", "KeyError: 'bytes'"), "no goodbye"
)


class Visiting(Watching):
    """A stage that clients come to, on the web."""

    async def connect(
        self, url: str, name: str, **added: Any
    ) -> ScenarioClient:
        """Connect a client, and wait until it is accepted.

        Args:
            url: the path.
            name: the client's name.
            added: what is in the scope besides, such as ``headers``.

        Raises:
            Unsolved: it is not.
        """
        client = await self.knock(url, name, **added)
        self._require_accepted(client)
        return client

    async def connect_at_once(
        self, *visits: tuple[str, str]
    ) -> list[ScenarioClient]:
        """Connect clients at the same moment.

        Raises:
            Unsolved: one of them is not accepted.
        """
        clients = await self.knock_at_once(*visits)
        for client in clients:
            self._require_accepted(client)
        return clients

    def _require_accepted(self, client: ScenarioClient) -> None:
        name, over = client.name, client.over
        refused = (client.closed or over) and not client.accepted
        self.require(not refused, "refused", name=name)
        self.require(client.accepted, "not accepted", name=name)
        self.require(not client.closed, "closed at once", name=name)
        if over:
            self.miss(self._key_of_return(name), name=name)

    def _key_of_return(self, name: str) -> str:
        """Return what is told of a return: on which event it came."""
        accepted = self.of("send", client=name, type="websocket.accept")
        came = self.of("receive", client=name, type="websocket.connect")
        is_late = came and came[-1].arrival > accepted[-1].arrival
        return "returned at connect" if is_late else "returned"

    async def knock(self, url: str, name: str, **added: Any) -> ScenarioClient:
        """Connect a client that may be refused; see :meth:`connect`."""
        self.steps.add(ScenarioStep("connected", name, url, told_keys(added)))
        (client,) = await self._knocked([(url, name, added)])
        return client

    async def knock_at_once(
        self, *visits: tuple[str, str]
    ) -> list[ScenarioClient]:
        """Connect clients at the same moment; they may be refused."""
        for number, (url, name) in enumerate(visits):
            kind = "connected too" if number else "connected"
            self.steps.add(ScenarioStep(kind, name, url))
        return await self._knocked([(url, name, {}) for url, name in visits])

    async def _knocked(
        self, visits: Sequence[tuple[str, str, Mapping[str, Any]]]
    ) -> list[ScenarioClient]:
        clients = []
        for url, name, added in visits:
            scope = scopes.websocket(url, self._server.free_port(), **added)
            clients.append(self._server.call(name, scope))
        for client in clients:
            client.hand({"type": "websocket.connect"})
        for client in clients:
            await client.begun.wait()
        await self._server.settle()
        return clients

    async def send(self, client: ScenarioClient, *frames: Frame) -> None:
        """Let a client send a text, or bytes; several without a pause."""
        for frame in frames:
            self.steps.add(ScenarioStep("sent", client.name, frame))
            self._hand(client, frame)
        await self._server.settle()

    async def send_at_once(self, *sent: tuple[ScenarioClient, Frame]) -> None:
        """Let clients send at the same moment; each call of a layer takes time.

        So a handler that awaits several of them is in their midst when
        something else happens, as with a layer on another machine.
        """
        for number, (client, frame) in enumerate(sent):
            kind = "sent too" if number else "sent"
            self.steps.add(ScenarioStep(kind, client.name, frame))
        with self.far():
            for client, frame in sent:
                self._hand(client, frame)
            await self._server.settle()

    def pause(self, client: ScenarioClient) -> None:
        """Let a client read nothing, or only what it is let sip."""
        self.steps.add(ScenarioStep("paused", client.name))
        client.pause()

    async def sip(self, client: ScenarioClient) -> None:
        """Let a client that is paused read one thing."""
        client.sip()
        await self._server.settle()

    async def resume(self, client: ScenarioClient) -> None:
        """Let a client read on."""
        self.steps.add(ScenarioStep("resumed", client.name))
        client.resume()
        await self._server.settle()

    async def close(self, client: ScenarioClient) -> None:
        """Let a client leave: with a goodbye, or, drawn, in other ways.

        Raises:
            Unsolved: the application goes on all the same.
        """
        code = self.draw.one(1000, 1006, 1001, 1005)
        kind = "closed" if code == 1000 else "gone"
        self.steps.add(ScenarioStep(kind, client.name, code))
        client.link.closed = True
        client.hand({"type": "websocket.disconnect", "code": code})
        with self.meaning(_GOODBYE):
            await self._server.settle()
        self.require(client.over, "goes on", name=client.name)

    async def request(
        self,
        url: str,
        *pieces: bytes,
        name: str = "ada",
        is_brief: bool = False,
    ) -> ScenarioClient:
        """Make an HTTP request, and wait until nothing is left to do.

        Args:
            url: the path.
            pieces: those of the body, as they arrive.
            name: the client's name.
            is_brief: whether the last piece lacks what may be left out.
        """
        method = "POST" if pieces else "GET"
        what = f"{method} {url}", pieces
        self.steps.add(ScenarioStep("requested", name, what))
        scope = scopes.http(method, url, self._server.free_port())
        client = self._server.call(name, scope)
        *first, last = pieces or (b"",)
        for piece in first:
            client.hand(
                {"type": "http.request", "body": piece, "more_body": True}
            )
        ends = {} if is_brief else {"more_body": False}
        client.hand({"type": "http.request", "body": last, **ends})
        await client.begun.wait()
        await self._server.settle()
        return client

    def _hand(self, client: ScenarioClient, frame: Frame) -> None:
        key = "text" if isinstance(frame, str) else "bytes"
        client.link.sent += 1
        client.hand({"type": "websocket.receive", key: frame})
