"""2.2: a count for each scope."""

_BODY = """\
async def desk(scope, receive, send):
    …
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            ¶
            text = f"question {count}"
            await send({"type": "websocket.send", "text": text})
        elif event["type"] == "http.request":
            §
            body = f"question {count}".encode()
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": body})
        else:
            return
"""
_ONE_MORE = "count += 1"


def _desk(
    start: str = "count = 0", text: str = _ONE_MORE, request: str = _ONE_MORE
) -> str:
    body = _BODY.replace("…", start).replace("¶", text)
    return body.replace("§", request)


_CONSUMERS = """\
class Sockets(WebsocketConsumer):
    def connect(self):
        self.asked = 0
        self.accept()

    def receive(self, text_data=None, bytes_data=None):
        self.asked += 1
        self.send(text_data="question %d" % self.asked)


"""

RIGHT = (
    _CONSUMERS
    + """\
async def desk(scope, receive, send):
    if scope["type"] == "websocket":
        return await Sockets.as_asgi()(scope, receive, send)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"question 1"})
""",
    """\
import itertools


async def desk(scope, receive, send):
    numbers = itertools.count(1)
    while True:
        match await receive():
            case {"type": "websocket.connect"}:
                await send({"type": "websocket.accept"})
            case {"type": "websocket.receive"}:
                text = f"question {next(numbers)}"
                await send({"type": "websocket.send", "text": text})
            case {"type": "http.request"}:
                await send({"type": "http.response.start", "status": 200})
                body = b"question %d" % next(numbers)
                await send({"type": "http.response.body", "body": body})
                return
            case _:
                return
""",
    """\
class Scope:
    def __init__(self, send):
        self.send = send
        self.count = 0

    def number(self):
        self.count += 1
        return f"question {self.count}"

    async def websocket_connect(self):
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self):
        await self.send({"type": "websocket.send", "text": self.number()})

    async def http_request(self):
        await self.send({"type": "http.response.start", "status": 200})
        body = self.number().encode()
        await self.send({"type": "http.response.body", "body": body})


async def desk(scope, receive, send):
    mine = Scope(send)
    while "disconnect" not in (kind := (await receive())["type"]):
        await getattr(mine, kind.replace(".", "_"))()
""",
    """\
async def http(send):
    await send({"type": "http.response.start", "status": 200})
    for piece, more in (b"question ", True), (b"1", False):
        event = {"type": "http.response.body", "body": piece}
        await send(event | {"more_body": more})


async def desk(scope, receive, send):
    event = await receive()
    if event["type"] == "http.request":
        return await http(send)
    await send({"type": "websocket.accept"})
    asked = []
    while (event := await receive())["type"] == "websocket.receive":
        asked.append(event)
        text = f"question {len(asked)}"
        await send({"type": "websocket.send", "text": text, "bytes": None})
""",
    "counts = {}\n\n\n"
    + _desk(
        "me = object(); counts[me] = 0",
        "counts[me] += 1; count = counts[me]",
        "counts[me] += 1; count = counts[me]",
    ),
)

CHEATS = {
    "unfinished": (
        _desk()
        .replace('"status": 200}', '"status": 200, "body": body}')
        .replace(
            'await send({"type": "http.response.body", "body"', "print({1"
        ),
    ),
    "shared": (
        "count = 0\n\n\n" + _desk("global count"),
        "counts = []\n\n\n"
        + _desk(
            "pass",
            "counts.append(1); count = len(counts)",
            "counts.append(1); count = len(counts)",
        ),
        "count = 0\n\n\n" + _desk("global count", request="count = 1"),
        "counts = {}\n\n\n"
        + _desk(
            'me = scope["client"]',
            "counts[me] = count = counts.get(me, 0) + 1",
            "count = 1",
        ),
        "counts = {}\n\n\n"
        + _desk(
            'me = scope["client"][0]',
            "counts[me] = count = counts.get(me, 0) + 1",
            "count = 1",
        ),
        "counts = {}\n\n\n"
        + _desk(
            'me = scope["path"], scope["type"]',
            "counts[me] = count = counts.get(me, 0) + 1",
            "count = 1",
        ),
        "times = 0\n\n\n"
        + _desk(
            "global times; count = 0",
            request="times += 1; count = times",
        ),
    ),
    "forgets": (
        _desk("count = 1", "pass", "pass"),
        _desk("count = 0", "count = 1"),
    ),
    "other": (_desk("count = 0", "count = min(count + 1, 2)"),),
    "goes on": (
        _desk().replace(
            "        else:\n",
            '        elif event.get("code", 1000) == 1000:\n',
        ),
    ),
    "no body": (
        _desk()
        .replace('"status": 200}', '"status": 200, "body": body}')
        .replace('"http.response.body", "body": body', '"http.response.body"'),
    ),
    "raised": (_desk().replace(', "status": 200', ""),),
    "no response": (
        _desk().replace(
            '"http.request":', '"http.request" and scope["path"] == "/":'
        ),
    ),
}
