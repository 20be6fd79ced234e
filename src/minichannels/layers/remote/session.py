"""One event loop's part of a layer: its mailboxes, and its connections.

How it works: whoever sends, sends on the connections of its own event loop.
A mailbox belongs to the event loop that made it: there arrives what is for it,
and from there it is given to readers on any loop. A session ends with its
event loop; what becomes of its mailboxes then, ``remote.sessions`` says.
"""

import asyncio
import inspect
import zlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any, Protocol, TypeVar

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.explaining import CannotTravel
from minichannels.layers.freezing import copier
from minichannels.layers.memory import random_name
from minichannels.layers.remote.joining import Joining
from minichannels.layers.remote.mailboxes import LocalMailboxes, UnderWay
from minichannels.layers.remote.serializing import Envelope
from minichannels.layers.remote.shard import Shard, Subject

T = TypeVar("T")

# Beyond twice as many subjects as groups, and these, some are heard in vain:
# their members have expired.
_SPARE_SUBJECTS = 100

# Who is asked when all are. No name of a channel can say that it is theirs.
_ALL = "!all"

# How much more than one wait all waits of a call may take. In that time, one
# that has waited for long enough says best what is wrong.
_MORE = 1.1

# In as many, a reader has read a message and waits for the next.
_ROUNDS = 4


_NO_LOOP = "the event loop that made the channel does not run any more"


class Mail(Protocol):
    """What a session asks of its layer."""

    def opened(self, channel: str, data: bytes) -> Envelope | None:
        """Return what arrived; None, counted, if it is of no use."""

    def message_lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> None:
        """A message will not be read."""

    def link_changed(self, session: "Session", is_up: bool) -> None:
        """Nothing is heard any more, or all is heard again."""


