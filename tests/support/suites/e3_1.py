"""3.1: the bytes of a frame say where its payload is."""

from minichannels.lab.checking.stage.exercise import edit

_READ = """\
def read_frame(data):
    opcode, masked, length = data[0] & 15, data[1] & 128, data[1] & 127
    start = 2
    if length == 126:
        length, start = int.from_bytes(data[2:4], "big"), 4
    elif length == 127:
        length, start = int.from_bytes(data[2:10], "big"), 10
    mask = b""
    if masked:
        mask, start = data[start : start + 4], start + 4
    payload = data[start : start + length]
    if mask:
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    return opcode, payload
"""


def _with(old: str, new: str) -> str:
    assert old in _READ
    return _READ.replace(old, new)


RIGHT = (
    _READ,
    """\
import struct


def read_frame(data):
    head, size = struct.unpack_from("!BB", data)
    at = 2
    if size & 127 == 126:
        (length,) = struct.unpack_from("!H", data, at)
        at += 2
    elif size & 127 == 127:
        (length,) = struct.unpack_from("!Q", data, at)
        at += 8
    else:
        length = size & 127
    if size & 128 == 0:
        return head & 0b1111, data[at : at + length]
    mask, at = data[at : at + 4], at + 4
    long = mask * (length // 4 + 1)
    pairs = zip(data[at : at + length], long)
    return head & 0b1111, bytes([a ^ b for a, b in pairs])
""",
    """\
def number(some):
    value = 0
    for byte in some:
        value = value * 256 + byte
    return value


def read_frame(data):
    rest = list(data)
    opcode = rest.pop(0) % 16
    second = rest.pop(0)
    length, masked = second % 128, second >= 128
    extra = 2 if length == 126 else 8 if length == 127 else 0
    if extra:
        length, rest = number(rest[:extra]), rest[extra:]
    if masked:
        mask, rest = rest[:4], rest[4:]
        for place in range(length):
            rest[place] = rest[place] ^ mask[place % 4]
    return [opcode, bytearray(rest[:length])]
""",
    """\
from websockets.frames import Frame


def wanted(size):
    return (yield size)


def read_frame(data):
    parsing = Frame.parse(wanted, mask=data[1] > 127)
    size, at = next(parsing), 0
    try:
        while True:
            at, piece = at + size, data[at : at + size]
            size = parsing.send(piece)
    except StopIteration as done:
        return int(done.value.opcode), bytes(done.value.data)
""",
    """\
def read_frame(data):
    match data[1] & 127:
        case 126:
            end = 4
        case 127:
            end = 10
        case _:
            end = 2
    length = int.from_bytes(data[2:end]) if end > 2 else data[1] & 127
    if data[1] < 128:
        return (data[0] & 15, bytes(memoryview(data)[end:][:length]))
    key = int.from_bytes((data[end : end + 4] * (length // 4 + 1))[:length])
    hidden = int.from_bytes(data[end + 4 : end + 4 + length])
    return (data[0] & 15, (key ^ hidden).to_bytes(length))
""",
)

_BRIEF = """\
def read_frame(data):
    opcode = data[0] & 15
    length = data[1] & 127
    start = 2
    if length == 126:
        length = int.from_bytes(data[2:4], "big")
        start = 4
    elif length == 127:
        length = int.from_bytes(data[2:10], "big")
        start = 10
    if data[1] & 128:
        mask = data[start : start + 4]
        start += 4
        return opcode, bytes(
            b ^ mask[i % 4] for i, b in enumerate(data[start : start + length])
        )
    return opcode, data[start : start + length]
"""

CHEATS = {
    "other": (
        _with("return opcode, payload", 'return opcode, b"Hello"').replace(
            "    opcode, masked",
            "    if data[0] == 0x82:\n"
            "        return 2, data[4:]\n    opcode, masked",
        ),
        _with("i % 4", "(i + 1) % 4"),
        _with("b ^ mask", "b | mask"),
        _with(
            "data[start : start + length]", "data[start + 1 : start + length]"
        ),
        _with("return opcode, payload", "return opcode, payload[::-1]"),
    ),
    "opcode": (
        edit(_BRIEF, "data[0] & 15", "data[0] - 128"),
        _with("data[0] & 15", "1"),
        _with("data[0] & 15", "data[0] & 3"),
        _with("data[0] & 15", "data[0] >> 4"),
    ),
    "too much": (
        _with(
            "payload = data[start : start + length]", "payload = data[start:]"
        ),
        _with(
            "data[start : start + length]", "data[start : start + length + 1]"
        ),
    ),
    "mask as payload": (
        _with("    if mask:\n", "    if False:\n").replace(
            ", start + 4\n", ", start\n"
        ),
    ),
    "still masked": (
        _with("    if mask:\n", "    if length > 200:\n"),
        _with("b ^ mask[i % 4]", "b"),
    ),
    "mask once": (
        _with("b ^ mask[i % 4]", "b ^ (mask + bytes(length))[i]"),
        _with("b ^ mask[i % 4]", "b ^ mask[i % 4] if i < 4 else b"),
    ),
    "length 126": (_with("length == 126", "length == 1260"),),
    "length 127": (_with("length == 127", "length == 1270"),),
    "nothing returned": (_with("return opcode, payload", "print(opcode)"),),
    "no pair": (_with("return opcode, payload", "return payload.decode()"),),
    "a text": (
        _with(
            "return opcode, payload", 'return opcode, payload.decode("latin-1")'
        ),
    ),
    "empty": (edit(_BRIEF, "data[2:10]", "data[2:6]"),),
    "mask elsewhere": (
        """\
def read_frame(data):
    opcode = data[0] & 15
    length = data[1] & 127
    start = 2
    if length == 126:
        length = int.from_bytes(data[2:4], "big")
        start = 4
    elif length == 127:
        length = int.from_bytes(data[2:10], "big")
        start = 10
    payload = data[start : start + length]
    if data[1] & 128:
        mask, body = data[2:6], data[6 : 6 + length]
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(body))
    return opcode, payload
""",
    ),
}
