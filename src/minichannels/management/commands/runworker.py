"""The name of ``channels.management.commands.runworker``.

A project that has a ``runworker`` of its own derives it from this one.
"""

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.contrib.django.applications import get_default_application
from minichannels.contrib.django.management.commands.runworker import Command
from minichannels.layers import get_channel_layer
from minichannels.worker import Worker

__all__ = [
    "DEFAULT_CHANNEL_LAYER",
    "Command",
    "Worker",
    "get_channel_layer",
    "get_default_application",
]
