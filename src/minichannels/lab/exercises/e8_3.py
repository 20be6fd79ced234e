"""8.3: in order, each once, and nobody waits for ever."""

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.news import TEXTS, Newsroom
from minichannels.lab.exercises.news_order import OrderedScreen, show


async def play(stage: Stage) -> None:
    """Send news in another order, some twice, and some never."""
    draw, news = stage.draw, Newsroom(stage)
    ada, bob = OrderedScreen(news, "ada"), OrderedScreen(news, "bob")
    await news.join("ada")
    await show(news, range(1, 1 + draw.number(1, 1, 3)), ada)
    # From the last one that was shown: first all come, then some are lost.
    mixed = draw.one((2, 1, 1), (3, 2, 1, 2), (2, 4, 1, 3), (3, 1, 2, 3))
    await show(news, [ada.last + step for step in mixed], ada)
    lost = draw.one(
        (2, 4, 2, 5, 1, 6), (4, 2, 7, 4, 3, 8), (2, 3, 6, 1, 7), (5, 3, 2, 1, 6)
    )
    await show(news, [ada.last + step for step in lost], ada)
    await news.join("bob")
    late = draw.one((1, 2, 3), (1, 3, 2), (2, 1, 3))
    await show(news, [ada.last + step for step in late], ada, bob)
    await news.leave("ada")
    await show(news, [bob.last + 1], bob)


_TOP = """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

"""
_CONNECT = """\
    async def connect(self):
        self.last = 0
        self.early = {}
        await self.accept()

"""
_KEEP = """\
    async def item(self, event):
        if event["number"] > self.last:
            self.early[event["number"]] = event["text"]
"""
_LOST = """\
        lost = len(self.early) == 3 and self.last + 1 not in self.early
"""
_SHOW = """\
        for number in sorted(self.early):
            if lost or number == self.last + 1:
                self.last = number
                await self.send(text_data=self.early.pop(number))
"""
_SOLUTION = _TOP + _CONNECT + _KEEP + _LOST + _SHOW

