"""Secrets in MessagePack, in which a name is followed by a value, and no sign.

How it works: a text begins with its length. So whatever is as long as it says,
and is the name of a secret, is one; and the value behind it says how long it is
itself. In its place stands another text, ``•••``, and what is so masked can be
unpacked as before.

Source: MessagePack specification, "Formats".
"""

import re
from collections.abc import Iterator

from minichannels._masking import MASK
from minichannels.flow.journal.secrets.names import hides, kind_of

_INSTEAD = bytes([0xA0 | len(MASK.encode())]) + MASK.encode()

# A text of up to 31 bytes, or of up to 255.
_BEGUN = re.compile(rb"(?:([\xa2-\xbf])|\xd9([\x20-\xff]))(?=[\w$-])")
_SHORT = 0x1F
# How many bytes say how long a text, or bytes, are; and how long a number is.
_SIZES = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC4: 1, 0xC5: 2, 0xC6: 4}
_NUMBERS = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}

LOOKED_AT = 1_000
"""How much of a text is looked at: each of many may say that it is as long as
all that follows."""


def covered_in_packed(data: bytes) -> bytes:
    """Return bytes in which the secrets of MessagePack are covered."""
    pieces, end = [], 0
    for start, stop in _secrets(data):
        if start >= end:
            pieces += [data[end:start], _INSTEAD]
            end = stop
    return b"".join([*pieces, data[end:]]) if pieces else data


def _secrets(data: bytes) -> Iterator[tuple[int, int]]:
    for found in _BEGUN.finditer(data):
        short, long = found.groups()
        size = short[0] & _SHORT if short else long[0]
        start = found.end() + size
        kind = kind_of(data[found.end() : start])
        if kind is None:
            continue
        stop, is_text, said = _value(data, start)
        if stop and hides(kind, said, is_text=is_text):
            yield start, stop


def _value(data: bytes, start: int) -> tuple[int, bool, str]:
    """Return where a value ends, whether it is a text, and how it begins.

    It ends at 0 if it is neither a text nor a number.
    """
    first = data[start] if start < len(data) else 0
    size = _SIZES.get(first)
    if 0xA0 <= first <= 0xBF:
        begin, length = start + 1, first & _SHORT
    elif size is not None:
        begin = start + 1 + size
        length = int.from_bytes(data[start + 1 : begin], "big")
    else:
        return _number(data, start, first)
    stop = min(begin + length, len(data))
    said = data[begin : min(stop, begin + LOOKED_AT)]
    return stop, True, said.decode("latin-1")


def _number(data: bytes, start: int, first: int) -> tuple[int, bool, str]:
    if first <= 0x7F and start < len(data):
        return start + 1, False, str(first)
    size = _NUMBERS.get(first)
    if size is None:
        return 0, False, ""
    stop = start + 1 + size
    value = int.from_bytes(data[start + 1 : stop], "big")
    return stop, False, str(value)
