"""A scope for each conversation, where a protocol itself has none.

How it works: a server of such a protocol says who has said what. For each such
peer, :class:`ScopeServer` runs the application once, in a task of its own with
an inbox of its own, from the first message on until one of these:

    it has returned, or raised     it is forgotten at once: what comes next
                                   begins a new scope
    it has sent ``….close``        ``….disconnect`` is the last that it gets;
                                   if it asks for more, it is cancelled
    its peer has left              the same
    nothing was said for too long  the same
    there are too many             the same, for that which was silent longest
    the server stops               the same, for all

Rule 1: once ``stop()`` has returned, nothing is left, not even a task.
Rule 2: whether a scope's time is up depends on the clock alone, and not on
what was looked at first: a message, or the clock.

Source: the stateless server of asgiref, which leaves tasks, has no bounds,
and hands to applications that have ended.
"""

import asyncio
import functools
import itertools
import logging
import math
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

from minichannels.protocols.clock import Clock
from minichannels.protocols.inbox import CAPACITY, Inbox, unwatched
from minichannels.types import ASGIApp, Message, Scope

MOST = 10_000
"""How many scopes there may be at once."""

GRACE = 1
"""How many seconds an application has to end when its server stops."""

Transmit = Callable[[Any, Message], Awaitable[None]]
"""Sends what the application of a scope sends, which is known by a key."""

logger = logging.getLogger("minichannels")


class Conversation:
    """One scope, while its application runs.

    Attributes:
        key: what it is known by.
        scope: the scope.
        closing: the type of the event with which its application ends it.
        inbox: what its application receives.
        transmit: sends what its application sends; called with the key.
        is_told: whether its application is told of its end.
        used: when something was last said, by either.
        over: whether it has ended.
    """

    __slots__ = (
        "closing",
        "inbox",
        "is_told",
        "key",
        "over",
        "scope",
        "transmit",
        "used",
    )

    def __init__(
        self, key: Hashable, scope: Scope, inbox: Inbox, transmit: Transmit
    ) -> None:
        self.key = key
        self.scope = scope
        self.closing = f"{scope['type']}.close"
        self.inbox = inbox
        self.transmit = transmit
        self.is_told = True
        self.used = 0.0
        self.over = False

    def event(self, what: str, **payload: Any) -> Message:
        """Return an event of its protocol."""
        return {"type": f"{self.scope['type']}.{what}", **payload}


