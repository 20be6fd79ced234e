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
(:meth:`Life.hears`), and by what passes to the server (:meth:`Life.send`),
whoever sent it.
"""

import asyncio
import functools
from collections.abc import Callable, MutableMapping
from typing import Any

from asgiref.sync import async_to_sync

from minichannels.consumer.dispatching import Dispatch
from minichannels.consumer.explaining import no_event
from minichannels.consumer.handlers import (
    get_runner_name,
    is_ours,
)
from minichannels.consumer.sources import open_line
from minichannels.consumer.threads import send_from_thread
from minichannels.exceptions import (
    ClientGone,
    Explained,
    SessionError,
    StopConsumer,
    says_gone,
)
from minichannels.layers.own import release_of
from minichannels.protocol import RECEIVED, START, STAYS, TABLE, State, pass_on
from minichannels.types import OBSERVER, Message, Observer, Receive, Scope, Send

# How many seconds the event that a client has left may take to come, once its
# server has refused to send.
MOMENT = 0.6

_CLOSED = State.CLOSED  # looked up once, as each event is compared with it
_LEFT = State.DISCONNECTED
_CONNECT, _DISCONNECT = "websocket.connect", "websocket.disconnect"
_ENDS = {State.CONNECTING: _DISCONNECT, State.REQUESTED: "http.disconnect"}
# What no server says, but a test may: it leaves out the handshake, or asks for
# another one.
_IN_TESTS = {
    (State.CONNECTING, "websocket.receive"): State.OPEN,
    (State.OPEN, _CONNECT): State.CONNECTING,
    (State.CLOSED, _CONNECT): State.CONNECTING,
}
# What may be sent once the first event has passed another way, and the state.
_BEGUN = {
    State.CONNECTING: ("websocket.send", State.OPEN),
    State.REQUESTED: ("http.response.body", State.RESPONDING),
}
# So the request for one is noted, though it changes no state.
_QUIET = {**STAYS, State.CONNECTING: ()}

# Of an async consumer, and never added to: a set of its own takes 200 bytes.
_NO_TASKS: set["asyncio.Task[Any]"] = set()


class Life:
    """What the library keeps of a consumer, beside it.

    Attributes:
        state: where the connection stands; None for an unknown protocol.
        receive: gives the next event of the client.
        layer: its channel layer, if there is one.
        channel: the name of its mailbox there.
        joined: the groups that its class declares, while it is in them.
        passed_by: the ``send()`` of the consumer's base that need not be
            called, if there is one: that which only calls ``base_send``.
        lent: whether its ``accept()`` or ``__call__()`` is not ours, and so
            may leave that to a consumer of which this is a part, or do it by
            the server's own ``send``; or it has decided, by an event that a
            ``send`` of its own may hold back.
        asked: whether a handshake was asked for; a test may leave that out.
        observer: who watches it, if anybody does.
        sending: the tasks that send for a thread, which waits for them.
        is_websocket: whether its ``disconnect()`` is to run when the client
            has left, and nothing else once it has closed.
        end: the event by which it is told that its client has left; empty if
            it has no handler for that.
        ended: whether the consumer is no longer served.
        undelivered: what the server raised, instead of sending an event.
    """

    __slots__ = (
        "_ahead",
        "_line",
        "_send",
        "_serve",
        "asked",
        "channel",
        "end",
        "ended",
        "is_websocket",
        "joined",
        "layer",
        "lent",
        "observer",
        "passed_by",
        "receive",
        "sending",
        "state",
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
        kind = scope.get("type")
        self.state = START.get(kind) if isinstance(kind, str) else None
        self.receive = receive
        self.layer = layer
        self.channel = channel
        self.joined: tuple[str, ...] = ()
        self.observer: Observer | None = OBSERVER.get()
        self.sending = _NO_TASKS
        self.is_websocket = False
        self.lent = self.asked = False
        self.passed_by: Callable[..., Any] | None = None
        self.end = ""
        self.ended = False
        self.undelivered: Exception | None = None
        self._send = send
        self._ahead: list[Message] = []

    async def read(self, consumer: Any) -> None:
        """Dispatch what client and mailbox give, until a handler raises."""
        self._know(consumer)
        dispatch = self._dispatch(consumer)
        self._line, self._serve = open_line(
            consumer, self.receive, self.layer, self.channel, self.observer
        )
        try:
            while True:
                try:
                    while self._ahead:
                        await dispatch(self._ahead.pop(0))
                    failed = [await self._serve(dispatch)]
                except Exception as error:
                    if not await self._forgives(error):
                        raise
                else:
                    raise failed.pop()  # which holds this, as it passes here
        finally:
            # What serves may hold the consumer, which holds this.
            self.ended, self._serve = True, _silence
            self.let_go()
            await self._line.close()

    def _know(self, consumer: Any) -> None:
        self.is_websocket = consumer._minichannels_websocket
        end = _ENDS.get(self.state, "") if self.state is not None else ""
        # Of its class: who answers for any name has no handler of this one.
        if end and hasattr(type(consumer), end.replace(".", "_")):
            self.end = end
        self.lent = not is_ours(consumer.__call__) or (
            self.is_websocket and not is_ours(consumer.accept)
        )

    def _dispatch(self, consumer: Any) -> Dispatch:
        dispatch: Dispatch = consumer.dispatch
        is_own = self.is_websocket and not is_ours(dispatch)
        if self.observer is not None:
            self.observer.consumer_started(consumer)
            dispatch = functools.partial(
                self._watched, self.observer, consumer, dispatch
            )
        if is_own:
            return functools.partial(self._unless_late, dispatch)
        return dispatch

    async def _unless_late(self, dispatch: Dispatch, message: Message) -> None:
        """Dispatch a message by a class's own method, unless it is late.

        Ours asks :meth:`hears`; a class's own may act before it does.
        """
        kind = message.get("type")
        if self.state is not _CLOSED or kind in (_CONNECT, _DISCONNECT):
            await dispatch(message)

    def hears(self, message: Message) -> bool:
        """Note what the client did; return whether it is to be handled.

        Messages of a layer change nothing.
        """
        state, kind = self.state, message["type"]
        # Most change nothing, which is the quicker to see.
        if state is not None and kind not in _QUIET[state] and kind in RECEIVED:
            self.asked |= kind == _CONNECT
            moved = TABLE[state].get(kind) or _IN_TESTS.get((state, kind))
            state = self.state = moved or state
        # What is late is not handled: nobody takes an answer to it.
        return state is not _CLOSED or not self.is_websocket

    async def send(self, event: Message) -> Any:
        """Send an event to the server, unless it asks for what is so already.

        Raises:
            TypeError: it is no event.
            ProtocolError: the event may not be sent now.
            ClientGone: the server says so.
        """
        if type(event) is not dict and not isinstance(event, MutableMapping):
            raise TypeError(no_event(event))
        state = self.state
        if state is not None and event.get("type") not in STAYS[state]:
            if _is_moot(state, event):
                return None
            self.state = self._follows(state, event)
        try:
            return await self._send(event)
        except Exception as error:
            if says_gone(error):
                raise ClientGone.told_by(error) from error
            ours = isinstance(error, Explained | SessionError)
            self.undelivered = None if ours else error
            raise

    def _follows(self, state: State, event: Message) -> State:
        """Return the state that follows when an event is sent.

        Raises:
            ProtocolError: the event may not be sent now.
        """
        # Somebody has accepted, past this one; or nobody asked for that.
        past = self.lent or (state is State.CONNECTING and not self.asked)
        kind, then = _BEGUN.get(state, ("", state))
        if past and event.get("type") == kind:
            state = then
        return pass_on(state, event)

    def refused(self, error: Exception) -> bool:
        """Return whether an error is what the server raised for an event.

        Or for another one, as tasks and threads may have sent at once.
        """
        raised = self.undelivered
        return raised is not None and _says(error, raised)

    async def _forgives(self, error: Exception) -> bool:
        """Return whether an error of a handler says that the client has left.

        Servers have no one error for a client that they gave up, as after a
        ping without an answer. But then its last event is under way.

        Raises:
            ClientGone: the client has left, and that ends the consumer.
        """
        gone = _says(error)
        if not gone and not (self.end and self.refused(error)):
            return False
        if self._ahead and self._ahead[-1].get("type") == self.end:
            return True
        if gone:
            return self._is_to_hear(error)
        self.undelivered = None  # to be asked once
        # A task of its own: what is read may set context variables.
        reading = asyncio.create_task(self._serve(self._put_by))
        try:
            raise await asyncio.wait_for(reading, MOMENT)
        except StopConsumer:
            return True
        except TimeoutError:
            # Nobody reads any more, so the handler's message is still at work.
            await self._line.close()
            return False

    def _is_to_hear(self, error: Exception) -> bool:
        """Return that a consumer has yet to hear that its client has left.

        Raises:
            ClientGone: it has none that tells it, or all is said; or, in
                disconnect(), it was the client of another one.
        """
        if self.end == _DISCONNECT and self.state is not _LEFT:
            return True
        raise ClientGone() from error  # which may be a group of them

    async def _put_by(self, message: Message) -> None:
        """Keep what is yet to be handled, until the client has left."""
        self._ahead.append(message)
        if message.get("type") == self.end:
            raise StopConsumer

    def sender(self, consumer: Any) -> Callable[[Message], Any]:
        """Return ``base_send``; that of a sync consumer waits, in a thread."""
        if not consumer._minichannels_sync:
            return self.send
        self.sending = set()
        # With one thread for all, code in send() that wants that thread has
        # to get the one that waits here: asgiref takes care of this.
        if consumer.thread_sensitive:
            return async_to_sync(self._send_for_thread)
        return send_from_thread(self._send_for_thread)

    async def _send_for_thread(self, event: Message) -> Any:
        """Send an event for a thread that waits, until the consumer ends.

        A thread runs on when its consumer has ended. Then nobody would let it
        go any more, if the server did not take what it sends.
        """
        if self.ended:
            raise ClientGone()
        task: Any = asyncio.current_task()
        self.sending.add(task)
        try:
            return await self.send(event)
        finally:
            self.sending.discard(task)

    async def _watched(
        self,
        observer: Observer,
        consumer: Any,
        dispatch: Dispatch,
        message: Message,
    ) -> None:
        """Dispatch a message, and tell the observer of it."""
        name = get_runner_name(consumer, message)
        observer.handler_started(consumer, name, message)
        error: BaseException | None = None
        try:
            await dispatch(message)
        except StopConsumer:
            raise
        except BaseException as raised:
            if isinstance(raised, Exception) and await self._forgives(raised):
                # Ends the line's turns: what was read meanwhile comes first.
                raise ClientGone() from raised
            error = raised
            raise
        finally:
            observer.handler_ended(consumer, name, error)
            del error  # which holds this, as it has passed here

    def let_go(self) -> None:
        """Have no thread wait for an event to be sent."""
        # No thread can be cancelled, but what it waits for can.
        for task in self.sending:
            task.cancel()

    async def leave(self) -> None:
        """Leave the groups and give the mailbox back, as the layer can.

        A layer that releases a channel knows its groups; of another one,
        those are left that the class declares.
        """
        release = release_of(self.layer)
        if release is not None:
            await release(self.channel)
            return
        # All at once: one that cannot be left keeps it in no other.
        for failed in await asyncio.gather(
            *(self.layer.group_discard(g, self.channel) for g in self.joined),
            return_exceptions=True,
        ):
            if isinstance(failed, BaseException):
                raise failed


def _is_moot(state: State, event: Message) -> bool:
    """Return whether an event closes what its client has closed already."""
    # Many close in disconnect(): what they ask for is so.
    return state is _LEFT and event.get("type") == "websocket.close"


def _each(error: Exception, raised: Exception | None) -> list[Exception]:
    """Return what a group of errors holds, all the way down; or the one.

    What a server has raised is one, though it is a group.
    """
    if error is raised or not isinstance(error, ExceptionGroup):
        return [error]
    return [inner for each in error.exceptions for inner in _each(each, raised)]


def _says(error: Exception, raised: Exception | None = None) -> bool:
    """Return whether an error, or each of a group, says that a client left.

    A server that has raised one says the same of each event that it refuses;
    what a task itself raises may be of the same class, and says another thing.
    """
    return all(
        isinstance(each, ClientGone)
        or each is raised
        or (type(each) is type(raised) and str(each) == str(raised))
        for each in _each(error, raised)
    )


def life_of(consumer: Any) -> Life:
    """Return what is kept of a consumer.

    One that nobody serves, as another consumer has made it and calls its
    methods, has a life in which nothing is heard and everything may be sent.
    """
    if consumer._minichannels is None:
        life = Life({}, _silence, _silence, None, "")
        object.__setattr__(consumer, "_minichannels", life)
    return consumer._minichannels  # type: ignore[no-any-return]


async def _silence(*_: Any) -> Any:
    await asyncio.get_running_loop().create_future()
