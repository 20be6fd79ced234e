"""2.1: a client that is turned away learns why."""

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

_EARLY = {Raised(ProtocolError, event_type="websocket.close"): "closed twice"}


async def play(stage: Stage) -> None:
    """Let one in, and turn away whoever comes elsewhere."""
    draw = stage.draw
    stage.values |= {"name": "ada", "path": frame("/garden")}
    with stage.meaning(closed_at_once="nobody"):
        ada = await stage.connect("/garden", "ada")
    for name, path in (
        ("bob", draw.one("/cellar", "/gardens", "/garden/", "/Garden")),
        ("eve", draw.text("/attic", "/{a}", "/{a}/garden", "/{A} {b}")),
    ):
        with stage.meaning(_EARLY):
            client = await stage.knock(path, name)
        _require_told(stage, client, path)
    await stage.close(ada)


def _require_told(stage: Stage, client: ScenarioClient, path: str) -> None:
    """Require that a client was told why it is turned away."""
    reason = f"no room at {path}"
    stage.values |= {
        "name": client.name,
        "path": frame(path),
        "reason": frame(reason),
    }
    key = "ended" if client.over else "let in"
    stage.require(client.closed or not client.accepted, key)
    stage.require(client.closed, "left standing")
    answered = any("response" in e["type"] for e in client.sent)
    stage.require(not answered, "responded before")
    stage.require(client.accepted, "refused before")
    close = next(e for e in client.sent if e["type"] == "websocket.close")
    code, got = close.get("code", 1000), close.get("reason") or ""
    for key in close.keys() - {"type", "code", "reason"}:
        stage.miss("no such key", other=key)
    in_text = any(reason in str(heard) for heard in client.heard)
    stage.require(got or not in_text, "a message")
    stage.values["code"] = frame(code)
    stage.require(not isinstance(code, str), "code as text")
    stage.require(code == 4404, "other code")
    stage.require(not isinstance(got, bytes), "reason as bytes")
    stage.require(got, "no reason")
    stage.require(got == reason, "other reason", got=frame(got))


_SOLUTION = """\
async def club(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] != "/garden":
        reason = f"no room at {scope['path']}"
        await send({"type": "websocket.close", "code": 4404, "reason": reason})
        return
    while (await receive())["type"] != "websocket.disconnect":
        pass
"""

_CLOSE = '{"type": "websocket.close", "code": 4404, "reason": reason}'

