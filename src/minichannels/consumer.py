"""Consumers: one object for each scope, one method for each type of event.

How it works: a consumer class becomes an ASGI application by ``as_asgi()``.
For each scope the application makes one instance, which then reads two
sources: the client, by ``receive``, and its own mailbox in the channel layer.
What comes is dispatched by its type, ``chat.message`` to ``chat_message()``;
one handler at a time, all in one task. ``StopConsumer`` ends it.

Rule 1: the channel layer is used by its public methods alone.
Rule 2: however a consumer ends, it leaves its groups and frees its mailbox.

Source: Channels, "Consumers"; ASGI specification, "Applications".
"""

import asyncio
import functools
import reprlib
from collections.abc import Callable, Collection, MutableMapping
from typing import Any, ClassVar

from asgiref.sync import async_to_sync

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels._calls import call_async, call_sync
from minichannels._handlers import (
    get_handler_name,
    library_names,
    no_handler,
)
from minichannels._threads import (
    LONG_WAIT,
    NoThreadError,
    run_in_thread,
    send_from_thread,
)
from minichannels.exceptions import StopConsumer
from minichannels.layers import get_channel_layer
from minichannels.protocol import RECEIVED, START, TABLE, State, advance
from minichannels.types import (
    OBSERVER,
    ASGIApp,
    ChannelLayer,
    Message,
    Observer,
    Receive,
    Scope,
    Send,
)
from minichannels.utils import await_many_dispatch

__all__ = ["AsyncConsumer", "SyncConsumer", "get_handler_name"]

Handler = Callable[[Message], Any]


class AsyncConsumer:
    """An application that handles the events of one scope.

    Attributes:
        channel_layer_alias: which configured layer it uses.
        scope: what is known about the connection, for as long as it lives.
        channel_layer: the layer; None if that alias is not configured.
        channel_name: the name of its own mailbox in the layer.
    """

    channel_layer_alias: str = DEFAULT_CHANNEL_LAYER

    scope: Scope
    channel_layer: ChannelLayer
    channel_name: str
    base_send: Callable[[Message], Any]

    _signature: ClassVar[str] = "async def {}(self, event)"
    _observer: Observer | None = None
    _state: State | None = None
    _ended: bool = False
    _receive: Receive

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Handle the scope's events until it ends (ASGI application).

        Raises:
            ValueError: a message has no handler, or one it may not reach.
            Exception: whatever a handler raises.
        """
        if scope.get("type") == "lifespan" and not hasattr(
            self, "lifespan_startup"
        ):
            # ASGI: how a server is told that there is nothing to start.
            raise ValueError(f"{type(self).__name__} has no lifespan")
        self.scope = scope
        self._ended = False  # for whoever calls an instance once more
        self.base_send = self._sender(send)
        self._receive = receive
        self._state = START.get(scope.get("type", ""))
        self._observer = (scope.get("extensions") or {}).get(OBSERVER)
        layer = get_channel_layer(self.channel_layer_alias)
        self.channel_layer = layer  # type: ignore[assignment]  # documented
        self.channel_name = "" if layer is None else await layer.new_channel()
        try:
            await self._run()
        except StopConsumer:
            pass
        finally:
            self._ended = True
            await self._leave()

    def _sender(self, send: Send) -> Callable[[Message], Any]:
        return send

    async def _run(self) -> None:
        from_client = self._receive
        if self.scope.get("type") == "channel":  # its events come from a layer
            from_client = self._checked(from_client)
        sources = [from_client]
        if self.channel_layer is not None:
            read_mailbox = functools.partial(
                self.channel_layer.receive, self.channel_name
            )
            sources.append(self._checked(read_mailbox))
        if self._observer is None:
            await await_many_dispatch(sources, self.dispatch)
        else:
            self._observer.consumer_started(self)
            dispatch = functools.partial(self._observe, self._observer)
            await await_many_dispatch(sources, dispatch)

    def _checked(self, source: Receive) -> Receive:
        """Return a source of messages that may only name the class's own."""

        async def receive() -> Message:
            message = await source()
            try:
                self._require_allowed(message)
            except ValueError as error:
                if self._observer is not None:
                    self._observer.message_refused(self, message, error)
                raise
            return message

        return receive

    def _require_allowed(self, message: Message) -> None:
        # Anyone who knows a channel's name can write to it. Without this, a
        # message could call any method, such as close() or accept().
        name = get_handler_name(message)
        own = library_names(type(self))  # type: ignore[arg-type]  # hashable
        if name in own or message["type"] in RECEIVED:
            raise ValueError(
                f"{type(self).__name__} takes no {message['type']!r} from a"
                f" channel layer: {name} is the library's own; choose another"
                f" type, such as 'chat.{name}'"
            )

    async def _leave(self) -> None:
        """Leave the groups and free the mailbox, if the layer can."""
        if self._can_release():
            layer: Any = self.channel_layer
            await layer.release(self.channel_name)

    def _can_release(self) -> bool:
        return "release" in getattr(self.channel_layer, "extensions", ())

    async def dispatch(self, message: Message) -> None:
        """Call the handler for a message, and wait for its end.

        Raises:
            ValueError: the class has no such handler.
            TypeError: the handler is not a coroutine function.
        """
        await call_async(self._find_handler(message), message)

    def _find_handler(self, message: Message) -> Handler:
        name = get_handler_name(message)
        # What the client does changes the state.
        if self._state is not None and message["type"] in RECEIVED:
            self._state = TABLE[self._state].get(message["type"], self._state)
        handler = getattr(self, name, None)
        if callable(handler):
            return handler  # type: ignore[no-any-return]
        raise ValueError(no_handler(type(self), message["type"], name))

    async def _observe(self, observer: Observer, message: Message) -> None:
        """Dispatch a message, and tell the observer of it."""
        name = get_handler_name(message)
        observer.handler_started(self, name, message)
        error: BaseException | None = None
        try:
            await self.dispatch(message)
        except StopConsumer:
            raise
        except BaseException as raised:
            error = raised
            raise
        finally:
            observer.handler_ended(self, name, error)

    async def send(self, message: Message) -> None:
        """Send an event to the client.

        Raises:
            ProtocolError: the event may not be sent now, such as
                ``websocket.send`` before ``websocket.accept``.
        """
        self._check_order(message)
        await self.base_send(message)

    def _check_order(self, message: Message) -> None:
        if type(message) is not dict:
            _require_event(message)
        if self._state is not None:
            self._state = advance(self._state, message)

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> ASGIApp:
        """Return the ASGI application that makes an instance for each scope.

        Args:
            initkwargs: arguments for each new instance.
        """

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            consumer = cls(**initkwargs)
            await consumer(scope, receive, send)

        app.consumer_class = cls  # type: ignore[attr-defined]
        app.consumer_initkwargs = initkwargs  # type: ignore[attr-defined]
        return functools.update_wrapper(app, cls, updated=())


