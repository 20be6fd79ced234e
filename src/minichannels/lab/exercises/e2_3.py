"""2.3: a request whose body arrives in pieces."""

from collections.abc import Sequence

from minichannels.exceptions import ProtocolError
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import frame

_KNOWN = {
    "UnicodeDecodeError": "decoded",
    "KeyError: 'more_body'": "no key",
    "KeyError: b'content-length'": "no length",
    Raised(
        ProtocolError, event_type="http.response.body", state="REQUESTED"
    ): "no start",
}


async def play(stage: Stage) -> None:
    """Post a text in one piece, then others in several, one without any."""
    draw = stage.draw
    await _post(stage, f"{draw.text('tea and cake')}\n".encode())
    await _post(stage, b"tea", b" and", b" cake")
    await _post(stage, b"milk", b" and rice", is_brief=True)
    pieces = [draw.text(f"{n} cups").encode() for n in (1, 2, 3, 4)]
    await _post(stage, *pieces[: draw.number(3, 1, 4)])
    await _post(stage, *draw.order([pieces[0], b"", pieces[1]]), b"")
    await _post(stage, b"")
    await _post(stage, *[b"\xff" * 10] * draw.number(20, 15, 30))


async def _post(stage: Stage, *pieces: bytes, is_brief: bool = False) -> None:
    """Post a body in pieces, and look at the response.

    Args:
        stage: where it is played.
        pieces: those of the body.
        is_brief: whether the last one lacks "more_body".
    """
    wanted = str(len(b"".join(pieces)))
    stage.values |= {
        "pieces": str(len(pieces)),
        "wanted": wanted,
    }
    with stage.meaning(_KNOWN, out_of_order="twice"):
        response = await stage.request("/measure", *pieces, is_brief=is_brief)
    stage.require(response.sent or response.over, "waits")
    stage.require(response.sent, "no response")
    got = response.body.decode(errors="replace")
    stage.require(response.complete, "unfinished", name="ada")
    stage.require(response.over, "goes on after", name="ada")
    stage.require(response.status == 200, "status", got=str(response.status))
    read = len(pieces) + 1 - response.unread
    _require_length(stage, pieces, got, read)


def _require_length(
    stage: Stage, pieces: Sequence[bytes], got: str, read: int
) -> None:
    """Require the length of all pieces.

    Args:
        stage: where it is played.
        pieces: those of the body.
        got: what came.
        read: how many events were asked for: pieces, then http.disconnect.
    """
    wanted = stage.values["wanted"]
    stage.require(read > 1 or len(pieces) == 1, "first piece")
    all_read = read >= len(pieces)
    stage.require(all_read, "not all pieces", read=str(read))
    counted = got == str(len(pieces)) != wanted
    stage.require(not counted, "counted", got=frame(got))
    last = read == len(pieces) and got == str(len(pieces[-1])) != wanted
    stage.require(not last, "last piece", got=frame(got))
    shifted = str(len(b"".join((pieces[0], *pieces[:-1]))))
    late = read == len(pieces) and got == shifted != wanted
    stage.require(not late, "shifted", got=frame(got))
    stage.require(got == wanted, "other", got=frame(got), read=str(read))


_SOLUTION = """\
async def measure(scope, receive, send):
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    await send({"type": "http.response.start", "status": 200})
    text = str(len(body))
    await send({"type": "http.response.body", "body": text.encode()})
"""

_ANSWER = """\
    await send({"type": "http.response.start", "status": 200})
    text = str(len(body))
    await send({"type": "http.response.body", "body": text.encode()})
"""

