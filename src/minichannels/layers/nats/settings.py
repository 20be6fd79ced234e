"""What the parts of the layer on NATS ask of it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from minichannels.layers.nats.names import Names


class NatsSettings(Protocol):
    """What is asked of the layer.

    Attributes:
        expiry: seconds after which an unread message is gone.
        group_expiry: seconds after which a membership ends by itself.
        names: what things are called at the server.
        options: what else nats-py is told.
        servers: the servers' URLs.
        timeout: seconds after which a caller is told that they are away.
    """

    expiry: float
    group_expiry: float
    names: Names
    options: Mapping[str, Any]
    servers: Sequence[str]
    timeout: float

    def get_capacity(self, channel: str) -> int:
        """Return how many messages may wait in a channel."""
