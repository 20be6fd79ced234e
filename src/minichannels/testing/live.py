"""The name of ``channels.testing.live``; it needs Django."""

from minichannels.contrib.django.applications import get_default_application
from minichannels.contrib.django.live import ChannelsLiveServerTestCase

__all__ = ["ChannelsLiveServerTestCase", "get_default_application"]
