"""12.2: who is here?"""

from minichannels.lab.checking.stage.exercise import edit, find

_SOLUTION = find("12.2").solution
_NEWS = """\
    async def news(self, event=None):
        await super().news()
        await self.send_json({"present": sorted(set(self.room.present))})
"""
_COMES = "        self.room.present.append(self.name)\n"
_REMOVE = "        self.room.present.remove(self.name)\n"
_RING = "        await self.ring()\n"

# It finds out the name itself, as the board does.
_NAMED = """\
class Classroom(Chat):
    async def connect(self):
        self.name = self.scope["path"].strip("/")
        self.room.present.append(self.name)
        await super().connect()
        await self.ring()

    async def disconnect(self, code):
        self.room.present.remove(self.name)
        await self.ring()

    async def news(self, event=None):
        await super().news(event)
        await self.send_json({"present": sorted(set(self.room.present))})

    @classmethod
    async def decode_json(cls, text_data):
        try:
            return json.loads(text_data)
        except ValueError:
            return {}
"""

RIGHT = (
    """\
class Classroom(Chat):
    groups = [*Chat.groups, "here"]

    def __init__(self, room):
        super().__init__(room)
        self.here = room.present

    async def connect(self):
        await super().connect()
        self.here.append(self)
        await self.channel_layer.group_send("here", {"type": "look"})

    async def receive(self, text_data):
        if text_data[:1] == "{":
            await super().receive(text_data)

    async def disconnect(self, code):
        self.here.remove(self)
        await self.channel_layer.group_send("here", {"type": "look"})

    async def look(self, event):
        names = {each.scope["path"].strip("/") for each in self.here}
        await self.send_json({"present": list(names)})
""",
    """\
from collections import Counter


class Classroom(Chat):
    async def connect(self):
        await super().connect()
        if not self.room.present:
            self.room.present = Counter()
        await self.change(1)

    async def disconnect(self, code):
        await self.change(-1)

    async def change(self, by):
        self.room.present[self.name] += by
        await self.channel_layer.group_send(self.groups[0], {"type": "here"})

    async def here(self, event):
        names = [n for n, count in self.room.present.items() if count]
        await self.send_json({"present": names})

    @classmethod
    async def decode_json(cls, text_data):
        return json.loads(text_data) if text_data.startswith("{") else {}
""",
    """\
class Classroom(Chat):
    async def __call__(self, scope, receive, send):
        self.name = scope["path"].strip("/")
        self.room.present.append(self.name)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.room.present.remove(self.name)
            await self.ring()

    async def connect(self):
        await super().connect()
        await self.ring()

    async def receive(self, text_data):
        try:
            json.loads(text_data)
        except ValueError:
            return
        await super().receive(text_data)

    async def news(self, event=None):
        await self.send_json({"present": sorted({*self.room.present})})
        await super().news()
""",
    """\
class Classroom(Chat):
    rooms = {}

    async def connect(self):
        self.members = self.rooms.setdefault(id(self.room), {})
        await super().connect()
        await self.channel_layer.group_add("class", self.channel_name)
        self.members[self.channel_name] = self.scope["path"][1:]
        await self.changed()

    async def changed(self):
        await self.channel_layer.group_send("class", {"type": "changed.list"})

    async def disconnect(self, code):
        await self.channel_layer.group_discard("class", self.channel_name)
        self.members.pop(self.channel_name, None)
        await self.changed()

    async def changed_list(self, event):
        names = sorted(dict.fromkeys(self.members.values()))
        await self.send(json.dumps({"present": names}))

    async def receive_json(self, content):
        if isinstance(content, dict):
            await super().receive_json(content)

    @classmethod
    async def decode_json(cls, text_data):
        return json.loads(text_data) if "{" in text_data else None
""",
    """\
class Classroom(Chat):
    async def websocket_connect(self, message):
        await super().websocket_connect(message)
        self.room.present = [*self.room.present, self.name]
        await self.ring()

    async def websocket_disconnect(self, message):
        present = list(self.room.present)
        present.remove(self.name)
        self.room.present = present
        await self.ring()
        await super().websocket_disconnect(message)

    async def receive_json(self, content, **kwargs):
        if content is not None:
            await super().receive_json(content)

    @classmethod
    async def decode_json(cls, text_data):
        try:
            return json.loads(text_data)
        except json.JSONDecodeError:
            return None

    async def news(self, event=None):
        await super().news(event)
        await self.send_json({"present": sorted(set(self.room.present))})
""",
)

