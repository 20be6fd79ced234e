"""What goes by its reference count alone, without the collector of garbage."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Seen:
    """What was there; none of it is kept alive by this."""

    def __init__(self) -> None:
        self._there: set[weakref.ref[Any]] = set()
        self._gone = threading.Event()

    def note(self, something: Any) -> None:
        """Remember something."""
        self._gone.clear()
        self._there.add(weakref.ref(something, self._forget))

    def _forget(self, ref: weakref.ref[Any]) -> None:
        self._there.discard(ref)
        if not self._there:
            self._gone.set()

    async def is_gone(self, timeout: float = 5) -> bool:
        """Return whether all that was noted, and something was, is gone.

        A thread that has given its result lets go of it a moment later.
        """
        return await asyncio.to_thread(self._gone.wait, timeout)


@contextmanager
def without_collector() -> Iterator[Seen]:
    """Collect no garbage, for as long as it lasts."""
    gc.disable()
    try:
        yield Seen()
    finally:
        gc.enable()
