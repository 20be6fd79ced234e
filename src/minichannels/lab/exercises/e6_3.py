"""6.3: a message that every layer can carry."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from minichannels.exceptions import UnserializableError
from minichannels.lab.checking.stage.draw import SENTENCES, Draw
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

_KNOWN = {
    Raised(UnserializableError): "not carried",
    "name 'datetime' is not defined": "no datetime",
    "is not JSON serializable": "no JSON",
}
_WORDS = (" {A} {b} ", *SENTENCES[1:3], "")


async def play(stage: Stage, remind: Any) -> None:
    """Send two reminders, and read each where it arrives."""
    draw = stage.draw
    for example, when in zip(("tea", "cake"), _times(draw), strict=True):
        channel, text = draw.name("ada"), draw.text(example, *_WORDS)
        stage.values |= {"channel": channel, "text": frame(text)}
        stage.values["when"] = when.isoformat()
        words = f'await remind(layer, "{channel}", {text!r}, {when!r})'
        with stage.meaning(_KNOWN):
            await stage.call(words, remind, stage.layer, channel, text, when)
        await _require_arrived(stage, channel, text, when)


def _times(draw: Draw) -> tuple[datetime, datetime]:
    """Return the example's times, or two with all that a time may have."""
    day = datetime(2031, draw.number(5, 1, 12), draw.number(17, 1, 28))
    time = day.replace(hour=draw.number(9, 1, 23), minute=30)
    exact = time.replace(second=40, microsecond=draw.number(0, 1, 998) * 1001)
    away = timedelta(hours=draw.number(0, 1, 9), minutes=30)
    east, west = timezone(away), timezone(-away)
    return draw.one(
        (time, day.replace(hour=18)),
        (exact, day.replace(tzinfo=east)),
        (exact.replace(tzinfo=UTC), exact.replace(tzinfo=west)),
        (exact.replace(tzinfo=west), day),
    )


async def _require_arrived(
    stage: Stage, channel: str, text: str, when: datetime
) -> None:
    """Require that a reminder lies in its mailbox, and read it."""
    tried = stage.lately("channel_send")
    stage.require(tried, "not sent")
    stage.require(tried[-1].status != "refused", "hidden", tried[-1])
    sent = [event for event in tried if event.status != "refused"]
    there = sent[-1].member
    stage.require(there == channel, "another mailbox", sent[-1], got=there)
    stage.require(len(sent) == 1, "twice", sent[-1], number=len(sent))
    # Not from the journal, which keeps a date as its text.
    message = await stage.layer.receive(channel)
    stage.require(message["type"] == "reminder", "no type", sent[-1])
    stage.require("when" in message, "no time", sent[-1])
    stage.require(message.get("text") == text, "no text", sent[-1])
    kind = type(message["when"]).__name__
    stage.require(kind == "str", "a number", sent[-1], kind=kind)
    _require_same(stage, message["when"], when)


def _require_same(stage: Stage, text: str, when: datetime) -> None:
    """Require that a reader of a text gets the same time."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        stage.miss("not the same", got=text)
    same_zone = read.utcoffset() == when.utcoffset()
    stage.require(same_zone, "another zone", got=text)
    near = timedelta(0) < when - read < timedelta(minutes=1)
    stage.require(not near, "less exact", got=text)
    stage.require(read == when, "not the same", got=text)


_RIGHT = """\
async def remind(layer, channel, text, when):
    message = {"type": "reminder", "text": text, "when": when.isoformat()}
    await layer.send(channel, message)
