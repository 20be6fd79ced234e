"""1.2: an echo that knows text from bytes."""

from minichannels.lab.checking.exercise import Exercise, Stage, Text

TEXT, BYTES = "café", "café".encode()


async def play(stage: Stage) -> None:
    """Send a text, then the same word as bytes, and leave."""
    ada = await stage.connect("/", "ada")
    await stage.send(ada, TEXT)
    stage.require(ada.heard, "silent")
    stage.require(ada.heard == [TEXT], "other", got=repr(ada.heard[0]))
    with stage.meaning("only text"):
        await stage.send(ada, BYTES)
    answer = ada.heard[1:]
    stage.require(answer, "bytes lost")
    stage.require(answer != [str(BYTES)], "as written", got=answer[0])
    stage.require(answer != [TEXT], "as text")
    stage.require(answer == [BYTES], "other", got=repr(answer[0]))
    await stage.close(ada)


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
        "refused": Text(
            headline="ada was refused.",
            did="`echo` returned before it had accepted her.",
            should="First `await receive()`, which gives `websocket.connect`;"
            ' then `await send({"type": "websocket.accept"})`; then the loop.',
            next="write these first two lines and run this cell again.",
            missing="websocket.accept",
            why="M04",
        ),
        "silent": Text(
            headline="ada said café and got no answer.",
            should="`websocket.receive` is answered with `websocket.send`.",
            missing="websocket.send",
        ),
        "only text": Text(
            headline="your code takes text alone.",
            did="$application raised $error: $text",
            should="An event with bytes has its data under `bytes`, and no"
            " text.",
            next='ask which it is: `event.get("text")` is `None` if there is'
            " no text.",
            why="M09",
        ),
        "bytes lost": Text(
            headline="ada sent bytes and got no answer.",
            should=f"ada sends `{BYTES!r}` and receives the same bytes.",
            missing="websocket.send",
        ),
        "as text": Text(
            headline="the bytes came back as text.",
            should="Bytes come back as bytes: a `websocket.send` event with"
            " `bytes` instead of `text`.",
            next="send the data under the key that it came with.",
            why="M09",
        ),
        "as written": Text(
            headline="the bytes came back as Python writes them.",
            did="ada received the text `$got`.",
            should="`str(data)` does not decode: it shows what Python would"
            " print. Bytes come back as bytes.",
            next="send the data as it is, under the key `bytes`.",
            why="M09",
        ),
        "other": Text(
            headline="the answer is another one.",
            did="ada received `$got`.",
            should="What ada sends comes back unchanged.",
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
    solution="""\
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
""",
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
        "only text": """\
async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})
""",
        "as text": """\
async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        text = event.get("text") or event["bytes"].decode()
        await send({"type": "websocket.send", "text": text})
""",
        "as written": """\
async def echo(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        data = event.get("text") or event.get("bytes")
        await send({"type": "websocket.send", "text": str(data)})
""",
        "out of order": """\
async def echo(scope, receive, send):
    event = await receive()
    await send({"type": "websocket.send", "text": "hello"})
""",
        "not accepted": """\
async def echo(scope, receive, send):
    await receive()
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})
""",
    },
)
