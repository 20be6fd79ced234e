"""Scopes, consumers and channel layers, small enough to read to the end.

The import paths below this package are those of Django Channels: a consumer
written for ``minichannels`` runs on ``channels`` with that one word changed.
"""

__version__ = "0.1.0"

DEFAULT_CHANNEL_LAYER = "default"
"""The alias of the channel layer that a consumer uses unless told otherwise."""
