"""14.2: a group for each topic, though a topic is no name for a group."""

import dis
import itertools
import linecache
import re
from collections.abc import Sequence

from minichannels.exceptions import InvalidNameError
from minichannels.flow import Event
from minichannels.lab.checking.stage.clients import ScenarioPeer
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

_LONGEST = 40
_OF_THEIR_OWN = r"\b(def|as|import) +hash\b|^hash *="
_KNOWN = {Raised(InvalidNameError, kind="group"): "no name"}
_PEER = "broker"

# Pairs that become one if a sign is replaced, left out, or made another one.
_TWINS = (
    ("{a}/{b}", "{a}-{b}"),
    ("{a}/{b}", "{a}_{b}"),
    ("{a}/{b}", "{a}.{b}"),
    ("{a}/{b}", "{a}{b}"),
    ("{a}/{b}", "{a}_2f{b}"),
    ("{a}/{b}", "{a}_2F{b}"),
    ("{a}/{b}", "{a}--{b}"),
    ("{a}/{b}", "{a}__{b}"),
    ("{a}/{b}", "{a}//{b}"),
    ("{a}/{b}/", "/{a}/{b}"),
    ("{a}/{b}", "{b}/{a}"),
    ("{a}/{b}", "{A}/{b}"),
    ("{a}", "{a}/"),
    ("{a}/{b}", "{a}/{a}"),
)


