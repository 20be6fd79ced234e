"""The first and the last cell of a lesson: nothing may be left behind.

How it works: ``begin()`` notes what is there (tasks, threads, sockets, members
of groups); ``end()`` stops the servers, ends the second notebook, lets go of
Valkey, and names whatever was not there at the beginning. A lesson that ends so
can be run again, and the next one starts on a clean bench.
"""

import asyncio
import contextlib
import linecache
import sys
import threading
from typing import Any

from minichannels.lab.beyond.held import stop_held
from minichannels.lab.clients.connecting import connected_here
from minichannels.lab.engine.valkey import let_go
from minichannels.lab.keeping.home import forget_shared
from minichannels.lab.notebook.missing_names import help_with_names
from minichannels.lab.notebook.pytest_cells import offer_pytest
from minichannels.lab.notebook.transcript import hang_up_all
from minichannels.lab.notebook.unreadable import help_with_slips
from minichannels.lab.second.cells import end_second, offer_second
from minichannels.lab.serving.serve import stop_all
from minichannels.lab.transport.kernel import (
    help_with_await,
    shell_here,
    wake_on_interrupt,
)
from minichannels.lab.transport.memory import all_ended
from minichannels.layers import channel_layers

ALL_PUT_AWAY = (
    "All put away: no server, client, task, thread, socket or group member"
    " is left."
)

LOOKS = 60
"""How often it is looked whether what is left is gone. A browser's connection
may be going just now: it has three seconds."""

PATIENCE = 5.0
"""How many seconds clients have, all together, to notice that all is over."""

_MOMENT = 0.05

# Threads that wait for work and belong to nobody: pools keep them.
_POOLS = ("minichannels_", "asyncio_", "ThreadPoolExecutor-")

# Jupyter starts threads and tasks of its own whenever it needs one.
_JUPYTER = ("ipykernel", "IPython", "jupyter", "tornado", "zmq", "debugpy")


class Putaway(str):
    """A sentence that shows itself without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


def begin(number: str) -> "Lesson":
    """Begin a lesson: the call of its first cell.

    What an earlier run of the lesson has left is put away before. From now on
    a ``NameError`` says which cell of the lesson defines the name, and of a
    cell that Python cannot read it is said why, and of a value that is to be
    awaited, that it is. A cell may begin with
    ``%%pytest``, ``%%second`` or ``%%both``.

    Args:
        number: the lesson's number, such as ``"07"``; the letter of what is
            to be read.
    """
    wake_on_interrupt()
    stop_all()
    stop_held()
    hang_up_all()
    end_second()
    let_go()
    forget_shared()
    channel_layers.configure(None)
    help_with_names(number)
    help_with_slips()
    help_with_await()
    cell = sys._getframe(1).f_code.co_filename
    offer_pytest("".join(linecache.getlines(cell)))
    offer_second(shell_here())
    return Lesson(number)


class Lesson:
    """A lesson that has begun; ``await lesson.end()`` in its last cell."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._jupyter_ports = {
            sock.laddr.port
            for sock in _tcp_sockets()
            if sock.status == "LISTEN"
        }
        self._before = self._things()

    def __repr__(self) -> str:
        return f"Lesson {self._number} begins."

    async def end(self) -> str:
        """Stop all servers, and make sure that nothing is left.

        Returns:
            A sentence that says so.

        Raises:
            AssertionError: something is left; says what.
        """
        stop_all()
        stop_held()
        hang_up_all()
        await all_ended()
        await _hung_up()
        end_second()
        let_go()
        forget_shared()
        left = await self._left()
        if left:
            names = "; ".join(sorted(left.values()))
            raise AssertionError(
                f"lesson {self._number} leaves something behind: {names};"
                " what does not end by itself ends with Kernel, Restart"
            )
        return Putaway(ALL_PUT_AWAY)

    async def _left(self) -> dict[object, str]:
        """Return what was not there before; what is going may go first."""
        for _ in range(LOOKS):
            things = self._things()
            left = {t: things[t] for t in things if t not in self._before}
            if not left:
                break
            await asyncio.sleep(_MOMENT)
        return left

    def _things(self) -> dict[object, str]:
        """Return what there is, with a name for each thing."""
        sockets: dict[object, str] = {
            (sock.laddr, sock.raddr): _socket_name(sock)
            for sock in _tcp_sockets()
            if sock.laddr.port not in self._jupyter_ports
        }
        return {**_tasks(), **_threads(), **sockets, **_groups()}


async def _hung_up() -> None:
    """Wait for the clients of servers that have stopped, for a limited time.

    Where a handler blocks its server, they stay: then its thread is told of.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            for client in connected_here():
                await client.wait_closed()


def _socket_name(sock: Any) -> str:
    ends = [f"port {end.port}" for end in (sock.laddr, sock.raddr) if end]
    return f"a socket ({sock.status.lower()}) of {' to '.join(ends)}"


def _tcp_sockets() -> list[Any]:
    # A kernel in a browser has neither sockets nor this package.
    with contextlib.suppress(ImportError):
        import psutil

        return list(psutil.Process().net_connections(kind="tcp"))
    return []


def _tasks() -> dict[object, str]:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    return {
        task: f"the task {_name_of(task)}"
        for task in tasks
        if not _module_of(task).startswith(_JUPYTER)
    }


def _name_of(task: asyncio.Task[Any]) -> str:
    name = task.get_name()
    # asyncio's own numbers say nothing; the function's name does.
    if name.startswith("Task-"):
        return getattr(task.get_coro(), "__qualname__", name)
    return name


def _module_of(task: asyncio.Task[Any]) -> str:
    frames = task.get_stack(limit=1)
    return str(frames[0].f_globals["__name__"]) if frames else ""


def _threads() -> dict[object, str]:
    return {
        thread: f"the thread {thread.name!r}"
        for thread in threading.enumerate()
        if not type(thread).__module__.startswith(_JUPYTER)
        and not thread.name.startswith(_POOLS)
    }


def _groups() -> dict[object, str]:
    """Return the groups that have members, of layers that can tell."""
    return {
        (alias, group): f"{len(members)} in the group {group!r}"
        for alias, layer in channel_layers.backends.items()
        for group, members in getattr(layer, "groups", {}).items()
    }
