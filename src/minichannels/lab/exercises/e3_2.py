"""3.2: which events the application gets of the frames of a client."""

from typing import Any

from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.miss import Raised
from minichannels.lab.checking.stage.steps import Steps
from minichannels.lab.checking.stage.steps import frame as shown

REST, TEXT, BYTES, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

Frame = tuple[bool, int, bytes]

_NOTHING_YET: Frame = (False, TEXT, b"")
"""A message may begin with a frame that has nothing of it."""
_END: Frame = (True, REST, b"end")


async def play(stage: Stage, events_of: Any) -> None:
    """Give whole messages, pings, messages in pieces, then a close."""
    draw = stage.draw
    hello = draw.text("Hello", "{a} {B}\n", " {A}: {b}")
    word = draw.text("é, café", "é {a}", "{A}é λ", "é{b}")
    data = draw.text("\x00ÿ", "{a}ÿ", "\x00{b}").encode("latin-1")
    messages: list[str | bytes] = [hello, data, ""]
    for message in draw.order(messages):
        await _give(stage, events_of, [_whole(message)], message)
    ping = True, draw.one(PING, PONG), draw.one(b"", b"hi", b"")
    await _give(stage, events_of, [ping])
    await _give(stage, events_of, [_NOTHING_YET, _END], "end")
    for message in (hello, word, data):
        await _give(stage, events_of, _cut(message), message)
    first, *rest = _cut(hello)
    with stage.meaning(other="torn", number="torn", in_pieces="torn"):
        await _give(stage, events_of, [first, ping, *rest], hello)
    with stage.meaning(other="mixed", kind="mixed", decoded="mixed"):
        for two in ((data, hello), (hello, word)):
            frames = [*_cut(two[0]), *_cut(two[1])]
            await _give(stage, events_of, frames, *two)
    code = draw.number(1000, 4000, 4999)
    bye = draw.text("bye", "{A}é {b}")
    for goodbye in ((code, bye), (code, ""), (None, "")):
        await _say_goodbye(stage, events_of, *goodbye)


def _whole(message: str | bytes) -> Frame:
    """Return a message as one frame."""
    if isinstance(message, str):
        return True, TEXT, message.encode()
    return True, BYTES, message


def _cut(message: str | bytes) -> list[Frame]:
    """Return a message in three frames; a letter may be cut in two."""
    _, opcode, data = _whole(message)
    return [
        (False, opcode, data[:1]),
        (False, REST, data[1:2]),
        (True, REST, data[2:]),
    ]


async def _events(stage: Stage, events_of: Any, frames: list[Frame]) -> Any:
    """Call the function; return the events that it made."""
    stage.steps = Steps(drawn=bool(stage.draw.turn))  # a call stands alone
    words = f"events_of({frames!r})"
    cut = len(frames) > 1 and frames[0][1] == TEXT
    key = "letter cut" if cut else "decoded"
    with stage.meaning({Raised(UnicodeDecodeError, encoding="utf-8"): key}):
        events = await stage.call(words, events_of, list(frames))
    stage.require(events is not None, "nothing returned")
    is_list = isinstance(events, list | tuple)
    stage.require(is_list, "no list", kind=type(events).__name__)
    for event in events:
        is_event = isinstance(event, dict) and "type" in event
        stage.require(is_event, "no event", got=shown(event))
        kind = str(event["type"])
        stage.require("http" not in kind, "http event", got=kind)
    return events


async def _give(
    stage: Stage, events_of: Any, frames: list[Frame], *messages: str | bytes
) -> None:
    """Give frames that are these messages."""
    stage.values |= {"number": len(messages), "frames": len(frames)}
    events = await _events(stage, events_of, frames)
    stage.require(messages or not events, "ping is an event")
    cut = any(opcode == REST for _, opcode, _ in frames)
    stage.require(events or not cut, "lost")
    more = len(events) > len(messages)
    stage.require(not (more and cut), "in pieces", got=len(events))
    stage.require(len(events) == len(messages), "number", got=len(events))
    for event, message in zip(events, messages, strict=True):
        _require_message(stage, event, message, frames)


