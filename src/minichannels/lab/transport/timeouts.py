"""Waits that end: each has a time limit, and an interrupt ends it at once.

Interrupting a cell that waits is noticed only when its event loop next wakes.
While somebody waits for a socket that may take seconds, so a timer wakes the
loop ten times a second, for as long as the wait lasts.
"""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

LIMIT = 5.0
"""How many seconds a client waits unless told otherwise."""

_TICK = 0.1


@contextlib.contextmanager
def awake() -> Iterator[None]:
    """Keep the running event loop waking while the block is entered."""
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle | None = None
    is_over = False  # said, too: who is interrupted here may know no timer

    def tick() -> None:
        nonlocal timer
        if not is_over:
            timer = loop.call_later(_TICK, tick)

    try:
        tick()
        yield
    finally:
        is_over = True
        if timer is not None:
            timer.cancel()


def require_seconds(seconds: Any) -> None:
    """Refuse what is no number of seconds.

    Raises:
        TypeError: it is none. None is no limit.
        ValueError: it is less than 0.
    """
    number = isinstance(seconds, int | float) and not math.isnan(seconds)
    if seconds is None or (number and seconds >= 0):
        return
    kind = ValueError if number else TypeError
    raise kind(
        f"timeout is a number of seconds such as 5, not {seconds!r}; for no"
        " limit, write float('inf')"
    )


async def limited(awaitable: Awaitable[T], seconds: float, problem: str) -> T:
    """Await something for a limited time.

    Args:
        awaitable: what to wait for.
        seconds: for how long; infinity for no limit.
        problem: what to say if it takes longer; ``{}`` stands for the time.

    Raises:
        TypeError: the seconds are no number.
        ValueError: they are less than 0.
        TimeoutError: it took longer.
    """
    try:
        require_seconds(seconds)
        limit = None if seconds == float("inf") else seconds
        with awake():
            async with asyncio.timeout(limit) as timer:
                return await awaitable
    except TimeoutError:
        if not timer.expired():  # somebody else's limit
            raise
        raise TimeoutError(problem.format(f"{seconds:g} s")) from None
    except BaseException:
        if asyncio.iscoroutine(awaitable):
            awaitable.close()  # it may not have begun
        raise
