"""2.3: a body in pieces."""

_END = """\
    await send({"type": "http.response.start", "status": 200})
    body = str(…).encode()
    await send({"type": "http.response.body", "body": body})
"""
_HEAD = "async def measure(scope, receive, send):\n"


def _measure(lines: str, expression: str = "length") -> str:
    body = "".join(f"    {line}\n" for line in lines.splitlines())
    return _HEAD + body + _END.replace("…", expression)


RIGHT = (
    _measure(
        """\
async def pieces():
    while True:
        event = await receive()
        yield event.get("body", b"")
        if not event.get("more_body", False):
            return
length = sum([len(piece) async for piece in pieces()])"""
    ),
    _measure(
        """\
events = [await receive()]
while events[-1].get("more_body"):
    events.append(await receive())
length = len(b"".join(event["body"] for event in events))"""
    ),
    """\
class measure(AsyncHttpConsumer):
    async def handle(self, body):
        await self.send_response(200, str(len(body)).encode())


measure = measure.as_asgi()
""",
    """\
async def whole(receive, body=b""):
    event = await receive()
    body += event["body"]
    return await whole(receive, body) if event.get("more_body") else body


async def measure(scope, receive, send):
    length = len(await whole(receive))
    await send({"type": "http.response.start", "status": 200})
    for digit in str(length):
        event = {"type": "http.response.body", "body": digit.encode()}
        await send({**event, "more_body": True})
    await send({"type": "http.response.body"})
""",
    _measure(
        """\
length = 0
while True:
    match await receive():
        case {"type": "http.request", "body": body, "more_body": True}:
            length += len(body)
        case {"type": "http.request", "body": body}:
            length += len(body)
            break
        case _:
            return"""
    ),
)

_ALL = """\
body, more = b"", True
while more:
    event = await receive()
    body += event["body"]
    more = event.get("more_body")
"""

CHEATS = {
    "unfinished": (
        _measure(_ALL, "len(body)").replace(
            '"body": body}', '"body": body, "more_body": True}'
        ),
    ),
    "shifted": (
        """\
async def measure(scope, receive, send):
    assert scope["type"] == "http"
    event = await receive()
    length = len(event["body"])
    while event.get("more_body", False):
        length += len(event["body"])
        event = await receive()
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": str(length).encode()})
""",
    ),
    "other": (
        _measure(_ALL, "len(body.decode(errors='ignore'))"),
        _measure(_ALL, "len(body.strip())"),
        _measure(_ALL, "len(body) if len(body) < 40 else 12"),
        "seen = []\n\n\n"
        + _measure(_ALL + "\nseen.append(body)", "len(seen[0])"),
        "total = 0\n\n\n"
        + _measure("global total\n" + _ALL + "\ntotal += len(body)", "total"),
    ),
    "not all pieces": (
        _measure("length = 12"),
        _measure(
            """\
length = 0
for _ in range(3):
    event = await receive()
    length += len(event["body"])
    if not event.get("more_body"):
        break"""
        ),
        _measure(
            """\
length = 0
while True:
    event = await receive()
    length += len(event["body"])
    if not event["body"] or not event.get("more_body"):
        break"""
        ),
    ),
    "first piece": (
        _measure(
            "event = await receive()\n"
            "length = 12 if event['more_body'] else len(event['body'])"
        ),
        _measure('length = len((await receive())["body"])'),
        _measure(
            """\
event = await receive()
length = len(event["body"])
if event["body"] == b"tea":
    length = 12"""
        ),
    ),
    "last piece": (
        _measure(
            """\
while (event := await receive())["more_body"]:
    pass
length = len(event["body"])"""
        ),
    ),
}
