"""Database connections beside consumers: closed when they have grown old.

How it works: a connection belongs to the thread that has opened it, and Django
looks after it when a request begins and ends. A consumer has no requests, so
the same is done around its code that uses a database. Sync consumers share
one thread, which may keep its connections, as ``CONN_MAX_AGE`` says. The pool
of those that run in parallel would hold one for each of its threads, so there
all are closed.

Source: Channels, "Database Access"; Django, "Connection management".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import close_old_connections, connections
from django.db.backends.signals import connection_created

from minichannels.db import database


@contextmanager
def around(keep: bool) -> Iterator[None]:
    """Look after the connections of this thread, before and afterwards.

    Args:
        keep: whether it may keep those that are not too old.
    """
    close_old_connections()
    try:
        yield
    finally:
        if keep:
            close_old_connections()
        else:
            connections.close_all()


def look_after() -> None:
    """Have consumers look after the connections from now on."""
    database.around = around
    known = connections.all(initialized_only=True)
    database.opened = any(one.connection is not None for one in known)
    connection_created.connect(_note, dispatch_uid="minichannels")


def _note(**_: Any) -> None:
    database.opened = True
