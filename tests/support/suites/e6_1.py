"""6.1: a note for one desk."""

_DESK = """\
where = {}


class Desk(AsyncWebsocketConsumer):
    async def connect(self):
        name = self.scope["url_route"]["kwargs"]["name"]
        where[name] = self.channel_name
        await self.accept()

    async def receive(self, text_data):
        name, _, words = text_data.partition(": ")
        message = {"type": "note", "text": words}
        await self.channel_layer.send(where[name], message)

    async def note(self, event):
        await self.send(text_data=event["text"])
"""


def _edited(*pieces: str) -> str:
    code = _DESK
    for old, new in zip(pieces[::2], pieces[1::2], strict=True):
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


RIGHT = (
    """\
class Desk(AsyncConsumer):
    where = {}

    async def websocket_connect(self, event):
        self.where[self.scope["path"].split("/")[2]] = self.channel_name
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        name, words = event["text"].split(": ", 1)
        note = {"type": "note", "words": words}
        await self.channel_layer.send(self.where[name], note)

    async def note(self, event):
        await self.send({"type": "websocket.send", "text": event["words"]})

    async def websocket_disconnect(self, event):
        raise StopConsumer
""",
    """\
import re

BOOK = []


class Addressed:
    def connect(self):
        BOOK.append((self.scope["url_route"]["kwargs"]["name"], self))
        super().connect()

    def disconnect(self, code):
        BOOK[:] = [entry for entry in BOOK if entry[1] is not self]


class Desk(Addressed, WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        found = re.match("(.*?): (.*)", text_data)
        desk = dict(BOOK)[found[1]]
        async_to_sync(self.tell)(desk.channel_name, found[2])

    async def tell(self, channel, words):
        await self.channel_layer.send(
            channel, {"type": "some.note", "lines": [words]}
        )

    def some_note(self, message):
        self.send(text_data=message["lines"][0])
""",
    """\
from collections import ChainMap

where = ChainMap()


class Desk(AsyncWebsocketConsumer):
    @property
    def desk(self):
        return self.scope["url_route"]["kwargs"]["name"]

    async def connect(self):
        where[self.desk] = self.channel_name
        await self.accept()

    async def disconnect(self, code):
        if where[self.desk] == self.channel_name:
            del where[self.desk]

    async def receive(self, text_data):
        cut = text_data.index(": ")
        note = dict(type="note", text=text_data, cut=cut + 2)
        await self.channel_layer.send(where[text_data[:cut]], note)

    async def note(self, event):
        await self.send(event["text"][event["cut"] :])
""",
    """\
where = {}


class Desk(AsyncJsonWebsocketConsumer):
    async def connect(self):
        where.update({self.scope["url_route"]["kwargs"]["name"]: self})
        await self.accept()

    async def receive(self, text_data, **others):
        name, *words = text_data.split(": ")
        message = {"type": "note", "note": {"said": ": ".join(words)}}
        await self.channel_layer.send(where[name].channel_name, message)

    async def note(self, event):
        match event:
            case {"note": {"said": said}}:
                await super().send(text_data=said)
""",
    """\
def address_book():
    channels = {}
    return channels.__setitem__, channels.__getitem__


enter, look_up = address_book()


class Desk(AsyncWebsocketConsumer):
    async def websocket_connect(self, event):
        enter(self.scope["url_route"]["kwargs"]["name"], self.channel_name)
        await self.accept()

    async def websocket_receive(self, event):
        name, _, words = event["text"].partition(": ")
        sending = self.channel_layer.send(
            look_up(name), {"type": "note", "data": words.encode()}
        )
        await asyncio.gather(sending)

    async def note(self, event):
        await self.send(text_data=event["data"].decode())
""",
)

CHEATS = {
    "always ada": (
        _edited(
            "where[name] = self",
            "where[name.lower()] = self",
            "where[name], message",
            "where[name.lower()], message",
        ),
        _edited("send(where[name]", 'send(where.get("ada", where[name])'),
        _edited("send(where[name]", "send(list(where.values())[0]"),
        _edited(
            "where[name], message",
            "where[next(n for n in where if n[:2] == name[:2])], message",
        ),
        _edited(
            "send(where[name]",
            'send({"ada": where["ada"]}.get(name, list(where.values())[-1])',
        ),
        _edited(
            "where[name] = self",
            'where[self.scope["client"][0]] = self',
            "send(where[name]",
            'send(where[self.scope["client"][0]]',
        ),
    ),
    "eve too": (
        _edited(
            "        await self.channel_layer.send(where[name], message)\n",
            """\
        for desk, channel in where.items():
            if desk.startswith(name[:3]):
                await self.channel_layer.send(channel, message)
""",
        ),
    ),
    "nobody reads": (
        _edited(
            "where[name] = self.channel_name",
            "where.setdefault(name, self.channel_name)",
        ),
        _edited(
            "where[name] = self.channel_name",
            'where.setdefault(self.scope["client"], (name, self.channel_name))',
            "where[name], message",
            "dict(where.values())[name], message",
        ),
    ),
    "other": (
        _edited('"text": words}', '"text": words.strip()}'),
        _edited('"text": words}', '"text": "tea is ready"}'),
        _edited('"text": words}', '"text": words.strip(\'"\')}'),
        _edited('"text": words}', '"text": words.split(": ")[-1]}'),
        _edited(
            'name, _, words = text_data.partition(": ")',
            "name, words = text_data.split()[0][:-1], text_data[5:]",
        ),
    ),
    "silent": (
        _edited(
            '        await self.send(text_data=event["text"])',
            """\
        if event["text"]:
            await self.send(text_data=event["text"])""",
        ),
    ),
    "not sent": (
        _edited(
            "        await self.channel_layer",
            """\
        if name in ("ada", "bob", "eve"):
            await self.channel_layer""",
        ),
        "noted = []\n"
        + _edited(
            "        await self.channel_layer",
            """\
        noted.append(words)
        if len(noted) < 3:
            await self.channel_layer""",
        ),
        _edited(
            "        await self.channel_layer",
            """\
        if name in self.scope["path"] or name < "c":
            await self.channel_layer""",
        ),
    ),
    "raised": (
        _edited(
            'name, _, words = text_data.partition(": ")',
            'name, words = text_data.split(": ")',
        ),
    ),
    "a bell": (
        "import uuid\n\nnotes = {}\n"
        + _edited(
            '{"type": "note", "text": words}',
            '{"type": "note", "key": str(uuid.uuid4())}\n'
            '        notes[message["key"]] = words',
            'event["text"]',
            'notes[event["key"]]',
        ),
        "notes = {}\n"
        + _edited(
            '{"type": "note", "text": words}',
            '{"type": "note"}\n        notes[where[name]] = words',
            'event["text"]',
            "notes[self.channel_name]",
        ),
    ),
    "past the layer": (
        _edited(
            "= self.channel_name",
            "= self",
            "self.channel_layer.send(where[name], message)",
            "where[name].note(message)",
        ),
        _edited(
            "= self.channel_name",
            "= self",
            "        await self.channel_layer.send(where[name], message)",
            """\
        await where[name].note(message)
        await self.channel_layer.send("nobody", message)""",
        ),
    ),
    "hidden": (
        _edited(
            "        await self.channel_layer.send(where[name], message)",
            """\
        try:
            await self.channel_layer.send(name + "?", message)
        except Exception:
            pass""",
        ),
    ),
}
