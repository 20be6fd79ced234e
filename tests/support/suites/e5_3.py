"""5.3: a room for who is still logged in."""

_ROOM = """\
class MemberRoom(WebsocketConsumer):
    def connect(self):
        self.accept()
        if …:
            self.close(code=4401)

    def receive(self, text_data):
        if ¶:
            self.close(code=4401)
            return
        self.send(text_data=f"{self.scope['user']}: {text_data}")
"""
_NOW = 'not self.scope["session"]'


def _room(first: str = 'self.scope["user"] is None', then: str = _NOW) -> str:
    return _ROOM.replace("…", first).replace("¶", then)


RIGHT = (
    _room(first='"user" not in self.scope["session"]'),
    """\
class MemberRoom(AsyncConsumer):
    @property
    def user(self):
        return self.scope["session"].get("user")

    async def websocket_connect(self, event):
        await self.send({"type": "websocket.accept"})
        if not self.user:
            await self.send({"type": "websocket.close", "code": 4401})

    async def websocket_receive(self, event):
        if self.user:
            text = f"{self.user}: {event['text']}"
            answer = {"type": "websocket.send", "text": text}
        else:
            answer = {"type": "websocket.close", "code": 4401}
        await self.send(answer)

    async def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
def members(method):
    def wrapped(self, *args, **kwargs):
        if self.scope["session"]:
            method(self, *args, **kwargs)
        else:
            self.close(code=4401, reason="log in first")

    return wrapped


class MemberRoom(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.stay()

    @members
    def stay(self):
        pass

    @members
    def receive(self, text_data=None, bytes_data=None):
        self.send(": ".join([self.scope["user"], text_data]))
""",
    """\
async def MemberRoom(scope, receive, send):
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        user = scope["session"].get("user")
        if user is None:
            await send({"type": "websocket.close", "code": 4401})
        elif "text" in event:
            text = "%s: %s" % (user, event["text"])
            await send({"type": "websocket.send", "text": text})
""",
    """\
class MemberRoom(WebsocketConsumer):
    def connect(self):
        self.accept()
        self.session = self.scope["session"]
        if not self.session:
            self.send("log in first")
            self.close(4401)

    def receive(self, text_data):
        match self.session:
            case {"user": user}:
                self.send(text_data=user + ": " + text_data)
            case _:
                self.close(4401)
""",
    """\
class MemberRoom(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.answer("")

    async def receive(self, text_data):
        await self.answer(f": {text_data}")

    async def answer(self, words):
        try:
            user = self.scope["session"]["user"]
        except KeyError:
            await self.close(code=4401)
        else:
            if words:
                await self.send(text_data=user + words)
""",
)

_GONE = """\
gone = set()


class MemberRoom(WebsocketConsumer):
    def connect(self):
        self.accept()
        if self.scope["user"] is None:
            self.close(code=4401)

    def receive(self, text_data):
        if not self.scope["session"]:
            gone.add(self.scope["user"])
        if self.scope["user"] in gone:
            self.close(code=4401)
        else:
            self.send(text_data=f"{self.scope['user']}: {text_data}")
"""

CHEATS = {
    "once": (
        _room(then='self.scope["user"] is None'),
        _room(then="False"),
        _room(then='text_data == "log out"'),
        _room()
        .replace(
            "        self.accept()\n",
            "        self.accept()\n        self.session ="
            " dict(self.scope['session'])\n",
        )
        .replace('not self.scope["session"]', "not self.session"),
        _room()
        .replace(
            "        self.accept()\n",
            "        self.accept()\n        self.user ="
            " self.scope['session'].get('user')\n",
        )
        .replace('not self.scope["session"]', "self.user is None"),
        _room(then='not hasattr(self, "scope")'),
    ),
    "answered": (
        _room(then="False") + "        if not self.scope['session']:\n"
        "            self.close(code=4401)\n",
    ),
    "members too": (
        _room(first='self.scope["user"] != "ada"'),
        _room(first='self.scope["user"] not in ("ada", "eve")'),
        _room(first='str(self.scope["user"]) == "None"'),
        _room(then='text_data == "still here?" or self.scope["user"] != "ada"'),
        _GONE,
        "calls = []\n\n\n" + _room(then="calls.append(1) or len(calls) > 4"),
    ),
    "left standing": (
        _room(then=_NOW).replace(
            "            self.close(code=4401)\n            return\n",
            "            return\n",
        ),
    ),
    "let in": (
        _room(first='self.scope["user"] == ""'),
        _room(first='"session" not in self.scope'),
    ),
    "other code": (
        _room().replace(
            "code=4401)\n            return", "code=4400)\n            return"
        ),
        _room()
        .replace("code=4401)\n            return", ")\n            return")
        .replace("close()", "close()"),
    ),
    "accepted twice": (
        """\
class MemberRoom(WebsocketConsumer):
    def connect(self):
        if not self.scope["user"]:
            self.accept()
            self.close(code=4401)
        self.accept()

    def receive(self, text_data):
        if not self.scope["session"]:
            self.close(code=4401)
        else:
            self.send(text_data=f"{self.scope['user']}: {text_data}")
""",
    ),
}
