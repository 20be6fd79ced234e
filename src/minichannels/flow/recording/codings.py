"""A compressed body, as it was before: what it says, and its secrets.

How it works: a framework or a middleware that compresses says so in a header,
``content-encoding``. What Python can open without another package (``gzip``
and ``deflate``) is opened piece by piece, as far as it is kept. Whatever turns
out not to be what it is said to be stays as it came. Of what others could open
nothing is kept, for any secret may be in it.

What is said to be ``deflate`` should have two bytes before it, which many leave
out; and of ``gzip`` one may come behind the other. Browsers open both.

Source: RFC 9110, "Content Codings"; RFC 1950, 2.2; RFC 1952, 2.2.
"""

import zlib
from dataclasses import dataclass
from typing import Any, Protocol

from minichannels._masking import MASK
from minichannels.flow.recording.clients.shown import Pairs

_CODINGS = frozenset({b"gzip", b"x-gzip", b"deflate"})

_NONE = frozenset({b"", b"identity", b"aws-chunked"})
"""What is said where nothing is compressed."""

_EITHER, _BARE = zlib.MAX_WBITS | 32, -zlib.MAX_WBITS
"""Either of the two, of which the first bytes say which it is; or none."""

_OF_ZLIB, _OF_GZIP = 8, 0x1F
"""Of the first byte, what says that it is deflated; or all of it."""


MEMBERS = 100
"""How many bodies one behind the other are opened of a piece, at most.

In a megabyte there may be 50,000 empty ones, which would take a second.
"""


class Decoder:
    """Opens one compressed body.

    Args:
        room: how many bytes of what was compressed are asked for, at most.
        may_be_bare: whether it may begin without a word of what it is.
    """

    def __init__(self, room: int, may_be_bare: bool = False) -> None:
        self._room = room
        self._may_be_bare = may_be_bare
        self._opened: Any = zlib.decompressobj(_EITHER)

    def decoded(self, chunk: bytes) -> bytes:
        """Return what a piece of the body was before; the room may be full."""
        if self._room == 0:  # which zlib would take for no limit
            return b""
        if self._may_be_bare:
            self._look_at(chunk)
        plain = b""
        for _ in range(MEMBERS):
            if not (chunk and self._room):
                break
            piece, chunk = self._next(chunk)
            plain += piece
        else:
            self._room = 0
        if self._room == 0:
            self._opened = None  # it holds what it was not asked for
        return plain

    def _look_at(self, begun: bytes) -> None:
        """Look at the first byte, which says what comes."""
        self._may_be_bare = False
        if begun[0] & 0xF != _OF_ZLIB and begun[0] != _OF_GZIP:
            self._opened = zlib.decompressobj(_BARE)

    def _next(self, chunk: bytes) -> tuple[bytes, bytes]:
        """Return what a piece was before, and what stands behind its end."""
        if self._opened is None:
            return chunk, b""
        try:
            plain: bytes = self._opened.decompress(chunk, self._room)
        except zlib.error:
            self._opened = None
            return chunk, b""
        self._room -= len(plain)
        rest: bytes = self._opened.unused_data
        if self._opened.eof:
            self._opened = zlib.decompressobj(_EITHER)
        return plain, rest


class Sealed:
    """Opens nothing: a body that Python alone cannot open."""

    def __init__(self) -> None:
        self._mask = MASK.encode()

    def decoded(self, chunk: bytes) -> bytes:
        """Return what stands for the whole body, the first time."""
        mask, self._mask = self._mask, b""
        return mask


class Opener(Protocol):
    """What opens a body, piece by piece."""

    def decoded(self, chunk: bytes) -> bytes:
        """Return what a piece of the body was before."""


@dataclass
class Both:
    """Opens a body that was made in two steps.

    Args:
        first: opens what was done last.
        then: opens the rest.
    """

    first: Opener
    then: Opener

    def decoded(self, chunk: bytes) -> bytes:
        """Return what a piece of the body was before both."""
        return self.then.decoded(self.first.decoded(chunk))


def decoder_of(headers: Pairs, room: int) -> Decoder | Sealed | None:
    """Return what opens a body; None if it is as it comes.

    Args:
        headers: those of the request or the response.
        room: how many bytes of what was compressed are asked for, at most.
    """
    for name, value in headers:
        if name.lower() == b"content-encoding":
            coding = value.strip().lower()
            if coding in _CODINGS:
                return Decoder(room, coding == b"deflate")
            return None if coding in _NONE else Sealed()
    return None
