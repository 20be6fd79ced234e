"""8.1: which numbers are missing?"""

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.news import TEXTS
from minichannels.lab.exercises.news_reader import NewsReader


async def play(stage: Stage) -> None:
    """Send news with gaps, some late, one twice; ask what is missing."""
    draw, reader = stage.draw, NewsReader(stage)
    await reader.joins("ada")
    await reader.asks("ada")
    last = draw.number(3, 1, 4)
    await reader.get(*range(1, last + 1))
    gap = last + 1, last + 2, last + draw.one(2, 3, 4, 3)
    await reader.get(gap[-1] + 1)
    late = draw.one(gap[1], gap[0], gap[1], gap[0])
    await reader.get(late)
    await reader.get(late)
    await reader.joins("bob")
    await reader.get(gap[-1] + draw.one(3, 9, 3, 4))
    await reader.get(*draw.order(reader.missing("ada")))
    await reader.leaves("ada")
    await reader.joins("eve")
    await reader.asks("eve")


_TOP = """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

"""
_CONNECT = """\
    async def connect(self):
        self.came = set()
        await self.accept()

"""
_ITEM = """\
    async def item(self, event):
        self.came.add(event["number"])
        await self.send(text_data=event["text"])

"""
_RECEIVE = """\
    async def receive(self, text_data):
        wanted = range(1, max(self.came, default=0))
        missing = [str(n) for n in wanted if n not in self.came]
        await self.send(text_data=" ".join(missing) or "nothing")
"""
_SOLUTION = _TOP + _CONNECT + _ITEM + _RECEIVE

# Of those who compare each number with the one before it.
_LIST = """\
    async def connect(self):
        self.last = 0
        self.missing = []
        await self.accept()

    async def item(self, event):
        self.missing += range(self.last + 1, event["number"])
        self.last = max(self.last, event["number"])
        await self.send(text_data=event["text"])

    async def receive(self, text_data):
        missing = " ".join(map(str, self.missing))
        await self.send(text_data=missing or "nothing")
"""

_KEPT = """\
class Screen(WebsocketConsumer):
    groups = ["news"]
    highest = 0

    def connect(self):
        self.missing = set()
        self.accept()

    def item(self, event):
        number = event["number"]
        self.missing |= set(range(self.highest + 1, number))
        self.missing.discard(number)
        self.highest = max(self.highest, number)
        self.send(event["text"])

    def receive(self, text_data):
        numbers = map(str, sorted(self.missing))
        self.send(" ".join(numbers) or "nothing")
"""

