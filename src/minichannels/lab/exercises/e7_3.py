"""7.3: everybody but the one who spoke."""

import json

from minichannels.lab.checking.exercise import Exercise, Stage, Text

HI = {"message": "hi"}


async def play(stage: Stage) -> None:
    """Let two say the same, one after the other."""
    ada = await stage.connect("/ws/chat/lobby/", "ada")
    bob = await stage.connect("/ws/chat/lobby/", "bob")
    await stage.send(ada, json.dumps(HI))
    stage.require(ada.heard or bob.heard, "nobody")
    stage.require(bob.heard, "not bob")
    to_ada = stage.of("send", client="ada", type="websocket.send")
    stage.require(not ada.heard, "herself", *to_ada[-1:])
    stage.require(bob.read == [HI], "other", got=str(bob.heard[0]))
    await stage.send(bob, json.dumps(HI))
    stage.require(ada.heard, "swallowed")
    stage.require(len(bob.heard) == 1, "himself")


_TOP = """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.group = f"chat_{self.room_name}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, close_code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

"""
_PLAIN = """\
    async def receive(self, text_data):
        message = json.loads(text_data)["message"]
        await self.channel_layer.group_send(
            self.group, {"type": "chat.message", "message": message}
        )

"""
_SIGNED = """\
    async def receive(self, text_data):
        message = json.loads(text_data)["message"]
        await self.channel_layer.group_send(
            self.group,
            {
                "type": "chat.message",
                "message": message,
                "sender": self.channel_name,
            },
        )

"""
_SEND = """\
    async def chat_message(self, event):
        await self.send(text_data=json.dumps({"message": event["message"]}))
"""

EXERCISE = Exercise(
    number="7.3",
    name="ChatConsumer",
    route="ws/chat/<room_name>/",
    play=play,
    texts={
        "solved": Text(
            headline="each hears the other, nobody hears herself.",
            should="The layer does not know who sent. If it matters, the"
            " message has to say it.",
        ),
        "herself": Text(
            headline="ada hears herself.",
            should="bob receives what ada said; ada does not.",
            next="let the message say who sent it: its `self.channel_name`;"
            " compare in `chat_message`.",
            why="M18",
        ),
        "nobody": Text(
            headline="nobody hears anything now.",
            should="bob receives what ada said.",
            next="compare the sender's name with your own: only when they are"
            " equal, nothing is sent.",
            missing="websocket.send",
            whose="bob",
        ),
        "not bob": Text(
            headline="ada hears herself, and bob hears nothing.",
            should="The other way round: bob receives it, ada does not.",
            next="turn the comparison round.",
            missing="websocket.send",
            whose="bob",
        ),
        "swallowed": Text(
            headline="bob said the same as ada, and she did not hear it.",
            should="Two people may say the same. What counts is who spoke, not"
            " what was said.",
            next="compare names of channels, not texts.",
            missing="websocket.send",
            whose="ada",
        ),
        "himself": Text(
            headline="bob hears himself.",
            should="Who speaks does not hear it, whoever it is.",
        ),
        "other": Text(
            headline="what arrived is not what was said.",
            did="bob received `$got`.",
            should='bob receives `{"message": "hi"}`, and nothing else in it.',
        ),
    },
    hints=(
        "How can a consumer know that a message is its own? Nobody tells it, so"
        " the message has to.",
        'Add `"sender": self.channel_name` to the message.',
        'In `chat_message`: `if event["sender"] != self.channel_name:`',
    ),
    stub=_TOP + _PLAIN + _SEND,
    solution=_TOP
    + _SIGNED
    + """\
    async def chat_message(self, event):
        if event["sender"] != self.channel_name:
            text = json.dumps({"message": event["message"]})
            await self.send(text_data=text)
""",
    second="""\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.group = self.scope["url_route"]["kwargs"]["room_name"]
        self.join()
        self.accept()

    def join(self):
        add = async_to_sync(self.channel_layer.group_add)
        add(self.group, self.channel_name)

    def disconnect(self, close_code):
        discard = async_to_sync(self.channel_layer.group_discard)
        discard(self.group, self.channel_name)

    def receive(self, text_data):
        self.disconnect(0)
        send = async_to_sync(self.channel_layer.group_send)
        send(self.group, {"type": "said", "text": text_data})
        self.join()

    def said(self, event):
        self.send(text_data=event["text"])
""",
    wrong={
        "herself": _TOP
        + _SIGNED
        + """\
    async def chat_message(self, event):
        if event["sender"] != self.scope:
            text = json.dumps({"message": event["message"]})
            await self.send(text_data=text)
""",
        "nobody": _TOP
        + _PLAIN
        + """\
    async def chat_message(self, event):
        if event.get("sender") == self.channel_name:
            text = json.dumps({"message": event["message"]})
            await self.send(text_data=text)
""",
        "not bob": _TOP
        + _SIGNED
        + """\
    async def chat_message(self, event):
        if event["sender"] == self.channel_name:
            text = json.dumps({"message": event["message"]})
            await self.send(text_data=text)
""",
        "swallowed": _TOP
        + _PLAIN.replace(
            '["message"]\n', '["message"]\n        self.said = message\n', 1
        )
        + """\
    async def chat_message(self, event):
        if event["message"] != getattr(self, "said", None):
            text = json.dumps({"message": event["message"]})
            await self.send(text_data=text)
""",
        "raised": _TOP
        + _PLAIN
        + """\
    async def chat_message(self, event):
        if event["sender"] != self.channel_name:
            text = json.dumps({"message": event["message"]})
            await self.send(text_data=text)
""",
    },
)
