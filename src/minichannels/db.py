"""The names with which consumers call synchronous database code.

How it works: a call to a database blocks, so an asynchronous consumer makes
it in a thread and awaits the answer. Channels also closes Django's outdated
connections there; this library has no Django, so only the thread is left.
Consumers import the same names and run on either.

Source: Channels, "Database Access".
"""

from typing import ParamSpec, TypeVar

from asgiref.sync import SyncToAsync, sync_to_async

__all__ = [
    "DatabaseSyncToAsync",
    "SyncToAsync",
    "aclose_old_connections",
    "database_sync_to_async",
    "sync_to_async",
]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class DatabaseSyncToAsync(SyncToAsync[_P, _R]):
    """A synchronous function or method that can be awaited.

    All calls run in one thread, one after the other, because a database
    connection usually belongs to the thread that opened it. ::

        name = await database_sync_to_async(find_name)(pk)

        class ChatConsumer(AsyncWebsocketConsumer):
            @database_sync_to_async
            def find_name(self, pk): ...
    """


# The name that people use: it reads like the function that it acts as.
database_sync_to_async = DatabaseSyncToAsync


async def aclose_old_connections() -> None:
    """Do nothing: without Django there is no connection to close.

    On Channels this closes the database connections that are too old or
    broken, which a long-running consumer has to do now and then by itself.
    """
