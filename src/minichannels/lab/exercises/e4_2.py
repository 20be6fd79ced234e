"""4.2: greet whoever connects, and answer what they say."""

from minichannels.exceptions import ArgumentTypeError, ParametersError
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.raised import Raised

WELCOME = "[Welcome Anonymous!]"


async def play(stage: Stage) -> None:
    """Connect, look at the welcome, talk."""
    no_text = Raised(ArgumentTypeError, argument="text_data")
    with stage.meaning({no_text: "an event"}):
        ada = await stage.connect("/", "ada")
    stage.require(ada.heard, "no welcome")
    welcome = ada.heard[0]
    stage.require(welcome == WELCOME, "other welcome", got=welcome)
    known = {
        no_text: "an event",
        Raised(ParametersError, method="receive"): "other parameter",
        "has no attribute 'username'": "not on self",
    }
    with stage.meaning(known):
        await stage.send(ada, "hello")
    answers = ada.heard[1:]
    stage.require(answers, "silent")
    stage.require(answers != ["hello"], "no name")
    stage.require(len(answers) == 1, "too many", number=len(answers))
    stage.require(answers == ["Anonymous: hello"], "other", got=answers[0])
    await stage.close(ada)


_SOLUTION = """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send(text_data="[Welcome %s!]" % self.username)

    def receive(self, *, text_data):
        self.send(text_data=self.username + ": " + text_data)
"""

EXERCISE = Exercise(
    number="4.2",
    name="ChatConsumer",
    play=play,
    texts={
        "solved": Text(
            headline="welcome and answer.",
            should="`connect` and `receive` are methods of one object: what"
            " the first keeps in `self`, the second finds there.",
        ),
        "untouched": Text(
            headline="ada is accepted, and hears nothing yet.",
            should=f"As soon as she is accepted, ada receives `{WELCOME}`; and"
            " what she says is answered.",
            first="begin with the welcome, where the comment in `connect`"
            " stands.",
        ),
        "no welcome": Text(
            headline="ada was accepted, but not welcomed.",
            should=f"After `accept()`, ada receives `{WELCOME}`.",
            next=f"in `connect`, after `self.accept()`, send `{WELCOME}`.",
        ),
        "other welcome": Text(
            headline="the welcome reads differently.",
            did="ada received `$got`.",
            should=f"`{WELCOME}`: the brackets, the name, the exclamation"
            " mark.",
        ),
        "silent": Text(
            headline="ada said hello and got no answer.",
            should="ada receives `Anonymous: hello`.",
            next="write a method `receive(self, *, text_data)`. It calls"
            " `self.send(text_data=…)` with the answer.",
        ),
        "an event": Text(
            headline="`send` of this consumer takes the text alone.",
            did="$application raised $error: it takes a `str`.",
            should="The library makes the event `websocket.send` of the text.",
            next='write `self.send(text_data="…")`, without a dict or a list.',
        ),
        "other parameter": Text(
            headline="`receive` does not take `self` and `text_data`.",
            did="$application raised $error: $text",
            should="The library calls `receive(text_data=…)` with the text"
            " itself, not with an event.",
            next="define `def receive(self, *, text_data):`",
        ),
        "not on self": Text(
            headline="`receive` does not find the name.",
            did="$application raised $error: $text",
            should="`connect` keeps the name in `self.username`. A name without"
            " `self.` is a local variable: it ends with its method.",
            next="write `self.username` in both methods.",
        ),
        "no name": Text(
            headline="the answer does not say who spoke.",
            should="`Anonymous: hello`: the name that `connect` has kept in"
            " `self.username`, a colon, a space, the text.",
        ),
        "too many": Text(
            headline="ada got $number answers to one message.",
            should="One message in, one answer out.",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="ada received `$got`.",
            should="`Anonymous: hello`.",
        ),
    },
    hints=(
        "`connect` runs once for each client; `receive` for each message.",
        'Keep the name: `self.username = "Anonymous"`. Both methods have'
        " the same `self`.",
        'In `receive`: `self.send(text_data=self.username + ": " +'
        " text_data)`.",
    ),
    stub="""\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        # Send the welcome here: [Welcome Anonymous!]

    # Write the method receive here.
""",
    solution=_SOLUTION,
    second="""\
class ChatConsumer(AsyncConsumer):
    async def websocket_connect(self, event):
        self.name = "Anonymous"
        await self.send({"type": "websocket.accept"})
        text = f"[Welcome {self.name}!]"
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_receive(self, event):
        text = f"{self.name}: {event['text']}"
        await self.send({"type": "websocket.send", "text": text})

    async def websocket_disconnect(self, event):
        raise StopConsumer
""",
    wrong={
        "an event": """\
class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.username = "Anonymous"
        self.accept()
        self.send({"type": "websocket.send", "text": "[Welcome Anonymous!]"})
""",
        "other parameter": edit(
            _SOLUTION,
            "*, text_data",
            "event",
            '": " + text_data',
            '": " + event["text"]',
        ),
        "not on self": edit(
            _SOLUTION,
            'self.username = "Anonymous"',
            'username = "Anonymous"',
            "% self.username",
            "% username",
        ),
        "no name": edit(
            _SOLUTION, 'self.username + ": " + text_data', "text_data"
        ),
        "forgotten": """\
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.username = "Anonymous"
        await self.accept()
        self.send(text_data="[Welcome %s!]" % self.username)
""",
        "too many": edit(
            _SOLUTION,
            '": " + text_data)',
            '": " + text_data)\n        self.send(text_data=text_data)',
        ),
    },
)
