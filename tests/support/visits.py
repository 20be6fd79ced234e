"""A browser that visits a site with users, and the rooms of that site."""

from contextlib import AsyncExitStack
from typing import Any

from minichannels.auth import login, logout, refresh_user
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from support.users import User, Users, site


class Room(AsyncWebsocketConsumer):
    """Says who speaks; ``login`` and ``logout`` may be said, too."""

    ended: list[int]

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        match text_data:
            case "logout":
                await logout(self.scope)
            case "login":
                await login(self.scope, User("bob"))
            case "refresh":
                await refresh_user(self.scope)
        user = self.scope["user"]
        await self.send(text_data=str(user.pk))

    async def disconnect(self, code: int) -> None:
        self.ended.append(code)


class SyncRoom(WebsocketConsumer):
    """The same in another style, and shorter."""

    ended: list[int]

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.send(text_data=str(self.scope["user"].pk))

    def disconnect(self, code: int) -> None:
        self.ended.append(code)


class Visit:
    """A browser that visits a site, and its open tabs."""

    def __init__(
        self, users: Users, store: Any, stack: AsyncExitStack, room: Any = Room
    ) -> None:
        self.ended: list[int] = []
        room = type("Room", (room,), {"ended": self.ended})
        self.app = site(users, room, store)
        self.stack = stack

    async def door(self, who: str, cookie: bytes = b"") -> bytes:
        """Log in, or out with nobody's name; return the cookie."""
        headers = [(b"cookie", cookie)]
        client = HttpCommunicator(
            self.app, "POST", "/", who.encode(), headers=headers
        )
        response = await client.get_response()
        await client.wait()
        ((_, value),) = (
            pair for pair in response["headers"] if pair[0] == b"set-cookie"
        )
        return bytes(value.partition(b";")[0])

    async def tab(self, cookie: bytes) -> WebsocketCommunicator:
        headers = [(b"cookie", cookie)]
        client = WebsocketCommunicator(self.app, "/", headers)
        await self.stack.enter_async_context(client)
        assert (await client.connect())[0]
        return client


async def says(client: WebsocketCommunicator, text: str = "who?") -> Any:
    await client.send_to(text)
    return await client.receive_from()


async def is_closed(client: WebsocketCommunicator, code: int = 4401) -> bool:
    event = await client.receive_output()
    return (event["type"], event["code"]) == ("websocket.close", code)
