"""12.1: a chat that loses nothing, whatever the layer loses."""

from typing import Any

from minichannels.flow import Event
from minichannels.flow.journal.events import FULL
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.exercises.learners import (
    BOARD,
    BURST,
    Learners,
    new_room,
    shown,
)


async def play(stage: Stage) -> None:
    """Let some talk, come late, come back, and read slowly."""
    talk = Talk(stage)
    await talk.opens("ada", 0)
    await talk.opens("bob", 0)
    await talk.says("ada", "hi")
    await talk.says("bob", "hello")
    await talk.opens("eve", 0)
    await talk.says("eve", "tea?")
    await talk.learners.leaves("bob")
    await talk.says("ada", "milk")
    seen = stage.draw.number(3, 1, 3)
    await talk.opens("bob", seen)
    await talk.read_slowly("eve", "ada")
    await talk.learners.leaves("ada")
    await talk.read_late("bob", "eve")
    await talk.says("bob", "bye")
    if stage.draw.one(False, True, False):  # once is enough
        await talk.hesitates("fred", "bob")
        await talk.speak_at_once("bob", "eve")


class Talk:
    """A chat, and what each page has to be told of it.

    Args:
        stage: where it is played.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.learners = Learners(stage)
        self._after: dict[str, int] = {}
        self._slow = ""

    async def opens(self, name: str, seen: int) -> None:
        """Let a page open, and say how much it has seen."""
        await self.learners.comes(name)
        self._after[name] = seen
        await self.learners.sends(name, {"after": seen})
        self.judge("not sent again")

    async def says(self, name: str, example: str) -> None:
        """Let somebody say something, which all are told."""
        await self._says(name, example)
        self.judge("unheard")

    async def hesitates(self, name: str, speaker: str) -> None:
        """Let a page open, and ask only after somebody has said something."""
        await self.learners.comes(name)
        seen = len(self.learners.said)
        await self._says(speaker, "well")
        told = self.learners.told(name, "said")
        self.stage.values["listener"] = name
        self.stage.require(not told, "not asked", got=shown(told[-1:]))
        self._after[name] = seen
        await self.learners.sends(name, {"after": seen})
        self.judge("not sent again")

    async def speak_at_once(self, *names: str) -> None:
        """Let some speak at the same moment; who is first does not matter."""
        before = len(self.learners.said)
        said = [(name, self.stage.draw.text(f"I, {name}")) for name in names]
        await self.learners.say_at_once(*said)
        told = self.learners.told(names[0], "said")
        last = [it for it in told if (it.get("by"), it["said"]) in said]
        numbers = [it.get("number") for it in last]
        self.stage.values["got"] = shown(last)
        twice = len(set(numbers)) < len(numbers)
        self.stage.require(not twice, "same number")
        order = {(it.get("by"), it["said"]): it.get("number") for it in last}
        self.learners.said[before:] = sorted(
            said, key=lambda each: order.get(each) or 0
        )
        self.judge("unheard")

    async def read_slowly(self, slow: str, speaker: str) -> None:
        """Let somebody read slowly; afterwards one thing more is said."""
        self._pauses(slow)
        for example in ("one", "two"):
            await self._says(speaker, example)
            await self.learners.sips(slow)
        await self._burst(slow, speaker)
        await self.says(speaker, "so?")

    async def read_late(self, slow: str, speaker: str) -> None:
        """Let somebody read nothing while a lot is said, the last of it."""
        self._pauses(slow)
        await self._burst(slow, speaker)
        self.judge("tail")

    def _pauses(self, slow: str) -> None:
        self.learners.pauses(slow)
        self._slow = slow

    async def _burst(self, slow: str, speaker: str) -> None:
        await self._says(speaker, *(f"look {n}" for n in range(BURST)))
        await self.learners.reads_on(slow)
        if next(self.learners.idle(slow, "said"), None) is not None:
            self.judge("overtaken")

    async def _says(self, name: str, *examples: str) -> None:
        draw = self.stage.draw
        texts = [
            draw.text(e, "{A} {b}", '{a}: "{B}"', "{a}é") for e in examples
        ]
        await self.learners.says(name, *texts)

    def judge(self, key: str) -> None:
        """Require that each page was told what it has to be told.

        Args:
            key: of the text for what was not told.
        """
        # First of whoever read slowly: that is what was to be seen.
        names = self.learners.names
        for name in sorted(names, key=lambda name: name != self._slow):
            self._judge(name, key)

    def _judge(self, name: str, key: str) -> None:
        stage, after = self.stage, self._after[name]
        told = self.learners.told(name, "said")
        at = next(iter(self.learners.sent(name, "said")[-1:]), None)
        stage.values |= {"listener": name, "after": after}
        wanted: list[dict[str, Any]] = [
            {"number": number, "said": text, "by": by}
            for number, (by, text) in enumerate(self.learners.said, start=1)
        ]
        for each in told:
            got = shown([each])
            stage.require(each in wanted, "other", at, got=got)
            stage.require(each in wanted[after:], "too much", at, got=got)
            stage.require(told.count(each) == 1, "twice", at, got=got)
        missing = [each for each in wanted[after:] if each not in told]
        if missing and missing[:1] != wanted[-1:]:
            key = self._how_missed(name, key, missing[0]["number"])
        missed = shown(missing[:1])
        stage.require(not missing, key, at, missed=missed, count=len(missing))
        in_order = told == wanted[after:]
        stage.require(in_order, "not in order", at, got=shown(told[-2:]))

    def _how_missed(self, name: str, key: str, number: int) -> str:
        """Return the key of the text for what others were told later."""
        others = key == "overtaken" and name != self._slow
        if key != "unheard" and not others:
            return key
        return "lost" if self._was_lost(name, number) else "passed over"

    def _was_lost(self, name: str, number: int) -> bool:
        """Return whether a mailbox had no room for the news of a text."""
        events = self.stage.events
        said = [e for e in events if e.kind == "receive" and _says(e)]
        asked = {said[number - 1].seq}
        sent = {e.seq for e in events if e.cause in asked}
        return any(
            event.cause in sent and event.client == name
            for event in events
            if event.status in FULL
        )


def _says(event: Event) -> bool:
    return '"say"' in str(event.payload.get("text"))


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
            " consumer tell its page: number n stands at place n - 1 of the"
            " room's list.",
            missing="websocket.send",
            whose="$listener",
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
    },
)
