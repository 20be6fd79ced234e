"""3.1: a frame, read byte by byte."""

from typing import Any

from minichannels.lab.checking.stage.draw import Draw
from minichannels.lab.checking.stage.exercise import Exercise, Stage, Text, edit
from minichannels.lab.checking.stage.steps import Steps
from minichannels.lab.exercises.built_frame import BuiltFrame, under_mask

MASK = bytes.fromhex("37fa213d")  # that of the example in RFC 6455
SHOWN = 6


_KNOWN = {
    "IndexError": "no such byte",
    "'int' and 'bytes'": "no length",
    "slice indices must be integers": "no length",
}


async def play(stage: Stage, read_frame: Any) -> None:
    """Have frames read: short and long, of clients and of servers."""
    for frame in _frames(stage.draw):
        behind = stage.draw.one(b"", b"\x89\x00", b"\x81\x02hi")
        data = frame.data + behind
        cut = len(data) > 2 * SHOWN
        shown = f"{data[:SHOWN].hex(' ')} …" if cut else data.hex(" ")
        stage.values |= {"frame": frame.words, "opcode": frame.opcode}
        stage.values |= {"size": f"{len(frame.payload):,}"}
        stage.steps = Steps(drawn=bool(stage.draw.turn))  # a call stands alone
        words = f'read_frame(bytes.fromhex("{shown}"))'
        with stage.meaning(_KNOWN):
            result = await stage.call(words, read_frame, data)
        _require_read(stage, result, frame, data)


