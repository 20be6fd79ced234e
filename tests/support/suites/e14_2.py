"""14.2: a group for each topic, though a topic is no name for a group."""

from support.suites.e7_1 import edited

_READINGS = """\
class Readings(AsyncConsumer):
    async def mqtt_connect(self, event):
        await self.send({"type": "mqtt.subscribe", "topic": "#"})

    async def mqtt_receive(self, event):
        topic = event["topic"]
        group = topic.encode().hex()
        message = {"type": "reading", "text": event["payload"].decode()}
        await self.channel_layer.group_send(group, message)

    async def mqtt_disconnect(self, event):
        raise StopConsumer
"""


def _as(expression: str) -> str:
    return edited(_READINGS, "topic.encode().hex()", expression)


RIGHT = (
    _as('topic.replace("_", "__").replace("/", "_-")'),
    _as('"".join(f"{ord(sign):02x}" for sign in topic)'),
    "import base64\n\n\n"
    + _as('base64.b32encode(topic.encode()).decode().strip("=")'),
    "import zlib, hashlib\n\n\n"
    + _as('f"t-{hashlib.blake2b(topic.encode()).hexdigest()[:40]}"'),
    "import uuid\n\n\n" + _as("uuid.uuid5(uuid.NAMESPACE_URL, topic).hex"),
    """\
import re


def group_of(topic):
    return re.sub("[_/]", lambda found: {"_": "__", "/": "_."}[found[0]], topic)


async def Readings(scope, receive, send):
    layer = get_channel_layer()
    await receive()
    await send({"type": "mqtt.subscribe", "topic": "#"})
    while (event := await receive())["type"] == "mqtt.receive":
        message = {"type": "reading", "text": event["payload"].decode()}
        await layer.group_send(group_of(event["topic"]), message)
""",
    "from hashlib import sha1 as hash\n\n\n"
    + _as("hash(topic.encode()).hexdigest()"),
    _as('topic.translate({ord("_"): "_u", ord("/"): "_s"})'),
)

CHEATS = {
    "collide": (
        _as('topic.replace("/", "_")'),
        _as('topic.replace("/", ".")'),
        _as('topic.replace("/", "")'),
        _as('topic.replace("/", "--")'),
        _as('topic.replace("/", "__")'),
        _as('topic.replace("/", "..")'),
        _as('topic.replace("/", "_slash_")'),
        _as('".".join(sorted(topic.split("/"))).strip(".") + "."'),
        _as('"".join(sign for sign in topic if sign.isalnum())'),
        _as('topic.replace("_", "__").replace("/", "_")'),
        "from urllib.parse import quote\n\n\n"
        + _as('quote(topic, safe="").replace("%", "_")'),
    ),
    "part": (
        _as('topic.rpartition("/")[2] or "none"'),
        _as('topic.partition("/")[0] or "none"'),
    ),
    "alike": (
        _as('"readings"'),
        _as("topic.lower().encode().hex()"),
        _as('topic.strip("/").encode().hex()'),
        _as("str(len(topic))"),
        _as("topic.encode().hex()[:20]"),
        _as('".".join(f"{ord(sign):x}" for sign in topic)[:99]'),
        _as("topic.encode().hex()[-20:]"),
        _as('topic.replace("-", "--").replace("/", "-")'),
        _as('topic.replace(".", "-").replace("/", "-.")'),
    ),
    "no name": (
        "from urllib.parse import quote\n\n\n" + _as('quote(topic, safe="")'),
        _as('topic.strip("/")'),
        _as("topic.encode().hex().upper() * 2"),
        _as('"-".join(f"{ord(sign):05d}" for sign in topic)'),
        _as('topic.replace("/", " ")'),
    ),
    "changes": (
        "import itertools\n\nnumbers = itertools.count()\n\n\n"
        + _as('f"group-{next(numbers)}"'),
        _as('topic.encode().hex() + self.channel_name[-6:].replace("!", "-")'),
        edited(
            _READINGS,
            "        await self.send",
            "        self.n = 0\n        await self.send",
            "        group =",
            "        self.n += 1\n        group =",
            "topic.encode().hex()",
            'f"{topic.encode().hex()}.{self.n}"',
        ),
    ),
    "of this process": (
        _as("str(hash(topic)).replace('-', 'm')"),
        _as('f"{hash(topic) % 2**60:x}"'),
    ),
    "not sent": (
        edited(
            _READINGS,
            "        message =",
            '        if "/" in topic:\n            return\n        message =',
        ),
    ),
    "twice": (
        edited(
            _READINGS,
            "(group, message)",
            "(group, message)\n"
            '        await self.channel_layer.group_send("all", message)',
        ),
    ),
    "another text": (edited(_READINGS, ".decode()}", '.decode() + " °C"}'),),
    "another type": (edited(_READINGS, '"reading"', '"a.reading"'),),
}
