"""2.1: a reason for whoever is turned away."""

_BODY = """\
async def club(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    path = scope["path"]
    if …:
        await send({"type": "websocket.close", "code": 4404, "reason": ¶})
        return
    while (await receive())["type"] != "websocket.disconnect":
        pass
"""
_WHY = '"no room at " + path'


def _club(condition: str, reason: str = _WHY) -> str:
    return _BODY.replace("…", condition).replace("¶", reason)


_CLASS = """\
class club(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()
        path = self.scope["path"]
        if path != "/garden":
            await self.close(code=4404, reason=f"no room at {path}")


club = club.as_asgi()
"""

RIGHT = (
    _club('path not in {"/garden"}'),
    _CLASS,
    _CLASS.replace("Async", "").replace("async ", "").replace("await ", ""),
    """\
def closing(code, reason):
    return {"type": "websocket.close", "code": code, "reason": reason}


async def stay(receive):
    async def events():
        while True:
            yield (await receive())["type"]

    async for kind in events():
        if kind == "websocket.disconnect":
            return


async def club(scope, receive, send):
    assert scope["type"] == "websocket"
    event = await receive()
    assert event["type"] == "websocket.connect"
    await send({"type": "websocket.accept", "headers": []})
    match scope["path"]:
        case "/garden":
            await stay(receive)
        case path:
            await send(closing(4404, "no room at %s" % path))
""",
    """\
class Club:
    open = frozenset(["/garden"])

    async def __call__(self, scope, receive, send):
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.accept"})
            if scope["path"] not in self.open:
                reason = " ".join(["no room at", scope["path"]])
                event = dict(type="websocket.close", code=4404, reason=reason)
                await send(event)


club = Club()
""",
    """\
async def club(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] == "/garden":
        await receive()
    else:
        text = f"no room at {scope['path']}"
        await send({"type": "websocket.close", "reason": text, "code": 4404})
""",
)

CHEATS = {
    "let in": (
        _club('path == "/cellar" or path == "/attic"'),
        _club('path in ("/cellar", "/attic")'),
        _club('not path.startswith("/garden")'),
        _club('"garden" not in path'),
        _club('path.strip("/") != "garden"'),
        _club('path.lower() != "/garden"'),
        _club('len(path) < 7 or path == "/cellar"'),
        "seen = []\n\n\n"
        + _club('path != "/garden" and len(seen) < 2 and not seen.append(1)'),
    ),
    "other reason": (
        _club('path != "/garden"', '"no room at /cellar"'),
        _club('path != "/garden"', '"no room at /" + path.split("/")[1]'),
        _club('path != "/garden"', '"no room at " + path.lower()'),
        _club('path != "/garden"', '"no room at " + path.rstrip("/")'),
        _club(
            'path != "/garden"',
            '"no room at " + scope["raw_path"].decode()',
        ),
    ),
    "nobody": (_club('path != "/garden" or len(scope["headers"]) > 1'),),
    "goes on": (
        _club('path != "/garden"').replace(
            '["type"] != "websocket.disconnect"', '.get("code") != 1000'
        ),
    ),
}
