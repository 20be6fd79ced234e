"""12.1: a chat that loses nothing, whatever the layer loses."""

from minichannels.lab.checking.stage.exercise import edit, find

_SOLUTION = find("12.1").solution
_STUB = find("12.1").stub
_WHILE = """\
        while self.told < len(self.room.said):
            self.told += 1
            await self.send_json(self.room.said[self.told - 1])
"""

RIGHT = (
    """\
class Chat(AsyncJsonWebsocketConsumer):
    groups = ["chat"]

    def __init__(self, room):
        super().__init__()
        self.said, self.last = room.said, None

    async def receive_json(self, content):
        match content:
            case {"after": number}:
                self.last = number
                await self.look()
            case {"say": text}:
                name = self.scope["path"][1:]
                number = len(self.said) + 1
                self.said += [{"said": text, "by": name, "number": number}]
                await self.channel_layer.group_send("chat", {"type": "look"})

    async def look(self, event=None):
        while self.last is not None and self.last < len(self.said):
            self.last, new = self.last + 1, self.said[self.last]
            await self.send_json(new)
""",
    """\
class Chat(AsyncWebsocketConsumer):
    def __init__(self, room):
        super().__init__()
        self.room = room
        self.owed = iter(())

    async def connect(self):
        await self.channel_layer.group_add("all", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("all", self.channel_name)

    async def receive(self, text_data):
        content = json.loads(text_data)
        if "say" in content:
            by = self.scope["path"].split("/")[1]
            number = 1 + len(self.room.said)
            self.room.said.append(
                {"number": number, "by": by, "said": content["say"]}
            )
        elif "after" in content:
            self.owed = self.rest(content["after"])
        await self.channel_layer.group_send("all", {"type": "ping"})

    def rest(self, start):
        while True:
            while start < len(self.room.said):
                yield self.room.said[start]
                start += 1
            yield None

    async def ping(self, event):
        for message in self.owed:
            if message is None:
                break
            await self.send(json.dumps(message))
""",
    """\
class Chat(AsyncConsumer):
    def __init__(self, room):
        self.room = room
        self.told = None

    async def websocket_connect(self, event):
        await self.channel_layer.group_add("chat", self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        content = json.loads(event["text"])
        if "after" in content:
            self.told = set(range(1, content["after"] + 1))
        if "say" in content:
            name = self.scope["path"].strip("/")
            message = {"said": content["say"], "by": name}
            self.room.said.append(message)
            message["number"] = self.room.said.index(message) + 1
        await self.channel_layer.group_send("chat", {"type": "bell"})

    async def bell(self, event):
        for message in self.room.said:
            number = message["number"]
            if self.told is not None and number not in self.told:
                self.told.add(number)
                text = json.dumps(message)
                await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard("chat", self.channel_name)
        raise StopConsumer()
""",
    """\
from minichannels.generic.websocket import JsonWebsocketConsumer


class Chat(JsonWebsocketConsumer):
    groups = ["classroom"]
    told = 10**9

    def __init__(self, room):
        super().__init__()
        self.room = room

    def receive_json(self, content):
        if "after" in content:
            self.told = content["after"]
        if "say" in content:
            message = {"number": len(self.room.said) + 1}
            message["said"] = content["say"]
            message["by"] = self.scope["path"].strip("/")
            self.room.said.append(message)
        ring = async_to_sync(self.channel_layer.group_send)
        ring("classroom", {"type": "classroom.news"})

    def classroom_news(self, event):
        while self.told < len(self.room.said):
            message = self.room.said[self.told]
            self.told += 1
            self.send_json(message)
""",
    edit(
        _STUB,
        '        await self.send_json(event["message"])\n',
        "        await self.catch_up()\n",
        """\
        for message in self.room.said[self.told :]:
            await self.send_json(message)
""",
        """\
        while new := self.room.said[self.told : self.told + 1]:
            self.told += 1
            await self.send_json(*new)
""",
    ),
    edit(
        _SOLUTION,
        _WHILE,
        """\
        if self.told < len(self.room.said):
            message = self.room.said[self.told]
            self.told += 1
            await self.send_json(message)
            await self.catch_up()
""",
    ),
)

