"""Which task of asyncio runs here, and which ones do so for a thread."""

import asyncio
from typing import Any

FOR_THREADS = frozenset({"AsyncToSync.main_wrap", "_deliver"})
"""The coroutines that send for a thread, which waits (asgiref's, and ours)."""


def task_here() -> asyncio.Task[Any] | None:
    """Return the task that runs here; None in a thread without one."""
    loop = asyncio._get_running_loop()
    return None if loop is None else asyncio.current_task(loop)
