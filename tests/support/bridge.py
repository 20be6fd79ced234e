"""The bridge to Django, in a process that goes on without it afterwards."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import AppConfig
from django.core.management import call_command
from django.core.signals import setting_changed
from django.db import connections
from django.db.backends.signals import connection_created

from minichannels.consumer import SyncConsumer
from minichannels.db import database
from minichannels.layers import channel_layers


@functools.cache
def make_tables() -> None:
    """Make the database, once in a process."""
    call_command("migrate", verbosity=0)


@contextmanager
def bridged() -> Iterator[None]:
    """Do what Django does when it starts a project that names minichannels."""
    before = {**vars(database)}, SyncConsumer.thread_sensitive
    make_tables()
    connections.close_all()
    AppConfig.create("minichannels").ready()
    try:
        yield
    finally:
        connections.close_all()
        for signal in (connection_created, setting_changed):
            signal.disconnect(dispatch_uid="minichannels")
        vars(database).clear()
        vars(database).update(before[0])
        SyncConsumer.thread_sensitive = before[1]
        channel_layers.configure(None)
