"""The application of a Django project: pages, and consumers beside them."""

from typing import Any

from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from minichannels.consumer import AsyncConsumer
from minichannels.generic.websocket import WebsocketConsumer
from minichannels.routing import (
    ChannelNameRouter,
    ProtocolTypeRouter,
    URLRouter,
)
from minichannels.types import Message


def users() -> str:
    return ", ".join(User.objects.values_list("username", flat=True))


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(users())


class Users(WebsocketConsumer):
    """Tells who there is."""

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.send(users())


class Thumbs(AsyncConsumer):
    """Tells, by its layer, what it was given."""

    async def picture_make(self, event: Message) -> None:
        layer: Any = self.channel_layer
        layer.made.append(event["id"])


urlpatterns = [path("users/", page)]
# To Django's types, only what answers a request can have a path.
consumer: Any = Users.as_asgi()
pages: Any = get_asgi_application()
routes: Any = [path("ws/users/", consumer)]
application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": URLRouter(routes),
        "channel": ChannelNameRouter({"pictures": Thumbs.as_asgi()}),
    }
)
