"""1.2: an echo that knows text from bytes."""

from collections.abc import Mapping
from typing import Any

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.sandbox.strict import WrongValueError
from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.draw import ODD
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

_ACCEPT_WHILE_OPEN = Raised(
    ProtocolError, event_type="websocket.accept", state="OPEN"
)
_EARLY = {
    "KeyError: 'text'": "connect in hand",
    "KeyError: 'bytes'": "connect in hand",
    Raised(ProtocolError, event_type="websocket.connect"): "sent back",
    _ACCEPT_WHILE_OPEN: "accepted twice",
}
_CROSSED = Raised(WrongValueError)
_LATER: Mapping[type, Mapping[Any, str]] = {
    str: {"KeyError: 'bytes'": "both keys", _CROSSED: "crossed"},
    bytes: {
        "KeyError: 'text'": "only text",
        "UnicodeDecodeError": "decoded",
        _CROSSED: "crossed",
    },
}


async def play(stage: Stage) -> None:
    """Send a text, then the same word as bytes, then an empty text."""
    if stage.draw.turn:
        await _play_drawn(stage)
        return
    ada = await _connect(stage, "ada")
    for sent in ("café", "café".encode(), ""):
        await _send(stage, (ada, sent))
    await stage.close(ada)


async def _play_drawn(stage: Stage) -> None:
    """Send both kinds in another order; let others do so, too."""
    draw = stage.draw
    texts = [draw.text("", *ODD) for _ in range(5)]
    codec = draw.one("", "utf-16", "latin-1", "utf-16")
    data = draw.text("", "{a}é").encode(codec)
    ada = await _connect(stage, "ada")
    frames: list[Frame] = [texts[0], data, "", b"", texts[1]]
    for sent in draw.order(frames):
        await _send(stage, (ada, sent))
    bob = await _connect(stage, "bob")
    await _send(stage, (bob, data))
    await _send(stage, (bob, texts[2]), (ada, texts[3]))
    await stage.close(ada)
    eve = await _connect(stage, "eve")
    await _send(stage, (eve, texts[4]))


async def _connect(stage: Stage, name: str) -> ScenarioClient:
    with stage.meaning(_EARLY):
        return await stage.connect("/", name)


async def _send(stage: Stage, *said: tuple[ScenarioClient, Frame]) -> None:
    """Let clients send something at once, and look at their answers."""
    before, starts = stage.heard, [len(client.heard) for client, _ in said]
    first, sent = said[0]
    stage.values |= {"client": first.name, "sent": frame(sent)}
    stage.require(not first.over, "only once")
    known = _LATER[type(sent)] if sent else {}
    with stage.meaning(known, **({} if sent else {"raised": "empty"})):
        await stage.send_at_once(*said)
    for (client, sent), start in zip(said, starts, strict=True):
        stage.values |= {"client": client.name, "sent": frame(sent)}
        back = [e for e in client.sent if e["type"] == "websocket.receive"]
        stage.require(not back, "sent back")
        others = [f for other, f in said if other is not client]
        sends = [e for e in client.sent if e["type"] == "websocket.send"]
        both = [e for e in sends if None not in map(e.get, ("text", "bytes"))]
        stage.require(not both, "both at once")
        _look(stage, sent, client.heard[start:], before, others)


def _look(
    stage: Stage,
    sent: Frame,
    answers: list[Frame],
    before: list[Frame],
    others: list[Frame],
) -> None:
    """Look at the answers to what a client sent."""
    stage.values["got"] = " and ".join(map(frame, answers))
    is_text = isinstance(sent, str)
    alike = [f for f in before if isinstance(f, str) == is_text]
    known = any(bool(f) == bool(sent) for f in alike)
    stage.require(answers or not known, "left out")
    stage.require(sent or answers == [sent], "empty")
    stage.require(answers, "silent" if is_text else "bytes lost")
    stage.require(is_text or answers != [str(sent)], "as written")
    stage.require(is_text or not isinstance(answers[0], str), "as text")
    stage.require(answers[0] not in others, "another's")
    again = answers[0] in before and answers[0] != sent
    stage.require(not again, "the same again")
    stage.require(answers == [sent], "other")


