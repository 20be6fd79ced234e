"""12.1: a chat that loses nothing, whatever the layer loses."""

from minichannels.lab.checking.stage.exercise import Exercise, Text, edit
from minichannels.lab.exercises.learners import BOARD, new_room
from minichannels.lab.exercises.talk import play

_TOP = """\
class Chat(Board):
    told = 10**9  # a page that has not asked yet misses nothing

    async def receive_json(self, content):
        await super().receive_json(content)
        if "after" in content:
            self.told = content["after"]
            await self.catch_up()
        if "say" in content:
            number, text = len(self.room.said) + 1, content["say"]
            message = {"number": number, "said": text, "by": self.name}
            self.room.said.append(message)
"""
_RING = "            await self.ring()\n"
_PUSH = """\
            await self.channel_layer.group_send(
                "classroom", {"type": "chat.said", "message": message}
            )

    async def chat_said(self, event):
        await self.send_json(event["message"])
"""
_GAPS = """\
            await self.channel_layer.group_send(
                "classroom", {"type": "chat.said", "number": number}
            )

    async def chat_said(self, event):
        while self.told < event["number"]:
            self.told += 1
            await self.send_json(self.room.said[self.told - 1])
"""
_NEWS = """
    async def news(self, event=None):
        await super().news()
        await self.catch_up()
"""
_LOOP = """
    async def catch_up(self):
        for message in self.room.said[self.told :]:
            await self.send_json(message)
"""
_WHILE = """
    async def catch_up(self):
        while self.told < len(self.room.said):
            self.told += 1
            await self.send_json(self.room.said[self.told - 1])
"""
# With a bell of its own, which says as little as the board's.
_APPEND = "            self.room.said.append(message)\n"
_LOOK = """\
            await self.channel_layer.group_send("classroom", {"type": "look"})
"""
_BELL = f"""{_LOOK}
    async def look(self, event):
        await self.catch_up()
"""
_ONE_BY_ONE = """
    async def catch_up(self):
        for message in self.room.said[self.told :]:
            self.told += 1
            await self.send_json(message)
"""
_SOLUTION = _TOP + _RING + _NEWS + _WHILE

