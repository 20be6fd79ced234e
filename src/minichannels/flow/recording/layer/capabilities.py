"""What a layer tells of itself: much, if it is ours; often nothing.

How it works: a layer has to take messages and hand them out, and no more is
asked of it. Whatever else it lets one know is looked for here, in one place;
where it says nothing, or raises an error (some are there in an event loop
alone), nothing is made up.

Channels' own layer in memory does not tell whom a message to a group did not
reach. But its mailboxes are queues that may be looked at: one that was full
before and has the same last message after has taken none.
"""

import asyncio
import functools
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from minichannels.layers import InMemoryChannelLayer
from minichannels.layers.base import BaseChannelLayer
from minichannels.layers.freezing import Frozen

Take = Callable[[str], dict[str, Any] | Frozen | None]
"""Takes the oldest message of a channel; None if in doubt."""

_IN_MEMORY = "InMemoryChannelLayer"


class LayerCapabilities:
    """What one layer tells.

    Args:
        layer: any channel layer.

    Attributes:
        groups: its groups with their members; none if it does not tell.
        losses: whether it says which messages are lost.
        take: takes a message without waiting, if it is ours in memory.
        has_queues: whether it sends as Channels' layer in memory does, into
            queues that may be looked at.
    """

    def __init__(self, layer: Any) -> None:
        groups = asked_of(layer, "groups", None)
        self.groups: Mapping[str, Iterable[str]] = (
            groups if _has_members(groups) else {}
        )
        own = asked_of(layer, "_minichannels", None)
        # Of its class: a mock has whatever attribute it is asked for.
        is_ours = issubclass(type(layer), BaseChannelLayer)
        self.losses = is_ours and hasattr(own, "observer")
        self.has_queues = _has_queues(layer)
        self._layer = layer
        self._own = _attributes(layer)
        self.take = _taking(layer)

    def full(self, channels: Iterable[str]) -> dict[str, Any]:
        """Return what lies last in those of some mailboxes that are full."""
        queues = self._layer.channels  # which flush() replaces
        found = {name: queues[name] for name in channels if name in queues}
        return {
            name: queue._queue[-1]
            for name, queue in found.items()
            if queue.full()
        }

    def waiting(self, channel: str) -> int:
        """Return how many messages wait; 0 if the layer does not tell."""
        if not self.losses:
            return 0  # those of somebody else may be anything
        mailbox = asked_of(self._layer, "channels", {}).get(channel)
        return len(getattr(mailbox, "messages", ()))

    def capacity(self, channel: str) -> int | None:
        """Return how many messages a mailbox holds, if the layer tells."""
        return self._capacities()(channel)

    def rooms(self, channels: Sequence[str]) -> list[int | None] | int:
        """Return how many messages each of some mailboxes holds.

        Returns:
            For each channel; or a number for all, where that is certain.
        """
        own = self._own
        if own and not own["channel_capacity"] and "get_capacity" not in own:
            room = own["capacity"]  # who has a layer may change it
            if type(room) is int:
                return room
        # All are asked first: who knows what a layer's own code does.
        return list(map(self._capacities(), channels))

    def _capacities(self) -> Callable[[str], int | None]:
        """Return what to ask for capacities, of many mailboxes in a row."""
        ask: Callable[[str], int | None]
        ask = asked_of(self._layer, "get_capacity", _unknown)
        return ask if self.losses else functools.partial(_room, ask)

    def expired(self) -> str:
        """Return that a message waited for too long, in words."""
        return f"expired {self._layer.expiry:g} s"


def _has_members(groups: Any) -> bool:
    """Return whether groups are told as Channels' layer in memory does."""
    return isinstance(groups, Mapping) and all(
        isinstance(members, Collection) for members in list(groups.values())
    )


def _has_queues(layer: Any) -> bool:
    """Return whether a layer sends as Channels' own one in memory does."""
    known = getattr(sys.modules.get("channels.layers"), _IN_MEMORY, None)
    # Of its class: a mock says that it is what it was made to look like.
    if known is None or not issubclass(type(layer), known):
        return False
    same = [
        getattr(type(layer), name) is getattr(known, name)
        for name in ("send", "group_send")
    ]
    return all(same)


def _room(ask: Callable[[str], Any], channel: str) -> int | None:
    """Return what a layer of somebody else says that a mailbox holds."""
    try:
        room = ask(channel)
    except Exception:  # such as of one without the attributes of its base
        return None
    if asyncio.iscoroutine(room):  # as that of a mock
        room.close()
    return room if isinstance(room, int) else None


def _taking(layer: Any) -> Take | None:
    """Return what takes a message out without waiting, if the layer is ours."""
    if not issubclass(type(layer), InMemoryChannelLayer):  # nor a mock of it
        return None
    take: Take = layer._minichannels.take
    return take


def _attributes(layer: Any) -> dict[str, Any]:
    """Return a layer's attributes, if it says as ours do what is held."""
    asked = getattr(type(layer), "get_capacity", None)
    own: dict[str, Any] = getattr(layer, "__dict__", {})
    is_ours = asked is BaseChannelLayer.get_capacity
    return own if is_ours and {"capacity", "channel_capacity"} <= {*own} else {}


def _unknown(channel: str) -> None:
    return None


def asked_of(layer: Any, name: str, default: Any) -> Any:
    """Return an attribute of a layer, if the layer gives it away."""
    try:
        return getattr(layer, name, default)
    except Exception:  # whatever its own __getattr__ raises
        return default
