"""One application, one group: a browser, a sensor, a chat user, a station."""

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.routing import ProtocolTypeRouter
from minichannels.types import Message

PAGE = b"""<!doctype html>
<title>The lobby</title>
<form><input id=say></form>
<ul id=heard></ul>
<script>
  const socket = new WebSocket(`ws://${location.host}/`);
  socket.onmessage = (event) => {
    const line = document.createElement("li");
    line.textContent = event.data;
    heard.append(line);
  };
  document.forms[0].onsubmit = () => {
    socket.send(say.value);
    return false;
  };
</script>"""


class InTheLobby(AsyncConsumer):
    """Hands on what its client says to all others in the lobby."""

    async def enter(self) -> None:
        await self.channel_layer.group_add("lobby", self.channel_name)

    async def tell(self, text: str) -> None:
        said = {"type": "lobby.said", "text": text, "by": self.channel_name}
        await self.channel_layer.group_send("lobby", said)

    async def lobby_said(self, event: Message) -> None:
        if event["by"] != self.channel_name:
            await self.answer(event["text"])

    async def answer(self, text: str) -> None:
        raise NotImplementedError


class Browser(InTheLobby, AsyncWebsocketConsumer):
    groups = ["lobby"]

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.tell(text_data or "")

    async def answer(self, text: str) -> None:
        await AsyncWebsocketConsumer.send(self, text_data=text)


class Sensor(InTheLobby):
    async def mqtt_connect(self, event: Message) -> None:
        await self.enter()
        await self.send({"type": "mqtt.subscribe", "topic": "in", "qos": 1})

    async def mqtt_receive(self, event: Message) -> None:
        await self.tell(event["payload"].decode())

    async def answer(self, text: str) -> None:
        out = {"topic": "out", "payload": text, "qos": 1}
        await self.send({"type": "mqtt.publish", **out})

    async def mqtt_disconnect(self, event: Message) -> None:
        raise StopConsumer


class Chat(InTheLobby):
    async def chat_connect(self, event: Message) -> None:
        await self.enter()

    async def chat_received_message(self, event: Message) -> None:
        await self.tell(event["text"])

    async def answer(self, text: str) -> None:
        await self.send({"type": "chat.send_message", "text": text})

    async def chat_disconnect(self, event: Message) -> None:
        raise StopConsumer


class OnAir(InTheLobby):
    async def aprs_connect(self, event: Message) -> None:
        await self.enter()

    async def aprs_receive_message(self, event: Message) -> None:
        await self.tell(event["text"])

    async def answer(self, text: str) -> None:
        await self.send({"type": "aprs.send_message", "text": text})

    async def aprs_ack(self, event: Message) -> None: ...

    async def aprs_undelivered(self, event: Message) -> None: ...

    async def aprs_disconnect(self, event: Message) -> None:
        raise StopConsumer


class FrontPage(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        headers = [(b"content-type", b"text/html")]
        await self.send_response(200, PAGE, headers=headers)


def lobby() -> ProtocolTypeRouter:
    """Return the application."""
    return ProtocolTypeRouter(
        {
            "http": FrontPage.as_asgi(),
            "websocket": Browser.as_asgi(),
            "mqtt": Sensor.as_asgi(),
            "chat": Chat.as_asgi(),
            "aprs": OnAir.as_asgi(),
        }
    )
