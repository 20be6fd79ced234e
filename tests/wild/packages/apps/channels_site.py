"""A project with users: a login page, and a chat for who has come in."""

from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.http import HttpResponse
from django.urls import path


def configure(layer):
    """Set Django up, with a channel layer; its database is made anew."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        CHANNEL_LAYERS={"default": layer},
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": "db.sqlite3",
            }
        },
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="only for tests",
        USE_TZ=True,
    )
    pages = get_asgi_application()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    for name in ("ada", "bob"):
        User.objects.create_user(name, password="correct horse")
    return pages


def login_page(request):
    from django.contrib.auth import authenticate, login

    user = authenticate(
        username=request.GET["name"], password=request.GET["password"]
    )
    if user is None:
        return HttpResponse("no", status=403)
    login(request, user)
    return HttpResponse(f"welcome, {user}")


class Chat(AsyncJsonWebsocketConsumer):
    groups = ["lobby"]

    async def connect(self):
        if self.scope["user"].is_authenticated:
            await self.accept()
        else:
            await self.close()

    async def receive_json(self, content):
        said = f"{self.scope['user']}: {content['said']}"
        message = {"type": "chat.message", "said": said}
        await self.channel_layer.group_send("lobby", message)

    async def chat_message(self, event):
        await self.send_json({"said": event["said"]})


urlpatterns = [path("login/", login_page)]


def site(layer, consumer=Chat):
    """Return the project's application."""
    pages = configure(layer)
    sockets = URLRouter([path("chat/", consumer.as_asgi())])
    return ProtocolTypeRouter(
        {"http": pages, "websocket": AuthMiddlewareStack(sockets)}
    )
