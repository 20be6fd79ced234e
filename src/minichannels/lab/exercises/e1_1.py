"""1.1: a function that answers every text in capital letters."""

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

_EARLY = {
    "KeyError: 'text'": "connect in hand",
    Raised(ProtocolError, event_type="websocket.connect"): "sent back",
}


async def play(stage: Stage) -> None:
    """Let one client send two texts, another one a third, and leave."""
    with stage.meaning(_EARLY):
        ada = await stage.connect("/", "ada")
    await _say(stage, ada, stage.draw.text("tea"))
    await _say(stage, ada, stage.draw.text("milk"))
    bob = await stage.connect("/", "bob")
    await _say(stage, bob, stage.draw.text("tea"))
    await stage.close(ada)
    await _say(stage, bob, stage.draw.text("cake"))


async def _say(stage: Stage, client: ScenarioClient, said: str) -> None:
    """Let a client say something, and look at the answer."""
    before, wanted = len(client.heard), said.upper()
    stage.values |= {
        "client": client.name,
        "said": frame(said),
        "wanted": frame(wanted),
    }
    stage.require(not client.over, "only once")
    await stage.send(client, said)
    back = [e for e in client.sent if e["type"] == "websocket.receive"]
    stage.require(not back, "sent back")
    answers = client.heard[before:]
    stage.require(answers or before or not client.over, "returned it")
    stage.require(answers, "silent")
    stage.require(answers != [said], "unchanged")
    got = " and ".join(map(frame, answers))
    first = got != frame(wanted) and got == frame(said.capitalize())
    stage.require(not first, "first letter", got=got)
    known = answers[0] in client.heard[:before]
    stage.require(not known, "the same again", got=got)
    stage.require(answers == [wanted], "other", got=got)


EXERCISE = Exercise(
    number="1.1",
    name="shout",
    asks="application",
    play=play,
    texts={
        "solved": Text(
            headline="one call, as many answers as there are questions.",
            should="`shout` was called once for ada. It lived in its loop from"
            " `websocket.connect` until `websocket.disconnect`.",
        ),
        "untouched": Text(
            headline="`shout` sends each text back as it came.",
            should="ada says `tea` and receives `TEA`.",
            first="find the line that answers a text: only what it sends has"
            " to change.",
        ),
        "unchanged": Text(
            headline="$client got back what $client said, not in capitals.",
            should="$client says $said and receives $wanted.",
            next="change the text that `websocket.send` carries;"
            ' `"tea".upper()` is `"TEA"`.',
        ),
        "first letter": Text(
            headline="only the first letter is a capital.",
            did="$client received $got.",
            should="All letters become capitals: $client says $said and"
            " receives $wanted.",
            next="`capitalize()` makes a capital of the first letter;"
            " `upper()` of each.",
        ),
        "silent": Text(
            headline="$client said $said and got no answer.",
            should="`websocket.receive` is answered with `websocket.send`.",
            missing="websocket.send",
        ),
        "sent back": Text(
            headline="your code sent back the event that it got.",
            should="The `type` of an answer is `websocket.send`. The event"
            " that came has the type that the client's side gave it.",
            next="build a new dict for the answer: `await send({"
            '"type": "websocket.send", "text": …})`.',
        ),
        "connect in hand": Text(
            headline="the first event has no text.",
            did="$application raised $error: $text. ada had said nothing yet.",
            should="The first event is `websocket.connect`. A text comes only"
            " with `websocket.receive`.",
            next="take the first event with `await receive()` before the loop,"
            ' or ask for `event["type"]` before you read its text.',
        ),
        "returned it": Text(
            headline="your code returned, and sent no answer.",
            did="It returned. Nobody reads what it returns.",
            should="It sends the answer, as an event `websocket.send`, and"
            " goes on to the next event.",
            next='write `await send({"type": "websocket.send", "text": …})`'
            " instead of `return`.",
            missing="websocket.send",
            why="M01",
        ),
        "only once": Text(
            headline="only the first text was answered.",
            did="It returned after the first answer, so $said was not read.",
            should="Every text is answered, until `websocket.disconnect`.",
            next="keep the loop going: no `return` or `break` after an answer.",
            why="M11",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="$client received $got.",
            should="$client says $said and receives $wanted.",
            next="send the text that came, with all of its letters made"
            " capital: `upper()`, and nothing besides.",
        ),
        "the same again": Text(
            headline="two different texts got one and the same answer.",
            did="$client received $got once more.",
            should="Each answer is made of the text that came: for $said it"
            " is $wanted.",
        ),
    },
    hints=(
        "Which line answers a text? Only its event has to change.",
        'The text that came is `event["text"]`. A `str` has a method'
        " `upper()`.",
        'await send({"type": "websocket.send", "text": event["text"].upper()})',
    ),
    stub="""\
async def shout(scope, receive, send):
    assert scope["type"] == "websocket"
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"]})
        elif event["type"] == "websocket.disconnect":
            return
""",
    solution="""\
async def shout(scope, receive, send):
    assert scope["type"] == "websocket"
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            text = event["text"].upper()
            await send({"type": "websocket.send", "text": text})
        elif event["type"] == "websocket.disconnect":
            return
""",
    second="""\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"].upper()})
""",
    wrong={
        "unchanged": """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event["text"]
        text.upper()
        await send({"type": "websocket.send", "text": text})
""",
        "first letter": """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event["text"].capitalize()
        await send({"type": "websocket.send", "text": text})
""",
        "returned it": """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    event = await receive()
    return event["text"].upper()
""",
        "only once": """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    event = await receive()
    await send({"type": "websocket.send", "text": event["text"].upper()})
""",
        "goes on": """\
async def shout(scope, receive, send):
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            text = event["text"].upper()
            await send({"type": "websocket.send", "text": text})
""",
        "sent back": """\
async def shout(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        event["text"] = event["text"].upper()
        await send(event)
""",
        "not accepted": """\
async def shout(scope, receive, send):
    await receive()
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"].upper()})
""",
        "connect in hand": """\
async def shout(scope, receive, send):
    await send({"type": "websocket.accept"})
    while True:
        event = await receive()
        text = event["text"].upper()
        await send({"type": "websocket.send", "text": text})
""",
    },
)
