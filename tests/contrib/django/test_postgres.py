"""Connections to a server of PostgreSQL, which may end them."""

import asyncio
import functools
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.db import (
    OperationalError,
    close_old_connections,
    connections,
    models,
    transaction,
)

from minichannels.consumer import AsyncConsumer, SyncConsumer, threads
from minichannels.db import aclose_old_connections, database_sync_to_async
from minichannels.exceptions import StopConsumer
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Message
from support.limit import LIMIT
from support.postgres import postgres
from support.proxies import until

psycopg = pytest.importorskip("psycopg")

PID = "select pg_backend_pid()"
OTHERS = """select count(*) from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()"""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, Any]]:
    with postgres() as settings:
        yield settings


@pytest.fixture
def settings(
    server: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Any]]:
    """The server is another database of the project, by a name of its own.

    Threads keep what they have made of a name, closed or not.
    """
    found = {**connections.settings["default"], **server}
    monkeypatch.setattr(Server, "alias", f"postgres{id(found)}")
    monkeypatch.setitem(connections.settings, Server.alias, found)
    yield found
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


class Server:
    alias = ""


@pytest.fixture
def persistent(settings: dict[str, Any]) -> None:
    settings.update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True)


def ask(question: str = PID) -> int:
    with connections[Server.alias].cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