_LOOP = """\
async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
"""

_SOLUTION = """\
async def echo(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event.get("text") is not None:
            await send({"type": "websocket.send", "text": event["text"]})
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})
"""


_EITHER = 'data = event.get("text") or event.get("bytes")'


def _sent(data: str, *before: str) -> str:
    """Return an answer that sends to each event the same kind of data."""
    send = f'await send({{"type": "websocket.send", {data}}})'
    return _LOOP + "".join(f"        {line}\n" for line in (*before, send))


EXERCISE = Exercise(
    number="1.2",
    name="echo",
    asks="application",
    play=play,
    texts={
        "solved": Text(
            headline="text comes back as text, bytes as bytes.",
            should="A WebSocket message is one or the other; the key of the"
            " event says which.",
        ),
        "untouched": Text(
            headline="`echo` answers nobody yet.",
            did="ada knocked, `echo` ended without an answer, and so she was"
            " refused.",
            should="ada is accepted. What she sends comes back to her: text as"
            " text, bytes as bytes.",
            first="let `echo` accept ada: which event comes first, and which"
            " one answers it? The loop comes after that.",
        ),
        "refused": Text(
            headline="$name was refused.",
            did="`echo` returned before it had accepted $name.",
            should="`websocket.connect` is answered with `websocket.accept`."
            " Only then comes what $name sends.",
            next="begin with two lines: `await receive()`, which gives"
            ' `websocket.connect`, and `await send({"type":'
            ' "websocket.accept"})`. The loop comes after them.',
            missing="websocket.accept",
            why="M04",
        ),
        "silent": Text(
            headline="$client sent $sent and got no answer.",
            should="`websocket.receive` is answered with `websocket.send`.",
            next="look at what you ask: the type of the event is"
            " `websocket.receive`, and its data is not the event itself, but"
            ' stands under `event["text"]` or `event["bytes"]`.',
            missing="websocket.send",
        ),
        "both at once": Text(
            headline="one event carried a text and bytes.",
            did="$client sent $sent, and the answer had both keys. A server"
            " sends only one of the two.",
            should="An event that goes out has one of the two keys: `text` or"
            " `bytes`.",
            next="send a text in one branch, and bytes in the other.",
            why="M09",
        ),
        "connect in hand": Text(
            headline="the first event has neither text nor bytes.",
            did="$application raised $error: $text. $client had sent nothing"
            " yet.",
            should="The first event is `websocket.connect`. What $client sends"
            " comes after it.",
            next="take `websocket.connect` with `await receive()` before you"
            " accept; then begin the loop.",
        ),
        "accepted twice": Text(
            headline="$client was accepted twice.",
            did="The second `websocket.accept` may not be sent.",
            should="Each event is handled once: one `websocket.connect`, one"
            " `websocket.accept`.",
            next="a `receive()` above the loop gives one event, one inside it"
            " a new event each time. Put `event = await receive()` inside, as"
            " the first line, and accept in one place only.",
        ),
        "sent back": Text(
            headline="your code sent back the event that it got.",
            should="`websocket.connect` and `websocket.receive` only come in."
            " What goes out is an event of your own, `websocket.send`.",
            next="take `websocket.connect` with one `await receive()`; to"
            ' each text answer with `{"type": "websocket.send", "text": …}`.',
        ),
        "only once": Text(
            headline="your function ended after an answer.",
            did="It returned, so it did not read $sent, which $client sends"
            " next.",
            should="Every event is read, until `websocket.disconnect`.",
            next="put `receive()` and the answer into a `while True:` loop.",
            why="M11",
        ),
        "only text": Text(
            headline="bytes came, and the event has no `text`.",
            did="$application raised $error: $text",
            should="An event with bytes has its data under `bytes`, and no"
            " text.",
            next='ask which it is: `event.get("text")` is `None` if there is'
            " no text.",
            why="M09",
        ),
        "both keys": Text(
            headline="a text came, and the event has no `bytes`.",
            did="$application raised $error: $text",
            should="An event has one of the two keys, `text` or `bytes`.",
            next='ask which it is: `event.get("text")` is `None` if there is'
            " no text. Read `bytes` only then.",
            why="M09",
        ),
        "crossed": Text(
            headline="the data does not fit the key that you sent it under.",
            did="$application raised $error: $text",
            should='A `str` goes out under `"text"`, bytes under `"bytes"`.',
            next="write two sends, one for each key, and choose with `if`;"
            " send the data as it came.",
            why="M09",
        ),
        "empty": Text(
            headline="$sent, which is empty, did not come back.",
            did="$client sent $sent and did not get it back.",
            should="A text of no letters is a text, too, and comes back under"
            " `text`; empty bytes come back under `bytes`. But `if` takes both"
            " for false.",
            next='ask `if event.get("text") is not None:`',
        ),
        "bytes lost": Text(
            headline="$client sent bytes and got no answer.",
            should="$client sends $sent and receives the same bytes.",
            missing="websocket.send",
        ),
        "as text": Text(
            headline="the bytes came back as text.",
            should="Bytes come back as bytes: a `websocket.send` event with"
            " `bytes` instead of `text`.",
            next="send the data under the key that it came with.",
            why="M09",
        ),
        "left out": Text(
            headline="$client sent $sent and got no answer.",
            should="Everything comes back, whoever sends it, and whatever came"
            " before.",
            missing="websocket.send",
        ),
        "decoded": Text(
            headline="these bytes are no text.",
            did="$application raised $error: $text",
            should="Not all bytes can be decoded. They come back as they came.",
            next="send the data as it is, under the key `bytes`.",
            why="M09",
        ),
        "as written": Text(
            headline="the bytes came back as Python writes them.",
            did="$client received the text $got.",
            should="`str(data)` does not decode: it shows what Python would"
            " print. Bytes come back as bytes.",
            next="send the data as it is, under the key `bytes`.",
            why="M09",
        ),
        "other": Text(
            headline="the answer is another one.",
            did="$client received $got.",
            should="$client sends $sent and receives just that, unchanged.",
        ),
        "the same again": Text(
            headline="$client got an earlier answer once more.",
            did="$client received $got.",
            should="Each answer is what came last: $sent.",
        ),
        "another's": Text(
            headline="$client got what somebody else had sent.",
            did="$client received $got.",
            should="$client sends $sent and receives that. What belongs to one"
            " connection is kept in a local variable of its call.",
        ),
    },
    hints=(
        "The skeleton is that of `shout`: accept, then a loop until"
        " `websocket.disconnect`.",
        'In the loop, ask: `if event.get("text") is not None:`',
        '`await send({"type": "websocket.send", "text": event["text"]})` in'
        ' one case, `"bytes": event["bytes"]` in the other.',
    ),
    stub="""\
async def echo(scope, receive, send):
    assert scope["type"] == "websocket"
    # Accept. Then send back whatever comes: text as text, bytes as bytes.
    # At websocket.disconnect, return.
""",
    solution=_SOLUTION,
    second="""\
async def echo(scope, receive, send):
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            await send({**event, "type": "websocket.send"})
        else:
            break
""",
    wrong={
        "both at once": _sent(
            '"text": event.get("text"), "bytes": event.get("bytes", b"")'
        ),
        "silent": _sent(
            '"text": event', "if type(event) is not str:", "    continue"
        ),
        "connect in hand": """\
async def echo(scope, receive, send):
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": event["text"]})
""",
        "accepted twice": """\
async def echo(scope, receive, send):
    event = await receive()
    while event["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({**event, "type": "websocket.send"})
""",
        "sent back": _LOOP + "        await send(event)\n",
        "only once": edit(_SOLUTION, "while True:", "for _ in range(1):"),
        "only text": _sent('"text": event["text"]'),
        "both keys": _sent(
            '"text": text, "bytes": data',
            'text, data = event["text"], event["bytes"]',
        ),
        "crossed": _sent('"text": data', _EITHER),
        "as text": _sent(
            '"text": text',
            'text = event.get("text") or event["bytes"].decode()',
        ),
        "as written": _sent('"text": str(data)', _EITHER),
        "empty": edit(_SOLUTION, " is not None", ""),
        "out of order": """\
async def echo(scope, receive, send):
    event = await receive()
    await send({"type": "websocket.send", "text": "hello"})
""",
    },
)
