"""A user's WebSocket, which is closed when its login has ended.

How it works: beside the application a task listens to the group of the user.
It closes the socket, and the server then tells the application so, as it does
when a client has left: no application has to know of this.

    a socket is …   until …
    unwatched       its user is known, or logs in
    watched         the user's group is told that this login, or all, have
                    ended; or asking again shows that it is so; or the
                    application ends
    over            the server has told the application

Rule 1: a socket that cannot be watched is closed.

Source: ASGI specification, "WebSocket".
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from minichannels.auth.closing import ENDED, group_of
from minichannels.auth.logins import AUTH, LOGIN, session_of
from minichannels.auth.users import UserSource
from minichannels.types import Message, Scope, Send

FAILED = 1011
"""The close code of a socket that cannot be watched any more."""

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
        self._task: asyncio.Task[None] | None = None
        self._channel = self._group = ""

    async def join(self, scope: Scope) -> bool:
        """Watch for the user of a scope; return whether there is one."""
        await self.leave()
        user = scope["user"]
        if scope["type"] != "websocket" or not user.is_authenticated:
            return False
        if self.layer is not None:
            self._group = group_of(user)
            self._channel = await self.layer.new_channel()
            await self.layer.group_add(self._group, self._channel)
            self._task = asyncio.create_task(self._watch(scope))
        return True

    async def leave(self) -> None:
        """Watch no more."""
        if self._task is None:
            return
        self._task.cancel()
        self._task = None
        if "release" in getattr(self.layer, "extensions", ()):
            await self.layer.release(self._channel)
        else:
            await self.layer.group_discard(self._group, self._channel)

    async def send(self, message: Message) -> None:
        """Send for the application, unless the socket was closed here.

        Raises:
            OSError: it was, which is as if the client had left.
        """
        if self._closed:
            raise OSError("the socket was closed: its login has ended")
        self._over = self._over or message.get("type") in _LAST
        await self._send(message)

    async def close(self, code: int) -> None:
        """Close the socket, unless the application has done so."""
        if not self._over:
            self._over = self._closed = True
            await self._send({"type": "websocket.close", "code": code})

    async def _watch(self, scope: Scope) -> None:
        pk = scope["user"].pk
        try:
            login = await session_of(scope).aget(LOGIN)
            while (code := await self._verdict(scope, pk, login)) is None:
                pass
        except Exception as error:  # of the layer, the store or the users
            logger.error("a user's socket is closed: %s", type(error).__name__)
            code = FAILED
        # The server may know first that the client is gone.
        with contextlib.suppress(Exception):
            await self.close(code)

    async def _verdict(
        self, scope: Scope, pk: Any, login: str | None
    ) -> int | None:
        """Wait for an event, or for some time; return the code to close with.

        Returns:
            None if the socket may stay open.
        """
        try:
            async with asyncio.timeout(self._every):
                event = await self.layer.receive(self._channel)
        except TimeoutError:
            # A layer forgets its members after a while.
            await self.layer.group_add(self._group, self._channel)
            event = {"type": "auth.check"}
        if event["type"] == "auth.close":
            meant = event.get("token") in (None, login)
            return int(event.get("code", ENDED)) if meant else None
        return None if await _is_still(scope, pk) else ENDED


async def _is_still(scope: Scope, pk: Any) -> bool:
    """Return whether the user of a scope is still the one with this key."""
    session = session_of(scope)
    if session.session_key and not session.modified:
        session = session.copy()  # the application may be using its own
    user = await scope[AUTH].who({**scope, "session": session})
    return bool(user.is_authenticated and user.pk == pk)
