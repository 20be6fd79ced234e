"""The server of a stage: it calls the learner's application for each client.

How it works: the application stands behind a recorder, as behind the lab's
own server. What it raised is kept with the client, and once nothing is left to
do the first error ends the scenario.
"""

import asyncio
import itertools
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from minichannels.exceptions import (
    NoHandlerError,
    ProtocolError,
    UndecidedError,
)
from minichannels.flow import Event, Recorder
from minichannels.flow.journal.events import next_id
from minichannels.flow.journal.journal import Journal
from minichannels.lab.checking.sandbox.strict import strict
from minichannels.lab.checking.sandbox.tracing import Trace
from minichannels.lab.checking.stage.clients import (
    Flood,
    NoClient,
    ScenarioClient,
    ScenarioPeer,
    ScenarioWorker,
)
from minichannels.lab.checking.stage.layers import PLAYED, OtherLayer
from minichannels.lab.checking.stage.miss import (
    Unsolved,
    clear_frames,
    is_second_loop,
)
from minichannels.lab.serving.lifespan import SupervisedApp
from minichannels.layers import InMemoryChannelLayer
from minichannels.protocol import TABLE
from minichannels.routing import URLRouter, path
from minichannels.types import ASGIApp, Scope


class StageServer:
    """What serves an application to the clients of a scenario.

    Args:
        journal: where it is written down what moves.
        layer: the channel layer of the check.
        route: the path to serve at; any path by default.
        trace: takes notes of what the application does, if somebody does.

    Attributes:
        clients: all clients so far.
    """

    def __init__(
        self,
        journal: Journal,
        layer: InMemoryChannelLayer,
        route: str = "",
        trace: Trace | None = None,
    ) -> None:
        self._trace = trace
        self._journal = journal
        self._layer = layer
        self._route = route
        self._recorder = Recorder(_nothing, journal)
        self.clients: list[ScenarioClient] = []
        self._came = 0
        self._settled_by = 0
        self._settled: Sequence[Event] | None = ()
        self._tasks: list[asyncio.Task[None]] = []

    def put_on(self, application: ASGIApp) -> None:
        """Take an application; it is called when a client connects."""
        app: Any = application
        if self._route:
            app = URLRouter([path(self._route, app)])
        self._recorder = Recorder(SupervisedApp(strict(app)), self._journal)

    def call(self, name: str, scope: Scope) -> ScenarioClient:
        """Call the application for a client."""
        link = self._recorder.expect(scope["client"], name)
        client = ScenarioClient(name, scope, link)
        self._called(client)
        return client

    def work(self, channel: str, layer: Any) -> None:
        """Call the application for the messages of a channel of a layer."""
        self._called(ScenarioWorker(channel, layer))

    def meet(self, scope: Scope) -> ScenarioPeer:
        """Call the application for a peer beyond the web."""
        peer = ScenarioPeer(scope)
        self._called(peer)
        # As a server does: who asks for more after the last is cancelled.
        peer.inbox.on_asked_again = self._tasks[-1].cancel
        return peer

    def _called(self, client: ScenarioClient) -> None:
        self.clients.append(client)
        life: Coroutine[Any, Any, None] = self._live(client)
        if self._trace is not None:
            life = self._trace.each_step(life)
        self._tasks.append(asyncio.create_task(life))

    def free_port(self) -> int:
        """Return a port for a client: the first that no other one has."""
        there = (c for c in self.clients if not (c.over or c.left))
        taken = {c.port for c in there if "client" in c.scope}
        return next(p for p in itertools.count(50001) if p not in taken)

    async def settle(self) -> None:
        """Wait until all that was sent has been dealt with.

        Raises:
            Unsolved: something has raised.
        """
        await self.rest()
        for crash in self._crashes():
            error = self._error_of(crash)
            raise Unsolved(
                _key_of(error), crash, raised=error, text=crash.payload["text"]
            )
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()  # raises what is no Exception

    async def end(self, limit: float | None = None) -> None:
        """Have all connections end, and wait until that is dealt with.

        Raises:
            TimeoutError: it is not, in so many seconds.
        """
        for client, task in zip(self.clients, self._tasks, strict=True):
            gone = client.over or client.left
            if client.scope["type"] == "channel":
                task.cancel()
            elif isinstance(client, ScenarioPeer) and not gone:
                client.leave("the check is over")
            elif client.scope["type"] == "websocket" and not gone:
                client.link.closed = True
                client.hand({"type": "websocket.disconnect", "code": 1000})
        await self.rest(limit)

    async def rest(self, limit: float | None = None) -> None:
        """Wait until nothing is left to do, whatever came of it.

        Raises:
            TimeoutError: something still is.
        """
        self._recorder.settling.start(asyncio.get_running_loop())
        await self._recorder.settling.wait(limit)

    def leave_alone(self) -> None:
        """Wait no more for those who still have something to do."""
        self._recorder.leave_alone()

    @property
    def settled(self) -> Sequence[Event]:
        """What had moved when nothing was left to do, the last time."""
        if self._settled is None:  # to put all in order takes a while
            end, events = self._settled_by, self._journal.line_up()
            self._settled = [each for each in events if each.arrival < end]
        return self._settled

    def _crashes(self) -> list[Event]:
        self._settled_by, self._settled = next_id(), None
        self._came, new = self._journal.since(self._came)
        if all(entry.kind != "crash" for entry in new):
            return []
        return [event for event in self.settled if event.kind == "crash"]

    def _error_of(self, crash: Event) -> BaseException:
        return next(
            client.error
            for client in self.clients
            if client.error is not None and client.name == crash.client
        )

    async def _live(self, client: ScenarioClient) -> None:
        PLAYED.set(self._layer)
        try:
            await self._recorder(client.scope, client.source, client.send)
        except BaseException as error:
            # What its frames hold is let go here, on this thread, for a
            # coroutine in it may have to be missed.
            clear_frames(error)
            client.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            client.ends()


_KEYS: Mapping[type[BaseException], str] = {
    Flood: "flood",
    NoClient: "no client",
    OtherLayer: "other layer",
    ProtocolError: "out of order",
    NoHandlerError: "no handler",
    UndecidedError: "undecided",
}


_TYPES = {kind for steps in TABLE.values() for kind in steps}


def _key_of(error: BaseException) -> str:
    """Return the key of the text for an error."""
    if isinstance(error, ProtocolError) and error.event_type not in _TYPES:
        return "no such event"
    keys = (key for kind, key in _KEYS.items() if isinstance(error, kind))
    other = "second loop" if is_second_loop(error) else "raised"
    return next(keys, other)


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """Stand in where an exercise is about a plain function."""
