"""The name of ``channels.apps``, so that ``"minichannels"`` is enough.

Django looks here for what an entry of ``INSTALLED_APPS`` means.
"""

from minichannels.contrib.django.apps import ChannelsConfig

__all__ = ["ChannelsConfig"]
