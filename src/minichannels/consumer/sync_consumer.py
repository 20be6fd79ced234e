"""Consumers whose handlers are plain functions, each run in a thread.

Source: Channels, "Consumers", "SyncConsumer".
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from minichannels.consumer.async_consumer import AsyncConsumer
from minichannels.consumer.calls import run_sync
from minichannels.consumer.explaining import without_threads
from minichannels.consumer.handlers import (
    Handler,
    find_handler,
    get_handler_name,
)
from minichannels.consumer.lifecycle import Life, life_of
from minichannels.consumer.threads import (
    LONG_WAIT,
    NoThreadError,
    run_in_thread,
)
from minichannels.db import database
from minichannels.types import Message


class SyncConsumer(AsyncConsumer):
    """A consumer whose handlers are plain functions.

    Each handler runs in a thread of a pool, so a handler that blocks does
    not hold up the others' consumers; one connection's handlers still run
    one at a time. ``async_to_sync`` in a handler runs on the server's loop.

    Attributes:
        thread_sensitive: True runs all handlers of all such consumers in
            one thread, as Channels does, and as is usual beside Django.
    """

    thread_sensitive: bool = False

    _sync: ClassVar[Any] = True
    _minichannels_sync: ClassVar[bool] = True

    async def dispatch(self, message: Message) -> None:
        """Call the handler for a message in a thread, and wait for its end.

        Raises:
            ValueError: the class has no such handler.
            TypeError: the handler is a coroutine function.
            RuntimeError: there are no threads here.
        """
        call = _prepared(self, message)
        if call is None:
            return
        life = life_of(self)
        try:
            waited = await run_in_thread(call, one_thread=self.thread_sensitive)
        except asyncio.CancelledError:
            life.let_go()
            raise
        except NoThreadError as error:
            raise RuntimeError(without_threads(type(self))) from error
        if waited > LONG_WAIT and life.observer is not None:
            life.observer.thread_waited(self, get_handler_name(message), waited)

    def send(self, message: Message) -> None:  # type: ignore[override]
        """Send an event to the client, from a handler's thread.

        Raises:
            ProtocolError: the event may not be sent now.
        """
        # The one override that changes a signature: sync for async, as in
        # Channels, where a sync consumer is the async one in other clothes.
        self.base_send(message)


def _prepared(consumer: Any, message: Message) -> Callable[[], None] | None:
    """Return what runs the handler in a thread; None if there is nothing."""
    life = life_of(consumer)
    handler = find_handler(consumer, message)
    if not life.hears(message):
        return None
    call: Callable[[], None]
    call = partial(_call, handler, message, life, consumer.thread_sensitive)
    if life.observer is not None:
        call = life.observer.in_thread(call, message)
    return call


def _dispatch(self: SyncConsumer, message: Message) -> None:
    """Call the handler for a message here, in a thread of somebody else."""
    call = _prepared(self, message)
    if call is not None:
        call()


# Channels has its dispatch() so: a plain function, which a class of somebody's
# own may take for threads of its choice.
SyncConsumer.dispatch.func = _dispatch  # type: ignore[attr-defined]


def _call(
    handler: Handler, message: Message, life: Life, one_thread: bool
) -> None:
    """Run a handler, in its thread."""
    try:
        # The pool's threads keep no connection: there are many of them.
        with database.around(one_thread):
            run_sync(handler, message)
    finally:
        # A thread cannot be cancelled, so it may have joined groups after its
        # consumer had ended. The server's loop may have ended since then as
        # well, so this waits on a loop of its own.
        if life.ended:
            asyncio.run(life.leave())