"""

EXERCISE = Exercise(
    number="6.3",
    name="remind",
    asks="function",
    play=play,
    texts={
        "solved": Text(
            headline="a text that everybody can read again.",
            should="What may be in a message is what can be written down:"
            " texts, numbers, bytes, lists, dicts. The reader makes a datetime"
            " of it again, with `datetime.fromisoformat`.",
        ),
        "untouched": Text(
            headline="the layer does not carry a datetime.",
            did="Then `layer.send` raised $error: $text",
            should="The time travels as a text: `2031-05-17T09:30:00`.",
            first="find the one part of the message that is no text yet.",
        ),
        "not carried": Text(
            headline="the layer does not carry such a message.",
            did="It raised $error: $text",
            should="The time travels as a text: `$when`.",
            next='put a text into the message: `"when": when.isoformat()`. (The'
            " method returns it; `when` itself stays a datetime.)",
            why="M16",
        ),
        "no datetime": Text(
            headline="the name `datetime` is not known in this notebook.",
            did="It raised $error: $text",
            should="Nothing has to be imported: `when` is a datetime, and has"
            " the methods itself.",
            next="`when.isoformat()`",
        ),
        "not sent": Text(
            headline="nothing was sent.",
            should="One message goes to the channel.",
            next="`await layer.send(channel, message)`",
            missing="channel_layer.send",
        ),
        "no type": Text(
            headline="the message has another type.",
            should="The type is `reminder`: it names the handler of whoever"
            " reads it.",
        ),
        "no text": Text(
            headline="the message has another text.",
            should='The text itself, and nothing else: `"text": text`. Here it'
            " is $text.",
        ),
        "no JSON": Text(
            headline="JSON knows no datetime, either.",
            did="It raised $error: $text",
            should="The time travels as a text: `$when`.",
            next="a datetime has a method that makes a text of it:"
            " `when.isoformat()`.",
        ),
        "a number": Text(
            headline="the time is no text.",
            did="The type of what is under `when` is `$kind`: its reader has"
            " to guess what it means.",
            should="The time travels as a text: `$when`.",
            next="use `when.isoformat()`.",
        ),
        "no time": Text(
            headline="the message has no key `when`.",
            should="The message has three keys: `type`, `text`, and `when` with"
            " the time as a text.",
        ),
        "not the same": Text(
            headline="the reader cannot get the same time back.",
            did="The message carries `$got`.",
            should='`datetime.fromisoformat(message["when"])` gives the same'
            " time: `$when`.",
            next="use `when.isoformat()`.",
        ),
        "less exact": Text(
            headline="a part of the time is lost on the way.",
            did="The message carries `$got`.",
            should="The reader gets the time to the microsecond: `$when`.",
            next="leave nothing out: `when.isoformat()` has all of it.",
        ),
        "another zone": Text(
            headline="the zone of the time has changed on the way.",
            did="The message carries `$got`.",
            should="The reader gets the time with its zone, or without one if"
            " it has none: `$when`.",
            next="leave the zone as it is: `when.isoformat()` has it.",
        ),
        "hidden": Text(
            headline="the layer refused the message, and your code hid that.",
            did="The error that the layer raised was caught.",
            should="The message is one that the layer takes: its time is a"
            " text, `$when`.",
            next="take out `try` and `except`, and read the error.",
        ),
        "another mailbox": Text(
            headline="the reminder went into another mailbox.",
            did="It sent to `$got`.",
            should="It goes to the channel that the function is given:"
            " `$channel`.",
        ),
        "twice": Text(
            headline="there is more than one reminder.",
            did="It sent `$number` messages.",
            should="Each call sends one message to the channel.",
        ),
    },
    hints=(
        "Run the cell: which value does the layer complain about?",
        "A datetime has methods that write it as a text.",
        '`"when": when.isoformat()`',
    ),
    stub="""\
async def remind(layer, channel, text, when):
    # when is a datetime. Its reader will call datetime.fromisoformat, and
    # gets the same time: to the microsecond, with its zone (if it has one).
    await layer.send(channel, {"type": "reminder", "text": text, "when": when})
""",
    solution="""\
async def remind(layer, channel, text, when):
    await layer.send(
        channel, {"type": "reminder", "text": text, "when": when.isoformat()}
    )
""",
    second="""\
async def remind(layer, channel, text, when):
    message = dict(type="reminder", text=text, when=str(when))
    await layer.send(channel, message)
""",
    wrong={
        "not carried": edit(_RIGHT, "when.isoformat()", "(when,)"),
        "no JSON": edit(_RIGHT, "when.isoformat()", "json.dumps(when)"),
        "a number": edit(_RIGHT, "isoformat", "timestamp"),
        "not the same": edit(_RIGHT, "when.isoformat()", 'f"{when:%H:%M}"'),
        "no datetime": """\
async def remind(layer, channel, text, when):
    message = {"type": "reminder", "text": text}
    message["when"] = datetime.isoformat(when)
    await layer.send(channel, message)
""",
        "no time": """\
async def remind(layer, channel, text, when):
    words = f"{text} at {when.isoformat()}"
    await layer.send(channel, {"type": "reminder", "text": words})
""",
        "less exact": edit(
            _RIGHT, "isoformat()", 'strftime("%Y-%m-%d %H:%M:%S")'
        ),
        "another zone": edit(_RIGHT, "isoformat()", "astimezone().isoformat()"),
        "hidden": edit(
            _RIGHT,
            "when.isoformat()",
            "when",
            "    await layer.send(channel, message)\n",
            """\
    try:
        await layer.send(channel, message)
    except Exception:
        pass
""",
        ),
        "forgotten": edit(_RIGHT, "await ", ""),
    },
)
