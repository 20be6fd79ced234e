"""A user's WebSocket, which is closed when its login has ended.

How it works: beside the application a task listens to the group of the user.
It closes the socket, and the server then tells the application so, as it does
when a client has left: no application has to know of this. Where the layer can
ring, the task begins with the first thing there is to hear: most sockets never
need one.

    a socket is …   until …
    opening         its user is known; it hears of that one already, or of all
    unwatched       its user is known, or logs in
    watched         the user's group is told that this login, or all, have
                    ended; or asking again shows that it is so; or the
                    application ends
    over            the server has told the application

Rule 1: a socket that cannot be watched is closed.
Rule 2: a user that was asked for before the socket could hear of it is asked
for again. So it hears first of the user whom the session names, or of all of
them where even the session costs much, as in a database; and asks again only
if it has heard of its user meanwhile.

Source: ASGI specification, "WebSocket".
"""

import asyncio
import contextlib
import contextvars
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from minichannels.auth.alarms import Alarms, alarms_here
from minichannels.auth.closing import ENDED, Opening, group_of
from minichannels.auth.logins import LOGIN, SESSION_KEY, session_of
from minichannels.auth.users import UserSource, loaded
from minichannels.layers.own import ours, release_of
from minichannels.types import Message, Scope, Send

FAILED = 1011
"""The close code of a socket that cannot be watched any more."""

_REASONS = {
    ENDED: "not logged in any more",
    FAILED: "who is logged in cannot be asked",
}

# What the application sends that ends the connection.
_LAST = frozenset({"websocket.close", "websocket.http.response.start"})

logger = logging.getLogger("minichannels")