def elsewhere(settings: dict[str, Any], question: str) -> Any:
    """Ask the server on a connection of one's own."""
    where = {"host": settings["HOST"], "dbname": "postgres", "user": "test"}
    with psycopg.connect(**where, autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def holds(settings: dict[str, Any], number: int) -> bool:
    """Return whether the server has so many connections beside the asker's.

    It has ended the asker's last one some time after that was closed.
    """
    return bool(elsewhere(settings, OTHERS) == number)


class Sync(SyncConsumer):
    def pid(self, event: Message) -> None:
        self.send({"type": "pid", "pid": ask()})

    def end(self, event: Message) -> None:
        raise StopConsumer


class Parallel(Sync):
    thread_sensitive = False


class Async(AsyncConsumer):
    async def end(self, event: Message) -> None:
        raise StopConsumer


class Threaded(Async):
    async def pid(self, event: Message) -> None:
        pid = await database_sync_to_async(ask)()
        await self.send({"type": "pid", "pid": pid})


class Unwrapped(Async):
    """Leaves its connection open, as Django's async queries do."""

    async def pid(self, event: Message) -> None:
        pid = await sync_to_async(ask)()
        await self.send({"type": "pid", "pid": pid})


class Backend(models.Model):
    """A connection, as the server lists them."""

    pid: Any = models.IntegerField(primary_key=True)

    class Meta:
        app_label = "sessions"
        db_table = "pg_stat_activity"
        managed = False


class Queries(Async):
    """Asks with an async query of Django's."""

    async def pid(self, event: Message) -> None:
        itself = models.Func(function="pg_backend_pid")
        found = Backend.objects.using(Server.alias)
        pid = (await found.aget(pid=itself)).pid
        await self.send({"type": "pid", "pid": pid})


CONSUMERS = [Sync, Parallel, Threaded, Unwrapped, Queries]


def client(consumer: type[AsyncConsumer]) -> ApplicationCommunicator:
    return ApplicationCommunicator(consumer.as_asgi(), {"type": "test"})


async def pid_of(client: ApplicationCommunicator) -> int:
    await client.send_input({"type": "pid"})
    return int((await client.receive_output(30))["pid"])


async def ended(client: ApplicationCommunicator) -> None:
    """Wait for a consumer's end: its threads know the server until then."""
    await client.send_input({"type": "end"})
    await client.wait(30)


async def end_twice(
    consumer: type[AsyncConsumer], settings: dict[str, Any]
) -> None:
    long = client(consumer)
    for _ in range(2):
        pid = await pid_of(long)
        elsewhere(settings, f"select pg_terminate_backend({pid})")
    assert await pid_of(long)
    await ended(long)


@pytest.mark.parametrize("consumer", CONSUMERS)
async def test_server_ends_a_connection_and_the_next_handler_works(
    consumer: type[AsyncConsumer], settings: dict[str, Any]
) -> None:
    await end_twice(consumer, settings)


@pytest.mark.parametrize("consumer", CONSUMERS)
async def test_server_ends_a_connection_that_was_to_be_kept(
    consumer: type[AsyncConsumer], settings: dict[str, Any], persistent: None
) -> None:
    await end_twice(consumer, settings)


@pytest.mark.parametrize("consumer", [Sync, Threaded, Unwrapped, Queries])
async def test_fifty_sockets_share_one_connection(
    consumer: type[AsyncConsumer], settings: dict[str, Any], persistent: None
) -> None:
    sockets = [client(consumer) for _ in range(50)]
    pids = await asyncio.gather(*map(pid_of, sockets))

    assert len(set(pids)) == 1
    await until(lambda: holds(settings, 1))
    await asyncio.gather(*map(ended, sockets))


class Working(Parallel):
    """Holds its connection until it is let go."""

    at_work = threading.Semaphore(0)
    let_go = threading.Semaphore(0)

    def pid(self, event: Message) -> None:
        pid = ask()
        self.at_work.release()
        assert self.let_go.acquire(timeout=LIMIT)
        self.send({"type": "pid", "pid": pid})


async def test_fifty_parallel_sockets_hold_a_connection_for_each_thread(
    settings: dict[str, Any], persistent: None
) -> None:
    pool = threads._pool()
    sockets = [client(Working) for _ in range(50)]
    asked = asyncio.gather(*map(pid_of, sockets))
    # All want to begin: as many as there are threads do, the others wait.
    begun, rest = pool._size, 50 - pool._size
    await until(lambda: pool._work.qsize() == rest)

    for handlers in (begun, rest):
        for _ in range(handlers):
            await until(lambda: Working.at_work.acquire(blocking=False))
        # A server ends a connection some time after its client has.
        await until(functools.partial(holds, settings, handlers))
        Working.let_go.release(handlers)
    pids = await asked
    await until(functools.partial(holds, settings, 0))

    assert len(set(pids)) == 50  # each opens its own, and closes it
    await asyncio.gather(*map(ended, sockets))


# Called by hand, ours does what Django does.
BY_HAND = [aclose_old_connections, sync_to_async(close_old_connections)]


@pytest.mark.parametrize("close_old", BY_HAND)
async def test_broken_connection_is_closed_by_hand_once_it_has_failed(
    close_old: Any, settings: dict[str, Any]
) -> None:
    settings.update(CONN_MAX_AGE=None)
    first = await sync_to_async(ask)()
    elsewhere(settings, f"select pg_terminate_backend({first})")

    await close_old()  # nobody has noticed, and nobody asks the server
    with pytest.raises(OperationalError):
        await sync_to_async(ask)()
    await close_old()

    assert await sync_to_async(ask)() != first


@pytest.mark.parametrize("close_old", BY_HAND)
async def test_connection_is_asked_after_by_hand_where_health_is_checked(
    close_old: Any, settings: dict[str, Any], persistent: None
) -> None:
    first = await sync_to_async(ask)()
    assert await sync_to_async(ask)() == first
    elsewhere(settings, f"select pg_terminate_backend({first})")

    await close_old()

    assert await sync_to_async(ask)() != first


@pytest.mark.parametrize("close_old", BY_HAND)
async def test_broken_connection_in_a_transaction_is_left_to_who_began_it(
    close_old: Any, settings: dict[str, Any], persistent: None
) -> None:
    def begin() -> None:
        atomic.__enter__()
        elsewhere(settings, f"select pg_terminate_backend({ask()})")

    def is_open() -> bool:
        return connections[Server.alias].connection is not None

    atomic = transaction.atomic(using=Server.alias)
    await sync_to_async(begin)()

    await close_old()

    assert await sync_to_async(is_open)()
    with pytest.raises(OperationalError):
        await sync_to_async(ask)()
    error = OperationalError("as who began it would see")
    await sync_to_async(atomic.__exit__)(type(error), error, None)
    await close_old()
    assert await sync_to_async(ask)()
