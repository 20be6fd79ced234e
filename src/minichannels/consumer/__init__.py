"""Consumers: one object for each scope, one method for each type of event.

Source: Channels, "Consumers".
"""

from minichannels.consumer.async_consumer import AsyncConsumer
from minichannels.consumer.handlers import get_handler_name
from minichannels.consumer.sync_consumer import SyncConsumer

__all__ = ["AsyncConsumer", "SyncConsumer", "get_handler_name"]
