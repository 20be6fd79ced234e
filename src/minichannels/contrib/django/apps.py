"""What Django does for consumers when it starts.

Source: Channels, "Installation", and "Consumers", "SyncConsumer".
"""

import functools
import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import ParseResult

from django.apps import AppConfig
from django.conf import settings
from django.core.signals import setting_changed
from django.urls import Resolver404
from django.utils.functional import empty

from minichannels.auth.closing import Opening
from minichannels.auth.logins import Logins
from minichannels.auth.middleware import UserLazyObject
from minichannels.consumer import SyncConsumer
from minichannels.contrib.django import connections, following
from minichannels.contrib.django.logins import DjangoLogins
from minichannels.contrib.django.sessions import DjangoSessions
from minichannels.generic._base import WebsocketBase
from minichannels.layers import ChannelLayerManager, channel_layers
from minichannels.routing.url_router import NoRoute
from minichannels.security.websocket import (
    OriginValidator,
    ProjectHosts,
    WebsocketDenier,
)
from minichannels.sessions import InstanceSessionWrapper
from minichannels.types import ASGIApp

logger = logging.getLogger(__name__)


class NoRouteBelow(Resolver404, ValueError):
    """A router has no route for what the one around it left of the path.

    As on Channels, code between the two may try another router then.
    """


class ChannelsConfig(AppConfig):
    """The application that a project names in ``INSTALLED_APPS``.

    A database connection belongs to a thread, and so do transactions. So sync
    consumers all run in one, unless their class says that it is not
    ``thread_sensitive``.

    Packages for Channels have consumers whose ``connect()`` starts a task, and
    it is this that accepts. So here ``connect()`` need not decide, unless the
    class says that it is not to ``accept_later``.
    """

    name = "minichannels.contrib.django"
    label = verbose_name = "minichannels"

    def __init__(self, *args: Any) -> None:
        # Here, not in ready(): a project's models may ask for a layer as soon
        # as they are imported, and would keep one that nobody else has.
        super().__init__(*args)
        if hasattr(settings, "CHANNEL_LAYERS"):
            _read_layers()

    def ready(self) -> None:
        """Put Django's in place of the library's defaults."""
        SyncConsumer.thread_sensitive = True
        WebsocketBase.accept_later = True
        connections.look_after()
        InstanceSessionWrapper._minichannels_home = DjangoSessions()
        Logins.default = DjangoLogins()
        Opening.group = "auth.opening"
        UserLazyObject._wrapped = empty  # projects ask for that
        UserLazyObject._minichannels_stays = True
        NoRoute.below = NoRouteBelow
        following.follow_pages()
        following.follow_users()
        ProjectHosts.validator = allowed_hosts_validator
        setting_changed.connect(_notice, dispatch_uid="minichannels")


class ProjectOrigins(OriginValidator):
    """Allows the pages of the project's hosts.

    An entry that no page can be of is passed over: Django takes it, as the
    ``""`` of an empty variable, and its other pages are to be served.
    """

    def match_allowed_origin(
        self, parsed_origin: ParseResult | None, pattern: str
    ) -> bool:
        """Return whether an origin matches one host, if any can."""
        try:
            return super().match_allowed_origin(parsed_origin, pattern)
        except ValueError:
            return False


def allowed_hosts_validator(application: ASGIApp) -> OriginValidator:
    """Return a validator for the hosts of the project.

    As in Django, those of this machine are allowed if there are none. The list
    is that of the settings itself, as a project may add some to it later.
    """
    hosts: list[str] = settings.ALLOWED_HOSTS
    if settings.DEBUG and not hosts:
        hosts = ["localhost", "127.0.0.1", "[::1]"]
    validator = ProjectOrigins(application, hosts)
    for host in hosts:
        _tell_if_useless(host)
    return validator


@functools.cache  # once, however many validators there are
def _tell_if_useless(host: str) -> None:
    try:
        OriginValidator(WebsocketDenier.as_asgi(), [host])
    except ValueError as error:
        logger.warning("ALLOWED_HOSTS: %s", error)


def _notice(setting: str, **_: Any) -> None:
    """Take a setting anew that a test has changed."""
    if setting == "CHANNEL_LAYERS":
        _read_layers()


def _read_layers() -> None:
    found = getattr(settings, "CHANNEL_LAYERS", None)
    live = ProjectLayers() if isinstance(found, Mapping) else found
    channel_layers.configure(live)
    ChannelLayerManager._minichannels_configs = channel_layers.configs


class ProjectLayers(Mapping[str, Any]):
    """The setting ``CHANNEL_LAYERS``, as it is each time that it is asked.

    Scripts and tests assign to it, with nothing that says so. As on Channels,
    that counts for layers that have not been made.
    """

    def __getitem__(self, alias: str) -> Any:
        return settings.CHANNEL_LAYERS[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(settings.CHANNEL_LAYERS)

    def __len__(self) -> int:
        return len(settings.CHANNEL_LAYERS)