EXERCISE = Exercise(
    number="2.3",
    name="measure",
    asks="application",
    play=play,
    texts={
        "solved": Text(
            headline="the whole body was measured, however it arrived.",
            should="A scope of a request is short, and yet it may have several"
            " events: the body ends where `more_body` is not true.",
        ),
        "untouched": Text(
            headline="`measure` measures the first piece of a body.",
            did="ada sent a body in 3 pieces, and got the length of the first.",
            should="The length is that of all pieces together.",
            first="ask for another event as long as the last one has a true"
            " `more_body`, and look at what you get.",
        ),
        "first piece": Text(
            headline="only the first of $pieces pieces was asked for.",
            should="All pieces together have $wanted bytes.",
            next='go on with `receive()` while `event.get("more_body")`.',
        ),
        "not all pieces": Text(
            headline="only $read of $pieces pieces were asked for.",
            should="All pieces together have $wanted bytes. However many there"
            " are, `more_body` says whether another one comes.",
            next='go on with `receive()` while `event.get("more_body")`: a'
            " loop, and no `if`.",
        ),
        "counted": Text(
            headline="the number is that of the pieces, not of the bytes.",
            did="Pieces that ada sent: `$pieces`. ada got $got.",
            should="All pieces together have $wanted bytes.",
            next="add the pieces up, and take the length of that; or add up"
            " their lengths.",
        ),
        "last piece": Text(
            headline="only the last of $pieces pieces was measured.",
            did="ada got $got.",
            should="All pieces together have $wanted bytes.",
            next="add the pieces up: `body += …`.",
        ),
        "no response": Text(
            headline="ada sent a body and got no response.",
            should="After the last piece comes the response.",
            missing="http.response.start",
        ),
        "waits": Text(
            headline="your code waits for a piece that does not come.",
            did="It got the last piece and asked for another event.",
            should="A piece whose `more_body` is not true is the last one:"
            " then comes the response.",
            next='leave the loop when `event.get("more_body")` is not true.',
        ),
        "no length": Text(
            headline="no header says how long the body is.",
            did="$application raised $error: $text",
            should="A body that comes in pieces may be on its way before"
            " anybody knows its length. What counts is what came.",
            next="add up the lengths of the pieces.",
        ),
        "late": Text(
            headline="your function was not done after $limit s.",
            did="When the time was up, it had not ended$place.",
            should="After the last piece comes the response. Each piece is an"
            " event of its own, and comes when it is asked for.",
        ),
        "twice": Text(
            headline="more than one response was sent.",
            did="$application raised $error: $text",
            should="One request has one response, after the last piece.",
            next="answer after the loop, not inside of it.",
        ),
        "no start": Text(
            headline="the response has no beginning.",
            did="$application raised $error: $text",
            should="A response has two events: `http.response.start` with the"
            " status, then `http.response.body`.",
            next="send `http.response.start` first.",
        ),
        "no key": Text(
            headline="the last piece says nothing of `more_body`.",
            did="$application raised $error: $text",
            should="The last piece may lack that key. It means the same as a"
            " `more_body` that is false.",
            next='ask with `event.get("more_body", False)`.',
        ),
        "decoded": Text(
            headline="the body is bytes, and not all bytes are text.",
            did="$application raised $error: $text",
            should="The length is that of the bytes.",
            next="take `len` of the bytes, without `decode()`.",
        ),
        "goes on after": Text(
            headline="your code goes on after the response.",
            did="It got `http.disconnect` and asked for another event. None"
            " will come.",
            should="A request is over when its response is complete.",
            next="`return` after the response.",
        ),
        "status": Text(
            headline="the response has the status `$got`.",
            should="All went well, so the status is `200`.",
        ),
        "shifted": Text(
            headline="the first piece counts twice, and the last one does not.",
            did="ada got $got: so many bytes are in her first piece, and in all"
            " pieces but the last.",
            should="All pieces together have $wanted bytes, each counted once.",
            next="in a turn of the loop, ask for a piece first, and then add"
            " its length.",
        ),
        "other": Text(
            headline="the length is another one.",
            did="Pieces that ada sent: `$pieces`; pieces that it asked for:"
            " `$read`. ada got $got.",
            should="All pieces together have $wanted bytes.",
        ),
    },
    hints=(
        "One `receive()` gives one piece. What in the event says whether there"
        " is another one?",
        '`event.get("more_body", False)` is true while more will come. Add up'
        ' what `event.get("body", b"")` gives.',
        '`body, more = b"", True`, then `while more:` with `event = await'
        ' receive()`, `body += event.get("body", b"")` and `more ='
        ' event.get("more_body", False)`; the response comes after the loop.',
    ),
    stub="""\
async def measure(scope, receive, send):
    assert scope["type"] == "http"
    event = await receive()
    body = event["body"]
    # A body may come in pieces: "more_body" says whether there is another.
    await send({"type": "http.response.start", "status": 200})
    text = str(len(body))
    await send({"type": "http.response.body", "body": text.encode()})
""",
    solution=_SOLUTION,
    second="""\
async def measure(scope, receive, send):
    event = await receive()
    length = len(event["body"])
    while event.get("more_body"):
        event = await receive()
        length += len(event["body"])
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    body = f"{length}".encode()
    await send({"type": "http.response.body", "body": body})
""",
    wrong={
        "first piece": """\
async def measure(scope, receive, send):
    body = (await receive())["body"]
"""
        + _ANSWER,
        "not all pieces": edit(
            _SOLUTION,
            "    while more:\n",
            "    for _ in range(2):\n        if not more:\n            break\n",
        ),
        "counted": edit(
            _SOLUTION,
            'b"", True',
            "[], True",
            'body += event.get("body", b"")',
            'body.append(event.get("body"))',
        ),
        "last piece": edit(_SOLUTION, "body += ", "body = "),
        "no response": edit(_SOLUTION, _ANSWER, "    print(len(body))\n"),
        "waits": """\
async def measure(scope, receive, send):
    body = b""
    while (event := await receive())["type"] == "http.request":
        body += event["body"]
"""
        + _ANSWER,
        "no length": """\
async def measure(scope, receive, send):
    length = dict(scope["headers"])[b"content-length"]
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": length})
""",
        "late": edit(
            _SOLUTION,
            "    while more:\n        event = await receive()",
            "    event = await receive()\n    while more:",
        ),
        "no start": edit(
            _SOLUTION,
            'await send({"type": "http.response.start"',
            'dict({"type": "http.response.start"',
        ),
        "twice": edit(_SOLUTION, _ANSWER, _ANSWER.replace("    ", "        ")),
        "no key": edit(
            _SOLUTION, 'event.get("more_body", False)', 'event["more_body"]'
        ),
        "decoded": edit(_SOLUTION, "len(body)", "len(body.decode())"),
        "status": edit(_SOLUTION, "200", "201"),
    },
)
