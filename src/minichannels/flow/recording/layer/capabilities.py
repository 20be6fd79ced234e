"""What a layer tells of itself: much, if it is ours; often nothing.

How it works: a layer has to take messages and hand them out, and no more is
asked of it. Whatever else it lets one know is looked for here, in one place;
where it says nothing, or raises an error (some are there in an event loop
alone), nothing is made up.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any


class LayerCapabilities:
    """What one layer tells.

    Args:
        layer: any channel layer.

    Attributes:
        groups: its groups with their members; none if it does not tell.
        losses: whether it says which messages are lost.
    """

    def __init__(self, layer: Any) -> None:
        groups = asked_of(layer, "groups", None)
        self.groups: Mapping[str, Iterable[str]] = (
            groups if isinstance(groups, Mapping) else {}
        )
        self.losses = asked_of(layer, "observer", self) is not self
        self._layer = layer

    def waiting(self, channel: str) -> int:
        """Return how many messages wait; 0 if the layer does not tell."""
        mailbox = asked_of(self._layer, "channels", {}).get(channel)
        return len(getattr(mailbox, "messages", ()))

    def capacity(self, channel: str) -> int | None:
        """Return how many messages a mailbox holds, if the layer tells."""
        return self.capacities()(channel)

    def capacities(self) -> Callable[[str], int | None]:
        """Return what to ask for capacities, of many mailboxes in a row."""
        ask: Callable[[str], int | None]
        ask = asked_of(self._layer, "get_capacity", _unknown)
        return ask

    def expired(self) -> str:
        """Return that a message waited for too long, in words."""
        return f"expired {self._layer.expiry:g} s"


def _unknown(channel: str) -> None:
    return None


def asked_of(layer: Any, name: str, default: Any) -> Any:
    """Return an attribute of a layer, if the layer gives it away."""
    try:
        return getattr(layer, name, default)
    except Exception:  # whatever its own __getattr__ raises
        return default
