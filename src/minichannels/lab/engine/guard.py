"""A process that holds an embedded server, and ends it with its last user.

It is run as a file, by ``engine.guarded``, and imports nothing of ours, so that
it is there at once.

How it works: each kernel keeps a connection to the guard open, for as long as
it uses the server. Whatever becomes of a kernel, the system closes its
connection; when the last one is closed, the guard ends the server, removes the
folder of both, and goes. What comes over a connection is one word a line:

    start   have the server run; answers ``ok``; ``again`` if the one that ran
            could not be reached any more; or what is wrong
    stop    have it not run; answers ``ok``
    leave   the user goes; the connection is closed when all is done

A guard whose own socket was removed is found by nobody who comes: it closes the
connection of whoever says something, who then looks for another.
"""

import asyncio
import contextlib
import ctypes
import functools
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LIMIT, PAUSE = 10.0, 0.01
"""How many seconds a first user, and a start, may take; between two looks."""

# On Linux the system ends the server if somebody kills its guard.
_PR_SET_PDEATHSIG = 1
BOUND: dict[str, Any] = (
    {
        "preexec_fn": functools.partial(
            ctypes.CDLL(None).prctl, _PR_SET_PDEATHSIG, signal.SIGKILL
        )
    }
    if sys.platform == "linux"
    else {}
)


class Guard:
    """What holds one server, for all who are connected.

    Args:
        folder: its socket ``valkey``, its ``log``, and nothing else of worth.
        command: what starts the server.
        limit: how many seconds to wait for what should come.
    """

    def __init__(
        self, folder: Path, command: Sequence[str], limit: float = LIMIT
    ) -> None:
        self._folder = folder
        self._command = command
        self._limit = limit
        self._process: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()
        self._users = 0
        self._over = asyncio.Event()
        self._door: asyncio.Server

    async def run(self, listener: socket.socket) -> None:
        """Serve users until the last has gone, or until none has come."""
        self._door = await asyncio.start_unix_server(self._use, sock=listener)
        loop = asyncio.get_running_loop()
        nobody = loop.call_later(self._limit, self._end_if_unused)
        await self._over.wait()
        nobody.cancel()
        await self._end()

    async def _use(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Do what one user says, until it goes."""
        self._users += 1
        does = {b"start\n": self._start, b"stop\n": self._stop}
        with contextlib.suppress(ConnectionError):
            while (word := await reader.readline()) in does and self._found():
                async with self._one_at_a_time:
                    answer = await does[word]()
                writer.write(f"{answer}\n".encode())
        self._users -= 1
        if not self._users:
            await self._end()
        writer.close()
        self._end_if_unused()

    def _found(self) -> bool:
        return (self._folder / "guard").exists()

    def _end_if_unused(self) -> None:
        if not self._users:
            self._over.set()

    async def _end(self) -> None:
        self._door.close()  # first: whoever comes now finds nobody
        await self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _start(self) -> str:
        lost = self._process is not None
        if lost and await self._is_reached():
            return "ok"
        await self._stop()  # it may run, without its socket
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, **BOUND
            )
        except OSError as error:
            return f"it cannot be started: {error}"
        try:
            async with asyncio.timeout(self._limit):
                problem = await self._ready(self._process)
        except TimeoutError:
            problem = f"it does not answer within {self._limit:g} s"
        if problem:
            await self._stop()
            return problem
        return "again" if lost else "ok"

    async def _ready(self, process: asyncio.subprocess.Process) -> str:
        """Wait until the server answers; if it ends, return why."""
        while process.returncode is None:
            if await self._answers():
                return ""
            await asyncio.sleep(PAUSE)
        # What it prints goes where the guard's own output goes.
        log = (self._folder / "log").read_text(errors="replace").split("\n")
        return next(filter(None, reversed(log)), "it ends at once")

    async def _is_reached(self) -> bool:
        """Return whether there is somebody at its socket; it may be busy."""
        try:
            path = str(self._folder / "valkey")
            _, writer = await asyncio.open_unix_connection(path)
        except OSError:
            return False
        writer.close()
        return True

    async def _answers(self) -> bool:
        path = str(self._folder / "valkey")
        try:
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"PING\r\n")
            answer = await reader.readline()
        except OSError:
            return False
        writer.close()
        return answer == b"+PONG\r\n"

    async def _stop(self) -> str:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self._limit / 5)
            except TimeoutError:  # it may be suspended
                # Or it has gone just now.
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return "ok"


def main(number: str, folder: str, *command: str) -> None:
    """Guard a server.

    Args:
        number: that of the open socket on which users come.
        folder: the folder of the server.
        command: what starts it.
    """
    listener = socket.socket(fileno=int(number))
    asyncio.run(Guard(Path(folder), command).run(listener))


if __name__ == "__main__":
    main(*sys.argv[1:])
