"""8.2: whoever misses something asks for it."""

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.news import TEXTS
from minichannels.lab.exercises.news_desk import NewsDesk


async def play(stage: Stage) -> None:
    """Lose some of the news, and answer whoever asks for them."""
    draw, desk = stage.draw, NewsDesk(stage)
    await desk.joins("ada")
    number = draw.number(3, 1, 4)
    for each in range(1, number + 1):
        await desk.publishes(each)
    number += draw.number(3, 3, 5)
    await desk.publishes(number)
    await desk.publishes(number + 1)
    await desk.joins("bob")
    await desk.publishes(number + 2)
    number += 2 + draw.one(2, 3, 2, 4)
    await desk.publishes(number)
    await desk.leaves("ada")
    await desk.publishes(number + 2)


_TOP = """\
class Screen(AsyncWebsocketConsumer):
    groups = ["news"]

    async def connect(self):
        self.last = 0
        await self.accept()

    async def item(self, event):
"""
_ASK = """\
        missing = list(range(self.last + 1, event["number"]))
        if missing:
            me = self.channel_name
            question = {"type": "again", "numbers": missing, "to": me}
            await self.channel_layer.send(event["desk"], question)
"""
_SHOW = """\
        self.last = max(self.last, event["number"])
        await self.send(text_data=event["text"])
"""
_SOLUTION = _TOP + _ASK + _SHOW