EXERCISE = Exercise(
    number="2.1",
    name="club",
    asks="application",
    play=play,
    texts={
        "solved": Text(
            headline="whoever is turned away can read why.",
            should="A close after `websocket.accept` carries a code and a"
            " reason to the client. A refusal before it carries neither.",
        ),
        "untouched": Text(
            headline="`club` turns people away without a word.",
            did="bob was refused before he was accepted: all that his browser"
            " tells him is 1006.",
            should="bob is accepted, and then his connection is closed with"
            " the code `4404` and the reason `no room at /cellar`.",
            first="let everybody in first; then close the connection of those"
            " who are not at `/garden`.",
        ),
        "refused before": Text(
            headline="$name was refused, and cannot read why.",
            did="It closed before it had accepted $name. A server answers that"
            " with the status 403, and drops code and reason.",
            should="$name is accepted first. Then the connection is closed"
            " with the code `4404` and a reason.",
            next="send `websocket.accept` before the `if`, for everybody.",
        ),
        "responded before": Text(
            headline="$name got a response, and no connection.",
            did="It answered `websocket.connect` with a response. A browser"
            " does not show that to a script.",
            should="$name is accepted first. Then the connection is closed"
            " with the code `4404` and a reason.",
            next="send `websocket.accept`, and then `websocket.close`.",
        ),
        "ended": Text(
            headline="$name came to $path, and your function ended without a"
            " close.",
            did="To return without a close is to hang up: $name got no code"
            " and no reason.",
            should="$name is accepted, and then the connection is closed with"
            " the code `4404` and the reason $reason.",
            next="send `websocket.close` before the function returns.",
            missing="websocket.close",
            whose="bob",
        ),
        "let in": Text(
            headline="$name came to $path, and is still connected.",
            should="Only `/garden` is open. $name is accepted, and then the"
            " connection is closed with the code `4404`.",
            next="compare the path with `/garden`; at any other one, accept,"
            " then close.",
            missing="websocket.close",
            whose="bob",
        ),
        "left standing": Text(
            headline="$name came to $path, and waits for an answer.",
            should="$name is accepted, and then the connection is closed with"
            " the code `4404` and the reason $reason.",
            next="accept everybody before you look at the path.",
        ),
        "nobody": Text(
            headline="$name came to $path, and was turned away.",
            should="Who comes to `/garden` stays connected.",
            next="close only where the path is another one than `/garden`.",
        ),
        "a message": Text(
            headline="$name got the reason as a message.",
            should="The reason belongs to the close itself: its event has the"
            ' keys `"code"` and `"reason"`.',
            next='put `"code": 4404` and `"reason": …` into the event'
            " `websocket.close`.",
        ),
        "no such key": Text(
            headline="the event `websocket.close` has no key `$other`.",
            did="The event that you sent has a key `$other`. Nobody reads it.",
            should="The keys of a `websocket.close` are `type`, `code` and"
            " `reason`.",
            next="put the number under `code`, and the text under `reason`.",
        ),
        "other code": Text(
            headline="the connection was closed with the code $code.",
            should="The code is `4404`. Codes from 4000 to 4999 are an"
            " application's own; without a code it is 1000, which says that"
            " all is well.",
            next='put `"code": 4404` into the event `websocket.close`.',
        ),
        "code as text": Text(
            headline="the code is a text, and no number.",
            did="The connection was closed with the code $code.",
            should="A code is a number, without quotes: `4404`.",
            next="take away the quotes of the code.",
        ),
        "reason as bytes": Text(
            headline="the reason is bytes, and no text.",
            should="The reason for $name is $reason.",
            next="leave out `.encode()`, or the `b` before the quotation"
            " marks.",
        ),
        "no reason": Text(
            headline="the connection was closed without a reason.",
            should="The event `websocket.close` has the reason $reason.",
            next='put `"reason": f"no room at {…}"` into the event'
            " `websocket.close`.",
        ),
        "other reason": Text(
            headline="the reason reads differently.",
            did="It was $got.",
            should="The reason for $name is $reason.",
            next="make the reason of `\"no room at \"` and `scope['path']`.",
        ),
        "closed twice": Text(
            headline="the connection was closed twice.",
            did="$application raised $error: $text",
            should="`websocket.close` ends the connection, so it is sent once.",
            next="after the close, `return`.",
            why="M07",
        ),
    },
    hints=(
        "A reason can only reach a client that is connected. What makes a"
        " client connected?",
        "First `websocket.accept` for everybody. Then look at the path. The"
        " event `websocket.close` may have a `code` and a `reason`.",
        '`await send({"type": "websocket.close", "code": 4404,'
        ' "reason": f"no room at {scope[\'path\']}"})`, after the accept,'
        " and then `return`.",
    ),
    stub="""\
async def club(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    if scope["path"] != "/garden":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass
""",
    solution=_SOLUTION,
    second="""\
async def club(scope, receive, send):
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            break
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            if scope["path"] == "/garden":
                continue
            why = "no room at " + scope["path"]
            close = {"type": "websocket.close", "code": 4404, "reason": why}
            await send(close)
""",
    wrong={
        "refused before": edit(
            _SOLUTION,
            '    await send({"type": "websocket.accept"})\n    if',
            "    if",
            "    while (",
            '    await send({"type": "websocket.accept"})\n    while (',
        ),
        "responded before": edit(
            _SOLUTION,
            '    await send({"type": "websocket.accept"})\n    if',
            "    if",
            f"        await send({_CLOSE})\n",
            """\
        start = {"type": "websocket.http.response.start", "status": 404}
        await send(start)
        body = {"type": "websocket.http.response.body", "body": b"no room"}
        await send(body)
""",
            "    while (",
            '    await send({"type": "websocket.accept"})\n    while (',
        ),
        "ended": edit(
            _SOLUTION,
            f"        await send({_CLOSE})\n        return\n",
            f"        return {_CLOSE}\n",
        ),
        "let in": edit(
            _SOLUTION,
            f"        await send({_CLOSE})\n        return\n",
            "        print(reason)\n",
        ),
        "nobody": edit(_SOLUTION, '!= "/garden"', '== "/garden"'),
        "a message": edit(
            _SOLUTION,
            f"        await send({_CLOSE})",
            '        await send({"type": "websocket.send", "text": reason})\n'
            '        await send({"type": "websocket.close"})',
        ),
        "other code": edit(_SOLUTION, ' "code": 4404,', ""),
        "no such key": edit(_SOLUTION, '"code": 4404', '"status": 4404'),
        "code as text": edit(_SOLUTION, "4404", '"4404"'),
        "no reason": edit(_SOLUTION, ', "reason": reason', ""),
        "reason as bytes": edit(
            _SOLUTION, '"reason": reason', '"reason": reason.encode()'
        ),
        "other reason": edit(
            _SOLUTION, "no room at {scope['path']}", "no room"
        ),
        "closed twice": edit(
            _SOLUTION,
            "        return\n    while",
            '        await send({"type": "websocket.close"})\n        return\n'
            "    while",
        ),
    },
)
