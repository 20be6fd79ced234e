"""A signalling server for WebRTC: peers write to each other's channels."""

from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, closed, said


class Signalling(AsyncJsonWebsocketConsumer):
    peers: dict[str, str] = {}  # of all connections: names of channels
    relayed = ("offer", "answer", "candidate")

    async def connect(self) -> None:
        self.peer_id = self.scope["query_string"].decode().partition("=")[2]
        if self.peer_id in self.peers:
            await self.close(4409, "taken")
            return
        self.peers[self.peer_id] = self.channel_name
        await self.channel_layer.group_add("call", self.channel_name)
        await self.accept()
        await self.channel_layer.group_send(
            "call", {"type": "peer.joined", "id": self.peer_id}
        )

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        kind, to = content.get("type"), self.peers.get(content.get("to"))
        if kind not in self.relayed or to is None:
            await self.send_json({"type": "error", "about": content})
            return
        message = {**content, "from": self.peer_id}
        await self.channel_layer.send(
            to, {"type": "signal.relay", "message": message}
        )

    async def signal_relay(self, event: dict[str, Any]) -> None:
        await self.send_json(event["message"])

    async def peer_joined(self, event: dict[str, Any]) -> None:
        if event["id"] != self.peer_id:
            await self.send_json({"type": "joined", "id": event["id"]})

    async def peer_left(self, event: dict[str, Any]) -> None:
        await self.send_json({"type": "left", "id": event["id"]})

    async def disconnect(self, close_code: int) -> None:
        if self.peers.get(self.peer_id) != self.channel_name:
            return
        del self.peers[self.peer_id]
        await self.channel_layer.group_discard("call", self.channel_name)
        await self.channel_layer.group_send(
            "call", {"type": "peer.left", "id": self.peer_id}
        )


APP = Signalling.as_asgi()
_OFFER = {"type": "offer", "to": "bob", "sdp": "v=0\r\n"}
_ANSWER = {"type": "answer", "to": "ada", "sdp": "v=0\r\n"}
_CANDIDATE = {"type": "candidate", "to": "bob", "candidate": {"index": 0}}
_LOST = {"type": "offer", "to": "nobody"}
PLAY = [
    Connect("ada", "/?peer=ada"),
    Hear("ada"),
    Connect("bob", "/?peer=bob"),
    Hear("ada bob"),
    Connect("thief", "/?peer=ada"),
    Hear("thief"),
    Leave("thief"),
    Say("ada", _OFFER),
    Hear("bob"),
    Say("bob", _ANSWER),
    Hear("ada"),
    Say("ada", _CANDIDATE),
    Hear("bob"),
    Say("ada", _LOST),
    Hear("ada"),
    Leave("ada"),
    Hear("bob"),
]
HEARD = {
    "ada": [
        ACCEPT,
        said({"type": "joined", "id": "bob"}),
        said({**_ANSWER, "from": "bob"}),
        said({"type": "error", "about": _LOST}),
    ],
    "bob": [
        ACCEPT,
        said({**_OFFER, "from": "ada"}),
        said({**_CANDIDATE, "from": "ada"}),
        said({"type": "left", "id": "ada"}),
    ],
    "thief": [closed(4409, "taken")],
}
