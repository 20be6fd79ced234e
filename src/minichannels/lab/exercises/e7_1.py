"""7.1: the source document's second chat, first half: everybody hears."""

from collections.abc import Sequence

from minichannels.exceptions import NoHandlerError, NoTypeError
from minichannels.lab.checking.stage.clients import Frame, parsed
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame
from minichannels.lab.exercises.chat import ROUTE, Chat, Heard
from minichannels.lab.exercises.chat_texts import CHAT_TEXTS
from minichannels.lab.exercises.payloads import holds

_KNOWN = {
    Raised(NoHandlerError): "not handled",
    Raised(NoTypeError): "no type",
    "KeyError": "wrong key",
}


async def play(stage: Stage) -> None:
    """Let people in two rooms speak, while some come and one goes."""
    chat = Chat(stage)
    await chat.open()
    await all_hear(chat, "ada", "hi")
    await all_hear(chat, "bob", "hello")
    await all_hear(chat, "eve", "soup")
    await chat.enter("carl", chat.lobby)
    await all_hear(chat, "ada", "welcome")
    await chat.leave("bob")
    await chat.enter("dora", chat.kitchen)  # at the port that bob had
    await all_hear(chat, "dora", "cake")
    await all_hear(chat, "carl", "tea")
    names = "ada", "carl", "eve"
    said = {name: stage.draw.text(f"{name}'s", "{a}") for name in names}
    await chat.cross(said, itself=True)


async def all_hear(chat: Chat, speaker: str, example: str) -> None:
    """Let one speak: everybody in the room hears it, and nobody else."""
    stage, words = chat.stage, chat.words(example)
    with stage.meaning(_KNOWN):
        heard = await chat.say(speaker, words)
    require_heard(chat, speaker, words, heard)


def require_heard(chat: Chat, speaker: str, words: str, heard: Heard) -> None:
    """Require that a room has heard what one of them said."""
    stage, sent = chat.stage, chat.require_sent(heard)
    members = chat.members(speaker)
    others = [name for name in heard if heard[name] and name not in members]
    stage.require(not others, "other room", sent, others=" and ".join(others))
    deaf = [name for name in members if not heard[name]]
    stage.require(deaf != members, "silent", sent)
    if deaf:
        chat.require_stayed(sent)
    stage.require(not deaf, "deaf", sent, deaf=" and ".join(deaf))
    for name in members:
        _require_once(stage, name, heard[name], words)
    chat.require_carried(heard, sent)
    stage.require(holds(sent.payload, words), "a bell", sent)


def _require_once(
    stage: Stage, name: str, heard: Sequence[Frame], words: str
) -> None:
    require_single(stage, name, heard, words)
    got, read = frame(heard[0]), parsed(heard[0])
    whole = '"type"' in str(heard[0])
    stage.require(not whole, "whole event", listener=name, got=got)
    right = isinstance(heard[0], str) and read == {"message": words}
    stage.require(right, "other", listener=name, got=got)


def require_single(
    stage: Stage, name: str, heard: Sequence[Frame], words: str
) -> None:
    """Require that a client has heard one message, and say of which more."""
    number, got = len(heard), " and ".join(map(frame, heard))
    again = sum(parsed(each) == {"message": words} for each in heard) > 1
    key = "twice" if again else "more than that"
    stage.require(number == 1, key, listener=name, number=number, got=got)


_HEAD = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.room_group_name = f"chat_{self.room_name}"
"""
_JOIN = """\
        async_to_sync(self.channel_layer.group_add)(
            self.room_group_name, self.channel_name
        )
        self.accept()

"""
_READ = """\
    def receive(self, text_data):
        message = json.loads(text_data)["message"]
"""
_TELL = """\
        async_to_sync(self.channel_layer.group_send)(
            self.room_group_name, {"type": "chat.message", "message": message}
        )

"""
_HANDLER = """\
    def chat_message(self, event):
        self.send(text_data=json.dumps({"message": event["message"]}))
"""
_ANSWER = """\
        self.send(text_data=json.dumps({"message": message}))
