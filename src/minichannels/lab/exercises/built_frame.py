"""A frame of a WebSocket, built byte by byte for whoever is to read it.

Source: RFC 6455, section 5.2.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BuiltFrame:
    """A frame, and whether a client sends it, and more of the message."""

    opcode: int
    payload: bytes
    mask: bytes = b""
    fin: bool = True

    @property
    def data(self) -> bytes:
        """Its bytes."""
        size, masked = len(self.payload), 128 * bool(self.mask)
        head = bytes([128 * self.fin | self.opcode])
        if size < 126:
            head += bytes([masked | size])
        elif size < 65536:
            head += bytes([masked | 126]) + size.to_bytes(2, "big")
        else:
            head += bytes([masked | 127]) + size.to_bytes(8, "big")
        return head + self.mask + under_mask(self.payload, self.mask)

    @property
    def words(self) -> str:
        """What it is."""
        kind = "a masked frame" if self.mask else "a frame without a mask"
        return f"{kind}, with a payload of {len(self.payload):,} bytes"


def under_mask(payload: bytes, mask: bytes) -> bytes:
    """Return a payload with a mask put over it, or taken off it."""
    if not mask:
        return payload
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
