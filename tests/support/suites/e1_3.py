"""1.3: a door that opens for all paths but one."""

_DOOR = """\
async def door(scope, receive, send):
    path, greeting = scope["path"], "welcome to " + scope["path"]
    shut = path == "/cellar"
    …
    await receive()
    if shut:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": greeting})
    while (await receive())["type"] != "websocket.disconnect":
        pass
"""


def _with(*lines: str) -> str:
    """Return a door with lines of its own before it decides."""
    return _DOOR.replace("…", "\n    ".join(lines))


def _keeping(name: str, value: str, *lines: str) -> str:
    """Return a door that keeps something beside all calls."""
    return f"{name} = {value}\n\n\n{_with(*lines)}"


RIGHT = (
    """\
async def door(scope, receive, send):
    if scope["path"] == "/cellar":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    await send(
        {"type": "websocket.send", "text": "welcome to " + scope["path"]}
    )
""",
    """\
class Door:
    def __init__(self, *shut):
        self.shut = shut

    async def __call__(self, scope, receive, send):
        match await receive(), scope["path"]:
            case {"type": "websocket.connect"}, path if path in self.shut:
                await send({"type": "websocket.close", "reason": "no"})
            case {"type": "websocket.connect"}, path:
                await send({"type": "websocket.accept", "headers": []})
                text = "welcome to %s" % path
                await send({"type": "websocket.send", "text": text})
                while (await receive())["type"] == "websocket.receive":
                    continue


door = Door("/cellar")
""",
    """\
class Door(WebsocketConsumer):
    @property
    def place(self):
        return self.scope["path"]

    def connect(self):
        if self.place == "/cellar":
            self.close()
        else:
            self.accept()
            self.send("welcome to " + self.place)


door = Door.as_asgi()
""",
    """\
class Door(AsyncConsumer):
    async def websocket_connect(self, event):
        path = self.scope["path"]
        if path == "/cellar":
            await self.send({"type": "websocket.close"})
            raise StopConsumer
        await self.send({"type": "websocket.accept"})
        text = f"welcome to {path}"
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_receive(self, event):
        pass

    async def websocket_disconnect(self, event):
        raise StopConsumer


door = Door.as_asgi()
""",
    """\
async def refuse(scope, receive, send):
    await receive()
    await send({"type": "websocket.close"})


async def welcome(scope, receive, send):
    await receive()
    answers = iter(
        [
            {"type": "websocket.accept"},
            {"type": "websocket.send", "text": "welcome to " + scope["path"]},
        ]
    )
    for answer in answers:
        await send(answer)


ROOMS = {"/cellar": refuse}


async def door(scope, receive, send):
    room = ROOMS.get(scope["path"], welcome)
    await room(scope, receive, send)
""",
    """\
class Door(AsyncWebsocketConsumer):
    async def connect(self):
        if self.scope["path"] == "/cellar":
            return await self.close()
        await self.accept()
        await self.send(" ".join(["welcome to", self.scope["path"]]))


inner = Door.as_asgi()


async def door(scope, receive, send):
    await inner(scope, receive, send)
""",
)

CHEATS = {
    "another path": (
        _with('shut = path.startswith("/cellar")'),
        _with('shut = "cellar" in path'),
        _with('shut = path.endswith("cellar")'),
        _with('shut = path.lower() == "/cellar"'),
        _with('shut = path.rstrip("/") == "/cellar"'),
        _with('shut = path.split("/")[-1] == "cellar"'),
        _with('shut = path.split("/")[1] == "cellar"'),
    ),
    "nobody": (_with("shut = len(path) == 7"),),
    "not every time": (
        _with('shut = path not in ("/garden", "/cellars", "/attic")'),
        _with('shut = shut or path == "/"'),
        """\
async def door(scope, receive, send):
    global visit
    visit = scope
    await receive()
    await asyncio.sleep(0)
    if visit["path"] == "/cellar":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    text = "welcome to " + visit["path"]
    await send({"type": "websocket.send", "text": text})
""",
        _keeping(
            "calls",
            "[]",
            "calls.append(path)",
            "shut = shut or len(calls) % 2 == 0",
        ),
        _keeping(
            "shuts",
            "{}",
            'shut = shut or shuts.get(scope["client"][0], False)',
            'shuts[scope["client"][0]] = shut',
        ),
        _keeping(
            "shut_for",
            "set()",
            'here = scope["client"]',
            "if shut:",
            "    shut_for.add(here)",
            "shut = here in shut_for",
        ),
    ),
    "let in": (
        _keeping(
            "refused",
            "[]",
            "shut = shut and not refused",
            "if shut:",
            "    refused.append(path)",
        ),
    ),
    "other": (
        _with('greeting = greeting.rstrip("/")'),
        _with("greeting = greeting.lower()"),
        _with('greeting = "welcome to " + scope["raw_path"].decode()'),
        _with('greeting = "welcome to /" + path.split("/")[1]'),
    ),
    "another's": (
        _with('greeting = "welcome to /garden"'),
        _keeping(
            "first", "[]", "first.append(greeting)", "greeting = first[0]"
        ),
        _keeping(
            "greetings",
            "{}",
            'greeting = greetings.setdefault(scope["client"][0], greeting)',
        ),
    ),
    "no greeting": (
        """\
greeted = set()


async def door(scope, receive, send):
    await receive()
    if scope["path"] == "/cellar":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    if scope["path"] not in greeted:
        text = "welcome to " + scope["path"]
        await send({"type": "websocket.send", "text": text})
    greeted.add(scope["path"])
""",
    ),
    "goes on": (
        _with().replace(
            '["type"] != "websocket.disconnect"', '.get("code") != 1000'
        ),
        _with().replace('["type"] != "websocket.disconnect"', ""),
    ),
    "sleeps": (_with("time.sleep(0.05)"),),
}
