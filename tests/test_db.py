import threading
from typing import Any

from minichannels.db import aclose_old_connections, database_sync_to_async


async def test_database_sync_to_async_runs_a_function_in_a_thread() -> None:
    def find(name: str, *, loud: bool) -> tuple[str, int]:
        return name.upper() if loud else name, threading.get_ident()

    found, thread = await database_sync_to_async(find)("ada", loud=True)

    assert found == "ADA"
    assert thread != threading.get_ident()


async def test_database_sync_to_async_uses_one_thread_for_all_calls() -> None:
    @database_sync_to_async
    def one() -> int:
        return threading.get_ident()

    @database_sync_to_async
    def other() -> int:
        return threading.get_ident()

    assert await one() == await other()


async def test_database_sync_to_async_decorates_a_method() -> None:
    class Book:
        def __init__(self, title: str) -> None:
            self.title = title

        @database_sync_to_async
        def find_title(self, suffix: str) -> str:
            return self.title + suffix

    # asgiref's types do not know that a method binds its first argument.
    find_title: Any = Book("Emma").find_title

    assert await find_title("!") == "Emma!"


async def test_database_sync_to_async_keeps_the_name() -> None:
    @database_sync_to_async
    def find_room() -> str:
        return "lobby"

    assert getattr(find_room, "__name__", None) == "find_room"
    assert await find_room() == "lobby"


async def test_aclose_old_connections_can_be_awaited() -> None:
    await aclose_old_connections()
