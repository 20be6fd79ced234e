"""7.3: everybody but the one who spoke."""

from minichannels.exceptions import UnserializableError
from minichannels.flow import Event
from minichannels.lab.checking.stage.clients import parsed
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame
from minichannels.lab.exercises.chat import ROUTE, Chat, Heard
from minichannels.lab.exercises.e7_1 import EXERCISE as BEFORE
from minichannels.lab.exercises.e7_1 import require_single


async def play(stage: Stage) -> None:
    """Let people in two rooms speak in turn, then at the same moment."""
    chat = Chat(stage)
    await chat.open()
    await _others_hear(chat, "ada", chat.words("hi"))
    same = chat.words("hello")
    await _others_hear(chat, "bob", same, deaf="deaf")
    await _others_hear(chat, "ada", same, deaf="swallowed")
    await chat.enter("carl", chat.lobby)
    await _others_hear(chat, "bob", chat.words("welcome"), deaf="some")
    await chat.leave("bob")
    await chat.enter("dora", chat.kitchen)  # at the port that bob had
    await _others_hear(chat, "dora", chat.words("soup"), deaf="some")
    await _others_hear(chat, "carl", chat.words("milk"), deaf="some")
    tea, cake = stage.draw.text("tea", "{a}"), stage.draw.text("cake", "{a}")
    await chat.cross({"ada": tea, "carl": cake}, itself=False)
    await chat.cross({"carl": tea, "ada": tea}, itself=False)


async def _others_hear(
    chat: Chat, speaker: str, words: str, deaf: str = "nobody"
) -> None:
    """Let one speak: the others in the room hear it, and nobody else."""
    stage = chat.stage
    with stage.meaning(_KNOWN):
        heard = await chat.say(speaker, words)
    sent = chat.require_sent(heard)
    room = chat.members(speaker)
    others = [name for name in heard if heard[name] and name not in room]
    stage.require(not others, "other room", sent, others=" and ".join(others))
    _require_others(chat, speaker, heard, sent, deaf)
    for name in filter(heard.get, heard):
        require_single(stage, name, heard[name], words)
        first = heard[name][0]
        right = isinstance(first, str) and parsed(first) == {"message": words}
        stage.require(right, "other", listener=name, got=frame(first))
    chat.require_carried(heard, sent)


def _require_others(
    chat: Chat, speaker: str, heard: Heard, sent: Event, deaf: str
) -> None:
    """Require that all in the room have heard something, but the speaker."""
    stage = chat.stage
    listeners = [name for name in chat.members(speaker) if name != speaker]
    missed = [name for name in listeners if not heard[name]]
    stage.values["deaf"] = " and ".join(missed)
    if heard[speaker]:
        stage.require(missed != listeners, "not bob", sent)
        signed = len(sent.payload) > 1
        stage.miss("always another" if signed else "herself", sent)
    stage.require(not missed, deaf, sent)


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
    route=ROUTE,
    play=play,
    texts={
        **BEFORE.texts,
        "solved": Text(
            headline="each hears the other, nobody hears herself.",
            should="The layer does not tell who sent. A message that says it"
            " itself is understood even when two speak at the same moment. (Of"
            " all that tells consumers apart, the name of the channel does so"
            " in other processes, too; `id(self)` may be another's there.)",
        ),
        "untouched": Text(
            headline="everybody hears what is said, ada herself, too.",
            should="bob receives what ada said; ada does not.",
            first="think of `chat_message`: how can it know who spoke?",
        ),
        "herself": Text(
            headline="$client hears what $client said.",
            should="The others in the room receive it; $client does not.",
            next="let the message say who sent it: its `self.channel_name`;"
            " compare in `chat_message`.",
            why="M18",
        ),
        "nobody joined": Text(
            headline="the message went to a group without members.",
            should="In `connect`, each consumer joins its group.",
            next="put the line with `group_add` back into `connect`.",
            missing="group_add to chat_$room",
            why="M17",
        ),
        "always another": Text(
            headline="the message says more, but $client hears what $client"
            " said.",
            should="The others receive it; $client does not. So whatever"
            " `chat_message` compares has to be equal at $client, and different"
            " at the others.",
            next="let the message carry `self.channel_name`, a text that no"
            " other consumer has; read it by the same key, and compare it in"
            " `chat_message` with `!=` to your own. (What arrives is a copy:"
            " `is not` is true for any two, and a tuple becomes a list.)",
        ),
        "no sender": Text(
            headline="your code reads a key that is not there.",
            did="$application raised $error: $text$brought",
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
            headline="your code reads an attribute that is not there.",
            did="$application raised $error: $text",
            should="What `receive` puts on `self` is only on the consumer whose"
            " client spoke. The other consumers are other objects.",
            next="let the message say who spoke; then no attribute is needed.",
        ),
        "deaf": Text(
            headline="$deaf spoke once, and now does not hear $client.",
            should="$deaf receives what $client says, whoever spoke before.",
            next="do not keep on `self` that somebody spoke; let each message"
            " say who sent it.",
            missing="websocket.send",
            whose="$deaf",
        ),
        "some": BEFORE.texts["deaf"],
        "crossed": Text(
            headline="it goes wrong when two speak at the same moment.",
            did="$listener received $got.",
            should="Each receives what the others in the room say, whatever the"
            " order. What is kept on `self` or in the class, or a group left"
            " for a moment, also changes what happens to other messages.",
            next="let the message say who sent it, and change nothing else.",
        ),
        "nobody": Text(
            headline="nobody hears anything now.",
            should="$deaf receives what $client said.",
            next="let the message say who sent it: its `self.channel_name`."
            " Compare that with your own: only when they are equal, nothing is"
            " sent.",
            missing="websocket.send",
            whose="$deaf",
        ),
        "not bob": Text(
            headline="$client hears it, and nobody else does.",
            should="The other way round: the others in the room receive it,"
            " $client does not.",
            next="send when the names are different: `!=` instead of `==`.",
            missing="websocket.send",
            whose="$deaf",
        ),
        "swallowed": Text(
            headline="$client said the same as $deaf, who did not hear it.",
            should="Two people may say the same. What counts is who spoke, not"
            " what was said.",
            next="compare the names of channels, not what was said.",
            missing="websocket.send",
            whose="$deaf",
        ),
        "other": Text(
            headline="what arrived is not what was said.",
            did="$listener received $got.",
            should="$listener receives $message, and nothing else in it.",
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
