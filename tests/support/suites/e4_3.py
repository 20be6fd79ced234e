"""4.3: names that clients tell."""

_CHAT = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")

    def receive(self, *, text_data):
        text = text_data
        command = text.startswith("/name ")
        name = text[6:].strip()
        …
        if command:
            self.username = name
            self.send(text_data=f"[set your username to {self.username}]")
        else:
            self.send(text_data=f"{self.username}: {text}")
"""


def _with(*lines: str) -> str:
    """Return a chat with lines of its own before it answers."""
    return _CHAT.replace("…", "\n        ".join(lines))


def _by(key: str, ending: str = "pass") -> str:
    """Return a chat whose names stand in one dict, by a key."""
    return f"""\
names = {{}}


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send("[Welcome Anonymous!]")

    async def receive(self, text_data):
        me = {key}
        if text_data.startswith("/name "):
            names[me] = text_data.removeprefix("/name ").strip()
            await self.send(f"[set your username to {{names[me]}}]")
        else:
            await self.send(f"{{names.get(me, 'Anonymous')}}: {{text_data}}")

    async def disconnect(self, code):
        {ending}
"""


RIGHT = (
    _by("self.channel_name"),
    _by(
        'self.scope["client"]',
        'names.pop(self.scope["client"], None)',
    ),
    """\
import re


class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.name = "Anonymous"
        self.accept()
        self.send("[Welcome Anonymous!]")

    def receive(self, text_data):
        if found := re.match(r"/name\\s+(.*\\S)", text_data):
            self.name = found[1]
            self.send(f"[set your username to {self.name}]")
        else:
            self.send(f"{self.name}: {text_data}")
""",
    """\
async def ChatConsumer(scope, receive, send):
    name = "Anonymous"

    async def say(text):
        await send({"type": "websocket.send", "text": text})

    while True:
        match await receive():
            case {"type": "websocket.connect"}:
                await send({"type": "websocket.accept"})
                await say(f"[Welcome {name}!]")
            case {"type": "websocket.receive", "text": text}:
                match text.partition(" "):
                    case "/name", _, told:
                        name = told.strip()
                        await say(f"[set your username to {name}]")
                    case _:
                        await say(f"{name}: {text}")
            case _:
                return
""",
    """\
class ChatConsumer(SyncConsumer):
    @property
    def username(self):
        return vars(self).get("told", "Anonymous")

    def say(self, text):
        self.send({"type": "websocket.send", "text": text})

    def websocket_connect(self, event):
        self.send({"type": "websocket.accept"})
        self.say(f"[Welcome {self.username}!]")

    def websocket_receive(self, event):
        commands = {"/name": self.name}
        word, *rest = event["text"].split(" ", 1)
        if word in commands:
            commands[word](*rest)
        else:
            self.say(f"{self.username}: {event['text']}")

    def name(self, told):
        self.told = told.strip()
        self.say(f"[set your username to {self.told}]")

    def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
class Named:
    username = "Anonymous"

    def answer(self, text):
        if not text.startswith("/name "):
            return f"{self.username}: {text}"
        self.username = " ".join(text.split()[1:])
        return f"[set your username to {self.username}]"


class ChatConsumer(Named, AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send(f"[Welcome {self.username}!]")

    async def receive(self, text_data=None, bytes_data=None):
        await self.send(self.answer(text_data))
""",
)

CHEATS = {
    "taken out": (
        _with('name = name.replace("/name ", "")'),
        _with('name = "".join(text.split("/name ")).strip()'),
    ),
    "part": (
        _with('name = text.lstrip("/name ").strip()'),
        _with('name = text.strip("/name ")'),
        _with("name = text.split()[1] if command else name"),
        _with("name = text.split()[-1] if command else name"),
        _with("name = text[6:9].strip()"),
        _with("name = name[:12]"),
        _with("name = name.rstrip('0123456789')"),
    ),
    "taken for a command": (
        _with('command = "/name" in text'),
        _with('command = text.startswith("/")'),
        _with('command = text.startswith("/n")'),
        _with('command = "name" in text.split(" ")[0]'),
        _with('command = text.lstrip("/").startswith("name")'),
        _with('command = text.split(":")[-1].strip().startswith("/name")'),
    ),
    "longer word": (
        _with('command = text.startswith("/name")'),
        _with('command = text[:5] == "/name"', "name = text[5:].strip()"),
    ),
    "as a text": (
        _with("command = command and len(name) == 3"),
        _with('command = text in ("/name Ada", "/name  Bob ")'),
        _with("command = command and name.istitle()"),
        _with('command = command and self.username == "Anonymous"'),
        "told = []\n\n\n"
        + _with(
            "command = command and len(told) < 4",
            "told.extend([name] if command else [])",
        ),
    ),
    "other": (
        _with("name = ''.join(filter(str.isalpha, name))"),
        _with("name = name.title()"),
        _with("name = name.lower().capitalize()"),
        _with("text = text.strip()"),
        _with('name = name.encode("ascii", "ignore").decode()'),
    ),
    "shared": (
        _by('self.scope["client"][0]'),
        _by('self.scope["path"]'),
        _by('self.scope["client"]'),
        _by('self.scope["client"][1]'),
        _by(
            'self.scope["client"]',
            """if code == 1000:
            names.pop(self.scope["client"], None)""",
        ),
    ),
    "not kept": (
        """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")

    def receive(self, *, text_data):
        if text_data.startswith("/name "):
            self.name = text_data[6:].strip()
            self.send(text_data=f"[set your username to {self.name}]")
        else:
            self.send(text_data=self.username + ": " + text_data)
""",
        """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome Anonymous!]")

    def receive(self, *, text_data):
        if text_data.startswith("/name "):
            self.name = name = text_data[6:].strip()
            self.send(text_data=f"[set your username to {name}]")
        else:
            self.send(text_data=self.username + ": " + text_data)
""",
        """\
class ChatConsumer(WebsocketConsumer):
    username = "Anonymous"

    def connect(self):
        self.accept()
        self.send("[Welcome Anonymous!]")

    def receive(self, text_data):
        if text_data.startswith("/name"):
            self.username = text_data[5:].strip()
            self.send(f"[set your username to {self.username}]")
        else:
            self.send(f"{self.username}: {text_data}")
            vars(self).pop("username", None)
""",
        _by("self.channel_name + str(len(names))"),
    ),
    "old name": (
        "taken = set()\n\n\n"
        + _with(
            "if command and name in taken:",
            "    name = self.username",
            "taken.update({name} if command else ())",
        ),
        _with(
            "if command:",
            "    name = vars(self).setdefault('told', name)",
        ),
    ),
    "welcome": (
        _by("self.channel_name").replace(
            '[Welcome Anonymous!]")',
            '[Welcome %s!]" % (list(names.values()) or ["Anonymous"])[-1])',
        ),
    ),
    "left out": (
        _with("if not text:", "    return"),
        _with("if 'name' in text and not command:", "    return"),
    ),
    "sleeps": (
        _by("self.channel_name").replace(
            "        me =", "        time.sleep(0.05)\n        me ="
        ),
    ),
}
