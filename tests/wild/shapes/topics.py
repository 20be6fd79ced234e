"""Clients subscribe to topics: groups are joined and left on request."""

import json
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, closed, said


class Topics(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.commands: dict[str, Any] = {
            "subscribe": self.subscribe,
            "publish": self.publish,
        }
        self.topics: set[str] = set()
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        try:
            command, *arguments = json.loads(text_data or "")
            method = self.commands[command]
        except (ValueError, KeyError):
            await self.close(4400)
        else:
            await method(*arguments)

    async def subscribe(self, topic: str) -> None:
        self.commands["unsubscribe"] = self.unsubscribe
        self.topics.add(topic)
        await self.channel_layer.group_add(topic, self.channel_name)
        await self.tell(topic, "arrived")

    async def unsubscribe(self, topic: str) -> None:
        await self.tell(topic, "left")
        await self.channel_layer.group_discard(topic, self.channel_name)
        self.topics.discard(topic)

    async def publish(self, topic: str, text: str) -> None:
        await self.tell(topic, text)

    async def tell(self, topic: str, text: str) -> None:
        await self.channel_layer.group_send(
            topic, {"type": "topic.message", "topic": topic, "text": text}
        )

    async def topic_message(self, event: dict[str, Any]) -> None:
        await self.send(json.dumps([event["topic"], event["text"]]))

    async def disconnect(self, code: int) -> None:
        for topic in list(self.topics):
            await self.unsubscribe(topic)


APP = Topics.as_asgi()
PLAY = [
    Connect("ada"),
    Connect("bob"),
    Hear("ada bob"),
    Say("ada", ["subscribe", "news"]),
    Hear("ada"),
    Say("bob", ["publish", "news", "rain"]),
    Hear("ada"),
    Say("bob", ["subscribe", "news"]),
    Hear("ada bob"),
    Say("ada", ["unsubscribe", "news"]),
    Hear("ada bob"),
    Say("bob", ["publish", "news", "sun"]),
    Hear("bob"),
    Say("ada", ["publish", "nothing", "at all"]),
    Say("ada", "no JSON"),
    Hear("ada"),
    Leave("ada", 4400),
]
HEARD = {
    "ada": [
        ACCEPT,
        said(["news", "arrived"]),
        said(["news", "rain"]),
        said(["news", "arrived"]),
        said(["news", "left"]),
        closed(4400),
    ],
    "bob": [
        ACCEPT,
        said(["news", "arrived"]),
        said(["news", "left"]),
        said(["news", "sun"]),
    ],
}
