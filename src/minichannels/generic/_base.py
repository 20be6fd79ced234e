"""What the sync and the async WebSocket consumer share.

How it works: their handlers differ in how they wait, not in what they decide.
Which groups a consumer declares, whether ``connect()`` has decided, what a
client that is gone means: all of this stands here, once.

Source: Channels, "WebsocketConsumer"; ASGI specification, "WebSocket".
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from minichannels.consumer import AsyncConsumer
from minichannels.consumer.handlers import is_ours
from minichannels.consumer.lifecycle import life_of
from minichannels.exceptions import (
    InvalidChannelLayerError,
    UndecidedError,
)
from minichannels.protocol import State

# What a client that vanished without a close frame is reported as.
NO_STATUS = 1005


class WebsocketBase(AsyncConsumer):
    """The attributes and decisions of both kinds of consumer.

    Attributes:
        groups: groups to join on connect and to leave on disconnect.
        accept_later: whether ``connect()`` may leave the decision to a
            later handler; otherwise it has to accept or to close.
    """

    groups: Sequence[str] | None = None
    accept_later: bool = False

    _minichannels_websocket: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.groups is None:
            self.groups = []


def own_groups(consumer: WebsocketBase) -> Sequence[str]:
    """Return the groups that a consumer's class declares.

    Raises:
        TypeError: they are no list of names, or an ``__init__`` of its own
            has kept this class's from running.
        InvalidChannelLayerError: there is no layer that has groups.
    """
    name = type(consumer).__name__
    groups = consumer.groups
    if groups and isinstance(groups, str):
        raise TypeError(
            f"{name}.groups is a list of names, not a str;"
            f" write groups = [{groups!r}]"
        )
    if not isinstance(groups, Iterable):
        raise TypeError(
            f"{name}.groups is a list of names, not {groups!r}"
            + (
                "; write super().__init__() in its __init__"
                if consumer.groups is None
                else ""
            )
        )
    if groups and not hasattr(consumer.channel_layer, "group_add"):
        raise InvalidChannelLayerError(
            f"{name}.groups needs a channel layer with groups, and"
            f" {consumer.channel_layer_alias!r} has none"
        )
    return groups


def decide(consumer: WebsocketBase) -> None:
    """Note that a consumer has decided, whenever the server hears of it."""
    life = life_of(consumer)
    # A send() of its own may have put the event into a queue.
    life.lent |= life.state is State.CONNECTING


def is_undecided(consumer: WebsocketBase) -> bool:
    """Return whether ``connect()`` ought to have decided, and has not."""
    life = life_of(consumer)
    return (
        life.state is State.CONNECTING
        and not life.lent
        and not consumer.accept_later
        # One of its own may do as it likes, as a mock in its place.
        and is_ours(consumer.close)  # type: ignore[attr-defined]
    )


def undecided_error(consumer: WebsocketBase) -> UndecidedError:
    """Return the error that says so."""
    return UndecidedError(
        f"{type(consumer).__name__}.connect() ended without a decision, so"
        " the connection was refused; call accept() or close() in it,"
        " or set accept_later = True on the class"
    )
