"""4.2: greet whoever connects, and answer what they say."""

from minichannels.exceptions import ArgumentTypeError, ParametersError
from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.draw import ODD
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

WELCOME = "[Welcome Anonymous!]"

_NO_TEXT = Raised(ArgumentTypeError, argument="text_data")
_KNOWN = {
    _NO_TEXT: "an event",
    Raised(ParametersError, method="receive"): "other parameter",
    "has no attribute 'username'": "not on self",
}


async def play(stage: Stage) -> None:
    """Connect, look at the welcome, talk; if drawn, others do so, too."""
    texts = [stage.draw.text("hello", *ODD, "") for _ in range(5)]
    (ada,) = await _welcome(stage, "ada")
    await _say(stage, (ada, texts[0]))
    if stage.draw.turn:
        await _say(stage, (ada, texts[1]))
        bob, _eve = await _welcome(stage, "bob", "eve")
        await _say(stage, (bob, texts[2]), (ada, texts[3]))
    await stage.close(ada)
    if stage.draw.turn:
        (dan,) = await _welcome(stage, "dan")
        await _say(stage, (dan, texts[4]))


async def _welcome(stage: Stage, *names: str) -> list[ScenarioClient]:
    """Have clients connect at once, and look at their welcome."""
    with stage.meaning({_NO_TEXT: "an event"}):
        visits = [("/", name) for name in names]
        clients = await stage.connect_at_once(*visits)
    for client in clients:
        stage.values = {"client": client.name}
        stage.require(client.heard, "no welcome")
        got = " and ".join(map(frame, client.heard))
        stage.require(client.heard == [WELCOME], "other welcome", got=got)
    return clients


async def _say(stage: Stage, *said: tuple[ScenarioClient, str]) -> None:
    """Let clients say something at once, and look at their answers."""
    before, starts = stage.heard, [len(client.heard) for client, _ in said]
    with stage.meaning(_KNOWN):
        await stage.send_at_once(*said)
    for (client, text), start in zip(said, starts, strict=True):
        stage.values = {"client": client.name, "said": frame(text)}
        others = [f"Anonymous: {f}" for other, f in said if other is not client]
        _look(stage, text, client.heard[start:], before, others)


def _look(
    stage: Stage,
    said: str,
    answers: list[Frame],
    before: list[Frame],
    others: list[str],
) -> None:
    """Look at the answers to what a client said."""
    wanted = f"Anonymous: {said}"
    stage.values |= {
        "wanted": frame(wanted),
        "got": " and ".join(map(frame, answers)),
    }
    known = any(f != WELCOME for f in before)
    stage.require(answers or not known, "left out")
    stage.require(answers, "silent")
    stage.require(answers != [said], "no name")
    stage.require(len(answers) == 1, "too many", number=len(answers))
    stage.require(answers[0] not in others, "another's")
    again = answers[0] in {*before} - {WELCOME} and answers != [wanted]
    stage.require(not again, "the same again")
    stage.require(answers == [wanted], "other")


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
            headline="$client was accepted, but not welcomed.",
            should=f"After `accept()`, $client receives `{WELCOME}`.",
            next=f"in `connect`, after `self.accept()`, send `{WELCOME}`.",
            missing="websocket.send",
        ),
        "other welcome": Text(
            headline="the welcome reads differently.",
            did="$client received $got.",
            should=f"`{WELCOME}`: the brackets, the name, the exclamation"
            " mark.",
        ),
        "silent": Text(
            headline="$client said $said and got no answer.",
            should="$client receives $wanted.",
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
            should="$client receives $wanted: the name that `connect` has kept"
            " in `self.username`, a colon, a space, the text.",
        ),
        "too many": Text(
            headline="$client got $number answers to one message.",
            should="One message in, one answer out.",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="$client received $got.",
            should="$client says $said and receives $wanted.",
            next="put the answer together of the name on `self`, `: ` and the"
            " text as it came.",
        ),
        "left out": Text(
            headline="$client said $said and got no answer.",
            should="Whoever says something, whatever it is, gets an answer"
            " each time. $client receives $wanted.",
            missing="websocket.send",
        ),
        "the same again": Text(
            headline="two different texts got one and the same answer.",
            did="$client said $said and received $got, as for another text"
            " before.",
            should="Each answer is made of the text that came: $client receives"
            " $wanted.",
            next="in the line that answers, use the text that came:"
            " `text_data`.",
        ),
        "another's": Text(
            headline="$client got the answer to what somebody else said.",
            did="$client received $got.",
            should="$client says $said and receives $wanted. What belongs to"
            " one connection is put on `self`.",
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
