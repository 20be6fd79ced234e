"""A site of several processes: a door, and a room behind it.

All of them know the same users, the same key for cookies, and one layer, whose
address stands in the environment.
"""

import os

from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import channel_layers
from minichannels.layers.redis import RedisChannelLayer
from minichannels.sessions.signed import SignedCookieStore
from support.users import Users, site


class Room(AsyncWebsocketConsumer):
    """Is there, and does nothing."""


layer = RedisChannelLayer([os.environ["MINICHANNELS_TEST_LAYER"]])
channel_layers.set("default", layer)
application = site(
    Users("ada"), Room, SignedCookieStore(["a key that all processes have"])
)
