"""14.3: a message that is heard twice is answered once."""

from minichannels.lab.checking.stage.clients import ScenarioPeer
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.steps import frame
from minichannels.types import Message

_SHAPES = ("{a} {B}", "{A}", "{a}é {b}")
_KNOWN = {
    "is not defined": "not on self",
    "'Alarms' object has no attribute": "not on self",
    "referenced before assignment": "not on self",
    "cannot access local variable": "not on self",
}


async def play(stage: Stage) -> None:
    """Let two sensors call; some of their messages come again."""
    draw = stage.draw
    kitchen, cellar = (
        f"alarm/{draw.text(room, '{a}', '{a}/{b}')}"
        for room in ("kitchen", "cellar")
    )
    texts = ("smoke", "water rises", "frost", "gas")
    smoke, water, frost, gas = (draw.text(text, *_SHAPES) for text in texts)
    first = draw.number(7, 3, 99)
    bell = _Bell(stage, await stage.meet("mqtt", "broker"))
    with stage.meaning(_KNOWN):
        await bell.hear(kitchen, first, smoke)
        await bell.hear(kitchen, first, smoke)
        await bell.hear(kitchen, first + 1, smoke)
        await bell.hear(cellar, first, draw.one(water, smoke, water))
        await bell.hear(kitchen, first, smoke)
        await bell.hear(cellar, first - 1, frost)
        await bell.hear(kitchen, 10 * first, gas)
        # As one text, topic and number are the same as those of the first.
        await bell.hear(f"{kitchen}{first}", first, frost)
        await bell.hear(kitchen, int(f"{first}{first}"), frost)
        for topic, number in draw.order(sorted(bell.heard)):
            await bell.hear(topic, number, bell.heard[topic, number])


class _Bell:
    """What the sensors have called, and what was answered."""

    def __init__(self, stage: Stage, broker: ScenarioPeer) -> None:
        self.stage = stage
        self.broker = broker
        self.heard: dict[tuple[str, int], str] = {}
        self.last: tuple[str, int] | None = None

    async def hear(self, topic: str, number: int, text: str) -> None:
        """Let a message come, and look whether it is answered."""
        message, payload = (topic, number), f"{number} {text}"
        wanted = f"{text} at {topic}"
        self.stage.values |= {
            "topic": frame(topic),
            "payload": frame(payload),
            "wanted": frame(wanted),
        }
        words = f"{frame(payload)} came on the topic {frame(topic)}"
        if message in self.heard:
            words += " once more"
        rung = await self._published(words, topic, payload)
        answers = [_said(event) for event in rung]
        self.stage.values["got"] = " and ".join(map(frame, answers))
        if message in self.heard:
            later = message != self.last
            self.stage.require(not answers, "later" if later else "both")
        else:
            self._look_answered(message, text, answers, wanted)
            bell = rung[0].get("topic")
            self.stage.require(bell == "bell", "elsewhere", to=frame(bell))
        self.heard[message] = text
        self.last = message

    async def _published(
        self, words: str, topic: str, payload: str
    ) -> list[Message]:
        """Hand a message over; return what is published then."""
        before = len(self.broker.sent)
        event = {"topic": topic, "payload": payload.encode()}
        await self.stage.tell(
            words, self.broker, "receive", **event, qos=1, retain=False
        )
        sent = self.broker.sent[before:]
        return [event for event in sent if event["type"] == "mqtt.publish"]

    def _look_answered(
        self,
        message: tuple[str, int],
        text: str,
        answers: list[str],
        wanted: str,
    ) -> None:
        """Require an answer to what is new."""
        topic, number = message
        require, known = self.stage.require, self.heard
        same = [t for t, n in known if n == number and t != topic]
        higher = [n for t, n in known if t == topic and n > number]
        if not answers:
            require(not same, "other sensor", other=frame("".join(same[:1])))
            glued = [t for t, n in known if f"{t}{n}" == f"{topic}{number}"]
            require(not glued, "glued", other=frame("".join(glued[:1])))
            require(text not in known.values(), "same text", text=frame(text))
            require(not higher, "a smaller number")
        require(answers, "not answered")
        require(answers[0] == wanted, "other")
        require(len(answers) == 1, "twice")


def _said(event: Message) -> str:
    payload = event.get("payload", b"")
    return payload.decode() if isinstance(payload, bytes) else str(payload)


_STUB = """\
class Alarms(AsyncConsumer):
    async def mqtt_connect(self, event):
        topic = {"topic": "alarm/#", "qos": 1}
        await self.send({"type": "mqtt.subscribe", **topic})

    async def mqtt_receive(self, event):
        number, text = event["payload"].decode().split(" ", 1)
        answer = {"topic": "bell", "payload": f"{text} at {event['topic']}"}
        await self.send({"type": "mqtt.publish", **answer})

    async def mqtt_disconnect(self, event):
        raise StopConsumer
"""
_BEGIN = "    async def mqtt_connect(self, event):\n"
_ANSWER = '        answer = {"topic"'


def _remembering(key: str) -> str:
    """Return an answer that knows a message by a key."""
    return edit(
        _STUB,
        _BEGIN,
        f"{_BEGIN}        self.seen = set()\n",
        _ANSWER,
        f"        if {key} in self.seen:\n            return\n"
        f"        self.seen.add({key})\n{_ANSWER}",
    )


_KEY = '(event["topic"], number)'
_SOLUTION = _remembering(_KEY)