"""
_GOOD = _HEAD + _JOIN + _READ + _TELL + _HANDLER


EXERCISE = Exercise(
    number="7.1",
    name="ChatConsumer",
    route=ROUTE,
    play=play,
    texts={
        **CHAT_TEXTS,
        "solved": Text(
            headline="one message in, two out.",
            should="The sender is a member too: ada hears herself through the"
            " group, not through `self.send()` in `receive`.",
        ),
        "untouched": Text(
            headline="what ada says goes nowhere yet.",
            should="What ada says in the lobby is received by ada and bob, and"
            " not by eve, who is in the kitchen.",
            first="there are three comments, and each is a step. Begin with"
            " the first: let the consumer join its group.",
        ),
        "no type": Text(
            headline="the message has no type.",
            did="$application raised $error: $text",
            should="The message has a type, which names the method that"
            " handles it.",
            next='add `"type": "chat.message"` to the message.',
        ),
        "wrong key": Text(
            headline="your code reads a key that is not there.",
            did="$application raised $error: $text",
            should="The client sends a text with the key `message`. And the"
            " handler's `event` has the keys that you give to `group_send`.",
            next="use the same key where you send and where you read.",
        ),
        "whole event": Text(
            headline="the client got the whole message of the layer.",
            did="$listener received $got.",
            should="The handler gets that message as a dict, with its type."
            " $listener receives what was said, and nothing else of it.",
            next='send `{"message": event["message"]}`, as JSON.',
        ),
        "not handled": Text(
            headline="the message reached the members, and they failed.",
            did="$application raised $error: $text",
            should="Each member handles the message, and sends it to its"
            " client.",
            next="write the handler that the type names: `chat.message` calls"
            " `chat_message`.",
            why="M12",
        ),
        "other room": Text(
            headline="$others heard it in another room.",
            should="Only the room `$room` hears it. The group's name is made of"
            " the room's name, such as `chat_$room`.",
            next='use `f"chat_{self.room_name}"` as the name of the group.',
        ),
        "silent": Text(
            headline="the group got the message, but the clients did not.",
            should="`chat_message` sends $message to its client.",
            missing="websocket.send",
        ),
        "deaf": Text(
            headline="$deaf did not hear it.",
            should="Everybody in the room hears what $client says, however many"
            " they are, and whenever they came.",
            next="let each consumer join the group of its room in `connect`.",
        ),
        "twice": Text(
            headline="$listener heard it more than once.",
            did="$listener received $number messages.",
            should="One for each member: who speaks gets it through the group,"
            " as the others do.",
            next="send to the group in `receive`, and to the client in"
            " `chat_message` alone.",
            why="M18",
        ),
        "more than that": Text(
            headline="$listener got $number messages for one that was said.",
            did="$listener received $got.",
            should="$client said $message, so each member sends that to its"
            " client, and nothing else.",
            next="in `chat_message`, send the message of this event alone; send"
            " to the client nowhere else.",
        ),
        "crossed": Text(
            headline="it goes wrong when several speak at the same moment.",
            did="$listener received $got.",
            should="Everybody receives all that is said in the room, whatever"
            " the order. What is kept in a variable of all consumers changes"
            " while a message is on its way.",
            next="let the message carry what was said, and keep nothing else.",
        ),
        "other": Text(
            headline="what arrived is not what was said.",
            did="$listener received $got.",
            should="Everybody receives $message, as JSON.",
            next="send a dict with the key `message`, as JSON: `json.dumps(…)`"
            " makes a text of it.",
        ),
    },
    hints=(
        "Three steps: join (`group_add`), tell the group (`group_send`), tell"
        " my client (`send`). Which method does which?",
        "The methods of the layer are async; in a sync consumer:"
        " `async_to_sync(self.channel_layer.group_add)(group, channel)`.",
        "In `receive`: `async_to_sync(self.channel_layer.group_send)("
        'self.room_group_name, {"type": "chat.message", "message": message})`.'
        " Then write `def chat_message(self, event):`; it sends the message to"
        " the client.",
    ),
    stub=_HEAD
    + """\
        # Join the group.
        self.accept()

"""
    + _READ
    + """\
        # Send the message to the group.

    # What comes from the group is sent to the client in chat_message.
""",
    solution=_GOOD,
    second="""\
class ChatConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room_name"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def receive_json(self, content):
        await self.channel_layer.group_send(
            self.room, {"type": "said", "what": content}
        )

    async def said(self, event):
        await self.send_json(event["what"])
""",
    wrong={
        "only ada": _HEAD + _JOIN + _READ + _ANSWER,
        "no group": "members = []\n\n\n"
        + _HEAD
        + """\
        members.append(self)
        self.accept()

"""
        + _READ
        + """\
        for member in members:
            member.send(text_data=json.dumps({"message": message}))
""",
        "one channel": edit(_GOOD, "group_send", "send"),
        "another group": edit(_GOOD, "room_group_name, {", "room_name, {"),
        "no type": edit(_GOOD, '"type": "chat.message", ', ""),
        "wrong key": edit(_GOOD, '"message": message', '"text": message'),
        "whole event": edit(
            _GOOD,
            "(self, event)",
            "(self, message)",
            'event["message"]',
            "message",
        ),
        "nobody joined": edit(_GOOD, _JOIN, "        self.accept()\n\n"),
        "not handled": edit(_GOOD, _HANDLER, ""),
        "other room": edit(_GOOD, 'f"chat_{self.room_name}"', '"chat"'),
        "twice": edit(_GOOD, _TELL, _ANSWER + _TELL),
        "forgotten": edit(
            _GOOD,
            "async_to_sync(self.channel_layer.group_add)",
            "self.channel_layer.group_add",
        ),
    },
)