def _frames(draw: Draw) -> list[BuiltFrame]:
    """Return frames of each kind; of each length, where it is written."""
    mask = bytes(draw.number(byte, 1, 255) for byte in MASK)
    some = bytes(draw.number(byte, 0, 255) for byte in b"abcdefg")
    hello = draw.text("Hello", "{a} {B} {b}", "{A}é: {b}").encode()
    short, middle = draw.one(8, 125, 1, 90), draw.one(769, 513, 65281, 4098)
    masked = draw.one(300, 127, 126, 600)

    def long(size: int) -> bytes:
        return (some * (size // len(some) + 1))[:size]

    frames = [
        BuiltFrame(draw.one(1, 2), hello, mask),
        BuiltFrame(draw.one(1, 10, 2), long(short)),
        BuiltFrame(2, long(middle), fin=draw.one(True, False)),
        BuiltFrame(draw.one(1, 0, 2), long(masked), mask),
        BuiltFrame(draw.one(9, 8, 1), b"", mask),
    ]
    # Not in each turn: code that looks at each byte needs a while for them.
    size = draw.one(65536, 0, 65535, 65537 + draw.number(0, 1, 99))
    return [*frames, BuiltFrame(2, long(size))] if size else frames


def _require_read(
    stage: Stage, result: Any, frame: BuiltFrame, data: bytes
) -> None:
    """Require the opcode and the payload of a frame."""
    stage.require(result is not None, "nothing returned")
    is_pair = isinstance(result, tuple | list) and len(result) == 2
    stage.require(is_pair, "no pair", got=type(result).__name__)
    opcode, payload = result
    number = isinstance(opcode, int) and f"{int(opcode)}"
    stage.require(number, "no number", got=type(opcode).__name__)
    stage.require(opcode == frame.opcode, "opcode", got=number)
    kind = type(payload).__name__
    stage.require(not isinstance(payload, str), "a text")
    is_bytes = isinstance(payload, bytes | bytearray | memoryview)
    stage.require(is_bytes, "not bytes", kind=kind)
    got = bytes(payload)
    stage.values |= {"place": _length_place(data)}
    key = next(iter(_faults(got, frame, data)), "other")
    stage.require(got == frame.payload, key, got=f"{len(got):,}")


def _length_place(data: bytes) -> str:
    """Return in words where the length stands."""
    coded = data[1] & 127
    places = {126: "the bytes 2 and 3", 127: "the bytes 2 to 9"}
    return places.get(coded, "the byte 1")


def _faults(got: bytes, frame: BuiltFrame, data: bytes) -> list[str]:
    """Return what is wrong with a payload, the likeliest first.

    Each holds of these very bytes: nothing is said that only may be so.
    """
    size, right = len(frame.payload), frame.payload
    other = len(got) != size
    coded = data[1] & 127
    begin = 2 + {126: 2, 127: 8}.get(coded, 0)
    start, raw = begin + len(frame.mask), data[begin + len(frame.mask) :]
    back = int.from_bytes(data[2:begin], "little")
    again = data[begin : begin + 4]
    guessed = [under_mask(data[at : at + 4], data[2:6]) for at in (start, 6)]
    tried = {
        "length 126": other and coded == 126 and len(got) in (126, 122),
        "length 127": other and coded == 127 and len(got) in (127, 123),
        "mask as payload": start > begin and got[:4] == frame.mask,
        "mask read twice": start > begin
        and got == under_mask(data[begin : begin + size], frame.mask),
        "still masked": start > begin and got == raw[:size],
        "too much": len(got) > size and got[:size] == right,
        "backwards": other and back and len(got) == min(back, len(raw)),
        "mask once": start > begin
        and got[:4] == right[:4]
        and (len(got) == 4 or got[4:8] != right[4 : len(got)][:4]),
        "cut off": other and got and right.startswith(got),
        "empty": other and not got,
        "mask elsewhere": start > begin > 2 and got[:4] in guessed,
        "no mask there": start == begin
        and got
        and got[:8] == under_mask(data[begin + 4 :], again)[: len(got[:8])],
    }
    return [key for key, fits in tried.items() if fits and got != right]


_SOLUTION = """\
def read_frame(data):
    opcode, masked, length = data[0] & 15, data[1] & 128, data[1] & 127
    start = 2
    if length == 126:
        length, start = int.from_bytes(data[2:4], "big"), 4
    elif length == 127:
        length, start = int.from_bytes(data[2:10], "big"), 10
    if not masked:
        return opcode, data[start : start + length]
    mask = data[start : start + 4]
    payload = data[start + 4 : start + 4 + length]
    return opcode, bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
"""

EXERCISE = Exercise(
    number="3.1",
    name="read_frame",
    asks="function",
    play=play,
    texts={
        "solved": Text(
            headline="it reads frames of both sides, of any length.",
            should="Two bytes say what comes: the opcode, the mask, the length."
            " A server needs no more to find the end of a frame.",
        ),
        "untouched": Text(
            headline="it reads only short frames without a mask.",
            did="It took the mask for the beginning of the payload.",
            should="The frame is masked: four bytes of mask come first, then"
            " the payload, `Hello`.",
            first="ask whether the frame is masked; where does the payload"
            " begin then?",
        ),
        "nothing returned": Text(
            headline="`read_frame` returned nothing.",
            did="It returned `None`.",
            should="It returns two values: the opcode and the payload.",
            next="return both. What is printed does not get to whoever has"
            " called.",
        ),
        "no pair": Text(
            headline="`read_frame` returns two values.",
            did="It returned one value, of the type `$got`.",
            should="It returns the opcode, and the payload as bytes.",
            next="`return opcode, payload`.",
        ),
        "no number": Text(
            headline="the opcode is a number.",
            did="The first value is of the type `$got`.",
            should="The opcode comes first, then the payload.",
        ),
        "opcode": Text(
            headline="it read another opcode.",
            did="It returned the opcode `$got`.",
            should="The opcode is the last four bits of the first byte: here"
            " `$opcode`. The 128 before them says that the message ends here;"
            " where more follows, it is missing.",
            next="keep `data[0] & 15`.",
        ),
        "a text": Text(
            headline="the payload is a text, and no bytes.",
            did="The payload is of the type `str`.",
            should="A payload is bytes, whatever its opcode is: not each can be"
            " read as a text.",
            next="leave out what makes a text of the bytes, such as"
            " `.decode()`.",
        ),
        "not bytes": Text(
            headline="the payload is not bytes.",
            did="The payload is of the type `$kind`.",
            should="A payload is bytes, whatever its opcode is.",
            next="put `bytes(…)` around the numbers.",
        ),
        "no such byte": Text(
            headline="it asked for a byte that is not there.",
            did="It raised $error: $text",
            should="It was $frame.",
            next="find out first where the payload begins and how long it is.",
        ),
        "no length": Text(
            headline="bytes are no number yet.",
            did="It raised $error: $text",
            should="A length is a number. Where it stands in several bytes, a"
            " number has to be made of them.",
            next='`int.from_bytes(data[2:4], "big")` makes one of two bytes.',
        ),
        "mask as payload": Text(
            headline="the mask is no part of the payload.",
            did="What it returned begins with the four bytes of the mask.",
            should="It was $frame. The payload comes after the mask.",
            next="begin four bytes later, if the frame is masked.",
        ),
        "mask read twice": Text(
            headline="the mask was read as the beginning of the payload.",
            did="It took the four bytes of the mask for the first ones of the"
            " payload, too, and the last four bytes of the payload are not in"
            " what it returned.",
            should="It was $frame. The payload comes after the mask.",
            next="let the payload begin four bytes later, if the frame is"
            " masked.",
        ),
        "still masked": Text(
            headline="the payload is still masked.",
            did="It returned the bytes as they were on the wire.",
            should="Each byte of the payload is XOR-ed with one of the mask.",
            next="use `^`, as in the cell above that gave `Hello`.",
        ),
        "mask once": Text(
            headline="the mask was used once.",
            did="The first four bytes are right, and the rest is not.",
            should="The mask has four bytes, and begins again after them:"
            " byte 4 of the payload goes with byte 0 of the mask.",
            next="take byte number `i % 4` of the mask.",
        ),
        "mask elsewhere": Text(
            headline="the mask is not where it was looked for.",
            did="It used the bytes 2 to 5 as a mask: two of them are the"
            " length.",
            should="It was $frame. Its mask comes after the whole length.",
            next="let the mask begin where the length ends: at 2, 4 or 10.",
        ),
        "no mask there": Text(
            headline="it took a mask where there is none.",
            did="It used four bytes of the payload as a mask.",
            should="It was $frame. What a server sends is not masked.",
            next="ask whether the frame is masked, before you use a mask.",
        ),
        "length 126": Text(
            headline="126 was taken for the length.",
            did="Bytes in the payload that it returned: $got.",
            should="126 is a sign: the length stands in the next two bytes."
            " Here it is $size.",
            next='`int.from_bytes(data[2:4], "big")`',
        ),
        "length 127": Text(
            headline="127 was taken for the length.",
            did="Bytes in the payload that it returned: $got.",
            should="127 is a sign: the length stands in the next eight bytes."
            " Here it is $size.",
            next='`int.from_bytes(data[2:10], "big")`',
        ),
        "backwards": Text(
            headline="the length was read from its other end.",
            did="Bytes in the payload that it returned: $got.",
            should="The first byte of a length counts most. Here it is $size.",
            next='read it as `"big"`.',
        ),
        "cut off": Text(
            headline="the payload is cut off.",
            did="Its payload ends early. Bytes in it: $got.",
            should="It was $frame. Its length stands in $place.",
            next="compare the length that you find with that one, and cut the"
            " payload only there.",
        ),
        "empty": Text(
            headline="the payload that it returned is empty.",
            did="The payload that it returned has no bytes.",
            should="It was $frame. Its length stands in $place.",
            next="look at the length that you find, and at where you begin to"
            " read.",
        ),
        "too much": Text(
            headline="it read on after the end of the frame.",
            did="Bytes in the payload that it returned: $got.",
            should="The payload has $size bytes. What stands behind it belongs"
            " to the next frame.",
            next="cut the payload at its length.",
        ),
        "other": Text(
            headline="it read another payload.",
            did="Bytes in the payload that it returned: $got.",
            should="It was $frame, and other bytes than those.",
            next="find out, in this order: how the length is written, where it"
            " ends, whether a mask comes then, where the payload begins.",
        ),
    },
    hints=(
        "Before the payload come two bytes, then perhaps more of the length,"
        " then perhaps a mask. Where does each of them begin?",
        "Keep the place in a variable, `start`: 2, or 4 after a length of two"
        " bytes, or 10 after one of eight. The mask is the four bytes there.",
        '`int.from_bytes(data[2:4], "big")` reads a length, and'
        " `bytes(b ^ mask[i % 4] for i, b in enumerate(payload))` unmasks.",
    ),
    stub="""\
def read_frame(data):
    opcode = data[0] & 15
    length = data[1] & 127
    # If data[1] & 128, four bytes of mask come before the payload.
    # If length is 126, the true one stands in the next 2 bytes; 127, in 8.
    return opcode, data[2 : 2 + length]
""",
    solution=_SOLUTION,
    second="""\
import io
import itertools


def read_frame(data):
    stream = io.BytesIO(data)
    first, second = stream.read(2)
    size = {126: 2, 127: 8}.get(second % 128, 0)
    length = int.from_bytes(stream.read(size), "big") if size else second % 128
    mask = stream.read(4) if second >= 128 else b""
    payload = bytearray(stream.read(length))
    for place, byte in zip(range(len(payload)), itertools.cycle(mask)):
        payload[place] ^= byte
    return first % 16, bytes(payload)
""",
    wrong={
        "a text": edit(
            _SOLUTION,
            "data[start : start + length]",
            "data[start : start + length].decode()",
            "(b ^ mask[i % 4] for i, b in enumerate(payload))",
            "(b ^ mask[i % 4] for i, b in enumerate(payload)).decode()",
        ),
        "cut off": edit(_SOLUTION, "[2:4]", "[3:4]"),
        "empty": edit(_SOLUTION, "[2:10]", "[2:4]"),
        "mask as payload": edit(
            _SOLUTION, "    if not masked:\n        return", "    return"
        ),
        "mask read twice": edit(
            _SOLUTION,
            "data[start + 4 : start + 4 + length]",
            "data[start : start + length]",
        ),
        "still masked": edit(
            _SOLUTION,
            "bytes(b ^ mask[i % 4] for i, b in enumerate(payload))",
            "payload",
        ),
        "mask once": edit(
            _SOLUTION,
            "b ^ mask[i % 4] for i, b in enumerate(payload)",
            "a ^ b for a, b in zip(payload, mask)",
        ),
        "mask elsewhere": edit(
            _SOLUTION, "data[start : start + 4]", "data[2:6]"
        ),
        "no mask there": edit(
            _SOLUTION,
            "    if not masked:\n"
            "        return opcode, data[start : start + length]\n",
            "",
        ),
        "length 126": edit(
            _SOLUTION,
            """\
    if length == 126:
        length, start = int.from_bytes(data[2:4], "big"), 4
    elif length""",
            "    if length",
        ),
        "length 127": edit(
            _SOLUTION,
            """\
    elif length == 127:
        length, start = int.from_bytes(data[2:10], "big"), 10
""",
            "",
        ),
        "backwards": _SOLUTION.replace('"big"', '"little"'),
        "too much": edit(_SOLUTION, "[start : start + length]", "[start:]"),
        "opcode": edit(_SOLUTION, "data[0] & 15", "data[0]"),
        "not bytes": edit(_SOLUTION, "bytes(b ^", "list(b ^"),
        "no pair": edit(_SOLUTION, "return opcode, bytes(", "return bytes("),
        "no length": edit(
            _SOLUTION, 'int.from_bytes(data[2:4], "big")', "data[2:4]"
        ),
        "no such byte": edit(_SOLUTION, "mask[i % 4]", "mask[i]"),
    },
)
