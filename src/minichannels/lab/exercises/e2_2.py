"""2.2: a count that lives as long as its scope."""

from collections.abc import Iterator

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.sandbox.strict import WrongValueError
from minichannels.lab.checking.stage.clients import ScenarioClient
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame


async def play(stage: Stage) -> None:
    """Ask by request and by socket, in turns; each scope counts its own."""
    draw = stage.draw
    ada = await stage.connect(draw.one("/", "/desk", "/a/b"), "ada")
    await _ask(stage, ada, 1)
    await _request(stage, "bob")
    await _ask(stage, ada, 2)
    await _request(stage, "bob")
    eve = await stage.connect("/", "eve")
    for client in draw.order([eve, ada]):
        await _ask(stage, client, 1 if client is eve else 3)
    await stage.close(ada)
    carl = await stage.connect("/", "carl")
    await _ask(stage, carl, 1)
    await _ask(stage, eve, 2)


async def _ask(stage: Stage, client: ScenarioClient, number: int) -> None:
    """Let a client send a text, and look at the number that comes back."""
    before, wanted = len(client.heard), f"question {number}"
    stage.values |= {"name": client.name, "wanted": frame(wanted)}
    stage.require(not client.over, "only once")
    await stage.send(client, stage.draw.text("what is a scope?"))
    answers = client.heard[before:]
    stage.require(answers, "silent")
    got = str(answers[0])
    stage.require(answers == answers[:1], "too many", got=str(len(answers)))
    _require_own(stage, got, number)
    stage.require(got == wanted, "other", got=frame(got))


async def _request(stage: Stage, name: str) -> None:
    """Make a request, and look at the response."""
    wanted = "question 1"
    stage.values |= {"name": name, "wanted": frame(wanted)}
    path = stage.draw.text("/", "/{a}", "/{a}/{b}/", "/{A} {b}")
    sockets = {
        Raised(ProtocolError, event_type=kind): "event of a socket"
        for kind in ("websocket.send", "websocket.accept", "websocket.close")
    }
    wrong = {
        Raised(WrongValueError, key="status"): "no number",
        Raised(WrongValueError): "not bytes",
    }
    known = {**sockets, **wrong}
    with stage.meaning(known, out_of_order="order of a response"):
        response = await stage.request(path, name=name)
    stage.require(response.sent, "no response")
    stage.require(response.complete, "unfinished")
    stage.require(response.over, "goes on after", name=name)
    stage.require(response.status == 200, "status", got=str(response.status))
    got = response.body.decode(errors="replace")
    for key in _strange_keys(response):
        stage.require(got, "no such key", other=key)
    stage.require(got, "no body")
    _require_own(stage, got, 1)
    stage.require(got == wanted, "other", got=frame(got))


def _strange_keys(response: ScenarioClient) -> Iterator[str]:
    """Give the keys that nobody reads in the events of a body."""
    for event in response.sent:
        if event["type"] == "http.response.body":
            yield from sorted(event.keys() - {"type", "body", "more_body"})


def _require_own(stage: Stage, got: str, number: int) -> None:
    """Require that a number counts neither others' questions nor too few."""
    kinds = "websocket.receive", "http.request"
    asked = sum(event.type in kinds for event in stage.events)
    possible = [f"question {n}" for n in range(2, asked + 1)]
    shared = number == 1 and (got in possible or got in stage.draw.heard)
    stage.require(
        not (shared and got != "question 1"), "shared", got=frame(got)
    )
    early = number == 1 and got == "question 0"
    stage.require(not early, "not counted", got=frame(got))
    forgot = number > 1 and got == "question 1"
    stage.require(not forgot, "forgets", got=frame(got))


_SOLUTION = """\
async def desk(scope, receive, send):
    assert scope["type"] in ("http", "websocket")
    count = 0
    while True:
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            count += 1
            await send({"type": "websocket.send", "text": f"question {count}"})
        elif event["type"] == "http.request":
            count += 1
            body = f"question {count}".encode()
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": body})
        else:
            return
"""

_START = (
    '            await send({"type": "http.response.start", "status": 200})\n'
)
_BODY = '            await send({"type": "http.response.body", "body": body})\n'

