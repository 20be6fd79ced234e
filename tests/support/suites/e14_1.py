"""14.1: a conversation that remembers what its user has said."""

from support.suites.e7_1 import edited

_MEMO = """\
class Memo(AsyncConsumer):
    async def chat_connect(self, event):
        self.said = []

    async def chat_received_message(self, event):
        said = self.said
        if event["text"] == "list":
            text = ", ".join(said)
            await self.send({"type": "chat.send_message", "text": text})
        else:
            said.append(event["text"])

    async def chat_disconnect(self, event):
        raise StopConsumer
"""


def _with(*pieces: str) -> str:
    return edited(_MEMO, *pieces)


def _by(key: str) -> str:
    """Return an answer whose lists stand in one dict, by a key."""
    return "lists = {}\n\n\n" + _with(
        "said = self.said", f"said = lists.setdefault({key}, [])"
    )


RIGHT = (
    """\
async def Memo(scope, receive, send):
    things = []
    while (event := await receive())["type"] != "chat.disconnect":
        match event:
            case {"text": "list"}:
                text = ", ".join(things)
                await send({"type": "chat.send_message", "text": text})
            case {"text": text}:
                things.append(text)
""",
    """\
class Memo(AsyncConsumer):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.things = ()

    async def chat_connect(self, event):
        assert self.scope["type"] == "chat"

    async def chat_received_message(self, event):
        if event["text"] != "list":
            self.things += (event["text"],)
            return
        await self.say(", ".join(self.things), event["room"])

    async def say(self, text, room):
        message = {"type": "chat.send_message", "text": text}
        await self.send(message | ({"room": room} if room else {}))

    async def chat_disconnect(self, event):
        raise StopConsumer
""",
    _by("self.channel_name"),
    "lists = {}\n\n\n"
    + _with(
        "self.said = []",
        'lists[self.scope["peer"]] = []',
        "said = self.said",
        'said = lists[self.scope["peer"]]',
    ),
    """\
def remember():
    things, event = [], (yield)
    while True:
        if event["text"] == "list":
            event = yield ", ".join(things)
        else:
            things.append(event["text"])
            event = yield


class Memo(SyncConsumer):
    def chat_connect(self, event):
        self.memory = remember()
        next(self.memory)

    def chat_received_message(self, event):
        text = self.memory.send(event)
        if text is not None:
            self.send({"type": "chat.send_message", "text": text})

    def chat_disconnect(self, event):
        self.memory.close()
        raise StopConsumer
""",
    """\
class Things(list):
    def __str__(self):
        return ", ".join(self)


class Memo(AsyncConsumer):
    async def chat_connect(self, event):
        self.things = Things()

    async def chat_received_message(self, event):
        if event["text"] == "list":
            await self.tell(str(self.things))
        else:
            self.things.append(event["text"])

    async def tell(self, text):
        await self.send(dict(type="chat.send_message", text=text))

    async def chat_disconnect(self, event):
        self.things.clear()
        raise StopConsumer
""",
)

CHEATS = {
    "shared": (
        _with(
            "self.said = []",
            'self.said = ["tea", "milk"]',
            '            said.append(event["text"])',
            "            pass",
        ),
        _by("type(self)"),
        _with("self.said = []", "pass", "self.said\n", "self.__class__.all\n")
        + "\n    all = []\n",
        "said = []\n\n\n"
        + _with("        said = self.said\n", "        global said\n"),
    ),
    "kept": (
        _by('event["user"]'),
        _by('self.scope["peer"]'),
        _by('(self.scope["peer"], self.scope["server"])'),
        _by('self.scope["peer"].title()'),
    ),
    "forgets": (
        _by('event["room"]'),
        _with(
            "said = self.said\n",
            'said = self.rooms.setdefault(event["room"], [])\n',
            "self.said = []",
            "self.rooms = {}",
        ),
    ),
    "lacks": (
        _with("said.append(", "self.said += ("),
        _with("said.append(", "self.said.extend("),
        _with("join(said)", "join(said[-2:])"),
        _with(
            "            said.append",
            '            if event["room"]:\n                said.append',
        ),
    ),
    "twice": (
        _with(
            "            await self.send",
            '            await self.send({"type": "chat.send_message",'
            ' "text": text})\n            await self.send',
        ),
    ),
    "order": (_with("join(said)", "join(sorted(said, reverse=True))"),),
    "other": (
        _with("join(said)", "join(said).lower()"),
        _with('", ".join(said)', '" and ".join(said)'),
        _with('", ".join(said)', '", ".join(said) + ", juice"'),
    ),
    "silent": (
        _with('== "list"', '== "List"'),
        _with('== "list":', '== "list" and event["room"] is None:'),
    ),
    "answers all": (
        _with(
            '            said.append(event["text"])',
            '            said.append(event["text"])\n'
            '            ok = {"type": "chat.send_message", "text": "ok"}\n'
            "            await self.send(ok)",
        ),
    ),
}
