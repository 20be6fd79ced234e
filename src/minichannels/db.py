"""The names with which consumers call synchronous database code.

How it works: a call to a database blocks, so an asynchronous consumer makes
it in a thread and awaits the answer. A connection to a database grows old, so
something has to close it around such calls. That is known by who opens them:
``minichannels.contrib.django`` takes the place of :class:`Database` for this.

Source: Channels, "Database Access".
"""

import functools
import importlib
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import SyncToAsync, sync_to_async

from minichannels._bridge import is_left_out

__all__ = [
    "Database",
    "DatabaseSyncToAsync",
    "SyncToAsync",
    "aclose_old_connections",
    "database",
    "database_sync_to_async",
    "sync_to_async",
]

logger = logging.getLogger("minichannels")

_P = ParamSpec("_P")
_R = TypeVar("_R")


@functools.cache  # said once
def _say_what_is_left_out() -> None:
    logger.warning(
        "connections to the database are not looked after: a Django project"
        " has to name 'minichannels' in its INSTALLED_APPS"
    )


def _around(_: bool) -> AbstractContextManager[Any]:
    if is_left_out():
        _say_what_is_left_out()
    return nullcontext()


class Database:
    """What is done about connections to databases: nothing, by itself.

    Attributes:
        is_open: tells whether there may be a connection that grows old.
        around: returns what goes around code that uses a database, in its
            thread; is told whether the thread may keep its connections.
    """

    is_open: Callable[[], bool] = bool  # which is False
    around: Callable[[bool], AbstractContextManager[Any]] = staticmethod(
        _around
    )


database = Database()
"""That of this process."""


class DatabaseSyncToAsync(SyncToAsync[_P, _R]):
    """A synchronous function or method that can be awaited.

    All calls run in one thread, one after the other, because a database
    connection usually belongs to the thread that opened it. ::

        name = await database_sync_to_async(find_name)(pk)

        class ChatConsumer(AsyncWebsocketConsumer):
            @database_sync_to_async
            def find_name(self, pk): ...
    """

    def thread_handler(self, loop: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the function; this runs in the thread."""
        with database.around(True):
            run: Any = super().thread_handler  # asgiref has no type for it
            return run(loop, *args, **kwargs)


# The name that people use: it reads like the function that it acts as.
database_sync_to_async = DatabaseSyncToAsync


async def aclose_old_connections() -> None:
    """Close the connections that are too old, or broken.

    Consumers do so before each event, if there is any connection. What else
    runs for long has to do it by itself, now and then.
    """
    if database.is_open():
        await _nothing()


@database_sync_to_async
def _nothing() -> None:
    """Use no database; what goes around does the work."""


def __getattr__(name: str) -> Any:
    # Channels has it here, and tests patch it; whoever does has Django.
    if name == "close_old_connections":
        return importlib.import_module("django.db").close_old_connections
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
