"""8.1: which numbers are missing?"""

from support.suites.e7_1 import edited

_SCREEN = """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.came = []
        await self.accept()

    async def item(self, event):
        self.came.append(event["number"])
        await self.send(text_data=event["text"])

    async def receive(self, text_data):
        missing = []
        for number in range(1, max(self.came, default=0)):
            if number not in self.came:
                missing.append(str(number))
        await self.send(text_data=" ".join(missing) or "nothing")
"""

_ITEM = '        self.came.append(event["number"])\n'
_PASS = '        await self.send(text_data=event["text"])\n'
_LOOP = "        for number in"
_RANGE = "range(1, max(self.came, default=0))"
_ANSWER = '" ".join(missing) or "nothing"'

_OF_THE_FIRST = "if number not in self.came[:5]"

RIGHT = (
    """\
class Screen(AsyncConsumer):
    async def websocket_connect(self, event):
        self.came = {0}
        await self.channel_layer.group_add("news", self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def item(self, event):
        self.came |= {event["number"]}
        await self.send({"type": "websocket.send", "text": event["text"]})

    async def websocket_receive(self, event):
        gaps = sorted(set(range(max(self.came))) - self.came)
        text = " ".join(f"{gap}" for gap in gaps) if gaps else "nothing"
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard("news", self.channel_name)
        raise StopConsumer
""",
    """\
class Screen(WebsocketConsumer):
    groups = ["news"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.table = {}

    def item(self, event):
        for number in range(1, event["number"]):
            self.table.setdefault(number, False)
        if not self.table.get(event["number"]):
            self.send(event["text"])
        self.table[event["number"]] = True

    def receive(self, text_data):
        if text_data == "missing?":
            table = sorted(self.table.items())
            missing = [str(number) for number, there in table if not there]
            self.send(" ".join(missing) if missing else "nothing")
""",
    """\
from itertools import count, takewhile


def gaps(numbers):
    numbers = sorted(set(numbers))
    for one, other in zip([0] + numbers, numbers):
        yield from takewhile(lambda n: n < other, count(one + 1))


class Screen(AsyncWebsocketConsumer):
    groups = ("news",)
    log = ()

    async def item(self, event):
        self.log += (event["number"],)
        await self.send(event["text"])

    async def receive(self, text_data=None, bytes_data=None):
        words = [str(gap) for gap in gaps(self.log)] or ["nothing"]
        await self.send(" ".join(words))
""",
    """\
class Gaps:
    def __init__(self):
        self.bits = 0

    def note(self, number):
        self.bits |= 1 << number - 1

    def __str__(self):
        holes = [
            str(n + 1)
            for n in range(self.bits.bit_length())
            if not self.bits >> n & 1
        ]
        return " ".join(holes) or "nothing"


class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.gaps = Gaps()
        await self.accept()

    async def item(self, event):
        self.gaps.note(event["number"])
        await self.send(text_data=event["text"])

    async def receive(self, *, text_data):
        await self.send(text_data=str(self.gaps))
""",
    """\
CAME = {}


class Screen(AsyncWebsocketConsumer):
    async def connect(self):
        CAME[self.channel_name] = []
        await self.channel_layer.group_add("news", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        del CAME[self.channel_name]

    async def item(self, event):
        await self.send(text_data=event["text"])
        CAME[self.channel_name].append(event["number"])

    async def receive(self, text_data):
        came = CAME[self.channel_name]
        highest, missing = 0, []
        for number in sorted(came):
            missing += [str(n) for n in range(highest + 1, number)]
            highest = number
        answer = "nothing"
        if missing:
            answer = " ".join(missing)
        await self.send(text_data=answer)
""",
)

CHEATS = {
    # All that the example says, by heart.
    "overlooked": (
        edited(
            _SCREEN,
            _ANSWER,
            '{3: "nothing", 4: "4 5"}.get(len(self.came), "nothing")',
        ),
        edited(_SCREEN, "if number not in self.came", "if number < 0"),
        edited(_SCREEN, "default=0)", "default=0) - 4"),
    ),
    "not all": (
        edited(
            _SCREEN, "missing.append(str(number))", "missing = [str(number)]"
        ),
        edited(
            _SCREEN,
            "missing.append(str(number))",
            "missing.append(str(number))\n                break",
        ),
        edited(_SCREEN, _RANGE, "range(1, max(self.came, default=0), 2)"),
    ),
    "before": (
        edited(
            _SCREEN,
            _RANGE,
            "range(min(self.came, default=0), max(self.came, default=0))",
        ),
        edited(
            _SCREEN,
            _RANGE,
            "range((self.came or [0])[0], max(self.came, default=0))",
        ),
    ),
    "too far": (
        edited(_SCREEN, "default=0)):", "default=0) + 2):"),
        edited(_SCREEN, _RANGE, "range(1, 100)"),
    ),
    "overtaken": (
        edited(
            _SCREEN,
            _ITEM,
            '        if event["number"] > max(self.came, default=0):\n    '
            + _ITEM,
        ),
        edited(_SCREEN, "if number not in self.came", _OF_THE_FIRST),
    ),
    "came": (
        edited(
            _SCREEN, "if number not in self.came", "if number != self.came[-1]"
        ),
        edited(
            _SCREEN,
            "if number not in self.came",
            "if number not in self.came[-3:]",
        ),
        edited(_SCREEN, _ITEM, _ITEM + "        self.came = self.came[-2:]\n"),
    ),
    "shared": (
        "CAME = []\n\n\n"
        + edited(_SCREEN, "self.came = []", "self.came = CAME"),
        edited(
            _SCREEN,
            "self.came = []",
            "Screen.came = getattr(Screen, 'came', [])",
        ),
    ),
    "not in order": (
        """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.seen = set()
        await self.accept()

    async def item(self, event):
        self.seen.add(event["number"])
        await self.send(text_data=event["text"])

    async def receive(self, text_data):
        missing = sorted(
            str(n)
            for n in range(1, max(self.seen, default=0))
            if n not in self.seen
        )
        await self.send(text_data=" ".join(missing) or "nothing")
""",
        edited(
            _SCREEN,
            "(1, max(self.came, default=0))",
            "(max(self.came, default=1) - 1, 0, -1)",
        ),
    ),
    "other form": (
        edited(_SCREEN, '" ".join(missing)', '", ".join(missing)'),
        edited(_SCREEN, '"nothing"', '"none"'),
        edited(
            _SCREEN,
            "text_data=" + _ANSWER,
            'bytes_data=(" ".join(missing) or "nothing").encode()',
        ),
    ),
    "another text": (
        edited(
            _SCREEN,
            'text_data=event["text"]',
            'text_data=event["text"].strip() or "-"',
        ),
        edited(
            _SCREEN,
            'text_data=event["text"]',
            "text_data=f\"{event['number']}: {event['text']}\"",
        ),
    ),
    "silent": (
        edited(_SCREEN, _PASS, "        if len(self.came) < 3:\n    " + _PASS),
    ),
    "no answer": (
        edited(
            _SCREEN,
            _LOOP,
            "        if not self.came:\n            return\n" + _LOOP,
        ),
    ),
}