CHEATS = {
    "not told who comes": (
        edit(
            _SOLUTION,
            _COMES,
            '        if not hasattr(Chat, "known"):\n'
            "            Chat.known = self.room\n"
            "        Chat.known.present.append(self.name)\n",
        ),
        edit(_SOLUTION, _COMES, ""),
        edit(
            _SOLUTION,
            _NEWS,
            """\
    async def news(self, event=None):
        await super().news()
        others = {n for n in self.room.present if n != self.name}
        await self.send_json({"present": sorted(others)})
""",
        ),
    ),
    "others not told": (
        edit(
            _SOLUTION,
            _COMES + _RING,
            _COMES + "        await self.news()\n",
        ),
        edit(
            _SOLUTION,
            _NEWS,
            """\
    async def news(self, event=None):
        await super().news()
        names = sorted(set(self.room.present))
        if self.name in names and not hasattr(self, "once"):
            self.once = names
            await self.send_json({"present": names})
""",
        ),
    ),
    "untold": (
        edit(_SOLUTION, _REMOVE + _RING, _REMOVE),
        edit(_SOLUTION, "def disconnect(", "def goodbye("),
    ),
    "astray": (
        edit(
            _SOLUTION,
            _REMOVE + _RING,
            _REMOVE
            + "        await self.channel_layer.group_send(\n"
            + '            self.name, {"type": "news"}\n'
            + "        )\n",
        ),
    ),
    "still listed": (
        edit(_SOLUTION, _REMOVE, ""),
        edit(_SOLUTION, _REMOVE + _RING, _RING + _REMOVE),
        edit(
            _SOLUTION,
            _REMOVE,
            f"        if code == 4000:\n    {_REMOVE}",
        ),
    ),
    "vanished": (
        edit(
            _SOLUTION,
            _REMOVE,
            "        names = set(self.room.present) - {self.name}\n"
            "        self.room.present[:] = names\n",
        ),
        edit(
            _SOLUTION,
            _COMES,
            "        if self.name not in self.room.present:\n"
            "            self.room.present.append(self.name)\n",
            _REMOVE,
            "        if self.name in self.room.present:\n"
            "            self.room.present.remove(self.name)\n",
        ),
    ),
    "twice": (
        edit(
            _SOLUTION,
            "sorted(set(self.room.present))",
            "list(self.room.present)",
        ),
    ),
    "stale": (
        """\
class Classroom(Chat):
    async def connect(self):
        await super().connect()
        self.room.present.append(self.name)
        await self.channel_layer.group_send(
            "classroom", {"type": "news", "present": self.room.present}
        )

    async def disconnect(self, code):
        self.room.present.remove(self.name)
        await self.channel_layer.group_send(
            "classroom", {"type": "news", "present": self.room.present}
        )

    async def news(self, event=None):
        await super().news(event)
        if event:
            await self.send_json({"present": sorted(set(event["present"]))})

    @classmethod
    async def decode_json(cls, text_data):
        try:
            return json.loads(text_data)
        except ValueError:
            return {}
""",
        edit(
            _SOLUTION,
            _COMES + _RING,
            _COMES + "        await self.tell()\n",
            _REMOVE + _RING,
            _REMOVE + "        await self.tell()\n",
            _NEWS,
            """\
    async def tell(self):
        frame = json.dumps({"present": sorted(set(self.room.present))})
        message = {"type": "out", "text": frame}
        await self.channel_layer.group_send("classroom", message)

    async def out(self, event):
        await self.send(event["text"])
""",
        ),
    ),
    "other form": (
        edit(_NAMED, '{"present": ', '{"presents": '),
        edit(
            _SOLUTION,
            "sorted(set(self.room.present))",
            '", ".join(sorted(set(self.room.present)))',
        ),
        edit(
            _SOLUTION,
            '{"present": sorted(set(self.room.present))}',
            '{"present": sorted(set(self.room.present)), "by": self.name}',
        ),
    ),
    "raised": (edit(_NAMED, "event=None", "event"),),
    "nonsense": (edit(_NAMED, "return {}", "return None"),),
    "no chat": (edit(_NAMED, "        await super().news(event)\n", ""),),
    "two rooms": (
        edit(
            _NAMED.replace("self.room.present", "self.present"),
            "class Classroom(Chat):\n",
            "class Classroom(Chat):\n    present = []\n\n",
        ),
    ),
}
