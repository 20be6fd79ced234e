"""A sync chat in JSON: async_to_sync() wherever the layer is used."""

from typing import Any

from asgiref.sync import async_to_sync

from minichannels.generic.websocket import JsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, closed, said

NOTES: list[Any] = []


class SyncChat(JsonWebsocketConsumer):
    limit = 2

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.limit = kwargs.pop("limit", self.limit)
        super().__init__(*args, **kwargs)
        self.seen: list[str] = []

    def connect(self) -> None:
        self.nick = self.scope["path"][1:]
        if not self.nick:
            return self.close(code=4004)
        async_to_sync(self.channel_layer.group_add)("chat", self.channel_name)
        return super().connect()

    def receive_json(self, content: Any, **kwargs: Any) -> None:
        getattr(self, f"handle_{content['action']}")(**content["data"])

    def handle_say(self, text: str) -> None:
        async_to_sync(self.channel_layer.group_send)(
            "chat",
            {"type": "chat.say", "nick": self.nick, "text": text},
        )

    def handle_seen(self) -> None:
        self.send_json(self.seen, close=len(self.seen) >= self.limit)

    def chat_say(self, event: dict[str, Any]) -> None:
        self.seen.append(event["text"])
        self.send_json({"nick": event["nick"], "text": event["text"]})

    def disconnect(self, code: int) -> None:
        super().disconnect(code)
        async_to_sync(self.channel_layer.group_discard)(
            "chat", self.channel_name
        )
        NOTES.append(code)


APP = SyncChat.as_asgi(limit=3)
PLAY = [
    Connect("ada", "/ada"),
    Connect("bob", "/bob"),
    Connect("nobody"),
    Hear("ada bob nobody"),
    Say("ada", {"action": "say", "data": {"text": "hi"}}),
    Hear("ada bob"),
    Say("bob", {"action": "say", "data": {"text": "ho"}}),
    Hear("ada bob"),
    Say("ada", {"action": "seen", "data": {}}),
    Hear("ada"),
    Say("ada", {"action": "say", "data": {"text": "é"}}),
    Hear("ada bob"),
    Say("ada", {"action": "seen", "data": {}}),
    Hear("ada", 2),
    Leave("nobody", 1006),
    Leave("ada", 1000),
    Leave("bob", 1001),
]
_SAID = [
    ACCEPT,
    said({"nick": "ada", "text": "hi"}),
    said({"nick": "bob", "text": "ho"}),
]
HEARD = {
    "ada": [
        *_SAID,
        said(["hi", "ho"]),
        said({"nick": "ada", "text": "é"}),
        said(["hi", "ho", "é"]),
        closed(),
    ],
    "bob": [*_SAID, said({"nick": "ada", "text": "é"})],
    "nobody": [closed(4004)],
}
NOTED = [1006, 1000, 1001]
