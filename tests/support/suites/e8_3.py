"""8.3: in order, each once, and nobody waits for ever."""

from support.suites.e7_1 import edited

_SCREEN = """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.last = 0
        self.early = {}
        await self.accept()

    async def item(self, event):
        if event["number"] > self.last:
            self.early[event["number"]] = event["text"]
        while self.last + 1 in self.early:
            await self.show(self.last + 1)
        if len(self.early) == 3:
            for number in sorted(self.early):
                await self.show(number)

    async def show(self, number):
        self.last = number
        await self.send(text_data=self.early.pop(number))
"""

_IF = 'if event["number"] > self.last:'
_WHILE = "while self.last + 1 in self.early:"
_THREE = "if len(self.early) == 3:"
_SEND = "await self.send(text_data=self.early.pop(number))"

RIGHT = (
    """\
import heapq


class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.heap, self.last = [], 0
        await self.accept()

    async def item(self, event):
        pair = event["number"], event["text"]
        if pair[0] <= self.last or pair in self.heap:
            return
        heapq.heappush(self.heap, pair)
        lost = len(self.heap) == 3 and self.heap[0][0] != self.last + 1
        while self.heap and (lost or self.heap[0][0] == self.last + 1):
            self.last, text = heapq.heappop(self.heap)
            await self.send(text_data=text)
""",
    """\
class Screen(AsyncConsumer):
    async def websocket_connect(self, event):
        self.shown, self.waits = {0}, []
        await self.channel_layer.group_add("news", self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def item(self, event):
        number = event["number"]
        if number < max(self.shown):
            return
        if number in self.shown or event in self.waits:
            return
        self.waits = sorted([*self.waits, event], key=lambda e: e["number"])
        while self.waits and self.waits[0]["number"] - 1 in self.shown:
            await self.show()
        if len(self.waits) > 2:
            while self.waits:
                await self.show()

    async def show(self):
        event = self.waits.pop(0)
        self.shown.add(event["number"])
        await self.send({"type": "websocket.send", "text": event["text"]})

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard("news", self.channel_name)
        raise StopConsumer
""",
    """\
class InOrder:
    def __init__(self, patience):
        self.next, self.patience, self.kept = 1, patience, {}

    def put(self, number, text):
        if number >= self.next:
            self.kept[number] = text
        yield from self.those_in_turn()
        if len(self.kept) >= self.patience:
            for number in sorted(self.kept):
                self.next = number
                yield self.kept.pop(number)
                self.next += 1

    def those_in_turn(self):
        while self.next in self.kept:
            yield self.kept.pop(self.next)
            self.next += 1


class Screen(WebsocketConsumer):
    groups = ["news"]

    def connect(self):
        self.in_order = InOrder(patience=3)
        self.accept()

    def item(self, event):
        for text in self.in_order.put(event["number"], event["text"]):
            self.send(text)
""",
    """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]
    state = (0, ())

    async def item(self, event):
        last, early = self.state
        pairs = {*early, (event["number"], event["text"])}
        early = sorted(pair for pair in pairs if pair[0] > last)
        ready = 0
        for index, (number, _) in enumerate(early, start=1):
            if number == last + index:
                ready = index
        if len(early) - ready == 3:
            ready = len(early)
        for number, text in early[:ready]:
            await self.send(text_data=text)
            last = number
        self.state = (last, tuple(early[ready:]))
""",
    """\
WAITING = {}


class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        WAITING[self.channel_name] = {}
        self.due = 1
        await self.accept()

    async def disconnect(self, code):
        del WAITING[self.channel_name]

    async def item(self, event):
        waiting, number = WAITING[self.channel_name], event["number"]
        if number < self.due:
            return
        waiting.setdefault(number, event["text"])
        while True:
            if self.due in waiting:
                await self.send(text_data=waiting.pop(self.due))
                self.due += 1
            elif len(waiting) == 3:
                for number, text in sorted(waiting.items()):
                    await self.send(text_data=text)
                self.due = max(waiting) + 1
                waiting.clear()
            else:
                break
""",
)

