"""A Django project in one file, and a consumer beside it.

Modules are imported by name: Django has no types.
"""

import importlib
from typing import Any

from minichannels.routing import ProtocolTypeRouter, URLRouter, path
from support.everywhere import Echo

settings: Any = importlib.import_module("django.conf").settings
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
)
asgi: Any = importlib.import_module("django.core.asgi")
http: Any = importlib.import_module("django.http")
urls: Any = importlib.import_module("django.urls")


def hello(request: Any, name: str) -> Any:
    return http.HttpResponse(f"hello, {name}")


urlpatterns = [urls.path("hello/<str:name>/", hello)]
application = ProtocolTypeRouter(
    {
        "http": asgi.get_asgi_application(),
        "websocket": URLRouter([path("echo/", Echo.as_asgi())]),
    }
)
