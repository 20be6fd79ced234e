"""Changes of a text go to all but their author, who hears the version."""

import datetime
import decimal
import json
import uuid
from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Say, said

DOCUMENT: dict[str, Any] = {
    "id": uuid.UUID(int=7),
    "text": "",
    "version": decimal.Decimal("0.0"),
    "at": datetime.date(2024, 2, 29),
}


class Encoder(json.JSONEncoder):
    def default(self, o: Any) -> Any:
        if isinstance(o, decimal.Decimal | uuid.UUID | datetime.date):
            return str(o)
        return super().default(o)


class Editor(AsyncJsonWebsocketConsumer):
    groups = ["document"]

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        return json.dumps(content, cls=Encoder, ensure_ascii=False)

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        return json.loads(text_data, parse_float=decimal.Decimal)

    async def connect(self) -> None:
        await super().connect()
        await self.send_json(DOCUMENT)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if content["base"] != DOCUMENT["version"]:
            await self.send_json({"conflict": DOCUMENT["version"]})
            return
        DOCUMENT["text"] += content["insert"]
        DOCUMENT["version"] += decimal.Decimal("0.1")
        await self.channel_layer.group_send(
            "document",
            {
                "type": "document.changed",
                "sender_channel_name": self.channel_name,
                "version": str(DOCUMENT["version"]),
            },
        )

    async def document_changed(self, event: dict[str, Any]) -> None:
        if self.channel_name == event["sender_channel_name"]:
            await self.send_json({"saved": event["version"]})
        else:
            await self.send_json({"text": DOCUMENT["text"]})


APP = Editor.as_asgi()
PLAY = [
    Connect("ada"),
    Connect("bob"),
    Hear("ada bob", 2),
    Say("ada", {"base": 0.0, "insert": "é"}),
    Hear("ada bob"),
    Say("bob", {"base": 0.0, "insert": "!"}),
    Hear("bob"),
    Say("bob", {"base": 0.1, "insert": "!"}),
    Hear("ada bob"),
]
_START = [
    ACCEPT,
    said(
        '{"id": "00000000-0000-0000-0000-000000000007", "text": "",'
        ' "version": "0.0", "at": "2024-02-29"}'
    ),
]
HEARD = {
    "ada": [*_START, said({"saved": "0.1"}), said('{"text": "é!"}')],
    "bob": [
        *_START,
        said('{"text": "é"}'),
        said({"conflict": "0.1"}),
        said({"saved": "0.2"}),
    ],
}
