"""14.2: a group for each topic, though a topic is no name for a group."""

from minichannels.lab.checking.stage.exercise import Exercise, Text, edit
from minichannels.lab.exercises.topics import LONGEST, play

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


_APART = (
    "Two topics never share a group: who asked for one would get the readings"
    " of the other as well."
)
_HEX = (
    "make a name from which one could work out the topic again:"
    " `topic.encode().hex()` is one."
)

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
            f" {LONGEST} characters.",
            next="write each character as its number, in digits and letters:"
            " `topic.encode().hex()`.",
        ),
        "collide": Text(
            headline="with another sign for `/`, or none, two topics have one"
            " group.",
            did="The topics $other and $topic both lead to the group $group.",
            should=_APART,
            next=_HEX,
            why="M46",
        ),
        "part": Text(
            headline="the group has the name of only one part of the topic.",
            did="The topics $other and $topic both lead to the group $group.",
            should="All parts of a topic count, and where they stand. "
            + _APART,
            next=_HEX,
        ),
        "alike": Text(
            headline="two topics have one group.",
            did="The topics $other and $topic both lead to the group $group.",
            should=_APART,
            next=_HEX,
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
            did="A reading came on the topic $topic, and no group got it.",
            should="Each reading goes to the group of its topic.",
            missing="group_send",
        ),
        "hidden": Text(
            headline="the layer refused this name, and your code hid that.",
            did="The topic was $topic. The error that the layer raised was"
            " caught, so this reading went to no group.",
            should="A group's name has ASCII letters, digits, `-`, `_` and"
            " `.`, fewer than 100 of them. Each topic gets such a name.",
            next="take out `try` and `except`, and read the error.",
        ),
        "twice": Text(
            headline="one reading was sent several times.",
            did="The topic was $topic.",
            should="Each reading goes to one group, once.",
        ),
        "another type": Text(
            headline="the message has another type.",
            did="Its type is $got.",
            should="It is of the type `reading`, as in the cell that you began"
            " with.",
        ),
        "another text": Text(
            headline="the message says something else than the reading.",
            did="Its `text` is $got.",
            should="Its `text` is $reading: the payload of the event, decoded,"
            " as in the cell that you began with.",
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
        "part": _as('event["topic"].split("/")[-1]'),
        "alike": _as('event["topic"].lower().encode().hex()'),
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
        "hidden": edit(
            _STUB,
            "        await self.channel_layer.group_send(group, message)\n",
            "        try:\n"
            "            await self.channel_layer.group_send(group, message)\n"
            "        except TypeError:\n"
            "            pass\n",
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
