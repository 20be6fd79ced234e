"""Database connections beside consumers: closed when they have grown old.

How it works: a connection belongs to the thread that has opened it, and Django
looks after it when a request begins and ends. A consumer has no requests, so
the same is done around its code that uses a database; and before any event, if
a connection is open, as nobody knows what an async handler does. Sync consumers
share one thread, which may keep its connections, as ``CONN_MAX_AGE`` says. The
pool of those that run in parallel would hold one for each of its threads, so
there all are closed.

Source: Channels, "Database Access"; Django, "Connection management".
"""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from minichannels.db import database


@contextmanager
def around(keep: bool) -> Iterator[None]:
    """Look after the connections of this thread, before and afterwards.

    Args:
        keep: whether it may keep those that are not too old.
    """
    _close(old=True)
    try:
        yield
    finally:
        _close(old=keep)


def _close(*, old: bool) -> None:
    """Close the connections of this thread, or only those that are too old.

    One in a transaction stays as it is: whoever began that is not done, such
    as a ``TestCase``, all of which is one. So does a database in memory, which
    would end with its connection: Django does not close that, and a test may
    forbid to ask it anything.
    """
    for one in connections.all(initialized_only=True):
        if one.in_atomic_block or _is_in_memory(one):
            continue
        if old:
            one.close_if_unusable_or_obsolete()
        else:
            one.close()


def _is_in_memory(connection: Any) -> bool:
    # Backends other than SQLite's do not know the question.
    return bool(getattr(connection, "is_in_memory_db", bool)())


def look_after() -> None:
    """Have consumers look after the connections from now on."""
    database.around = around
    database.is_open = _is_open
    for one in connections.all(initialized_only=True):
        _note(one)
    connection_created.connect(_note, dispatch_uid="minichannels")


# Those of all threads: each thread sees only its own in Django.
_known: set["weakref.ref[BaseDatabaseWrapper]"] = set()


def _note(connection: BaseDatabaseWrapper, **_: Any) -> None:
    _known.add(weakref.ref(connection, _known.discard))


def _is_open() -> bool:
    # A copy, for other threads add to it.
    known = [reference() for reference in list(_known)]
    return any(one is not None and one.connection is not None for one in known)
