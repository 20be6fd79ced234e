"""How MessagePack and CBOR say what comes: a text, a number, or a box of them.

How it works: each thing begins with a byte that says what it is, and how long
it is or where its length stands. A box has nothing but things in it, one behind
the other: a list, or an object, in which every second one is a value.

Source: MessagePack specification, "Formats"; RFC 8949, 3, "Specification of
the CBOR Encoding".
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

TEXT, NUMBER, BOX, OTHER, BREAK = range(5)
"""What a thing is: bytes are texts, too. A break ends a box."""

ENDLESS = 1 << 62
"""How many things are in a box that a break ends; it is no odd number."""

MOST = 100
"""How many things of a box are looked at: one may be in the other."""


class Thing(NamedTuple):
    """One thing.

    Attributes:
        kind: what it is.
        start: where what it holds begins.
        size: how many bytes it holds, or how many things; or the number.
        is_object: whether it is a box in which every second thing is a value.
    """

    kind: int
    start: int
    size: int
    is_object: bool = False

    @property
    def stop(self) -> int:
        """Where it ends; of a box, where what it holds begins."""
        is_long = self.kind in (TEXT, OTHER)
        return self.start + self.size if is_long else self.start


@dataclass(frozen=True)
class Packing:
    """A way to pack things.

    Attributes:
        at: returns what begins in bytes at a place; None if nothing can.
        text: what begins a short text; its length is added.
    """

    at: Callable[[bytes, int], Thing | None]
    text: int

    def packed(self, text: bytes) -> bytes:
        """Return a short text."""
        return bytes([self.text | len(text)]) + text

    def holds(self, data: bytes, start: int) -> tuple[int, bool]:
        """Return where a thing ends, and whether a text is among its values.

        It ends behind all bytes if it has too many things to look at, and at
        0 if it can be none.
        """
        left, has_text, place = [(1, False)], False, start
        for _ in range(MOST):
            count, is_object = left.pop()
            thing = self.at(data, place)
            if thing is None or thing.stop > len(data):
                return 0, has_text
            is_key = is_object and count % 2 == 0
            has_text |= thing.kind == TEXT and not is_key
            place = thing.stop
            _go_on(left, thing, count - 1, is_object)
            if not left:
                return place, has_text
        return len(data) + 1, has_text


def _go_on(
    left: list[tuple[int, bool]], thing: Thing, count: int, is_object: bool
) -> None:
    """Note how many things are still to come, in each of the boxes."""
    if count and thing.kind != BREAK:
        left.append((count, is_object))
    if thing.kind == BOX and thing.size:
        left.append((thing.size, thing.is_object))


# By the first byte: how many bytes say how long it is, or which number it is.
_WIDTHS = {
    TEXT: {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4},
    NUMBER: {
        0xCC: 1,
        0xCD: 2,
        0xCE: 4,
        0xCF: 8,
        0xD0: 1,
        0xD1: 2,
        0xD2: 4,
        0xD3: 8,
    },
    BOX: {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4},
    OTHER: {
        **dict.fromkeys((0xC0, 0xC2, 0xC3, 0xCA, 0xCB, *range(0xD4, 0xD9)), 0),
        0xC7: 1,
        0xC8: 2,
        0xC9: 4,
    },
}
_OF_MESSAGEPACK = {
    first: (kind, width)
    for kind, widths in _WIDTHS.items()
    for first, width in widths.items()
}
# And how many more there are.
_MORE = {
    0xCA: 4,
    0xCB: 8,
    0xC7: 1,
    0xC8: 1,
    0xC9: 1,
    **{0xD4 + power: 1 + (1 << power) for power in range(5)},
}
_OBJECTS = (0xDE, 0xDF)


def _in_messagepack(data: bytes, place: int) -> Thing | None:
    first = data[place] if place < len(data) else 0xC1
    if first < 0x80:
        return Thing(NUMBER, place + 1, first)
    if first < 0xA0:
        is_object = first < 0x90
        return Thing(BOX, place + 1, (first & 0xF) << is_object, is_object)
    if first < 0xC0:
        return Thing(TEXT, place + 1, first & 0x1F)
    if first >= 0xE0:
        return Thing(NUMBER, place + 1, first - 0x100)
    if first not in _OF_MESSAGEPACK:
        return None
    kind, width = _OF_MESSAGEPACK[first]
    start, more = place + 1 + width, _MORE.get(first, 0)
    size = int.from_bytes(data[place + 1 : start], "big") + more
    is_object = first in _OBJECTS
    return Thing(kind, start, size << is_object, is_object)


_OF_CBOR = (NUMBER, NUMBER, TEXT, TEXT, BOX, BOX, BOX, OTHER)
_LENGTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_OPEN = 31
"""What says that a break ends it."""


def _in_cbor(data: bytes, place: int) -> Thing | None:
    first = data[place] if place < len(data) else 0x1C
    major, said = first >> 5, first & 0x1F
    kind, is_object = _OF_CBOR[major], major == 5
    if said == _OPEN:
        if kind == OTHER:
            return Thing(BREAK, place + 1, 0)
        is_box = kind in (TEXT, BOX) and major != 6
        return Thing(BOX, place + 1, ENDLESS, is_object) if is_box else None
    if said > 27:
        return None
    start = place + 1 + _LENGTHS.get(said, 0)
    if kind == OTHER:
        return Thing(OTHER, start, 0)
    size = said if said < 24 else int.from_bytes(data[place + 1 : start], "big")
    if major == 6:  # a tag, with one thing behind it
        size = 1
    return Thing(kind, start, size << is_object, is_object)


MESSAGEPACK, CBOR = Packing(_in_messagepack, 0xA0), Packing(_in_cbor, 0x60)