EXERCISE = Exercise(
    number="14.3",
    name="Alarms",
    play=play,
    texts={
        "solved": Text(
            headline="what comes twice rings the bell once.",
            should="Who gets no ack sends again. Whoever must not do a thing"
            " twice remembers what was done: by sender and number.",
        ),
        "untouched": Text(
            headline="a repeat rings the bell again.",
            did="`7 smoke` came twice on the topic `alarm/kitchen`: the same"
            " number, so the same message.",
            should="The second one is not answered. What has another number, or"
            " comes from another topic, is answered.",
            first="think of what tells a repeat from a second alarm with the"
            " same words.",
        ),
        "both": Text(
            headline="a message and its repeat were both answered.",
            did="$payload came again on the topic $topic at once, and the"
            " answer was $got.",
            should="A repeat has the same topic and the same number. It is not"
            " answered again.",
            next="keep the numbers that came in a set on `self`, made in"
            " `mqtt_connect`.",
            why="M47",
        ),
        "later": Text(
            headline="a repeat that came later was answered again.",
            did="$payload came again on the topic $topic, after others. The"
            " answer was $got.",
            should="A repeat may come at any time: it is not answered.",
            next="remember all that came, not only the last.",
        ),
        "same text": Text(
            headline="a second alarm with the same words was not answered.",
            did="$payload came on the topic $topic. The number is a new one,"
            " and nothing was answered.",
            should="It is another message, and the answer is $wanted.",
            next="know a message by its number, not by its words.",
        ),
        "other sensor": Text(
            headline="two sensors have the same number, and one of them was not"
            " answered.",
            did="$payload came on the topic $topic, and nothing was answered."
            " The number had come before, on the topic $other.",
            should="Each sensor counts for itself. The answer is $wanted.",
            next="remember the topic together with the number.",
        ),
        "glued": Text(
            headline="two messages were taken for one, and one of them was not"
            " answered.",
            did="$payload came on the topic $topic, and nothing was answered."
            " Written together, its topic and its number read as those of a"
            " message on the topic $other do.",
            should="It is another message, and the answer is $wanted.",
            next="remember topic and number as a pair, not as one text.",
        ),
        "a smaller number": Text(
            headline="a message with a smaller number was not answered.",
            did="$payload came on the topic $topic after one with a higher"
            " number. Nothing was answered.",
            should="This number was not there before, so it is new. The answer"
            " is $wanted.",
            next="remember each number, not only the highest.",
        ),
        "not answered": Text(
            headline="an alarm was not answered.",
            did="$payload came on the topic $topic for the first time.",
            should="The answer is $wanted, on the topic `bell`.",
            missing="mqtt.publish",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="$payload came on the topic $topic. The answer was $got.",
            should="The answer is $wanted, as in the cell that you began with.",
        ),
        "elsewhere": Text(
            headline="the answer went to another topic.",
            did="$payload came on the topic $topic. The answer was published"
            " on the topic $to.",
            should="It is published on the topic `bell`, as in the cell that"
            " you began with.",
        ),
        "twice": Text(
            headline="one message was answered twice.",
            did="$payload came on the topic $topic. The answers were $got.",
            should="Each message is answered once: $wanted.",
        ),
        "not on self": Text(
            headline="your code does not find what it remembers.",
            did="$application raised $error: $text",
            should="What one call keeps for the next stands on `self`, from the"
            " connection's beginning on.",
            next="begin with an empty set on `self`, in `mqtt_connect`.",
        ),
    },
    hints=(
        "Two sensors count for themselves, and both have a number 7. What makes"
        " a message this message and no other?",
        "Keep a set on `self`. What is in it already is not answered.",
        'What goes into the set is `(event["topic"], number)`.',
    ),
    stub=_STUB,
    solution=_SOLUTION,
    second="""\
class Alarms(SyncConsumer):
    def mqtt_connect(self, event):
        self.rung = {}
        self.send({"type": "mqtt.subscribe", "topic": "alarm/#", "qos": 1})

    def mqtt_receive(self, event):
        topic, payload = event["topic"], event["payload"].decode()
        number, _, text = payload.partition(" ")
        numbers = self.rung.setdefault(topic, [])
        if number not in numbers:
            numbers.append(number)
            bell = {"topic": "bell", "payload": f"{text} at {topic}".encode()}
            self.send({"type": "mqtt.publish", **bell})

    def mqtt_disconnect(self, event):
        raise StopConsumer
""",
    wrong={
        "both": edit(
            _STUB,
            _ANSWER,
            f"        seen = set()\n        if {_KEY} in seen:\n"
            f"            return\n        seen.add({_KEY})\n{_ANSWER}",
        ),
        "later": edit(
            _STUB,
            _BEGIN,
            f"{_BEGIN}        self.last = None\n",
            _ANSWER,
            f"        if {_KEY} == self.last:\n            return\n"
            f"        self.last = {_KEY}\n{_ANSWER}",
        ),
        "same text": _remembering("text"),
        "other sensor": _remembering("number"),
        "glued": _remembering('event["topic"] + number'),
        "elsewhere": edit(
            _SOLUTION, '"topic": "bell"', '"topic": event["topic"]'
        ),
        "a smaller number": edit(
            _STUB,
            _BEGIN,
            f"{_BEGIN}        self.highest = {{}}\n",
            _ANSWER,
            '        if int(number) <= self.highest.get(event["topic"], 0):\n'
            "            return\n"
            '        self.highest[event["topic"]] = int(number)\n' + _ANSWER,
        ),
        "not on self": edit(_SOLUTION, "self.seen = set()", "seen = set()"),
        "other": edit(_SOLUTION, "{text} at", "{number} {text} at"),
        "not answered": edit(_SOLUTION, f"if {_KEY} in", f"if {_KEY} not in"),
    },
)
