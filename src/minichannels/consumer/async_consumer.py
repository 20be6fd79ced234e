"""The consumer: it reads two sources, and calls a method for each event.

How it works: a consumer class becomes an ASGI application by ``as_asgi()``.
For each scope the application makes one instance, which then reads two
sources: the client, by ``receive``, and its own mailbox in the channel layer.
What comes is dispatched by its type, ``chat.message`` to ``chat_message()``;
one handler at a time, all in one task. ``StopConsumer`` ends it.

Rule 1: the channel layer is used by its public methods alone.
Rule 2: however a consumer ends, it leaves its groups and frees its mailbox.
Rule 3: no private name here could be one of the user's; see ``lifecycle``.

Source: Channels, "Consumers"; ASGI specification, "Applications".
"""

import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.consumer.calls import explain_call
from minichannels.consumer.handlers import find_handler
from minichannels.consumer.lifecycle import Life, life_of
from minichannels.db import aclose_old_connections, database
from minichannels.exceptions import StopConsumer
from minichannels.types import (
    ASGIApp,
    ChannelLayer,
    Message,
    Receive,
    Scope,
    Send,
)


class AsyncConsumer:
    """An application that handles the events of one scope.

    Attributes:
        channel_layer_alias: which configured layer it uses.
        scope: what is known about the connection, for as long as it lives.
        channel_layer: the layer; None if that alias is not configured.
        channel_name: the name of its own mailbox in the layer; only there
            with one, as in Channels.
        base_send: sends an event to the server.
    """

    channel_layer_alias: str = DEFAULT_CHANNEL_LAYER

    scope: Scope
    channel_layer: ChannelLayer
    channel_name: str
    base_send: Callable[[Message], Any]

    # Channels' own name for the next one: a copy of its __call__() asks for it.
    _sync: ClassVar[Any] = False
    _minichannels_sync: ClassVar[bool] = False
    _minichannels_websocket: ClassVar[bool] = False
    _minichannels: Life | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
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
        self.scope = scope  # first: the alias may depend on it
        layer = _layer(self.channel_layer_alias)
        channel = ""
        if layer is not None:
            channel = self.channel_name = await layer.new_channel()
            _renew(self, layer, channel)
        life = Life(scope, receive, send, layer, channel)
        # Whoever makes a class may refuse names, and knows none of ours.
        object.__setattr__(self, "_minichannels", life)
        self.channel_layer = layer  # or None, as documented
        self.base_send = life.sender(self)
        try:
            await life.read(self)
        except StopConsumer:
            pass
        finally:
            await self._minichannels_end(life)

    async def _minichannels_end(self, life: Life) -> None:
        await life.leave()

    @functools.cached_property  # it can be set, which a property cannot
    def channel_receive(self) -> Receive:
        """Takes the next message out of the consumer's own mailbox."""
        return functools.partial(self.channel_layer.receive, self.channel_name)

    def __dir__(self) -> Iterable[str]:
        # Who looks through an object asks for whatever it says that it has.
        names = super().__dir__()
        if vars(self).get("channel_layer") is None:
            return [name for name in names if name != "channel_receive"]
        return names

    async def dispatch(self, message: Message) -> None:
        """Call the handler for a message, and wait for its end.

        Raises:
            ValueError: the class has no such handler.
            TypeError: the handler is not a coroutine function.
        """
        handler = find_handler(self, message)
        if (self._minichannels or life_of(self)).hears(message):
            if database.is_open():
                await aclose_old_connections()
            try:
                await handler(message)
            except TypeError as error:
                explain_call(error, handler, message)
                raise

    async def send(self, message: Message) -> None:
        """Send an event to the client.

        Raises:
            ProtocolError: the event may not be sent now, such as
                ``websocket.send`` before ``websocket.accept``.
        """
        await self.base_send(message)

    @classmethod
    def as_asgi(cls, **initkwargs: Any) -> ASGIApp:
        """Return the ASGI application that makes an instance for each scope.

        Args:
            initkwargs: arguments for each new instance.
        """

        async def app(scope: Scope, receive: Receive, send: Send) -> Any:
            return await cls(**initkwargs)(scope, receive, send)

        app.consumer_class = cls  # type: ignore[attr-defined]
        app.consumer_initkwargs = initkwargs  # type: ignore[attr-defined]
        return functools.update_wrapper(app, cls, updated=())


def _layer(alias: str) -> Any:
    # By the name that Channels has for it: tests put one of theirs there.
    return sys.modules["minichannels.consumer"].get_channel_layer(alias)


def _renew(consumer: AsyncConsumer, layer: ChannelLayer, channel: str) -> None:
    """Have ``channel_receive`` read this mailbox, whatever it was before."""
    vars(consumer).pop("channel_receive", None)  # it is made when asked for
    # Not where a class of somebody's own has a value of that name.
    if type(consumer).channel_receive is not AsyncConsumer.channel_receive:
        consumer.channel_receive = functools.partial(layer.receive, channel)
