"""The topics of exercise 14.2, and which groups their readings go to.

Two topics with one group are found by pairs that become one text if a sign is
replaced, left out, made another one or cut off.
"""

import dis
import itertools
import linecache
import re
from collections.abc import Sequence

from minichannels.exceptions import InvalidNameError
from minichannels.flow import Event
from minichannels.lab.checking.stage.clients import ScenarioPeer
from minichannels.lab.checking.stage.exercise import Stage
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

LONGEST = 40
"""So many characters has a topic at most."""

_OF_THEIR_OWN = r"\b(def|as|import) +hash\b|^hash *="
_KNOWN = {Raised(InvalidNameError, kind="group"): "no name"}
_PEER = "broker"

_LONG = "x/" * ((LONGEST - 8) // 2)

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
    ("{a}/{b}", "{a}..{b}"),
    # Where a sign that stands for `/` is doubled, so that it is another one.
    ("{a}//{b}", "{a}-{b}"),
    ("{a}//{b}", "{a}_{b}"),
    ("{a}//{b}", "{a}.{b}"),
    ("{a}/{b}", "{a}//{b}"),
    ("{a}/{b}/", "/{a}/{b}"),
    ("{a}/{b}", "{b}/{a}"),
    ("{a}/{b}", "{A}/{b}"),
    ("{a}", "{a}/"),
    ("{a}/{b}", "{a}/{a}"),
    (_LONG + "{a}", _LONG + "{b}"),
    ("{a}/" + _LONG, "{b}/" + _LONG),
    # Cut anywhere before its end, the one is the other.
    (_LONG + "{a}", _LONG + "{a}_"),
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
            await groups.publish_twice(twin.format(a=a, b=b, A=a.title()))
    await groups.publish("x/" * (LONGEST // 2))
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

    async def publish_twice(self, topic: str) -> None:
        """Publish on a topic, and on one that reads as its group does.

        Where a sign is replaced, whatever by, these two have one group.
        """
        await self.publish(topic)
        group = self.of[topic]
        if len(group) <= LONGEST:  # all that a group's name has, a topic may
            await self.publish(group)

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
        taken = [event for event in sent if event.status != "refused"]
        require(taken, "hidden", sent[-1])
        require(len(taken) == 1, "twice")
        (event,) = taken
        group, message = event.group, dict(event.payload)
        self.stage.values["group"] = frame(group)
        kind, got = frame(event.type), frame(message.get("text"))
        require(event.type == "reading", "another type", event, got=kind)
        right = message.get("text") == text
        require(right, "another text", event, got=got, reading=frame(text))
        twin = next((t for t, g in self.of.items() if g == group), topic)
        if topic in self.of:
            before = frame(self.of[topic])
            changed = self.of[topic] != group
            require(not changed, "changes", event, before=before)
        key = _how_alike(topic, group)
        require(twin == topic, key, event, other=frame(twin))
        self.of[topic] = group


def _how_alike(topic: str, group: str) -> str:
    """Return the key of the text for a group that two topics share."""
    parts = topic.split("/")
    if len(parts) > 1 and group in parts:
        return "part"
    # Between the parts stands the same each time, or nothing.
    one, *others = map(re.escape, parts)
    same = "(?P<sign>.*?)" + "(?P=sign)".join(others)
    return "collide" if re.fullmatch(one + same, group) else "alike"
