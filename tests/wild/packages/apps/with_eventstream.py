"""django-eventstream, and django-ninja-extra: events, and an interface."""

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["django_eventstream", "ninja_extra"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
    USE_TZ=True,
)

from django.core.asgi import get_asgi_application  # noqa: E402

app = get_asgi_application()

import django_eventstream  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from ninja import Schema  # noqa: E402
from ninja_extra import (  # noqa: E402
    NinjaExtraAPI,
    api_controller,
    http_get,
    http_post,
)


def tell(request, word):
    django_eventstream.send_event("room", "message", {"text": word})
    return HttpResponse(word)


class Note(Schema):
    text: str


@api_controller("/notes")
class Notes:
    @http_get("/sum")
    def sum(self, one: int, other: int):
        return {"sum": one + other}

    @http_post("/echo")
    async def echo(self, note: Note):
        return note.dict()


api = NinjaExtraAPI()
api.register_controllers(Notes)

events = include(django_eventstream.urls)
urlpatterns = [
    path("events/", events, {"channels": ["room"]}),
    path("tell/<str:word>", tell),
    path("api/", api.urls),
]
