import asyncio
import os
import runpy
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from minichannels.lab.engine import guard as module
from minichannels.lab.engine.engine import answers
from minichannels.lab.engine.guard import Guard
from minichannels.lab.engine.guarded import GuardedValkey, _settings
from support.engines import servers_in
from support.limit import LIMIT

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Valkey is not for Windows"
)


class User:
    """A kernel's connection to a guard."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader, self._writer = reader, writer

    async def says(self, word: str) -> str:
        self._writer.write(f"{word}\n".encode())
        return (await self._reader.readline()).decode()

    async def leaves(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


class House:
    """A guard that runs in this process, and its folder."""

    def __init__(
        self, folder: Path, guard: Guard, running: "asyncio.Task[None]"
    ) -> None:
        self.folder = folder
        self.guard = guard
        self.running = running
        self.url = f"unix://{folder}/valkey"

    async def user(self) -> User:
        path = str(self.folder / "guard")
        return User(*await asyncio.open_unix_connection(path))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a test's own may be too long for a socket."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        yield Path(name)


def there(folder: Path) -> bool:
    return folder.exists()


def listener(folder: Path) -> socket.socket:
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(folder / "guard"))
    door.listen()
    return door


@asynccontextmanager
async def guarding(
    folder: Path, command: Sequence[str] = (), limit: float = LIMIT
) -> AsyncIterator[House]:
    command = command or [str(GuardedValkey.require()), *_settings(str(folder))]
    door = listener(folder)
    guard = Guard(folder, command, limit)
    running = asyncio.create_task(guard.run(door))
    async with asyncio.timeout(LIMIT):
        yield House(folder, guard, running)
        await running
    assert not there(folder)


async def test_guard_has_a_server_run_stop_and_run_again(folder: Path) -> None:
    async with guarding(folder) as house:
        user = await house.user()
        ran = []
        for word in ("start", "start", "stop", "stop", "start"):
            assert await user.says(word) == "ok\n"
            ran.append(answers(house.url))
        await user.leaves()

    assert ran == [True, True, False, False, True]
    assert not answers(house.url)


async def test_guard_starts_again_what_cannot_be_reached(folder: Path) -> None:
    async with guarding(folder) as house:
        user = await house.user()
        await user.says("start")
        (lost,) = servers_in(folder)
        (folder / "valkey").unlink()

        assert await user.says("start") == "again\n"

        assert answers(house.url)
        assert lost not in servers_in(folder)
        assert await user.says("start") == "ok\n"
        await user.leaves()


async def test_guard_that_nobody_finds_hangs_up(folder: Path) -> None:
    async with guarding(folder) as house:
        user = await house.user()
        (folder / "guard").unlink()
        assert await user.says("start") == ""
        await user.leaves()


async def test_guard_keeps_the_server_until_the_last_user_leaves(
    folder: Path,
) -> None:
    async with guarding(folder) as house:
        first, second = await house.user(), await house.user()
        assert await first.says("start") == "ok\n"
        assert await second.says("start") == "ok\n"
        await first.leaves()
        assert await second.says("start") == "ok\n"
        assert answers(house.url)
        # Told so, the guard closes when all is done.
        assert await second.says("leave") == ""
        assert not there(folder)
        await second.leaves()


async def test_guard_goes_when_nobody_comes(folder: Path) -> None:
    async with guarding(folder, limit=0.01):
        pass


async def test_guard_hangs_up_on_nonsense(folder: Path) -> None:
    async with guarding(folder) as house:
        user = await house.user()
        assert await user.says("nonsense") == ""
        await user.leaves()


async def test_guard_says_why_a_server_does_not_start(folder: Path) -> None:
    command = ["/bin/sh", "-c", f"echo 'no memory\n' > {folder}/log"]
    async with guarding(folder, command) as house:
        user = await house.user()
        assert await user.says("start") == "no memory\n"
        (folder / "log").write_text("")
        await user.leaves()


async def test_guard_does_not_wait_for_a_silent_server_for_ever(
    folder: Path,
) -> None:
    async with guarding(folder, ["sleep", "60"], limit=0.2) as house:
        user = await house.user()
        said = await user.says("start")
        await user.leaves()

    assert said == "it does not answer within 0.2 s\n"


async def test_guard_says_why_a_server_cannot_be_started(folder: Path) -> None:
    async with guarding(folder, [str(folder / "missing")]) as house:
        user = await house.user()
        said = await user.says("start")
        await user.leaves()

    assert said.startswith("it cannot be started: ")
    assert "No such file" in said


async def test_guard_ends_a_server_that_is_suspended(folder: Path) -> None:
    async with guarding(folder) as house:
        user = await house.user()
        await user.says("start")
        house.guard._limit = 1  # not before: it has the same time to start
        (process,) = servers_in(folder)
        os.kill(process, signal.SIGSTOP)
        assert await user.says("stop") == "ok\n"
        assert servers_in(folder) == []
        await user.leaves()


async def test_guard_stops_a_server_that_ends_in_the_last_moment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(ends: Awaitable[int], seconds: float) -> None:
        await ends
        raise TimeoutError

    async with guarding(folder) as house:
        user = await house.user()
        await user.says("start")
        monkeypatch.setattr(asyncio, "wait_for", too_late)
        assert await user.says("stop") == "ok\n"
        assert await user.says("start") == "ok\n"
        monkeypatch.undo()
        await user.leaves()


def test_guard_is_a_program(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = listener(folder)
    command = [str(door.detach()), str(folder), "false"]
    monkeypatch.setattr(sys, "argv", [module.__file__, *command])
    with socket.socket(socket.AF_UNIX) as user:
        user.connect(str(folder / "guard"))
        closing = threading.Timer(0, user.shutdown, [socket.SHUT_RDWR])
        closing.start()
        runpy.run_path(module.__file__, run_name="__main__")
        closing.join()

    assert not os.path.exists(folder)