async def play(stage: Stage) -> None:
    """Publish on many topics, over two connections to the broker."""
    draw, groups = stage.draw, _Groups(stage)
    await groups.connect()
    examples = ("lobby", "home/kitchen/heat", "home/attic/heat")
    for example in examples:
        shapes = ("{a}/{b}", "{A}/{b}.1", "{a}_{b}/{A}")
        await groups.publish(draw.text(example, *shapes))
    # All of them in the turns together; the example has the first few.
    chosen = _TWINS[draw.turn - 1 :: 3] if draw.turn else _TWINS[:3]
    for twins in chosen:
        a, b = (draw.text(word, "{a}") for word in ("home", "garden"))
        for twin in twins:
            await groups.publish(twin.format(a=a, b=b, A=a.title()))
    await groups.publish("x/" * (_LONGEST // 2))
    await groups.connect()
    for topic in draw.order(list(groups.of))[:4]:
        await groups.publish(topic)
    stage.require(not _hashes(stage), "of this process")


def _hashes(stage: Stage) -> bool:
    """Return whether a name came of ``hash``: another one in each process."""
    called = {
        code.co_filename
        for code in stage.trace.codes()
        for each in dis.get_instructions(code)
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME") and each.argval == "hash"
    }
    cells = ["".join(linecache.getlines(file)) for file in called]
    return any(not re.search(_OF_THEIR_OWN, cell) for cell in cells)


class _Groups:
    """Which group each topic has."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.of: dict[str, str] = {}
        self.peers: list[ScenarioPeer] = []
        self.readings = itertools.count(20)

    async def connect(self) -> None:
        """Connect to the broker; a former connection ends."""
        for peer in self.peers:
            await self.stage.part(peer, "the connection was lost")
        self.peers = [await self.stage.meet("mqtt", _PEER)]

    async def publish(self, topic: str) -> None:
        """Publish a reading, and look where it goes."""
        stage, (peer,) = self.stage, self.peers
        stage.values = {"topic": frame(topic)}
        payload = str(next(self.readings)).encode()
        reading = {"topic": topic, "payload": payload}
        with stage.meaning(_KNOWN):
            words = f"{frame(topic)} had the reading {frame(payload.decode())}"
            event = {**reading, "qos": 0, "retain": False}
            await stage.tell(words, peer, "receive", **event)
        self._look(topic, payload.decode(), stage.lately("group_send"))

    def _look(self, topic: str, text: str, sent: Sequence[Event]) -> None:
        require = self.stage.require
        require(sent, "not sent")
        require(len(sent) == 1, "twice")
        (event,) = sent
        group, message = event.group, dict(event.payload)
        self.stage.values["group"] = frame(group)
        require(event.type == "reading", "another type", event)
        require(message.get("text") == text, "another text", event)
        twin = next((t for t, g in self.of.items() if g == group), topic)
        if topic in self.of:
            before = frame(self.of[topic])
            changed = self.of[topic] != group
            require(not changed, "changes", event, before=before)
        require(twin == topic, "collide", event, other=frame(twin))
        self.of[topic] = group


_STUB = """\
class Readings(AsyncConsumer):
    async def mqtt_connect(self, event):
        await self.send({"type": "mqtt.subscribe", "topic": "#"})

    async def mqtt_receive(self, event):
        group = event["topic"]
        message = {"type": "reading", "text": event["payload"].decode()}
        await self.channel_layer.group_send(group, message)

    async def mqtt_disconnect(self, event):
        raise StopConsumer
"""
_SOLUTION = edit(_STUB, 'event["topic"]\n', 'event["topic"].encode().hex()\n')


def _as(expression: str) -> str:
    return edit(_STUB, 'event["topic"]\n', f"{expression}\n")


EXERCISE = Exercise(
    number="14.2",
    name="Readings",
    play=play,
    texts={
        "solved": Text(
            headline="each topic has a group of its own, and always the same.",
            should="The name is worked out from the topic alone, so whoever"
            " wants that topic works out the same one. And no two topics lead"
            " to one name.",
        ),
        "untouched": Text(
            headline="`home/kitchen/heat` is no name for a group.",
            did="`lobby` went to its group; at the next topic the layer raised"
            " an error.",
            should="A group's name has ASCII letters, digits, `-`, `_` and"
            " `.`, fewer than 100 of them. Each topic gets such a name.",
            first="read what the error says of the `/`. Then think of two"
            " topics that should not get the same name.",
        ),
        "no name": Text(
            headline="the layer refuses this name.",
            did="The topic was $topic. $application raised $error: $text",
            should="A group's name has ASCII letters, digits, `-`, `_` and"
            " `.`, fewer than 100 of them, for every topic of up to"
            f" {_LONGEST} characters.",
            next="write each character as its number, in digits and letters:"
            " `topic.encode().hex()`.",
        ),
        "collide": Text(
            headline="two topics have one group.",
            did="The topics $other and $topic both lead to the group $group.",
            should="Two topics never share a group: who asked for one would"
            " get the readings of the other as well.",
            next="make a name from which one could work out the topic again:"
            " `topic.encode().hex()` is one.",
            why="M46",
        ),
        "changes": Text(
            headline="one topic has two groups.",
            did="The topic $topic first went to the group $before, and over the"
            " next connection to the broker to $group.",
            should="A topic's group has always the same name. Nothing but the"
            " topic decides about it, for whoever waits there has only that.",
            next="work the name out from the topic: no counter, no list, no"
            " chance.",
        ),
        "of this process": Text(
            headline="the name is another one in each process.",
            did="Your code uses `hash`. Of a text, that is another number each"
            " time that Python begins.",
            should="A topic's group has always the same name, also after the"
            " server was restarted, and for pages in another process.",
            next="work the name out from the topic's letters, such as with"
            " `.encode().hex()`.",
        ),
        "not sent": Text(
            headline="a reading went to no group.",
            did="A reading came on the topic $topic, and nothing was sent.",
            should="Each reading goes to the group of its topic.",
            missing="group_send",
        ),
        "twice": Text(
            headline="one reading was sent several times.",
            did="The topic was $topic.",
            should="Each reading goes to one group, once.",
        ),
        "another type": Text(
            headline="the message has another type.",
            should="It is of the type `reading`, as in the cell that you began"
            " with.",
        ),
        "another text": Text(
            headline="the message says something else than the reading.",
            should="Its `text` is the payload of the event, as in the cell that"
            " you began with.",
        ),
    },
    hints=(
        "Which characters may a group's name have? Which of them may a topic"
        " have as well?",
        "If `/` becomes `-`, then `a/b` and `a-b` are the same. Every"
        " replacement has this problem, unless the new sign is replaced, too."
        " Or write all characters in another way.",
        '`group = event["topic"].encode().hex()`: two digits or letters for'
        " each character.",
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
import hashlib


class Readings(SyncConsumer):
    def mqtt_connect(self, event):
        self.send({"type": "mqtt.subscribe", "topic": "#"})

    def mqtt_receive(self, event):
        group = hashlib.sha256(event["topic"].encode()).hexdigest()
        message = {"type": "reading", "text": event["payload"].decode()}
        async_to_sync(self.channel_layer.group_send)(group, message)

    def mqtt_disconnect(self, event):
        raise StopConsumer
""",
    wrong={
        "collide": _as('event["topic"].replace("/", "-")'),
        "no name": _as('event["topic"].replace("/", "%2F")'),
        "changes": edit(
            _STUB,
            'group = event["topic"]\n',
            'topics = self.topics\n        topics.setdefault(event["topic"],'
            " len(topics))\n"
            "        group = f\"topic-{id(self)}-{topics[event['topic']]}\"\n",
            "async def mqtt_connect(self, event):\n",
            "async def mqtt_connect(self, event):\n        self.topics = {}\n",
        ),
        "of this process": _as("f\"topic-{hash(event['topic'])}\""),
        "not sent": edit(
            _STUB,
            'group = event["topic"]\n',
            'group = event["topic"]\n        if "/" in group:\n'
            "            return\n",
        ),
        "twice": edit(
            _SOLUTION,
            "        await self.channel_layer.group_send(group, message)\n",
            "        for _ in range(2):\n"
            "            await self.channel_layer.group_send(group, message)\n",
        ),
        "another text": edit(
            _SOLUTION,
            '"text": event["payload"].decode()',
            '"text": event["topic"]',
        ),
        "another type": edit(
            _SOLUTION, '"type": "reading"', '"type": "mqtt.reading"'
        ),
        "forgotten": edit(_SOLUTION, "await self.channel", "self.channel"),
    },
)
