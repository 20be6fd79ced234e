"""14.3: a message that is heard twice is answered once."""

from support.suites.e7_1 import edited

_ALARMS = """\
class Alarms(AsyncConsumer):
    async def mqtt_connect(self, event):
        self.seen = []
        topic = {"topic": "alarm/#", "qos": 1}
        await self.send({"type": "mqtt.subscribe", **topic})

    async def mqtt_receive(self, event):
        number, text = event["payload"].decode().split(" ", 1)
        topic = event["topic"]
        key = (topic, number)
        if key in self.seen:
            return
        self.seen.append(key)
        answer = {"topic": "bell", "payload": f"{text} at {topic}"}
        await self.send({"type": "mqtt.publish", **answer})

    async def mqtt_disconnect(self, event):
        raise StopConsumer
"""


def _with(*pieces: str) -> str:
    return edited(_ALARMS, *pieces)


def _by(key: str) -> str:
    return _with("key = (topic, number)", f"key = {key}")


RIGHT = (
    _by('topic + " " + number'),
    _by('(topic, event["payload"])'),
    _by("hash((topic, int(number)))"),
    """\
async def Alarms(scope, receive, send):
    await receive()
    await send({"type": "mqtt.subscribe", "topic": "alarm/#", "qos": 1})
    rung = set()
    while (event := await receive())["type"] == "mqtt.receive":
        number, _, text = event["payload"].partition(b" ")
        before = len(rung)
        rung.add((event["topic"], number))
        if len(rung) > before:
            payload = f"{text.decode()} at {event['topic']}"
            answer = {"topic": "bell", "payload": payload}
            await send({"type": "mqtt.publish", **answer})
""",
    """\
from collections import Counter


class Alarms(AsyncConsumer):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.times = Counter()

    async def mqtt_connect(self, event):
        topic = {"topic": "alarm/#", "qos": 1}
        await self.send({"type": "mqtt.subscribe", **topic})

    async def mqtt_receive(self, event):
        message = event["topic"], event["payload"]
        self.times[message] += 1
        if self.times[message] == 1:
            await self.ring(*message)

    async def ring(self, topic, payload):
        text = payload.decode().split(" ", 1)[1]
        bell = {"type": "mqtt.publish", "topic": "bell"}
        await self.send({**bell, "payload": f"{text} at {topic}"})

    async def mqtt_disconnect(self, event):
        raise StopConsumer
""",
    """\
def once(ring):
    done = {}

    def answered(topic, payload):
        number, text = payload.split(" ", 1)
        if done.setdefault(topic, set()) >= {number}:
            return None
        done[topic] |= {number}
        return ring(topic, text)

    return answered


class Alarms(SyncConsumer):
    def mqtt_connect(self, event):
        self.ring = once(lambda topic, text: f"{text} at {topic}")
        self.send({"type": "mqtt.subscribe", "topic": "alarm/#", "qos": 1})

    def mqtt_receive(self, event):
        words = self.ring(event["topic"], event["payload"].decode())
        if words:
            bell = {"topic": "bell", "payload": words}
            self.send({"type": "mqtt.publish", **bell})

    def mqtt_disconnect(self, event):
        raise StopConsumer
""",
)

CHEATS = {
    "both": (
        _by("object()"),
        _by("id(event)"),
        _by("len(self.seen)"),
        _with("        self.seen.append(key)\n", ""),
    ),
    "later": (
        _with("self.seen.append(key)", "self.seen = [key]"),
        _with("if key in self.seen", "if key in self.seen[-1:]"),
        _with(
            "        self.seen.append",
            "        self.seen.clear()\n        self.seen.append",
        ),
    ),
    "same text": (
        _by("(topic, text)"),
        _by("text"),
        _by("topic"),
        _by('"once"'),
    ),
    "other sensor": (
        _by("number"),
        _by('(number, topic.partition("/")[0])'),
    ),
    "glued": (_by("topic + number"), _by('f"{topic}{number}"')),
    "elsewhere": (_with('"topic": "bell"', '"topic": "bells"'),),
    "a smaller number": (
        _with(
            "self.seen.append(key)",
            "self.seen += [key] * 1\n"
            "        if len(self.seen) > 3:\n            return",
        ),
        _with(
            "self.seen = []",
            "self.seen = {}",
            "if key in self.seen:",
            "if int(number) <= self.seen.get(topic, 0):",
            "self.seen.append(key)",
            "self.seen[topic] = int(number)",
        ),
    ),
    "not answered": (_by("(topic, number[:1])"),),
    "other": (
        _with("{text} at {topic}", "smoke at {topic}"),
        _with("{text} at {topic}", "{text} at alarm/kitchen"),
        _with("{text} at {topic}", "{text.lower()} at {topic}"),
        _with("{text} at {topic}", "{text.split()[0]} at {topic}"),
    ),
    "twice": (
        _with(
            '        await self.send({"type": "mqtt.publish", **answer})',
            "        for _ in range(2):\n"
            '            await self.send({"type": "mqtt.publish", **answer})',
        ),
    ),
}
