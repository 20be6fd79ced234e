"""The same applications on Channels; see ``contestants``."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support import contestants, django_settings

django_settings.set_up()
layers: Any = importlib.import_module("channels.layers")
generic: Any = importlib.import_module("channels.generic.websocket")
_consumer: Any = importlib.import_module("channels.consumer")

echo = contestants.echoing(generic.AsyncWebsocketConsumer)
echo_sync = contestants.echoing_sync(generic.WebsocketConsumer)
listener_sync = contestants.listening_sync(generic.WebsocketConsumer)
chat = contestants.chatting(generic.AsyncWebsocketConsumer)


@contextmanager
def without_cleanup() -> Iterator[None]:
    """Take out what looks after database connections at every event."""
    original = _consumer.aclose_old_connections

    async def nothing() -> None:
        """There is no database here."""

    _consumer.aclose_old_connections = nothing
    try:
        yield
    finally:
        _consumer.aclose_old_connections = original
