"""chanx: typed messages on a consumer of Django Channels."""

from typing import Literal

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    CHANNEL_LAYERS={
        "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    },
    INSTALLED_APPS=["chanx.channels"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
)
pages = get_asgi_application()

from chanx.channels.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from chanx.core.decorators import channel, ws_handler  # noqa: E402
from chanx.messages.base import BaseMessage  # noqa: E402


class Say(BaseMessage):
    action: Literal["say"] = "say"
    payload: str


class Said(BaseMessage):
    action: Literal["said"] = "said"
    payload: str


@channel(name="chat")
class Chat(AsyncJsonWebsocketConsumer):
    groups = ["lobby"]

    @ws_handler(output_type=Said)
    async def say(self, message: Say) -> None:
        await self.broadcast_message(Said(payload=message.payload))


urlpatterns = []
app = ProtocolTypeRouter(
    {"http": pages, "websocket": URLRouter([path("chat/", Chat.as_asgi())])}
)
