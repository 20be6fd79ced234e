"""The consumer: it reads two sources, and calls a method for each event.

How it works: a consumer class becomes an ASGI application by ``as_asgi()``.
For each scope the application makes one instance, which then reads two
sources: the client, by ``receive``, and its own mailbox in the channel layer.
What comes is dispatched by its type, ``chat.message`` to ``chat_message()``;
one handler at a time, all in one task. ``StopConsumer`` ends it.

Rule 1: the channel layer is used by its public methods alone.
Rule 2: however a consumer ends, it leaves its groups and frees its mailbox.

Source: Channels, "Consumers"; ASGI specification, "Applications".
"""

import functools
import reprlib
from collections.abc import Callable, MutableMapping
from typing import Any, ClassVar

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.consumer.calls import call_async
from minichannels.consumer.dispatching import await_many_dispatch
from minichannels.consumer.handlers import (
    get_handler_name,
    library_names,
    no_handler,
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
        raise no_handler(type(self), message["type"], name)

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


def _require_event(message: Any) -> None:
    if not isinstance(message, MutableMapping):
        raise TypeError(
            f"an event is a dict with a 'type', not {reprlib.repr(message)}; a"
            " consumer for WebSockets sends text: AsyncWebsocketConsumer"
        )
