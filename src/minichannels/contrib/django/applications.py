"""The application that a project names in its setting ``ASGI_APPLICATION``.

Source: Channels, "Deploying"; Django, "How to deploy with ASGI".
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from minichannels._masking import short


def get_default_application() -> Any:
    """Return the application of the project.

    Raises:
        ImproperlyConfigured: it names none, or one that cannot be imported.
    """
    name = getattr(settings, "ASGI_APPLICATION", None)
    if not isinstance(name, str):
        raise ImproperlyConfigured(
            f"the setting ASGI_APPLICATION is {short(name)}; it names what to"
            " serve, such as 'mysite.asgi.application'"
        )
    try:
        return import_string(name)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"the setting ASGI_APPLICATION is {short(name)}, and that cannot be"
            f" imported: {error}"
        ) from error
