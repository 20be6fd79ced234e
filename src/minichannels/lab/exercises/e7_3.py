"""7.3: everybody but the one who spoke."""

import json

from minichannels.exceptions import UnserializableError
from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.raised import Raised

HI, HELLO = {"message": "hi"}, {"message": "hello"}
TEA, CAKE = {"message": "tea"}, {"message": "cake"}


async def play(stage: Stage) -> None:
    """Let two speak in turn, then at the same moment."""
    ada = await stage.connect("/ws/chat/lobby/", "ada")
    bob = await stage.connect("/ws/chat/lobby/", "bob")
    with stage.meaning(_KNOWN):
        await stage.send(ada, json.dumps(HI))
    _require_bob_alone(stage, ada, bob)
    stage.require(bob.read == [HI], "other", got=str(bob.heard[0]))
    with stage.meaning(_KNOWN):
        await stage.send(bob, json.dumps(HELLO))
    stage.require(len(bob.heard) == 1, "himself")
    stage.require(ada.heard, "deaf", *stage.of("deliver", client="ada")[-1:])
    await stage.send(ada, json.dumps(HELLO))
    delivered = stage.of("deliver", client="bob")[-1:]
    stage.require(len(bob.heard) == 2, "swallowed", *delivered)
    await stage.send_at_once((ada, json.dumps(TEA)), (bob, json.dumps(CAKE)))
    right = ada.read[1:] == [CAKE] and bob.read[2:] == [TEA]
    to_ada, to_bob = _told(ada.heard[1:]), _told(bob.heard[2:])
    sent = stage.of("group_send")[-1:]
    stage.require(right, "crossed", *sent, ada=to_ada, bob=to_bob)


def _require_bob_alone(
    stage: Stage, ada: ScenarioClient, bob: ScenarioClient
) -> None:
    """Require that bob hears what ada said, and ada does not."""
    stage.require(stage.of("join"), "nobody joined")
    to_bob = stage.of("deliver", client="bob")[-1:]
    stage.require(ada.heard or bob.heard, "nobody", *to_bob)
    stage.require(bob.heard, "not bob", *to_bob)
    to_ada = stage.of("send", client="ada", type="websocket.send")[-1:]
    sent = stage.of("group_send")
    signed = sent and len(sent[-1].payload) > 1
    stage.require(not (ada.heard and signed), "always another", *to_ada)
    stage.require(not ada.heard, "herself", *to_ada)


def _told(heard: list[Frame]) -> str:
    return " and ".join(f"`{frame!s}`" for frame in heard) or "nothing"


_KNOWN = {
    "KeyError": "no sender",
    Raised(UnserializableError): "not carried",
    "'ChatConsumer' object has no attribute": "never set",
}
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
_FLAGGED = edit(
    _PLAIN, "        await", "        self.spoke = True\n        await"
)
_LEAVE = """\
        await self.channel_layer.group_discard(
            self.group, self.channel_name
        )
"""
_JOIN = """\
        await self.channel_layer.group_add(
            self.group, self.channel_name
        )
"""
_SPOKE = 'getattr(self, "spoke", False)'


def _if(condition: str) -> str:
    return f"""\
    async def chat_message(self, event):
        if {condition}:
            text = json.dumps({{"message": event["message"]}})
            await self.send(text_data=text)
"""


