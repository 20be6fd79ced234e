"""3.2: frames come in, events go out."""

from minichannels.lab.checking.stage.exercise import edit

_EVENTS = """\
def events_of(frames):
    events, kept, first = [], b"", 0
    for fin, opcode, payload in frames:
        if opcode == 8:
            code = int.from_bytes(payload[:2], "big") if payload else 1005
            reason = payload[2:].decode()
            end = {"type": "websocket.disconnect", "code": code}
            events.append(end | {"reason": reason})
        if opcode > 2:
            continue
        if opcode:
            first = opcode
        kept += payload
        if not fin:
            continue
        if first == 1:
            event = {"type": "websocket.receive", "text": kept.decode()}
        else:
            event = {"type": "websocket.receive", "bytes": kept}
        events.append(event)
        kept = b""
    return events
"""


def _with(old: str, new: str) -> str:
    assert old in _EVENTS
    return _EVENTS.replace(old, new)


RIGHT = (
    _EVENTS,
    """\
import codecs
import struct


def events_of(frames):
    def made():
        text, data = None, None
        for fin, opcode, payload in frames:
            if opcode == 8:
                known = struct.unpack("!H", payload[:2]) if payload else (1005,)
                yield dict(
                    type="websocket.disconnect",
                    code=known[0],
                    reason=payload[2:].decode("utf-8"),
                )
                return
            if opcode == 1:
                decoder = codecs.getincrementaldecoder("utf-8")()
                text, data = "", None
            elif opcode == 2:
                text, data = None, bytearray()
            elif opcode != 0:
                continue
            if text is not None:
                text += decoder.decode(payload, final=fin)
            else:
                data.extend(payload)
            if fin:
                whole = None if data is None else bytes(data)
                kind = "websocket.receive"
                yield {"type": kind, "text": text, "bytes": whole}

    return list(made())
""",
    """\
class Reader:
    def __init__(self):
        self.events = []
        self.pieces = []

    def take(self, fin, opcode, payload):
        handler = {8: self.close, 9: self.skip, 10: self.skip}
        handler.get(opcode, self.data)(fin, opcode, payload)

    def skip(self, *frame):
        pass

    def close(self, fin, opcode, payload):
        event = {"type": "websocket.disconnect", "code": 1005}
        if len(payload) >= 2:
            event["code"] = payload[0] * 256 + payload[1]
            event["reason"] = str(payload[2:], "utf-8")
        self.events.append(event)

    def data(self, fin, opcode, payload):
        if opcode:
            self.opcode = opcode
        self.pieces.append(payload)
        if fin:
            whole, self.pieces = b"".join(self.pieces), []
            value = whole if self.opcode == 2 else str(whole, "utf-8")
            key = "bytes" if self.opcode == 2 else "text"
            self.events.append({"type": "websocket.receive", key: value})


def events_of(frames):
    reader = Reader()
    for each in frames:
        reader.take(*each)
    return reader.events
""",
    """\
def events_of(frames):
    data = [f for f in frames if f[1] in (0, 1, 2)]
    events = []
    while data:
        end = next(i for i, f in enumerate(data) if f[0]) + 1
        message, data = data[:end], data[end:]
        whole = b"".join(f[2] for f in message)
        event = {"type": "websocket.receive"}
        if message[0][1] == 1:
            event["text"] = whole.decode()
        else:
            event["bytes"] = whole
        events.append(event)
    for _, opcode, payload in frames:
        if opcode == 8:
            code = int.from_bytes(payload[:2], "big") or 1005
            event = {"type": "websocket.disconnect", "code": code}
            events.append({**event, "reason": payload[2:].decode()})
    return tuple(events)
""",
    """\
async def events_of(frames):
    events, kept = [], None
    for fin, opcode, payload in frames:
        match opcode:
            case 8 if payload:
                code, reason = int.from_bytes(payload[:2]), payload[2:]
                kind = "websocket.disconnect"
                event = {"type": kind, "code": code, "reason": reason.decode()}
                events.append(event)
            case 8:
                events.append({"type": "websocket.disconnect", "code": 1005})
            case 0 | 1 | 2:
                kept = kept or (opcode, bytearray())
                kept[1].extend(payload)
                if fin:
                    kind, whole = kept
                    kept, event = None, {"type": "websocket.receive"}
                    event |= {"bytes": bytes(whole)} if kind == 2 else {}
                    event |= {"text": whole.decode()} if kind == 1 else {}
                    events.append(event)
    return events
""",
)

