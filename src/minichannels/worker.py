"""The worker: it serves channels as a server serves connections.

How it works: the worker listens on channels with names that everybody knows.
The first message of a channel starts an application with the scope
``{"type": "channel", "channel": name}``, and its ``receive`` then reads the
channel on. So a message waits in the layer until the application wants it.
When an application has ended, the next message starts a new one.

Source: Channels, "Worker and Background Tasks"; ``asgiref.server``.
"""

import asyncio
import functools
import logging
import reprlib
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

from asgiref.server import StatelessServer

from minichannels._asgi import require_shareable
from minichannels._masking import short
from minichannels.exceptions import InvalidChannelLayerError
from minichannels.types import ASGIApp, ChannelLayer, Message, Scope

logger = logging.getLogger(__name__)


class Worker(StatelessServer):
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

    # A command may have it run until a signal comes.
    _minichannels_run: Callable[[Any], None] = staticmethod(asyncio.run)
    _minichannels_checker: asyncio.Task[None] | None = None

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
        super().__init__(application, max_applications)  # type: ignore[no-untyped-call]
        # A dict keeps the order and drops what is named twice: two readers
        # of one channel would be two instances.
        self.channels = list(dict.fromkeys(channels))
        self.channel_layer = channel_layer
        if not self.channels:
            raise ValueError("channels is empty; a worker needs a channel name")
        _require_number(max_applications)

    def run(self) -> None:
        """Serve until Ctrl-C is pressed or the channel layer fails.

        Raises:
            Exception: what the channel layer raised.
        """
        try:
            self._minichannels_run(self.arun())
        except KeyboardInterrupt:
            logger.info("interrupted: the worker ends")

    async def arun(self) -> None:
        """Serve; a class may do something beside it."""
        await self.handle()

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
            details = {"scope": {"type": "channel", "channel": channel}}
            # A task, so that one instance can be ended to make room.
            task = asyncio.create_task(_serve(self, details, first))
            _make_room(self, channel, {**details, "future": task})
            try:
                await asyncio.wait([task])
            finally:
                await _end([task])
                self.application_instances.pop(channel, None)
            if not task.cancelled():
                task.result()

    # As asgiref's server has them, for classes made of this one

    async def application_send(self, scope: Scope, message: Message) -> None:
        """Take what an instance sends.

        Raises:
            NotImplementedError: this worker has no use for it.
        """
        raise NotImplementedError(
            f"cannot send {message.get('type')!r}: behind a worker there is no "
            "client; answer through the channel layer"
        )

    async def application_exception(
        self, exception: Exception, application_details: dict[str, Any]
    ) -> None:
        """Note that an instance has failed, whose ``scope`` is given."""
        channel = application_details["scope"].get("channel")
        logger.error(
            "application of channel %r failed", channel, exc_info=exception
        )

    def get_or_create_application_instance(
        self, scope_id: str, scope: Scope
    ) -> asyncio.Queue[Message]:
        """Return an instance's queue, for a ``listener()`` of one's own."""
        server: Any = super()  # which says nothing of its types
        checker: Any = self.application_checker
        former = self._minichannels_checker
        if former is None or former.done():
            checking = asyncio.create_task(checker())
            self._minichannels_checker = checking
        queue: asyncio.Queue[Message]
        queue = server.get_or_create_application_instance(scope_id, scope)
        return queue


# No methods: who makes a class of that one may call theirs as they like.


async def _serve(
    worker: Worker, details: dict[str, Any], first: Message
) -> None:
    """Run the application once; tell its error, raise the layer's."""
    scope = details["scope"]
    read = functools.partial(_next_message, worker, scope["channel"])
    inbox, send = _Inbox(first, read), worker.application_send
    try:
        await worker.application(
            scope, inbox.receive, functools.partial(send, scope)
        )
    except Exception as error:
        if inbox.error is None:
            await worker.application_exception(error, details)
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
    if channel in worker.application_instances:
        details = worker.application_instances.pop(channel)
        worker.application_instances[channel] = details
        details["last_used"] = time.time()


def _make_room(worker: Worker, channel: str, details: dict[str, Any]) -> None:
    """Note an instance, and end those that were not used for longest."""
    worker.application_instances[channel] = details
    _touch(worker, channel)
    while len(worker.application_instances) > worker.max_applications:
        worker.delete_oldest_application_instance()  # type: ignore[no-untyped-call]


def _require_names(channels: Any) -> None:
    if isinstance(channels, str):
        raise TypeError(f"channels is a list of names; use [{short(channels)}]")
    if not isinstance(channels, Iterable):
        raise TypeError(f"channels is a list of names, not {short(channels)}")


def _require_number(max_applications: Any) -> None:
    if not isinstance(max_applications, int) or max_applications < 1:
        raise ValueError(
            f"max_applications is {short(max_applications)}; use 1 or more"
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
