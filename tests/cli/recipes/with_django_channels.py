from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

MEMORY = "channels.layers.InMemoryChannelLayer"
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    CHANNEL_LAYERS={"default": {"BACKEND": MEMORY}},
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
)
pages = get_asgi_application()


def hello(request: HttpRequest, name: str) -> JsonResponse:
    return JsonResponse({"hello": name})


class Chat(AsyncWebsocketConsumer):
    groups = ["lobby"]

    async def receive(self, text_data: str) -> None:
        message = {"type": "chat.message", "text": text_data}
        await self.channel_layer.group_send("lobby", message)

    async def chat_message(self, event: dict[str, str]) -> None:
        await self.send(event["text"])


urlpatterns = [path("hello/<name>", hello)]
sockets = URLRouter([path("chat/<room>", Chat.as_asgi())])
application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
