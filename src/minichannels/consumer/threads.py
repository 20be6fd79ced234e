"""The threads that sync handlers run in, and how they send.

asgiref runs sync code in one thread for the whole process, unless told
otherwise: code for a database that was opened in one thread needs that. Then
one handler that blocks holds up the handlers of all connections. So handlers
run in a pool here, of ``ASGI_THREADS`` threads, or 32: those of different
connections side by side, those of one connection one after the other, since
its dispatch waits for each. ``thread_sensitive`` on a class gives asgiref's
way.

A handler's thread and the server's event loop wait for each other by turns:

    who …          waits for …                    ended early by
    the dispatch   a free thread, then its end    cancelling: the thread runs
                                                  on, as no thread can be ended
    the thread     an event to be sent, by a      cancelling that task, when its
                   task of the loop               dispatch is or the consumer
                                                  ends; none begins after that

Handlers that wait for other handlers can use up the pool, and then nobody
moves. That cannot be prevented, so it is said: a wait of over a second for a
thread is worth a warning, once.

The pool is our own for two reasons. Python waits at its exit for the threads
of a ThreadPoolExecutor, and a handler may never return: ours are daemons. And
each event takes a thread and gives it back, so that has to cost little.

Source: Channels, "Synchronous consumers"; asgiref, ``sync_to_async``.
"""

import asyncio
import contextlib
import functools
import logging
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

from asgiref.sync import SyncToAsync

from minichannels.types import Message, Send

logger = logging.getLogger("minichannels")

LONG_WAIT = 1.0
"""Seconds after which waiting for a thread is worth a warning."""

clock = time.monotonic


class NoThreadError(RuntimeError):
    """No thread could be started, as in a kernel that runs in a browser."""


