"""What the sync and the async WebSocket consumer share.

How it works: their handlers differ in how they wait, not in what they decide.
Which groups a consumer declares, whether ``connect()`` has decided, what a
client that is gone means: all of this stands here, once.

Source: Channels, "WebsocketConsumer"; ASGI specification, "WebSocket".
"""

from collections.abc import Iterable, Sequence
from typing import Any

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import (
    InvalidChannelLayerError,
    StopConsumer,
    UndecidedError,
)
from minichannels.protocol import State
from minichannels.types import Message

# What a client that vanished without a close frame is reported as.
NO_STATUS = 1005

_DISCONNECT = "websocket.disconnect"


class ClientGone(OSError, StopConsumer):
    """Ends a handler: a server said that the client is gone (ASGI 2.4).

    An OSError, as what the server raised: a handler may expect one.
    """

    def __init__(self) -> None:
        super().__init__("the client has left, so nothing can be sent to it")


class WebsocketBase(AsyncConsumer):
    """The attributes and decisions of both kinds of consumer.

    Attributes:
        groups: groups to join on connect and to leave on disconnect.
        accept_later: whether ``connect()`` may leave the decision to a
            later handler; otherwise it has to accept or to close.
    """

    groups: Sequence[str] | None = None
    accept_later: bool = False

    _joined: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.groups is None:
            self.groups = []

    async def dispatch(self, message: Message) -> None:
        """Call the handler for a message; see the base class.

        A handler that sends to a client that has left ends there, quietly:
        the client's ``websocket.disconnect`` is already under way, and
        ``disconnect()`` runs when it arrives. After ``close()``, nothing but
        that event is handled.
        """
        if self._state is State.CLOSED and message["type"] != _DISCONNECT:
            return  # a late frame or message; no answer could be sent
        try:
            await super().dispatch(message)
        except ClientGone:
            return

    async def _leave(self) -> None:
        """Leave the declared groups, on a layer that cannot release too.

        After a disconnect none is left: this is for errors and cancellation.
        """
        if not self._can_release():
            for group in self._joined:
                await self.channel_layer.group_discard(group, self.channel_name)
        await super()._leave()

    def _own_groups(self) -> Sequence[str]:
        groups = self.groups or []
        if isinstance(groups, str):
            raise TypeError(
                f"{type(self).__name__}.groups is a list of names, not a str;"
                f" write groups = [{groups!r}]"
            )
        if not isinstance(groups, Iterable):
            raise TypeError(
                f"{type(self).__name__}.groups is a list of names, not"
                f" {groups!r}"
            )
        if groups and not hasattr(self.channel_layer, "group_add"):
            raise InvalidChannelLayerError(
                f"{type(self).__name__}.groups needs a channel layer with"
                f" groups, and {self.channel_layer_alias!r} has none"
            )
        return groups

    def _undecided(self) -> bool:
        return self._state is State.CONNECTING and not self.accept_later

    def _undecided_error(self) -> UndecidedError:
        return UndecidedError(
            f"{type(self).__name__}.connect() ended without a decision, so"
            " the connection was refused; call accept() or close() in it,"
            " or set accept_later = True on the class"
        )
