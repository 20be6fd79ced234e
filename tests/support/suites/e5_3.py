"""5.3: a room for who is still a user."""

_ROOM = """\
class MemberRoom(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        if …:
            await self.close(code=4401)

    async def receive(self, text_data):
        user = await get_user(self.scope)
        if ¶:
            await self.close(code=4401)
            return
        await self.send(text_data=f"{self.scope['user']}: {text_data}")
"""
_FIRST = 'not self.scope["user"].is_authenticated'
_NOW = "not user.is_authenticated"
_ASKED = "        user = await get_user(self.scope)\n"


def _room(first: str = _FIRST, then: str = _NOW) -> str:
    return _ROOM.replace("…", first).replace("¶", then)


RIGHT = (
    _room(then="user.is_anonymous"),
    _room(first="not (await get_user(self.scope)).is_authenticated"),
    _room(first="self.scope['user'].pk is None", then="user.pk is None"),
    """\
class MemberRoom(AsyncConsumer):
    async def websocket_connect(self, event):
        await self.send({"type": "websocket.accept"})
        if self.scope["user"].is_anonymous:
            await self.send({"type": "websocket.close", "code": 4401})

    async def websocket_receive(self, event):
        now = await get_user(self.scope)
        if now.is_authenticated:
            text = f"{now}: {event['text']}"
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
        if async_to_sync(get_user)(self.scope).is_authenticated:
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
        self.send(": ".join([str(self.scope["user"]), text_data]))
""",
    """\
async def MemberRoom(scope, receive, send):
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        user = await get_user(scope)
        if not user.is_authenticated:
            await send({"type": "websocket.close", "code": 4401})
        elif "text" in event:
            text = "%s: %s" % (user, event["text"])
            await send({"type": "websocket.send", "text": text})
""",
    """\
from minichannels.auth import AnonymousUser, refresh_user


class MemberRoom(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        if self.scope["user"] == AnonymousUser():
            await self.send("log in first")
            await self.close(4401)

    async def receive(self, text_data):
        await refresh_user(self.scope)
        match self.scope["user"]:
            case AnonymousUser():
                await self.close(4401)
            case user:
                await self.send(str(user) + ": " + text_data)
""",
)

_GONE = """\
gone = set()


class MemberRoom(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        if not self.scope["user"].is_authenticated:
            await self.close(code=4401)

    async def receive(self, text_data):
        if not (await get_user(self.scope)).is_authenticated:
            gone.add(type(self.scope["user"]))
        if type(self.scope["user"]) in gone:
            await self.close(code=4401)
        else:
            await self.send(text_data=f"{self.scope['user']}: {text_data}")
"""
_AT_CONNECT = (
    _room()
    .replace(_ASKED, "")
    .replace(
        "        await self.accept()\n",
        "        await self.accept()\n        self.user = await"
        " get_user(self.scope)\n",
    )
)

CHEATS = {
    "not heeded": (
        _room(then=_FIRST),
        _room(then="False"),
        _room(then='text_data == "log out"'),
        _room(then='not self.scope["session"]'),
        _room(then='"_auth_user_id" not in self.scope["session"]'),
        _room(then="user is None"),
        _room(then="not user"),
    ),
    "once": (
        _room(then="False").replace(_ASKED, ""),
        _room(then=_FIRST).replace(_ASKED, ""),
        _AT_CONNECT.replace(_NOW, "not self.user.is_authenticated"),
    ),
    "answered": (
        _room(then="False") + "        if not user.is_authenticated:\n"
        "            await self.close(code=4401)\n",
    ),
    "members too": (
        _room(first='self.scope["user"].pk != "ada"'),
        _room(first='str(self.scope["user"]) == "AnonymousUser"'),
        _room(then='text_data == "still here?" or str(user) != "ada"'),
        _room(then='"user" not in self.scope["session"]'),
        _room(first='not self.scope["session"].get("user")'),
        _GONE,
        "calls = []\n\n\n" + _room(then="calls.append(1) or len(calls) > 4"),
    ),
    "left standing": (
        _room().replace(
            "            await self.close(code=4401)\n            return\n",
            "            return\n",
        ),
    ),
    "let in": (
        _room(first='self.scope["user"] is None'),
        _room(first='not self.scope["user"]'),
        _room(first='"session" not in self.scope'),
    ),
    "other code": (
        _room().replace(
            "code=4401)\n            return", "code=4400)\n            return"
        ),
        _room().replace(
            "code=4401)\n            return", ")\n            return"
        ),
    ),
    "accepted twice": (
        """\
class MemberRoom(AsyncWebsocketConsumer):
    async def connect(self):
        if not self.scope["user"].is_authenticated:
            await self.accept()
            await self.close(code=4401)
        await self.accept()

    async def receive(self, text_data):
        user = await get_user(self.scope)
        if not user.is_authenticated:
            await self.close(code=4401)
        else:
            await self.send(text_data=f"{user}: {text_data}")
""",
    ),
}
