"""A page that answers when there is news; http_request() is overridden.

With Channels a request ends with handle(), so whoever wants it to live on
writes http_request() without the end.
"""

from typing import Any

from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.routing import ProtocolTypeRouter
from support.wild import (
    ACCEPT,
    Ask,
    Connect,
    Hear,
    Leave,
    Say,
    body,
    said,
    started,
)

NOTES: list[Any] = []


class LongPoll(AsyncHttpConsumer):
    async def http_request(self, message: Any) -> None:
        self.body.append(message.get("body", b""))
        if not message.get("more_body"):
            await self.handle(b"".join(self.body))

    async def handle(self, body: bytes) -> None:
        await self.channel_layer.group_add("news", self.channel_name)
        await self.send_headers(headers=[(b"content-type", b"text/plain")])
        # The server sends the headers with the first piece of a body.
        await self.send_body(body, more_body=True)

    async def news_flash(self, event: dict[str, Any]) -> None:
        await self.send_body(event["text"].encode())

    async def disconnect(self) -> None:
        await self.channel_layer.group_discard("news", self.channel_name)
        NOTES.append("gone")


class Reporter(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.channel_layer.group_send(
            "news", {"type": "news.flash", "text": text_data}
        )
        await self.send(text_data="published")


APP = ProtocolTypeRouter(
    {"http": LongPoll.as_asgi(), "websocket": Reporter.as_asgi()}
)
PLAY = [
    Ask("reader", "/", b"since=7"),
    Hear("reader", 2),
    Connect("ada"),
    Hear("ada"),
    Say("ada", " rain"),
    Hear("ada"),
    Hear("reader"),
    Leave("reader"),
    Say("ada", " sun"),
    Hear("ada"),
]
_TYPE = {"content-type": "text/plain"}
HEARD = {
    "ada": [ACCEPT, said("published"), said("published")],
    "reader": [
        started(_TYPE),
        body(b"since=7", more_body=True),
        body(b" rain"),
    ],
}
NOTED = ["gone"]
SERVED = False