CHEATS = {
    "lost": (
        edit(
            _STUB,
            '        await self.send_json(event["message"])\n',
            '        if event["message"]["number"] > self.told:\n'
            '            self.told = event["message"]["number"]\n'
            '            await self.send_json(event["message"])\n',
        ),
        edit(
            _STUB,
            '        await self.send_json(event["message"])\n',
            '        message = event["message"]\n'
            "        await self.send_json(dict(message))\n",
        ),
    ),
    "tail": (
        edit(
            _STUB,
            '        await self.send_json(event["message"])\n',
            """\
        number = event["message"]["number"]
        for message in self.room.said[self.told : number]:
            self.told += 1
            await self.send_json(message)
""",
            """\
        for message in self.room.said[self.told :]:
            await self.send_json(message)
""",
            """\
        for message in self.room.said[self.told :]:
            self.told += 1
            await self.send_json(message)
""",
        ),
    ),
    "passed over": (
        edit(
            _STUB,
            'await self.send_json(event["message"])',
            "await self.catch_up()",
            "            await self.send_json(message)\n",
            """\
            self.told += 1
            if self.told != 7:
                await self.send_json(message)
""",
        ),
    ),
    "overtaken": (
        edit(
            _STUB,
            'await self.send_json(event["message"])',
            "await self.catch_up()",
            "            await self.send_json(message)\n",
            """\
            await self.send_json(message)
        self.told = len(self.room.said)
""",
        ),
        edit(
            _SOLUTION,
            _WHILE,
            """\
        new, self.told = self.room.said[self.told :], self.told
        for message in list(new):
            await self.send_json(message)
        self.told = max(self.told, len(self.room.said))
""",
        ),
        edit(
            _SOLUTION,
            _WHILE,
            """\
        numbers = range(self.told, len(self.room.said))
        for number in numbers:
            await self.send_json(self.room.said[number])
        if numbers:
            self.told = self.room.said[-1]["number"]
""",
        ),
    ),
    "twice": (
        edit(_SOLUTION, "            self.told += 1\n", "", "while", "for _ in")
        .replace("for _ in self.told < len(self.room.said):", "if True:")
        .replace(
            "            await self.send_json(self.room.said[self.told - 1])\n",
            "            for message in self.room.said[self.told :]:\n"
            "                await self.send_json(message)\n",
        ),
        edit(
            _SOLUTION,
            "            await self.ring()\n",
            "            await self.ring()\n"
            "            await self.send_json(message)\n",
        ),
    ),
    "too much": (
        edit(
            _SOLUTION,
            'self.told = content["after"]',
            'self.told = max(content["after"] - 1, 0)',
        ),
    ),
    "not sent again": (
        edit(
            _SOLUTION,
            'self.told = content["after"]',
            "self.told = len(self.room.said)",
        ),
    ),
    "astray": (
        edit(_SOLUTION, "    told =", '    groups = ["chat"]\n    told ='),
        edit(
            _SOLUTION,
            "            await self.ring()\n",
            "            await self.channel_layer.group_send(\n"
            '                "Classroom", {"type": "news"}\n'
            "            )\n",
        ),
    ),
    "unheard": (
        edit(
            _SOLUTION,
            'self.told = content["after"]',
            'self.told = content["after"] + 1',
        ),
        edit(
            _SOLUTION,
            "            await self.ring()\n",
            "            await self.catch_up()\n",
        ),
    ),
    "other": (
        edit(_SOLUTION, "len(self.room.said) + 1, content", "self.n, content")
        .replace("    told = 10**9", "    n = 0\n    told = 10**9")
        .replace(
            '        if "say" in content:\n',
            '        if "say" in content:\n            self.n += 1\n',
        ),
        edit(_SOLUTION, '"by": self.name', '"by": self.scope["path"]'),
    ),
    "not in order": (
        edit(
            _SOLUTION,
            _WHILE,
            """\
        new = self.room.said[self.told :]
        self.told = max(self.told, len(self.room.said))
        for message in sorted(new, key=lambda each: -each["number"]):
            await self.send_json(message)
""",
        ),
    ),
    "same number": (
        """\
class Chat(Board):
    told = 10**9  # a page that has not asked yet misses nothing

    async def receive_json(self, content):
        await super().receive_json(content)
        if "after" in content:
            self.told = content["after"]
            await self.catch_up()
        if "say" in content:
            message = {
                "number": len(self.room.said) + 1,
                "said": content["say"],
                "by": self.name,
            }
            await self.channel_layer.group_send(
                "classroom", {"type": "chat.said", "message": message}
            )
            self.room.said.append(message)

    async def chat_said(self, event):
        await self.catch_up()

    async def catch_up(self):
        for message in self.room.said[self.told :]:
            self.told = message["number"]
            await self.send_json(message)
""",
    ),
    "not asked": (
        edit(
            _STUB,
            "told = 10**9",
            "told = 0",
            'await self.send_json(event["message"])',
            "await self.catch_up()",
            "        for message in self.room.said[self.told :]:\n",
            """\
        for message in self.room.said[self.told :]:
            self.told = message["number"]
""",
        ),
    ),
}
