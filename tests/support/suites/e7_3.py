"""7.3: everybody but the one who spoke."""

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
        sender = self.channel_name
        message = {"type": "said", "text": text_data, "sender": sender}
        await self.channel_layer.group_send(self.group, message)

    async def said(self, event):
        if event["sender"] != self.channel_name:
            await self.send(text_data=event["text"])
"""

_JOIN = "        await self.channel_layer.group_add"
_SENDER = "        sender = self.channel_name\n"
_SEND = "        await self.channel_layer.group_send(self.group, message)\n"
_IF = 'event["sender"] != self.channel_name'

RIGHT = (
    """\
class ChatConsumer(AsyncConsumer):
    async def websocket_connect(self, event):
        self.group = self.scope["url_route"]["kwargs"]["room_name"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        message = {"type": "relay", "from": self.channel_name, "event": event}
        await self.channel_layer.group_send(self.group, message)

    async def relay(self, message):
        mine = message.pop("from") == self.channel_name
        answer = {"type": "websocket.send", "text": message["event"]["text"]}
        await ([self.send, asyncio.sleep][mine](answer if not mine else 0))

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard(self.group, self.channel_name)
        raise StopConsumer
""",
    """\
import itertools

from minichannels.generic.websocket import JsonWebsocketConsumer


class ChatConsumer(JsonWebsocketConsumer):
    number = itertools.count()

    def connect(self):
        self.mine = set()
        self.group = "r-" + self.scope["url_route"]["kwargs"]["room_name"]
        async_to_sync(self.channel_layer.group_add)(
            self.group, self.channel_name
        )
        self.accept()

    def receive_json(self, content):
        key = next(self.number)
        self.mine.add(key)
        async_to_sync(self.channel_layer.group_send)(
            self.group, {"type": "chat.message", "key": key, **content}
        )

    def chat_message(self, event):
        if event["key"] not in self.mine:
            self.send_json({"message": event["message"]})
        self.mine.discard(event["key"])
""",
    """\
class Signed:
    async def tell(self, group, **values):
        message = {**values, "by": self.sign}
        await self.channel_layer.group_send(group, message)

    @property
    def sign(self):
        return hash(self.channel_name)

    async def dispatch(self, message):
        if message.get("by") != self.sign:
            await super().dispatch(message)


class ChatConsumer(Signed, AsyncJsonWebsocketConsumer):
    async def connect(self):
        self.groups.append(self.scope["url_route"]["kwargs"]["room_name"])
        for group in self.groups:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()

    async def receive_json(self, content):
        await self.tell(self.groups[0], type="told", content=content)

    async def told(self, event):
        await self.send_json(event["content"])
""",
    """\
def but_mine(handler):
    async def wrapped(self, event):
        match event:
            case {"meta": [channel, _]} if channel == self.channel_name:
                return
        return await handler(self, event)

    return wrapped


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.room = self.scope["path"].split("/")[3]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def receive(self, text_data):
        text = json.loads(text_data)["message"]
        meta = (self.channel_name, len(text))
        message = {"type": "chat.out", "meta": meta, "text": text}
        await asyncio.gather(self.channel_layer.group_send(self.room, message))

    @but_mine
    async def chat_out(self, event):
        await self.send(text_data=json.dumps({"message": event["text"]}))
""",
    """\
class ChatConsumer(SyncConsumer):
    def layer(self, method, *values):
        room = self.scope["url_route"]["kwargs"]["room_name"]
        call = async_to_sync(getattr(self.channel_layer, f"group_{method}"))
        call(room, *values)

    def websocket_connect(self, event):
        self.layer("add", self.channel_name)
        self.send({"type": "websocket.accept"})

    def websocket_receive(self, event):
        said = json.dumps([self.channel_name, event["text"]])
        self.layer("send", {"type": "said", "said": said.encode()})

    def said(self, event):
        sender, text = json.loads(event["said"])
        if sender == self.channel_name:
            return
        self.send({"type": "websocket.send", "text": text})

    def websocket_disconnect(self, event):
        self.layer("discard", self.channel_name)
        raise StopConsumer
""",
    """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.group = self.scope["url_route"]["kwargs"]["room_name"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def receive(self, text_data):
        at = "%s:%s" % tuple(self.scope["client"])
        message = {"type": "said", "text": text_data, "at": at}
        await self.channel_layer.group_send(self.group, message)

    async def said(self, event):
        host, port = self.scope["client"]
        if event["at"] != f"{host}:{port}":
            await self.send(text_data=event["text"])
""",
)

CHEATS = {
    "nobody": (
        edited(
            _CHAT,
            _SENDER,
            '        sender = self.scope["client"][0]\n',
            _IF,
            'event["sender"] != self.scope["client"][0]',
        ),
        edited(
            _CHAT,
            _SENDER,
            "        sender = self.room\n",
            _IF,
            'event["sender"] != self.room',
        ),
        edited(
            _CHAT,
            _SENDER,
            "        sender = type(self).__name__\n",
            _IF,
            'event["sender"] != type(self).__name__',
        ),
    ),
    "left again": (
        edited(
            _CHAT,
            _SEND,
            """\
        member = self.group, self.channel_name
        await self.channel_layer.group_discard(*member)
"""
            + _SEND,
        ),
    ),
    "always another": (
        edited(_CHAT, _IF, 'event["sender"] != self.group'),
        edited(_CHAT, _IF, 'event.get("from") != self.channel_name'),
        edited(_CHAT, "!= self", "is not self"),
        edited(
            _CHAT,
            _SENDER,
            '        sender = self.scope["client"]\n',
            _IF,
            'event["sender"] != self.scope["client"]',
        ),
        edited(_CHAT, _IF, 'event["sender"] not in self.scope["path"]'),
    ),
    "herself": (
        edited(
            _CHAT,
            _SEND,
            """\
        self.quiet = True
        await self.channel_layer.group_send(self.group, message)
        await asyncio.sleep(0.1)
        self.quiet = False
""",
            ', "sender": sender}',
            "}",
            _IF,
            'not getattr(self, "quiet", False)',
        ),
    ),
    "deaf": (
        edited(
            _CHAT,
            _SENDER,
            "        self.mine = True\n" + _SENDER,
            _IF,
            'not hasattr(self, "mine")',
        ),
    ),
    "swallowed": (
        edited(
            _CHAT,
            _SENDER,
            "        self.last = text_data\n" + _SENDER,
            _IF,
            'event["text"] != getattr(self, "last", "")',
        ),
    ),
    "some": (
        edited(_CHAT, _IF, _IF + ' and getattr(self, "heard", 0) < 2').replace(
            "            await self.send(text",
            '            self.heard = getattr(self, "heard", 0) + 1\n'
            "            await self.send(text",
        ),
        "MEMBERS = {}\n\n\n"
        + edited(
            _CHAT,
            _JOIN,
            """\
        here = MEMBERS.setdefault(self.group, [])
        here.append(self.channel_name)
"""
            + _JOIN,
            _IF,
            f"{_IF} and self.channel_name in MEMBERS[self.group][:2]",
        ),
    ),
    "crossed": (
        edited(
            _CHAT,
            _SENDER,
            "        ChatConsumer.speaker = self.channel_name\n" + _SENDER,
            _IF,
            "self.speaker != self.channel_name",
        ),
        "SPOKE = {}\n\n\n"
        + edited(
            _CHAT,
            _SENDER,
            "        SPOKE[text_data] = self.channel_name\n" + _SENDER,
            _IF,
            'SPOKE[event["text"]] != self.channel_name',
        ),
        edited(
            _CHAT,
            _SENDER,
            '        self.mine = getattr(self, "mine", 0) + 1\n' + _SENDER,
            "        if " + _IF,
            """\
        if getattr(self, "mine", 0):
            self.mine -= 1
        elif True""",
        ),
        edited(
            _CHAT,
            _SEND,
            """\
        member = self.group, self.channel_name
        await self.channel_layer.group_discard(*member)
        await self.channel_layer.group_send(self.group, message)
        await self.channel_layer.group_add(*member)
""",
            "if " + _IF,
            "if True",
        ),
        "SPOKE = {}\n\n\n"
        + edited(
            _CHAT,
            _SENDER,
            "        SPOKE[self.room] = self.channel_name\n" + _SENDER,
            _IF,
            "SPOKE[self.room] != self.channel_name",
        ),
    ),
    "no group": (
        "MEMBERS = {}\n\n\n"
        + edited(
            _CHAT,
            _JOIN,
            "        MEMBERS.setdefault(self.group, set()).add(self)\n" + _JOIN,
            _SEND,
            """\
        for member in MEMBERS[self.group] - {self}:
            await member.said(message)
""",
            "    async def disconnect(self, code):\n",
            """\
    async def disconnect(self, code):
        MEMBERS[self.group].discard(self)
""",
        ),
        "MEMBERS = {}\n\n\n"
        + edited(
            _CHAT,
            _JOIN,
            "        MEMBERS[self.channel_name] = self.group\n" + _JOIN,
            _SEND,
            """\
        for channel, group in MEMBERS.items():
            if group == self.group and channel != self.channel_name:
                await self.channel_layer.send(channel, message)
""",
        ),
    ),
    "other room": (
        edited(_CHAT, 'f"chat_{self.room}"', '"chat"'),
        edited(
            _CHAT,
            'f"chat_{self.room}"',
            '"chat_" + self.room.translate({k: None for k in b"s-2"})[:5]',
        ),
    ),
    "other": (
        edited(
            _CHAT,
            'text_data=event["text"]',
            'text_data=json.dumps({"sender": event["sender"],'
            ' **json.loads(event["text"])})',
        ),
        edited(
            _CHAT,
            'text_data=event["text"]',
            'text_data=event["text"].encode().decode("ascii", "replace")',
        ),
        edited(
            _CHAT,
            'text_data=event["text"]',
            'text_data=\'{"message": "%s"}\' %'
            ' json.loads(event["text"])["message"]',
        ),
    ),
}