EXERCISE = Exercise(
    number="2.2",
    name="desk",
    asks="application",
    play=play,
    texts={
        "solved": Text(
            headline="each scope counts its own questions.",
            should="A request is a scope of one question, so it is always"
            " `question 1`. A socket is a scope of as many as its client asks.",
        ),
        "untouched": Text(
            headline="`desk` answers the sockets, and no request yet.",
            did="bob made a request and got no response.",
            should="A request gets a response with the status 200 and the body"
            " `question 1`.",
            first="answer the event `http.request` with a response that has"
            " any body. The count comes second.",
        ),
        "no response": Text(
            headline="$name made a request and got no response.",
            should="`http.request` is answered with `http.response.start`, and"
            " then `http.response.body`.",
            missing="http.response.start",
            whose="bob",
        ),
        "event of a socket": Text(
            headline="a request was answered with an event of a socket.",
            did="$application raised $error: $text",
            should="A response has two events: `http.response.start` with the"
            " status, then `http.response.body`.",
            next="send these two, in place of the event whose type begins with"
            " `websocket`.",
        ),
        "order of a response": Text(
            headline="the response was sent in a wrong order.",
            did="$application raised $error: $text",
            should="A response has two events: `http.response.start` with the"
            " status, then `http.response.body`, once.",
            next="send `http.response.start` first.",
        ),
        "goes on after": Text(
            headline="your code goes on after $name has got the response.",
            did="It got `http.disconnect` and asked for another event. None"
            " will come.",
            should="A request is over when its response is complete.",
            next="leave the loop at `http.disconnect`, too.",
        ),
        "status": Text(
            headline="the response has the status `$got`.",
            should="All went well, so the status is `200`.",
            next='put `"status": 200` into `http.response.start`.',
        ),
        "no body": Text(
            headline="the response has no body.",
            should='`http.response.body` has the body under `"body"`, as'
            " bytes: $wanted.",
            missing="http.response.body",
            whose="bob",
        ),
        "not bytes": Text(
            headline="a value in the response is of a wrong type.",
            did="$application raised $error: $text",
            should="The status is a number, and the body is bytes.",
            next="make bytes of the text: `.encode()`.",
        ),
        "no number": Text(
            headline="the status is no number.",
            did="$application raised $error: $text",
            should="The status is a number, and the body is bytes.",
            next="take the quotation marks of the status away.",
        ),
        "no such key": Text(
            headline="the event `http.response.body` has no key `$other`.",
            did="The event that you sent has a key `$other`. Nobody reads it,"
            " so the response has no body.",
            should="The keys of an `http.response.body` are `type`, `body` and"
            " `more_body`. The body is bytes: here $wanted.",
            next="put bytes under `body`: `.encode()` makes them of a text.",
        ),
        "shared": Text(
            headline="the count went on from one scope to another.",
            did="$name asked for the first time and got $got.",
            should="Each request, and each socket, begins at `question 1`.",
            next="keep the count in a local variable, inside of `desk`.",
            why="M20",
        ),
        "forgets": Text(
            headline="$name asked again, and the count began again.",
            did="$name got $got.",
            should="One socket is one scope, however many texts come: now it"
            " is $wanted.",
            next="set the count to 0 once, before the loop.",
        ),
        "silent": Text(
            headline="$name asked by socket and got no answer.",
            should="`websocket.receive` is answered with `websocket.send`.",
            missing="websocket.send",
        ),
        "too many": Text(
            headline="$name asked once and got `$got` answers.",
            should="One question gets one answer, $wanted.",
        ),
        "not counted": Text(
            headline="the first question was not counted.",
            did="$name asked for the first time and got $got.",
            should="$name gets $wanted: a question counts before it is"
            " answered, also one that is a request.",
            next="write `count += 1` before the answer, for a request, too.",
        ),
        "other": Text(
            headline="the answer reads differently.",
            did="$name got $got.",
            should="$name gets $wanted.",
        ),
        "only once": Text(
            headline="$name asked again, and nobody was there.",
            did="It returned after the first answer.",
            should="A socket may ask as often as it likes, until"
            " `websocket.disconnect`.",
            next="keep the loop going: no `return` after an answer to a"
            " socket.",
            why="M11",
        ),
    },
    hints=(
        "How many events come for a request? And for how long does a socket's"
        " call of `desk` live?",
        "A request's event is `http.request`. Its response takes two events:"
        " the start with the status, then the body, as bytes.",
        '`elif event["type"] == "http.request":` then `count += 1`, `await'
        ' send({"type": "http.response.start", "status": 200})` and `await'
        ' send({"type": "http.response.body", "body": f"question'
        ' {count}".encode()})`.',
    ),
    stub=edit(
        _SOLUTION,
        '        elif event["type"] == "http.request":\n'
        "            count += 1\n"
        '            body = f"question {count}".encode()\n' + _START + _BODY,
        "        # http.request: a response with the status 200 and the same"
        " text.\n",
    ),
    solution=_SOLUTION,
    second="""\
async def desk(scope, receive, send):
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"question 1"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    asked = 0
    while (await receive())["type"] == "websocket.receive":
        asked += 1
        await send({"type": "websocket.send", "text": f"question {asked}"})
""",
    wrong={
        "no response": edit(_SOLUTION, _START + _BODY, ""),
        "event of a socket": edit(
            _SOLUTION,
            _START + _BODY,
            '            await send({"type": "websocket.send", "text": "1"})\n',
        ),
        "order of a response": edit(
            _SOLUTION, _START, "", _BODY, _BODY + _START
        ),
        "goes on after": edit(
            _SOLUTION,
            "else:\n            return",
            'elif event["type"] == "websocket.disconnect":\n            return',
        ),
        "status": edit(_SOLUTION, "200", "404"),
        "not counted": edit(
            _SOLUTION,
            "            count += 1\n            body",
            "            body",
        ),
        "no body": edit(_SOLUTION, ', "body": body', ""),
        "not bytes": edit(_SOLUTION, ".encode()", ""),
        "no number": edit(_SOLUTION, "200", '"200"'),
        "no such key": edit(
            _SOLUTION, '"body": body', '"text": f"question {count}"'
        ),
        "shared": "count = 0\n\n\n"
        + edit(_SOLUTION, "    count = 0\n", "    global count\n"),
        "forgets": edit(
            _SOLUTION,
            "    count = 0\n    while True:\n",
            "    while True:\n        count = 0\n",
        ),
        "silent": edit(
            _SOLUTION,
            '            await send({"type": "websocket.send"',
            '            print({"type": "websocket.send"',
        ),
        "only once": edit(
            _SOLUTION,
            '"text": f"question {count}"})',
            '"text": f"question {count}"})\n            return',
        ),
    },
)
