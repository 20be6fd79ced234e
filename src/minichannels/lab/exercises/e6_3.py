"""6.3: a message that every layer can carry."""

from datetime import datetime
from typing import Any

from minichannels.exceptions import UnserializableError
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.raised import Raised

WHEN = datetime(2031, 5, 17, 9, 30)
_KNOWN = {
    Raised(UnserializableError): "not carried",
    "'datetime'": "no datetime",
}


async def play(stage: Stage, remind: Any) -> None:
    """Send a reminder, and read it where it arrives."""
    words = 'await remind(layer, "ada", "tea", a_datetime)'
    with stage.meaning(_KNOWN):
        await stage.call(words, remind, stage.layer, "ada", "tea", WHEN)
    sent = stage.of("channel_send")
    stage.require(sent, "not sent")
    message = dict(sent[-1].payload)
    stage.require(sent[-1].type == "reminder", "no type", sent[-1])
    stage.require("when" in message, "no time", sent[-1])
    stage.require(message.get("text") == "tea", "no text", sent[-1])
    when = message["when"]
    kind = type(when).__name__
    stage.require(isinstance(when, str), "a number", sent[-1], kind=kind)
    stage.require(_read(str(when)) == WHEN, "not the same", got=str(when))


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


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
            should="The time travels as a text: `2031-05-17T09:30:00`.",
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
            should="One `await layer.send(channel, …)`.",
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
            " is `tea`.",
        ),
        "a number": Text(
            headline="the time is no text.",
            did="The type of what is under `when` is `$kind`: its reader has"
            " to guess what it means.",
            should="The time travels as a text: `2031-05-17T09:30:00`.",
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
            " day and time: `2031-05-17T09:30:00`.",
            next="use `when.isoformat()`.",
        ),
    },
    hints=(
        "Run the cell: which value does the layer complain about?",
        "A datetime has methods that write it as a text.",
        '`"when": when.isoformat()`',
    ),
    stub="""\
async def remind(layer, channel, text, when):
    # when is a datetime. Its reader will call datetime.fromisoformat.
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
        "forgotten": edit(_RIGHT, "await ", ""),
    },
)
