"""1.2: an echo that knows text from bytes."""

_LOOP = """\
async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text, data = event.get("text"), event.get("bytes")
        …
"""


def _echoing(*lines: str) -> str:
    """Return an echo with lines of its own before it sends."""
    sends = (
        *lines,
        "if text is not None:",
        '    await send({"type": "websocket.send", "text": text})',
        "else:",
        '    await send({"type": "websocket.send", "bytes": data})',
    )
    return _LOOP.replace("…", "\n        ".join(sends))


def _keeping(name: str, value: str, *lines: str) -> str:
    """Return an echo that keeps something beside all calls."""
    return f"{name} = {value}\n\n\n{_echoing(*lines)}"


RIGHT = (
    """\
class Echo:
    async def __call__(self, scope, receive, send):
        while True:
            match await receive():
                case {"type": "websocket.connect"}:
                    await send({"type": "websocket.accept"})
                case {"type": "websocket.receive", "text": str(text)}:
                    await send({"type": "websocket.send", "text": text})
                case {"type": "websocket.receive", "bytes": data}:
                    await send({"type": "websocket.send", "bytes": data})
                case {"type": "websocket.disconnect"}:
                    return


echo = Echo()
""",
    """\
class Echo(AsyncConsumer):
    async def websocket_connect(self, event):
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        kinds = {"text": event.get("text"), "bytes": event.get("bytes")}
        await self.send({"type": "websocket.send", **kinds})

    async def websocket_disconnect(self, event):
        raise StopConsumer


echo = Echo.as_asgi()
""",
    """\
class Echo(SyncConsumer):
    def websocket_connect(self, event):
        self.send({"type": "websocket.accept"})

    def websocket_receive(self, event):
        key = "text" if event.get("text") is not None else "bytes"
        self.send({"type": "websocket.send", key: event[key]})

    def websocket_disconnect(self, event):
        raise StopConsumer


echo = Echo.as_asgi()
""",
    """\
class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data, bytes_data=bytes_data)


echo = Echo.as_asgi()
""",
    """\
class Echo(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        if text_data is None:
            self.send(bytes_data=bytes_data)
        else:
            self.send(text_data)


echo = Echo.as_asgi()
""",
    """\
async def echo(scope, receive, send):
    async def back(event):
        for key in ("text", "bytes"):
            if key in event:
                await send({"type": "websocket.send", key: event[key]})

    async def accept(event):
        await send({"type": "websocket.accept"})

    handlers = {"websocket.connect": accept, "websocket.receive": back}
    while handler := handlers.get((event := await receive())["type"]):
        await handler(event)
""",
    """\
async def echo(scope, receive, send):
    await send({"type": "websocket.accept"})
    while True:
        event = dict(await receive())
        kind = event.pop("type")
        if kind == "websocket.disconnect":
            break
        if kind == "websocket.receive":
            await send(dict(event, type="websocket.send"))
""",
)

_BY_TYPE = """\
async def echo(scope, receive, send):
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            pass
        else:
            await send({**event, "type": "websocket.send"})
"""

CHEATS = {
    "returned at connect": (
        """\
async def echo(scope, receive, send):
    assert scope["type"] == "websocket"
    await send({"type": "websocket.accept"})
    while True:
        event = await receive()
        if event["type"] == "websocket.receive":
            if event.get("text") is not None:
                await send({"type": "websocket.send", "text": event["text"]})
            else:
                await send({"type": "websocket.send", "bytes": event["bytes"]})
        else:
            return
""",
    ),
    "not accepted": (_BY_TYPE,),
    "empty": (
        _echoing('text = None if text is None else text or "…"'),
        _echoing("if not (text or data):", "    continue"),
        """\
async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        if event.get("bytes"):
            await send({"type": "websocket.send", "bytes": event["bytes"]})
        else:
            await send({"type": "websocket.send", "text": event["text"]})
""",
    ),
    "the same again": (
        _echoing('data = "café".encode() if data else data'),
        _echoing('text = "café" if text else text'),
        _keeping(
            "first",
            "{}",
            "if text:",
            '    text = first.setdefault(scope["client"][0], text)',
        ),
    ),
    "another's": (
        _keeping(
            "last",
            "[None]",
            "last[0] = text",
            "await asyncio.sleep(0)",
            "text = last[0]",
        ),
    ),
    "other": (
        _echoing("text = text and text.strip()"),
        _echoing("text = text and text[:20]"),
        _echoing("text = text and text.lower()"),
        _echoing("text = text and text.expandtabs(1)"),
        _echoing(
            'text = text and text.encode("cp1252", "replace").decode("cp1252")'
        ),
        _echoing("if text and text.isdigit():", "    text = str(int(text))"),
        _echoing(
            "if text and text[0].isupper():", "    text = text.capitalize()"
        ),
        _echoing('text = text and text.split("\\n")[0]'),
        _echoing('text = text and text.encode("ascii", "replace").decode()'),
        _echoing('data = data and data.decode(errors="ignore").encode()'),
        _echoing("data = data and data[:6]"),
    ),
    "decoded": (_echoing("data = data and data.decode().encode()"),),
    "raised": (
        _echoing("text = text and {'café': 'café', 'tea': 'tea'}[text]"),
    ),
    "left out": (
        _echoing(
            'if text and text not in ("café", "tea", "milk", "salt", "cake"):',
            "    continue",
        ),
        _keeping(
            "calls",
            "[]",
            "calls.append(text)",
            "if len(calls) > 4:",
            "    continue",
        ),
        _keeping(
            "seen",
            "set()",
            'if text and scope["client"][1] in seen:',
            "    continue",
            'seen.add(scope["client"][1])',
        ),
        _keeping(
            "served",
            "[]",
            "served.append(scope)",
            "if served[0] is not scope:",
            "    continue",
        ),
    ),
    "goes on": (
        """\
async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive()).get("code") != 1000:
        if event["type"] == "websocket.receive":
            await send({**event, "type": "websocket.send"})
""",
    ),
    "sleeps": (_echoing("time.sleep(0.05)"),),
}
