"""Whether a Django project has left out the bridge to it.

How it works: the library has defaults for what Django would know better. In a
project that forgets to name ``minichannels`` in its ``INSTALLED_APPS`` they
would stay, and nobody would ever be logged in. Nothing here imports Django: the
modules that are there tell enough.
"""

import sys
from typing import Any

_BRIDGE = "minichannels.contrib.django.apps"
"""The module that Django imports where the bridge is named."""


def is_left_out() -> bool:
    """Return whether Django has started without the bridge."""
    django: Any = sys.modules.get("django.apps")
    return (
        django is not None and django.apps.ready and _BRIDGE not in sys.modules
    )


def require_bridge(unknown: str, instead: str) -> None:
    """Refuse to go on with a default in a Django project.

    Args:
        unknown: what of Django's nobody knows without the bridge.
        instead: what else could be done.

    Raises:
        RuntimeError: Django has started without the bridge.
    """
    if is_left_out():
        raise RuntimeError(
            f"nobody knows the {unknown} of this Django project; put"
            f" 'minichannels' into its INSTALLED_APPS, or {instead}"
        )
