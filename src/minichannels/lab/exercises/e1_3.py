"""1.3: a door that opens for one path, and stays shut for another."""

from collections.abc import Sequence

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.stage.clients import Frame, ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

CELLAR = "/cellar"

_KNOWN = {
    "KeyError: 'path'": "not in the event",
    Raised(
        ProtocolError, event_type="websocket.accept", state="CLOSED"
    ): "after close",
}


async def play(stage: Stage) -> None:
    """Knock at the open door, and at the shut one."""
    if stage.draw.turn:
        await _play_drawn(stage)
        return
    await _visit(stage, ("/garden", "ada"))
    await _visit(stage, (CELLAR, "bob"))


async def _play_drawn(stage: Stage) -> None:
    """Knock at open doors, some named like the shut one, and at that."""
    draw = stage.draw
    path = draw.text("", "/{A}", "/{a} {b}", "/{a}/{b}/")
    near = draw.one("", "/cellars", "/cellar/", "/Cellar")
    other = draw.text("", "/", "/{a}/cellar", "/é{a}cellar")
    paths = {"ada": path, "bob": CELLAR, "cleo": other, "dan": CELLAR}
    paths |= {"eve": near, "finn": path}
    inside: list[ScenarioClient] = []
    for name in draw.order(list(paths)):
        (client,) = await _visit(stage, (paths[name], name))
        inside.extend([client] if client.accepted else [])
        if len(inside) > 2 and not inside[-3].over:
            await stage.close(inside[-3])
    await _visit(stage, (other, "gus"), (CELLAR, "hal"))


async def _visit(
    stage: Stage, *visits: tuple[str, str]
) -> list[ScenarioClient]:
    """Have clients knock, at the same moment if there are several."""
    before, (path, name) = stage.heard, visits[0]
    stage.values = {"client": name, "path": frame(path)}
    with stage.meaning(_KNOWN):
        clients = await stage.knock_at_once(*visits)
    for client, (path, name) in zip(clients, visits, strict=True):
        stage.values = {"client": name, "name": name, "path": frame(path)}
        if path == CELLAR:
            _look_at_refused(stage, client)
        else:
            await _look_at_guest(stage, client, path, before)
    return clients


def _look_at_refused(stage: Stage, client: ScenarioClient) -> None:
    """Look at what became of a client who is to be refused."""
    stage.require(not (client.accepted and client.closed), "let in first")
    stage.require(not client.accepted, "let in")
    stage.require(client.closed, "left standing")
    stage.require(client.over, "goes on")


async def _look_at_guest(
    stage: Stage, client: ScenarioClient, path: str, before: Sequence[Frame]
) -> None:
    """Look at what became of a client who is to be let in, and greeted."""
    greeting = f"welcome to {path}"
    stage.values["wanted"] = frame(greeting)
    stage.require(client.accepted or not client.closed, _refusal(path, before))
    stage.require(client.accepted or not client.over, "refused")
    stage.require(client.accepted, "not accepted")
    carries = any("text" in e for e in client.sent if "accept" in e["type"])
    stage.require(client.heard or not carries, "text in accept")
    if not client.heard and not client.over:
        with stage.meaning(raised="no greeting"):
            await stage.send(client, "hello")
        stage.require(not client.heard, "greets late")
    stage.require(client.heard, "no greeting")
    stage.values["got"] = " and ".join(map(frame, client.heard))
    again = client.heard[0] in before and client.heard[0] != greeting
    stage.require(not again, "another's")
    stage.require(client.heard == [greeting], "other")


def _refusal(path: str, before: Sequence[Frame]) -> str:
    """Return the key of the text for a client who should be let in."""
    if "/cellar" in path.lower():
        return "another path"
    return "not every time" if before else "nobody"


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
            " `door` may return; that ends the connection.",
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
            headline="$client was refused.",
            did="`door` returned without an answer to `websocket.connect`.",
            should="$client is accepted and receives $wanted.",
            next="await `receive()`, then send `websocket.accept`.",
            missing="websocket.accept",
            why="M04",
        ),
        "nobody": Text(
            headline="$client was refused at $path.",
            should="Only who comes to `/cellar` is refused.",
            next="look at `scope`: which key holds the path?",
        ),
        "not every time": Text(
            headline="$client was refused at $path.",
            should="Only who comes to `/cellar` is refused, whoever came and"
            " went before.",
        ),
        "another path": Text(
            headline="$client was refused at $path.",
            should="Only `/cellar` itself is refused. $path is another path.",
            next="compare the whole path, with `==`.",
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
            did="$client was let in, but not greeted.",
            should="Two events: first `websocket.accept`, then"
            " `websocket.send` with the text.",
            next="send the greeting in a second event.",
            missing="websocket.send",
        ),
        "greets late": Text(
            headline="$client is only greeted after saying something.",
            should="$client receives $wanted at once, before saying anything.",
            next="send the greeting directly after `websocket.accept`.",
        ),
        "no greeting": Text(
            headline="$client was let in, but not greeted.",
            should="$client receives $wanted: the path is in `scope`.",
            missing="websocket.send",
        ),
        "other": Text(
            headline="the greeting reads differently.",
            did="$client received $got.",
            should="$wanted: the words, then the path as it stands in `scope`.",
        ),
        "another's": Text(
            headline="$client was greeted as somebody else was.",
            did="$client received $got.",
            should="$client knocks at $path and receives $wanted. Each call has"
            " a `scope` of its own.",
        ),
        "let in": Text(
            headline="$client was let into the cellar.",
            should="Who comes to `/cellar` is refused with `websocket.close`"
            " instead of `websocket.accept`.",
            next='compare `scope["path"]` with `"/cellar"`: it begins with a'
            " slash.",
            missing="websocket.close",
            whose="$client",
        ),
        "let in first": Text(
            headline="$client was let in, and then sent away.",
            should="`websocket.close` comes instead of `websocket.accept`, not"
            " after it: a refused client never was inside.",
            next="decide before you accept.",
        ),
        "left standing": Text(
            headline="$client got no answer at the cellar's door.",
            did="It neither accepted nor closed.",
            should="$client is refused with `websocket.close`.",
            next='`await send({"type": "websocket.close"})` before `door`'
            " returns, or goes on.",
            missing="websocket.close",
        ),
        "after close": Text(
            headline="your code goes on after it has refused $client.",
            did="After `websocket.close` it sent `websocket.accept`, which may"
            " not be sent any more.",
            should="`websocket.close` is the last event for $client.",
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
    # "welcome to " and the path. Then the function may return.
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
        "greets late": """\
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
