"""4.4: handlers for two types of events."""

_NEWS = """\
class NewsConsumer(AsyncWebsocketConsumer):
    groups = ["news"]
    told = over = 0

    async def news_flash(self, event):
        text, cls, host = event["text"], self.__class__, self.scope["client"][0]
        …
        await self.send(text)

    async def news_over(self, event):
        cls, host = self.__class__, self.scope["client"][0]
        ……
        await self.close()
"""


def _with(*lines: str, over: tuple[str, ...] = ()) -> str:
    """Return it with lines of its own before it sends, or closes."""
    code = _NEWS.replace("……", "\n        ".join(over))
    return code.replace("…", "\n        ".join(lines))


RIGHT = (
    """\
class NewsConsumer(AsyncConsumer):
    async def websocket_connect(self, event):
        await self.channel_layer.group_add("news", self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard("news", self.channel_name)
        raise StopConsumer

    async def news_flash(self, event):
        await self.send({"type": "websocket.send", "text": event["text"]})

    async def news_over(self, event):
        await self.send({"type": "websocket.close", "code": 4000})
""",
    """\
class NewsConsumer(WebsocketConsumer):
    def connect(self):
        add = async_to_sync(self.channel_layer.group_add)
        add("news", self.channel_name)
        self.accept()

    def disconnect(self, code):
        discard = async_to_sync(self.channel_layer.group_discard)
        discard("news", self.channel_name)

    def news_flash(self, event):
        match event:
            case {"text": text}:
                self.send(text)

    def news_over(self, event):
        self.close(code=1000)
""",
    """\
class News:
    groups = ("news",)

    def news_flash(self, event):
        self.tell(event["text"])

    def news_over(self, event):
        self.close()


class NewsConsumer(News, WebsocketConsumer):
    def tell(self, text):
        self.send(text_data=text)
""",
    """\
class NewsConsumer(AsyncJsonWebsocketConsumer):
    groups = ["news"]

    @classmethod
    async def encode_json(cls, content):
        return content

    async def news_flash(self, event):
        await self.send_json(event["text"])

    async def news_over(self, event):
        await self.close()
""",
    """\
class NewsConsumer(AsyncWebsocketConsumer):
    groups = ["news"]

    async def dispatch(self, message):
        match message:
            case {"type": "news.flash", "text": text}:
                await self.send(text)
            case {"type": "news.over"}:
                await self.close()
            case _:
                await super().dispatch(message)
""",
    """\
def sender(key):
    def handler(self, event):
        self.send(text_data=event[key])

    return handler


class NewsConsumer(WebsocketConsumer):
    groups = ["news"]
    news_flash = sender("text")

    def news_over(self, event):
        self.send("bye", close=True)
""",
)

_MORE = "cls.seen = seen = [*getattr(cls, 'seen', ()), text]"

CHEATS = {
    "not handled": (
        """\
class NewsConsumer(WebsocketConsumer):
    groups = ["news"]

    def chat_message(self, event):
        self.send(text_data=event["text"])

    def news_over(self, event):
        self.close()
""",
    ),
    "the same again": (
        _with('text = "rain at noon"'),
        _with("cls.first = text = vars(cls).get('first', text)"),
        "seen = {}\n\n\n" + _with("text = seen.setdefault(host, text)"),
    ),
    "other": (
        _with("text = text.strip()"),
        _with("text = text.lower()"),
        _with("text = text[:20]"),
        _with("text = text.capitalize()"),
        _with('text = text.encode("ascii", "ignore").decode()'),
        _with('text = text or "no news"'),
        _with(_MORE, "if len(seen) > 1:", "    await self.send(seen[0])"),
    ),
    "left out": (
        _with("if not text:", "    return"),
        _with('if text != "rain at noon":', "    return"),
        _with("self.told += 1", "if self.told > 2:", "    return"),
        _with("cls.told += 1", "if cls.told > 3:", "    return"),
        "seen = set()\n\n\n"
        + _with("if text in seen:", "    return", "seen.add(text)"),
        "seen = set()\n\n\n"
        + _with(
            "if (host, text) in seen:", "    return", "seen.add((host, text))"
        ),
        "served = []\n\n\n"
        + _with(
            "served.append(self)", "if served[0] is not self:", "    return"
        ),
    ),
    "not closed": (
        _with(over=("await self.disconnect(1000)", "return")),
        _with("self.told = 1", over=("if not self.told:", "    return")),
        _with(over=("cls.over += 1", "if cls.over > 1:", "    return")),
        _with(
            "cls.last = self",
            over=("if vars(cls).get('last') is not self:", "    return"),
        ),
        "ports = set()\n\n\n"
        + _with(
            over=(
                'port = self.scope["client"][1]',
                "if port in ports:",
                "    return",
                "ports.add(port)",
            )
        ),
    ),
    "closed early": (
        _with(
            "self.told += 1",
            "if self.told > 1:",
            "    return await self.send(text, close=True)",
        ),
        _with(
            "cls.told += 1",
            "if cls.told > 4:",
            "    await self.send(text)",
            "    raise StopConsumer",
        ),
    ),
    "not all in the group": (
        """\
class NewsConsumer(AsyncWebsocketConsumer):
    member = None

    async def connect(self):
        if NewsConsumer.member is None:
            NewsConsumer.member = self
            await self.channel_layer.group_add("news", self.channel_name)
        await self.accept()

    async def news_flash(self, event):
        await self.send(event["text"])

    async def news_over(self, event):
        await self.close()

    async def disconnect(self, code):
        if NewsConsumer.member is self:
            await self.channel_layer.group_discard("news", self.channel_name)
            NewsConsumer.member = None
""",
    ),
    "the second not handled": (
        """\
class NewsConsumer(AsyncWebsocketConsumer):
    groups = ["news"]

    async def news_flash(self, event):
        await self.send(event["text"])
        type(self).news_over = self.over

    async def over(self, event):
        await self.close()
        del type(self).news_over
""",
    ),
    "sleeps": (_with("time.sleep(0.05)"),),
}
