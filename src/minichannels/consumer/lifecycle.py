"""One life of a consumer: from its scope to its end.

A consumer belongs to whoever writes it: its attributes may have any name, and
``disconnect()`` may set them all to None. So the consumer itself carries what
Channels promises (``scope``, ``channel_layer``, ``channel_name``,
``base_send``), and what else the library has to know stands in an object
beside it. The task that serves the consumer holds that object, so the end
needs nothing that is the consumer's own.

    a life is …   until …
    ready         its scope and, if there is a layer, its mailbox are there
    reading       a handler raises (StopConsumer, or an error), or the server
                  cancels the task
    ended         it has left its groups and given its mailbox back
    ended, late   a sync handler's thread, which nobody can cancel, has run
                  on and joined a group: that is left once more

Where the connection stands in its protocol is told by ``state``, which moves
at two places: by what the client did, when that is dispatched
(:meth:`Life.hear`), and by what passes to the server (:meth:`Life.send`),
whoever sent it.
"""

import asyncio
import functools
from collections.abc import Callable, MutableMapping
from typing import Any

from asgiref.sync import async_to_sync

from minichannels.consumer.dispatching import await_many_dispatch
from minichannels.consumer.explaining import no_event
from minichannels.consumer.handlers import get_handler_name, require_for_layers
from minichannels.consumer.threads import send_from_thread
from minichannels.exceptions import StopConsumer
from minichannels.protocol import RECEIVED, START, TABLE, State, advance
from minichannels.types import OBSERVER, Message, Observer, Receive, Scope, Send

# Seconds to wait, by turns, for the event that a client has left.
PAUSES = (0, 0, 0, 0.02, 0.1, 0.5)

_LAST = frozenset({"websocket.disconnect", "http.disconnect"})


class Life:
    """What the library keeps of a consumer, beside it.

    Attributes:
        state: where the connection stands; None for an unknown protocol.
        receive: gives the next event of the client.
        layer: its channel layer, if there is one.
        channel: the name of its mailbox there.
        joined: the groups that its class declares, while it is in them.
        observer: who watches it, if anybody does.
        sending: the tasks that send for a thread, which waits for them.
        ended: whether the consumer is no longer served.
        undelivered: what the server raised, instead of sending an event.
    """

    __slots__ = (
        *("_ahead", "_left", "_reading", "_send", "channel", "ended"),
        *("joined", "layer", "observer", "receive", "sending", "state"),
        "undelivered",
    )

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        layer: Any,
        channel: str,
    ) -> None:
        self.state: State | None = START.get(scope.get("type", ""))
        self.receive = receive
        self.layer = layer
        self.channel = channel
        self.joined: tuple[str, ...] = ()
        self.observer: Observer | None = OBSERVER.get()
        self.sending: set[asyncio.Task[None]] | tuple[()] = ()
        self.ended = False
        self.undelivered: Exception | None = None
        self._send = send
        self._left = self._reading = False
        self._ahead: tuple[asyncio.Task[Message], ...] = ()

    # What is read

    async def _read(self) -> Message:
        """Read the client's next event."""
        self._reading = True
        try:
            event = await self.receive()
        finally:
            self._reading = False
        self._left = event.get("type") in _LAST
        return event

    async def _next(self) -> Message:
        """Return the client's next event, which may have been read ahead."""
        if not self._ahead:
            return await self._read()
        event, *ahead = self._ahead
        self._ahead = tuple(ahead)
        return await event

    async def read(self, consumer: Any) -> None:
        """Dispatch what client and mailbox give, until a handler raises."""
        dispatch = consumer.dispatch
        if self.observer is not None:
            self.observer.consumer_started(consumer)
            watched = functools.partial(_watched, self.observer, consumer)
            dispatch = watched
        await await_many_dispatch(self._sources(consumer), dispatch)

    def _sources(self, consumer: Any) -> list[Receive]:
        from_client: Receive = self._next
        if consumer.scope.get("type") == "channel":  # a worker reads a layer
            from_client = self._let_in(from_client, consumer)
        if self.layer is None:
            return [from_client]
        mailbox = functools.partial(self.layer.receive, self.channel)
        return [from_client, self._let_in(mailbox, consumer)]

    def _let_in(self, source: Receive, consumer: Any) -> Receive:
        """Return a source of messages that may only name the class's own."""

        async def receive() -> Message:
            message = await source()
            try:
                require_for_layers(type(consumer), message)
            except ValueError as error:
                if self.observer is not None:
                    self.observer.message_refused(consumer, message, error)
                raise
            return message

        return receive

    # Where the connection stands

    def hear(self, message: Message) -> None:
        """Note what the client did; messages of a layer change nothing."""
        if self.state is not None and message["type"] in RECEIVED:
            self.state = TABLE[self.state].get(message["type"], self.state)

    async def send(self, event: Message) -> None:
        """Send an event to the server.

        Raises:
            TypeError: it is no event.
            ProtocolError: the event may not be sent now.
        """
        if type(event) is not dict and not isinstance(event, MutableMapping):
            raise TypeError(no_event(event))
        if self.state is not None:
            self.state = advance(self.state, event)
        try:
            await self._send(event)
        except Exception as error:
            self.undelivered = error
            raise

    async def has_left(self) -> bool:
        """Return whether the client has left, or will have in a moment.

        When a server closes by itself, as after a ping without an answer, it
        may refuse what is sent by any error; the client's last event is then
        under way. For that, this reads ahead if nobody reads.
        """
        for pause in PAUSES:
            if self._left:
                return True
            if not self._reading:
                task = asyncio.create_task(self._read())
                self._ahead = (*self._ahead, task)
            await asyncio.sleep(pause)
        for task in self._ahead:
            task.cancel()
        return self._left

    def sender(self, consumer: Any) -> Callable[[Message], Any]:
        """Return ``base_send``; that of a sync consumer waits, in a thread."""
        if not consumer._minichannels_sync:
            return self.send
        # With one thread for all, code in send() that wants that thread has
        # to get the one that waits here: asgiref takes care of this.
        if consumer.thread_sensitive:
            return async_to_sync(self.send)
        self.sending = set()
        return send_from_thread(self.send, self.sending)

    # The end

    async def leave(self) -> None:
        """Leave the groups and give the mailbox back, as the layer can.

        A layer that releases a channel knows its groups; of another one,
        those are left that the class declares.
        """
        if "release" in getattr(self.layer, "extensions", ()):
            await self.layer.release(self.channel)
            return
        for group in self.joined:
            await self.layer.group_discard(group, self.channel)


async def _watched(observer: Observer, consumer: Any, message: Message) -> None:
    """Dispatch a message, and tell the observer of it."""
    name = get_handler_name(message)
    observer.handler_started(consumer, name, message)
    error: BaseException | None = None
    try:
        await consumer.dispatch(message)
    except StopConsumer:
        raise
    except BaseException as raised:
        error = raised
        raise
    finally:
        observer.handler_ended(consumer, name, error)


def life_of(consumer: Any) -> Life:
    """Return what is kept of a consumer.

    One that nobody serves, as another consumer has made it and calls its
    methods, has a life in which nothing is heard and everything may be sent.
    """
    if consumer._minichannels is None:
        consumer._minichannels = Life({}, _silence, _silence, None, "")
    life: Life = consumer._minichannels
    return life


async def _silence(*_: Any) -> Any:
    await asyncio.get_running_loop().create_future()