EXERCISE = Exercise(
    number="12.1",
    name="Chat",
    play=play,
    initkwargs=new_room,
    given=BOARD,
    texts={
        "solved": Text(
            headline="whatever the layer loses, nobody misses anything.",
            should="What was said stands in the room. A message to the group"
            " only says that there is something new, so it may get lost: one"
            " that is still in the mailbox says the same.",
        ),
        "untouched": Text(
            headline="who reads slowly misses something.",
            did="eve read slowly, and her mailbox was full. Then she read on,"
            " and $count messages are missing, the first of them $missed.",
            should="Her page is told all of it, once it reads on. The room"
            " still has what the layer has lost.",
            first="look at the board: how does it come that it is right again"
            " after each loss?",
        ),
        "not sent again": Text(
            headline="$listener's page asked for what it has missed, in vain.",
            did="The page asked for all after number $after, and was not told"
            " $missed.",
            should="All that was said stands in the room. The page is told"
            " what has a higher number.",
            next="when a page asks, send it what is new at once.",
            missing="websocket.send",
            whose="$listener",
        ),
        "unheard": Text(
            headline="$listener does not hear what $client said.",
            did="$listener's page was not told $missed.",
            should="All pages that are open are told, $client's too.",
            next="tell the group that there is something new, and let each"
            " consumer tell its page what is new to it: number n stands at"
            " place n - 1 of the room's list, and `self.told` says how much"
            " the page has seen.",
            missing="websocket.send",
            whose="$listener",
        ),
        "astray": Text(
            headline="the news of what $client said went to a group that"
            " $listener has not joined.",
            should="Each consumer is in the group `classroom`, by the board's"
            " `groups`. What is sent to that group reaches them all.",
            next="send to the group that the consumers join; `ring` does so,"
            " and `groups` says which it is.",
        ),
        "lost": Text(
            headline="$listener's mailbox was full for a while, and $count"
            " messages are missing since.",
            did="The first is $missed. The layer has lost it: the mailbox was"
            " full.",
            should="$listener's page is told all of it, once it reads on. The"
            " room still has what the layer has lost.",
            next="send only a bell to the group, with `ring`; and let the"
            " consumer look into the room for what its page was not told.",
            why="M37",
        ),
        "tail": Text(
            headline="$listener read on, and $count messages are missing.",
            did="The first is $missed. Nothing came after them that would have"
            " shown the gap.",
            should="$listener's page is told all of it, also if nobody says"
            " anything more.",
            next="whatever message comes from the group, look at the end of"
            " the room's list, not at the number in the message.",
            why="M37",
        ),
        "overtaken": Text(
            headline="more was said while $listener's consumer was sending,"
            " and it passed that over.",
            did="The consumer was busy with a message for a page that read"
            " nothing. Later it was called again, and did not send $missed.",
            should="While a handler waits at an `await`, the others go on: the"
            " room's list may be longer when it goes on itself.",
            next="count each message as told before it is sent, one by one,"
            " and not all that there are at the end.",
            why="M38",
        ),
        "passed over": Text(
            headline="$listener's consumer had the news, and its page was not"
            " told.",
            did="The message that came of $missed was in the mailbox of"
            " $listener's consumer; the page was not told.",
            should="Each page is told all that is said, one by one.",
            next="look where `self.told` is changed: it counts what was sent"
            " to the page, and nothing else.",
        ),
        "not asked": Text(
            headline="$listener's page had not asked yet, and was told.",
            did="$listener's page was told $got.",
            should="A page says what it has seen, and from then on it is told"
            " what comes after. Until then it is told nothing of what is said.",
            next="leave `told = 10**9` as it is, or send nothing while nobody"
            " has asked.",
        ),
        "same number": Text(
            headline="two messages have the same number.",
            did="Two spoke at the same moment, and the page was told $got.",
            should="Each message has a number of its own. While a handler waits"
            " at an `await`, others go on: what it has counted may be old"
            " then.",
            next="put the message into the room's list at once, before"
            " anything is awaited.",
            why="M38",
        ),
        "too much": Text(
            headline="$listener's page is told what it has seen already.",
            did="The page asked for all after number $after, and was told"
            " $got.",
            should="Only what has a higher number is sent again.",
            next="the number in `after` is that of the last message which the"
            " page has seen; in the list it stands one place before.",
        ),
        "twice": Text(
            headline="$listener's page is told the same thing twice.",
            did="$listener's page was told $got more than once.",
            should="Each message comes once.",
            next="let `self.told` say how many the page was told, raise it with"
            " each one, and let each consumer send to its own page alone.",
        ),
        "not in order": Text(
            headline="$listener's page is told it in another order.",
            did="The last two that the page was told are $got.",
            should="What was said first comes first: the numbers rise.",
            next="begin with the lowest number that the page has not seen.",
        ),
        "other": Text(
            headline="$listener's page is told something that nobody said so.",
            did="$listener's page was told $got.",
            should="The number, what was said, and who said it, under the keys"
            " `number`, `said` and `by`. Numbers begin with 1.",
            next="keep the message as the cell makes it, and send it as it is.",
        ),
    },
    hints=(
        "Nothing that was said is lost: the room has all of it. And each"
        " consumer knows what its page was told last. What is between the two,"
        " is new.",
        "Let the group only know *that* something is new, as the board does,"
        " by `ring`. Then `news` lets the page catch up.",
        "In `catch_up`: `while self.told < len(self.room.said):` add 1 to"
        " `self.told`, then send `self.room.said[self.told - 1]`.",
    ),
    stub=_TOP + _PUSH + _LOOP,
    solution=_SOLUTION,
    second="""\
class Chat(Board):
    told = None

    async def receive_json(self, content):
        await super().receive_json(content)
        said = self.room.said
        if "say" in content:
            message = {"said": content["say"], "by": self.name}
            said.append(message | {"number": len(said) + 1})
        self.told = content.get("after", self.told)
        await self.ring()

    async def news(self, event=None):
        await super().news()
        for message in self.room.said:
            if self.told is not None and message["number"] == self.told + 1:
                self.told = message["number"]
                await self.send_json(message)
""",
    wrong={
        "lost": edit(
            _TOP + _PUSH + _WHILE,
            '        await self.send_json(event["message"])',
            '        self.told = event["message"]["number"]\n'
            '        await self.send_json(event["message"])',
        ),
        "tail": _TOP + _GAPS + _WHILE,
        "overtaken": edit(
            _TOP + _RING + _NEWS + _LOOP,
            "            await self.send_json(message)\n",
            "            await self.send_json(message)\n"
            "        self.told = len(self.room.said)\n",
        ),
        "twice": _TOP + _RING + _NEWS + _LOOP,
        "not asked": edit(_TOP + _BELL + _ONE_BY_ONE, "10**9", "0"),
        "same number": edit(
            _TOP + _BELL + _ONE_BY_ONE,
            _APPEND,
            "",
            _LOOK,
            _LOOK + _APPEND,
        ),
        "too much": edit(
            _SOLUTION, 'self.told = content["after"]', "self.told = 0"
        ),
        "not sent again": edit(
            _SOLUTION,
            '            self.told = content["after"]\n'
            "            await self.catch_up()\n",
            '            self.told = content["after"]\n',
        ),
        "not in order": edit(
            _TOP + _RING + _NEWS + _LOOP,
            """\
        for message in self.room.said[self.told :]:
""",
            """\
        new = self.room.said[self.told :]
        self.told += len(new)
        for message in reversed(new):
""",
        ),
        "unheard": edit(_SOLUTION, _RING, ""),
        "astray": edit(
            _SOLUTION,
            _RING,
            '            await self.channel_layer.group_send("chat", {"type":'
            ' "news"})\n',
        ),
    },
)