EXERCISE = Exercise(
    number="7.3",
    name="ChatConsumer",
    route="ws/chat/<room_name>/",
    play=play,
    texts={
        "solved": Text(
            headline="each hears the other, nobody hears herself.",
            should="The layer does not tell who sent. A message that says it"
            " itself is understood even when two speak at the same moment.",
        ),
        "untouched": Text(
            headline="everybody hears what is said, ada herself, too.",
            should="bob receives what ada said; ada does not.",
            first="think of `chat_message`: how can it know who spoke?",
        ),
        "herself": Text(
            headline="ada hears herself.",
            should="bob receives what ada said; ada does not.",
            next="let the message say who sent it: its `self.channel_name`;"
            " compare in `chat_message`.",
            why="M18",
        ),
        "nobody joined": Text(
            headline="the message went to a group without members.",
            should="In `connect`, each consumer joins its group.",
            next="put the line with `group_add` back into `connect`.",
            missing="group_add to chat_lobby",
            why="M17",
        ),
        "always another": Text(
            headline="ada hears herself: the comparison never finds her.",
            should="bob receives what ada said; ada does not. But a message"
            " over a network is a copy: `is not` is always true for it, and a"
            " tuple arrives as a list.",
            next="send `self.channel_name` with the message: it is a text, and"
            " no other consumer has it. Compare with `!=` in `chat_message`.",
        ),
        "no sender": Text(
            headline="your code reads a key that is not in the message.",
            did="$application raised $error: $text",
            should="`event` holds what was given to `group_send`, nothing"
            " more.",
            next='add it there, such as `"sender": self.channel_name`.',
        ),
        "not carried": Text(
            headline="the layer does not carry such a message.",
            did="$application raised $error: $text",
            should="An object such as `self` cannot travel.",
            next='send the name of its channel, which is a text: `"sender":'
            " self.channel_name`",
            why="M16",
        ),
        "never set": Text(
            headline="an attribute is missing in one of the consumers.",
            did="$application raised $error: $text",
            should="What `receive` puts on `self` is only on the consumer whose"
            " client spoke. The other consumers are other objects.",
            next="let the message say who spoke; then no attribute is needed.",
        ),
        "deaf": Text(
            headline="ada spoke once, and now she does not hear bob.",
            should="ada receives what bob says, whatever she said before.",
            next="do not keep on `self` that somebody spoke; let each message"
            " say who sent it.",
            missing="websocket.send",
        ),
        "crossed": Text(
            headline="it goes wrong when two speak at the same moment.",
            did="ada received $ada, bob received $bob.",
            should="ada receives bob's `cake`, and bob ada's `tea`, whatever"
            " the order. What is kept on `self` or in the class, or a group"
            " left for a moment, also changes what happens to other messages.",
            next="let the message say who sent it, and change nothing else.",
        ),
        "nobody": Text(
            headline="nobody hears anything now.",
            should="bob receives what ada said.",
            next="let the message say who sent it: its `self.channel_name`."
            " Compare that with your own: only when they are equal, nothing is"
            " sent.",
            missing="websocket.send",
            whose="bob",
        ),
        "not bob": Text(
            headline="ada hears herself, and bob hears nothing.",
            should="The other way round: bob receives it, ada does not.",
            next="send when the names are different: `!=` instead of `==`.",
            missing="websocket.send",
            whose="bob",
        ),
        "swallowed": Text(
            headline="ada said the same as bob, and he did not hear it.",
            should="Two people may say the same. What counts is who spoke, not"
            " what was said.",
            next="compare the names of channels, not what was said.",
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
            next="leave out what only the consumers need, such as the sender.",
        ),
    },
    hints=(
        "How can a consumer know that a message is its own? Nobody tells it, so"
        " the message has to.",
        'Add `"sender": self.channel_name` to the message.',
        'In `chat_message`: `if event["sender"] != self.channel_name:`',
    ),
    stub=_TOP + _PLAIN + _SEND,
    solution=_TOP + _SIGNED + _if('event["sender"] != self.channel_name'),
    second="""\
import uuid


class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.group = self.scope["url_route"]["kwargs"]["room_name"]
        self.me = str(uuid.uuid4())
        add = async_to_sync(self.channel_layer.group_add)
        add(self.group, self.channel_name)
        self.accept()

    def disconnect(self, close_code):
        discard = async_to_sync(self.channel_layer.group_discard)
        discard(self.group, self.channel_name)

    def receive(self, text_data):
        send = async_to_sync(self.channel_layer.group_send)
        send(self.group, {"type": "said", "text": text_data, "by": self.me})

    def said(self, event):
        if event["by"] == self.me:
            return
        self.send(text_data=event["text"])
""",
    wrong={
        "herself": _TOP
        + edit(
            _FLAGGED, "        )\n", "        )\n        self.spoke = False\n"
        )
        + _if(f"not {_SPOKE}"),
        "always another": _TOP
        + _SIGNED
        + _if('event["sender"] is not self.channel_name'),
        "nobody": _TOP
        + _PLAIN
        + _if('event.get("sender") == self.channel_name'),
        "not bob": _TOP + _SIGNED + _if('event["sender"] == self.channel_name'),
        "nobody joined": edit(
            _TOP,
            "        await self.channel_layer.group_add("
            "self.group, self.channel_name)\n",
            "",
        )
        + _PLAIN
        + _SEND,
        "not carried": _TOP
        + edit(_SIGNED, "self.channel_name", "self")
        + _if('event["sender"] is not self'),
        "never set": _TOP + _FLAGGED + _if("not self.spoke"),
        "deaf": _TOP + _FLAGGED + _if(f"not {_SPOKE}"),
        "crossed": _TOP
        + edit(
            _PLAIN,
            "        )\n",
            "        )\n" + _JOIN,
            "        await self.channel_layer.group_send",
            _LEAVE + "        await self.channel_layer.group_send",
        )
        + _SEND,
        "swallowed": _TOP
        + edit(
            _PLAIN,
            '["message"]\n',
            '["message"]\n        self.said = message\n',
        )
        + _if('event["message"] != getattr(self, "said", None)'),
        "no sender": _TOP
        + _PLAIN
        + _if('event["sender"] != self.channel_name'),
    },
)
