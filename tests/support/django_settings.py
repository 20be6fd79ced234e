"""Django, set up once for all that compares with Channels, or stands beside it.

Modules are imported by name: Channels has no types, and not all of Django's.
"""

import atexit
import importlib
import tempfile
from pathlib import Path
from typing import Any, ClassVar

_django: Any = importlib.import_module("django")
_settings: Any = importlib.import_module("django.conf").settings
_folder = tempfile.TemporaryDirectory()
atexit.register(_folder.cleanup)


def set_up() -> None:
    """Configure Django, unless that was done before in this process."""
    if _settings.configured:
        return
    _settings.configure(
        ALLOWED_HOSTS=["allowed.example", ".sub.example"],
        CHANNEL_LAYERS={
            "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
        },
        # Users and sessions that need no database.
        AUTHENTICATION_BACKENDS=["support.django_settings.Backend"],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
        ],
        # Of tests that do need one; a file, as threads are to share it.
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": Path(_folder.name) / "db.sqlite3",
            }
        },
        SESSION_FILE_PATH=_folder.name,
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        SECRET_KEY="only for tests",
        USE_TZ=True,
    )
    _django.setup()
    # As in a project that names it; tests start it when they are about it.
    importlib.import_module("minichannels.contrib.django.apps")
    signals: Any = importlib.import_module("django.contrib.auth.signals")
    signals.user_logged_in.disconnect(dispatch_uid="update_last_login")


class Backend:
    """Knows the users that a test has put here."""

    users: ClassVar[dict[int, Any]] = {}

    def get_user(self, pk: int) -> Any:
        """Return the user with a key."""
        user = self.users.get(pk)
        return user if user is None or user.is_active else None
