"""Django Channels with a login, its layer in memory."""

from channels_site import site

app = site({"BACKEND": "channels.layers.InMemoryChannelLayer"})
