"""6.3: a time travels as a text."""

_REMIND = """\
async def remind(layer, channel, text, when):
    message = {"type": "reminder", "text": text, "when": …}
    await layer.send(channel, message)
"""


def _carrying(expression: str) -> str:
    return _REMIND.replace("…", expression)


RIGHT = (
    """\
async def remind(layer, channel, text, when):
    day = when.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    await layer.send(
        channel, {"type": "reminder", "text": text, "when": day}
    )
""",
    """\
def reminder(**values):
    return {"type": "reminder"} | values


async def remind(layer, channel, text, when):
    iso = f"{when.date()} {when.timetz()}"
    return await layer.send(channel, reminder(text=text, when=iso))
""",
    """\
from functools import partial


def remind(layer, channel, text, when):
    post = partial(layer.send, channel)
    return post({"when": f"{when}", "text": text, "type": "reminder"})
""",
    """\
class Reminder(dict):
    def __init__(self, text, when):
        super().__init__(type="reminder", text=text)
        self["when"] = when.isoformat(sep=" ", timespec="microseconds")


async def remind(layer, channel, text, when):
    await layer.send(channel, dict(Reminder(text, when)))
""",
    """\
async def remind(layer, channel, text, when):
    values = {"type": "reminder", "text": text, "when": when, "by": None}
    for key, value in values.items():
        if hasattr(value, "isoformat"):
            values[key] = value.isoformat()
    await asyncio.create_task(layer.send(channel, values))
""",
    """\
async def remind(layer, channel, text, when):
    message = {"type": "reminder", "text": text, "when": when}
    message = json.loads(json.dumps(message, default=str))
    await layer.send(channel, message)
""",
)

CHEATS = {
    "not carried": (
        _carrying("when").replace(
            "    message", "    when.isoformat()\n    message", 1
        ),
        _carrying("when").replace(
            "    message", "    iso = when.isoformat()\n    message", 1
        ),
    ),
    "not the same": (
        _carrying('"2031-05-17T09:30:00"'),
        _carrying("when.date().isoformat()"),
        _carrying("when.ctime()"),
        _carrying("repr(when)"),
        _carrying('f"{when.year}-{when.month}-{when.day}"'),
        """\
seen = {}


async def remind(layer, channel, text, when):
    iso = seen.setdefault("when", when.isoformat())
    message = {"type": "reminder", "text": text, "when": iso}
    await layer.send(channel, message)
""",
        _carrying("str(when.timestamp())"),
    ),
    "less exact": (
        _carrying('when.isoformat(timespec="minutes")'),
        _carrying('when.isoformat(timespec="milliseconds")'),
        _carrying("str(when).split('.')[0]"),
        _carrying("when.replace(microsecond=0).isoformat()"),
    ),
    "another zone": (
        _carrying('when.strftime("%Y-%m-%dT%H:%M:%S.%f")'),
        _carrying("when.replace(tzinfo=None).isoformat()"),
        _carrying('when.isoformat().split("+")[0]'),
        _carrying('f"{when:%Y-%m-%d %H:%M:%S.%f}+00:00"'),
        """\
from datetime import timezone


async def remind(layer, channel, text, when):
    if when.tzinfo:
        when = when.astimezone(timezone.utc)
    message = {"type": "reminder", "text": text, "when": when.isoformat()}
    await layer.send(channel, message)
""",
    ),
    "no text": (
        _carrying("when.isoformat()").replace(": text", ': "tea"'),
        _carrying("when.isoformat()").replace(": text", ": text.lower()"),
        _carrying("when.isoformat()").replace(": text", ": text.strip()"),
        _carrying("when.isoformat()").replace(": text", ": text.split()[0]"),
        """\
message = {"type": "reminder"}


async def remind(layer, channel, text, when):
    message.setdefault("text", text)
    message["when"] = when.isoformat()
    await layer.send(channel, message)
""",
    ),
    "another mailbox": (
        _carrying("when.isoformat()").replace("(channel", '("ada"'),
        _carrying("when.isoformat()").replace("(channel", "(channel.lower()"),
    ),
    "twice": (
        _carrying("when.isoformat()")
        + "    await layer.send(channel, message)\n",
    ),
    "hidden": (
        """\
async def remind(layer, channel, text, when):
    message = {"type": "reminder", "text": text, "when": when}
    await asyncio.gather(layer.send(channel, message), return_exceptions=True)
""",
    ),
    "not sent": (
        """\
reminded = set()


async def remind(layer, channel, text, when):
    if not reminded:
        reminded.add(text)
        message = {"type": "reminder", "text": text}
        message["when"] = when.isoformat()
        await layer.send(channel, message)
""",
    ),
}
