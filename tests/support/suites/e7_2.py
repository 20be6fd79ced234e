"""7.2: who leaves, leaves the group too."""

from support.suites.e7_1 import edited

_CHAT = """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room_name"]
        self.group = f"chat_{self.room}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data):
        await self.channel_layer.group_send(
            self.group, {"type": "said", "text": text_data}
        )

    async def said(self, event):
        await self.send(text_data=event["text"])
"""

_NAME = '        self.group = f"chat_{self.room}"\n'
_LEAVE = "group_discard(self.group, self.channel_name)"
_DISCARD = f"        await self.channel_layer.{_LEAVE}\n"
_ACCEPT = "        await self.accept()\n"

RIGHT = (
    """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def websocket_connect(self, message):
        self.groups.append(self.scope["url_route"]["kwargs"]["room_name"])
        await super().websocket_connect(message)

    async def receive(self, text_data):
        message = {"type": "out", "text": text_data}
        await self.channel_layer.group_send(*self.groups, message)

    async def out(self, event):
        await self.send(event["text"])
""",
    """\
class Member:
    joined = ()

    def join(self, group):
        self.joined = (*self.joined, group)
        self.call("group_add", group)

    def call(self, name, group):
        method = getattr(self.channel_layer, name)
        async_to_sync(method)(group, self.channel_name)

    def disconnect(self, *codes):
        for group in self.joined:
            self.call("group_discard", group)


class ChatConsumer(Member, WebsocketConsumer):
    def connect(self):
        self.join(self.scope["url_route"]["kwargs"]["room_name"])
        self.join("everybody")
        self.accept()

    def receive(self, text_data):
        message = {"type": "out", "text": text_data}
        async_to_sync(self.channel_layer.group_send)(self.joined[0], message)

    def out(self, event):
        self.send(text_data=event["text"])
""",
    """\
from contextlib import AsyncExitStack


class ChatConsumer(AsyncConsumer):
    async def websocket_connect(self, event):
        self.stack = AsyncExitStack()
        self.member = self.scope["path"].split("/")[-2], self.channel_name
        layer = self.channel_layer
        await layer.group_add(*self.member)
        self.stack.push_async_callback(layer.group_discard, *self.member)
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        message = {"type": "relay", "event": {"text": event["text"]}}
        await self.channel_layer.group_send(self.member[0], message)

    async def relay(self, message):
        await self.send({"type": "websocket.send", **message["event"]})

    async def websocket_disconnect(self, event):
        await self.stack.aclose()
        raise StopConsumer()
""",
    """\
class ChatConsumer(AsyncJsonWebsocketConsumer):
    async def __call__(self, scope, receive, send):
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.in_group("discard")

    async def in_group(self, what, *more):
        room = self.scope["url_route"]["kwargs"]["room_name"]
        method = getattr(self.channel_layer, f"group_{what}")
        await method(f"chat-{room}", *(more or [self.channel_name]))

    async def connect(self):
        await asyncio.gather(self.in_group("add"), self.accept())

    async def receive_json(self, content):
        await self.in_group("send", {"type": "told", "content": content})

    async def told(self, event):
        await self.send_json(event["content"])
""",
    """\
from minichannels.generic.websocket import JsonWebsocketConsumer


class ChatConsumer(JsonWebsocketConsumer):
    group = property(lambda self: self.scope["path"].split("/")[3])

    def connect(self):
        layer = self.channel_layer
        self.add = async_to_sync(layer.group_add)
        self.discard = async_to_sync(layer.group_discard)
        self.tell = async_to_sync(layer.group_send)
        self.add(self.group, self.channel_name)
        super().connect()

    def websocket_disconnect(self, message):
        self.discard(self.group, self.channel_name)
        super().websocket_disconnect(message)

    def receive_json(self, content):
        self.tell(self.group, {"type": "chat.message", **content})

    def chat_message(self, event):
        self.send_json({"message": event["message"]})
""",
)

