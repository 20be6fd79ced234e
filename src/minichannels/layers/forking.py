"""Locks that are free in a process that was forked.

How it works: a fork copies the thread that forks, and no other. If another one
has a lock just then, nobody in the child would ever give it back.
"""

import contextlib
import os
import threading
import weakref
from typing import Any

_locks: weakref.WeakSet[Any] = weakref.WeakSet()


def new_lock() -> threading.Lock:
    """Return a lock that is free in each child."""
    lock = threading.Lock()
    _locks.add(lock)
    return lock


def new_rlock() -> threading.RLock:
    """Return such a lock that lets its own thread in again."""
    lock = threading.RLock()
    _locks.add(lock)
    return lock


def _free_all() -> None:
    for lock in _locks:
        lock._at_fork_reinit()  # as Python's own modules do with theirs


with contextlib.suppress(AttributeError):  # Windows has no fork
    os.register_at_fork(after_in_child=_free_all)
