"""Routers: applications that hand a connection on to one of several others.

How it works: a router looks at one thing in the scope (its type, its path or
its channel name), picks the application for it and calls that with the scope.
Routers are applications themselves, so they nest.

Source: Channels, "Routing".
"""

import importlib
from typing import Any

from minichannels.routing.key_routers import (
    ChannelNameRouter,
    ProtocolTypeRouter,
)
from minichannels.routing.routes import path, re_path
from minichannels.routing.url_router import URLRouter

__all__ = [
    "ChannelNameRouter",
    "ProtocolTypeRouter",
    "URLRouter",
    "path",
    "re_path",
]


def __getattr__(name: str) -> Any:
    # Channels has it here; whoever names it has Django.
    if name == "get_default_application":
        place = "minichannels.contrib.django.applications"
        return importlib.import_module(place).get_default_application
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
