"""A compressed response, as it was before: what it says, and its secrets.

How it works: a framework or a middleware that compresses says so in a header,
``content-encoding``. What Python can open without another package (``gzip``
and ``deflate``) is opened piece by piece, as far as it is kept. Whatever turns
out not to be what it is said to be stays as it came. Of what others could open
nothing is kept, for any secret may be in it.

Source: RFC 9110, "Content Codings".
"""

import zlib
from typing import Any

from minichannels._masking import MASK
from minichannels.flow.recording.clients.shown import Pairs

_CODINGS = frozenset({b"gzip", b"x-gzip", b"deflate"})

_NONE = frozenset({b"", b"identity", b"aws-chunked"})
"""What is said where nothing is compressed."""

# Either of the two: the first bytes say which it is.
_EITHER = zlib.MAX_WBITS | 32


class Decoder:
    """Opens one compressed body.

    Args:
        room: how many bytes of what was compressed are asked for, at most.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._opened: Any = zlib.decompressobj(_EITHER)

    def decoded(self, chunk: bytes) -> bytes:
        """Return what a piece of the body was before; the room may be full."""
        if self._room == 0:  # which zlib would take for no limit
            return b""
        if self._opened is None:
            return chunk
        try:
            plain: bytes = self._opened.decompress(chunk, self._room)
        except zlib.error:
            self._opened = None
            return chunk
        self._room -= len(plain)
        if self._room == 0:
            self._opened = None  # it holds what it was not asked for
        return plain


class Sealed:
    """Opens nothing: a body that Python alone cannot open."""

    def __init__(self) -> None:
        self._mask = MASK.encode()

    def decoded(self, chunk: bytes) -> bytes:
        """Return what stands for the whole body, the first time."""
        mask, self._mask = self._mask, b""
        return mask


def decoder_of(headers: Pairs, room: int) -> Decoder | Sealed | None:
    """Return what opens the body of a response; None if it is as it comes."""
    for name, value in headers:
        if name.lower() == b"content-encoding":
            coding = value.strip().lower()
            if coding in _CODINGS:
                return Decoder(room)
            return None if coding in _NONE else Sealed()
    return None
