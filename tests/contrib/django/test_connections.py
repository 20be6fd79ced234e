"""Connections of consumers to a database: a real one, of SQLite."""

import gc
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.contrib.django import connections as bridge
from minichannels.db import (
    aclose_old_connections,
    database,
    database_sync_to_async,
)
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message

Note = list[Any]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections may be kept, as ``CONN_MAX_AGE=None`` says."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", None)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Note:
    """Notes the thread of each look for old connections."""
    notes: Note = []
    look = bridge._close

    def noting(*, old: bool) -> None:
        notes.append(threading.get_ident())
        look(old=old)

    monkeypatch.setattr(bridge, "_close", noting)
    return notes


def is_open() -> bool:
    return connection.connection is not None


def count() -> int:
    """Use the database of this thread."""
    return User.objects.count()


async def handled(consumer: type[AsyncConsumer], *types: str) -> None:
    """Let a consumer handle events; they come from its client."""
    client = ApplicationCommunicator(consumer.as_asgi(), {"type": "test"})
    for type_ in types:
        await client.send_input({"type": type_})
        await client.receive_output()
    client.stop()


async def test_database_sync_to_async_closes_what_is_too_old() -> None:
    def used() -> bool:
        count()
        return is_open()

    assert await database_sync_to_async(used)()
    assert not await sync_to_async(is_open)()


async def test_database_sync_to_async_keeps_what_is_not(kept: None) -> None:
    await database_sync_to_async(count)()

    assert await sync_to_async(is_open)()
    await sync_to_async(connections.close_all)()


class Using(SyncConsumer):
    """Uses the database, and tells who it was and what was there before."""

    notes: Note

    def use(self, event: Message) -> None:
        self.notes.append((threading.get_ident(), is_open()))
        count()
        self.send({"type": "used"})


async def test_sync_consumers_share_one_connection(kept: None) -> None:
    class Shared(Using):
        notes: Note = []

    await handled(Shared, "use", "use")
    await handled(Shared, "use")

    thread = await sync_to_async(threading.get_ident)()
    assert Shared.notes == [(thread, False), (thread, True), (thread, True)]
    assert await sync_to_async(is_open)()
    await sync_to_async(connections.close_all)()


async def test_parallel_handler_closes_its_connections_when_it_ends(
    kept: None,
) -> None:
    class Parallel(Using):
        thread_sensitive = False
        notes: Note = []

        def look(self, event: Message) -> None:
            self.send({"type": "looked"})

    threads = set()
    for _ in range(3):
        await handled(Parallel, "use", "use")
        threads |= {thread for thread, _ in Parallel.notes}

    assert {was_open for _, was_open in Parallel.notes} == {False}
    assert await sync_to_async(threading.get_ident)() not in threads


class Echo(AsyncConsumer):
    async def echo(self, event: Message) -> None:
        await self.send(event)

    async def find(self, event: Message) -> None:
        await self.send({"type": "found", "users": await User.objects.acount()})


async def test_without_a_database_no_event_pays_for_it(looked: Note) -> None:
    await handled(Echo, "echo", "echo")
    await aclose_old_connections()

    assert looked == []


async def test_no_event_pays_for_what_is_closed(looked: Note) -> None:
    await database_sync_to_async(count)()
    looked.clear()

    await handled(Echo, "echo")

    assert looked == []


async def test_before_an_event_if_a_connection_is_open(looked: Note) -> None:
    await handled(Echo, "echo", "find", "echo")

    thread = await sync_to_async(threading.get_ident)()
    assert set(looked) == {thread}
    assert not await sync_to_async(is_open)()


async def test_connection_that_was_opened_before_counts(looked: Note) -> None:
    def start() -> None:
        connection_created.disconnect(dispatch_uid="minichannels")
        count()
        bridge.look_after()

    await sync_to_async(start)()
    await handled(Echo, "echo")

    assert looked
    assert not await sync_to_async(is_open)()


def test_connection_of_a_thread_that_has_ended_is_forgotten(
    kept: None,
) -> None:
    def use() -> None:
        count()
        connection.connection.close()  # behind Django's back: it is none's

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    gc.collect()

    assert not database.is_open()


async def test_database_in_memory_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_memory = {**connections.settings["default"], "NAME": ":memory:"}
    monkeypatch.setitem(connections.settings, "memory", in_memory)

    def forbidden(*_: Any) -> None:
        raise RuntimeError("Database access not allowed")

    def used() -> BaseDatabaseWrapper:
        connections["memory"].ensure_connection()
        return connections["memory"]

    used_before = await sync_to_async(used)()
    # As pytest-django has it, for a test that is not marked.
    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", forbidden)
    await handled(Echo, "echo")

    assert used_before.connection is not None
    used_before.connection.close()


def test_connection_of_a_backend_other_than_sqlites_is_asked() -> None:
    assert not bridge._is_in_memory(object())
