"""Mixins decide, in a chain of super().connect(), who may come in."""

from typing import Any
from urllib.parse import parse_qs

from minichannels.exceptions import DenyConnection, StopConsumer
from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from minichannels.routing import URLRouter
from support.wild import ACCEPT, Connect, Hear, Leave, Say, closed, path, said

NOTES: list[Any] = []


class LoginMixin:
    scope: Any

    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode())
        self.user = query.get("user", [""])[0]
        if not self.user:
            raise DenyConnection("login first")
        await super().connect()  # type: ignore[misc]  # a mixin


class StaffMixin:
    user: str

    async def connect(self) -> None:
        await super().connect()  # type: ignore[misc]  # a mixin
        if self.user != "root":
            await self.interrupt(4403)

    async def interrupt(self, code: int) -> None:
        await self.close(code=code)  # type: ignore[attr-defined]  # a mixin
        await self.disconnect(code)  # type: ignore[attr-defined]  # a mixin
        raise StopConsumer()


class LogMixin:
    async def websocket_connect(self, message: Any) -> None:
        NOTES.append("connecting")
        await super().websocket_connect(message)  # type: ignore[misc]

    async def websocket_receive(self, message: Any) -> None:
        NOTES.append(message["text"])
        await super().websocket_receive(message)  # type: ignore[misc]

    async def dispatch(self, message: Any) -> None:
        try:
            await super().dispatch(message)  # type: ignore[misc]  # a mixin
        except StopConsumer:
            NOTES.append("stopped")
            raise


class Members(LogMixin, LoginMixin, AsyncJsonWebsocketConsumer):
    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json({"user": self.user, "got": content})

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        NOTES.append((getattr(self, "user", None), code))


class Staff(StaffMixin, Members):
    pass


APP = URLRouter([path("staff", Staff.as_asgi()), path("", Members.as_asgi())])

PLAY = [
    Connect("nobody"),
    Hear("nobody"),
    Leave("nobody", 1006),
    Connect("ada", "/?user=ada"),
    Hear("ada"),
    Say("ada", [1]),
    Hear("ada"),
    Leave("ada"),
    Connect("eve", "/staff?user=eve"),
    Hear("eve", 2),
]
HEARD = {
    "nobody": [closed()],
    "ada": [ACCEPT, said({"user": "ada", "got": [1]})],
    "eve": [ACCEPT, closed(4403)],
}
NOTED = [
    "connecting",
    ("", 1006),
    "stopped",
    "connecting",
    "[1]",
    ("ada", 1000),
    "stopped",
    "connecting",
    ("eve", 4403),
    "stopped",
]
