"""Applications that note how they are called."""

from typing import Any

from minichannels.consumer import AsyncConsumer
from minichannels.types import ASGIApp, Message, Receive, Scope, Send


class Spy:
    """An application that keeps the scopes it was called with."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self.scopes.append(scope)

    @property
    def kwargs(self) -> list[dict[str, Any]]:
        return [scope["url_route"]["kwargs"] for scope in self.scopes]

    @property
    def args(self) -> list[tuple[Any, ...]]:
        return [scope["url_route"]["args"] for scope in self.scopes]


async def call(app: ASGIApp, path: str = "/", **scope: Any) -> None:
    async def receive() -> Message:
        raise AssertionError("nothing to receive")

    async def send(message: Message) -> None:
        raise AssertionError("nothing to send")

    await app({"type": "websocket", "path": path, **scope}, receive, send)


class Chat(AsyncConsumer):
    pass