CHEATS = {
    "still a member": (
        edited(
            _CHAT,
            _DISCARD,
            """\
        await self.channel_layer.group_send(
            self.group, {"type": "said", "text": "bye"}
        )
""",
        ),
        "ROOMS = {}\n\n\n"
        + edited(
            _CHAT,
            _ACCEPT,
            """\
        ROOMS.setdefault(self.room, set()).add(self)
"""
            + _ACCEPT,
            _DISCARD,
            f"""\
        ROOMS[self.room].remove(self)
        if ROOMS[self.room]:
    {_DISCARD}""",
        ),
        edited(_CHAT, _DISCARD, f"        if code == 1000:\n    {_DISCARD}"),
        edited(
            _CHAT,
            _DISCARD,
            f"        if code is not None and code < 1005:\n    {_DISCARD}",
        ),
        edited(
            _CHAT, _DISCARD, f"        if 'lobby' in self.room:\n    {_DISCARD}"
        ),
        edited(
            _CHAT,
            _DISCARD,
            f"        if self.room in ('lobby', 'kitchen'):\n    {_DISCARD}",
        ),
        edited(
            _CHAT,
            _DISCARD,
            f"""\
        if not hasattr(ChatConsumer, "left"):
            ChatConsumer.left = True
    {_DISCARD}""",
        ),
        edited(
            _CHAT,
            _DISCARD,
            f"""\
        try:
    {_DISCARD}        except:
            pass
""",
            _LEAVE,
            "group_discard(self.group)",
        ),
        "LEFT = set()\n\n\n"
        + edited(
            _CHAT,
            _DISCARD,
            f"""\
        if self.scope["client"][0] not in LEFT:
            LEFT.add(self.scope["client"][0])
    {_DISCARD}""",
        ),
        edited(
            _CHAT,
            "    async def connect",
            "    members = []\n\n    async def connect",
            _ACCEPT,
            "        self.members.append(self)\n" + _ACCEPT,
            _DISCARD,
            "        self.members.remove(self)\n",
        ),
    ),
    "joined again": (
        edited(
            _CHAT,
            _DISCARD,
            _DISCARD + _DISCARD.replace("discard", "add"),
        ),
    ),
    "another left": (
        "WHERE = {}\n\n\n"
        + edited(
            _CHAT,
            _ACCEPT,
            '        WHERE[self.scope["client"][0]] = self.channel_name\n'
            + _ACCEPT,
            _LEAVE,
            'group_discard(self.group, WHERE[self.scope["client"][0]])',
        ),
        "WHERE = {}\n\n\n"
        + edited(
            _CHAT,
            _ACCEPT,
            """\
        client = tuple(self.scope["client"])
        WHERE.setdefault(client, self.channel_name)
"""
            + _ACCEPT,
            _LEAVE,
            'group_discard(self.group, WHERE[tuple(self.scope["client"])])',
        ),
        "WHERE = []\n\n\n"
        + edited(
            _CHAT,
            _ACCEPT,
            "        WHERE.append(self.channel_name)\n" + _ACCEPT,
            _DISCARD,
            """\
        for channel in WHERE:
            await self.channel_layer.group_discard(self.group, channel)
""",
        ),
        edited(
            _CHAT,
            _ACCEPT,
            "        ChatConsumer.newest = self.channel_name\n" + _ACCEPT,
            _LEAVE,
            "group_discard(self.group, self.newest)",
        ),
    ),
    "other group": (
        edited(
            _CHAT,
            _NAME,
            '        ChatConsumer.group = f"chat_{self.room}"\n',
        ),
        edited(_CHAT, _LEAVE, 'group_discard("chat_lobby", self.channel_name)'),
        edited(
            _CHAT,
            _LEAVE,
            'group_discard(f"chat_{self.room.lower()[:5]}", self.channel_name)',
        ),
        edited(
            _CHAT,
            _ACCEPT,
            "        ChatConsumer.last = self.group\n" + _ACCEPT,
            _LEAVE,
            "group_discard(self.last, self.channel_name)",
        ),
        edited(
            _CHAT,
            _ACCEPT,
            """\
        await self.channel_layer.group_add("all", self.channel_name)
"""
            + _ACCEPT,
        ),
    ),
    "left too early": (
        edited(
            _CHAT,
            _DISCARD,
            "        pass\n",
            "    async def said(self, event):\n",
            f"""\
    async def said(self, event):
        if "bye" in event["text"]:
    {_DISCARD}""",
        ),
    ),
    "nobody there": (
        edited(
            _CHAT,
            _DISCARD,
            """\
        await self.channel_layer.group_discard(self.group, self.channel_name)
        if code != 1000:
            await self.send(text_data="are you there?")
""",
        ),
    ),
}
