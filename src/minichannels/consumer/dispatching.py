"""Several sources, one task: how a consumer hears client and mailbox.

Source: ``channels.utils.await_many_dispatch``.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Source = Callable[[], Awaitable[Any]]


async def await_many_dispatch(
    consumer_callables: Sequence[Source],
    dispatch: Callable[[Any], Awaitable[Any]],
) -> None:
    """Dispatch what several sources give, one at a time, for ever.

    How it works: each source is read by one task. A task that has something
    puts it into the queue ``ready`` and waits until it was handled before it
    reads on, so no source holds more than one place in the queue: a busy one
    cannot crowd out the others, and what is not yet wanted stays where it is.

    Args:
        consumer_callables: coroutine functions without arguments, such as
            ``receive``; each is called again once its result was handled.
        dispatch: handles one result; always called in the caller's task.

    Raises:
        Exception: whatever a source or ``dispatch`` raises, in its turn.
    """
    ready = _Ready()
    readers = [_Reader(source, ready) for source in consumer_callables]
    tasks = [asyncio.create_task(reader.run()) for reader in readers]
    try:
        while True:
            reader = await ready.next()
            if reader.error is not None:
                raise reader.error
            await dispatch(reader.result)
            reader.go_on()
    finally:
        ready.closed = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Ready:
    """The queue between the readers and the task that dispatches."""

    def __init__(self) -> None:
        self.closed = False  # True: nobody takes what the readers put in
        self._readers: deque[_Reader] = deque()
        self._loop = asyncio.get_running_loop()
        self._bell: asyncio.Future[None] | None = None

    def put(self, reader: "_Reader") -> None:
        """Say that a reader has a result, or an error."""
        self._readers.append(reader)
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    async def next(self) -> "_Reader":
        """Return the reader whose turn it is, waiting for one."""
        while not self._readers:
            self._bell = self._loop.create_future()
            await self._bell
        return self._readers.popleft()


class _Reader:
    """Reads one source, and waits until what it read was handled."""

    __slots__ = ("_handled", "_loop", "_ready", "_source", "error", "result")

    def __init__(self, source: Source, ready: _Ready) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._source = source
        self._ready = ready
        self._loop = asyncio.get_running_loop()

    async def run(self) -> None:
        """Put each result of the source into the queue, or what it raises."""
        while True:
            try:
                self.result = await self._source()
            except (Exception, asyncio.CancelledError) as raised:
                self.error = raised  # handed on to the dispatching task
            if self._ready.closed:
                return
            self._handled = self._loop.create_future()
            self._ready.put(self)
            await self._handled

    def go_on(self) -> None:
        """Say that the result was handled."""
        # A reader that was cancelled in the meantime waits no longer.
        if not self._handled.done():
            self._handled.set_result(None)
