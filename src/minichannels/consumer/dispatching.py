"""Several sources, one task: how a consumer hears client and mailbox.

A consumer has two things to wait for, and handles one message at a time. Three
ways to do that go wrong:

- One task that waits for each source in turn hears nothing of the one while
  the other is silent.
- A task for each source that calls the handler itself runs two handlers at
  once, in contexts of their own: what one sets, the other does not see.
- A task for each source that puts what it reads into one queue empties the
  sources: a mailbox that is never full drops no message, until memory ends,
  and a busy source stands in the queue a thousand times before the other.

So here each source has a task that reads *one* result, asks for a turn with
it, and goes on reading when that turn is over. The task that called takes the
turns in the order in which they were asked for:

    a source is …   until …                       what it gave
    read            it gives something            nothing yet
    in line         those before it had a turn    a result, or an error
    at its turn     its result was dispatched     is being handled

No source is in the line more than once, so a busy one cannot crowd out the
others; and what nobody wants yet stays where it is, and counts there.

Source: ``channels.utils.await_many_dispatch``.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Source = Callable[[], Awaitable[Any]]
Turn = tuple[Any, BaseException | None, "asyncio.Future[None]"]
"""A result to be dispatched, or an error to be raised; and when it is over."""


async def await_many_dispatch(
    consumer_callables: Sequence[Source],
    dispatch: Callable[[Any], Awaitable[Any]],
) -> None:
    """Dispatch what several sources give, one at a time, for ever.

    Args:
        consumer_callables: coroutine functions without arguments, such as
            ``receive``; each is called again once its result was handled.
        dispatch: handles one result; always called in the caller's task.

    Raises:
        Exception: whatever a source or ``dispatch`` raises, in its turn.
    """
    line = _Line()
    tasks = [
        asyncio.create_task(_read(source, line))
        for source in consumer_callables
    ]
    try:
        while True:
            result, error, over = await line.next()
            if error is not None:
                raise error
            await dispatch(result)
            # A task that was cancelled in the meantime waits no longer.
            if not over.done():
                over.set_result(None)
    finally:
        line.closed = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(source: Source, line: "_Line") -> None:
    """Stand in line with each result of a source, or with what it raises."""
    loop = asyncio.get_running_loop()
    while True:
        result, error = None, None
        try:
            result = await source()
        except (Exception, asyncio.CancelledError) as raised:
            error = raised  # handed on to the dispatching task
        if line.closed:
            return
        over = loop.create_future()
        line.join((result, error, over))
        await over


class _Line:
    """The turns that were asked for, first come, first served."""

    __slots__ = ("_bell", "_turns", "closed")

    def __init__(self) -> None:
        self.closed = False  # True: nobody takes a turn any more
        self._turns: deque[Turn] = deque()
        self._bell: asyncio.Future[None] | None = None

    def join(self, turn: Turn) -> None:
        """Stand behind those that are in the line."""
        self._turns.append(turn)
        if self._bell is not None and not self._bell.done():
            self._bell.set_result(None)

    async def next(self) -> Turn:
        """Return the turn that is next, waiting for one."""
        while not self._turns:
            self._bell = asyncio.get_running_loop().create_future()
            await self._bell
        return self._turns.popleft()
