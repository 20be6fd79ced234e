"""4.2: a welcome, and answers with a name."""

_CHAT = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        welcome = "[Welcome %s!]" % self.username
        self.accept()
        …
        self.send(text_data=welcome)

    def receive(self, *, text_data):
        text, answer = text_data, f"{self.username}: {text_data}"
        ……
        self.send(text_data=answer)
"""


def _with(*lines: str, welcome: tuple[str, ...] = ()) -> str:
    """Return a chat with lines of its own before it answers, or welcomes."""
    code = _CHAT.replace("……", "\n        ".join(lines))
    return code.replace("…", "\n        ".join(welcome))


def _async(*lines: str) -> str:
    """Return the same with coroutine functions."""
    code = _with(*lines)
    for name in ("accept", "send"):
        code = code.replace(f"self.{name}(", f"await self.{name}(")
    code = code.replace("(WebsocketC", "(AsyncWebsocketC")
    return code.replace("    def ", "    async def ")


RIGHT = (
    _async(),
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
                await say(f"{name}: {text}")
            case _:
                return
""",
    """\
class Named:
    username = "Anonymous"

    @property
    def welcome(self):
        return f"[Welcome {self.username}!]"

    def said(self, text):
        return ": ".join((self.username, text))


class ChatConsumer(Named, SyncConsumer):
    def websocket_connect(self, event):
        self.send({"type": "websocket.accept"})
        self.send({"type": "websocket.send", "text": self.welcome})

    def websocket_receive(self, event):
        text = self.said(event["text"])
        self.send({"type": "websocket.send", "text": text})

    def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
class ChatConsumer(AsyncJsonWebsocketConsumer):
    async def receive(self, text_data):
        await self.receive_json(text_data)

    @classmethod
    async def encode_json(cls, content):
        return content

    async def connect(self):
        self.name = "Anonymous"
        await self.accept()
        await self.send_json(f"[Welcome {self.name}!]")

    async def receive_json(self, content):
        await self.send_json(self.name + ": " + content)
""",
    """\
class ChatConsumer(WebsocketConsumer):
    def websocket_connect(self, message):
        super().websocket_connect(message)
        self.username = "Anonymous"
        self.send("[Welcome {}!]".format(self.username))

    def receive(self, text_data=None, bytes_data=None):
        self.send("{}: {}".format(self.username, text_data))
""",
    """\
names = {}


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        names[self.channel_name] = "Anonymous"
        await self.accept()
        await self.send(f"[Welcome {names[self.channel_name]}!]")

    async def receive(self, text_data):
        await self.send(f"{names[self.channel_name]}: {text_data}")

    async def disconnect(self, code):
        del names[self.channel_name]
""",
)

CHEATS = {
    "the same again": (
        _with('answer = "Anonymous: hello"'),
        "first = {}\n\n\n"
        + _with('answer = first.setdefault(self.scope["client"][0], answer)'),
        "answers = []\n\n\n"
        + _with("answers.append(answer)", "answer = answers[0]"),
    ),
    "another's": (
        "last = [None]\n\n\n"
        + _async(
            "last[0] = answer", "await asyncio.sleep(0)", "answer = last[0]"
        ),
    ),
    "no name": (_with('answer = answer if text == "hello" else text'),),
    "other": (
        _with("answer = answer.strip()"),
        _with("answer = answer[:30]"),
        _with('answer = ": ".join(answer.split(": ")[:2])'),
        _with('answer = "Anonymous: " + (text.split() or [""])[0]'),
        _with('answer = answer.encode("ascii", "ignore").decode()'),
        _with('answer = "Anonymous: " + text.lower()'),
        _with('answer = "Anonymous: " + (text or "?")'),
        _with('answer = f"{self.username}: {text.capitalize()}"'),
    ),
    "raised": (
        _with('answer = ("%s: " + text) % self.username'),
        _with('answer = ("{}: " + text).format(self.username)'),
        _with('answer = {"hello": answer}[text]'),
    ),
    "left out": (
        _with("if not text:", "    return"),
        _with('if text != "hello":', "    return"),
        _with(
            "if self.username in vars(self.__class__):",
            "    return",
            "setattr(self.__class__, self.username, 1)",
        ),
        _with("if vars(self).get('done'):", "    return", "self.done = True"),
        "seen = []\n\n\n"
        + _with("seen.append(text)", "if len(seen) > 4:", "    return"),
        "calls = {}\n\n\n"
        + _with(
            'port = self.scope["client"][1]',
            "calls[port] = calls.get(port, 0) + 1",
            "if calls[port] > 4:",
            "    return",
        ),
    ),
    "no welcome": (
        _with(
            welcome=(
                "if vars(self.__class__).get('met'):",
                "    return",
                "self.__class__.met = True",
            )
        ),
        "met = set()\n\n\n"
        + _with(
            welcome=(
                'if self.scope["client"] in met:',
                "    return",
                'met.add(self.scope["client"])',
            )
        ),
    ),
    "other welcome": (
        "met = []\n\n\n"
        + _with(
            welcome=(
                "met.append(1)",
                "if len(met) > 2:",
                '    welcome = "[Welcome back!]"',
            )
        ),
    ),
    "sleeps": (_async("time.sleep(0.05)"),),
}
