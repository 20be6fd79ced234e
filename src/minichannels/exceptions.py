"""Every exception of the library.

    Exception
    ├── AcceptConnection, DenyConnection   raised in connect() to decide there
    ├── StopConsumer                       raised in a handler to end
    ├── ChannelFull                        a mailbox has no room
    ├── MessageTooLarge                    a message is over a megabyte
    ├── RequestAborted
    │   └── RequestTimeout
    ├── ValueError
    │   └── InvalidChannelLayerError       a layer is missing or misconfigured
    └── RuntimeError
        └── ProtocolError                  an ASGI event out of its order

All names but ``ProtocolError`` are those of ``channels.exceptions``.
"""


class RequestAborted(Exception):
    """The client went away before its request had arrived in full."""


class RequestTimeout(RequestAborted):
    """The request's body took too long to arrive."""


class InvalidChannelLayerError(ValueError):
    """A channel layer is missing, or its configuration is wrong."""


class AcceptConnection(Exception):
    """Raise in ``connect()`` to accept the WebSocket."""


class DenyConnection(Exception):
    """Raise in ``connect()`` to refuse the WebSocket."""


class ChannelFull(Exception):
    """A channel's mailbox has no room for another message.

    Attributes:
        channel: the channel's name, if the layer told it.
        capacity: how many messages may wait in it, if the layer told it.
    """

    def __init__(
        self,
        message: str = "",
        *,
        channel: str | None = None,
        capacity: int | None = None,
    ) -> None:
        super().__init__(message)
        self.channel = channel
        self.capacity = capacity


class MessageTooLarge(Exception):
    """A message is larger than a channel layer must carry."""


class StopConsumer(Exception):
    """Raise in a handler to end the consumer; no error is reported."""


class ProtocolError(RuntimeError):
    """An ASGI event that its protocol does not allow at this point."""
