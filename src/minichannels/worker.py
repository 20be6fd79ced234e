"""The worker: it serves channels as a server serves connections.

How it works: the worker listens on channels with names that everybody knows.
The first message of a channel starts an application with the scope
``{"type": "channel", "channel": name}``, and its ``receive`` then reads the
channel on. So a message waits in the layer until the application wants it.
When an application has ended, the next message starts a new one.

Source: Channels, "Worker and Background Tasks".
"""

import asyncio
import functools
import logging
import reprlib
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

from minichannels._asgi import require_shareable
from minichannels.exceptions import InvalidChannelLayerError
from minichannels.types import ASGIApp, ChannelLayer, Message

logger = logging.getLogger(__name__)


class Worker:
    """Gives the messages of some channels to an application.

    Attributes:
        application: called once for each channel, and again for the next
            message when it has ended.
        channels: the names of the channels.
        channel_layer: where the messages come from.
        max_applications: how many instances may run at once; for one more,
            that which has waited longest for a message is cancelled, even in
            a handler (as in Channels), so leave room for all channels.

    Raises:
        TypeError: ``application`` is none, or ``channels`` is one string.
        ValueError: there is no channel or no layer, or no room for one
            application.
    """

    def __init__(
        self,
        application: ASGIApp,
        channels: Iterable[str],
        channel_layer: ChannelLayer | None,
        max_applications: int = 1000,
    ) -> None:
        require_shareable(application, "the worker's application")
        _require_names(channels)
        if channel_layer is None:
            raise InvalidChannelLayerError(
                "channel_layer is None; a worker needs a layer to read from"
            )
        self.application = application
        # A dict keeps the order and drops what is named twice: two readers
        # of one channel would be two instances.
        self.channels = list(dict.fromkeys(channels))
        self.channel_layer = channel_layer
        self.max_applications = max_applications
        if not self.channels:
            raise ValueError("channels is empty; a worker needs a channel name")
        _require_number(max_applications)
        # What runs, by channel; that which was used last comes last.
        self._minichannels: dict[str, asyncio.Task[None]] = {}

    def run(self) -> None:
        """Serve until Ctrl-C is pressed or the channel layer fails.

        Raises:
            Exception: what the channel layer raised.
        """
        try:
            asyncio.run(self.handle())
        except KeyboardInterrupt:
            logger.info("interrupted: the worker ends")

    async def handle(self) -> None:
        """Serve all channels until cancelled; then leave no task behind.

        Raises:
            Exception: what the channel layer raised, on any channel.
        """
        listeners = [
            asyncio.create_task(self.listener(channel))
            for channel in self.channels
        ]
        try:
            failed, _ = await asyncio.wait(
                listeners, return_when=asyncio.FIRST_EXCEPTION
            )
        finally:
            await _end(listeners)
        await asyncio.gather(*failed)  # raises what the first one raised

    async def listener(self, channel: str) -> None:
        """Serve one channel, with one application after the other.

        Raises:
            Exception: what the channel layer raised.
        """
        while True:
            first = await _next_message(self, channel)
            # A task, so that one instance can be ended to make room.
            task = asyncio.create_task(_serve(self, channel, first))
            self._minichannels[channel] = task
            _make_room(self)
            try:
                await asyncio.wait([task])
            finally:
                await _end([task])
                self._minichannels.pop(channel, None)
            if not task.cancelled():
                task.result()


# No methods: who makes a class of that one may call theirs as they like.


async def _serve(worker: Worker, channel: str, first: Message) -> None:
    """Run the application once; log its error, raise the layer's."""
    inbox = _Inbox(first, functools.partial(_next_message, worker, channel))
    scope = {"type": "channel", "channel": channel}
    try:
        await worker.application(scope, inbox.receive, _refuse_to_send)
    except Exception:
        if inbox.error is None:
            logger.exception("application of channel %r failed", channel)
    if inbox.error is not None:
        raise inbox.error


async def _next_message(worker: Worker, channel: str) -> Message:
    while True:
        message = await worker.channel_layer.receive(channel)
        if message.get("type"):
            _touch(worker, channel)
            return message
        logger.error(
            "no type in %s, from channel %r", reprlib.repr(message), channel
        )


def _touch(worker: Worker, channel: str) -> None:
    """Note that an instance is in use: the oldest use comes first."""
    if channel in worker._minichannels:
        worker._minichannels[channel] = worker._minichannels.pop(channel)


def _make_room(worker: Worker) -> None:
    while len(worker._minichannels) > worker.max_applications:
        oldest = next(iter(worker._minichannels))
        worker._minichannels.pop(oldest).cancel()


def _require_names(channels: Any) -> None:
    if isinstance(channels, str):
        raise TypeError(f"channels is a list of names; use [{channels!r}]")
    if not isinstance(channels, Iterable):
        raise TypeError(f"channels is a list of names, not {channels!r}")


def _require_number(max_applications: Any) -> None:
    if not isinstance(max_applications, int) or max_applications < 1:
        raise ValueError(
            f"max_applications is {max_applications!r}; use 1 or more"
        )


class _Inbox:
    """What one instance receives: a first message, then the channel's.

    Attributes:
        error: what the channel layer raised, if it has failed. The instance
            sees it as well, and might make something else of it.
    """

    def __init__(
        self, first: Message, read: Callable[[], Awaitable[Message]]
    ) -> None:
        self.error: Exception | None = None
        self._first: Message | None = first
        self._read = read

    async def receive(self) -> Message:
        """Return the next message; this is the instance's ``receive``."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        try:
            return await self._read()
        except Exception as error:
            self.error = error
            raise


async def _refuse_to_send(message: Message) -> None:
    raise NotImplementedError(
        f"cannot send {message.get('type')!r}: behind a worker there is no "
        "client; answer through the channel layer"
    )


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have ended, in whatever way."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            # Looked at here, or asyncio complains that nobody has. A task
            # that fails while it is ended adds nothing to why it is ended.
            task.exception()