def _require_message(
    stage: Stage, event: Any, message: str | bytes, frames: list[Frame]
) -> None:
    kind = event["type"]
    stage.require(kind == "websocket.receive", "another type", got=kind)
    is_text = isinstance(message, str)
    key, wrong = ("text", "bytes") if is_text else ("bytes", "text")
    stage.values |= {"key": key, "message": shown(message)}
    swapped = event.get(key) is None and _same(event.get(wrong), message)
    stage.require(not swapped, "kind", got=wrong)
    got = event.get(key)
    pieces = [piece for _, opcode, piece in frames if opcode in (REST, 1, 2)]
    halves = [pieces[0], pieces[0].decode(errors="ignore")]
    part = len(pieces) > 1 and got in halves and got != message
    stage.require(not part, "half of it", got=shown(got))
    own = {k: v for k, v in event.items() if v is not None}
    right = {"type": "websocket.receive", key: message}
    stage.require(own == right, "other", got=shown(event))


def _same(got: Any, message: str | bytes) -> bool:
    """Return whether something is a message, be it text or bytes."""
    texts = (got, message)
    first, second = (t.encode() if isinstance(t, str) else t for t in texts)
    return bool(first == second)


async def _say_goodbye(
    stage: Stage, events_of: Any, code: int | None, reason: str
) -> None:
    payload = b"" if code is None else code.to_bytes(2, "big")
    frames = [_whole("Hello"), (True, CLOSE, payload + reason.encode())]
    stage.values |= {"code": 1005 if code is None else code}
    stage.values |= {"reason": shown(reason)}
    known = {"raised_in_call": "no code"} if code is None else {}
    with stage.meaning(**known):
        events = await _events(stage, events_of, frames)
    stage.require(len(events) > 1, "no goodbye event", got=len(events))
    stage.require(len(events) == 2, "number", got=len(events), number=2)
    last = events[1]
    kind = last["type"]
    stage.require(kind == "websocket.disconnect", "goodbye type", got=kind)
    key = "no code" if code is None else "code"
    stage.require(
        last.get("code") == stage.values["code"], key, got=shown(last)
    )
    said = last.get("reason") or ""
    stage.require(said == reason, "reason", got=shown(last))


_SOLUTION = """\
def events_of(frames):
    events, pieces, kind = [], b"", 0
    for fin, opcode, payload in frames:
        if opcode == 8:
            code = int.from_bytes(payload[:2], "big") if payload else 1005
            event = {"type": "websocket.disconnect", "code": code}
            event["reason"] = payload[2:].decode()
            events.append(event)
        elif opcode in (0, 1, 2):
            kind = opcode or kind
            pieces += payload
            if fin:
                event = {"type": "websocket.receive", "bytes": pieces}
                if kind == 1:
                    text = pieces.decode()
                    event = {"type": "websocket.receive", "text": text}
                events.append(event)
                pieces = b""
    return events
"""

