"""Tasks that connections have left behind: one for each, and more with each.

How it works: a task that was begun while an application ran for a client may go
on when that is over. One alone may be meant so, such as a pump for all that the
first client has begun. But where a second connection is over, and its task runs
the same function still, there will be a third: that is told, with the line of
the developer's own code where it waits. Of a library's tasks nothing is.

Rule 1: that it is a fault is not said. A task may be there to wait for a client
that comes back.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from contextvars import Context
from functools import partial
from itertools import count
from weakref import WeakKeyDictionary

from minichannels.flow.recording.application.causes import (
    CAUSE,
    CURRENT,
    Running,
)
from minichannels.flow.recording.tracebacks import SourceLine, of_coroutine
from minichannels.layers.forking import new_rlock

PATIENCE = 5.0
"""How many seconds after its connection a task may end."""

Task = asyncio.Task[object]
Tell = Callable[[str, int, int | None, SourceLine], object]


class RemainingTasks:
    """Finds the tasks that run on though their connections are over.

    Args:
        tell: called with the name of a function, of how many connections that
            are over it runs, the number of the event while which was handled
            the last one was begun, and where that waits.
        patience: how many seconds after its connection a task may end.
    """

    def __init__(self, tell: Tell, patience: float = PATIENCE) -> None:
        self._tell = tell
        self._patience = patience
        self._of: WeakKeyDictionary[Running, _Begun] = WeakKeyDictionary()
        # By the function that they run: many have a name like "pump".
        self._left = defaultdict[object, WeakKeyDictionary[Task, int]](
            WeakKeyDictionary
        )
        self._over = count(1)
        self._lock = new_rlock()  # several event loops may look at once

    def note(self, task: Task) -> None:
        """Note a task that was begun just now."""
        connection = CURRENT.get()
        if connection is None or connection.over:
            return
        begun = self._of.get(connection)
        if begun is None:
            begun = self._of[connection] = WeakKeyDictionary()
            connection.on_end[self] = partial(self._ended, begun)
        reading = CAUSE.get()
        begun[task] = None if reading is None else reading.entry.id

    def _ended(self, begun: "_Begun") -> None:
        """Note that a connection is over which has begun some tasks."""
        running = [task for task in list(begun) if not task.done()]
        if not running:
            return
        loop, look = running[0].get_loop(), partial(self._look, begun)
        later = partial(loop.call_later, self._patience, look)
        with contextlib.suppress(RuntimeError):  # it is closed
            # It may be another thread's. In a context of no application.
            loop.call_soon_threadsafe(later, context=Context())

    def _look(self, begun: "_Begun") -> None:
        """Tell of the tasks of a connection that is over for some time."""
        over = next(self._over)
        for task, number in list(begun.items()):
            coroutine = task.get_coro()
            place = None if task.done() else of_coroutine(coroutine)
            if place is None:
                continue
            name = getattr(coroutine, "__qualname__", "")
            with self._lock:
                left = self._left[name, getattr(coroutine, "cr_code", None)]
                left[task] = over
                many = _running(left)
            if many > 1:
                self._tell(name.rpartition(".")[2], many, number, place)


def _running(left: WeakKeyDictionary[Task, int]) -> int:
    """Return of how many connections tasks still run."""
    return len({of for task, of in list(left.items()) if not task.done()})


_Begun = WeakKeyDictionary[Task, int | None]
"""The tasks of a connection: while what was handled each was begun."""
