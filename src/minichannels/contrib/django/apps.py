"""What Django does for consumers when it starts.

Source: Channels, "Installation", and "Consumers", "SyncConsumer".
"""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.signals import setting_changed

from minichannels.consumer import SyncConsumer
from minichannels.contrib.django import connections
from minichannels.layers import channel_layers


class ChannelsConfig(AppConfig):
    """The application that a project names in ``INSTALLED_APPS``.

    A database connection belongs to a thread, and so do transactions. So sync
    consumers all run in one, unless their class says that it is not
    ``thread_sensitive``.
    """

    name = "minichannels.contrib.django"
    label = verbose_name = "minichannels"

    def ready(self) -> None:
        """Put Django's in place of the library's defaults."""
        SyncConsumer.thread_sensitive = True
        connections.look_after()
        if hasattr(settings, "CHANNEL_LAYERS"):
            channel_layers.configure(settings.CHANNEL_LAYERS)
        setting_changed.connect(_notice, dispatch_uid="minichannels")


def _notice(setting: str, **_: Any) -> None:
    """Take a setting anew that a test has changed."""
    if setting == "CHANNEL_LAYERS":
        channel_layers.configure(getattr(settings, setting, None))
