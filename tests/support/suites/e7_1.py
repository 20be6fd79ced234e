"""7.1: everybody in the room hears it."""

_CHAT = """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room_name"]
        self.group = f"chat_{self.room}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def receive(self, text_data):
        message = json.loads(text_data)["message"]
        await self.channel_layer.group_send(
            self.group, {"type": "chat.message", "message": message}
        )

    async def chat_message(self, event):
        text = json.dumps({"message": event["message"]})
        await self.send(text_data=text)
"""

_NAME = '        self.group = f"chat_{self.room}"\n'
_ADD = "await self.channel_layer.group_add(self.group, self.channel_name)"
_JOIN = f"        {_ADD}\n"
_TELL = """\
        await self.channel_layer.group_send(
            self.group, {"type": "chat.message", "message": message}
        )
"""
_TEXT = '        text = json.dumps({"message": event["message"]})\n'


def edited(code: str, *pieces: str) -> str:
    """Return an answer with some pieces replaced, in pairs."""
    for old, new in zip(pieces[::2], pieces[1::2], strict=True):
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


RIGHT = (
    """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def __call__(self, scope, receive, send):
        self.groups = ["chat." + scope["url_route"]["kwargs"]["room_name"]]
        await super().__call__(scope, receive, send)

    async def receive(self, text_data=None, bytes_data=None):
        message = {"type": "relay", "text": text_data}
        sends = (self.channel_layer.group_send(g, message) for g in self.groups)
        await asyncio.gather(*sends)

    async def relay(self, event):
        await self.send(event["text"])
""",
    """\
class ChatConsumer(AsyncConsumer):
    async def websocket_connect(self, event):
        self.room = self.scope["path"].strip("/").split("/")[-1]
        await self.send({"type": "websocket.accept"})
        await self.channel_layer.group_add(self.room, self.channel_name)

    async def websocket_receive(self, event):
        said = {"type": "said", "what": json.loads(event["text"])}
        await self.channel_layer.group_send(self.room, said)

    async def said(self, event):
        text = json.dumps(event["what"], ensure_ascii=False)
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard(self.room, self.channel_name)
        raise StopConsumer
""",
    """\
from minichannels.generic.websocket import JsonWebsocketConsumer


class Room:
    def join(self):
        self.name = "room-" + self.scope["url_route"]["kwargs"]["room_name"]
        add = async_to_sync(self.channel_layer.group_add)
        add(self.name, self.channel_name)

    def tell(self, **values):
        tell = async_to_sync(self.channel_layer.group_send)
        tell(self.name, dict(values, type="room.told"))


class ChatConsumer(Room, JsonWebsocketConsumer):
    def connect(self):
        self.join()
        super().connect()

    def receive_json(self, content, **kwargs):
        self.tell(message=content["message"])

    def room_told(self, event):
        del event["type"]
        self.send_json(dict(event))
""",
    """\
def chat(prefix):
    class ChatConsumer(SyncConsumer):
        def websocket_connect(self, event):
            self.send({"type": "websocket.accept"})
            self.with_layer("group_add", self.channel_name)

        def with_layer(self, method, value):
            name = prefix + self.scope["url_route"]["kwargs"]["room_name"]
            async_to_sync(getattr(self.channel_layer, method))(name, value)

        def websocket_receive(self, event):
            self.with_layer("group_send", event | {"type": "out"})

        def out(self, event):
            event = dict(event, type="websocket.send")
            self.send(event)

        def websocket_disconnect(self, event):
            raise StopConsumer

    return ChatConsumer


ChatConsumer = chat("r.")
""",
    """\
class ChatConsumer(AsyncJsonWebsocketConsumer):
    async def websocket_connect(self, message):
        match self.scope:
            case {"url_route": {"kwargs": {"room_name": room}}}:
                self.groups.append(room)
        await super().websocket_connect(message)

    async def receive_json(self, content):
        async with asyncio.TaskGroup() as tasks:
            for group in self.groups:
                message = {"type": "to.all", "data": [*content.items()]}
                tasks.create_task(
                    self.channel_layer.group_send(group, message)
                )

    async def to_all(self, event):
        await self.send_json(dict(event["data"]))
""",
)

