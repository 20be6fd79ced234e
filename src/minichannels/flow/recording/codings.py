"""A compressed response, as it was before: what it says, and its secrets.

How it works: a framework or a middleware that compresses says so in a header,
``content-encoding``. What Python can open without another package (``gzip``
and ``deflate``) is opened piece by piece, as far as it is kept. Whatever turns
out not to be what it is said to be stays as it came.

Source: RFC 9110, "Content Codings".
"""

import zlib
from typing import Any

from minichannels.flow.journal.masking import Pairs

_CODINGS = frozenset({b"gzip", b"x-gzip", b"deflate"})

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


def decoder_of(headers: Pairs, room: int) -> Decoder | None:
    """Return what opens the body of a response; None if it is as it comes."""
    for name, value in headers:
        if name.lower() == b"content-encoding":
            coding = value.strip().lower()
            return Decoder(room) if coding in _CODINGS else None
    return None
