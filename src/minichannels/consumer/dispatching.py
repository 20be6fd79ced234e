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

A mailbox of our own layer needs no task: it rings when there is something in
it, which puts it in the line, and is looked into at its turn. So does an inbox
of :mod:`minichannels.protocols`.

Source: ``channels.utils.await_many_dispatch``.
"""

import asyncio
from asyncio import Future
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Source = Callable[[], Awaitable[Any]]
Dispatch = Callable[[Any], Awaitable[Any]]
Take = Callable[[], Any]
"""Looks into what rings; gives None if it is empty."""

Turn = Take | tuple[Any, BaseException | None, "Future[None]"]
"""Where to look; or a result to be dispatched, or an error to be raised, and
when that is over."""


async def await_many_dispatch(
    consumer_callables: Sequence[Source], dispatch: Dispatch
) -> None:
    """Dispatch what several sources give, one at a time, for ever.

    Args:
        consumer_callables: coroutine functions without arguments, such as
            ``receive``; each is called again once its result was handled.
        dispatch: handles one result; always called in the caller's task.

    Raises:
        ValueError: there is no source, and so nothing to wait for.
        Exception: whatever a source or ``dispatch`` raises, in its turn.
    """
    if not consumer_callables:
        raise ValueError("consumer_callables is empty; pass [receive]")
    line = Line()
    for source in consumer_callables:
        line.add(source)
    try:
        raise await line.serve(dispatch)
    finally:
        await line.close()


async def serve_alone(source: Source, dispatch: Dispatch) -> Exception:
    """Dispatch what the only source gives, until it raises; return that."""
    while True:
        try:
            result = await source()
        except Exception as error:
            return error
        await dispatch(result)


class Line:
    """The turns of several sources, first come, first served.

    Attributes:
        take: looks into the mailbox that rings.
    """

    __slots__ = (
        "_bell",
        "_closed",
        "_loop",
        "_over",
        "_tasks",
        "_turns",
        "take",
    )

    def __init__(self) -> None:
        self.take: Take = _nothing
        self._bell: Future[None] | None = None
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._over: Future[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        # At most one for each source; a deque would take ten times as much.
        self._turns: list[Turn] = []

    def add(self, source: Any) -> None:
        """Read a source: by a task, unless it rings."""
        # Asked of its class: a mock has whatever attribute it is asked for.
        if hasattr(type(source), "ring_reader"):
            take: Take = source.ring_reader(lambda: self._join(take))
            self._join(take)  # something may have come already
        else:
            self._tasks.append(asyncio.create_task(self._read(source)))

    async def serve(  # noqa: C901  # every event passes here: no calls
        self, dispatch: Dispatch
    ) -> BaseException:
        """Dispatch each result at its turn, until a source raises; return that.

        May be called anew, or by what is dispatched: the turn before is over.
        """
        while True:
            over = self._over
            # A task that was cancelled in the meantime waits no longer.
            if over is not None and not over.done():
                over.set_result(None)
            if not self._turns:
                self._bell = Future(loop=self._loop)
                await self._bell
            # One name: what it holds is held for as long as nothing comes.
            turn: Any = self._turns.pop(0)
            if isinstance(turn, tuple):
                turn, error, self._over = turn
                if error is not None:
                    return error  # type: ignore[no-any-return]
            elif (turn := turn()) is None:
                continue
            await dispatch(turn)

    def ring(self) -> bool:
        """Give the mailbox a turn; return whether nothing is dispatched now."""
        return self._join(self.take)

    def _join(self, turn: Turn) -> bool:
        # The bell carries no turn: who waits for it may be cancelled.
        self._turns.append(turn)
        if self._bell is None or self._bell.done():
            return False
        self._bell.set_result(None)
        return True

    async def _read(self, source: Source) -> None:
        """Stand in line with each result of a source, or with its error."""
        while True:
            result = error = None
            try:
                result = await source()
            except (Exception, asyncio.CancelledError) as raised:
                # Handed on to the dispatching task, if it takes turns.
                error = None if self._closed else raised
            if self._closed:
                return
            over: Future[None] = Future(loop=self._loop)
            # As in _join(), but each event passes here.
            self._turns.append((result, error, over))
            # Nor does this hold them: an error holds this, where it passed.
            result = error = None
            if self._bell is not None and not self._bell.done():
                self._bell.set_result(None)
            await over

    async def close(self) -> None:
        """Give no turns any more, and end the tasks."""
        self._closed = True
        # They hold whoever is served, and a bell of the mailbox holds this.
        self.take = _nothing
        self._turns.clear()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _nothing() -> None:
    """Look into no mailbox."""
