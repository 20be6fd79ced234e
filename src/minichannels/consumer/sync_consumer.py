"""Consumers whose handlers are plain functions, each run in a thread.

Source: Channels, "Consumers", "SyncConsumer".
"""

import asyncio
import functools
from collections.abc import Callable, Collection
from typing import Any

from asgiref.sync import async_to_sync

from minichannels.consumer.async_consumer import AsyncConsumer, Handler
from minichannels.consumer.calls import call_sync
from minichannels.consumer.handlers import get_handler_name
from minichannels.consumer.threads import (
    LONG_WAIT,
    NoThreadError,
    run_in_thread,
    send_from_thread,
)
from minichannels.types import Message, Send


class SyncConsumer(AsyncConsumer):
    """A consumer whose handlers are plain functions.

    Each handler runs in a thread of a pool, so a handler that blocks does
    not hold up the others' consumers; one connection's handlers still run
    one at a time. ``async_to_sync`` in a handler runs on the server's loop.

    Attributes:
        thread_sensitive: True runs all handlers of all such consumers in
            one thread, as Channels does.
    """

    thread_sensitive: bool = False

    _sending: Collection[asyncio.Task[None]] = ()

    _signature = "def {}(self, event)"

    def _sender(self, send: Send) -> Callable[[Message], Any]:
        # With one thread for all, code in send() that wants that thread has
        # to get the one that waits here: asgiref takes care of this.
        if self.thread_sensitive:
            return async_to_sync(send)
        self._sending = set()
        return send_from_thread(send, self._sending)

    async def dispatch(self, message: Message) -> None:
        """Call the handler for a message in a thread, and wait for its end.

        Raises:
            ValueError: the class has no such handler.
            TypeError: the handler is a coroutine function.
            RuntimeError: there are no threads here.
        """
        handler = self._find_handler(message)
        call = functools.partial(self._handle, handler, message)
        try:
            seconds = await run_in_thread(
                call, one_thread=self.thread_sensitive
            )
        except asyncio.CancelledError:
            # No thread can be cancelled, but what it waits for can.
            for task in self._sending:
                task.cancel()
            raise
        except NoThreadError as error:
            raise RuntimeError(self._without_threads()) from error
        if seconds > LONG_WAIT and self._observer is not None:
            name = get_handler_name(message)
            self._observer.thread_waited(self, name, seconds)

    def _without_threads(self) -> str:
        names = (
            base.__name__
            for base in type(self).__mro__
            if base.__module__.startswith("minichannels.")
        )
        sync = next(names)
        twin = "Async" + sync.removeprefix("Sync")
        return (
            f"{type(self).__name__} is a {sync}, whose handlers run in"
            " threads, and no thread can be started here; derive it from"
            f" {twin} and write 'async def' and 'await'"
        )

    def _handle(self, handler: Handler, message: Message) -> None:
        try:
            call_sync(handler, message)
        finally:
            # No thread can be cancelled: this handler ran on when its
            # consumer ended, and may have joined a group since then.
            if self._ended:
                asyncio.run(self._leave())

    def send(self, message: Message) -> None:  # type: ignore[override]
        """Send an event to the client, from a handler's thread.

        Raises:
            ProtocolError: the event may not be sent now.
        """
        # The one override that changes a signature: sync for async, as in
        # Channels, where a sync consumer is the async one in other clothes.
        self._check_order(message)
        self.base_send(message)
