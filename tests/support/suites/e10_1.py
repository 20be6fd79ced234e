"""10.1: likes are counted where they are heard."""

from support.suites.e7_1 import edited

_SOLUTION = """\
class Likes(AsyncWebsocketConsumer):
    groups = ["likes"]

    async def connect(self):
        self.number = 0
        await self.accept()

    async def receive(self, text_data):
        await self.channel_layer.group_send("likes", {"type": "liked"})

    async def liked(self, event):
        self.number += 1
        await self.send(text_data=f"{self.number} so far")
"""
_SEND = (
    '        await self.channel_layer.group_send("likes", {"type": "liked"})\n'
)
_COUNT = "        self.number += 1\n"


def _edited(*pieces: str) -> str:
    return edited(_SOLUTION, *pieces)


def _counting(line: str) -> str:
    return _edited("self.number += 1", line)


RIGHT = (
    """\
class Likes(AsyncConsumer):
    async def websocket_connect(self, event):
        self.count = 0
        await self.channel_layer.group_add("likes", self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        await self.channel_layer.group_send("likes", {"type": "liked"})

    async def liked(self, event):
        self.count += 1
        text = f"{self.count} so far"
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard("likes", self.channel_name)
        raise StopConsumer
""",
    """\
import itertools


class Likes(AsyncWebsocketConsumer):
    groups = ["likes"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.numbers = itertools.count(1)

    async def receive(self, text_data):
        await self.channel_layer.group_send("likes", dict(type="liked"))

    async def liked(self, event):
        await self.send(str(next(self.numbers)) + " so far")
""",
    """\
counts = {}


class Likes(AsyncWebsocketConsumer):
    groups = ["likes"]

    async def receive(self, **frame):
        await self.channel_layer.group_send(
            "likes", {"type": "liked", "by": self.channel_name}
        )

    async def liked(self, event):
        counts[self.channel_name] = counts.get(self.channel_name, 0) + 1
        await self.send(text_data=f"{counts[self.channel_name]} so far")

    async def disconnect(self, code):
        counts.pop(self.channel_name, None)
""",
    """\
class Likes(WebsocketConsumer):
    groups = ["likes"]
    total = 0

    def receive(self, text_data=None, bytes_data=None):
        send = async_to_sync(self.channel_layer.group_send)
        send("likes", {"type": "liked"})

    def liked(self, event):
        self.total = self.total + 1
        self.send(text_data="{} so far".format(self.total))
""",
    """\
class Counter:
    count = 0

    def next(self):
        self.count += 1
        return self.count


class Likes(AsyncJsonWebsocketConsumer):
    async def connect(self):
        self.counter = Counter()
        await self.channel_layer.group_add("likes", self.channel_name)
        await self.accept()

    async def receive(self, text_data=None, **others):
        await self.channel_layer.group_send("likes", {"type": "liked"})

    async def liked(self, event):
        await self.send(f"{self.counter.next()} so far")

    async def disconnect(self, code):
        await self.channel_layer.group_discard("likes", self.channel_name)
""",
)

CHEATS = {
    "own alone": (_edited(_COUNT, "", _SEND, _COUNT + _SEND),),
    "too few": (
        _counting("self.number = min(self.number + 1, 4)"),
        _counting("self.number += len(self.channel_layer.groups['likes']) > 2"),
    ),
    "too many": (
        "heard = []\n\n\n"
        + _counting(
            "heard.append(self.channel_name)\n"
            "        self.number = len(set(heard))"
        ),
        "count = 0\n\n\n"
        + _edited(
            "        self.number += 1\n",
            "        global count\n        count += 1\n",
            "{self.number}",
            "{count}",
        ),
        _edited(
            "self.number += 1",
            "type(self).total = getattr(self, 'total', 0) + 1",
            "{self.number}",
            "{self.total}",
        ),
        _edited(
            "    groups",
            "    seen = []\n    groups",
            "self.number += 1",
            "self.seen.append(event)",
            "{self.number}",
            "{len(self.seen)}",
        ),
        _counting("self.number += 1 if 'by' in event else 2"),
    ),
    "from before": (
        _edited(
            "        self.number = 0",
            "        self.number = getattr(Likes, 'total', 0)",
            _COUNT,
            _COUNT + "        Likes.total = self.number\n",
        ),
        "last = [0]\n\n\n"
        + _edited(
            "        self.number = 0",
            "        self.number = last[-1]",
            _COUNT,
            _COUNT + "        last.append(self.number)\n",
        ),
    ),
    "not in the event": (
        _edited(
            '{"type": "liked"}',
            '{"type": "liked", "number": self.number + 1}',
            "self.number += 1",
            "self.number = event['number']",
        ),
    ),
    "not told": (
        _edited(_SEND, "        await self.liked({})\n"),
        _edited('group_send("likes"', 'group_send("like"'),
        _edited(
            _SEND,
            "        if self.number < 2:\n    " + _SEND,
        ),
    ),
    "told otherwise": (
        _edited(_SEND, _SEND + _SEND),
        _edited('{"type": "liked"}', '{"type": "like.d"}').replace(
            "def liked", "def like_d"
        ),
    ),
    "silent": (
        _edited(
            "        await self.send",
            "        if self.number != 3:\n            await self.send",
        ),
    ),
    "twice": (
        _edited(_SEND, _SEND + "        await self.send(text_data='liked')\n"),
    ),
    "other": (
        _edited("{self.number} so far", "{self.number} so  far"),
        _edited("{self.number} so far", "1 so far, or more"),
    ),
}
