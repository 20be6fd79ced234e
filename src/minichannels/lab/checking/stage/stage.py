"""The stage: where a scenario is played to a learner's code.

How it works: the learner's application stands behind a recorder and has a
channel layer of its own, recorded too. After each thing that a client does,
the stage waits until nothing is left to do. Then the scenario looks at what
came, and at the journal; :meth:`Stage.require` ends it at the first miss.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.exceptions import (
    NoHandlerError,
    ProtocolError,
    UndecidedError,
    type_name,
)
from minichannels.flow import Event, Recorder
from minichannels.flow.journal.payloads import words as words_of
from minichannels.flow.recording.layer.layer import RecordedLayer
from minichannels.lab.checking.sandbox.threads import Crew, Stopped
from minichannels.lab.checking.stage.clients import Client, Flood, Frame, strict
from minichannels.lab.checking.stage.layers import (
    PLAYED,
    OtherLayer,
    StageLayer,
    others_refused,
)
from minichannels.lab.checking.stage.miss import Unsolved
from minichannels.lab.checking.stage.raised import recognised
from minichannels.lab.checking.stage.steps import Step, Steps
from minichannels.lab.checking.stage.traced_journal import LinedJournal
from minichannels.lab.serving.lifespan import SupervisedApp
from minichannels.layers import channel_layers
from minichannels.routing import URLRouter, path
from minichannels.types import ASGIApp

_NOTHING: Mapping[Any, str] = MappingProxyType({})

FOREVER = 3600.0  # the runner's limit is the one that counts


class Stage:
    """What a scenario has at hand.

    Args:
        crew: the threads that the learner's code runs on.
        capacity: how many messages fit into a mailbox of the layer.
        route: the path that it is served at; any path by default.

    Attributes:
        layer: the channel layer, recorded.
        journal: what moved.
        steps: what the scenario did.
    """

    def __init__(
        self, crew: Crew, *, capacity: int = 100, route: str = ""
    ) -> None:
        self.journal = LinedJournal(crew)
        self.steps = Steps()
        self._inner = StageLayer(capacity=capacity)
        self.layer = RecordedLayer(
            self._inner,
            DEFAULT_CHANNEL_LAYER,
            lambda: (self.journal,),
        )
        self._route = route
        self._recorder = Recorder(_nothing, self.journal)
        self._ports = iter(range(1, 1000))
        self._clients: list[Client] = []
        self._tasks: list[asyncio.Task[None]] = []

    def put_on(self, application: ASGIApp) -> None:
        """Take an application; it is called when a client connects."""
        app: Any = application
        if self._route:
            app = URLRouter([path(self._route, app)])
        self._recorder = Recorder(SupervisedApp(strict(app)), self.journal)

    # What happened

    @property
    def events(self) -> tuple[Event, ...]:
        """What moved, in order."""
        return self.journal.line_up()

    def of(self, kind: str, **values: Any) -> list[Event]:
        """Return the events of a kind that have some attributes."""
        return [
            event
            for event in self.events
            if event.kind == kind
            and all(getattr(event, k) == v for k, v in values.items())
        ]

    def require(
        self,
        condition: object,
        key: str,
        at: Event | None = None,
        **values: Any,
    ) -> None:
        """Go on if a condition holds; otherwise end with a text.

        Raises:
            Unsolved: the condition does not hold.
        """
        if not condition:
            raise Unsolved(key, at, **values)

    @contextmanager
    def meaning(
        self, known: Mapping[Any, str] = _NOTHING, /, **keys: str
    ) -> Iterator[None]:
        """Give misses other texts, for a while.

        Args:
            known: which text fits which error: one that is ``Raised(…)``, or
                that says so: ``{"KeyError: 'path'": "not in the event"}``;
                a piece of its words will do.
            keys: which one fits instead of another: ``raised="no handler"``.
        """
        try:
            yield
        except Unsolved as miss:
            miss.key = keys.get(miss.key.replace(" ", "_"), miss.key)
            error = miss.raised
            if error is not None:
                own = (k for by, k in known.items() if recognised(error, by))
                miss.key = next(own, miss.key)
            raise

    # What clients do

    async def connect(self, url: str, name: str) -> Client:
        """Connect a client, and wait until it is accepted.

        Raises:
            Unsolved: it is not.
        """
        client = await self.knock(url, name)
        refused = client.closed or (client.over and not client.accepted)
        self.require(not refused, "refused", name=name)
        self.require(client.accepted, "not accepted", name=name)
        self.require(not client.over, "returned", name=name)
        return client

    async def knock(self, url: str, name: str) -> Client:
        """Connect a client that may be refused."""
        scope = {"type": "websocket", "path": url, "subprotocols": []}
        self.steps.add(Step("connected", name, url))
        client = self._called(name, scope)
        client.hand({"type": "websocket.connect"})
        await self._begun(client)
        return client

    async def send(self, client: Client, frame: Frame) -> None:
        """Let a client send a text, or bytes."""
        self.steps.add(Step("sent", client.name, frame))
        self._hand(client, frame)
        await self.settle()

    async def send_at_once(self, *sent: tuple[Client, Frame]) -> None:
        """Let clients send at the same moment; each call of a group takes time.

        So a handler that awaits several of them is in their midst when
        something else happens, as with a layer on another machine.
        """
        for number, (client, frame) in enumerate(sent):
            kind = "sent too" if number else "sent"
            self.steps.add(Step(kind, client.name, frame))
        self._inner.far = True
        for client, frame in sent:
            self._hand(client, frame)
        await self.settle()
        self._inner.far = False

    async def close(self, client: Client, code: int = 1000) -> None:
        """Let a client close its connection.

        Raises:
            Unsolved: the application goes on all the same.
        """
        self.steps.add(Step("closed", client.name))
        client.link.closed = True
        client.hand({"type": "websocket.disconnect", "code": code})
        await self.settle()
        self.require(client.over, "goes on", name=client.name)

    async def request(self, url: str, body: bytes = b"") -> Client:
        """Make an HTTP request, and wait for the response's end."""
        method = "POST" if body else "GET"
        self.steps.add(Step("requested", "ada", f"{method} {url}"))
        client = self._called(
            "ada", {"type": "http", "path": url, "method": method}
        )
        client.hand({"type": "http.request", "body": body, "more_body": False})
        await self._begun(client)
        return client

    async def call(
        self, words: str, function: Callable[..., Any], *args: Any
    ) -> Any:
        """Call a function of the learner's; return its result.

        Args:
            words: the call, as the message shows it.
            function: what to call; a coroutine function is awaited.
            args: its arguments.
        """
        self.steps.add(Step("called", "", words))
        PLAYED.set(self._inner)
        try:
            result = function(*args)
            if isinstance(result, Awaitable):
                result = await result
        except (Stopped, asyncio.CancelledError):
            raise  # by the runner: the time is up
        except BaseException as error:  # sys.exit(), too
            other = isinstance(error, OtherLayer)
            key = "other layer" if other else "raised in call"
            kind = f"`{type_name(error)}`"
            raise Unsolved(
                key, raised=error, error=kind, text=words_of(error)
            ) from error
        await self.settle()
        return result

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send a message to a group, from outside of all consumers."""
        self.steps.add(Step("told", group, message))
        await self.layer.group_send(group, message)
        await self.settle()

    # How it is done

    def _hand(self, client: Client, frame: Frame) -> None:
        key = "text" if isinstance(frame, str) else "bytes"
        client.link.sent += 1
        client.hand({"type": "websocket.receive", key: frame})

    async def settle(self) -> None:
        """Wait until all that was sent has been dealt with.

        Raises:
            Unsolved: something has raised.
        """
        self._recorder.settling.start(asyncio.get_running_loop())
        await self._recorder.settling.wait(FOREVER)
        for crash in self.of("crash"):
            error = self._error_of(crash)
            raise Unsolved(
                _key_of(error), crash, raised=error, text=crash.payload["text"]
            )
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()  # raises what is no Exception

    def _error_of(self, crash: Event) -> BaseException:
        return next(
            client.error
            for client in self._clients
            if client.error is not None and client.name == crash.client
        )

    def _called(self, name: str, scope: dict[str, Any]) -> Client:
        address = (name, next(self._ports))
        link = self._recorder.expect(address, name)
        common = {
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "query_string": b"",
            "headers": [],
            "root_path": "",
            "client": address,
            "raw_path": scope["path"].encode(),
        }
        client = Client(name, {**common, **scope}, link)
        self._clients.append(client)
        self._tasks.append(asyncio.create_task(self._live(client)))
        return client

    async def _live(self, client: Client) -> None:
        PLAYED.set(self._inner)
        try:
            await self._recorder(client.scope, client.receive, client.send)
        except BaseException as error:
            # What its frames hold is let go here, on this thread, for a
            # coroutine in it may have to be missed.
            _clear_frames(error)
            client.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            client.begun.set()

    async def _begun(self, client: Client) -> None:
        await client.begun.wait()
        await self.settle()


_KEYS: Mapping[type[BaseException], str] = {
    Flood: "flood",
    OtherLayer: "other layer",
    ProtocolError: "out of order",
    NoHandlerError: "no handler",
    UndecidedError: "undecided",
}


def _key_of(error: BaseException) -> str:
    """Return the key of the text for an error."""
    keys = (key for kind, key in _KEYS.items() if isinstance(error, kind))
    return next(keys, "raised")


def _clear_frames(error: BaseException | None) -> None:
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """Stand in where an exercise is about a plain function."""


@contextmanager
def in_place(layer: RecordedLayer) -> Iterator[None]:
    """Have a layer be the default one of this process, for a while."""
    former = channel_layers.set(DEFAULT_CHANNEL_LAYER, layer)
    try:
        with others_refused():
            yield
    finally:
        layer.unwatch()
        channel_layers.set(DEFAULT_CHANNEL_LAYER, former)
