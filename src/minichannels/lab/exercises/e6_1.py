"""6.1: a note for one desk, by the name of its channel."""

from minichannels.exceptions import (
    ArgumentTypeError,
    NoHandlerError,
    NoTypeError,
)
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.raised import Raised


async def play(stage: Stage) -> None:
    """Let bob send ada a note, with eve in the room; then eve one."""
    ada = await stage.connect("/desk/ada/", "ada")
    bob = await stage.connect("/desk/bob/", "bob")
    eve = await stage.connect("/desk/eve/", "eve")
    with stage.meaning(_KNOWN):
        await stage.send(bob, "ada: tea is ready")
    sends = stage.of("channel_send") + stage.of("group_send")
    stage.require(sends or not bob.heard, "told bob")
    stage.require(sends or not ada.heard, "past the layer")
    stage.require(sends, "not sent")
    stage.require(not eve.heard, "eve too", *sends[-1:])
    stage.require(not bob.heard, "to myself", sends[-1])
    stage.require(stage.of("deliver", client="ada"), "nobody reads", sends[-1])
    stage.require(ada.heard, "silent")
    stage.require(ada.heard == ["tea is ready"], "other", got=ada.heard[0])
    await stage.send(bob, "eve: cake")
    sends = stage.of("channel_send") + stage.of("group_send")
    stage.require(eve.heard == ["cake"], "always ada", *sends[-1:])


_KNOWN = {
    Raised(NoHandlerError): "not handled",
    Raised(NoTypeError): "no type",
    Raised(ArgumentTypeError, argument="text_data"): "a dict",
}

_DESK = """\
where = {}  # who has which channel


class Desk(AsyncWebsocketConsumer):
    async def connect(self):
        name = self.scope["url_route"]["kwargs"]["name"]
        where[name] = self.channel_name
        await self.accept()

    async def receive(self, text_data):
        name, words = text_data.split(": ")
"""
_NOTE = """
    async def note(self, event):
        await self.send(text_data=event["text"])
"""

_SOLUTION = (
    _DESK
    + """\
        await self.channel_layer.send(
            where[name], {"type": "note", "text": words}
        )
"""
    + _NOTE
)


def _wrote(line: str) -> str:
    return f"{_DESK}        {line}\n{_NOTE}"


EXERCISE = Exercise(
    number="6.1",
    name="Desk",
    route="desk/<name>/",
    play=play,
    texts={
        "solved": Text(
            headline="one message, one mailbox.",
            should="Whoever knows the name of a channel can send to it, and"
            " exactly one consumer reads it.",
        ),
        "untouched": Text(
            headline="a note is taken apart, and goes nowhere yet.",
            should="bob's note for ada goes to the channel of her desk, and"
            " ada receives `tea is ready`.",
            first="find two things in this cell: where the names of the"
            " channels stand, and what the message looks like.",
        ),
        "not sent": Text(
            headline="bob's note went nowhere.",
            should="One message to the channel of ada's desk; its name stands"
            " in `where`.",
            next='`await self.channel_layer.send(where[name], {"type": "note",'
            ' "text": words})`',
            missing="channel_layer.send",
        ),
        "told bob": Text(
            headline="something went to bob, and nothing to ada.",
            should="The note goes to ada's consumer, by way of the channel"
            " layer.",
            next="use `self.channel_layer.send(…)` instead of `self.send(…)`.",
            missing="channel_layer.send",
            why="M13",
        ),
        "a dict": Text(
            headline="`self.send` takes a text for its own client.",
            did="$application raised $error: $text",
            should="A dict with a type is a message for another consumer. It"
            " goes through the channel layer, to ada's channel.",
            next="`await self.channel_layer.send(where[name], …)`",
        ),
        "past the layer": Text(
            headline="the note went past the channel layer.",
            did="It called `send` of ada's consumer itself.",
            should="That works only while both consumers are in one process."
            " With the name of her channel, a note finds her from everywhere.",
            next="keep `self.channel_name` in `where`, and send to"
            " `where[name]` with `self.channel_layer.send(…)`.",
            missing="channel_layer.send",
        ),
        "no type": Text(
            headline="the message has no type.",
            did="$application raised $error: $text",
            should='The message is `{"type": "note", "text": words}`. Its type'
            " names the method that handles it: `note`.",
            next='add `"type": "note"` to the message.',
        ),
        "always ada": Text(
            headline="the note for eve did not reach her.",
            should="A note goes to the desk that it names: this one to the"
            " channel of eve's desk.",
            next='send to `where[name]`, not to a fixed desk such as "ada".',
        ),
        "to myself": Text(
            headline="bob's consumer sent the note to itself.",
            should="`self.channel_name` is the mailbox of bob's own consumer."
            " The note goes to that of ada's.",
            next="send to `where[name]`.",
        ),
        "eve too": Text(
            headline="eve read a note that was for ada.",
            should="A note for ada goes into one mailbox: hers.",
            next="send to `where[name]` alone, not to all, and not to a group.",
        ),
        "nobody reads": Text(
            headline="the note lies in a mailbox that nobody reads.",
            did="No consumer has a channel of that name.",
            should="`ada` is the name of a desk. Her channel has another one:"
            " it stands in `where`.",
            next="send to `where[name]`.",
            why="M14",
        ),
        "not handled": Text(
            headline="the note came to a consumer that has no handler for it.",
            did="$application raised $error: $text",
            should='The message has the type `note`: `{"type": "note", "text":'
            " words}`.",
            next="compare the type that you send with the name of the method.",
            why="M12",
        ),
        "silent": Text(
            headline="the note reached ada's consumer, but not ada.",
            should="Its handler `note` sends the text to its client.",
            missing="websocket.send",
            whose="ada",
        ),
        "other": Text(
            headline="ada read something else.",
            did="ada received `$got`.",
            should="ada receives `tea is ready`.",
        ),
    },
    hints=(
        "You need two things: the name of a channel, and a message for it.",
        "`where[name]` is the channel. The message is a dict whose type names"
        " the handler: `note`.",
        '`await self.channel_layer.send(where[name], {"type": "note", "text":'
        " words})`",
    ),
    stub=_DESK
    + """\
        # Send {"type": "note", "text": words} to the channel of that desk.
"""
    + _NOTE,
    solution=_SOLUTION,
    second="""\
desks = {}


class Desk(WebsocketConsumer):
    def connect(self):
        desks[self.scope["url_route"]["kwargs"]["name"]] = self
        self.accept()

    def receive(self, text_data):
        name, _, words = text_data.partition(": ")
        channel = desks[name].channel_name
        send = async_to_sync(self.channel_layer.send)
        send(channel, {"type": "desk.note", "words": words})

    def desk_note(self, event):
        self.send(event["words"])
""",
    wrong={
        "told bob": _wrote("await self.send(text_data=words)"),
        "to myself": edit(_SOLUTION, "where[name], {", "self.channel_name, {"),
        "nobody reads": _wrote(
            "await self.channel_layer.send(name, "
            '{"type": "note", "text": words})'
        ),
        "eve too": _DESK
        + """\
        for channel in where.values():
            await self.channel_layer.send(
                channel, {"type": "note", "text": words}
            )
"""
        + _NOTE,
        "not handled": edit(_SOLUTION, '"type": "note"', '"type": "text"'),
        "other layer": "layer = get_channel_layer()\n"
        + _wrote(
            'await layer.send(where[name], {"type": "note", "text": words})'
        ),
        "a dict": _wrote('await self.send({"type": "note", "text": words})'),
        "past the layer": edit(
            _wrote("await where[name].send(text_data=words)"),
            "= self.channel_name",
            "= self",
        ),
        "no type": _wrote(
            'await self.channel_layer.send(where[name], {"text": words})'
        ),
        "always ada": edit(_SOLUTION, "where[name], {", 'where["ada"], {'),
        "forgotten": _wrote(
            "self.channel_layer.send(where[name], "
            '{"type": "note", "text": words})'
        ),
    },
)
