"""Which task of asyncio runs here, and which ones do so for a thread."""

import asyncio
from threading import get_ident
from typing import Any

FOR_THREADS = frozenset({"AsyncToSync.main_wrap", "_deliver"})
"""The coroutines that send for a thread, which waits (asgiref's, and ours)."""


def task_here() -> asyncio.Task[Any] | None:
    """Return the task that runs here; None in a thread without one."""
    loop = asyncio._get_running_loop()
    return None if loop is None else asyncio.current_task(loop)


class Home:
    """The event loop of a connection, and the thread that it runs in.

    To ask which loop runs here takes long, for the operating system is asked
    which process this is. In its own thread, a loop that runs a task is the
    one.
    """

    __slots__ = ("_loop", "_thread")

    def __init__(self) -> None:
        self._loop = asyncio._get_running_loop()
        self._thread = get_ident()

    def task_here(self) -> asyncio.Task[Any] | None:
        """Return the task that runs here; None in a thread without one."""
        if self._loop is not None and self._thread == get_ident():
            task = asyncio.current_task(self._loop)
            if task is not None:
                return task
        return task_here()