class Pool(Executor):
    """Threads that call functions, and that no exit of Python waits for.

    What it gives are futures of the running event loop.

    Args:
        size: how many threads there may be.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._threads = 0
        self._work: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # A mark for each call that is not over: a deque is changed in one step,
        # which no other thread can divide.
        self._calls: deque[None] = deque()
        self._lock = threading.Lock()

    def submit(  # type: ignore[override]  # the loop takes either future
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> "asyncio.Future[Any]":
        """Have a function called by the next thread that is free.

        Raises:
            RuntimeError: no thread can be started, and there is none yet.
        """
        # Of the loop itself: one of concurrent.futures has a lock, and is
        # waited for by a second one.
        future = asyncio.get_running_loop().create_future()
        self._calls.append(None)
        if len(self._calls) > self._threads:
            self._start()
        self._work.put((future, functools.partial(fn, *args, **kwargs)))
        return future

    def is_busy(self) -> bool:
        """Return whether each thread has a call: to start one more may fail."""
        return len(self._calls) >= self._threads

    def _start(self) -> None:
        with self._lock:
            if self._threads < self._size:
                thread = threading.Thread(
                    target=self._run,
                    name=f"minichannels_{self._threads}",
                    daemon=True,
                )
                try:
                    thread.start()
                except RuntimeError:
                    if not self._threads:
                        self._calls.pop()
                        raise
                    # Otherwise one of those that are busy will come to it.
                else:
                    self._threads += 1

    def _run(self) -> None:
        while True:
            future, call = self._work.get()
            if future.cancelled():
                self._calls.pop()
            else:
                self._call(future, call)
            del future, call  # what they hold must not wait for the next

    def _call(
        self, future: "asyncio.Future[Any]", call: Callable[[], Any]
    ) -> None:
        try:
            done = functools.partial(future.set_result, call())
        except BaseException as error:
            done = functools.partial(future.set_exception, error)
        self._calls.pop()  # first: who has the result may call the next
        with contextlib.suppress(RuntimeError):  # the loop has ended
            future.get_loop().call_soon_threadsafe(_settle, future, done)


def _settle(future: "asyncio.Future[Any]", done: Callable[[], None]) -> None:
    if not future.done():  # nobody waits any more for one that was cancelled
        done()


@functools.cache
def _pool() -> Pool:
    return Pool(_pool_size())


def _pool_size() -> int:
    """Return how many threads the pool may have.

    Raises:
        ValueError: ``ASGI_THREADS`` is no number, or less than 1.
    """
    setting = os.environ.get("ASGI_THREADS", "32")
    size = int(setting) if setting.strip().isdecimal() else 0
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
    waited: list[float] = []  # until the thread has begun
    raised: list[BaseException] = []
    is_free = not one_thread and not _pool().is_busy()
    reminder = None if is_free else _reminder(waited)
    try:
        await _hop(one_thread)(function, asked, waited, raised)
    except RuntimeError as error:
        # Python's words, whatever the reason. An error of this type may be
        # asgiref's: of a thread that waits for itself.
        if "new thread" not in str(error):
            raise
        raise NoThreadError(str(error)) from error
    finally:
        if reminder is not None:
            reminder.cancel()
    if raised:
        raise raised.pop()
    _warn_if_long(waited)
    return waited[0]


@functools.cache  # making one takes longer than using it
def _hop(one_thread: bool) -> Callable[..., Awaitable[None]]:
    if one_thread:
        return SyncToAsync(_timed)
    # asgiref asks for one kind of executor, and takes any.
    return SyncToAsync(_timed, False, executor=_pool())  # type: ignore[arg-type]


def _begin_anew() -> None:
    """Forget the pool: of its threads none is in a process that was forked."""
    _pool.cache_clear()
    _hop.cache_clear()


with contextlib.suppress(AttributeError):  # Windows has no fork
    os.register_at_fork(after_in_child=_begin_anew)


def _timed(
    function: Callable[[], None],
    asked: float,
    waited: list[float],
    raised: list[BaseException],
) -> None:
    """Call a function, and keep what it raises for whoever waits for it.

    A future would hold the error, and asgiref's code, where it passes, holds
    the future: a circle, with the consumer in it, whenever one ends.
    """
    waited.append(clock() - asked)
    try:
        function()
    except BaseException as error:
        raised.append(error)


def send_from_thread(
    send: Send,
) -> Callable[[Message], Any]:
    """Return a plain function that sends an event from a pool's thread.

    It runs ``send`` on the event loop of the caller, in a task, and waits for
    its end; to cancel that task lets the thread go.
    """
    loop = asyncio.get_running_loop()

    def send_and_wait(message: Message) -> Any:
        if asyncio._get_running_loop() is not None:
            raise RuntimeError(
                "send() waits until the event was sent, and would stop the"
                " event loop that it is called on; call it from a handler of a"
                " sync consumer, or make the consumer an async one"
            )
        # As asyncio.run_coroutine_threadsafe() does, but with a lock instead
        # of three futures, and a turn of the loop less.
        sent = Sent()
        # Kept while the thread waits: a loop alone holds no task that waits.
        tasks: list[asyncio.Task[None]] = []

        def begin() -> None:
            task = loop.create_task(_deliver(send, message, sent))
            task.add_done_callback(sent.let_go)
            tasks.append(task)

        loop.call_soon_threadsafe(begin)
        return sent.wait()

    return send_and_wait


class Sent:
    """Whether an event was sent, for a thread that waits for that."""

    __slots__ = ("_bell", "_raised", "_returned", "_told")

    def __init__(self) -> None:
        self._bell = threading.Lock()
        self._bell.acquire()
        self._raised: BaseException | None = None
        self._told = False

    def wait(self) -> Any:
        """Wait until it is told; raise or return what ``send`` did."""
        self._bell.acquire()
        raised, self._raised = self._raised, None
        try:
            if raised is not None:
                raise raised
            return self._returned
        finally:
            del raised  # it holds where it passed

    def tell(self, raised: BaseException | None, returned: Any = None) -> None:
        """Tell the thread how it went, once."""
        if not self._told:
            self._told, self._raised, self._returned = True, raised, returned
            self._bell.release()

    def let_go(self, task: asyncio.Task[None]) -> None:
        """Have the thread wait no longer if a task never came to its event."""
        self.tell(asyncio.CancelledError())


async def _deliver(send: Send, message: Message, sent: Sent) -> None:
    """Send an event, and tell the thread that waits how it went."""
    try:
        sent.tell(None, await send(message))
    except BaseException as error:
        sent.tell(error)


def _reminder(waited: list[float]) -> asyncio.TimerHandle:
    """Have it said if the wait for a thread is long, and until it is over.

    Handlers that wait for each other may never get one, so the warning does
    not wait for that.
    """
    loop = asyncio.get_running_loop()
    return loop.call_later(LONG_WAIT, _warn_if_long, waited)


def _warn_if_long(waited: list[float]) -> None:
    if not waited or waited[0] > LONG_WAIT:
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
