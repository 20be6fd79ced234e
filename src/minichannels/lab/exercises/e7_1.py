"""7.1: the source document's second chat, first half: everybody hears."""

import json

from minichannels.exceptions import NoHandlerError, NoTypeError
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.raised import Raised

HI = {"message": "hi"}


async def play(stage: Stage) -> None:
    """Two in one room, one in another: let the first speak."""
    ada = await stage.connect("/ws/chat/lobby/", "ada")
    bob = await stage.connect("/ws/chat/lobby/", "bob")
    eve = await stage.connect("/ws/chat/kitchen/", "eve")
    with stage.meaning(_KNOWN):
        await stage.send(ada, json.dumps(HI))
    _require_told(stage, ada, bob)
    told = stage.of("group_send")[-1]
    stage.require(not eve.heard, "other room", told)
    stage.require(ada.heard and bob.heard, "silent", told)
    stage.require(len(ada.heard) == 1, "twice", number=len(ada.heard))
    got = str(bob.heard[0])
    stage.require('"type"' not in got, "whole event", got=got)
    stage.require(bob.read == [HI], "other", got=got)
    stage.require(ada.read == [HI], "other", got=str(ada.heard[0]))


def _require_told(
    stage: Stage, ada: ScenarioClient, bob: ScenarioClient
) -> None:
    """Require that a group with members was sent to."""
    sends, mails = stage.of("group_send"), stage.of("channel_send")
    to_ada = stage.of("send", client="ada", type="websocket.send")[-1:]
    stage.require(sends or not bob.heard, "no group", *mails[-1:] or to_ada)
    stage.require(sends or not ada.heard, "only ada", *to_ada)
    stage.require(sends or not mails, "one channel", *mails[-1:])
    stage.require(sends, "not sent")
    if not sends[-1].members:
        told = sends[-1].group
        for join in stage.of("join", client="ada"):
            names = {"joined": join.group, "told": told}
            same = join.group == told
            stage.require(same, "another group", sends[-1], **names)
        stage.require(False, "nobody joined", sends[-1])


_KNOWN = {
    Raised(NoHandlerError): "not handled",
    Raised(NoTypeError): "no type",
    "KeyError": "wrong key",
}
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
    route="ws/chat/<room_name>/",
    play=play,
    texts={
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
        "only ada": Text(
            headline="bob got nothing.",
            did="It sent nothing to the group.",
            should="One `group_send` to `chat_lobby`, then one `websocket.send`"
            ' for each member: ada and bob both receive `{"message": "hi"}`.',
            missing="group_send to chat_lobby",
            why="M13",
        ),
        "no group": Text(
            headline="bob heard it, but no group was used.",
            did="It called `group_send` for no group.",
            should="One `group_send` to `chat_lobby`: the layer knows who is in"
            " the room. A list of your own knows only the consumers of this"
            " process.",
            next="join the group in `connect` with `group_add`, and send to it"
            " in `receive`.",
            missing="group_send to chat_lobby",
            why="M13",
        ),
        "one channel": Text(
            headline="the message went to a channel, not to a group.",
            should="`send` puts a message into the mailbox of one channel."
            " `group_send` sends it to all members of a group.",
            next="use `group_send` instead of `send`.",
            missing="group_send to chat_lobby",
        ),
        "not sent": Text(
            headline="ada said hi, and nobody heard it.",
            should="`receive` sends the message to the group `chat_lobby`.",
            next="join the group in `connect`; send to it in `receive`; tell"
            " your client in `chat_message`.",
            missing="group_send to chat_lobby",
        ),
        "nobody joined": Text(
            headline="the message went to a group without members.",
            should="In `connect`, each consumer joins the group of its room:"
            " `group_add`.",
            next="call `group_add` in `connect`, with `async_to_sync` around"
            " it; the group's name there and in `receive` is the same.",
            missing="group_add to chat_lobby",
            why="M17",
        ),
        "another group": Text(
            headline="you joined one group, and sent to another.",
            did="ada joined `$joined`; the message went to `$told`.",
            should="The name in `group_send` is the one of `group_add`.",
            next="use `self.room_group_name` in both places.",
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
            did="bob received `$got`.",
            should="The handler gets that message as a dict, with its type."
            " bob receives what was said, and nothing else of it.",
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
            headline="eve heard it in the kitchen.",
            should="The group's name is made of the room's name: `chat_lobby`"
            " for the lobby, `chat_kitchen` for the kitchen.",
            next='use `f"chat_{self.room_name}"` as the name of the group.',
        ),
        "silent": Text(
            headline="the group got the message, but the clients did not.",
            should='`chat_message` sends `{"message": "hi"}` to its client.',
            missing="websocket.send",
        ),
        "twice": Text(
            headline="ada heard herself more than once.",
            did="ada received $number messages.",
            should="One for each member: she gets hers through the group.",
            next="send to the group in `receive`, and to the client in"
            " `chat_message` alone.",
            why="M18",
        ),
        "other": Text(
            headline="what arrived is not what was said.",
            did="The client received `$got`.",
            should='Everybody receives `{"message": "hi"}`, as JSON.',
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
