from collections.abc import Callable
from typing import Any
from unittest import mock

Load = Callable[[str], Any]


async def test_database_sync_to_async_calls_functions_and_methods(
    package: Load,
) -> None:
    db = package("db")

    class Book:
        def _title(self) -> str:
            return "Emma"

        title = db.database_sync_to_async(_title)

    def find(name: str) -> str:
        return name

    assert await Book().title() == "Emma"
    assert await db.database_sync_to_async(find)("ada") == "ada"
    assert db.database_sync_to_async is db.DatabaseSyncToAsync
    await db.aclose_old_connections()


async def test_tests_can_patch_what_closes_connections(package: Load) -> None:
    db = package("db")
    with mock.patch(f"{db.__name__}.close_old_connections") as patched:
        assert db.close_old_connections is patched

    assert db.close_old_connections.__module__ == "django.db"
    assert not hasattr(db, "close_new_connections")
