"""Django Channels with a login: a room tells who comes and goes."""

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels_site import site


class Room(AsyncJsonWebsocketConsumer):
    async def connect(self):
        if not self.scope["user"].is_authenticated:
            await self.close()
            return
        await self.channel_layer.group_add("room_1", self.channel_name)
        await self.accept()
        await self.tell(f"{self.scope['user']} has come")

    async def disconnect(self, code):
        await self.channel_layer.group_discard("room-1", self.channel_name)

    async def receive_json(self, content):
        await self.tell(f"{self.scope['user']}: {content['said']}")

    async def tell(self, text):
        message = {"type": "room.message", "said": text}
        await self.channel_layer.group_send("room_1", message)

    async def room_message(self, event):
        await self.send_json({"said": event["said"]})


app = site({"BACKEND": "channels.layers.InMemoryChannelLayer"}, Room)
