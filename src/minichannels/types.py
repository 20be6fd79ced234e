"""The words of ASGI, as types.

A *scope* describes one connection; a *message* (the specification also says
*event*) is a dict with a ``"type"``; an *application* is a coroutine function
of three arguments. Everything in this library composes because everything in
it is such an application: routers, middleware and consumers alike.

Source: ASGI specification, "Applications".
"""

from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any, Protocol

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[Any]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[Any]]


class ChannelLayer(Protocol):
    """What a consumer asks of a channel layer, whoever wrote it.

    Source: Channels, "Channel Layer Specification".
    """

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Put a message into one channel's mailbox."""

    async def receive(self, channel: str) -> dict[str, Any]:
        """Take the oldest message of a channel, waiting if there is none."""

    async def new_channel(self, prefix: str = ...) -> str:
        """Make a channel name that nobody else has."""

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group."""

    async def group_discard(self, group: str, channel: str) -> None:
        """End a channel's membership of a group."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send a message to every member of a group."""


class Observer(Protocol):
    """What may watch a consumer, which looks for it in :data:`OBSERVER`."""

    def consumer_started(self, consumer: Any) -> None:
        """A consumer has its scope and its channel name."""

    def handler_started(
        self, consumer: Any, name: str, message: Message
    ) -> None:
        """The handler called ``name`` is about to run."""

    def handler_ended(
        self, consumer: Any, name: str, error: BaseException | None
    ) -> None:
        """The handler is done; ``error`` is what it raised, if it did."""

    def message_unhandled(self, consumer: Any) -> None:
        """The handler that is about to run is not there."""

    def message_refused(
        self, consumer: Any, message: Message, error: BaseException
    ) -> None:
        """A message from a layer has a type that the consumer refuses."""

    def in_thread(
        self, call: Callable[[], None], message: Message
    ) -> Callable[[], None]:
        """A sync handler's call is to be made; return what makes it."""
        ...

    def thread_waited(self, consumer: Any, name: str, seconds: float) -> None:
        """A sync handler waited long for one of the pool's threads."""

    def connection_refused(self, why: str) -> None:
        """A word for what speaks against the connection, if it is refused."""


OBSERVER: ContextVar[Observer | None] = ContextVar("observer", default=None)
"""Who watches the consumer that is served in this context.

Not a key of the scope: an application may copy that, list it or send it on.
"""


def tell_refused(why: str) -> None:
    """Tell who watches, in a word, what speaks against a connection."""
    if (observer := OBSERVER.get()) is not None:
        observer.connection_refused(why)


class LayerObserver(Protocol):
    """What may watch a channel layer lose messages."""

    def message_lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> None:
        """A message will not be read; ``reason`` says why in words."""
