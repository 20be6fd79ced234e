"""One connection to NATS: what is published, asked for, and what comes.

How it works: nats-py makes the connection and speaks the protocol. It would
have one task for each subscription, and so messages on two subjects would
change places; here all that comes goes into one row (see ``Row``), and is
taken from it in order.

Whoever publishes wants to know whether anybody hears it. The server says so if
nobody does, and nothing otherwise. So after a message goes a *mark*, which this
connection itself hears: what the server had to say is there before it.

    out    message 1   mark 1   message 2               mark 2
    in                 mark 1   nobody hears message 2  mark 2

What a user may not publish or hear, the server says by an error, before the
mark, too; in it, all letters are small.
"""

import asyncio
import contextlib
import json
import re
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from minichannels.exceptions import LayerUnavailable, MessageTooLarge
from minichannels.layers.nats.connection import NatsConnection
from minichannels.layers.nats.requirements import errors

Pushed = Callable[[str, bytes], int]
"""Takes a subject, and what was published on it; returns for how many rounds
of the event loop to let others run."""

NANO = 10**9
"""JetStream counts in nanoseconds."""

# How the subject begins by which a message of a stream is acknowledged.
_HELD = "$JS.ACK."

# The number of a message that there is in no stream.
_NO_MESSAGE = 2**62

# How many bytes may wait here to be taken, and how many more a message needs.
# Of more, nobody is waited for: what finds a full mailbox is dropped.
_MOST, _EACH = 16_000_000, 1000

# How the server says what it refuses, and to which subject.
_REFUSED = re.compile(r'permissions violation for (\w+) to "([^"]*)"')


class RequestRefused(LayerUnavailable):
    """The server is there, and does not do what it is asked."""


class Row:
    """Stands for the future of nats-py that takes a single message.

    It takes each that comes, at once, and so all are in one row.
    """

    def __init__(self, take: Callable[[Any], None]) -> None:
        self.set_result = take

    def cancelled(self) -> bool:
        """No: it always takes more."""
        return False