class UserSocket:
    """What the middleware knows of one connection.

    Args:
        users: who knows the users.
        who: returns the user of a scope.
        layer: the channel layer, if there is one that has groups.
        send: sends to the server.
        every: after how many seconds it asks again by itself.

    Attributes:
        users: who knows the users.
        who: returns the user of a scope.
        layer: the channel layer.
    """

    def __init__(
        self,
        users: UserSource | None,
        who: Callable[[Scope], Awaitable[Any]],
        layer: Any,
        send: Send,
        every: float,
    ) -> None:
        self.users = users
        self.who = who
        self.layer = layer
        self._send = send
        self._every = every
        self._over = self._closed = False
        # The connection's, not that of whoever rings; and in that of a sync
        # handler's login(), asgiref's thread would be gone with the call.
        self._context = contextvars.copy_context()
        self._task: asyncio.Task[None] | None = None
        self._alarms: Alarms | None = None
        self._channel = self._group = ""
        self._pk: Any = None
        self._login: str | None = None
        self._is_kept = False  # whether the store has had that login
        self._due = 0.0  # when it asks again by itself
        self._heard = frozenset[str]()  # groups, before the user was known

    def __deepcopy__(self, memo: dict[int, Any]) -> "UserSocket":
        # A copy of a scope is of the same connection.
        return self

    async def open(self, scope: Scope) -> None:
        """Hear of the user before it is asked for, as far as that can be."""
        if scope.get("type") != "websocket" or self.layer is None:
            return
        session = session_of(scope)
        if not getattr(session, "session_key", None) or session.modified:
            return
        if Opening.group:
            await self._hear(scope, Opening.group)
        elif pk := await session.aget(SESSION_KEY):
            await self._hear(scope, group_of(pk))
            if not await session.is_current():
                await session.areload()  # it has ended meanwhile, or changed

    async def join(self, scope: Scope) -> bool:
        """Watch for the user of a scope.

        Returns:
            whether there is one who has to be asked for again.
        """
        user = scope["user"]
        if scope.get("type") != "websocket" or not await _has_login(user):
            await self.leave()
            return False
        if self.layer is None:
            return True
        session = session_of(scope)
        self._login = await session.aget(LOGIN)
        self._is_kept = not session.modified
        self._pk, group = user.pk, group_of(user)
        has_heard = self._group in (Opening.group, group)
        await self._hear(scope, group)
        return not has_heard or group in self._heard

    async def _hear(self, scope: Scope, group: str) -> None:
        """Be in a group, in place of the one that it was in."""
        if group == self._group:
            return
        if not self._group:
            self._channel = await self.layer.new_channel()
        former, self._group = self._group, group
        if not former:
            self._listen(scope)
        await self.layer.group_add(group, self._channel)
        if former:
            await self.layer.group_discard(former, self._channel)

    async def leave(self) -> None:
        """Watch no more."""
        if not self._group:
            return
        if self._task is not None:
            self._task.cancel()
        if self._alarms is not None:
            self._alarms.cancel(self)
        self._task, group, self._group = None, self._group, ""
        release = release_of(self.layer)
        if release is not None:
            await release(self._channel)
        else:
            await self.layer.group_discard(group, self._channel)

    async def send(self, message: Message) -> Any:
        """Send for the application, unless the socket was closed here.

        Raises:
            OSError: it was, which is as if the client had left.
        """
        if self._closed:
            raise OSError("the socket was closed: its login has ended")
        self._over = self._over or message.get("type") in _LAST
        return await self._send(message)

    async def close(self, code: int) -> None:
        """Close the socket, unless the application has done so."""
        if not self._over:
            self._over = self._closed = True
            event = {"type": "websocket.close", "code": code}
            await self._send(event | {"reason": _REASONS.get(code, "")})

    def _listen(self, scope: Scope) -> None:
        """Have a task watch, from when there is something to hear."""
        loop = asyncio.get_running_loop()
        begin = functools.partial(self._begin, scope)
        ring = functools.partial(loop.call_soon, begin)
        reader = ours(self.layer, "reader")
        take = reader and reader(self._channel, ring)
        if take:
            take()  # nothing yet; from now on it rings
            self._alarms = alarms_here(self._every)
            self._due = self._alarms.begin(self, ring)
        else:
            self._wait()
            begin()

    def _begin(self, scope: Scope) -> None:
        if self._task is None and self._group:
            self._task = asyncio.create_task(
                self._watch(scope), context=self._context.copy()
            )

    async def _watch(self, scope: Scope) -> None:
        try:
            code = None
            while code is None:
                event = await self._event()
                code = await self._verdict(scope, event)
            logger.info("a user's socket is closed, after %s", event["type"])
        except Exception as error:  # of the layer, the store or the users
            logger.error("a user's socket is closed: %s", type(error).__name__)
            code = FAILED
        # The server may know first that the client is gone.
        with contextlib.suppress(Exception):
            await self.close(code)

    def _wait(self) -> None:
        """Set when it asks by itself, however much it hears before."""
        self._due = asyncio.get_running_loop().time() + self._every

    async def _event(self) -> Message:
        """Wait for an event; after some time without, ask by itself."""
        event: Message | None = None
        try:
            async with asyncio.timeout_at(self._due):
                event = await self.layer.receive(self._channel)
        except TimeoutError:
            self._wait()
            # A layer forgets its members after a while.
            await self.layer.group_add(self._group, self._channel)
        return event or {"type": "auth.check", "group": self._group}

    async def _verdict(self, scope: Scope, event: Message) -> int | None:
        """Return the code to close with; None if the socket may stay open."""
        told = event.get("group", "")  # others may send to a group as well
        if self._pk is None or told != self._group:
            self._heard |= {told}
            return None
        if event["type"] == "auth.close":
            meant = event.get("token") in (None, self._login)
            return int(event.get("code", ENDED)) if meant else None
        return None if await self._is_still(scope) else ENDED

    async def _is_still(self, scope: Scope) -> bool:
        """Return whether the user of a scope is still the one it was."""
        user = await loaded(await self.who(self.as_kept(scope)))
        return bool(user.is_authenticated and user.pk == self._pk)

    def as_kept(self, scope: Scope) -> Scope:
        """Return a scope with the session as its store has it.

        A login that is yet to be saved is in the application's own alone.
        """
        session = session_of(scope)
        self._is_kept = self._is_kept or not session.modified
        if session.session_key and self._is_kept:
            return {**scope, "session": session.copy()}
        return scope


async def _has_login(user: Any) -> bool:
    # Those of a project's own middleware may be anything.
    pk = getattr(await loaded(user), "pk", None)
    return pk is not None and bool(getattr(user, "is_authenticated", False))