_BUFFERED = """\
def events_of(frames):
    events = []
    kind, buf = None, b""
    for fin, opcode, payload in frames:
        if opcode == 8:
            code = int.from_bytes(payload[:2], "big") if payload else 1005
            events.append(
                {
                    "type": "websocket.disconnect",
                    "code": code,
                    "reason": payload[2:].decode(),
                }
            )
        elif opcode < 3:
            if opcode:
                kind = opcode
            buf += payload
            if fin:
                if kind == 1:
                    events.append(
                        {"type": "websocket.receive", "text": buf.decode()}
                    )
                else:
                    events.append({"type": "websocket.receive", "bytes": buf})
                buf = b""
    return events
"""

CHEATS = {
    "in pieces": (
        _with("if not fin:", "if False:").replace(
            "kept.decode()", 'kept.decode("utf-8", "replace")'
        ),
        _with("if not fin:", "if not (fin or kept):").replace(
            "kept.decode()", 'kept.decode("utf-8", "ignore")'
        ),
    ),
    "letter cut": (
        _with(
            "        kept += payload\n",
            "        kept += payload\n"
            "        if first == 1:\n            payload.decode()\n",
        ),
    ),
    "other": (
        _with("kept.decode()", 'kept.decode("latin-1")'),
        _with("kept.decode()", "kept.decode().strip()"),
        _with("kept.decode()", "kept.decode().lower()"),
        _with('"bytes": kept}', '"bytes": kept, "text": ""}'),
        _with(
            "        kept += payload\n",
            '        kept += payload.decode("utf-8", "ignore").encode()'
            " if first == 1 else payload\n",
        ),
    ),
    "half of it": (
        _with(
            "        if not fin:\n            continue\n",
            "        if not opcode:\n"
            "            kept = b''\n            continue\n",
        ).replace("kept.decode()", 'kept.decode("utf-8", "ignore")'),
    ),
    "lost": (
        _with(
            "        if not fin:\n            continue\n",
            "        if not fin or not opcode:\n            continue\n",
        ),
    ),
    "torn": (
        """\
def events_of(frames):
    events = []
    parts = []
    for fin, opcode, payload in frames:
        if opcode in (9, 10):
            parts = []
            continue
        if opcode == 8:
            code = int.from_bytes(payload[:2], "big") if payload else 1005
            events.append(
                {
                    "type": "websocket.disconnect",
                    "code": code,
                    "reason": payload[2:].decode(),
                }
            )
            continue
        if opcode != 0:
            parts = [opcode]
        parts.append(payload)
        if fin:
            kind, *rest = parts
            data = b"".join(rest)
            events.append(
                {
                    "type": "websocket.receive",
                    **(
                        {"text": data.decode()}
                        if kind == 1
                        else {"bytes": data}
                    ),
                }
            )
    return events
""",
        _with(
            "        if opcode > 2:\n",
            "        if opcode > 8:\n            kept = b''\n"
            "        if opcode > 2:\n",
        ),
        _with(
            "        if opcode > 2:\n",
            "        if opcode > 8 and kept:\n            kept += b'!'\n"
            "        if opcode > 2:\n",
        ),
    ),
    "mixed": (
        edit(
            _BUFFERED,
            '                buf = b""\n',
            '                    buf = b""\n',
        ),
        _with(
            '        events.append(event)\n        kept = b""\n',
            "        events.append(event)\n",
        ),
        _with("        if opcode:\n", "        if opcode and not first:\n"),
    ),
    "ping is an event": (
        _with(
            "            continue\n        if opcode:",
            "            events.append({'type': 'websocket.ping'})\n"
            "            continue\n        if opcode:",
        ).replace("opcode > 2", "opcode > 8", 1),
        _with("if opcode > 2", "if opcode == 8"),
    ),
    "kind": (
        edit(_BUFFERED, "if opcode:", "if not buf:"),
        _with("first == 1", "first == 5"),
        _with('"text": kept.decode()', '"bytes": kept'),
    ),
    "code": (
        _with('payload[:2], "big"', "payload, 'big'"),
        _with('int.from_bytes(payload[:2], "big")', "1000"),
        _with('int.from_bytes(payload[:2], "big")', "payload[:2]"),
    ),
    "no code": (
        _with("else 1005", "else 1000"),
        _with("else 1005", "else None"),
    ),
    "reason": (
        _with("payload[2:].decode()", '"bye"'),
        _with("payload[2:].decode()", "payload[2:]"),
        _with("payload[2:].decode()", "payload.decode('latin-1')"),
    ),
    "no goodbye event": (_with("if opcode == 8:", "if opcode == 88:"),),
    "nothing returned": (_with("return events", "print(events)"),),
    "no list": (_with("return events", "return events[0] if events else {}"),),
}
