"""Sync code outside of any consumer sends to the group of one user."""

from typing import Any

from asgiref.sync import async_to_sync, sync_to_async

from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from minichannels.layers import get_channel_layer
from minichannels.routing import ProtocolTypeRouter, URLRouter
from support.wild import (
    ACCEPT,
    Ask,
    Connect,
    Hear,
    Say,
    body,
    closed,
    path,
    said,
    started,
)


def notify(user: str, text: str) -> None:
    """Notify one user, as a signal's receiver or a view does."""
    layer = get_channel_layer()
    assert layer is not None
    async_to_sync(layer.group_send)(
        f"user_{user}", {"type": "send.notification", "data": {"text": text}}
    )


class Order(AsyncHttpConsumer):
    """Stands for a view, which runs in a thread."""

    async def handle(self, body: bytes) -> None:
        user = self.scope["url_route"]["kwargs"]["user"]
        await sync_to_async(notify)(user, body.decode())
        await self.send_response(202, b"", headers={b"x-for": user.encode()})


class Notifications(AsyncJsonWebsocketConsumer):
    unread = 0

    async def connect(self) -> None:
        user = self.scope["url_route"]["kwargs"]["user"]
        if user == "nobody":
            await self.close()
            return
        self.group_name = f"user_{user}"
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        await self.accept()
        await self.send_json({"unread": self.unread})

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if content["command"] == "read":
            self.unread = 0
        await self.send_json({"unread": self.unread})

    async def send_notification(self, event: dict[str, Any]) -> None:
        self.unread += 1
        await self.send_json({**event["data"], "unread": self.unread})

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "group_name"):
            await self.channel_layer.group_discard(
                self.group_name, self.channel_name
            )


APP = ProtocolTypeRouter(
    {
        "http": URLRouter([path("order/<user>", Order.as_asgi())]),
        "websocket": URLRouter(
            [path("ws/<str:user>", Notifications.as_asgi())]
        ),
    }
)
PLAY = [
    Connect("ada", "/ws/ada"),
    Connect("phone", "/ws/ada"),
    Connect("bob", "/ws/bob"),
    Connect("nobody", "/ws/nobody"),
    Hear("ada phone bob", 2),
    Hear("nobody"),
    Ask("shop", "/order/ada", b"shipped"),
    Hear("shop", 2),
    Hear("ada phone"),
    Say("ada", {"command": "read"}),
    Hear("ada"),
    Ask("shop again", "/order/ada", "¼ left".encode()),
    Hear("shop again", 2),
    Hear("ada phone"),
]
HEARD = {
    "ada": [
        ACCEPT,
        said({"unread": 0}),
        said({"text": "shipped", "unread": 1}),
        said({"unread": 0}),
        said({"text": "¼ left", "unread": 1}),
    ],
    "phone": [
        ACCEPT,
        said({"unread": 0}),
        said({"text": "shipped", "unread": 1}),
        said({"text": "¼ left", "unread": 2}),
    ],
    "bob": [ACCEPT, said({"unread": 0})],
    "nobody": [closed()],
    "shop": [started({"x-for": "ada"}, 202), body()],
    "shop again": [started({"x-for": "ada"}, 202), body()],
}
