"""The frames in some bytes, and what they say.

How it works: the parser of ``websockets`` asks for a number of bytes, and for
more, until a frame is whole. So whoever has a socket knows how much to read,
and whoever has many bytes where the first frame of them ends.

Source: RFC 6455, "Base Framing Protocol".
"""

import json
from collections.abc import Generator
from enum import IntEnum
from io import BytesIO
from typing import Any

from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode

from minichannels.flow.text.formatting import count

SHOWN = 12
"""So many of some bytes are shown."""

Told = tuple[str, str, bool]
"""What is shown, what it says, and whether a connection begins or ends."""


class FrameReader:
    """Takes the bytes of one frame, piece by piece.

    Args:
        masked: whether a client sends it.

    Attributes:
        data: the bytes so far.
        wanted: how many bytes come next; None if there is no more to read.
        frame: the frame, once it is whole; None if it is none.
    """

    def __init__(self, *, masked: bool) -> None:
        self.data = b""
        self.frame: Frame | None = None
        parse: Any = Frame.parse  # whose types know only one kind of reader
        self._parsing = parse(_wanted, mask=masked)
        self.wanted: int | None = next(self._parsing)

    def take(self, piece: bytes) -> None:
        """Take as many bytes as are wanted."""
        self.data += piece
        try:
            self.wanted = self._parsing.send(piece)
        except StopIteration as done:
            self.frame, self.wanted = done.value, None
        except ProtocolError:
            self.wanted = None


def _wanted(size: int) -> Generator[int, bytes, bytes]:
    return (yield size)


def first_frame(data: bytes) -> tuple[bytes, Frame | None]:
    """Return the bytes of a client's first frame; all, if there is none."""
    reader, rest = FrameReader(masked=True), BytesIO(data)
    while reader.wanted is not None:
        piece = rest.read(reader.wanted)
        if len(piece) < reader.wanted:
            break
        reader.take(piece)
    return (reader.data if reader.frame else data), reader.frame


def told(data: bytes, frame: Frame | None, more: str = "") -> Told:
    """Return what is told of some bytes.

    Args:
        data: the bytes.
        frame: the frame that they are, if they are one.
        more: what else there is to say of it.
    """
    size = count(len(data), "byte")
    if data.startswith((b"GET ", b"HTTP/")):
        first = data.partition(b"\r\n")[0]
        return first.decode(errors="replace"), f"… {size} of HTTP", True
    shown = data[:SHOWN].hex(" ") + " …" * (len(data) > SHOWN)
    if frame is None:
        return shown, size, False
    return shown, _said(frame) + more, frame.opcode is Opcode.CLOSE


def _said(frame: Frame) -> str:
    """Return what a frame says, in words."""
    data, kind = bytes(frame.data), frame.opcode.name.lower()
    if frame.opcode is Opcode.CLOSE and data:
        kind, data = f"close {int.from_bytes(data[:2], 'big')}", data[2:]
    parts = [{"cont": "continued"}.get(kind, kind)]
    if frame.opcode is Opcode.BINARY:
        parts.append(f"<{count(len(data), 'byte')}>")
    elif data or frame.opcode is Opcode.TEXT:
        parts.append(quoted(data.decode(errors="replace")))
    return " ".join(parts) + ", more follows" * (not frame.fin)


def quoted(value: Any) -> str:
    """Return a value as it is shown; texts stand in quotation marks."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    # Close codes have names in websockets, and applications see numbers.
    return repr(int(value) if isinstance(value, IntEnum) else value)