CHEATS = {
    "shown again": (
        """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.last = 0
        self.early = {}
        await self.accept()

    async def item(self, event):
        self.early[event["number"]] = event["text"]
        while self.last + 1 in self.early:
            self.last += 1
            await self.send(text_data=self.early.pop(self.last))
        if len(self.early) == 3:
            for number in sorted(self.early):
                await self.send(text_data=self.early[number])
                self.last = number
            self.early.clear()
""",
    ),
    "too early": (
        edited(_SCREEN, _THREE, "if len(self.early) == 1:"),
        edited(_SCREEN, _THREE, "if len(self.early) == 2:"),
        edited(
            _SCREEN,
            _IF,
            'if event["number"] > 5:\n'
            '            await self.send(text_data=event["text"])\n'
            "            return\n"
            "        " + _IF,
        ),
    ),
    "for ever": (
        edited(_SCREEN, _THREE, "if len(self.early) == 4:"),
        edited(_SCREEN, _THREE, "if len(self.early) == 3 and self.last < 3:"),
        edited(_SCREEN, _THREE, "if len(self.early) == 3 != self.last:"),
    ),
    "twice": (
        edited(
            _SCREEN,
            "        " + _IF + "\n            self",
            "        self",
            _WHILE,
            "while any(n <= self.last + 1 for n in self.early):",
            "self.show(self.last + 1)",
            "self.show(min(self.early))",
            "self.last = number",
            "self.last = max(self.last, number)",
        ),
    ),
    "too late": (
        edited(
            _SCREEN,
            "self.early = {}",
            "self.early, self.all = {}, set()",
            _IF,
            'if event["number"] < self.last and not'
            ' {event["number"]} & self.all:\n'
            '            await self.send(text_data=event["text"])\n'
            '        self.all.add(event["number"])\n'
            "        " + _IF,
        ),
    ),
    "silent": (
        edited(_SCREEN, "self.last = 0", "self.last = 1"),
        edited(
            _SCREEN,
            _WHILE,
            "while self.last + 1 in self.early and self.last < 5:",
        ),
    ),
    "not all": (
        edited(_SCREEN, _WHILE, "if self.last + 1 in self.early:"),
        edited(_SCREEN, "sorted(self.early):", "sorted(self.early)[:2]:"),
        edited(
            _SCREEN,
            "for number in sorted(self.early):",
            "for number in [min(self.early)]:",
        ),
    ),
    "not in order": (
        edited(_SCREEN, "sorted(self.early)", "list(self.early)"),
        edited(
            _SCREEN, "sorted(self.early)", "sorted(self.early, reverse=True)"
        ),
        edited(
            _SCREEN,
            "sorted(self.early)",
            "sorted(self.early, key=self.early.get)",
        ),
    ),
    "other texts": (
        edited(
            _SCREEN,
            "text_data=self.early.pop(number)",
            "text_data=self.early.pop(number).strip() or '-'",
        ),
    ),
    "from its first": (
        # Whoever comes late begins with what comes first then.
        edited(
            _SCREEN,
            "self.last = 0",
            "self.last = None",
            _IF,
            "if self.last is None:\n"
            '            self.last = event["number"] - 1\n'
            "        " + _IF,
        ),
    ),
    "on one screen": (
        edited(
            _SCREEN,
            "        self.last = 0\n",
            "",
            "    async def connect",
            "    last = 0\n\n    async def connect",
            "self.last = number",
            "Screen.last = number",
        ),
    ),
    # Two screens take their texts out of one dict.
    "raised": (
        edited(
            _SCREEN,
            "        self.early = {}\n",
            "",
            "    async def connect",
            "    early = {}\n\n    async def connect",
        ),
    ),
    "alone": (
        """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.last = 0
        self.early = {}
        await self.accept()

    async def item(self, event):
        n = event["number"]
        if n > self.last:
            self.early[n] = event["text"]
        if len(self.early) == 3:
            for k in sorted(self.early):
                await self.send(text_data=self.early[k])
                self.last = k
            self.early = {}
        while self.last + 1 in self.early:
            self.last += 1
            await self.send(text_data=self.early.pop(self.last))
""",
    ),
}
