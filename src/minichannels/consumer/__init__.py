"""Consumers: one object for each scope, one method for each type of event.

Source: Channels, "Consumers".
"""

from asgiref.sync import async_to_sync

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.consumer.async_consumer import AsyncConsumer
from minichannels.consumer.dispatching import await_many_dispatch
from minichannels.consumer.handlers import get_handler_name
from minichannels.consumer.sync_consumer import SyncConsumer
from minichannels.db import aclose_old_connections, database_sync_to_async
from minichannels.exceptions import StopConsumer
from minichannels.layers import get_channel_layer

# Many are from elsewhere: consumers of Channels import them from here, too.
__all__ = [
    "DEFAULT_CHANNEL_LAYER",
    "AsyncConsumer",
    "StopConsumer",
    "SyncConsumer",
    "aclose_old_connections",
    "async_to_sync",
    "await_many_dispatch",
    "database_sync_to_async",
    "get_channel_layer",
    "get_handler_name",
]
