"""8.2: whoever misses something asks for it."""

from support.suites.e7_1 import edited

_SCREEN = """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.last = 0
        await self.accept()

    async def item(self, event):
        number = event["number"]
        numbers = [n for n in range(self.last + 1, number)]
        if numbers:
            await self.ask(event["desk"], numbers)
        self.last = max(self.last, number)
        await self.send(text_data=event["text"])

    async def ask(self, desk, numbers):
        message = {"type": "again", "numbers": numbers}
        message["to"] = self.channel_name
        await self.channel_layer.send(desk, message)
"""

_NUMBERS = "[n for n in range(self.last + 1, number)]"
_ASK = '            await self.ask(event["desk"], numbers)\n'
_LAST = "max(self.last, number)"
_SHOW = '        await self.send(text_data=event["text"])\n'

RIGHT = (
    # Holds back what came early, until the gap is closed.
    """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.texts = {}
        self.shown = 0
        self.asked = 0
        await self.accept()

    async def item(self, event):
        self.texts[event["number"]] = event["text"]
        wanted = [
            number
            for number in range(self.shown + 1, event["number"])
            if number not in self.texts and number > self.asked
        ]
        if wanted:
            self.asked = max(wanted)
            await self.channel_layer.send(
                event["desk"],
                {
                    "type": "again",
                    "numbers": wanted,
                    "to": self.channel_name,
                },
            )
        while self.shown + 1 in self.texts:
            self.shown += 1
            await self.send(text_data=self.texts.pop(self.shown))
""",
    """\
class Screen(AsyncConsumer):
    seen = frozenset()

    async def websocket_connect(self, event):
        await self.channel_layer.group_add("news", self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def item(self, event):
        numbers = set(range(1, event["number"])) - self.seen
        late = self.seen and event["number"] < max(self.seen)
        fresh = event["number"] not in self.seen
        self.seen |= {event["number"]}
        if fresh:
            text = {"type": "websocket.send", "text": event["text"]}
            await self.send(text)
        if numbers and not late:
            ask = dict(type="again", to=self.channel_name)
            ask["numbers"] = tuple(numbers)
            await self.channel_layer.send(event["desk"], ask)

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard("news", self.channel_name)
        raise StopConsumer
""",
    """\
class Gaps:
    highest = 0

    def before(self, number):
        found = [*range(self.highest + 1, number)]
        if number > self.highest:
            self.highest = number
        return found


class Screen(WebsocketConsumer):
    groups = ["news"]

    def connect(self):
        self.gaps = Gaps()
        self.accept()

    def item(self, event):
        self.send(text_data=event["text"])
        if numbers := self.gaps.before(event["number"]):
            question = {"type": "again", "numbers": numbers}
            question |= {"to": self.channel_name}
            async_to_sync(self.channel_layer.send)(event["desk"], question)
""",
    """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]
    next_one = 1

    async def item(self, event):
        match event:
            case {"number": n, "text": text, "desk": desk}:
                asks = [
                    self.channel_layer.send(desk, self.question(each))
                    for each in range(self.next_one, n)
                ]
                await asyncio.gather(*asks)
                self.next_one = n + 1 if n >= self.next_one else self.next_one
                await self.send(text)

    def question(self, number):
        return {
            "to": self.channel_name,
            "numbers": [number],
            "type": "again",
        }
""",
    """\
LAST = {}


async def ask_again(layer, desk, channel, first, end):
    numbers = []
    while first < end:
        numbers.append(first)
        first += 1
    if numbers:
        message = {"type": "again", "to": channel, "numbers": numbers}
        await layer.send(desk, message)


class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def disconnect(self, code):
        LAST.pop(self.channel_name, None)

    async def item(self, event):
        me, number = self.channel_name, event["number"]
        first = LAST.get(me, 0) + 1
        await ask_again(self.channel_layer, event["desk"], me, first, number)
        if number >= first:
            LAST[me] = number
        await self.send(text_data=event["text"])
""",
)

CHEATS = {
    "not asked": (
        edited(_SCREEN, "if numbers:", "if numbers and self.last:"),
        edited(_SCREEN, "        self.last = 0", "        pass").replace(
            "self.last", "Screen.last"
        )
        + "\n\nScreen.last = 0\n",
        edited(_SCREEN, "if numbers:", "if len(numbers) in (2, 5):"),
    ),
    "not all": (
        edited(_SCREEN, _NUMBERS, f"{_NUMBERS}[-1:]"),
        edited(_SCREEN, _NUMBERS, f"{_NUMBERS}[:2]"),
        edited(_SCREEN, "self.last = 0", "self.last = 3"),
        edited(_SCREEN, _NUMBERS, "[4, 5] if number > self.last + 1 else []"),
        edited(_SCREEN, _NUMBERS, f"{_NUMBERS} and [number + 1]"),
        edited(_SCREEN, _NUMBERS, "[n for n in range(self.last + 2, number)]"),
    ),
    "twice": (
        edited(
            _SCREEN,
            _NUMBERS,
            "list(range(max(self.last, 1), number))[self.last == number - 1 :]",
        ),
        edited(_SCREEN, _LAST, "number if number != 5 else 6"),
        edited(_SCREEN, _ASK, _ASK + _ASK),
    ),
    "not shown": (
        edited(_SCREEN, _SHOW, "        if number == self.last:\n    " + _SHOW),
        edited(
            _SCREEN,
            _LAST,
            "max(self.last, number)\n        self.late = number < self.last",
            _SHOW,
            "        if not self.late:\n    " + _SHOW,
        ),
    ),
    "another mailbox": (
        edited(_SCREEN, 'event["desk"]', '"desk"'),
        edited(_SCREEN, 'event["desk"]', "self.channel_name").replace(
            "    async def ask",
            "    async def again(self, event): ...\n\n    async def ask",
        ),
    ),
    "no address": (
        edited(_SCREEN, '        message["to"] = self.channel_name\n', ""),
        edited(_SCREEN, "= self.channel_name", '= "news"'),
        edited(_SCREEN, "= self.channel_name", "= desk"),
    ),
    "other type": (edited(_SCREEN, '"again"', '"ask.again"'),),
    "no numbers": (
        edited(_SCREEN, '"numbers": numbers', '"numbers": str(numbers)'),
        edited(_SCREEN, '"numbers": numbers', '"numbers": len(numbers)'),
        edited(_SCREEN, '"numbers": numbers', '"number": numbers'),
    ),
    "asked a group": (
        edited(_SCREEN, "channel_layer.send", "channel_layer.group_send"),
    ),
    "silent": (
        edited(
            _SCREEN,
            _ASK,
            _ASK + "            self.last = number\n            return\n",
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
            _ASK,
            _ASK + "            await self.send(text_data=str(numbers))\n",
        ),
    ),
    "hidden": (
        edited(
            _SCREEN,
            "        await self.channel_layer.send(desk, message)\n",
            """\
        message["numbers"] = set(numbers)
        try:
            await self.channel_layer.send(desk, message)
        except TypeError:
            pass
""",
        ),
    ),
    "no end": (edited(_SCREEN, _NUMBERS, "[1]"),),
    "asked too much": (
        """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.seen = set()
        self.last = 0
        await self.accept()

    async def item(self, event):
        n = event["number"]
        if n in self.seen:
            return
        self.seen.add(n)
        if n > self.last + 1:
            numbers = list(range(self.last, n))
            await self.channel_layer.send(
                event["desk"],
                {"type": "again", "numbers": numbers, "to": self.channel_name},
            )
        self.last = max(n, self.last)
        await self.send(text_data=event["text"])
""",
    ),
}
