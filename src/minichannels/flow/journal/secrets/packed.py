"""Secrets in MessagePack and CBOR, where a value follows a name without a sign.

How it works: a text begins with its length. So whatever is as long as it says,
and is the name of a secret, is one; and the value behind it says how long it is
itself. In its place stands another text, ``•••``, and what is so masked can be
unpacked as before.

In MessagePack no letter says how long a text is, so a name is found wherever it
stands. In CBOR letters do; all of it is gone through from the beginning.
"""

import re
from collections.abc import Iterator

from minichannels._masking import MASK
from minichannels.flow.journal.secrets.names import (
    BESIDE,
    LONGEST,
    Hiding,
    hides,
    kind_of,
)
from minichannels.flow.journal.secrets.packings import (
    BOX,
    CBOR,
    MESSAGEPACK,
    NUMBER,
    TEXT,
    Packing,
    Thing,
)

_SIGNS = (
    rb"(?:token|key|cookie|pass|ps?wd|pin|otp|cv[vc]|[cx]srf|refresh|jwt|auth"
    rb"|sess|secret|sertion|saml|si[dg]|credential|verifier)"
)
"""What is in each name of a secret."""

_SIGN = re.compile(_SIGNS, re.I)

# A text of up to 31 bytes, or of up to 255; or bytes.
_BEGUN = re.compile(
    rb"(?:([\xa2-\xbf])|\xd9([\x20-\xff])|\xc4([\x02-\xff]))"
    rb"(?=[\w .$-]{0,80}?%b)" % _SIGNS,
    re.I,
)
_SHORT = 0x1F

# What is no name of a secret, quickly: what takes one byte, and a short text.
_PASSED = re.compile(
    rb"(?:[\x00-\x17\x20-\x37\x40\x60\x80-\x97\x9f\xa0-\xb7\xbf-\xd7\xe0-\xf7\xff]"
    rb"|[\x41\x61][\s\S]|[\x42\x62][\s\S]{2})*+"
)
_OF_CBOR = re.compile(rb"[\xa0-\xbb\xbf]|\xd9\xd9\xf7")
_LISTS = range(0x80, 0xA0)

LOOKED_AT = 1_000
"""How much of a text is looked at: each of many may say that it is as long as
all that follows."""

FARTHEST = 5
"""How many others may stand between a name and its ``value``."""

_VALUE = b"value"
_NAMES = {
    packing: tuple(packing.packed(name.encode()) for name in BESIDE)
    for packing in (MESSAGEPACK, CBOR)
}

Span = tuple[int, int]


def covered_in_packed(data: bytes) -> bytes:
    """Return bytes in which secrets of MessagePack, or CBOR, are covered."""
    if not _SIGN.search(data):  # as in most
        return data
    if _is_cbor(data):
        return _covered(data, _in_cbor(data), CBOR.packed(MASK.encode()))
    instead = MESSAGEPACK.packed(MASK.encode())
    return _covered(data, _in_messagepack(data), instead)


def _covered(data: bytes, spans: Iterator[Span], instead: bytes) -> bytes:
    pieces, end = [], 0
    for start, stop in spans:
        if start >= end:
            pieces += [data[end:start], instead]
            end = stop
    return b"".join([*pieces, data[end:]]) if pieces else data


def _is_cbor(data: bytes) -> bool:
    """Return whether bytes are CBOR rather than MessagePack."""
    if data[0] not in _LISTS:  # which begin alike
        return _OF_CBOR.match(data) is not None
    of_cbor, _ = CBOR.holds(data, 0)
    of_messagepack, _ = MESSAGEPACK.holds(data, 0)
    # The one may look as the other, but then it ends elsewhere.
    return bool(of_cbor >= len(data) and of_messagepack < len(data))


def _in_messagepack(data: bytes) -> Iterator[Span]:
    for found in _BEGUN.finditer(data):
        short, *long = found.groups(b"")
        start = found.end()
        stop = start + (short[0] & _SHORT if short else b"".join(long)[0])
        kind = kind_of(data[max(start, stop - LONGEST) : stop])
        if kind is None:
            continue
        place = _beside(MESSAGEPACK, data, found.start(), stop)
        if span := _value(MESSAGEPACK, kind, data, place):
            yield span


def _in_cbor(data: bytes) -> Iterator[Span]:
    place = 0
    while (thing := CBOR.at(data, begin := _behind(data, place))) is not None:
        place = thing.stop
        if thing.kind != TEXT or not _SIGN.search(data, thing.start, place):
            continue
        kind = kind_of(data[max(thing.start, place - LONGEST) : place])
        if kind is None:
            continue
        if span := _value(CBOR, kind, data, _beside(CBOR, data, begin, place)):
            yield span
            place = max(place, span[1])


def _behind(data: bytes, place: int) -> int:
    """Return where what is no name ends that begins at a place."""
    passed = _PASSED.match(data, place)
    return passed.end() if passed else place


def _beside(packing: Packing, data: bytes, begin: int, stop: int) -> int:
    """Return where the value begins of what is called as a text says.

    That is behind the name; or, where the text is itself what a ``name``
    says, behind the ``value`` of the same object.
    """
    names = _NAMES[packing]
    if not data.endswith(names, 0, begin):
        return stop
    name = max(len(name) for name in names if data.endswith(name, 0, begin))
    first = begin - name
    value = packing.packed(_VALUE)
    before = data.rfind(value, max(first - LOOKED_AT, 0), first)
    for _, end in _pairs(packing, data, before) if before >= 0 else ():
        if end == first:
            return before + len(value)
    for key, _ in _pairs(packing, data, stop):
        if data[key.start : key.stop] == _VALUE:
            return key.stop
    return stop


def _pairs(
    packing: Packing, data: bytes, place: int
) -> Iterator[tuple[Thing, int]]:
    """Yield the names from a place on, and where the value of each ends."""
    for _ in range(FARTHEST):
        key = packing.at(data, place)
        if key is None or key.kind != TEXT:
            return
        place, _ = packing.holds(data, key.stop)
        yield key, place
        if not place:
            return


def _value(
    packing: Packing, kind: Hiding, data: bytes, start: int
) -> Span | None:
    """Return where a value is; None if it is no secret."""
    thing = packing.at(data, start)
    if thing is None:
        return None
    if thing.kind == BOX:
        stop, has_text = packing.holds(data, start)
        hidden = has_text if kind is Hiding.TEXTS else kind is not Hiding.LONG
        return (start, stop or len(data)) if hidden else None
    return (start, thing.stop) if _is_hidden(kind, data, thing) else None


def _is_hidden(kind: Hiding, data: bytes, thing: Thing) -> bool:
    if thing.kind == TEXT:
        end = min(thing.stop, thing.start + LOOKED_AT)
        said = data[thing.start : end].decode("latin-1")
        return hides(kind, said, is_text=True)
    return thing.kind == NUMBER and hides(kind, str(thing.size))
