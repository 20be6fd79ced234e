"""7.1: the source document's second chat, first half: everybody hears."""

import json

from minichannels.lab.checking.exercise import Exercise, Stage, Text

HI = {"message": "hi"}


async def play(stage: Stage) -> None:
    """Two in one room, one in another: let the first speak."""
    ada = await stage.connect("/ws/chat/lobby/", "ada")
    bob = await stage.connect("/ws/chat/lobby/", "bob")
    eve = await stage.connect("/ws/chat/kitchen/", "eve")
    with stage.meaning(no_handler="not handled"):
        await stage.send(ada, json.dumps(HI))
    sends = stage.of("group_send")
    told = sends or not ada.heard
    stage.require(told, "only ada", *stage.of("send", client="ada")[-1:])
    stage.require(sends, "not sent")
    stage.require(sends[-1].members, "nobody joined", sends[-1])
    stage.require(not eve.heard, "other room", sends[-1])
    stage.require(ada.heard and bob.heard, "silent", sends[-1])
    stage.require(len(ada.heard) == 1, "twice", number=len(ada.heard))
    stage.require(bob.read == [HI], "other", got=str(bob.heard[0]))
    stage.require(ada.read == [HI], "other", got=str(ada.heard[0]))


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
        "only ada": Text(
            headline="bob got nothing.",
            did="It sent nothing to the group.",
            should="One `group_send` to `chat_lobby`, then one `websocket.send`"
            ' for each member: ada and bob both receive `{"message": "hi"}`.',
            missing="group_send to chat_lobby",
            why="M13",
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
        " Then `def chat_message(self, event):` sends it.",
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
    solution=_HEAD + _JOIN + _READ + _TELL + _HANDLER,
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
        "only ada": _HEAD
        + _JOIN
        + _READ
        + """\
        self.send(text_data=json.dumps({"message": message}))
""",
        "nobody joined": _HEAD
        + """\
        self.accept()

"""
        + _READ
        + _TELL
        + _HANDLER,
        "not handled": _HEAD + _JOIN + _READ + _TELL.rstrip() + "\n",
        "other room": (_HEAD + _JOIN + _READ + _TELL + _HANDLER).replace(
            'f"chat_{self.room_name}"', '"chat"'
        ),
        "twice": _HEAD
        + _JOIN
        + _READ
        + """\
        self.send(text_data=json.dumps({"message": message}))
"""
        + _TELL
        + _HANDLER,
        "forgotten": _HEAD
        + """\
        self.channel_layer.group_add(
            self.room_group_name, self.channel_name
        )
        self.accept()

"""
        + _READ
        + _TELL
        + _HANDLER,
    },
)
