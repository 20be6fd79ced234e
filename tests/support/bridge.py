"""The bridge to Django, in a process that goes on without it afterwards."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from asgiref.sync import SyncToAsync
from django.apps import AppConfig
from django.contrib.auth import user_logged_in, user_logged_out
from django.core.management import call_command
from django.core.signals import setting_changed
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_delete, post_save

from minichannels.auth.closing import Opening
from minichannels.auth.logins import Logins
from minichannels.auth.middleware import UserLazyObject
from minichannels.consumer import SyncConsumer
from minichannels.contrib.django import apps
from minichannels.contrib.django import connections as bridge
from minichannels.contrib.django.following import models_of_users
from minichannels.db import database
from minichannels.generic._base import WebsocketBase
from minichannels.layers import ChannelLayerManager, channel_layers
from minichannels.routing.url_router import NoRoute
from minichannels.security.websocket import ProjectHosts
from minichannels.sessions import InstanceSessionWrapper

SIGNALS = (
    connection_created,
    setting_changed,
    user_logged_in,
    user_logged_out,
)


@functools.cache
def make_tables() -> None:
    """Make the database, once in a process."""
    call_command("migrate", verbosity=0)


@contextmanager
def bridged() -> Iterator[None]:
    """Do what Django does when it starts a project that names minichannels."""
    kept = {
        (owner, name): getattr(owner, name)
        for owner, name in (
            (ChannelLayerManager, "_minichannels_configs"),
            (SyncConsumer, "thread_sensitive"),
            (WebsocketBase, "accept_later"),
            (InstanceSessionWrapper, "_minichannels_home"),
            (Logins, "default"),
            (Opening, "group"),
            (UserLazyObject, "_wrapped"),
            (UserLazyObject, "_minichannels_stays"),
            (ProjectHosts, "validator"),
            (NoRoute, "below"),
        )
    }
    make_tables()
    connections.close_all()
    AppConfig.create("minichannels").ready()
    try:
        yield
    finally:
        connections.close_all()
        # The one thread of all; what others have left is not ours to close.
        SyncToAsync.single_thread_executor.submit(
            connections.close_all
        ).result()
        bridge._known.clear()
        apps._tell_if_useless.cache_clear()
        for signal in SIGNALS:
            signal.disconnect(dispatch_uid="minichannels")
        for model in models_of_users():
            for signal in (post_save, post_delete):
                signal.disconnect(sender=model, dispatch_uid="minichannels")
        vars(database).clear()
        for (owner, name), value in kept.items():
            setattr(owner, name, value)
        channel_layers.configure(None)