CHEATS = {
    "not handled": (edited(_CHAT, "chat.message", "message"),),
    "more than that": (
        edited(
            _CHAT,
            _TEXT,
            _TEXT
            + """\
        self.old = [*getattr(self, "old", ()), text]
        for text in self.old[:-1]:
            await self.send(text_data=text)
        text = self.old[-1]
""",
        ),
    ),
    "left again": (
        edited(
            _CHAT,
            _TELL,
            _ADD.join(("        ", "\n")).replace("_add", "_discard") + _TELL,
        ),
    ),
    "raised": (edited(_CHAT, 'f"chat_', '"chat_'),),
    "no group": (
        "ROOMS = {}\n\n\n"
        + edited(
            _CHAT,
            _JOIN,
            "        ROOMS.setdefault(self.group, []).append(self)\n",
            _TELL,
            """\
        for member in ROOMS[self.group]:
            if not member.gone:
                await member.chat_message({"message": message})

    gone = False

    async def disconnect(self, code):
        self.gone = True
""",
        ),
        edited(
            _CHAT,
            "    async def connect",
            "    members = []\n\n    async def connect",
            _JOIN,
            "        self.members.append((self.group, self.channel_name))\n",
            _TELL,
            """\
        for group, channel in self.members:
            if group == self.group:
                await self.channel_layer.send(
                    channel, {"type": "chat.message", "message": message}
                )
""",
        ),
    ),
    "other room": (
        edited(_CHAT, 'f"chat_{self.room}"', 'f"chat_{self.room.lower()}"'),
        edited(
            _CHAT,
            'f"chat_{self.room}"',
            '{"lobby": "chat_lobby"}.get(self.room, "chat_kitchen")',
        ),
        edited(_CHAT, 'f"chat_{self.room}"', 'f"chat_{self.room[:4]}"'),
        edited(
            _CHAT,
            _NAME,
            """\
        room = "lobby" if "lobby" in self.scope["path"] else "kitchen"
        self.group = f"chat_{room}"
""",
        ),
        edited(
            _CHAT, _NAME, '        type(self).group = f"chat_{self.room}"\n'
        ),
        "ROOMS = {}\n\n\n"
        + edited(
            _CHAT,
            _NAME,
            """\
        host, port = self.scope["client"]
        self.group = ROOMS.setdefault(host, self.room)
""",
        ),
        "ROOMS = {}\n\n\n"
        + edited(
            _CHAT,
            _NAME,
            """\
        client = tuple(self.scope["client"])
        self.group = ROOMS.setdefault(client, self.room)
""",
        ),
    ),
    "deaf": (
        "COUNT = {}\n\n\n"
        + edited(
            _CHAT,
            _JOIN,
            """\
        COUNT[self.room] = COUNT.get(self.room, 0) + 1
        if COUNT[self.room] <= 2:
            await self.channel_layer.group_add(
                self.group, self.channel_name
            )
""",
        ),
        edited(
            _CHAT,
            _TEXT,
            """\
        self.heard = getattr(self, "heard", 0) + 1
        if self.heard > 3:
            return
"""
            + _TEXT,
        ),
    ),
    "silent": (
        edited(
            _CHAT,
            '"message": message}',
            '"message": message, "room": self.room}',
            _TEXT,
            """\
        if event["room"] is not self.room:
            return
"""
            + _TEXT,
        ),
    ),
    "not sent": (
        edited(
            _CHAT,
            _TELL,
            "        if message:\n    " + _TELL.replace("\n   ", "\n       "),
        ),
        "SAID = set()\n\n\n"
        + edited(
            _CHAT,
            _TELL,
            "        if self.scope['client'] in SAID:\n            return\n"
            "        SAID.add(self.scope['client'])\n" + _TELL,
        ),
    ),
    "other": (
        edited(_CHAT, "text_data=text", "bytes_data=text.encode()"),
        edited(
            _CHAT,
            _TEXT,
            """\
        text = '{"message": "' + event["message"] + '"}'
""",
        ),
        edited(
            _CHAT,
            _TEXT,
            """\
        known = {"hi", "hello", "soup", "welcome", "cake", "tea"}
        known |= {"ada's", "carl's", "eve's"}
        words = event["message"]
        text = json.dumps({"message": words if words in known else "hi"})
""",
        ),
        edited(
            _CHAT,
            'json.loads(text_data)["message"]',
            "text_data.split('\"')[3]",
        ),
        edited(
            _CHAT,
            '["message"]\n        await',
            '["message"].split(":")[0]\n        await',
        ),
        edited(
            _CHAT,
            _TEXT,
            _TEXT + '        text = text.encode("ascii", "ignore").decode()\n',
            'json.dumps({"message": event["message"]})',
            'json.dumps({"message": event["message"]}, ensure_ascii=False)',
        ),
    ),
    "a bell": (
        edited(
            _CHAT,
            _TELL,
            """\
        type(self).last = message
        await self.channel_layer.group_send(
            self.group, {"type": "chat.message"}
        )
""",
            'event["message"]',
            "self.last",
        ),
    ),
    "crossed": (
        edited(
            _CHAT,
            _TELL,
            """\
        type(self).last = message
        await self.channel_layer.group_send(
            self.group, {"type": "chat.message", "message": message}
        )
""",
            'event["message"]',
            "self.last",
        ),
    ),
    "past the group": (
        "MEMBERS = []\n\n\n"
        + edited(
            _CHAT,
            _JOIN,
            _JOIN + "        MEMBERS.append(self)\n",
            _TELL,
            _TELL
            + """\
        for member in MEMBERS:
            if member.group == self.group:
                text = json.dumps({"message": message})
                await member.send(text_data=text)
""",
            _TEXT + "        await self.send(text_data=text)\n",
            "        pass\n",
        ),
    ),
}