EXERCISE = Exercise(
    number="3.2",
    name="events_of",
    asks="function",
    play=play,
    texts={
        "solved": Text(
            headline="frames come in, events go out.",
            should="A message is one event, however many frames it had. Pings"
            " and pongs are the server's own business.",
        ),
        "untouched": Text(
            headline="only a text in one frame becomes an event.",
            did="It lost what came as bytes.",
            should="A frame with the opcode 2 becomes a `websocket.receive`"
            ' with the key `"bytes"`.',
            first="make an event of bytes, too; then go on to what comes in"
            " several frames.",
        ),
        "nothing returned": Text(
            headline="`events_of` returned nothing.",
            did="It returned `None`.",
            should="It returns a list of events; an empty one, if there are"
            " none.",
        ),
        "no list": Text(
            headline="the events come as a list.",
            did="It returned something of the type `$kind`.",
            should="It returns a list of events, in their order.",
        ),
        "no event": Text(
            headline="something in the list is no event.",
            did="It returned $got among the events.",
            should='An event is a dict with a `"type"`.',
        ),
        "http event": Text(
            headline="`$got` is an event of HTTP.",
            did="It made an event of the type `$got`.",
            should="A frame becomes `websocket.receive` or"
            " `websocket.disconnect`.",
            why="M32",
        ),
        "ping is an event": Text(
            headline="a ping became an event.",
            did="It made an event of a ping or a pong.",
            should="Those are between client and server: the server answers a"
            " ping by itself.",
            next="make events of the opcodes 0, 1, 2 and 8 alone.",
            why="M33",
        ),
        "lost": Text(
            headline="a message in several frames got lost.",
            did="It made no event of it.",
            should="The message is one event, made when its last frame is"
            " there.",
            next="keep the payloads until a frame with a true `fin` comes.",
        ),
        "in pieces": Text(
            headline="the frames became events, not the messages.",
            did="It made $got events of $frames frames.",
            should="A message is one event, made when its last frame is"
            " there. Messages in these frames: $number.",
            next="keep the payloads until a frame with a true `fin` comes.",
            why="M33",
        ),
        "half of it": Text(
            headline="the event has the beginning of the message alone.",
            did="It made an event with $got.",
            should="The rest comes in frames with the opcode 0: the message is"
            " $message.",
            next="add the payloads of those frames before you make the event.",
        ),
        "letter cut": Text(
            headline="a letter was cut in two.",
            did="It raised $error: $text",
            should="Some letters have several bytes, and a frame may end"
            " between them: é is two. The whole message is a text, not each"
            " frame of it.",
            next="put the bytes together first, and decode them once.",
        ),
        "decoded": Text(
            headline="bytes were read as a text.",
            did="It raised $error: $text",
            should="The opcode 2 says that the message is bytes. They go into"
            ' the event as they are, under `"bytes"`.',
            next="choose by the opcode that the message began with: a frame"
            " with the opcode 0 goes on with it.",
            why="M09",
        ),
        "number": Text(
            headline="there are more events, or fewer, than messages.",
            did="It made $got events.",
            should="Events that these frames become: $number.",
        ),
        "another type": Text(
            headline="a message became an event of another type.",
            did="The event's type is `$got`.",
            should="What a client has sent is a `websocket.receive`.",
        ),
        "kind": Text(
            headline="text and bytes are two things.",
            did='The message $message came under the key `"$got"`.',
            should='It belongs under `"$key"`: the opcode of its first frame'
            " says so, 1 is a text, 2 is bytes.",
            next="keep that opcode until the message is done: a frame with the"
            " opcode 0 goes on with it.",
            why="M09",
        ),
        "other": Text(
            headline="the event is another one.",
            did="It was $got.",
            should="It has the type `websocket.receive`, and $message under"
            ' `"$key"`; nothing else.',
        ),
        "torn": Text(
            headline="a ping tore a message apart.",
            did="Between two frames of a message came a ping or a pong, and"
            " the message came out otherwise than before.",
            should="Such a frame may stand there. The message is one event all"
            " the same: $message.",
            next="leave what you have kept alone when a ping comes.",
        ),
        "mixed": Text(
            headline="two messages got mixed.",
            did="Two messages came, one after the other, in three frames each."
            " An event that belongs to one of them came out wrong.",
            should='It has $message under `"$key"`.',
            next="when a message is done, begin the next one with nothing.",
        ),
        "no goodbye event": Text(
            headline="nobody is told that the client leaves.",
            did="It made no event of the close (events: $got).",
            should="A close becomes a `websocket.disconnect`, with the code"
            " `$code`.",
        ),
        "goodbye type": Text(
            headline="a client that leaves is a `websocket.disconnect`.",
            did="The event's type is `$got`.",
            should="`websocket.close` is what an application sends. It gets a"
            " `websocket.disconnect`.",
        ),
        "code": Text(
            headline="the close came with another code.",
            did="The event was $got.",
            should="The first two bytes of the payload are the code, the one"
            " that counts more first: here `$code`.",
            next='`int.from_bytes(payload[:2], "big")`',
        ),
        "no code": Text(
            headline="a close may have no code.",
            did="The payload of the close was empty. That did not become an"
            " event with the code `$code`.",
            should="Then the code is `$code`: no code was given.",
            next="ask whether the payload is empty.",
        ),
        "reason": Text(
            headline="the reason is another one.",
            did="The event was $got.",
            should="What stands behind the code is the reason, a text. Here it"
            ' is $reason, under `"reason"`.',
        ),
    },
    hints=(
        "A message is done when a frame with a true `fin` comes. Until then,"
        " where can the payloads be kept?",
        "A variable for the bytes so far, another one for the opcode of the"
        " first frame. At the last frame, decode them if it was 1, make the"
        " event, and empty the variable.",
        "`if opcode in (0, 1, 2): kind = opcode or kind; pieces += payload`,"
        " and `if fin:` the event. For 8, `code = int.from_bytes(payload[:2],"
        ' "big") if payload else 1005`.',
    ),
    stub="""\
def events_of(frames):
    events = []
    for fin, opcode, payload in frames:
        if opcode == 1 and fin:
            text = payload.decode()
            events.append({"type": "websocket.receive", "text": text})
        # 2: the same, with "bytes".   8: websocket.disconnect, with "code"
        # (the first two bytes, or 1005 if there are none) and "reason" (the
        # text behind them).   9, 10: ping and pong, which are no events.
        # If fin is False, the message goes on in frames with the opcode 0.
    return events
""",
    solution=_SOLUTION,
    second="""\
def message(opcode, data):
    key, value = ("bytes", data) if opcode == 2 else ("text", data.decode())
    return {"type": "websocket.receive", key: value}


def goodbye(payload):
    code = int.from_bytes(payload[:2], "big") or 1005
    reason = payload[2:].decode()
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


def events_of(frames):
    events, kept = [], []
    for fin, opcode, payload in frames:
        if opcode == 8:
            events.append(goodbye(payload))
        elif opcode < 8:
            kept.append((opcode, payload))
            if fin:
                data = b"".join(payload for _, payload in kept)
                events.append(message(kept[0][0], data))
                kept.clear()
    return events
""",
    wrong={
        "decoded": edit(_SOLUTION, "if kind == 1", "if True"),
        "kind": edit(_SOLUTION, "if kind == 1", "if kind == 3"),
        "ping is an event": edit(_SOLUTION, "opcode in (0, 1, 2)", "True"),
        "in pieces": edit(
            _SOLUTION,
            "            if fin:\n",
            "            if pieces or fin:\n",
            "pieces.decode()",
            'pieces.decode(errors="replace")',
        ),
        "half of it": edit(
            _SOLUTION, "in (0, 1, 2)", "in (1, 2)", "if fin", "if True"
        ),
        "lost": edit(_SOLUTION, "in (0, 1, 2)", "in (1, 2)"),
        "letter cut": edit(
            _SOLUTION,
            "            pieces += payload\n",
            "            payload = payload.decode() if kind == 1 else payload\n"
            "            pieces = pieces + payload if pieces else payload\n",
            "text = pieces.decode()",
            "text = pieces or ''",
        ),
        "mixed": edit(_SOLUTION, '                pieces = b""\n', ""),
        "http event": edit(
            _SOLUTION, "websocket.disconnect", "http.disconnect"
        ),
        "goodbye type": edit(
            _SOLUTION, "websocket.disconnect", "websocket.close"
        ),
        "code": edit(_SOLUTION, '"big"', '"little"'),
        "no code": edit(_SOLUTION, " if payload else 1005", ""),
        "reason": edit(
            _SOLUTION,
            '            event["reason"] = payload[2:].decode()\n',
            "",
        ),
    },
)