EXERCISE = Exercise(
    number="8.2",
    name="Screen",
    play=play,
    texts={
        "late": Text(
            headline="your code was not done after $limit s.",
            did="When the time was up, it had not ended$place.",
            should="`item` asks, and returns. What the desk sends again comes"
            " as an item each, when `item` can be called again.",
            next="let nothing wait in `item` for what the desk sends.",
        ),
        **TEXTS,
        "solved": Text(
            headline="what was lost is asked for, and comes.",
            should="The layer repeats nothing. An application that numbers its"
            " messages, and keeps them, can: whoever misses one knows which,"
            " and whom to ask.",
        ),
        "untouched": Text(
            headline="a gap is passed over.",
            did="The numbers 4 and 5 were lost, and ada's consumer has not"
            " asked for them.",
            should="The desk gets a question from ada's consumer, for 4 and 5."
            " The desk sends them again, and then ada has seen all six texts.",
            first="let the consumer remember the last number that came.",
        ),
        "silent": Text(
            headline="number $sent came, and $name did not see its text.",
            did="$name received $got.",
            should="The text of a number that came is passed on, whether"
            " something is missing or not.",
            next='let the line that sends `event["text"]` run for each number'
            " that comes for the first time: two of the news may say the same,"
            " and each client has numbers of its own.",
            missing="websocket.send",
            whose="$name",
        ),
        "another text": Text(
            headline="$name received something that is none of the news.",
            did="$name received $got.",
            should="The client gets the texts of the news, and nothing else."
            " The question goes to the desk, through the channel layer.",
            next="take out what sends $more.",
        ),
        "not asked": Text(
            headline="$name misses $which, and nobody asked for it.",
            did="The desk got no question.",
            should="The desk keeps all news. It sends again what it is asked"
            " for, but it cannot know what was lost.",
            next="where numbers are missing between the last one and this one,"
            " send a message to the channel that `event` names.",
            missing="channel_layer.send",
            whose="$name",
            why="M21",
        ),
        "not all": Text(
            headline="$name's consumer asked, but not for all that is missing.",
            did="It did not ask for $which.",
            should="When there is no room, all is lost that comes, until there"
            " is: each number between the last one and this one is missing."
            " (Numbers begin with 1.)",
            next="make a list of all of them:"
            ' `list(range(self.last + 1, event["number"]))`.',
        ),
        "asked too much": Text(
            headline="$name's consumer asked for what is not missing.",
            did="It asked for $which, when number $last had come.",
            should="Missing is what lies between the last number before and"
            " this one. Numbers begin with 1.",
            next="let the range begin behind the last number, and end before"
            " this one.",
        ),
        "not shown": Text(
            headline="what was asked for came, and was not passed on.",
            did="$which came again, and $name received $got.",
            should="What is asked for comes after a higher number. $name has"
            " not seen it yet, so it is passed on.",
            next="pass on each text, also if its number is lower than the last"
            " one.",
            why="M22",
        ),
        "twice": Text(
            headline="$name saw something twice.",
            did="$name received $got: $more once too often.",
            should="Only what has not come is asked for. When a lower number"
            " comes late, the highest one stays the last one.",
            next="let `self.last` never become lower:"
            ' `max(self.last, event["number"])`; and let the list end before'
            " this number.",
            why="M23",
        ),
        "no end": Text(
            headline="$name's consumer asks for the same again and again.",
            did="It asked for number $which more than three times, though it"
            " had been sent.",
            should="One question for each gap.",
            next="ask only for what is missing between the last number and"
            " this one.",
        ),
        "asked everybody": Text(
            headline="the question went to all screens.",
            did="$application raised $error: $text",
            should="The screens are in the group, and cannot answer. The"
            " question goes to one channel: the desk's, which `event` names.",
            next='use `self.channel_layer.send(event["desk"], …)`.',
        ),
        "a dict": Text(
            headline="`self.send` takes a text for its own client.",
            did="$application raised $error: $text",
            should="A dict with a type is a message for somebody else. The"
            " question goes through the channel layer, to the desk's channel.",
            next='use `self.channel_layer.send(event["desk"], …)`.',
        ),
        "asked a group": Text(
            headline="the question went to a group.",
            should="The desk is a channel, not a group: one mailbox, one"
            " reader.",
            next='use `self.channel_layer.send(event["desk"], …)`.',
        ),
        "another mailbox": Text(
            headline="the question went into another mailbox.",
            did="It was sent to `$got`.",
            should="It goes to the channel that the message itself names:"
            " `$desk`.",
            next='send to `event["desk"]`.',
        ),
        "other type": Text(
            headline="the question has another type.",
            should="Its type is `again`: that names the desk's handler.",
        ),
        "no numbers": Text(
            headline="the question does not say which numbers.",
            did="Under `numbers` it has $got.",
            should="`numbers` is a list of whole numbers.",
            next='put the list itself under `"numbers"`.',
        ),
        "no address": Text(
            headline="the desk does not know whom to answer.",
            should="Under `to` stands the name of the channel that the answer"
            " is for: that of the consumer which asks.",
            next='`"to": self.channel_name`',
        ),
        "not carried": Text(
            headline="the layer does not carry such a question.",
            did="$application raised $error: $text",
            should="A list of numbers and the name of a channel can travel;"
            " a set, a range or an object cannot.",
            next="make a list of it: `list(…)`; and send the name of the"
            " channel, `self.channel_name`.",
            why="M16",
        ),
        "hidden": Text(
            headline="the layer refused the question, and your code hid that.",
            did="The error that the layer raised was caught.",
            should="The layer takes the question.",
            next="take out `try` and `except`, and read the error.",
        ),
    },
    hints=(
        "Which number came last, before this one? What lies between them is"
        " missing. Where can the consumer keep it?",
        "`range(a + 1, b)` are the numbers between a and b. If there are any,"
        " one message goes to the desk's channel.",
        '`missing = list(range(self.last + 1, event["number"]))`; if there are'
        ' any, `await self.channel_layer.send(event["desk"], {"type": "again",'
        ' "numbers": missing, "to": self.channel_name})`; then `self.last ='
        ' max(self.last, event["number"])`.',
    ),
    stub=_TOP
    + """\
        # If numbers are missing before this one, ask for them:
        # send {"type": "again", "numbers": [4, 5], "to": …}
        # to the channel event["desk"].
        await self.send(text_data=event["text"])
""",
    solution=_SOLUTION,
    second="""\
class Screen(WebsocketConsumer):
    groups = ["news"]

    def connect(self):
        self.seen = {0}
        self.accept()

    def item(self, event):
        if event["number"] in self.seen:
            return
        for number in range(max(self.seen) + 1, event["number"]):
            async_to_sync(self.channel_layer.send)(
                event["desk"],
                {"type": "again", "numbers": [number], "to": self.channel_name},
            )
        self.seen.add(event["number"])
        self.send(event["text"])
""",
    wrong={
        "late": edit(
            _SOLUTION,
            "    async def item(self, event):\n",
            "    async def item(self, event):\n"
            "        while event['number'] > self.last + 1:\n"
            "            await asyncio.sleep(0.01)\n",
        ),
        "not asked": edit(
            _SOLUTION,
            "        if missing:\n",
            "        for number in missing:\n",
            _ASK.partition("if missing:\n")[2],
            '            print("missing", number)\n',
        ),
        "not all": edit(
            _SOLUTION,
            'list(range(self.last + 1, event["number"]))',
            'event["number"] - 1 if event["number"] > self.last + 1 else 0',
            '"numbers": missing',
            '"numbers": [missing]',
        ),
        "asked too much": edit(
            _SOLUTION, "range(self.last + 1", "range(self.last"
        ),
        "twice": edit(
            _SOLUTION, 'max(self.last, event["number"])', 'event["number"]'
        ),
        "not shown": edit(
            _SOLUTION,
            "        missing =",
            '        if event["number"] <= self.last:\n'
            "            return\n"
            "        missing =",
        ),
        "asked everybody": edit(
            _SOLUTION, 'send(event["desk"], ', 'group_send("news", '
        ),
        "a dict": edit(
            _SOLUTION,
            'channel_layer.send(event["desk"], question)',
            "send(question)",
        ),
        "another mailbox": edit(
            _SOLUTION, 'send(event["desk"], ', 'send("news", '
        ),
        "no address": edit(_SOLUTION, '"to": me', '"to": "screen"'),
        "not carried": edit(_SOLUTION, "list(range(", "set(range("),
        "silent": edit(
            _SOLUTION,
            "        await self.send",
            "        if not missing:\n            await self.send",
        ),
        "another text": edit(
            _SOLUTION,
            "            await self.channel_layer",
            '            await self.send(text_data=f"missing: {missing}")\n'
            "            await self.channel_layer",
        ),
    },
)