EXERCISE = Exercise(
    number="8.3",
    name="Screen",
    play=play,
    texts={
        "late": Text(
            headline="your code was not done after $limit s.",
            did="When the time was up, it had not ended$place.",
            should="`item` keeps what came too early, and returns: only then"
            " it can be called for the next number.",
            next="let nothing wait in `item` for another number.",
        ),
        **TEXTS,
        "solved": Text(
            headline="in order, each once, and nobody waits for ever.",
            should="To keep an order costs time: what came early has to wait."
            " How long, is for the application to decide: what is missing may"
            " never come.",
        ),
        "untouched": Text(
            headline="the texts are shown as they come.",
            did="Number 3 came before number 2, and ada saw its text at once.",
            should="ada sees nothing when number 3 comes. When number 2 comes,"
            " she sees the texts of both.",
            first="find out which number is the next one, and where what came"
            " early can wait.",
        ),
        "too early": Text(
            headline="number $sent was shown before its turn.",
            did="$name received $got, though $which has not come.",
            should="It waits, and so $name sees nothing now: what was sent"
            " first may come last.",
            next="keep its text under its number, and show it when all lower"
            " ones have been shown, or when three wait.",
            why="M22",
        ),
        "shown again": Text(
            headline="what had been shown was shown a second time.",
            did="$name received $got when number $sent came. The text of"
            " $which had been shown before.",
            should="What was shown is done with. When it comes again, it does"
            " not wait, and does not count among the three: $name sees nothing"
            " now.",
            next="before you keep a text, look whether its number is higher"
            " than the last one that was shown; if not, leave it out.",
            why="M23",
        ),
        "twice": Text(
            headline="number $sent came twice, and was dealt with twice.",
            did="$name received $got when it came again.",
            should="What was shown, or waits already, is left out when it comes"
            " again: $name sees nothing.",
            next="compare its number with the last one that was shown.",
            why="M23",
        ),
        "too late": Text(
            headline="number $sent came too late, and was shown all the same.",
            did="$name received $got.",
            should="Higher numbers have been shown: now it would stand in the"
            " wrong place, and it is left out.",
            next="leave out what is lower than the last one that was shown.",
        ),
        "for ever": Text(
            headline="three wait, and go on waiting.",
            did="$name received nothing.",
            should="What is missing may be lost, and never come. When three"
            " wait, all three are shown: $right.",
            next="count what waits. If there are three, show them in order,"
            " and go on behind the highest.",
            why="M24",
        ),
        "silent": Text(
            headline="number $sent was the next one, and was not shown.",
            should="$name receives $right.",
            next="show what has the number `self.last + 1`, and let `self.last`"
            " say which number was shown last.",
            missing="websocket.send",
            whose="$name",
        ),
        "not all": Text(
            headline="not all was shown whose turn it is.",
            did="$name received $got, and not the text of $which.",
            should="Nothing is missing before it any more: $name receives"
            " $right.",
            next="look again after each text, until the next one is missing.",
        ),
        "alone": Text(
            headline="something was shown out of turn, though not three wait.",
            did="$name received $got when number $sent came.",
            should="$name receives $right. What comes behind the next gap waits"
            " on, until three do.",
            next="first show what has its turn, one after the other; then count"
            " what still waits.",
        ),
        "other texts": Text(
            headline="other texts were shown than should be.",
            did="$name received $got when number $sent came.",
            should="$name receives $right.",
        ),
        "not in order": Text(
            headline="the right texts were shown, and not in order.",
            did="$name received $got.",
            should="The lowest number comes first: $right.",
            next="sort by the numbers, as numbers: as texts, 10 comes before"
            " 9.",
        ),
        "from its first": Text(
            headline="$name's screen takes the first number that comes for the"
            " first of all.",
            did="$name received $got when number $sent came.",
            should="$name came late, and sees $right: numbers begin with 1, so"
            " what comes first on this screen waits like any other.",
            next="begin with 0 as the last number that was shown, whatever"
            " comes first.",
        ),
        "on one screen": Text(
            headline="on $first's screen it was right, on $name's not.",
            did="$name received $got.",
            should="$name came later, and sees $right. What one screen keeps"
            " belongs to it alone.",
            next="set in `connect` what the consumer keeps, and put it on"
            " `self`.",
            why="M10",
        ),
    },
    hints=(
        "Two things are to be kept: the last number that was shown, and the"
        " texts that came early.",
        "Keep what comes early in a dict, `self.early[number] = text`. After"
        " each message, look whether the next number is in it. And how many"
        " wait?",
        "For each number in `sorted(self.early)`: if it is `self.last + 1`, or"
        " if three wait, set `self.last` to it, and send"
        " `self.early.pop(number)`.",
    ),
    stub=_TOP
    + _CONNECT
    + """\
    async def item(self, event):
        # Here each text is sent as it comes.
        await self.send(text_data=event["text"])
""",
    solution=_SOLUTION,
    second="""\
class Screen(WebsocketConsumer):
    groups = ["news"]

    def connect(self):
        self.next = 1
        self.waiting = []
        self.accept()

    def item(self, event):
        pair = event["number"], event["text"]
        if pair[0] >= self.next and pair not in self.waiting:
            self.waiting = sorted([*self.waiting, pair])
        while self.waiting and self.waiting[0][0] == self.next:
            self.show()
        if len(self.waiting) == 3:
            for _ in range(3):
                self.show()

    def show(self):
        number, text = self.waiting.pop(0)
        self.next = number + 1
        self.send(text)
""",
    wrong={
        "late": edit(
            _SOLUTION,
            "    async def item(self, event):\n",
            "    async def item(self, event):\n"
            "        while event['number'] > self.last + 1:\n"
            "            await asyncio.sleep(0.01)\n",
        ),
        "too early": _TOP
        + _CONNECT
        + """\
    async def item(self, event):
        if event["number"] > self.last:
            self.last = event["number"]
            await self.send(text_data=event["text"])
""",
        "for ever": edit(_SOLUTION, _LOST, "        lost = False\n"),
        "twice": edit(
            _SOLUTION,
            '        if event["number"] > self.last:\n            self',
            "        self",
            "number == self.last + 1",
            "number <= self.last + 1",
        ),
        "too late": edit(
            _SOLUTION,
            'if event["number"] > self.last:',
            'if event["number"] not in self.shown:',
            "self.early = {}",
            "self.early = {}\n        self.shown = set()",
            "number == self.last + 1",
            "number <= self.last + 1",
            "self.last = number",
            "self.last = max(self.last, number)\n"
            "                self.shown.add(number)",
        ),
        "not all": edit(
            _SOLUTION,
            _SHOW,
            """\
        number = min(self.early, default=0)
        if lost or number == self.last + 1:
            self.last = number
            await self.send(text_data=self.early.pop(number))
""",
        ),
        "not in order": _TOP
        + _CONNECT
        + _KEEP
        + """\
        while self.last + 1 in self.early:
            self.last += 1
            await self.send(text_data=self.early.pop(self.last))
        if len(self.early) == 3:
            self.last = max(self.early)
            for text in self.early.values():
                await self.send(text_data=text)
            self.early = {}
""",
        "alone": _TOP
        + _CONNECT
        + _KEEP
        + """\
        if len(self.early) == 3:
            for number in sorted(self.early):
                await self.send(text_data=self.early.pop(number))
                self.last = number
        while self.last + 1 in self.early:
            self.last += 1
            await self.send(text_data=self.early.pop(self.last))
""",
        "from its first": edit(
            _SOLUTION,
            "self.last = 0",
            "self.last = None",
            "    async def item(self, event):\n",
            "    async def item(self, event):\n"
            "        if self.last is None:\n"
            '            self.last = event["number"] - 1\n',
        ),
        "on one screen": _TOP
        + "    last = 0\n    early = {}\n\n"
        + _KEEP
        + _LOST
        + edit(_SHOW, "self.last = number", "Screen.last = number"),
    },
)
