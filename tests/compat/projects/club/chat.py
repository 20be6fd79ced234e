"""A chat with rooms and a history: a room's members, in async style."""

import json

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from club.models import Line, Room


class Chat(AsyncWebsocketConsumer):
    async def connect(self):
        name = self.scope["url_route"]["kwargs"]["room"]
        self.user = self.scope["user"]
        self.group = f"chat_{name}"
        self.room = await self.find_room(name)
        if self.room is None:
            await self.close(code=4404)
            return
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        for author, text in await self.history():
            await self.say(author, text)

    async def disconnect(self, close_code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data):
        data = json.loads(text_data)
        if data.get("typing"):
            event = {"type": "chat.typing", "by": self.channel_name}
        else:
            await self.keep(data["text"])
            event = {"type": "chat.message", "text": data["text"]}
        event["author"] = self.user.username
        await self.channel_layer.group_send(self.group, event)

    async def chat_message(self, event):
        await self.say(event["author"], event["text"])

    async def chat_typing(self, event):
        if event["by"] != self.channel_name:
            await self.send(text_data=json.dumps({"typing": event["author"]}))

    async def say(self, author, text):
        line = {"author": author, "text": text}
        await self.send(text_data=json.dumps(line))

    @database_sync_to_async
    def find_room(self, name):
        if not self.user.is_authenticated:
            return None
        return Room.objects.filter(name=name, members=self.user).first()

    @database_sync_to_async
    def history(self):
        lines = Line.objects.filter(room=self.room).order_by("-pk")[:3]
        return [(line.author.username, line.text) for line in reversed(lines)]

    @database_sync_to_async
    def keep(self, text):
        Line.objects.create(room=self.room, author=self.user, text=text)
