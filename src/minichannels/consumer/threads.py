"""The threads that sync handlers run in.

How it works: a pool of its own, so that handlers of different connections run
side by side, where asgiref's default is one thread for them all. The size is
``ASGI_THREADS``, or 32. A handler that had to wait for a thread is a sign
that the pool is too small, or that handlers block for too long.

Source: Channels, "Synchronous consumers"; asgiref, ``sync_to_async``.
"""

import asyncio
import functools
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor

from asgiref.sync import SyncToAsync, async_to_sync

from minichannels.types import Message, Send

logger = logging.getLogger("minichannels")

LONG_WAIT = 1.0
"""Seconds after which waiting for a thread is worth a warning."""

clock = time.monotonic


class NoThreadError(RuntimeError):
    """No thread could be started, as in a kernel that runs in a browser."""


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(
        max_workers=_pool_size(), thread_name_prefix="minichannels"
    )


def _pool_size() -> int:
    """Return how many threads the pool may have.

    Raises:
        ValueError: ``ASGI_THREADS`` is no number, or less than 1.
    """
    setting = os.environ.get("ASGI_THREADS", "32")
    try:
        size = int(setting)
    except ValueError:
        size = 0
    if size < 1:
        raise ValueError(
            f"the environment variable ASGI_THREADS is {setting!r}; it has to "
            "be a number of threads, 1 or more"
        )
    return size


async def run_in_thread(
    function: Callable[[], None], *, one_thread: bool
) -> float:
    """Call a plain function in a thread, and wait for its end.

    Context variables that it sets are seen by the caller afterwards, and
    ``async_to_sync`` inside it comes back to the caller's event loop.

    Args:
        function: what to call.
        one_thread: use asgiref's one thread for all, not the pool.

    Returns:
        How many seconds it waited for a thread.

    Raises:
        ValueError: ``ASGI_THREADS`` is no number, or less than 1.
        NoThreadError: no thread can be started here.
        Exception: what the function raised.
    """
    asked = clock()
    started = threading.Event()
    hop = _hop(one_thread)
    # Handlers that wait for each other may never get a thread, so the warning
    # does not wait for that.
    loop = asyncio.get_running_loop()
    reminder = loop.call_later(LONG_WAIT, _warn_unless, started)
    try:
        waited = await hop(function, asked, started)
    except RuntimeError as error:
        if started.is_set():  # it is the function's own
            raise
        raise NoThreadError(str(error)) from error
    finally:
        reminder.cancel()
    if waited > LONG_WAIT:
        _warn_once()
    return waited


@functools.cache  # making one takes longer than using it
def _hop(one_thread: bool) -> Callable[..., Awaitable[float]]:
    if one_thread:
        return SyncToAsync(_timed)
    return SyncToAsync(_timed, thread_sensitive=False, executor=_pool())


def _timed(
    function: Callable[[], None], asked: float, started: threading.Event
) -> float:
    started.set()
    waited = clock() - asked
    function()
    return waited


def send_from_thread(
    send: Send, sending: set[asyncio.Task[None]]
) -> Callable[[Message], None]:
    """Return a plain function that sends an event from a pool's thread.

    It runs ``send`` on the event loop of the caller, and waits for its end.

    Args:
        send: what to call.
        sending: has each task that sends, for as long as it does; to cancel
            one lets the thread go.
    """
    loop = asyncio.get_running_loop()

    def send_and_wait(message: Message) -> None:
        if asyncio._get_running_loop() is not None:
            # It would wait for itself; asgiref says so in its own words.
            async_to_sync(send)(message)
        # As asyncio.run_coroutine_threadsafe() does, with one future instead
        # of three, and a turn of the loop less.
        sent: Future[None] = Future()

        def begin() -> None:
            task = loop.create_task(_deliver(send, message, sent))
            sending.add(task)  # a loop keeps none alive
            task.add_done_callback(sending.discard)

        loop.call_soon_threadsafe(begin)
        sent.result()

    return send_and_wait


async def _deliver(send: Send, message: Message, sent: Future[None]) -> None:
    """Send an event, and tell the thread that waits how it went."""
    try:
        await send(message)
    except BaseException as error:
        sent.set_exception(error)
    else:
        sent.set_result(None)


def _warn_unless(started: threading.Event) -> None:
    if not started.is_set():
        _warn_once()


@functools.cache
def _warn_once() -> None:
    logger.warning(
        "a sync handler waited over %g s for a thread, because all were busy"
        " (%d in the pool, one with thread_sensitive); make handlers shorter"
        " or async, or set ASGI_THREADS higher",
        LONG_WAIT,
        _pool_size(),
    )