class NatsWire:
    """An open connection, for many callers at once.

    Args:
        client: the connection.
        server: what the server is called in texts.
        timeout: seconds after which a caller is told that it is away.
        pushed: takes what was published.

    Attributes:
        ended: says why, when the connection has ended.
        known: the streams, and their readers, that there are at the server.
    """

    def __init__(
        self,
        client: NatsConnection,
        server: str,
        timeout: float,
        pushed: Pushed,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended = client.ended
        self.known: set[str] = set()
        self._client = client
        self._server = server
        self._timeout = timeout
        self._pushed = pushed
        self._inbox = client.new_inbox()
        self._nexts = f"{self._inbox}.answer.*.*"
        self._asks_no_more = False
        self._numbers = 0
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._about: dict[str, set[str]] = {}
        self._unheard: set[str] = set()
        self._subscriptions: dict[str, Any] = {}
        self._arrived: deque[Any] = deque()
        self._size = 0  # of what has arrived, in bytes
        self._takes = False
        self._closed = ""
        self._tasks: set[asyncio.Task[None]] = set()

    # What callers do

    async def subscribe(self, *subjects: str) -> None:
        """Hear subjects, from when this returns.

        Raises:
            LayerUnavailable: the server does not answer, or refuses one.
        """
        for subject in (f"{self._inbox}.*.*", self._nexts, *subjects):
            if subject not in self._subscriptions:
                self._subscriptions[subject] = None  # so nobody else does
                self._subscriptions[subject] = await self._client.subscribe(
                    subject, future=Row(self._comes)
                )
        await self._wait_for("mark", about=subjects)

    def hears(self, subject: str) -> bool:
        """Return whether a subject is heard: it may have been refused."""
        return subject in self._subscriptions

    def unsubscribe(self, subject: str) -> None:
        """Hear a subject no more."""
        subscription = self._subscriptions.pop(subject, None)
        if subscription is not None and not self._closed:
            self._do(subscription.unsubscribe())

    async def publish(self, subject: str, data: bytes) -> bool:
        """Publish; return whether anybody hears it.

        Raises:
            LayerUnavailable: it is not known what became of it.
            MessageTooLarge: the server takes none so large.
        """
        heard: bool = await self._wait_for("nobody", subject, data)
        return heard

    async def mark(self) -> None:
        """Wait until all has arrived that was published before this."""
        await self._wait_for("mark")

    async def ask(self, subject: str, data: bytes) -> Any:
        """Publish what is answered; return that, or None if nobody is there.

        Raises:
            LayerUnavailable: there is no answer.
            MessageTooLarge: the server takes none so large.
        """
        return await self._wait_for("answer", subject, data)

    async def next(self, stream: str, reader: str, wait: float) -> Any:
        """Ask for the next message of a stream; return what comes.

        Only one for a reader at a time: a message tells whose it is, not what
        it answers.

        Args:
            stream: the stream.
            reader: its reader.
            wait: how many seconds the server may wait for one.

        Returns:
            A message; or None, if there is no such reader, or no more is asked
            for.

        Raises:
            LayerUnavailable: there is no answer.
        """
        if self._asks_no_more:
            return None
        call = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{reader}"
        asked = json.dumps({"batch": 1, "expires": int(wait * NANO)})
        number = f"{stream}.{reader}"
        return await self._wait_for("answer", call, asked.encode(), number)

    async def ask_no_more(self) -> None:
        """End each :meth:`next`, when all has come that the server has sent.

        Raises:
            LayerUnavailable: the server does not answer.
        """
        self._asks_no_more = True
        await self._client.want_no_more(self._subscriptions[self._nexts])
        asking = [number for number in self._waiting if "." in number]
        await asyncio.gather(self.mark(), *map(self._have_all, asking))
        for future in map(self._waiting.get, asking):
            if future is not None and not future.done():
                future.set_result(None)

    async def _have_all(self, number: str) -> None:
        """Wait until all has come that the server gives to a reader.

        A message that it was about to give may come after the mark. Of it, as
        of any other, the reader could say that it still works on it: that is
        answered behind what it was given.
        """
        await self.ask(f"{_HELD}{number}.1.{_NO_MESSAGE}.1.0.0", b"+WPI")

    async def api(self, call: str, **arguments: Any) -> dict[str, Any] | None:
        """Call JetStream; return what it says, None if there is none.

        Raises:
            LayerUnavailable: there is no answer.
        """
        data = json.dumps(arguments).encode() if arguments else b""
        answer = await self.ask(f"$JS.API.{call}", data)
        return None if answer is None else json.loads(answer.data)

    async def close(self, why: str) -> None:
        """End the connection, and tell all who wait."""
        self._closed = why
        while self._arrived:
            self._take()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(LayerUnavailable(why))
        try:
            # It writes what it still has to write, and the server may not read.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timeout):
                    await self._client.close()
        finally:
            self._client.abort()

    def says(self, error: Exception) -> None:
        """Note an error of the server; tell those whom it is for."""
        refused = _REFUSED.search(str(error).lower())
        if refused is None:
            return
        what, subject = refused.groups()
        if what == "subscription":  # whoever wants it again has to ask again
            for heard in [
                s for s in self._subscriptions if s.lower() == subject
            ]:
                self.unsubscribe(heard)
        # What one says to oneself, all wait for.
        is_own = subject.startswith(self._inbox.lower())
        for number, future in self._waiting.items():
            if (is_own or subject in self._about[number]) and not future.done():
                future.set_exception(
                    RequestRefused(f"{self._server} refuses: {error}")
                )

    # How it is done

    async def _wait_for(
        self,
        what: str,
        subject: str = "",
        data: bytes = b"",
        number: str = "",
        about: Iterable[str] = (),
    ) -> Any:
        """Publish, and wait for what is said of it."""
        if self._closed:
            raise LayerUnavailable(self._closed)
        self._numbers += 1
        number = number or str(self._numbers)
        self._waiting[number] = self._loop.create_future()
        self._about[number] = {each.lower() for each in (subject, *about)}
        try:
            async with asyncio.timeout(self._timeout):
                said = await self._said(what, number, subject, data)
        except (errors.Error, TimeoutError) as error:
            raise self._explained(error, data) from error
        finally:
            del self._waiting[number], self._about[number]
            self._unheard.discard(number)
        return said

    async def _said(
        self, what: str, number: str, subject: str, data: bytes
    ) -> Any:
        if subject:
            reply = f"{self._inbox}.{what}.{number}"
            await self._client.publish(subject, data, reply)
        if what != "answer":
            await self._client.publish(f"{self._inbox}.mark.{number}")
        return await self._waiting[number]

    def _explained(self, error: Exception, data: bytes) -> Exception:
        if isinstance(error, errors.MaxPayloadError):
            return MessageTooLarge(
                f"{len(data)} bytes are too many for {self._server}, which"
                f" takes {self._client.max_payload} in a message"
            )
        why = str(error) or f"no answer for {self._timeout:g} s"
        if self.ended.done():
            why = self.ended.result()
        return LayerUnavailable(
            f"{self._server} is away ({why}); it is not known what became of"
            " what it was sent"
        )

    def _comes(self, message: Any) -> None:
        self._arrived.append(message)
        self._size += len(message.data) + _EACH
        if not self._takes:
            self._takes = True
            self._loop.call_soon(self._take_all)

    def _take_all(self, rounds: int = 0) -> None:
        """Take what arrived; let those who read it run in between."""
        while self._arrived and (not rounds or self._size > _MOST):
            rounds = self._take()
        self._takes = bool(self._arrived)
        if self._takes:
            self._loop.call_soon(self._take_all, rounds - 1)

    def _take(self) -> int:
        message = self._arrived.popleft()
        self._size -= len(message.data) + _EACH
        if message.reply.startswith(_HELD):
            kind, number = "answer", ".".join(message.reply.split(".")[2:4])
        elif message.subject.startswith(self._inbox):
            said = message.subject.removeprefix(f"{self._inbox}.")
            kind, _, number = said.partition(".")
        else:
            return self._pushed(message.subject, message.data)
        future = self._waiting.get(number)
        if future is not None and not future.done():
            self._answer(future, kind, number, message)
        elif message.reply and not self._closed:
            # Somebody asked for it, and has given up.
            self._do(self._client.publish(message.reply, b"-NAK"))
        return 0

    def _answer(
        self, future: asyncio.Future[Any], kind: str, number: str, message: Any
    ) -> None:
        if kind == "nobody":
            self._unheard.add(number)
        elif kind == "mark":
            future.set_result(number not in self._unheard)
        else:
            is_there = status_of(message) != "503"
            future.set_result(message if is_there else None)

    def _do(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(_tried(coroutine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _tried(coroutine: Coroutine[Any, Any, None]) -> None:
    """Tell the server, for whom nobody waits; the connection may have ended."""
    with contextlib.suppress(errors.Error):
        await coroutine


def status_of(message: Any) -> str:
    """Return what the server says by a message of its own; else nothing."""
    status: str = (message.headers or {}).get("Status", "")
    return status
