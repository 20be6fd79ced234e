import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "club.settings")
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ChannelNameRouter, ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path, re_path

from club.chat import Chat
from club.dashboard import Dashboard, Jobs
from club.game import Play
from club.notices import Notices
from club.presence import Friends

urlpatterns = []
sockets = URLRouter(
    [
        path("ws/chat/<slug:room>/", Chat.as_asgi()),
        path("ws/notices/", Notices.as_asgi()),
        re_path(r"^ws/play/$", Play.as_asgi()),
        path("ws/friends/", Friends.as_asgi()),
        path("ws/dashboard/", Dashboard.as_asgi()),
    ]
)
application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(sockets)),
        "channel": ChannelNameRouter({"jobs": Jobs.as_asgi()}),
    }
)