class Session:
    """What a layer has on one event loop, which has to be running.

    Args:
        mail: the layer.
        mailboxes: where to put what arrives.
        connect: makes what it has at each server; names are spread over them.
        timeout: seconds after which a caller is told that one is away.

    Attributes:
        id: stands in the names of its channels, and in no others.
        loop: the event loop.
        under_way: what this process sent to these mailboxes.
        listens: whether it hears what is for mailboxes.
        named: whether a mailbox of it was given a name.
    """

    def __init__(
        self,
        mail: Mail,
        mailboxes: LocalMailboxes,
        connect: Callable[["Session"], Sequence[Shard]],
        timeout: float,
    ) -> None:
        self.id = random_name()
        self.loop = asyncio.get_running_loop()
        self.mail = mail
        self.mailboxes = mailboxes
        self.under_way = UnderWay()
        self._timeout = timeout
        self.listens = self.named = False
        self._answers: dict[str, asyncio.Future[None]] = {}
        self._joining = Joining()
        self._tasks: set[asyncio.Task[None]] = set()
        self._shards = connect(self)

    def shard(self, name: str) -> Shard:
        """Return the connections to the server at which a name is kept."""
        if len(self._shards) == 1:
            return self._shards[0]
        return self._shards[zlib.crc32(name.encode()) % len(self._shards)]

    async def listen(self) -> None:
        """Hear what is for this session's mailboxes.

        Raises:
            LayerUnavailable: the server cannot be reached.
        """
        if not self.listens:
            # All are waited for: whoever tries again joins none of these.
            for failed in await asyncio.gather(
                self._subscribe("to", self.id),
                self._subscribe("ask", self.id),
                self._subscribe("ask", _ALL),
                return_exceptions=True,
            ):
                if failed is not None:
                    raise failed
            self.listens = True
        self.hear_again()

    def hear_again(self) -> None:
        """Begin to, if somebody has cancelled the tasks of the event loop.

        Who reads on another loop has this one look.
        """
        if asyncio.get_running_loop() is self.loop:
            for shard in self._shards:
                shard.hear_again()
        else:
            with suppress(RuntimeError):  # it was closed
                self.loop.call_soon_threadsafe(self.hear_again)

    async def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on this session's event loop.

        One that has begun ends in time, whatever the server does: so it is
        waited for as long as the loop runs.

        Raises:
            LayerUnavailable: the event loop stands still, or does not run any
                more.
        """
        if asyncio.get_running_loop() is self.loop:
            return await coroutine
        try:
            begun = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        except RuntimeError:  # it was closed
            coroutine.close()
            raise LayerUnavailable(_NO_LOOP) from None
        future = asyncio.wrap_future(begun)
        try:
            await self._wait_for(future, coroutine)
        finally:
            begun.cancel()
            # One that runs, or may run, is its own loop's to end.
            if _is_new(coroutine) and not self.loop.is_running():
                coroutine.close()
        if begun.cancelled():  # also by a loop that ended
            raise LayerUnavailable(_NO_LOOP)
        return await future

    async def _wait_for(
        self, future: asyncio.Future[T], coroutine: Coroutine[Any, Any, T]
    ) -> None:
        """Wait for a coroutine, unless its loop does not run it."""
        goes_on = True
        while goes_on and not future.done():
            await asyncio.wait([future], timeout=self._timeout)
            goes_on = not _is_new(coroutine) and self.loop.is_running()

    async def join(self, group: str, channel: str) -> None:
        """Make one of these mailboxes a member of a group.

        What was sent to the group before is not for it, and may be under way:
        for other members, or because the server hears of things on several
        connections. If it was a member, and cannot be renewed, it is one as
        before: it goes on when the server is back.
        """
        end = self.loop.time() + _MORE * self._timeout
        if not self._is_member(group, channel):
            await self.shard(group).caught_up()
        is_new = not self._is_member(group, channel)  # by now
        await self.mailboxes.group_add(group, channel)
        attempt = self._joining.begin(group, channel, is_new=is_new)
        try:
            await self._within(end, self._subscribe("group", group))
        except BaseException:
            if self._joining.fail(group, channel, attempt):
                await self.mailboxes.group_discard(group, channel)
                self._hear_no_more([group])
            raise
        self._joining.succeed(group, channel, attempt)
        shard = self.shard(group)
        if len(shard) > 2 * len(self.mailboxes.groups) + _SPARE_SUBJECTS:
            shard.keep(self._is_heard)

    def _is_member(self, group: str, channel: str) -> bool:
        return channel in self.mailboxes.groups.get(group, ())

    async def _within(self, end: float, doing: Awaitable[None]) -> None:
        """Wait until a time, whatever else has waited before."""
        try:
            async with asyncio.timeout_at(end):
                await doing
        except TimeoutError:
            raise LayerUnavailable(
                f"the server does not answer; waited for {self._timeout:g} s"
            ) from None

    async def leave(self, group: str, channel: str) -> None:
        """End a membership; what was sent to the group before arrives."""
        if self._is_member(group, channel):
            await self.shard(group).caught_up()
            await self.mailboxes.group_discard(group, channel)
            self._hear_no_more([group])

    async def release(self, channel: str) -> None:
        """Forget a mailbox."""
        groups = self.mailboxes.groups_of(channel)
        await self.mailboxes.release(channel)
        self._hear_no_more(groups)

    async def ask(self, other: str | None, verb: str, *names: str) -> None:
        """Have another session do something, and wait until it is done.

        Args:
            other: its id; or None, to ask all, and wait for oneself.
            verb: ``join``, ``leave`` or ``flush``.
            names: what with.

        Raises:
            LayerUnavailable: it is there, and does not answer.
        """
        await self.listen()
        number, done = random_name(), self.loop.create_future()
        self._answers[number] = done
        words = " ".join([verb, self.id, number, *names])
        try:
            if await self._tell(_ALL if other is None else other, words):
                await asyncio.wait([done], timeout=self._timeout)
                if not done.done():
                    raise LayerUnavailable("another process does not answer")
        finally:
            self._answers.pop(number, None)

    async def forget(self) -> None:
        """Remove what is kept at the servers."""
        for shard in self._shards:
            await shard.forget()

    async def close(self) -> None:
        """End all connections."""
        self.listens = False
        async with AsyncExitStack() as ends:  # each, whatever another raises
            ends.callback(self.mailboxes.refuse_readers)
            for shard in self._shards:
                ends.push_async_callback(shard.close)

    # What is heard. Whatever comes, nothing of this raises an error: there is
    # one reader for all.

    def published(self, subject: Subject, data: bytes) -> int:
        """Put into mailboxes what was published.

        Returns:
            For how many rounds of the event loop to let the readers run.
        """
        kind, name = subject
        if kind == "ask":
            task = asyncio.create_task(self._asked(data))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return 1  # it runs before what comes next
        envelope = self.mail.opened(name, data)
        if envelope is None:
            return 0
        if kind == "group":
            try:
                frozen = copier(envelope.message)
            except CannotTravel as problem:
                self.mail.message_lost(name, {}, f"unreadable: {problem}")
                return 0
            expires = envelope.expires
            crowded = self.mailboxes.arrives_in_group(name, frozen, expires)
        else:
            crowded = self._arrived(envelope)
        return _ROUNDS if crowded else 0

    def list_lost(self, channel: str, data: bytes, why: str) -> None:
        """Note what was taken from a channel of all, and read by nobody."""
        envelope = self.mail.opened(channel, data)
        if envelope is not None:
            self.mail.message_lost(channel, envelope.message, why)

    def link_changed(self, is_up: bool) -> None:
        """Note what will not arrive, and have those told who want to know."""
        if not is_up:
            for channel, message in self.under_way.clear():
                self.mail.message_lost(channel, message, "undelivered")
        self.mail.link_changed(self, is_up)

    def _arrived(self, envelope: Envelope) -> bool:
        message, expires, channel, ticket = envelope
        crowded = self.mailboxes.arrives(channel, message, expires)
        self.under_way.end(channel, ticket)
        return crowded

    async def _asked(self, data: bytes) -> None:
        """Do what another session asks, and tell it; see :meth:`ask`."""
        try:
            match data.decode().split():
                case ["done", _, number]:
                    self._is_done(number)
                case ["flush", asker, number]:
                    await self._flush()
                    if asker == self.id:
                        self._is_done(number)
                case ["join" | "leave" as verb, asker, number, group, channel]:
                    change = self.join if verb == "join" else self.leave
                    await change(group, channel)
                    await self._tell(asker, f"done {self.id} {number}")
                case words:
                    raise ValueError(f"nobody asks for {words!r:.60}")
        except (ValueError, TypeError, LayerUnavailable) as error:
            self.mail.message_lost("", {}, f"unreadable: {error}")

    def _is_done(self, number: str) -> None:
        if done := self._answers.pop(number, None):
            done.set_result(None)

    async def _flush(self) -> None:
        groups = list(self.mailboxes.groups)
        await self.mailboxes.flush()
        self._hear_no_more(groups)

    async def _tell(self, other: str, words: str) -> int:
        """Publish to another session; return 0 if it is not there."""
        return await self.shard(other).publish(("ask", other), words.encode())

    async def _subscribe(self, kind: str, name: str) -> None:
        await self.shard(name).subscribe((kind, name))

    def _hear_no_more(self, groups: list[str]) -> None:
        for group in groups:
            if group not in self.mailboxes.groups:
                self.shard(group).unsubscribe(("group", group))

    def _is_heard(self, subject: Subject) -> bool:
        kind, name = subject
        return kind != "group" or name in self.mailboxes.groups


def _is_new(coroutine: Coroutine[Any, Any, Any]) -> bool:
    """Return whether a coroutine has not begun, on whatever thread."""
    return inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED
