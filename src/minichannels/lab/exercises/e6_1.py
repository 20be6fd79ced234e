"""6.1: a note for one desk, by the name of its channel."""

from collections.abc import Sequence

from minichannels.exceptions import (
    ArgumentTypeError,
    NoHandlerError,
    NoTypeError,
)
from minichannels.flow import Event
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame
from minichannels.lab.exercises.payloads import holds

_DESKS = ("{a}", "{A} {B}", "{a}é")
_NOTES = (" {A} {b} ", "{a}: {b}", '"{A}"', "{a}é", "")


async def play(stage: Stage) -> None:
    """Let three write to each other; another one takes the place of one."""
    draw = stage.draw
    ada, bob = draw.text("ada", *_DESKS), draw.text("bob", *_DESKS)
    # One name may be nearly another one.
    bob = draw.one(bob, bob, ada.split()[0], bob)
    eve = draw.one("eve", f"{ada}n", ada.swapcase(), ada[:-1])
    desks = {"ada": ada, "bob": bob, "eve": eve}
    office = {
        name: await stage.connect(f"/desk/{desks[name]}/", name)
        for name in draw.order(list(desks))
    }
    await _note(stage, office, "bob", "ada", draw.text("tea is ready", *_NOTES))
    await _note(stage, office, "bob", "eve", draw.text("cake", *_NOTES))
    await _note(stage, office, "ada", "bob", draw.text("thanks", *_NOTES))
    await stage.close(office.pop("eve"))
    office["dora"] = await stage.connect(f"/desk/{eve}/", "dora")
    await _note(stage, office, "bob", "dora", draw.text("coffee", *_NOTES))
    await _two_notes(stage, office, draw.text("milk"), draw.text("sugar"))


async def _note(
    stage: Stage,
    office: dict[str, ScenarioClient],
    sender: str,
    reader: str,
    words: str,
) -> None:
    """Let one write to another, and look at who reads what."""
    before = {name: len(client.heard) for name, client in office.items()}
    desk = _desk(office[reader])
    stage.values |= {"desk": desk, "words": frame(words)}
    stage.values |= {"sender": sender, "reader": reader}
    with stage.meaning(_KNOWN):
        await stage.send(office[sender], f"{desk}: {words}")
    read = {n: c.heard[before[n] :] for n, c in office.items()}
    heard = [name for name, answers in read.items() if answers]
    sent = _require_sent(stage, heard)
    _require_read_by(stage, reader, heard, sent)
    got = " and ".join(map(frame, read[reader]))
    whole = read[reader] != [f"{desk}: {words}"]
    stage.require(whole, "whole note", got=got)
    stage.require(read[reader] == [words], "other", got=got)
    stage.require(holds(sent.payload, words), "a bell", sent)


def _desk(client: ScenarioClient) -> str:
    return str(client.scope["path"]).split("/")[2]


def _require_sent(stage: Stage, heard: Sequence[str]) -> Event:
    """Require that the layer took a message; return the last."""
    sends = stage.lately("channel_send") + stage.lately("group_send")
    sender = stage.values["sender"]
    stage.require(sends or sender not in heard, "told bob")
    stage.require(sends or not heard, "past the layer")
    stage.require(sends, "not sent")
    refused = all(event.status == "refused" for event in sends)
    stage.require(not refused, "hidden", sends[-1])
    return sends[-1]


def _require_read_by(
    stage: Stage, reader: str, heard: Sequence[str], sent: Event
) -> None:
    """Require that one client, and no other, heard of what was sent."""
    others = [name for name in heard if name != reader]
    key = "eve too" if reader in heard else "always ada"
    if others == [stage.values["sender"]] and reader not in heard:
        key = "to myself"
    stage.require(not others, key, sent, others=" and ".join(others))
    arrived = stage.lately("deliver", client=reader, status="delivered")
    stage.require(arrived or reader not in heard, "past the layer")
    empty = sent.kind == "group_send" and not sent.members
    stage.require(not empty, "an empty group", sent, group=frame(sent.group))
    stage.require(arrived, "nobody reads", sent)
    stage.require(reader in heard, "silent")


async def _two_notes(
    stage: Stage, office: dict[str, ScenarioClient], *words: str
) -> None:
    """Let two write to one at the same moment."""
    reader, writers = office["ada"], (office["bob"], office["dora"])
    before, desk = len(reader.heard), _desk(reader)
    notes = [f"{desk}: {said}" for said in words]
    await stage.send_at_once(*zip(writers, notes, strict=True))
    read = reader.heard[before:]
    got = " and ".join(map(frame, read)) or "nothing"
    right = sorted(map(str, read)) == sorted(words)
    stage.require(right, "crossed", got=got)


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
        name, _, words = text_data.partition(": ")
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
            headline="$sender's note went nowhere.",
            should="One message to the channel of the desk `$desk`; its name"
            " stands in `where`.",
            next='`await self.channel_layer.send(where[name], {"type": "note",'
            ' "text": words})`',
            missing="channel_layer.send",
        ),
        "told bob": Text(
            headline="something went to $sender, and nothing to $reader.",
            should="The note goes to $reader's consumer, by way of the channel"
            " layer.",
            next="use `self.channel_layer.send(…)` instead of `self.send(…)`.",
            missing="channel_layer.send",
            why="M13",
        ),
        "a dict": Text(
            headline="`self.send` takes a text for its own client.",
            did="$application raised $error: $text",
            should="A dict with a type is a message for another consumer. It"
            " goes through the channel layer, to $reader's channel.",
            next="`await self.channel_layer.send(where[name], …)`",
        ),
        "past the layer": Text(
            headline="the note went past the channel layer.",
            did="$reader got it without a message to $reader's channel.",
            should="That works only while both consumers are in one process."
            " With the name of the channel, a note gets there from everywhere.",
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
            headline="the note for $reader came to $others.",
            should="A note goes to the desk that it names, `$desk`, and to no"
            " other.",
            next="send to `where[name]`, whatever the name is.",
        ),
        "to myself": Text(
            headline="$sender's consumer sent the note to itself.",
            should="`self.channel_name` is the mailbox of $sender's own"
            " consumer. The note goes to that of $reader's.",
            next="send to `where[name]`.",
        ),
        "eve too": Text(
            headline="$others read a note that was for $reader.",
            should="A note for $reader goes into one mailbox, and nobody else"
            " reads it.",
            next="send to `where[name]` alone, not to all, and not to a group.",
        ),
        "an empty group": Text(
            headline="the note went to a group, and nobody is in it.",
            did="It sent to the group $group, which nobody has joined.",
            should="The note goes to one channel: that of `$desk`'s desk.",
            next="use the layer's `send`, with the channel that stands in"
            " `where[name]`.",
        ),
        "nobody reads": Text(
            headline="the note lies in a mailbox that nobody reads.",
            did="No consumer that is connected reads it.",
            should="`$desk` is the name of a desk. Its channel has another one:"
            " it stands in `where`.",
            next="send to `where[name]`.",
            why="M14",
        ),
        "crossed": Text(
            headline="it goes wrong when two write at the same moment.",
            did="ada received $got.",
            should="ada receives both notes. What is kept in a variable of all"
            " consumers changes while a message is on its way.",
            next="let the message carry the words, and keep nothing else.",
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
            headline="the note reached $reader's consumer, but not $reader.",
            should="Its handler `note` sends the text to its client.",
            missing="websocket.send",
            whose="$reader",
        ),
        "whole note": Text(
            headline="$reader read the name of the desk, too.",
            did="$reader received $got.",
            should="$reader receives $words: what stands behind the name of"
            " the desk.",
            next="put `words` into the message, in place of `text_data`: the"
            " cell has taken the name off already.",
        ),
        "other": Text(
            headline="$reader read something else.",
            did="$reader received $got.",
            should="$reader receives $words: all that stands behind the first"
            " `: `.",
            next="put `words` into the message, as it is: the cell has taken"
            " the name off already.",
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
        "an empty group": _wrote(
            "await self.channel_layer.group_send(name, "
            '{"type": "note", "text": words})'
        ),
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
        "whole note": edit(_SOLUTION, '"text": words', '"text": text_data'),
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
        "other": edit(
            _SOLUTION,
            'name, _, words = text_data.partition(": ")',
            'name, words, *_ = text_data.split(": ")',
        ),
        "forgotten": _wrote(
            "self.channel_layer.send(where[name], "
            '{"type": "note", "text": words})'
        ),
    },
)
