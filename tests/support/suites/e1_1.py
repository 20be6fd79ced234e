"""1.1: answers in capital letters."""

_LOOP = """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event["text"]
        …
"""


def _answering(expression: str) -> str:
    line = f'await send({{"type": "websocket.send", "text": {expression}}})'
    return _LOOP.replace("…", line)


RIGHT = (
    """\
class Shout:
    async def __call__(self, scope, receive, send):
        async for text in self.texts(receive, send):
            await send({"type": "websocket.send", "text": text.upper()})

    async def texts(self, receive, send):
        while True:
            match await receive():
                case {"type": "websocket.connect"}:
                    await send({"type": "websocket.accept"})
                case {"type": "websocket.receive", "text": text}:
                    yield text
                case _:
                    return


shout = Shout()
""",
    """\
async def shout(scope, receive, send):
    async def connect(event):
        await send({"type": "websocket.accept"})

    async def said(event):
        loud = "".join(letter.upper() for letter in event["text"])
        await send(dict(type="websocket.send", text=loud))

    handlers = {"websocket.connect": connect, "websocket.receive": said}
    event = await receive()
    while event["type"] in handlers:
        await handlers[event["type"]](event)
        event = await receive()
""",
    """\
async def shout(scope, receive, send):
    if scope["type"] != "websocket":
        raise NotImplementedError(scope["type"])
    event = await receive()
    answer = {"type": "websocket.accept"}
    while True:
        await send(answer)
        event = await receive()
        if event["type"] == "websocket.disconnect":
            break
        answer = {"type": "websocket.send", "text": str.upper(event["text"])}
""",
    """\
class shout(AsyncConsumer):
    async def websocket_connect(self, event):
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        text = event["text"].upper()
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        raise StopConsumer


shout = shout.as_asgi()
""",
    """\
ANSWERS = {
    "websocket.connect": lambda event: {"type": "websocket.accept"},
    "websocket.receive": lambda event: {
        "type": "websocket.send",
        "text": event["text"].upper(),
        "bytes": None,
    },
}


async def shout(scope, receive, send):
    try:
        while answer := ANSWERS.get((event := await receive())["type"]):
            await send(answer(event))
    finally:
        print("gone")
""",
)

CHEATS = {
    "sleeps": (
        _LOOP.replace(
            "        …", "        time.sleep(0.05)\n        …"
        ).replace(
            "…",
            'await send({"type": "websocket.send", "text": text.upper()})',
        ),
    ),
    "the same again": (
        _answering('"TEA"'),
        _answering('"MILK" if text.startswith("m") else "TEA"'),
        "answers = {}\n\n\n"
        + _answering('answers.setdefault(scope["client"][0], text.upper())'),
    ),
    "unchanged": (_answering("text.upper() if text.islower() else text"),),
    "first letter": (_answering("text.title()"),),
    "other": (
        _answering("text.swapcase()"),
        _answering("text.split()[0].upper()"),
        _answering("text[:4].upper()"),
        _answering('text.upper().encode("ascii", "ignore").decode()'),
    ),
    "raised": (_answering('{"tea": "TEA", "milk": "MILK"}[text]'),),
    "silent": (
        _LOOP.replace(
            "…",
            """if text in ("tea", "milk", "cake"):
            await send({"type": "websocket.send", "text": text.upper()})""",
        ),
        "calls = []\n\n\n"
        + _LOOP.replace(
            "…",
            """calls.append(text)
        if len(calls) < 5:
            await send({"type": "websocket.send", "text": text.upper()})""",
        ),
    ),
    "goes on": (
        """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive()).get("code") != 1000:
        if "text" in event:
            text = event["text"].upper()
            await send({"type": "websocket.send", "text": text})
""",
    ),
}
