"""1.1: a function that answers every text in capital letters."""

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text
from minichannels.lab.checking.stage.raised import Raised


async def play(stage: Stage) -> None:
    """Send two texts, and leave."""
    early = {
        "KeyError: 'text'": "connect in hand",
        Raised(ProtocolError, event_type="websocket.connect"): "sent back",
    }
    with stage.meaning(early):
        ada = await stage.connect("/", "ada")
    await stage.send(ada, "tea")
    back = [e for e in ada.sent if e["type"] == "websocket.receive"]
    stage.require(not back, "sent back")
    stage.require(ada.heard or not ada.over, "returned it")
    stage.require(ada.heard, "silent")
    stage.require(ada.heard != ["tea"], "unchanged")
    stage.require(ada.heard == ["TEA"], "other", got=ada.heard[0])
    await stage.send(ada, "milk")
    stage.require(not ada.over, "only once")
    stage.require(ada.heard == ["TEA", "MILK"], "other", got=ada.heard[-1])
    await stage.close(ada)


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
        "unchanged": Text(
            headline="ada got back what she said, not in capitals.",
            should="ada says `tea` and receives `TEA`.",
            next="change the text that `websocket.send` carries;"
            ' `"tea".upper()` is `"TEA"`.',
        ),
        "silent": Text(
            headline="ada said tea and got no answer.",
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
            headline="your code returned its answer.",
            did="It returned. Nobody reads what it returns.",
            should='It awaits `send({"type": "websocket.send", "text": …})`,'
            " and goes on to the next event.",
            missing="websocket.send",
            why="M01",
        ),
        "only once": Text(
            headline="only the first text was answered.",
            did="It returned after the first answer, so `milk` was not read.",
            should="Every text is answered, until `websocket.disconnect`.",
            next="keep the loop going: no `return` or `break` after an answer.",
            why="M11",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="ada received `$got`.",
            should="ada says `tea` and receives `TEA`, says `milk` and"
            " receives `MILK`.",
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