class SyncConsumer(AsyncConsumer):
    """A consumer whose handlers are plain functions.

    Each handler runs in a thread of a pool, so a handler that blocks does
    not hold up the others' consumers; one connection's handlers still run
    one at a time. ``async_to_sync`` in a handler runs on the server's loop.

    Attributes:
        thread_sensitive: True runs all handlers of all such consumers in
            one thread, as Channels does.
    """

    thread_sensitive: bool = False

    _sending: Collection[asyncio.Task[None]] = ()

    _signature = "def {}(self, event)"

    def _sender(self, send: Send) -> Callable[[Message], Any]:
        # With one thread for all, code in send() that wants that thread has
        # to get the one that waits here: asgiref takes care of this.
        if self.thread_sensitive:
            return async_to_sync(send)
        self._sending = set()
        return send_from_thread(send, self._sending)

    async def dispatch(self, message: Message) -> None:
        """Call the handler for a message in a thread, and wait for its end.

        Raises:
            ValueError: the class has no such handler.
            TypeError: the handler is a coroutine function.
            RuntimeError: there are no threads here.
        """
        handler = self._find_handler(message)
        call = functools.partial(self._handle, handler, message)
        try:
            seconds = await run_in_thread(
                call, one_thread=self.thread_sensitive
            )
        except asyncio.CancelledError:
            # No thread can be cancelled, but what it waits for can.
            for task in self._sending:
                task.cancel()
            raise
        except NoThreadError as error:
            raise RuntimeError(self._without_threads()) from error
        if seconds > LONG_WAIT and self._observer is not None:
            name = get_handler_name(message)
            self._observer.thread_waited(self, name, seconds)

    def _without_threads(self) -> str:
        names = (
            base.__name__
            for base in type(self).__mro__
            if base.__module__.startswith("minichannels.")
        )
        sync = next(names)
        twin = "Async" + sync.removeprefix("Sync")
        return (
            f"{type(self).__name__} is a {sync}, whose handlers run in"
            " threads, and no thread can be started here; derive it from"
            f" {twin} and write 'async def' and 'await'"
        )

    def _handle(self, handler: Handler, message: Message) -> None:
        try:
            call_sync(handler, message)
        finally:
            # No thread can be cancelled: this handler ran on when its
            # consumer ended, and may have joined a group since then.
            if self._ended:
                asyncio.run(self._leave())

    def send(self, message: Message) -> None:  # type: ignore[override]
        """Send an event to the client, from a handler's thread.

        Raises:
            ProtocolError: the event may not be sent now.
        """
        # The one override that changes a signature: sync for async, as in
        # Channels, where a sync consumer is the async one in other clothes.
        self._check_order(message)
        self.base_send(message)


def _require_event(message: Any) -> None:
    if not isinstance(message, MutableMapping):
        raise TypeError(
            f"an event is a dict with a 'type', not {reprlib.repr(message)}; a"
            " consumer for WebSockets sends text: AsyncWebsocketConsumer"
        )