class ScopeServer:
    """Runs an application for each of many scopes.

    Args:
        application: the application.
        capacity: how many messages may wait for one scope's application.
        most: how many scopes there may be.
        idle: seconds without a message after which a scope ends.
        clock: gives the time.

    Attributes:
        dropped: how many messages found no room.
    """

    def __init__(
        self,
        application: ASGIApp,
        *,
        capacity: int = CAPACITY,
        most: int = MOST,
        idle: float = math.inf,
        clock: Clock | None = None,
    ) -> None:
        self.dropped = 0
        self._application = application
        self._capacity = capacity
        self._most = most
        self._idle = idle
        self._clock = clock or Clock()
        self._open: dict[Hashable, Conversation] = {}
        # The same in a line: the one that was silent longest comes first.
        self._line: dict[Conversation, None] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._timer: asyncio.Task[None] | None = None

    def __contains__(self, key: Hashable) -> bool:
        self.expire()
        return key in self._open

    def __len__(self) -> int:
        return len(self._open)

    def open(
        self,
        key: Hashable,
        scope: Scope,
        send: Transmit,
        *,
        is_told: bool = True,
    ) -> "asyncio.Task[None]":
        """Begin a scope; a former one of that key ends.

        Returns:
            The task in which its application runs.

        Args:
            key: what it is known by here.
            scope: what its application is called with.
            send: called with its key, by then, and what its application sends.
            is_told: whether its application receives an event of the type
                ``….connect`` first, and ``….disconnect`` last.
        """
        self.end(key, "another one has begun")
        while len(self._open) >= self._most:
            self.end(next(iter(self._line)).key, "too many conversations")
        first = {"type": f"{scope['type']}.connect"} if is_told else None
        inbox = Inbox(self._capacity, first)
        talk = Conversation(key, scope, inbox, send)
        talk.is_told = is_told
        self._open[key] = talk
        self._touch(talk)
        task = asyncio.create_task(self._run(talk))
        inbox.on_asked_again = task.cancel
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        if self._timer is None and self._idle < math.inf:
            self._timer = asyncio.create_task(self._watch_time())
        return task

    def hand(self, key: Hashable, message: Message) -> bool:
        """Hand a message to a scope; return whether it could be.

        It cannot if there is no such scope, or no room for it.
        """
        self.expire()
        talk = self._open.get(key)
        if talk is None:
            return False
        self._touch(talk)
        has_room = talk.inbox.put(message)
        self.dropped += not has_room
        return has_room

    def is_behind(self) -> bool:
        """Return whether an inbox is over half full, of those used lately."""
        lately = itertools.islice(reversed(self._line), self._capacity)
        return any(len(talk.inbox) > self._capacity // 2 for talk in lately)

    def inbox(self, key: Hashable) -> Inbox:
        """Return what an application that runs receives from."""
        return self._open[key].inbox

    def rename(self, key: Hashable, new: Hashable) -> None:
        """Have a scope be known by another key from now on."""
        talk = self._open.get(key)
        if talk is None or key == new:
            return
        self.end(new, "another one has its name")
        talk.key = new
        self._open[new] = self._open.pop(key)

    def end(self, key: Hashable, reason: str) -> None:
        """End a scope, if there is one; its application is told why."""
        talk = self._open.pop(key, None)
        if talk is not None:
            del self._line[talk]
            talk.over = True
            last = talk.event("disconnect", reason=reason)
            talk.inbox.close(last if talk.is_told else None)

    def end_all(self, reason: str) -> None:
        """End all scopes."""
        for key in list(self._open):
            self.end(key, reason)

    def expire(self) -> None:
        """End the scopes whose time is up."""
        limit = self._clock.time() - self._idle
        while self._line:
            talk = next(iter(self._line))
            if talk.used > limit:
                return
            self.end(talk.key, f"nothing was said for {self._idle:g} s")

    async def stop(self) -> None:
        """End all scopes; return when none of their tasks is left."""
        self.end_all("the server stops")
        if self._timer is not None:
            self._timer.cancel()
            await asyncio.wait({self._timer})
            self._timer = None
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE)
        for task in self._running:
            task.cancel()
        if self._running:  # not for ever: it may catch that, too
            await asyncio.wait(self._running, timeout=GRACE)

    # A conversation

    async def _run(self, talk: Conversation) -> None:
        send = functools.partial(self._send, talk)
        try:
            await self._application(talk.scope, talk.inbox, send)
        except Exception:
            if talk.inbox.lost is unwatched:  # or else it is in a flow
                logger.exception("an application raised, in %s", talk.scope)
        finally:
            # Here, and not once the task is done: what comes now is not for it.
            talk.over = True
            if self._open.get(talk.key) is talk:
                del self._open[talk.key], self._line[talk]
            talk.inbox.clear()

    async def _send(self, talk: Conversation, message: Message) -> None:
        """Send what an application sends.

        Raises:
            OSError: its scope has ended.
            Exception: what the protocol cannot send.
        """
        if talk.over:
            raise BrokenPipeError("the conversation has ended")
        self._touch(talk)
        if message["type"] == talk.closing:
            self.end(talk.key, "closed")
        else:
            await talk.transmit(talk.key, message)

    def _touch(self, talk: Conversation) -> None:
        talk.used = self._clock.time()
        self._line.pop(talk, None)
        self._line[talk] = None

    async def _watch_time(self) -> None:
        while True:
            first = next(iter(self._line), None)
            now = self._clock.time()
            since = now if first is None else first.used
            await self._clock.sleep(since + self._idle - now)
            self.expire()
