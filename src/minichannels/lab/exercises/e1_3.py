"""1.3: a door that opens for one path, and stays shut for another."""

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.raised import Raised


async def play(stage: Stage) -> None:
    """Knock at the open door, and at the shut one."""
    with stage.meaning({"KeyError: 'path'": "not in the event"}):
        ada = await stage.knock("/garden", "ada")
    stage.require(not ada.closed, "nobody")
    stage.require(ada.accepted or not ada.over, "refused", name="ada")
    stage.require(ada.accepted, "not accepted", name="ada")
    carries = any("text" in e for e in ada.sent if "accept" in e["type"])
    stage.require(ada.heard or not carries, "text in accept")
    if not ada.heard and not ada.over:
        with stage.meaning(raised="no greeting"):
            await stage.send(ada, "hello")
        stage.require(not ada.heard, "late")
    stage.require(ada.heard, "no greeting")
    stage.require(
        ada.heard == ["welcome to /garden"], "other", got=ada.heard[0]
    )
    late = Raised(ProtocolError, event_type="websocket.accept", state="CLOSED")
    with stage.meaning({late: "after close"}):
        bob = await stage.knock("/cellar", "bob")
    stage.require(not (bob.accepted and bob.closed), "let in first")
    stage.require(not bob.accepted, "let in")
    stage.require(bob.closed, "left standing")


_SOLUTION = """\
async def door(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    if scope["path"] == "/cellar":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    text = f"welcome to {scope['path']}"
    await send({"type": "websocket.send", "text": text})
    while (await receive())["type"] != "websocket.disconnect":
        pass
"""

# What many write: nothing is awaited in the end.
_BRIEF = edit(
    _SOLUTION,
    '    assert scope["type"] == "websocket"\n',
    "",
    '    while (await receive())["type"] != "websocket.disconnect":\n'
    "        pass\n",
    "",
)

EXERCISE = Exercise(
    number="1.3",
    name="door",
    asks="application",
    play=play,
    texts={
        "solved": Text(
            headline="one was let in, the other refused.",
            should="`websocket.connect` is a question. `websocket.accept` and"
            " `websocket.close` are the two answers. After the greeting,"
            " `door` may return; that ends ada's connection.",
        ),
        "untouched": Text(
            headline="`door` opens for nobody yet.",
            did="ada knocked, `door` ended without an answer, and so she was"
            " refused.",
            should="ada is accepted and receives `welcome to /garden`. Only"
            " who comes to `/cellar` is refused.",
            first="let `door` accept ada and greet her. The cellar comes"
            " after that.",
        ),
        "refused": Text(
            headline="ada was refused.",
            did="`door` returned without an answer to `websocket.connect`.",
            should="ada is accepted and receives `welcome to /garden`.",
            next="await `receive()`, then send `websocket.accept`.",
            missing="websocket.accept",
            why="M04",
        ),
        "nobody": Text(
            headline="ada was refused, too.",
            should="Only who comes to `/cellar` is refused.",
            next="look at `scope`: which key holds the path?",
        ),
        "not in the event": Text(
            headline="the event has no `path`.",
            did="$application raised $error: $text",
            should="What holds for the whole connection is in `scope`. The"
            " event says only what happens now.",
            next='write `scope["path"]`.',
        ),
        "text in accept": Text(
            headline="`websocket.accept` carries no text.",
            did="ada was let in, but not greeted.",
            should="Two events: first `websocket.accept`, then"
            " `websocket.send` with the text.",
            next="send the greeting in a second event.",
            missing="websocket.send",
        ),
        "late": Text(
            headline="ada is only greeted when she says something.",
            should="ada receives the greeting as soon as she is let in, before"
            " she says anything.",
            next="send the greeting directly after `websocket.accept`.",
        ),
        "no greeting": Text(
            headline="ada was let in, but not greeted.",
            should="ada receives `welcome to /garden`: the path is in `scope`.",
            missing="websocket.send",
        ),
        "other": Text(
            headline="the greeting reads differently.",
            did="ada received `$got`.",
            should="`welcome to /garden`: the words, then the path as it"
            " stands in `scope`.",
        ),
        "let in": Text(
            headline="bob was let into the cellar.",
            should="Who comes to `/cellar` is refused with `websocket.close`"
            " instead of `websocket.accept`.",
            next='compare `scope["path"]` with `"/cellar"`: it begins with a'
            " slash.",
        ),
        "let in first": Text(
            headline="bob was let in, and then sent away.",
            should="`websocket.close` comes instead of `websocket.accept`, not"
            " after it: a refused client never was inside.",
            next="decide before you accept.",
        ),
        "left standing": Text(
            headline="bob got no answer at the cellar's door.",
            did="It neither accepted nor closed.",
            should="bob is refused with `websocket.close`.",
            next='`await send({"type": "websocket.close"})` before `door`'
            " returns, or goes on.",
            missing="websocket.close",
        ),
        "after close": Text(
            headline="your code goes on after it has refused bob.",
            did="After `websocket.close` it sent `websocket.accept`, which may"
            " not be sent any more.",
            should="`websocket.close` is the last event for bob.",
            next="`return` after the close, or put the rest under `else:`.",
            why="M07",
        ),
    },
    hints=(
        'Everything that you need to decide is in `scope["path"]`.',
        "Two cases, one `if`: accept and greet, or close.",
        'For the cellar: `await send({"type": "websocket.close"})` and'
        " `return`.",
    ),
    stub="""\
async def door(scope, receive, send):
    assert scope["type"] == "websocket"
    # /cellar is refused. Everybody else is accepted and greeted with
    # "welcome to " and the path.
""",
    solution=_SOLUTION,
    second="""\
async def door(scope, receive, send):
    path = scope["path"]
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.connect" and path == "/cellar":
            await send({"type": "websocket.close", "code": 4000})
        elif event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            text = "welcome to " + path
            await send({"type": "websocket.send", "text": text})
""",
    wrong={
        "not in the event": edit(
            _BRIEF,
            "await receive()",
            "event = await receive()",
            'scope["path"]',
            'event["path"]',
            "scope['path']",
            "event['path']",
        ),
        "text in accept": """\
async def door(scope, receive, send):
    await receive()
    if scope["path"] == "/cellar":
        await send({"type": "websocket.close"})
    else:
        text = f"welcome to {scope['path']}"
        await send({"type": "websocket.accept", "text": text})
""",
        "late": """\
async def door(scope, receive, send):
    while (event := await receive())["type"] != "websocket.disconnect":
        if event["type"] == "websocket.receive":
            text = f"welcome to {scope['path']}"
            await send({"type": "websocket.send", "text": text})
        elif scope["path"] == "/cellar":
            await send({"type": "websocket.close"})
        else:
            await send({"type": "websocket.accept"})
""",
        "after close": edit(_BRIEF, "        return\n", ""),
        "let in": edit(_BRIEF, '"/cellar"', '"cellar"'),
        "let in first": """\
async def door(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] == "/cellar":
        await send({"type": "websocket.close"})
        return
    text = f"welcome to {scope['path']}"
    await send({"type": "websocket.send", "text": text})
""",
        "left standing": edit(
            _BRIEF, '        await send({"type": "websocket.close"})\n', ""
        ),
        "no greeting": """\
async def door(scope, receive, send):
    await receive()
    if scope["path"] == "/cellar":
        await send({"type": "websocket.close"})
    else:
        await send({"type": "websocket.accept"})
""",
    },
)
