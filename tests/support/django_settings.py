"""Django, set up once for all that compares with Channels.

Modules are imported by name: Django and Channels have no types.
"""

import importlib
from typing import Any

_django: Any = importlib.import_module("django")
_settings: Any = importlib.import_module("django.conf").settings


def set_up() -> None:
    """Configure Django, unless that was done before in this process."""
    if _settings.configured:
        return
    _settings.configure(
        ALLOWED_HOSTS=["allowed.example", ".sub.example"],
        CHANNEL_LAYERS={
            "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
        },
        SECRET_KEY="only for tests",
        USE_TZ=True,
    )
    _django.setup()