EXERCISE = Exercise(
    number="8.1",
    name="Screen",
    play=play,
    texts={
        **TEXTS,
        "solved": Text(
            headline="the screen knows what it has missed.",
            should="A number in each message costs little. With it, the reader"
            " sees each gap as soon as something comes after it, whatever comes"
            " late or twice.",
        ),
        "untouched": Text(
            headline="nobody remembers a number yet.",
            did="ada asked what is missing, and got no answer.",
            should="ada receives `nothing`: nothing has come so far, and so"
            " nothing is missing.",
            first="begin with the answer: a method that handles what the client"
            " sends. It may say `nothing` at first.",
        ),
        "silent": Text(
            headline="number $sent came, and $name did not see its text.",
            should="The text of each number goes to the client as it comes:"
            " $name receives $text.",
            next='let the line that sends `event["text"]` run for each number'
            " that comes.",
            missing="websocket.send",
            whose="$name",
        ),
        "another text": Text(
            headline="$name received something else than the text.",
            did="$name received $got.",
            should="$name receives $text, the text of number $sent, and nothing"
            " else with it.",
        ),
        "nothing yet": Text(
            headline="it fails while nothing has come.",
            did="$application raised $error: $text",
            should="$name asked before the first number came: the answer is"
            " `nothing`.",
            next="give `max` and `min` a value for this case: `default=0`.",
        ),
        "no answer": Text(
            headline="$name asked what is missing, and got no answer.",
            should="$name receives `$right`.",
            next="let `receive`, which is called for each text of the client,"
            " send the answer.",
            missing="websocket.send",
            whose="$name",
        ),
        "shared": Text(
            headline="$name got the answer of somebody else.",
            did="$name received $got: that is what is missing on another"
            " screen.",
            should="Each screen has numbers of its own. On $name's, the answer"
            " is `$right`.",
            next="make the set, or the list, in `connect`: `self.came ="
            " set()`.",
            why="M10",
        ),
        "overtaken": Text(
            headline="what came late is still called missing.",
            did="$name received $got. But $which came, after a higher number.",
            should="What has come is not missing, however late it came. The"
            " answer is `$right`.",
            next="remember all numbers that came, and ask of each lower number"
            " whether it is among them.",
            why="M22",
        ),
        "came": Text(
            headline="a number is called missing that has come.",
            did="$name received $got. But $which came.",
            should="Missing is what is lower than the highest number that came,"
            " and did not come itself: `$right`.",
            next="keep all numbers that came, in a set, and look there.",
        ),
        "too far": Text(
            headline="a number is called missing that may not exist.",
            did="$name received $got. But nothing so high as $which has come.",
            should="Only below the highest number that came can anything be"
            " missing: `$right`.",
            next="let `range` end at the highest number that came: its end does"
            " not belong to it.",
        ),
        "overlooked": Text(
            headline="the gap was overlooked.",
            did="$name received $got.",
            should="The answer is `$right`.",
            next="compare the numbers from 1 to the highest with those that"
            " came.",
        ),
        "before": Text(
            headline="what was sent before the first number is forgotten.",
            did="$name received $got, and not $which.",
            should="Numbers begin with 1. Whoever comes late has missed the"
            " first ones: `$right`.",
            next="begin the range at 1.",
        ),
        "not all": Text(
            headline="more is missing than that.",
            did="$name received $got, and not $which.",
            should="When a mailbox is full, all that comes is lost, until there"
            " is room again: a gap may be wide. The answer is `$right`.",
            next="ask of each number below the highest whether it came; none"
            " is left out, and none takes the place of another.",
        ),
        "no such number": Text(
            headline="a number is called missing that was never sent.",
            did="$name received $got. But there is no number $which.",
            should="Numbers begin with 1: the answer is `$right`.",
            next="begin the range at 1.",
        ),
        "said twice": Text(
            headline="a number is called missing twice.",
            did="$name received $got, with $which more than once.",
            should="Each number that is missing is said once: `$right`.",
            next="keep the numbers in a set, which has each once.",
        ),
        "not in order": Text(
            headline="the numbers are right, and not in order.",
            did="$name received $got.",
            should="The lowest comes first: `$right`.",
            next="sort them, as numbers.",
        ),
        "other form": Text(
            headline="the answer is right, and written differently.",
            did="$name received $got.",
            should="One text: the numbers with blanks between them, or the word"
            " `nothing`. Here it is `$right`.",
            next='use `" ".join(…)`, which takes texts, and send once.',
        ),
    },
    hints=(
        "To say what is missing, one has to know what came. What can keep"
        " numbers, such that one may ask whether a number is in it?",
        "A set, made in `connect`; `item` adds each number. Missing is what is"
        " in `range(1, highest)` and not in the set.",
        "In `receive`: `missing = [str(n) for n in range(1, max(self.came,"
        ' default=0)) if n not in self.came]`, then send `" ".join(missing) or'
        ' "nothing"`.',
    ),
    stub=_TOP
    + """\
    async def item(self, event):
        # event["number"] is the number of this text.
        await self.send(text_data=event["text"])

    # The client asks "missing?". Answer with the numbers that are missing,
    # such as "4 5", or with "nothing".
""",
    solution=_SOLUTION,
    second=_KEPT,
    wrong={
        "overtaken": _TOP + _LIST,
        "came": edit(_KEPT, "max(self.highest, number)", "number"),
        "not all": _TOP
        + edit(
            _LIST,
            'self.missing += range(self.last + 1, event["number"])',
            'if event["number"] > self.last + 1:\n'
            '            self.missing.append(event["number"] - 1)',
        ),
        "too far": edit(
            _SOLUTION, "max(self.came, default=0)", "len(self.came) + 10"
        ),
        "overlooked": edit(
            _SOLUTION,
            "range(1, max(self.came, default=0))",
            "range(1, len(self.came))",
        ),
        "nothing yet": edit(_SOLUTION, ", default=0", ""),
        "before": edit(
            _SOLUTION,
            "range(1, max(self.came, default=0))",
            "range(min(self.came, default=0), max(self.came, default=0))",
        ),
        "no such number": edit(_SOLUTION, "range(1, max", "range(0, max"),
        "said twice": _TOP
        + edit(
            _LIST,
            """\
        self.missing += range(self.last + 1, event["number"])
        self.last = max(self.last, event["number"])
""",
            """\
        number = event["number"]
        self.missing += range(self.last + 1, number)
        if number in self.missing:
            self.missing.remove(number)
        if number == self.last + 1:
            self.last = number
""",
        ),
        "not in order": edit(
            _SOLUTION, "[str(n) for", "sorted(str(n) for", "came]", "came)"
        ),
        "shared": _TOP
        + "    came = set()\n\n"
        + edit(_CONNECT, "        self.came = set()\n", "")
        + _ITEM
        + _RECEIVE,
        "other form": edit(
            _SOLUTION,
            '" ".join(missing) or "nothing"',
            'str(missing) if missing else "nothing"',
        ),
        "silent": edit(
            _SOLUTION, '        await self.send(text_data=event["text"])\n', ""
        ),
        "no answer": edit(
            _SOLUTION,
            'await self.send(text_data=" ".join(missing) or "nothing")',
            'return " ".join(missing) or "nothing"',
        ),
    },
)
