"""13.1: what one window of a user says, all windows of that user hear."""

from support.suites.e7_1 import edited

_NOTES = """\
class Notes(AsyncWebsocketConsumer):
    async def connect(self):
        user = self.scope["user"]
        if not user.is_authenticated:
            await self.close()
            return
        self.group = f"notes-{user.pk}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def receive(self, text_data):
        note = {"type": "note", "text": text_data}
        await self.channel_layer.group_send(self.group, note)

    async def note(self, event):
        await self.send(text_data=event["text"])
"""


def _named(expression: str) -> str:
    return edited(_NOTES, 'f"notes-{user.pk}"', expression)


def _if(condition: str) -> str:
    return edited(_NOTES, "not user.is_authenticated", condition)


RIGHT = (
    _NOTES,
    _named('"notes." + user.username.encode().hex()'),
    _named('f"{user.id:06}"'),
    _if("user.is_anonymous"),
    _if("user.pk is None"),
    "import hashlib\n\n\n"
    + _named("hashlib.sha256(user.username.encode()).hexdigest()"),
    """\
def layer_call(consumer, name, *args):
    call = getattr(consumer.channel_layer, name)
    async_to_sync(call)(f"u{consumer.scope['user'].pk}", *args)


class Notes(WebsocketConsumer):
    def connect(self):
        match self.scope["user"].is_authenticated:
            case True:
                layer_call(self, "group_add", self.channel_name)
                self.accept()
            case _:
                self.close(code=4401)

    def receive(self, text_data):
        layer_call(self, "group_send", {"type": "note", "text": text_data})

    def disconnect(self, code):
        if self.scope["user"].is_authenticated:
            layer_call(self, "group_discard", self.channel_name)

    def note(self, event):
        self.send(event["text"])
""",
)

CHEATS = {
    "let in": (
        _if("False"),
        _if("user is None"),
        _if("user.is_authenticated is None"),
        _if("not user"),
        _if('user.username == "eve"'),
    ),
    "accepted first": (
        edited(
            _NOTES,
            "            await self.close()\n",
            "            await self.accept()\n            await self.close()\n",
        ),
    ),
    "members too": (_if("not user.is_staff"), _if("True")),
    "others too": (
        _named('"notes"'),
        _named('"notes-" + user.username[:0]'),
        _named('f"notes-{user.is_authenticated}"'),
        _named(
            '"".join(c for c in user.username.lower() if c.isalnum()) + "x"'
        ),
    ),
    "not all": (
        _named('f"notes-{id(self)}"'),
        _named('f"notes-{id(self.scope)}"'),
        edited(
            _NOTES,
            "        await self.channel_layer.group_send(self.group, note)",
            "        await self.channel_layer.send(self.channel_name, note)",
        ),
    ),
    "no name": (
        _named("user.username"),
        _named('f"notes-{user}"'),
    ),
    "no such name": (_named('f"notes {user.pk}"'),),
    "no group": (
        """\
class Notes(AsyncWebsocketConsumer):
    windows = []

    async def connect(self):
        if self.scope["user"].is_authenticated:
            self.windows.append(self)
            await self.accept()
        else:
            await self.close()

    async def receive(self, text_data):
        for window in self.windows:
            if window.scope["user"].pk == self.scope["user"].pk:
                await window.send(text_data=text_data)

    async def disconnect(self, code):
        if self in self.windows:
            self.windows.remove(self)
""",
    ),
    "other": (
        edited(
            _NOTES,
            'event["text"])',
            'f"{self.scope[\'user\']}: " + event["text"])',
        ),
        edited(_NOTES, '"text": text_data', '"text": text_data.strip()'),
    ),
    "twice": (
        edited(
            _NOTES,
            "group_send(self.group, note)",
            "group_send(self.group, note)\n"
            "        await self.send(text_data=text_data)",
        ),
    ),
}
