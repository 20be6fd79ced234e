"""KISS, as bytes: frames on their way to and from a modem.

How it works: one byte stands between frames, ``FEND``. Where it occurs in a
frame, two others are written for it, and two for the first of those.

A stream is read by :class:`KissReader`. What is broken ends one frame, and not
the stream: its place is taken by an error that says what was wrong.

Source: "The KISS TNC", by Mike Chepponis and Phil Karn.
"""

import re
from dataclasses import dataclass

from minichannels.exceptions import WireError

FEND, FESC, TFEND, TFESC = b"\xc0", b"\xdb", b"\xdc", b"\xdd"
"""Between frames; before an escaped byte; what ``FEND`` and ``FESC`` become."""

DATA = 0
"""The command of frames that go over the air, or came from there."""

LARGEST = 4096
"""How many bytes a frame may have, before it is thrown away unread."""

_ESCAPES = {FESC + TFEND: FEND, FESC + TFESC: FESC}
_ESCAPED = re.compile(b"\xdb.?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class KissFrame:
    """One frame.

    Attributes:
        data: what it carries; for a modem's frames, AX.25.
        port: which of the modem's radios, from 0 to 15.
        command: what to do with it, from 0 to 15; 0 is to transmit.

    Raises:
        WireError: there is no such frame.
    """

    data: bytes
    port: int = 0
    command: int = DATA

    def __post_init__(self) -> None:
        for name in ("port", "command"):
            number = getattr(self, name)
            if number not in range(16):
                raise WireError(f"the {name} of a KISS frame is {number!r}")
        if len(self.data) >= LARGEST:
            raise WireError(f"a KISS frame of {len(self.data)} bytes")


def encode(frame: KissFrame) -> bytes:
    """Return a frame as it is sent."""
    first = bytes([frame.port << 4 | frame.command])
    escaped = (first + frame.data).replace(FESC, FESC + TFESC)
    return FEND + escaped.replace(FEND, FESC + TFEND) + FEND


def decode(data: bytes) -> KissFrame:
    """Return what stood between two ``FEND``.

    Raises:
        WireError: it is no frame; says why.
    """
    if not data:
        raise WireError("an empty KISS frame")
    if FEND in data:
        raise WireError("a KISS frame with FEND in it, which ends one")
    first, *rest = _ESCAPED.sub(_unescaped, data)
    return KissFrame(bytes(rest), port=first >> 4, command=first & 15)


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[0] not in _ESCAPES:
        raise WireError(f"a broken escape in a KISS frame: {found[0].hex(' ')}")
    return _ESCAPES[found[0]]


class KissReader:
    """Cuts a stream into frames."""

    def __init__(self) -> None:
        self._begun = b""
        self._too_large = False

    def feed(self, data: bytes) -> list[KissFrame | WireError]:
        """Take what came; return the frames that ended with it."""
        found: list[KissFrame | WireError] = []
        first, *others = data.split(FEND)
        self._grow(first)
        for part in others:
            if self._too_large:
                found.append(WireError(f"a KISS frame over {LARGEST} bytes"))
            elif self._begun:
                found.append(_decoded(self._begun))
            self._begun, self._too_large = b"", False
            self._grow(part)
        return found

    def _grow(self, part: bytes) -> None:
        # In the worst case each byte of a frame is two.
        room = 2 * LARGEST - len(self._begun)
        self._too_large |= len(part) > room
        self._begun += part[:room]


def _decoded(data: bytes) -> KissFrame | WireError:
    try:
        return decode(data)
    except WireError as error:
        return error
